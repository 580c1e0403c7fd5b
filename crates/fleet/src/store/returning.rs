//! A move back to the source of a move that was not purged: the two end together.

use exodus_transfer::{Event, Status};
use serde_json::{Value, json};

use super::journal::{MoveJournal, Place, Step};
use super::moves::{Move, New};
use super::{How, Result, Session, Store, ddl, now};
use crate::error::StoreError;

/// The option of a move back that names the move whose source it goes to.
const RETURNS: &str = "returns";

impl Move {
    /// The move whose source this one brings the client back to.
    pub fn returns(&self) -> Option<i64> {
        self.options[RETURNS].as_i64()
    }
}

impl Store {
    /// Writes down a move that brings the client of a switched one back to where it was, and gives its journal. As long as
    /// it is under way the other one can't be purged; when it switches, that one is at its end, and when it is given up, that
    /// one is what it was.
    pub async fn start_return(&self, id: i64, options: &Value) -> Result<MoveJournal> {
        let (store, mut options) = (self.clone(), options.clone());
        options[RETURNS] = id.into();
        let started = self.run(How::Alone, move |session| {
            Box::pin(async move { session.start_return(id, &options, &store).await })
        });
        let new = started.await?;
        self.leases.add(new, Place::FIRST.lease);
        Ok(MoveJournal::new(self.clone(), new, Place::FIRST))
    }
}

impl Session {
    async fn start_return(&mut self, id: i64, options: &Value, store: &Store) -> Result<i64> {
        let it = self.get_move(id).await?;
        if store.is_held(&it) {
            return Err(it.held());
        }
        if !self
            .advance(&it, Event::Return, &json!({}), "open_client = NULL")
            .await?
        {
            return Err(StoreError::NotReturnable { id, status: it.status });
        }
        let new = New::of(&it.client, &it.target, &it.source, options)?;
        let back = self.start_move(&new, &store.worker).await?;
        self.mark_moving(&it.client).await?;
        Ok(back)
    }

    /// Writes down, in the transaction in which a move back ends, what that means for the other one.
    pub(super) async fn end_return(&mut self, step: &Step, of: &Move) -> Result<()> {
        let Some(id) = of.returns() else { return Ok(()) };
        let (event, set) = match step.event {
            Event::Switch => (Event::Arrive, "open_client = NULL".to_owned()),
            Event::Abort => (Event::Stay, format!("open_client = {}", self.key(&of.client))),
            _ => return Ok(()),
        };
        let it = self.get_move(id).await?;
        if self.advance(&it, event, &json!({ "by": of.id }), &set).await? {
            return Ok(());
        }
        Err(self.damaged(ddl::MOVES, "a move whose client goes back isn't returning"))
    }

    /// One event of a move that nobody is at work on; whether it could happen.
    async fn advance(&mut self, it: &Move, event: Event, detail: &Value, set: &str) -> Result<bool> {
        let Some(next) = it.status.after(event) else {
            return Ok(false);
        };
        let (moves, events, now) = (self.table(ddl::MOVES), self.table(ddl::EVENTS), now());
        let (id, seq, detail) = (it.id, it.seq + 1, self.text(&detail.to_string()));
        let update = format!(
            "UPDATE {moves} SET status = '{next}', seq = {seq}, lease = lease + 1, holder = NULL, held_until = NULL, \
             updated_at = '{now}', {set} WHERE id = {id} AND status = '{}' AND seq = {}",
            it.status, it.seq
        );
        if self.execute(&update).await? != 1 {
            return Ok(false);
        }
        let insert = format!(
            "INSERT INTO {events} (move_id, seq, event, status, happened_at, detail) \
             VALUES ({id}, {seq}, '{event}', '{next}', '{now}', {detail})"
        );
        self.execute(&insert).await?;
        Ok(true)
    }
}

impl StoreError {
    /// Why a move can't be brought back that stands there.
    pub(crate) fn not_returnable(status: Status) -> &'static str {
        match status {
            Status::Purging | Status::Done => {
                "its source rows are being removed, or are gone: move the client back with `exodus move`"
            }
            Status::Returning => "it is on its way back: `exodus moves` shows the move that brings it",
            Status::Returned | Status::Aborted => "the client is where it was",
            _ => "the client has not left: `exodus resume` or `exodus abort` ends the move",
        }
    }
}
