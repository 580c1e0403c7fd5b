//! Single rows, by their keys. They are held in memory as text: there have to be few of them.

use std::collections::BTreeSet;

use exodus_engine::Dialect;
use exodus_schema::{Column, Kind, Table};

use crate::error::Result;

/// The key of a row: a text per column, as [`Dialect::key_text`] reads it.
pub(crate) type KeyText = Vec<String>;

/// The columns by which rows of a table are known one by one.
#[derive(Clone, Debug)]
pub(crate) struct Keyed<'t> {
    table: &'t Table,
    columns: Vec<&'t Column>,
}

impl<'t> Keyed<'t> {
    /// Those of the table's identity; `None` where it has none, or one whose values can't be written down exactly.
    pub(crate) fn of(table: &'t Table) -> Option<Self> {
        let names = table.identity()?.columns.iter();
        let columns: Option<Vec<&Column>> = names.map(|name| table.column(name)).collect();
        let exact = |column: &&Column| {
            !matches!(
                column.kind,
                Kind::Float | Kind::Json | Kind::Array | Kind::Geometry | Kind::Other
            )
        };
        let columns = columns.filter(|columns| !columns.is_empty() && columns.iter().all(exact))?;
        Some(Self { table, columns })
    }

    /// These columns, whether they are unique or not.
    pub(crate) fn by(table: &'t Table, columns: Vec<&'t Column>) -> Self {
        Self { table, columns }
    }

    /// The same columns of the table as another database has it.
    pub(crate) fn there<'o>(&self, table: &'o Table) -> Option<Keyed<'o>> {
        let columns: Option<Vec<&Column>> = self.columns.iter().map(|column| table.column(&column.name)).collect();
        Some(Keyed {
            table,
            columns: columns?,
        })
    }

    /// The select list that reads them.
    pub(crate) fn texts(&self, dialect: Dialect, alias: &str) -> String {
        let texts = self.columns.iter().map(|column| dialect.key_text(alias, column));
        texts.collect::<Vec<_>>().join(", ")
    }

    /// `SELECT` of the keys of the rows that satisfy a condition under an alias.
    pub(crate) fn select(&self, dialect: Dialect, alias: &str, condition: &str) -> String {
        let (texts, name) = (self.texts(dialect, alias), dialect.table(&self.table.name));
        format!("SELECT {texts} FROM {name} AS {alias} WHERE {condition}")
    }

    /// Counts the rows that satisfy a condition under `t`.
    pub(crate) fn count(&self, dialect: Dialect, condition: &str) -> String {
        let name = dialect.table(&self.table.name);
        format!("SELECT COUNT(*) FROM {name} AS t WHERE {condition}")
    }

    /// The condition that the row under `alias` has one of these keys.
    pub(crate) fn among<'k>(
        &self,
        dialect: Dialect,
        alias: &str,
        keys: impl IntoIterator<Item = &'k KeyText> + Clone,
    ) -> Result<String> {
        if let [column] = self.columns[..] {
            let texts: Vec<&str> = keys.clone().into_iter().flatten().map(String::as_str).collect();
            if let Some(condition) = dialect.among_texts(alias, column, &texts) {
                return Ok(condition);
            }
        }
        let mut rows = vec![];
        for key in keys {
            let literals = self.columns.iter().zip(key);
            let literals = literals.map(|(column, text)| dialect.literal(column, text));
            rows.push(literals.collect::<Result<Vec<String>, _>>()?);
        }
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        Ok(dialect.among(alias, &names, &rows))
    }
}

/// The keys in the rows that a query gave. A key that is NULL is none.
pub(crate) fn read(rows: Vec<Vec<Option<String>>>) -> BTreeSet<KeyText> {
    rows.into_iter().filter_map(|row| row.into_iter().collect()).collect()
}
