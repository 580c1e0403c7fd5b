//! Relations: foreign keys, and what stands for them.

use serde::{Deserialize, Serialize};

use crate::name::TableName;

/// What happens to children when the parent goes or changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Checked at the end of the statement, or later where deferred.
    #[default]
    NoAction,
    /// Checked at once.
    Restrict,
    /// Children follow.
    Cascade,
    /// Child columns become NULL.
    SetNull,
    /// Child columns become their default.
    SetDefault,
}

/// When a relation is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deferral {
    /// Always at once.
    #[default]
    NotDeferrable,
    /// At once, unless the session defers it.
    InitiallyImmediate,
    /// At commit.
    InitiallyDeferred,
}

/// Where a relation comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A foreign key of the database.
    #[default]
    Catalogue,
    /// Declared in the configuration; the database does not enforce it.
    Declared,
    /// Guessed from names and types and taken at the user's demand; the database does not enforce it.
    Inferred,
}

/// One column of the child with the column of the parent that it references.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnPair {
    /// Column of the referencing table.
    pub child: String,
    /// Column of the referenced table.
    pub parent: String,
}

/// A reference from a child table to a parent table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// The constraint's name; unique only within its child table, and made up where the engine has none.
    pub name: String,
    /// The referenced table.
    pub parent: TableName,
    /// Paired columns in the order of the constraint.
    pub columns: Vec<ColumnPair>,
    /// ON DELETE.
    #[serde(default)]
    pub on_delete: Action,
    /// ON UPDATE.
    #[serde(default)]
    pub on_update: Action,
    /// When it is checked.
    #[serde(default)]
    pub deferral: Deferral,
    /// The server checks new rows and vouches for old ones (false: NOT VALID, NOT ENFORCED, declared only).
    pub validated: bool,
    /// MATCH FULL: a half-null key is an error instead of exempt.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub match_full: bool,
    /// Where it comes from.
    #[serde(default)]
    pub origin: Origin,
}

impl Relation {
    /// Names of the child's columns in order.
    pub fn child_columns(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.iter().map(|pair| pair.child.as_str())
    }

    /// Names of the parent's columns in order.
    pub fn parent_columns(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.iter().map(|pair| pair.parent.as_str())
    }
}
