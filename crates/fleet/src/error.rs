//! What can go wrong with the dispatch store.

use exodus_transfer::{JournalError, Status};

/// The dispatch store failed or refused. Nothing was written, unless the database says that its connection was lost.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] exodus_engine::Error),
    /// The tables are not there.
    #[error("{database} holds no dispatch store")]
    Missing {
        /// The database's display name.
        database: String,
    },
    /// The tables were made by another version.
    #[error("the dispatch store in {database} has format {found}; this exodus reads format {known}")]
    Format {
        /// The database's display name.
        database: String,
        /// What it says.
        found: String,
        /// What this version writes.
        known: u32,
    },
    /// The client has a move that is neither done nor aborted.
    #[error("move {id} of this client, from {source_name} to {target}, is {status}")]
    UnderWay {
        /// The move.
        id: i64,
        /// Where from.
        source_name: String,
        /// Where to.
        target: String,
        /// Where it stands.
        status: Status,
    },
    /// The dispatch row disagrees with what was asked.
    #[error("the dispatch store says that this client is on {found} and {state}, not active on {expected}")]
    Elsewhere {
        /// The shard it names.
        found: String,
        /// The state it names.
        state: String,
        /// The shard that was expected.
        expected: String,
    },
    /// The client's key, or a shard's name, is longer than the store takes.
    #[error("{what} is {chars} characters long; the dispatch store takes {limit}")]
    TooLong {
        /// What.
        what: &'static str,
        /// Its length.
        chars: usize,
        /// The most there may be.
        limit: usize,
    },
    /// There is no such move.
    #[error("there is no move {0}")]
    NoSuchMove(i64),
    /// A row of the store can't be understood.
    #[error("{database}: {table} holds something unexpected: {problem}")]
    Damaged {
        /// The database's display name.
        database: String,
        /// The table.
        table: &'static str,
        /// What is wrong, without values of clients.
        problem: String,
    },
}

impl StoreError {
    /// What the user can do next.
    pub fn next_step(&self) -> Option<String> {
        match self {
            Self::Database(error) => error.next_step().map(str::to_owned),
            Self::Missing { .. } => Some("make it with `exodus dispatch init`".to_owned()),
            Self::Format { .. } => Some("use the exodus that made it, or one that is newer".to_owned()),
            Self::UnderWay {
                id,
                status: Status::Switched | Status::Purging,
                ..
            } => Some(format!("end it with `exodus purge {id}`")),
            Self::UnderWay { id, .. } => Some(format!(
                "wait for it, or give it up with `exodus abort {id}`; `exodus moves show {id}` tells more"
            )),
            Self::Elsewhere { .. } => {
                Some("where it really is can be written down with `exodus dispatch set`".to_owned())
            }
            Self::NoSuchMove(_) => Some("`exodus moves` lists them".to_owned()),
            Self::TooLong { .. } | Self::Damaged { .. } => None,
        }
    }
}

impl From<StoreError> for JournalError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(error) => Self::Database(error),
            other => Self::Refused(match other.next_step() {
                Some(step) => format!("{other}; {step}"),
                None => other.to_string(),
            }),
        }
    }
}
