//! A finding of a rule.

use std::fmt;

use exodus_schema::{RelationId, TableId};
use serde::{Deserialize, Serialize};

/// How bad a hazard is. Worse ones are smaller, so that they sort first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A move would lose, double or cross rows, or fail.
    Error,
    /// It needs somebody's decision.
    Warning,
    /// Worth knowing; nothing has to be done.
    Note,
}

impl Severity {
    /// All of them, worst first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Note];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }

    /// Whether it is as bad as `other`, or worse.
    pub fn at_least(self, other: Self) -> bool {
        self <= other
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One finding of one rule.
///
/// Findings order by severity, table and rule, then by relation and message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hazard {
    /// How bad it is.
    pub severity: Severity,
    /// The table it is about.
    pub table: TableId,
    /// The rule's id.
    pub rule: &'static str,
    /// The relation it is about, if it is about one.
    pub relation: Option<RelationId>,
    /// What was found, in a sentence or two.
    pub message: String,
    /// What can be done.
    pub fix: String,
}
