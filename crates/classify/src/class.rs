//! Classes: what every table is to the clients, and why.

use std::fmt;

use exodus_schema::{Cuts, RelationId, TableId, TableName, Tree};
use serde::{Deserialize, Serialize};

use crate::hazard::Hazard;
use crate::trigger::TriggerFact;

/// What a table is to the clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// It holds clients' rows.
    Client,
    /// Its rows give clients' rows their meaning; they are the same on every shard.
    Context,
    /// The rest: it stays out of the shards.
    Neutral,
}

impl Class {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Context => "context",
            Self::Neutral => "neutral",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A class set in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The class.
    pub class: Class,
    /// Why, in the user's words.
    pub reason: String,
}

/// Why a table has its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// It is the root table.
    Root,
    /// A chain of relations leads from the root to it, parents first.
    Chain(Vec<RelationId>),
    /// A client table refers to it, directly or through other context tables; the client table's relation comes first.
    Referenced(Vec<RelationId>),
    /// No relation leads to it from the root, and none from a client table or a context table.
    Unrelated,
    /// The configuration says so.
    Override {
        /// The user's reason.
        reason: String,
        /// The chain from the root that the override cuts, if there is one.
        instead_of: Vec<RelationId>,
    },
}

/// A table with its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableClass {
    /// The table.
    pub table: TableId,
    /// What it is.
    pub class: Class,
    /// Why.
    pub evidence: Evidence,
    /// Its place in the copy order; client tables only.
    pub order: Option<usize>,
    /// Client tables: the relations by which its rows get an owner. Context tables: the relations of client and context
    /// tables that refer to it.
    pub reached_by: Vec<RelationId>,
    /// Client tables: every row that any client owns is found by one path of NOT NULL relations.
    pub complete: bool,
}

/// Every table with its class, the tree, and what was found on the way.
#[derive(Clone, Debug)]
pub struct Classification {
    /// The root table.
    pub root: TableId,
    /// The client tables, in copy order.
    pub tree: Tree,
    /// What was cut, class overrides included.
    pub cuts: Cuts,
    /// All tables, sorted by name: `tables[id.0]` is the table `id`.
    pub tables: Vec<TableClass>,
    /// What the triggers of client tables do, sorted by table and name.
    pub triggers: Vec<TriggerFact>,
    /// What the rules found, worst first.
    pub hazards: Vec<Hazard>,
}

impl Classification {
    /// The class of a table.
    pub fn class_of(&self, table: TableId) -> Class {
        self.tables[table.0].class
    }

    /// The tables of one class: client tables in copy order, others by name.
    pub fn of_class(&self, class: Class) -> Vec<&TableClass> {
        let mut tables: Vec<_> = self.tables.iter().filter(|table| table.class == class).collect();
        tables.sort_by_key(|table| (table.order, table.table));
        tables
    }
}

/// The tables can't be classified as the configuration asks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClassifyError {
    /// The root table is overridden.
    #[error("the root table {root} can't be a {class} table: its rows are the clients")]
    RootOverridden {
        /// The root table.
        root: TableName,
        /// The class asked for.
        class: Class,
    },
    /// A table was declared a client table, but nothing leads to it.
    #[error(
        "{table} can't be a client table: no relation leads to it from {root}, so that nothing tells whose its rows are"
    )]
    NoWay {
        /// The table.
        table: TableName,
        /// The root table.
        root: TableName,
        /// A relation that could be declared instead.
        declare: String,
    },
}

impl ClassifyError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::RootOverridden { .. } => "take the class override out, or choose another root table".to_owned(),
            Self::NoWay { declare, .. } => {
                format!("take the class override out and declare the relation by which its rows are owned: {declare}")
            }
        }
    }
}
