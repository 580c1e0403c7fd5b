//! What goes into an audit, and what comes out.

use std::time::Duration;

use exodus_classify::Classification;
use exodus_classify::question::{Answers, Question};
use exodus_engine::{Connection, Owner};
use exodus_schema::{Graph, RelationId, Schema};

use crate::client::{Shape, Tie};

/// What is audited.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The foreign-key graph.
    pub graph: &'a Graph<'a>,
    /// The classes and the tree.
    pub classes: &'a Classification,
    /// The columns of the root table that tell clients apart.
    pub root_key: &'a [String],
}

impl<'a> Subject<'a> {
    /// The client tables and how their rows are selected.
    pub fn shape(&self) -> Shape<'a> {
        Shape {
            graph: self.graph,
            tree: &self.classes.tree,
            root_key: self.root_key,
        }
    }
}

/// How it is done.
#[derive(Clone, Debug)]
pub struct Options {
    /// Only what matters for this client.
    pub client: Option<Owner>,
    /// Read about so many percent of the rows of tables that are larger than [`Options::huge`] and that no other table's
    /// answers depend on.
    pub sample: Option<f64>,
    /// The number of rows from which on a table is sampled.
    pub huge: u64,
    /// When to stop asking.
    pub limit: Option<Duration>,
    /// Give keys of some rows with the answers.
    pub show_keys: bool,
    /// How many keys of rows may be kept in memory at a time; each takes some 30 bytes.
    pub most_keys: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            client: None,
            sample: None,
            huge: 100_000,
            limit: None,
            show_keys: false,
            most_keys: 100_000_000,
        }
    }
}

/// A database to compare with.
pub struct End<'a> {
    /// A connection to it.
    pub connection: Box<dyn Connection>,
    /// Its schema.
    pub schema: &'a Schema,
}

impl std::fmt::Debug for End<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("End")
            .field("name", &self.connection.name())
            .finish_non_exhaustive()
    }
}

/// What was found out.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The answers.
    pub answers: Answers,
    /// Questions without an answer, sorted.
    pub unanswered: Vec<Unanswered>,
    /// What ties the one client to others, by relation.
    pub ties: Vec<Tie>,
    /// Relations of which that could not be found out, with the reason.
    pub untied: Vec<(RelationId, String)>,
    /// How long the pieces of work took, in the order in which they ended.
    pub timings: Vec<Timing>,
    /// How often a new snapshot had to be taken: after a failed statement, on products whose sessions can't share one.
    /// More than one means that the counts are of slightly different moments.
    pub snapshots: u32,
}

/// A question without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// The question.
    pub question: Question,
    /// Why.
    pub reason: String,
}

/// How long something took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// What was done, in words.
    pub what: String,
    /// How long it took.
    pub took: Duration,
    /// How many rows came over the wire.
    pub rows: u64,
}

/// Is told what happens.
pub trait Progress: Send + Sync {
    /// A piece of work begins; `done` of `all` are behind us.
    fn begins(&self, what: &str, done: usize, all: usize);
    /// It has ended.
    fn ended(&self, timing: &Timing);
}

/// Says nothing.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn begins(&self, _: &str, _: usize, _: usize) {}
    fn ended(&self, _: &Timing) {}
}

/// Nothing could be asked any more.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A database failed.
    #[error(transparent)]
    Database(#[from] exodus_engine::Error),
    /// A task of this program failed.
    #[error("an internal error; please report it: {0}")]
    Internal(String),
}
