//! What was found: late rows, table by table.

use exodus_schema::{TableId, TableName};
use serde::Serialize;

use super::since::{Difference, Total};
use crate::keys::KeyText;

/// A side whose row is to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Take {
    /// The source's: the target's becomes what it is.
    Source,
    /// The target's: the source's is given up, and may be purged.
    Target,
}

/// What happened to a row on the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It is on the source only.
    Inserted,
    /// Both have it, with another content.
    Changed,
    /// It is on the target only.
    Deleted,
}

/// A column of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Differing {
    /// Its name.
    pub column: String,
    /// What the source has, if that was asked for and it has the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The same of the target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// A row that was written on the source after the move, or may have been.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LateRow {
    /// Its key, for people.
    pub key: String,
    /// How the sides differ.
    pub change: Change,
    /// It is known that the target's has not changed since the move. Otherwise it may have, or it alone has.
    pub certain: bool,
    /// The columns that differ, of rows that both sides have; all of them where values were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Differing>,
    /// What becomes of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub take: Option<Take>,
    #[serde(skip)]
    pub(super) difference: Difference,
    /// Its key as the source writes it.
    #[serde(skip)]
    pub(super) here: KeyText,
    /// The same of the target.
    #[serde(skip)]
    pub(super) there: KeyText,
}

/// A table with late rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LateTable {
    /// The table.
    pub table: TableName,
    /// The rows, by their keys.
    pub rows: Vec<LateRow>,
    /// Rows that only the target has changed since the move: they are not late, and stay as they are.
    pub changed_on_target: u64,
    /// Rows that differ and have no key to be told apart by.
    pub without_key: u64,
    #[serde(skip)]
    pub(super) id: TableId,
    /// What the source has.
    #[serde(skip)]
    pub(super) now: Total,
    /// What is accounted for: what was verified, or reconciled before.
    #[serde(skip)]
    pub(super) was: Option<Total>,
}

impl LateTable {
    /// How many of its rows have changed in that way.
    pub fn count(&self, change: Change) -> u64 {
        self.rows.iter().filter(|row| row.change == change).count() as u64
    }

    /// What the source has and nobody has to look at any more.
    pub(super) fn accounted(&self) -> Option<Total> {
        if self.without_key == 0 && self.rows.iter().all(|row| row.take.is_some()) {
            return Some(self.now);
        }
        let decided = self.rows.iter().filter(|row| row.certain && row.take.is_some());
        let replace = |sum: Total, row: &LateRow| sum.replace(row.difference.target, row.difference.source);
        Some(decided.fold(self.was?, replace))
    }
}
