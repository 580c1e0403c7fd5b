//! The source's side of a move: read in snapshots after everybody has ended, or under locks in one transaction.

use exodus_engine::{Access, Checks, Session};
use serde_json::json;

use super::{Move, undo};
use crate::drain::{self, Deadline};
use crate::error::Result;
use crate::failpoints::Failpoint;
use crate::fence::{self, Held};
use crate::journal::{Event, Journal};
use crate::progress::Step;
use crate::shape::Rows;

impl Move<'_> {
    /// Waits until nobody writes to the client who asks the dispatch store, or holds everybody up by locks.
    pub(super) async fn nobody_writes(
        &self,
        source: &mut Session,
        rows: &Rows<'_>,
        journal: &mut dyn Journal,
        deadline: &Deadline,
    ) -> Result<Option<Held>> {
        if self.freezing.locks {
            let locking = fence::lock(source, rows, &self.freezing, self.progress);
            let held = self.in_time(deadline, Step::Lock, locking).await?;
            journal.record(Event::Drain, held.told()).await?;
            Failpoint::FenceLocked.reach().await;
            return Ok(Some(held));
        }
        let schemas = self.request.shape.schemas();
        let draining = drain::wait((source, &schemas), &self.freezing, self.progress);
        let drained = self.in_time(deadline, Step::Drain, draining).await?;
        journal.record(Event::Drain, drained).await?;
        Failpoint::MoveFrozen.reach().await;
        Ok(None)
    }

    /// Begins a snapshot of the source. Under locks there is a transaction from the first to the last, and what it reads of the
    /// client's rows nobody changes.
    pub(super) async fn begin_reading(&self, source: &mut Session) -> Result<()> {
        if !self.freezing.locks {
            source.begin(Access::Snapshot, Checks::Enforced).await?;
        }
        Ok(())
    }

    /// Lets go of the locks, if there are any.
    pub(super) async fn let_go(&self, source: &mut Session) {
        if self.freezing.locks {
            undo::roll_back(source).await;
        }
    }

    /// Ends it.
    pub(super) async fn end_reading(&self, source: &mut Session) -> Result<()> {
        if !self.freezing.locks {
            source.commit().await?;
        }
        Ok(())
    }
}

/// Commits the removal of the source's rows, which are committed on the target, before the dispatch row is switched: if it
/// failed after that, writers that have waited would go on where nobody looks any more. Written down first, since then nobody
/// gives the move up who has not looked at the source.
pub(super) async fn commit(source: &mut Session, journal: &mut dyn Journal) -> Result<()> {
    let committed = async {
        journal.record(Event::Leave, json!({})).await?;
        Failpoint::LeaveBegun.reach().await;
        source.commit().await?;
        Ok(())
    }
    .await;
    match &committed {
        Ok(()) => Failpoint::LeaveCommitted.reach().await,
        // Whoever waits need not wait until it is known how it ended.
        Err(_) => undo::roll_back(source).await,
    }
    committed
}
