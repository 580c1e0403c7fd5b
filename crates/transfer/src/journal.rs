//! The life of a move: its states, its events, and the log they are kept in.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Where a move stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Written down; nothing has happened yet.
    Planned,
    /// The dispatch row says that the client's writes must stop.
    Frozen,
    /// Nobody writes to the client on the source any more.
    Drained,
    /// Rows are being written to the target, in a transaction that may or may not have been committed.
    Copying,
    /// All rows are on the target and every relation holds.
    Copied,
    /// Source and target were read again and are equal.
    Verified,
    /// With a fence of locks: the source's rows go before the switch, in a transaction that may or may not have been
    /// committed. Nobody can give the move up now: the target's rows may be the only ones.
    Leaving,
    /// The dispatch row names the target. The source still has its rows.
    Switched,
    /// Source rows are being removed, in a transaction that may or may not have been committed.
    Purging,
    /// The source rows are gone. The end.
    Done,
    /// A move back to the source is under way: until that has switched, the client is on the target.
    Returning,
    /// The client is back on the source. The end.
    Returned,
    /// Given up before the switch; the target is being cleaned. No switch can happen any more.
    Aborting,
    /// Given up before the switch: target and dispatch are as they were. The end.
    Aborted,
}

/// What happens to a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The client's dispatch row was set to frozen.
    Freeze,
    /// Writers were waited for.
    Drain,
    /// The first row is about to be written to the target.
    Copy,
    /// All rows were written and their relations proved.
    Prove,
    /// Both sides were compared.
    Verify,
    /// With a fence of locks: the target's rows are committed, the removal of the source's is about to be.
    Leave,
    /// The dispatch row was switched to the target and unfrozen.
    Switch,
    /// The first source row is about to be removed.
    Purge,
    /// The source rows were removed.
    Finish,
    /// The removal of the source's rows was given up; they are all there.
    Keep,
    /// The move is given up: its rows, if there are any on the target, are about to be removed.
    #[serde(alias = "giveup")]
    GiveUp,
    /// The move was given up; the target was cleaned, the dispatch row unfrozen.
    Abort,
    /// Taken up again after a crash: what was written to the target is removed, and everything begins anew.
    Restart,
    /// Somebody has decided about rows that were written to the source after the switch.
    Reconcile,
    /// A move back to the source was written down.
    Return,
    /// That move was given up.
    Stay,
    /// That move has switched.
    Arrive,
}

impl Status {
    /// The status after `event`, or `None` where the event cannot happen in this status.
    ///
    /// This one function is used to write the journal and to replay it.
    pub fn after(self, event: Event) -> Option<Self> {
        use Status::{
            Aborted, Aborting, Copied, Copying, Done, Drained, Frozen, Leaving, Planned, Purging, Returned, Returning,
            Switched, Verified,
        };
        match (self, event) {
            (Planned, Event::Freeze) | (Frozen | Drained | Copying | Copied | Verified, Event::Restart) => Some(Frozen),
            (Frozen, Event::Drain) => Some(Drained),
            (Drained, Event::Copy) => Some(Copying),
            (Copying, Event::Prove) => Some(Copied),
            (Copied, Event::Verify) | (Leaving, Event::Keep) => Some(Verified),
            (Verified, Event::Leave) => Some(Leaving),
            (Verified, Event::Switch)
            | (Purging, Event::Keep)
            | (Returning, Event::Stay)
            | (Switched, Event::Reconcile) => Some(Switched),
            (Switched, Event::Purge) => Some(Purging),
            // The source's rows were gone before.
            (Purging, Event::Finish) | (Leaving, Event::Switch) => Some(Done),
            (Switched, Event::Return) => Some(Returning),
            (Returning, Event::Arrive) => Some(Returned),
            (Planned | Frozen | Drained | Copying | Copied | Verified, Event::GiveUp) => Some(Aborting),
            (Planned | Frozen | Drained | Copying | Copied | Verified | Aborting, Event::Abort) => Some(Aborted),
            (
                Planned | Frozen | Drained | Copying | Copied | Verified | Leaving | Switched | Purging | Done
                | Aborting | Aborted | Returning | Returned,
                Event::Freeze
                | Event::Drain
                | Event::Copy
                | Event::Prove
                | Event::Verify
                | Event::Leave
                | Event::Switch
                | Event::Purge
                | Event::Finish
                | Event::Keep
                | Event::GiveUp
                | Event::Abort
                | Event::Restart
                | Event::Reconcile
                | Event::Return
                | Event::Stay
                | Event::Arrive,
            ) => None,
        }
    }

    /// No event can follow.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Aborted | Self::Returned)
    }

    /// It has not switched and is not at its end.
    pub fn may_be_aborted(self) -> bool {
        self.after(Event::Abort).is_some()
    }

    /// All statuses, in the order of a move's life.
    pub fn all() -> impl Iterator<Item = Self> {
        STATUSES.into_iter().map(|(status, _)| status)
    }

    /// The target may hold rows of the client although the dispatch row does not name it.
    pub fn may_have_written(self) -> bool {
        matches!(
            self,
            Self::Copying | Self::Copied | Self::Verified | Self::Leaving | Self::Aborting
        )
    }
}

