//! A finding of a rule.

use std::fmt;

use exodus_schema::{Graph, RelationId, TableId};
use serde::{Deserialize, Serialize};

use crate::question::Told;

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

/// What the data say about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// There are such rows.
    Proven,
    /// There are none.
    Refuted,
}

/// What was counted for a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proof {
    /// What follows.
    pub verdict: Verdict,
    /// What was counted, by name (`orphans`, `rows`), in the order to show it.
    pub counts: Vec<(&'static str, u64)>,
    /// Keys of some of the rows, for people who asked to see keys; never anything else of a row.
    pub keys: Vec<String>,
    /// For each of these rows the keys of the clients that own it, as far as that is known; empty where it isn't.
    pub owners: Vec<Vec<String>>,
    /// Only a part of the rows was looked at: the counts are of that part, and `Refuted` is only likely.
    pub sampled: bool,
}

/// One finding of one rule.
///
/// Findings order by severity, table and rule, then by relation, columns and message.
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
    /// The columns it is about, where they are no relation's.
    pub columns: Vec<String>,
    /// What was found, in a sentence or two.
    pub message: String,
    /// What can be done.
    pub fix: String,
    /// Statements that do it, for the engine of the schema, each complete with its semicolon; empty where it takes a decision or code.
    pub sql: Vec<String>,
    /// What the data say, if they were asked.
    pub proof: Option<Proof>,
}

impl Hazard {
    /// A finding about a table. `message` and `fix` are sentences that end with a full stop.
    pub fn new(
        rule: &'static str,
        severity: Severity,
        table: TableId,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            table,
            rule,
            relation: None,
            columns: vec![],
            message: message.into(),
            fix: fix.into(),
            sql: vec![],
            proof: None,
        }
    }

    /// About this relation of the table.
    #[must_use]
    pub fn at(mut self, relation: RelationId) -> Self {
        self.relation = Some(relation);
        self
    }

    /// About these columns of the table.
    #[must_use]
    pub fn on<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.columns = columns.into_iter().map(Into::into).collect();
        self
    }

    /// With a statement that mends it.
    #[must_use]
    pub fn with_sql(mut self, statement: impl Into<String>) -> Self {
        self.sql.push(statement.into());
        self
    }

    /// The data show such rows: at least as bad as `severity`. `words` is a sentence to add to the message.
    #[must_use]
    pub fn proven(mut self, severity: Severity, words: &str, counts: Vec<(&'static str, u64)>) -> Self {
        self.severity = self.severity.min(severity);
        self.conclude(Verdict::Proven, words, counts)
    }

    /// The data show no such row: it becomes a note. `words` is a sentence to add to the message.
    #[must_use]
    pub fn refuted(mut self, words: &str, counts: Vec<(&'static str, u64)>) -> Self {
        self.severity = Severity::Note;
        self.conclude(Verdict::Refuted, words, counts)
    }

    /// There is no row yet that could prove or refute it: it stays as bad as it is.
    #[must_use]
    pub fn without_rows(mut self) -> Self {
        self.message.push_str(" The table has no rows yet.");
        self
    }

    /// Takes over what the answer says besides its numbers: keys, and whether only a part was looked at.
    #[must_use]
    pub fn according_to(mut self, told: &Told) -> Self {
        if let Some(proof) = &mut self.proof {
            proof.keys.clone_from(&told.keys);
            proof.owners.clone_from(&told.owners);
            proof.sampled = told.sampled;
        }
        self
    }

    fn conclude(mut self, verdict: Verdict, words: &str, counts: Vec<(&'static str, u64)>) -> Self {
        self.message = format!("{} {words}", self.message);
        self.proof = Some(Proof {
            verdict,
            counts,
            keys: vec![],
            owners: vec![],
            sampled: false,
        });
        self
    }

    /// What it is about, as people write it in the configuration: `table` or `table(column, column)`. It is the same
    /// however often the schema is read, so that findings can be accepted and compared by rule and object.
    pub fn object(&self, graph: &Graph<'_>) -> String {
        let name = &graph.table(self.table).name;
        let columns: Vec<&str> = match self.relation {
            Some(relation) => graph.relation(relation).child_columns().collect(),
            None => self.columns.iter().map(String::as_str).collect(),
        };
        match (self.relation, columns.is_empty()) {
            (Some(relation), _) if relation.child != self.table => graph.describe(relation),
            (_, true) => name.to_string(),
            (_, false) => format!("{name}({})", columns.join(", ")),
        }
    }
}
