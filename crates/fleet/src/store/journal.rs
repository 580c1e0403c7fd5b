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
            .run(How::Writing, move |session| {
                Box::pin(async move { session.summarize(id, &summary).await })
            })
            .await
    }
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
        let Some(next) = self.status.after(event) else {
            return Err(JournalError::Refused(format!(
                "move {} is {}; `{event}` can't happen now",
                self.id, self.status
            )));
        };
        let step = Step {
            id: self.id,
            seen: self.status,
            event,
            next,
            detail: detail.to_string(),
        };
        self.store
            .run(How::Writing, |session| {
                Box::pin(async move { session.record(&step).await })
            })
            .await?;
        self.status = next;
        Ok(next)
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

impl Session {
    async fn summarize(&mut self, id: i64, summary: &str) -> Result<()> {
        let (table, summary) = (self.table(ddl::MOVES), self.text(summary));
        self.execute(&format!("UPDATE {table} SET summary = {summary} WHERE id = {id}"))
            .await
            .map(drop)
    }

    async fn record(&mut self, step: &Step) -> Result<(), JournalError> {
        let Step {
            id,
            seen,
            event,
            next,
            detail,
        } = step;
        let (moves, events, now) = (self.table(ddl::MOVES), self.table(ddl::EVENTS), now());
        let close = if next.is_final() { ", open_client = NULL" } else { "" };
        let update = format!(
            "UPDATE {moves} SET status = '{next}', updated_at = '{now}'{close} WHERE id = {id} AND status = '{seen}'"
        );
        if self.execute(&update).await? != 1 {
            return Err(self.conflict(step).await?);
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
        let detail = self.text(detail);
        let insert = format!(
            "INSERT INTO {events} (move_id, seq, event, status, happened_at, detail) \
             VALUES ({id}, {seq}, '{event}', '{next}', '{now}', {detail})"
        );
        self.execute(&insert).await?;
        self.dispatch(step).await?;
        if *event == Event::Switch {
            Failpoint::SwitchOpen.reach().await;
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
