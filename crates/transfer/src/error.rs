//! Why a move, a proof or a purge stopped.

use std::time::Duration;

use exodus_engine::LiteralError;
use exodus_schema::TableName;

use crate::journal::JournalError;
use crate::plan::Problem;
use crate::progress::Step;
use crate::verify::Mismatch;

/// A failure of a move or purge. Unless it says otherwise, source, target and dispatch are as they were.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A database failed.
    #[error(transparent)]
    Database(#[from] exodus_engine::Error),
    /// The journal failed or belongs to somebody else.
    #[error("the dispatch store: {0}")]
    Journal(#[from] JournalError),
    /// The client's key does not fit the root table's key columns.
    #[error("client key: {0}")]
    Key(#[from] LiteralError),
    /// The key has another number of parts than the root key has columns.
    #[error("the client key has {given} parts, but {table} is keyed by {expected} columns ({columns})")]
    KeyParts {
        /// The root table.
        table: TableName,
        /// Parts given.
        given: usize,
        /// Columns of the key.
        expected: usize,
        /// Their names.
        columns: String,
    },
    /// There is no such client.
    #[error("{database}: {table} has no row with this key: no such client")]
    NoSuchClient {
        /// Where it was looked for.
        database: String,
        /// The root table.
        table: TableName,
    },
    /// The key columns don't tell clients apart.
    #[error("{database}: {rows} rows of {table} have this key; the root key must be unique")]
    AmbiguousClient {
        /// Where.
        database: String,
        /// The root table.
        table: TableName,
        /// How many rows.
        rows: u64,
    },
    /// The checks before the copy found reasons not to begin.
    #[error("the move was not begun: {} problem{} found before it", .0.len(), if .0.len() == 1 { " was" } else { "s were" })]
    Refused(Vec<Problem>),
    /// Rows that were written reference nothing.
    #[error(
        "{database}: {rows} rows of {table} written by this move reference no row by {relation}; the copy was undone"
    )]
    Unproven {
        /// The target.
        database: String,
        /// The child table.
        table: TableName,
        /// The relation.
        relation: String,
        /// Rows without a parent.
        rows: u64,
    },
    /// The target's column can't take the source's values.
    #[error("{table}: column {column}: {reason}")]
    Unpaired {
        /// The source's table.
        table: TableName,
        /// Its column.
        column: String,
        /// Why, and what to do.
        reason: String,
    },
    /// Source and target differ.
    #[error("verification failed: {} of the client's tables differ between {source_name} and {target_name}", .mismatches.len())]
    Mismatch {
        /// The source.
        source_name: String,
        /// The target.
        target_name: String,
        /// Table by table.
        mismatches: Vec<Mismatch>,
    },
    /// The target has rows of the client that the move has not written, or that have changed since.
    #[error("{database} has rows of the client that this move has not written as they are: nothing was removed")]
    NotOurs {
        /// The target.
        database: String,
        /// Table by table: `unexpected` are those that the source does not have, `different` those that it has with another
        /// content.
        rows: Vec<Mismatch>,
    },
    /// Rows are not what they were when somebody decided about them.
    #[error("{database}: rows have changed since they were shown; nothing was done")]
    Stale {
        /// Where they were looked at first.
        database: String,
    },
    /// A step changed another number of rows than were proved.
    #[error(
        "{database}: {doing} {table} met {found} rows where {expected} were proved; somebody else is writing to this client; nothing was changed"
    )]
    Moved {
        /// Where.
        database: String,
        /// The table.
        table: TableName,
        /// "copying", "removing from".
        doing: &'static str,
        /// Rows expected.
        expected: u64,
        /// Rows met.
        found: u64,
    },
    /// Somebody may still be writing to the client.
    #[error(
        "{database}: what was open there when the client was frozen has not ended within {}: {}; the move was undone, the \
         client is active where it was",
        seconds(.limit), .holders.join("; ")
    )]
    NotDrained {
        /// The source.
        database: String,
        /// How long it was waited for.
        limit: Duration,
        /// Whose the transactions are, in words.
        holders: Vec<String>,
        /// Statements that end them.
        ends: Vec<String>,
    },
    /// Others hold locks on the client's rows.
    #[error(
        "{database}: the client's rows could not be locked within {}: {cause}; the move was undone, the client is active \
         where it was",
        seconds(.limit)
    )]
    NotLocked {
        /// The source.
        database: String,
        /// How long it was tried.
        limit: Duration,
        /// How it failed the last time.
        cause: Box<exodus_engine::Error>,
    },
    /// Which way a commit went whose answer was lost can't be told.
    #[error(
        "{database}: it can't be told whether the removal of the client's rows was committed: the client's own row is \
         there, and none of the others that were"
    )]
    Untold {
        /// The source.
        database: String,
    },
    /// It can't be known who is writing to the client.
    #[error(transparent)]
    Unseen(exodus_engine::Error),
    /// The client was frozen for longer than was allowed.
    #[error(
        "the client was not on the target {} after its freeze, while {}; the move was undone, the client is active where \
         it was",
        seconds(.budget), .step.words()
    )]
    OverBudget {
        /// What was allowed.
        budget: Duration,
        /// How far it had come.
        step: Step,
    },
    /// There is nothing to remove.
    #[error("{database} has none of the client's rows any more")]
    Gone {
        /// Where they were.
        database: String,
    },
    /// The user stopped it.
    #[error("interrupted; nothing was left on the target and the client stays where it was")]
    Interrupted,
}

/// Result with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// `1.5 s`.
fn seconds(time: &Duration) -> String {
    format!("{} s", time.as_secs_f64())
}
