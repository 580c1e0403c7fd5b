//! Types with the tables that they name.

use std::collections::BTreeMap;

use exodus_schema::{TableId, grouped};

use super::declare::{self, Declared};
use super::{Context, Pair};
use crate::hazard::Severity;
use crate::infer::name_forms;

/// Tables by what types of an application may call them.
pub(super) struct Named(BTreeMap<String, Vec<TableId>>);

impl Named {
    pub(super) fn new(context: &Context<'_>) -> Self {
        let mut named: BTreeMap<String, Vec<TableId>> = BTreeMap::new();
        for table in context.graph.tables() {
            for form in name_forms(&context.graph.table(table).name.name) {
                named.entry(form).or_default().push(table);
            }
        }
        Self(named)
    }

    /// The table that a type stands for (`Rental`, `App\\Models\\Rental`, `Shop::Rental`, `rentals`), in the schema of
    /// the table that refers, if several are called so.
    fn of(&self, context: &Context<'_>, from: TableId, name: &str) -> Option<TableId> {
        let own = name.rsplit([':', '\\', '.', '/']).next().unwrap_or_default();
        let schema = &context.graph.table(from).name.schema;
        let mut forms = [name, own].into_iter().flat_map(name_forms);
        let called = forms.find_map(|form| self.0.get(&form))?;
        let mut near = called
            .iter()
            .filter(|table| context.graph.table(**table).name.schema == *schema);
        near.next().or(called.first()).copied()
    }
}

/// A type that is a table's name.
#[derive(Clone, Debug)]
pub(super) struct Type {
    /// As the column has it.
    pub(super) value: String,
    pub(super) table: TableId,
    pub(super) rows: Option<u64>,
}

/// The types that there are. What names no table is only counted: it is a value of a row.
#[derive(Clone, Debug, Default)]
pub(super) struct Types {
    pub(super) named: Vec<Type>,
    /// Values that name no table.
    unnamed: Vec<String>,
    pub(super) unnamed_rows: u64,
}

impl Types {
    /// From values, the names that they stand for, and the rows of each.
    pub(super) fn new(
        context: &Context<'_>,
        named: &Named,
        pair: &Pair,
        values: impl IntoIterator<Item = (String, String, Option<u64>)>,
    ) -> Self {
        let mut types = Self::default();
        for (value, name, rows) in values {
            if let Some(table) = named.of(context, pair.table, &name) {
                types.named.push(Type { value, table, rows });
            } else {
                types.unnamed.push(value);
                types.unnamed_rows += rows.unwrap_or_default();
            }
        }
        types
    }

    /// Those that are not declared.
    pub(super) fn without(&self, declared: &Declared) -> Self {
        let mut open = self.clone();
        open.named.retain(|one| !declared.has(&one.value));
        open.unnamed.retain(|value| !declared.has(value));
        if open.unnamed.is_empty() {
            open.unnamed_rows = 0;
        }
        open
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.named.len() + self.unnamed.len()
    }

    pub(super) fn unnamed(&self) -> usize {
        self.unnamed.len()
    }

    /// Some type names a table that holds clients' rows.
    pub(super) fn names_clients(&self, context: &Context<'_>) -> bool {
        self.named.iter().any(|one| context.is_client(one.table))
    }

    /// Rows of types that name tables with clients' rows.
    pub(super) fn client_rows(&self, context: &Context<'_>) -> u64 {
        let of_clients = self.named.iter().filter(|one| context.is_client(one.table));
        of_clients.filter_map(|one| one.rows).sum()
    }

    /// How bad it is that these are there and not declared.
    pub(super) fn severity(&self, context: &Context<'_>, pair: &Pair, otherwise: Severity) -> Severity {
        let class = &context.classes.tables[pair.table.0];
        let clients = self.names_clients(context);
        match () {
            () if clients && !context.is_client(pair.table) => Severity::Error,
            () if clients && !class.complete => Severity::Warning,
            () if clients || self.unnamed() > 0 && !pair.of.doubtful => otherwise,
            () => Severity::Note,
        }
    }

    /// What they are, as far as they name tables; a sentence.
    pub(super) fn told(&self, context: &Context<'_>, others: bool) -> String {
        let mut tables: BTreeMap<TableId, Option<u64>> = BTreeMap::new();
        for one in &self.named {
            let rows = tables.entry(one.table).or_default();
            *rows = rows.map_or(one.rows, |sum| Some(sum + one.rows.unwrap_or_default()));
        }
        let list: Vec<_> = tables
            .iter()
            .map(|(&table, rows)| {
                let rows = rows.map_or_else(String::new, |rows| format!(", {}", grouped(i128::from(rows))));
                format!("{} ({}{rows})", context.name(table), context.classes.class_of(table))
            })
            .collect();
        let (its, they) = if others {
            ("Types that are not declared", "of the types that are not declared")
        } else {
            ("Its types", "of its types")
        };
        match (&list[..], self.unnamed()) {
            ([], 0) if others => "Every type is declared.".to_owned(),
            ([], 0) => "No row has a type.".to_owned(),
            ([], 1) => format!("None {they} names a table; there is 1."),
            ([], unknown) => format!("None {they} names a table; there are {unknown}."),
            (_, 0) => format!("{its} name {}.", list.join(", ")),
            (_, unknown) => format!("{its} name {}, and {unknown} name no table.", list.join(", ")),
        }
    }

    /// The entries that declare them.
    pub(super) fn entries(&self, context: &Context<'_>, pair: &Pair) -> String {
        let mut tables: BTreeMap<TableId, Vec<&str>> = BTreeMap::new();
        for one in &self.named {
            tables.entry(one.table).or_default().push(&one.value);
        }
        let entries = tables
            .into_iter()
            .filter_map(|(table, values)| declare::entry(context, pair, table, &values));
        entries.collect::<Vec<_>>().join("\n")
    }
}
