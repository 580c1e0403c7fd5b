//! The journal of one move among many: as much as a crash has to find, in as few transactions as that takes.

use async_trait::async_trait;
use exodus_transfer::{Event, Journal, JournalError, Status};
use serde_json::Value;

use super::journal::MoveJournal;

/// A client from which on its copy is written down when it begins: it takes long enough for somebody to look.
const MANY_ROWS: u64 = 100_000;

/// Writes the steps of the copy down together, when it is verified.
///
/// Before that nothing of it is committed on the target, so that there is nothing that a crash would leave: what it finds
/// is a client that is frozen, with no row written. The move was written down and frozen in one transaction before this
/// journal began; it says so when it is told.
pub struct BriefJournal {
    inner: MoveJournal,
    /// What the move takes it to be.
    status: Status,
    /// What was not written yet.
    pending: Vec<(Event, Value)>,
}

impl BriefJournal {
    /// Of a move that has just been [started frozen](super::Store::start_frozen).
    pub fn new(inner: MoveJournal) -> Self {
        Self {
            inner,
            status: Status::Planned,
            pending: vec![],
        }
    }

    async fn flush(&mut self, event: Event, detail: Value) -> Result<Status, JournalError> {
        let mut events = std::mem::take(&mut self.pending);
        events.push((event, detail));
        self.inner.record_all(events).await
    }
}

#[async_trait]
impl Journal for BriefJournal {
    fn id(&self) -> i64 {
        self.inner.id()
    }

    fn status(&self) -> Status {
        self.status
    }

    async fn record(&mut self, event: Event, detail: Value) -> Result<Status, JournalError> {
        let small = || detail["rows"].as_u64().is_some_and(|rows| rows < MANY_ROWS);
        self.status = match (event, self.status.after(event)) {
            (Event::Freeze, Some(next)) => next,
            (Event::Drain, Some(next)) => {
                self.pending.push((event, detail));
                next
            }
            (Event::Copy, Some(next)) if small() => {
                self.pending.push((event, detail));
                next
            }
            (Event::Prove, Some(next)) if !self.pending.is_empty() => {
                self.pending.push((event, detail));
                next
            }
            // What was not written has not happened to anybody else.
            (Event::Abort | Event::GiveUp, _) => {
                self.pending.clear();
                self.inner.record(event, detail).await?
            }
            _ => self.flush(event, detail).await?,
        };
        Ok(self.status)
    }

    async fn confirm(&mut self) -> Result<(), JournalError> {
        self.inner.confirm().await
    }
}