const STATUSES: [(Status, &str); 14] = [
    (Status::Planned, "planned"),
    (Status::Frozen, "frozen"),
    (Status::Drained, "drained"),
    (Status::Copying, "copying"),
    (Status::Copied, "copied"),
    (Status::Verified, "verified"),
    (Status::Leaving, "leaving"),
    (Status::Switched, "switched"),
    (Status::Purging, "purging"),
    (Status::Done, "done"),
    (Status::Aborting, "aborting"),
    (Status::Aborted, "aborted"),
    (Status::Returning, "returning"),
    (Status::Returned, "returned"),
];

const EVENTS: [(Event, &str); 17] = [
    (Event::Freeze, "freeze"),
    (Event::Drain, "drain"),
    (Event::Copy, "copy"),
    (Event::Prove, "prove"),
    (Event::Verify, "verify"),
    (Event::Leave, "leave"),
    (Event::Switch, "switch"),
    (Event::Purge, "purge"),
    (Event::Finish, "finish"),
    (Event::Keep, "keep"),
    (Event::GiveUp, "give-up"),
    (Event::Abort, "abort"),
    (Event::Restart, "restart"),
    (Event::Reconcile, "reconcile"),
    (Event::Return, "return"),
    (Event::Stay, "stay"),
    (Event::Arrive, "arrive"),
];

/// The text is no status or event of this version; the journal was written by a newer one.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not known to this version of exodus")]
pub struct UnknownWord(String);

fn word<T: PartialEq>(list: &[(T, &'static str)], item: &T) -> &'static str {
    list.iter()
        .find(|(other, _)| other == item)
        .map_or("", |(_, word)| word)
}

fn parse<T: Copy>(list: &[(T, &'static str)], text: &str) -> Result<T, UnknownWord> {
    list.iter()
        .find(|(_, word)| *word == text)
        .map(|(item, _)| *item)
        .ok_or_else(|| UnknownWord(text.to_owned()))
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word(&STATUSES, self))
    }
}

impl FromStr for Status {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        parse(&STATUSES, text)
    }
}

impl Event {
    /// All events.
    pub fn all() -> impl Iterator<Item = Self> {
        EVENTS.into_iter().map(|(event, _)| event)
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word(&EVENTS, self))
    }
}

impl FromStr for Event {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            // As the first journals have it.
            "giveup" => Ok(Self::GiveUp),
            _ => parse(&EVENTS, text),
        }
    }
}

/// A journal could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The store failed. Whether the event took effect is unknown only if the database says [`ErrorKind::Lost`](exodus_engine::ErrorKind::Lost).
    #[error(transparent)]
    Database(#[from] exodus_engine::Error),
    /// Somebody else has moved the journal on.
    #[error(
        "move {id} is {found}, where {expected} was expected: {} is at work on it, or was; `exodus moves` shows it",
        by.as_deref().unwrap_or("another exodus")
    )]
    Conflict {
        /// The move.
        id: i64,
        /// What this process took it to be.
        expected: Status,
        /// What the store says.
        found: Status,
        /// Who has taken it, if somebody has who is at work on it still.
        by: Option<String>,
    },
    /// Anything else, in words that say what to do.
    #[error("{0}")]
    Refused(String),
}

/// The durable log of one move, and the dispatch row that goes with it.
///
/// The contract: `record` writes the event and the new status in one transaction, only if the stored status is still
/// the one this journal saw last, and in the same transaction does to the dispatch row what the event means: `Freeze` sets its state to
/// frozen, `Switch` sets the shard to the target, the state to active and adds 1 to the epoch, `Abort` sets the state
/// back to active. When it returns an error nothing was written, except for a lost connection at commit.
#[async_trait]
pub trait Journal: Send {
    /// The move's number.
    fn id(&self) -> i64;

    /// The status this process saw last.
    fn status(&self) -> Status;

    /// Records an event with details for people and programs (counts, seconds; never row values).
    async fn record(&mut self, event: Event, detail: serde_json::Value) -> Result<Status, JournalError>;

    /// Fails, as `record` would, if somebody else has moved the journal on or taken the move.
    ///
    /// Whoever removes rows that the move has committed, or those that it has left, asks this once nobody else can write
    /// there: while it waited for that, they may have become somebody else's.
    async fn confirm(&mut self) -> Result<(), JournalError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for (status, text) in STATUSES {
            assert_eq!(status.to_string(), text);
            assert_eq!(text.parse(), Ok(status));
        }
        for (event, text) in EVENTS {
            assert_eq!(event.to_string(), text);
            assert_eq!(text.parse(), Ok(event));
        }
        assert_eq!("giveup".parse(), Ok(Event::GiveUp));
    }

    #[test]
    fn nothing_is_removed_before_the_switch_and_no_switch_happens_unverified() {
        for (status, _) in STATUSES {
            let verified = matches!(status, Status::Verified | Status::Leaving);
            assert_eq!(status.after(Event::Switch).is_some(), verified);
            assert_eq!(status.after(Event::Leave).is_some(), status == Status::Verified);
            assert_eq!(status.after(Event::Purge).is_some(), status == Status::Switched);
            let final_or_switched = matches!(
                status,
                Status::Leaving
                    | Status::Switched
                    | Status::Purging
                    | Status::Done
                    | Status::Aborted
                    | Status::Returning
                    | Status::Returned
            );
            for event in [Event::Abort, Event::GiveUp, Event::Restart] {
                assert!(!final_or_switched || status.after(event).is_none(), "{status}: {event}");
            }
            assert_eq!(status.after(Event::Abort).is_none(), final_or_switched);
        }
    }
}
