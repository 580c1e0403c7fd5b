//! The journal of one move, kept in the dispatch store.

use std::sync::Arc;

use async_trait::async_trait;
use exodus_transfer::failpoints::Failpoint;
use exodus_transfer::{Event, Journal, JournalError, Status};

use super::{How, Result, Session, Store, Worker, ddl, now};
use crate::error::StoreError;

/// The journal of one move; see [`Journal`] for its contract.
#[derive(Clone)]
pub struct MoveJournal {
    store: Store,
    id: i64,
    place: Place,
}

/// How far a journal has come, and by which lease it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) status: Status,
    /// How many events there are.
    pub(super) seq: i64,
    pub(super) lease: i64,
}

impl MoveJournal {
    pub(super) fn new(store: Store, id: i64, place: Place) -> Self {
        Self { store, id, place }
    }

    /// Writes down what the move did. Not an event: whoever knows more later may replace it.
    pub async fn summarize(&mut self, summary: &serde_json::Value) -> Result<()> {
        let (id, summary) = (self.id, summary.to_string());
        self.store
            // One statement is a transaction of its own.
            .run(How::Reading, move |session| {
                Box::pin(async move { session.summarize(id, &summary).await })
            })
            .await
    }

    /// As [`record`](Journal::record), of events that follow each other: in one transaction, all or none.
    pub async fn record_all(
        &mut self,
        events: impl IntoIterator<Item = (Event, serde_json::Value)>,
    ) -> Result<Status, JournalError> {
        let steps = self.steps(events)?;
        if steps.is_empty() {
            return Ok(self.place.status);
        }
        let (seen, worker) = (self.place, Arc::clone(&self.store.worker));
        let recorded = self.store.run(How::Writing, move |session| {
            Box::pin(async move { session.record(&steps, seen, &worker).await })
        });
        self.place = recorded.await?;
        if self.place.is_at_rest() {
            self.store.leases.remove(self.id);
        } else {
            // A purge begins at rest: from its first step on the lease is prolonged.
            self.store.leases.add(self.id, self.place.lease);
        }
        Ok(self.place.status)
    }

    /// The transitions by these events, from the status that was seen last.
    fn steps(&self, events: impl IntoIterator<Item = (Event, serde_json::Value)>) -> Result<Vec<Step>, JournalError> {
        let mut seen = self.place.status;
        let steps = events.into_iter().map(|(event, detail)| {
            let step = Step::new(self.id, seen, event, &detail)?;
            seen = step.next;
            Ok(step)
        });
        steps.collect()
    }
}

impl Place {
    /// Of a move that was just written down.
    pub(super) const FIRST: Self = Self {
        status: Status::Planned,
        seq: 0,
        lease: 1,
    };

    /// Nobody has to be at work on it: it is at its end, or waits to be purged.
    pub(super) fn is_at_rest(self) -> bool {
        self.status.is_final() || self.status == Status::Switched
    }
}

/// Stops a client's writers with the very transaction that writes its move down.
pub(super) async fn freeze(session: &mut Session, id: i64, worker: &Worker) -> Result<Place, JournalError> {
    let freeze = Step::new(id, Status::Planned, Event::Freeze, &serde_json::json!({}))?;
    session.record(&[freeze], Place::FIRST, worker).await
}

#[async_trait]
impl Journal for MoveJournal {
    fn id(&self) -> i64 {
        self.id
    }

    fn status(&self) -> Status {
        self.place.status
    }

    async fn record(&mut self, event: Event, detail: serde_json::Value) -> Result<Status, JournalError> {
        self.record_all([(event, detail)]).await
    }

    async fn confirm(&mut self) -> Result<(), JournalError> {
        let (id, seen) = (self.id, self.place);
        self.store
            .run(How::Reading, move |session| {
                Box::pin(async move { session.confirm(id, seen).await })
            })
            .await
    }
}

/// One transition of one move.
pub(super) struct Step {
    id: i64,
    pub(super) event: Event,
    next: Status,
    detail: String,
}

impl Step {
    fn new(id: i64, seen: Status, event: Event, detail: &serde_json::Value) -> Result<Self, JournalError> {
        let refused = || JournalError::Refused(format!("move {id} is {seen}; `{event}` can't happen now"));
        Ok(Self {
            id,
            event,
            next: seen.after(event).ok_or_else(refused)?,
            detail: detail.to_string(),
        })
    }
}

impl Session {
    pub(super) async fn summarize(&mut self, id: i64, summary: &str) -> Result<()> {
        let (table, summary) = (self.table(ddl::MOVES), self.text(summary));
        self.execute(&format!("UPDATE {table} SET summary = {summary} WHERE id = {id}"))
            .await
            .map(drop)
    }

