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
    /// Somebody is at work on the move.
    #[error("move {id} is held by {holder}")]
    Held {
        /// The move.
        id: i64,
        /// Who.
        holder: String,
        /// How long it may be quiet before its lease has run out.
        seconds: u64,
    },
    /// The client was frozen without a move.
    #[error("client {client} was frozen by hand at {since}{}", because(reason.as_deref()))]
    FrozenByHand {
        /// Its key.
        client: String,
        /// When, UTC, RFC 3339.
        since: String,
        /// Why, if that was said.
        reason: Option<String>,
    },
    /// The dispatch store has no such client.
    #[error("the dispatch store doesn't know client {0}")]
    NoSuchClient(String),
    /// Only the client of a switched move can be brought back.
    #[error("move {id} is {status}, and can't be rolled back")]
    NotReturnable {
        /// The move.
        id: i64,
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
            Self::Missing { .. } => Some(
                "make it with `exodus dispatch init`; if it is there, this user can't see it: GRANT SELECT on its tables \
                 (docs/privileges.md)"
                    .to_owned(),
            ),
            Self::Format { found, known, .. } if found.parse::<u32>().is_ok_and(|found| found < *known) => Some(
                "`exodus dispatch init` brings it to this version's; an older exodus can't use it any more then"
                    .to_owned(),
            ),
            Self::Format { .. } => Some("use the exodus that made it, or one that is newer".to_owned()),
            Self::UnderWay {
                id,
                status: Status::Switched | Status::Purging,
                ..
            } => Some(format!("end it with `exodus purge {id}`")),
            Self::UnderWay { id, .. } => Some(format!(
                "wait for it; or take it up with `exodus resume {id}`, or give it up with `exodus abort {id}`: `exodus moves show {id}` tells more"
            )),
            Self::Held { seconds, .. } => Some(format!(
                "that process is at work on it; should it be dead, its lease runs out in {seconds} s at the latest, and the move can be taken up then, or at once with --take-over"
            )),
            Self::FrozenByHand { client, .. } => Some(format!(
                "when it may be moved, let it go with `exodus unfreeze --client {client}`: a move freezes it by itself"
            )),
            Self::NoSuchClient(_) => Some(
                "`exodus dispatch show` lists those it knows; `exodus dispatch init --enrol-from DB` enrols all that are on \
                 a database"
                    .to_owned(),
            ),
            Self::NotReturnable { status, .. } => Some(Self::not_returnable(*status).to_owned()),
            Self::Elsewhere { .. } => {
                Some("where it really is can be written down with `exodus dispatch set`".to_owned())
            }
            Self::NoSuchMove(_) => Some("`exodus moves` lists them".to_owned()),
            Self::TooLong { .. } | Self::Damaged { .. } => None,
        }
    }
}

fn because(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |reason| format!(" ({reason})"))
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
