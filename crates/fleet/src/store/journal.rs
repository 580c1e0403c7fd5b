//! The journal of one move, kept in the dispatch store.

use async_trait::async_trait;
use exodus_transfer::failpoints::Failpoint;
use exodus_transfer::{Event, Journal, JournalError, Status};

use super::{How, Result, Session, Store, ddl, now};
use crate::error::StoreError;

/// The journal of one move; see [`Journal`] for its contract.
#[derive(Clone)]
pub struct MoveJournal {
    store: Store,
    id: i64,
    status: Status,
}

impl MoveJournal {
    pub(super) fn new(store: Store, id: i64, status: Status) -> Self {
        Self { store, id, status }
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
        let Some(last) = steps.last() else {
            return Ok(self.status);
        };
        let next = last.next;
        self.store
            .run(How::Writing, |session| {
                Box::pin(async move { session.record(&steps).await })
            })
            .await?;
        self.status = next;
        Ok(next)
    }

    /// The transitions by these events, from the status that was seen last.
    fn steps(&self, events: impl IntoIterator<Item = (Event, serde_json::Value)>) -> Result<Vec<Step>, JournalError> {
        let mut seen = self.status;
        let steps = events.into_iter().map(|(event, detail)| {
            let step = Step::new(self.id, seen, event, &detail)?;
            seen = step.next;
            Ok(step)
        });
        steps.collect()
    }
}

/// Stops a client's writers with the very transaction that writes its move down.
pub(super) async fn freeze(session: &mut Session, id: i64) -> Result<Status, JournalError> {
    let freeze = Step::new(id, Status::Planned, Event::Freeze, &serde_json::json!({}))?;
    let drain = Step::new(
        id,
        freeze.next,
        Event::Drain,
        &serde_json::json!({ "waited_seconds": 0 }),
    )?;
    let next = drain.next;
    session.record(&[freeze, drain]).await?;
    Ok(next)
}

#[async_trait]
impl Journal for MoveJournal {
    fn id(&self) -> i64 {
        self.id
    }

    fn status(&self) -> Status {
        self.status
    }

    async fn record(&mut self, event: Event, detail: serde_json::Value) -> Result<Status, JournalError> {
        self.record_all([(event, detail)]).await
    }
}

/// One transition of one move.
struct Step {
    id: i64,
    seen: Status,
    event: Event,
    next: Status,
    detail: String,
}

impl Step {
    fn new(id: i64, seen: Status, event: Event, detail: &serde_json::Value) -> Result<Self, JournalError> {
        let refused = || JournalError::Refused(format!("move {id} is {seen}; `{event}` can't happen now"));
        Ok(Self {
            id,
            seen,
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

    /// Writes down transitions of one move that follow each other; there is at least one.
    async fn record(&mut self, steps: &[Step]) -> Result<(), JournalError> {
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else {
            return Ok(());
        };
        let (id, seen, next) = (first.id, first.seen, last.next);
        let (moves, events, now) = (self.table(ddl::MOVES), self.table(ddl::EVENTS), now());
        let close = if next.is_final() { ", open_client = NULL" } else { "" };
        let update = format!(
            "UPDATE {moves} SET status = '{next}', updated_at = '{now}'{close} WHERE id = {id} AND status = '{seen}'"
        );
        if self.execute(&update).await? != 1 {
            return Err(self.conflict(first).await?);
        }
        let last = self
            .query(&format!(
                "SELECT COALESCE(MAX(seq), 0) + 1 FROM {events} WHERE move_id = {id}"
            ))
            .await?;
        let seq: Option<i64> = last
            .into_iter()
            .flatten()
            .flatten()
            .next()
            .and_then(|seq| seq.parse().ok());
        let seq = seq.ok_or_else(|| self.damaged(ddl::EVENTS, "a number that is none"))?;
        let rows: Vec<_> = (seq..)
            .zip(steps)
            .map(|(seq, step)| {
                let Step {
                    event, next, detail, ..
                } = step;
                format!("({id}, {seq}, '{event}', '{next}', '{now}', {})", self.text(detail))
            })
            .collect();
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
        Ok(())
    }

    async fn conflict(&mut self, step: &Step) -> Result<JournalError> {
        let found = self.get_move(step.id).await?.status;
        Ok(JournalError::Conflict {
            id: step.id,
            expected: step.seen,
            found,
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
                format!(" AND shard = {source} AND state = 'active'"),
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
            return Ok(());
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
