//! # What it finds
//!
//! A pair of columns that refers to rows of several tables: one names the table or class, the other holds the key
//! (`owner_type` and `owner_id`, Rails' polymorphic associations, Django's `content_type_id` and `object_id`).
//!
//! # Why it matters
//!
//! No foreign key can say so, and thus nothing tells whose the row is. In a table that clients' rows don't lead to
//! otherwise, rows would stay behind when the client moves, and be lost to it: a *warning*. Where the table has an
//! owner for every row by other columns the rows move with it; what the pair refers to is not checked: a *note*.
//!
//! `exodus audit` reads the types that there are and looks for the tables they name. Types that name client tables, in
//! a table that is none, make it an *error*. If no type names a client table it is a *note*.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE notes (
//!     id         bigint PRIMARY KEY,
//!     owner_type varchar(40) NOT NULL,
//!     owner_id   bigint NOT NULL,
//!     text       text NOT NULL
//! );
//! ```
//!
//! # How to fix
//!
//! Give each type its own column. Don't declare the key in the configuration: a declared relation holds for all rows of
//! the table, and would take a key of one table for the same number in another.
//!
//! ```sql
//! ALTER TABLE notes ADD COLUMN rental_id bigint REFERENCES rentals;
//! UPDATE notes SET rental_id = owner_id WHERE owner_type = 'Rental';
//! ```

use std::collections::BTreeMap;

use exodus_schema::{Kind, TableId};

use super::{Context, Data, Rule};
use crate::class::Class;
use crate::hazard::{Hazard, Severity};
use crate::infer::{Polymorphic, name_forms, polymorphic_pairs};
use crate::question::{Answer, Answers, Question};

pub(super) const RULE: Rule = Rule {
    id: "polymorphic-association",
    severity: Severity::Error,
    summary: "a type and a key that refer to rows of several tables",
    source: include_str!("polymorphic_association.rs"),
    check,
    data: Some(Data { ask, judge }),
};

fn check(context: &Context<'_>) -> Vec<Hazard> {
    // Where a table is called like the pair, the type may be a mere property, and the key an ordinary reference:
    // missing-foreign-key has it.
    let pairs = polymorphic_pairs(context.graph)
        .into_iter()
        .filter(|pair| pair.names_table.is_none());
    pairs
        .filter_map(|pair| Some(hazard(context, context.graph.find(&pair.table)?, &pair)))
        .collect()
}

fn hazard(context: &Context<'_>, table: TableId, pair: &Polymorphic) -> Hazard {
    let class = &context.classes.tables[table.0];
    let Polymorphic {
        type_column, id_column, ..
    } = pair;
    let (severity, consequence) = match class.class {
        Class::Client if class.complete => (
            Severity::Note,
            "its rows have an owner by other columns, but what these refer to is not checked",
        ),
        Class::Client => (Severity::Warning, "rows that have an owner by these only stay behind"),
        Class::Context | Class::Neutral => (
            Severity::Warning,
            "if some of them are rows of clients, what refers to them stays behind",
        ),
    };
    Hazard::new(
        RULE.id,
        severity,
        table,
        format!(
            "{type_column} and {id_column} of {} refer to rows of several tables: {consequence}.",
            context.name(table)
        ),
        "Give each type its own column with a foreign key; a declared relation would hold for rows of all types.",
    )
    .on([type_column, id_column])
}

/// The column with the types, where it holds text. (Numbers of types can't be read without the application.)
fn question(context: &Context<'_>, hazard: &Hazard) -> Option<Question> {
    let name = hazard.columns.first()?;
    let column = context.graph.table(hazard.table).column(name)?;
    (column.kind != Kind::Integer).then(|| Question::Values(hazard.table, name.clone()))
}

fn ask(context: &Context<'_>, hazards: &[Hazard]) -> Vec<Question> {
    hazards.iter().filter_map(|hazard| question(context, hazard)).collect()
}

fn judge(context: &Context<'_>, hazards: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    let tables = Named::new(context);
    super::weigh(
        hazards,
        answers,
        |hazard| question(context, hazard),
        |hazard, answer| match answer {
            Answer::Values { values, more } => conclude(context, &tables, hazard, values, *more),
            _ => hazard,
        },
    )
}

