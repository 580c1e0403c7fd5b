//! What becomes of references between the client's rows and others', relation by relation.
//!
//! Whatever is not said is refused. A policy never selects rows by a second way: it narrows the selectors of [`Rows`], in
//! which copy and verification then agree.
//!
//! [`Rows`]: crate::Rows

mod columns;
mod incoming;
mod outgoing;
mod skip;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use exodus_schema::{Graph, RelationId, TableId, TableName};
use serde::{Deserialize, Serialize};
use serde_json::json;

pub(crate) use incoming::{Kept, keep};
pub(crate) use outgoing::treat;

/// What becomes of the client's rows that reference another client's row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outgoing {
    /// The move does not begin.
    #[default]
    Refuse,
    /// They arrive with NULL in that reference.
    SetNull,
    /// They don't arrive, nor does what references them.
    SkipRow,
}

/// What becomes of the client's rows that rows of others reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Incoming {
    /// The move does not begin.
    #[default]
    Refuse,
    /// They arrive, and stay on the source, too, for those that reference them.
    Keep,
}

/// The text names no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not one of {known}")]
pub struct UnknownPolicy {
    given: String,
    known: &'static str,
}

const OUTGOING: [(Outgoing, &str); 3] = [
    (Outgoing::Refuse, "refuse"),
    (Outgoing::SetNull, "set-null"),
    (Outgoing::SkipRow, "skip-row"),
];
const INCOMING: [(Incoming, &str); 2] = [(Incoming::Refuse, "refuse"), (Incoming::Keep, "keep")];

fn parse<T: Copy>(words: &[(T, &str)], known: &'static str, given: &str) -> Result<T, UnknownPolicy> {
    let found = words.iter().find(|(_, word)| *word == given);
    found.map(|(policy, _)| *policy).ok_or_else(|| UnknownPolicy {
        given: given.to_owned(),
        known,
    })
}

impl FromStr for Outgoing {
    type Err = UnknownPolicy;

    fn from_str(text: &str) -> Result<Self, UnknownPolicy> {
        parse(&OUTGOING, "refuse, set-null, skip-row", text)
    }
}

impl FromStr for Incoming {
    type Err = UnknownPolicy;

    fn from_str(text: &str) -> Result<Self, UnknownPolicy> {
        parse(&INCOMING, "refuse, keep", text)
    }
}

/// The policies of a move.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies {
    /// By relation, what becomes of rows of the client that reference another's.
    pub outgoing: BTreeMap<RelationId, Outgoing>,
    /// By relation, what becomes of rows of the client that others reference.
    pub incoming: BTreeMap<RelationId, Incoming>,
    /// [`Incoming::Keep`] for all relations of which nothing else is said.
    pub keep_referenced: bool,
    /// Copy context rows that the target lacks.
    pub with_context: bool,
}

impl Policies {
    /// What is done about outgoing references of the relation.
    pub fn outgoing(&self, relation: RelationId) -> Outgoing {
        self.outgoing.get(&relation).copied().unwrap_or_default()
    }

    /// What is done about incoming references of the relation.
    pub fn incoming(&self, relation: RelationId) -> Incoming {
        let default = if self.keep_referenced {
            Incoming::Keep
        } else {
            Incoming::Refuse
        };
        self.incoming.get(&relation).copied().unwrap_or(default)
    }

    /// Rows may arrive on the target with another content than they have on the source.
    pub fn alter_rows(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// As it is written down with a move; nothing where nothing is said.
    pub fn told(&self, graph: &Graph<'_>) -> Option<serde_json::Value> {
        if *self == Self::default() {
            return None;
        }
        let outgoing = self.outgoing.iter().map(|(&id, policy)| (graph.describe(id), policy));
        let incoming = self.incoming.iter().map(|(&id, policy)| (graph.describe(id), policy));
        Some(json!({
            "outgoing": outgoing.collect::<BTreeMap<_, _>>(),
            "incoming": incoming.collect::<BTreeMap<_, _>>(),
            "keep_referenced": self.keep_referenced,
            "with_context": self.with_context,
        }))
    }

    /// What a move was asked for, as [`told`](Self::told) has written it down.
    pub fn of_told(graph: &Graph<'_>, told: &serde_json::Value) -> Self {
        let mut policies = Self {
            with_context: told["with_context"].as_bool().unwrap_or(false),
            ..Self::default()
        };
        policies.recall(graph, told);
        for edge in graph.edges() {
            if let Ok(policy) = Outgoing::deserialize(&told["outgoing"][graph.describe(edge.id)]) {
                policies.outgoing.insert(edge.id, policy);
            }
        }
        policies
    }

    /// Adds what a move was allowed to keep on its source, as [`told`](Self::told) has written it down.
    pub fn recall(&mut self, graph: &Graph<'_>, told: &serde_json::Value) {
        self.keep_referenced |= told["keep_referenced"].as_bool().unwrap_or(false);
        for edge in graph.edges() {
            let word = &told["incoming"][graph.describe(edge.id)];
            if let Ok(policy) = Incoming::deserialize(word) {
                self.incoming.insert(edge.id, policy);
            }
        }
    }
}

/// What a plan does about the references of one relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Treatment {
    /// They become NULL.
    SetNull,
    /// Rows that have one don't arrive.
    SkipRow,
    /// Rows that have one don't arrive, because the row that they reference does not.
    HangsBelow,
    /// The client's rows that they lead to stay on the source, too.
    Keep,
}

impl fmt::Display for Treatment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SetNull => "set-null",
            Self::SkipRow => "skip-row",
            Self::HangsBelow => "hangs-below",
            Self::Keep => "keep",
        })
    }
}

/// What a plan does about the references of one relation, and to how many rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Treated {
    /// The table with the references.
    pub table: TableName,
    /// The relation, described.
    pub relation: String,
    /// What is done.
    pub treatment: Treatment,
    /// Rows with such a reference.
    pub rows: u64,
    /// The columns that become NULL.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
}

/// Some rows of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsOf {
    /// The table.
    pub table: TableName,
    /// How many.
    pub rows: u64,
}

/// What a plan does about references that lead out of the client's rows, or into them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct References {
    /// Relation by relation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub treated: Vec<Treated>,
    /// Rows of the client that don't arrive.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<RowsOf>,
    /// Rows of the client that arrive and stay on the source, too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<RowsOf>,
    /// Context rows that the target lacks and is given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<RowsOf>,
}

impl References {
    /// Nothing has to be done.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How the client's selectors are narrowed on the source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Narrowing {
    /// A further condition on the rows of a table.
    pub(crate) only: BTreeMap<TableId, String>,
    /// Columns that are NULL in some rows: column and condition.
    pub(crate) nulled: BTreeMap<TableId, Vec<(String, String)>>,
}

impl Narrowing {
    /// The tables of which not all rows arrive as they are.
    pub(crate) fn tables(&self) -> BTreeSet<TableId> {
        self.only.keys().chain(self.nulled.keys()).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_others_are_told() {
        for (policy, word) in OUTGOING {
            assert_eq!(word.parse(), Ok(policy));
        }
        for (policy, word) in INCOMING {
            assert_eq!(word.parse(), Ok(policy));
        }
        let error = "setnull".parse::<Outgoing>().expect_err("no policy");
        assert_eq!(error.to_string(), "`setnull` is not one of refuse, set-null, skip-row");
    }
}