    /// Writes down transitions of one move that follow each other, if nobody else has moved it on or taken it.
    async fn record(&mut self, steps: &[Step], seen: Place, worker: &Worker) -> Result<Place, JournalError> {
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else {
            return Ok(seen);
        };
        let next = Place {
            status: last.next,
            seq: steps.iter().fold(seen.seq, |seq, _| seq + 1),
            ..seen
        };
        let (id, moves, events, now) = (first.id, self.table(ddl::MOVES), self.table(ddl::EVENTS), now());
        let close = if next.status.is_final() {
            ", open_client = NULL"
        } else {
            ""
        };
        let lease = if next.is_at_rest() {
            "holder = NULL, held_until = NULL".to_owned()
        } else {
            format!("held_until = {}", self.until(worker))
        };
        let update = format!(
            "UPDATE {moves} SET status = '{}', seq = {}, {lease}, updated_at = '{now}'{close} \
             WHERE id = {id} AND status = '{}' AND seq = {} AND lease = {}",
            next.status, next.seq, seen.status, seen.seq, seen.lease
        );
        if self.execute(&update).await? != 1 {
            return Err(self.conflict(id, seen).await?);
        }
        let mut rows = vec![];
        for (seq, step) in (seen.seq + 1..).zip(steps) {
            let Step {
                event, next, detail, ..
            } = step;
            let due = match event {
                Event::Switch => self.with_due_time(id, detail).await?,
                _ => None,
            };
            let detail = self.text(due.as_ref().unwrap_or(detail));
            rows.push(format!("({id}, {seq}, '{event}', '{next}', '{now}', {detail})"));
        }
        let insert = format!(
            "INSERT INTO {events} (move_id, seq, event, status, happened_at, detail) VALUES {}",
            rows.join(", ")
        );
        self.execute(&insert).await?;
        for step in steps {
            self.dispatch(step).await?;
            if step.event == Event::Switch {
                Failpoint::SwitchOpen.reach().await;
            }
        }
        Ok(next)
    }

    /// The details of a switch with the time at which the move was to be purged, by the store's clock: those of the machines that
    /// make moves and purge them may differ.
    async fn with_due_time(&mut self, id: i64, detail: &str) -> Result<Option<String>> {
        let of = self.get_move(id).await?;
        let Some(after) = of.options["purge_after_seconds"].as_i64() else {
            return Ok(None);
        };
        let due = self.now_ms().await?.saturating_add(after.saturating_mul(1_000));
        let mut detail: serde_json::Value = serde_json::from_str(detail).unwrap_or_default();
        detail["purge_due_ms"] = due.into();
        Ok(Some(detail.to_string()))
    }

    /// Fails unless the move stands where it was seen last.
    async fn confirm(&mut self, id: i64, seen: Place) -> Result<(), JournalError> {
        let it = self.get_move(id).await?;
        let found = Place {
            status: it.status,
            seq: it.seq,
            lease: it.lease,
        };
        if found == seen {
            Ok(())
        } else {
            Err(self.conflict(id, seen).await?)
        }
    }

    async fn conflict(&mut self, id: i64, seen: Place) -> Result<JournalError> {
        let found = self.get_move(id).await?;
        Ok(JournalError::Conflict {
            id,
            expected: seen.status,
            found: found.status,
            by: (found.lease != seen.lease).then_some(found.holder).flatten(),
        })
    }

    /// Does to the dispatch row what the event means.
    async fn dispatch(&mut self, step: &Step) -> Result<()> {
        if !matches!(step.event, Event::Freeze | Event::Switch | Event::Abort) {
            return Ok(());
        }
        let of = self.get_move(step.id).await?;
        let (clients, now) = (self.table(ddl::CLIENTS), now());
        let [client, source, target] = [&of.client.to_string(), &of.source, &of.target].map(|text| self.text(text));
        let (set, only_if, must) = match step.event {
            Event::Freeze => (
                "state = 'frozen'".to_owned(),
                format!(" AND shard = {source} AND state IN ('active', 'moving')"),
                true,
            ),
            Event::Switch => (
                format!("shard = {target}, state = 'active', epoch = epoch + 1"),
                format!(" AND shard = {source} AND state = 'frozen'"),
                true,
            ),
            // Giving up must be possible whatever became of the row.
            _ => ("state = 'active'".to_owned(), String::new(), false),
        };
        let update = format!("UPDATE {clients} SET {set}, updated_at = '{now}' WHERE client = {client}{only_if}");
        if self.execute(&update).await? == 1 || !must {
            return self.end_return(step, &of).await;
        }
        let row = self.client(&of.client, "").await?;
        let (found, state) = row.map_or(("no shard".to_owned(), "unknown".to_owned()), |row| {
            (row.shard, row.state.to_string())
        });
        Err(StoreError::Elsewhere {
            found,
            state,
            expected: of.source,
        })
    }
}
