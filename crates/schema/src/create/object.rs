//! What was made, and how it is removed again.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::Engine;
use crate::name::TableName;
use crate::quote::{quote, quote_table};

/// A thing of the catalogue with a name of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name; of a schema, the schema part is empty.
    pub name: TableName,
    /// What a table's comment ends with as long as it is nobody else's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}

/// What an [`Object`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectKind {
    /// A namespace.
    Schema,
    /// A type of the user's.
    Type,
    /// A domain.
    Domain,
    /// A sequence that several tables may draw from.
    Sequence,
    /// A table.
    Table,
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Schema => "schema",
            Self::Type => "type",
            Self::Domain => "domain",
            Self::Sequence => "sequence",
            Self::Table => "table",
        })
    }
}

impl Object {
    /// An object of that name.
    pub fn new(kind: ObjectKind, name: TableName) -> Self {
        Self { kind, name, mark: None }
    }

    /// Removes it, unless something depends on it.
    pub fn drop_sql(&self, engine: Engine) -> String {
        let name = match self.kind {
            ObjectKind::Schema => quote(engine, &self.name.name),
            _ => quote_table(engine, &self.name),
        };
        let word = match self.kind {
            ObjectKind::Schema => "SCHEMA",
            ObjectKind::Type => "TYPE",
            ObjectKind::Domain => "DOMAIN",
            ObjectKind::Sequence => "SEQUENCE",
            ObjectKind::Table => "TABLE",
        };
        format!("DROP {word} IF EXISTS {name}")
    }
}