fn conclude(context: &Context<'_>, tables: &Named, hazard: Hazard, values: &[(String, u64)], more: bool) -> Hazard {
    // What names no table is not shown: it is a value of a row.
    let mut named: BTreeMap<TableId, u64> = BTreeMap::new();
    let (mut unknown, mut unknown_rows) = (0, 0);
    for (value, rows) in values {
        if let Some(table) = tables.of(context, hazard.table, value) {
            *named.entry(table).or_default() += rows;
        } else {
            unknown += 1;
            unknown_rows += rows;
        }
    }
    let of_client: u64 = named
        .iter()
        .filter(|(table, _)| context.is_client(**table))
        .map(|(_, rows)| rows)
        .sum();
    let counts = vec![
        ("types", values.len() as u64),
        ("rows of client tables' types", of_client),
        ("types that name no table", unknown),
        ("rows of these", unknown_rows),
    ];
    let words = told(context, &named, unknown, more);
    let severity = if context.is_client(hazard.table) {
        hazard.severity
    } else {
        Severity::Error
    };
    match (of_client, unknown, more) {
        (1.., _, _) => hazard.proven(severity, &words, counts),
        (0, 0, false) => hazard.refuted(&words, counts),
        _ => {
            let severity = hazard.severity;
            hazard.proven(severity, &words, counts)
        }
    }
}

/// What the types are, as far as they name tables.
fn told(context: &Context<'_>, named: &BTreeMap<TableId, u64>, unknown: u64, more: bool) -> String {
    let list: Vec<_> = named
        .iter()
        .map(|(&table, rows)| format!("{} ({}, {rows})", context.name(table), context.classes.class_of(table)))
        .collect();
    let mut words = match (&list[..], unknown) {
        ([], 0) => "No row has a type".to_owned(),
        ([], _) => format!("None of its {unknown} types names a table"),
        (_, 0) => format!("Its types name {}", list.join(", ")),
        _ => format!("Its types name {}, and {unknown} name no table", list.join(", ")),
    };
    if more {
        words.push_str("; there are more");
    }
    words.push('.');
    words
}

/// Tables by what types of an application may call them.
struct Named(BTreeMap<String, Vec<TableId>>);

impl Named {
    fn new(context: &Context<'_>) -> Self {
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
    fn of(&self, context: &Context<'_>, from: TableId, value: &str) -> Option<TableId> {
        let own = value.rsplit([':', '\\', '.', '/']).next().unwrap_or_default();
        let schema = &context.graph.table(from).name.schema;
        let mut forms = [value, own].into_iter().flat_map(name_forms);
        let called = forms.find_map(|form| self.0.get(&form))?;
        let mut near = called
            .iter()
            .filter(|table| context.graph.table(**table).name.schema == *schema);
        near.next().or(called.first()).copied()
    }
}

#[cfg(test)]
mod tests {
    use exodus_schema::{Column, Graph, Kind, Table};

    use super::super::testing::{found, judged};
    use super::RULE;
    use crate::fixture::{Fixture, id};
    use crate::question::{Answer, Question};

    fn pair(table: &mut Table) {
        let column = |name: &str, kind| Column {
            name: name.to_owned(),
            kind,
            native_type: if kind == Kind::Text { "varchar(40)" } else { "bigint" }.to_owned(),
            ..table.columns[0].clone()
        };
        let columns = [column("subject_type", Kind::Text), column("subject_id", Kind::Integer)];
        table.columns.extend(columns);
    }

    fn notes() -> Fixture {
        Fixture::new()
            .relation("rentals.client_id clients")
            .relation("rentals.car_id cars")
            .table("notes")
            .change("notes", pair)
    }

    #[test]
    fn severity_follows_whether_the_rows_have_an_owner() {
        assert_eq!(
            found(&RULE, &notes().build()),
            ["warning notes subject_type,subject_id"]
        );
        let owned = notes().relation("notes.client_id clients").build();
        assert_eq!(found(&RULE, &owned), ["note notes subject_type,subject_id"]);
        let partly = notes().relation("notes.client_id? clients").build();
        assert_eq!(found(&RULE, &partly), ["warning notes subject_type,subject_id"]);
    }

    #[test]
    fn a_type_without_a_key_is_a_property() {
        let schema = notes().change("notes", |table| table.columns.retain(|c| c.name != "subject_id"));
        assert!(found(&RULE, &schema.build()).is_empty());
    }

    #[test]
    fn the_data_decide() {
        let schema = notes().build();
        let graph = Graph::new(&schema);
        let question = Question::Values(id(&graph, "notes"), "subject_type".to_owned());
        let with = |values: &[(&str, u64)]| {
            let values = values
                .iter()
                .map(|(value, rows)| ((*value).to_owned(), *rows))
                .collect();
            judged(
                &RULE,
                &schema,
                [(question.clone(), Answer::Values { values, more: false })],
            )
        };
        let line = |severity, types, rows, unknown, of_these| {
            [format!(
                "{severity} notes subject_type,subject_id: {types} types, {rows} rows of client tables' types, {unknown} types that name no table, {of_these} rows of these"
            )]
        };
        assert_eq!(with(&[("Rental", 5), ("Shop::Car", 3)]), line("error", 2, 5, 0, 0));
        assert_eq!(with(&[("App\\Models\\Car", 3)]), line("note", 1, 0, 0, 0));
        assert_eq!(with(&[("Elephant", 3)]), line("warning", 1, 0, 1, 3));
        assert_eq!(with(&[]), line("note", 0, 0, 0, 0));
    }
}
