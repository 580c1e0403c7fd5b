//! What a move tells about itself while it runs.

use std::collections::BTreeMap;
use std::time::Duration;

use exodus_schema::TableName;
use serde::Serialize;

use crate::plan::Plan;
use crate::policy::References;
use crate::throttle::Pace;

/// A step of a move, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Checking what could go wrong.
    Preflight,
    /// Stopping the client's writers.
    Freeze,
    /// Waiting for those who were at it.
    Drain,
    /// Writing rows to the target.
    Copy,
    /// Proving that every relation holds.
    Prove,
    /// Reading both sides again.
    Verify,
    /// Switching the dispatch row.
    Switch,
    /// Locking and comparing the source rows.
    Lock,
    /// Removing rows.
    Remove,
}

/// Listens to a move. Calls come often and must return at once.
pub trait Progress: Send + Sync {
    /// A step begins.
    fn step(&self, _step: Step) {}
    /// The plan that is carried out, made while the client is frozen.
    fn planned(&self, _plan: &Plan) {}
    /// These hold the move up, in words: they were open when the client was frozen, and have not ended.
    fn waiting(&self, _holders: &[String]) {}
    /// A table's turn begins; `rows` are expected.
    fn table(&self, _table: &TableName, _rows: u64) {}
    /// Rows of the current table have passed.
    fn rows(&self, _rows: u64) {}
    /// The table is done.
    fn table_done(&self, _table: &TableName, _rows: u64) {}
    /// What the rows have to wait for, if anything.
    fn pace(&self) -> Option<&Pace> {
        None
    }
}

/// Listens to nothing.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {}

impl Step {
    /// What is done in it, in words that follow "while".
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Preflight => "it was planned once more",
            Self::Freeze => "the client was being frozen",
            Self::Drain => "open transactions were waited for",
            Self::Copy => "rows were copied",
            Self::Prove => "relations were proved",
            Self::Verify => "both sides were compared",
            Self::Switch => "the client was about to be switched",
            Self::Lock => "rows were locked",
            Self::Remove => "rows were removed",
        }
    }
}

/// What was moved of one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MovedTable {
    /// The table.
    pub table: TableName,
    /// Rows.
    pub rows: u64,
    /// Encoded bytes.
    pub bytes: u64,
}

/// What a move did.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// The move's number.
    pub id: i64,
    /// The client.
    pub client: String,
    /// From where.
    pub source: String,
    /// To where.
    pub target: String,
    /// Table by table, in copy order.
    pub tables: Vec<MovedTable>,
    /// What was done about references that lead out of the client's rows, or into them.
    #[serde(skip_serializing_if = "References::is_empty")]
    pub references: References,
    /// Rows in all.
    pub rows: u64,
    /// Bytes in all.
    pub bytes: u64,
    /// Seconds by step.
    pub seconds: BTreeMap<Step, f64>,
    /// Seconds from the freeze to the switch.
    pub frozen_seconds: f64,
    /// Seconds in which the copy was paused; the copy's own seconds are without them.
    #[serde(skip_serializing_if = "is_zero")]
    pub paused_seconds: f64,
    /// Rows per second of the copy, the proof and the verification together, pauses left out.
    pub rows_per_second: f64,
    /// Of a move back that copied nothing: the rows that both sides have and that were found equal.
    #[serde(skip_serializing_if = "is_no_row")]
    pub compared: u64,
}

/// Seconds with three digits.
pub(crate) fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_no_row(rows: &u64) -> bool {
    *rows == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(seconds: &f64) -> bool {
    *seconds == 0.0
}

/// Collects how long each step took.
pub(crate) struct Clock {
    started: std::time::Instant,
    steps: Vec<(Step, Duration)>,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self {
            started: std::time::Instant::now(),
            steps: vec![],
        }
    }

    /// Ends the time of a step; what follows counts for the next.
    pub(crate) fn done(&mut self, step: Step) {
        let spent: Duration = self.steps.iter().map(|(_, time)| *time).sum();
        self.steps.push((step, self.started.elapsed().saturating_sub(spent)));
    }

    pub(crate) fn seconds(&self) -> BTreeMap<Step, f64> {
        self.steps.iter().map(|(step, time)| (*step, millis(*time))).collect()
    }

    pub(crate) fn elapsed(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }
}
