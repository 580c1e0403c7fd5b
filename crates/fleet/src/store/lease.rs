//! Who is at work on a move: a lease that runs out, and a number that shuts out whoever held it before.
//!
//! A process that begins or takes up a move holds it until its lease runs out, and prolongs the lease as long as it lives. Each
//! time somebody takes a move, its lease gets the next number, and a journal writes only with the number it has: a process that
//! was taken for dead, and wakes up, can't write the next step, and undoes its own (Chubby's sequencers, Burrows 2006). Time is the
//! store's own: what the clocks of two machines say doesn't matter.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::journal::{MoveJournal, Place};
use super::{How, Move, Result, Session, Store, ddl};
use crate::error::StoreError;

/// How long a lease is by default. A move whose machine has died can be taken up after so long.
pub const TERM: Duration = Duration::from_secs(30);

/// A process that works on moves.
#[derive(Clone, Debug)]
pub struct Worker {
    /// What it is called: no other process has the name, not even a later one.
    pub name: String,
    /// How long its leases are.
    pub term: Duration,
    /// Whether a worker of that name certainly has ended: then nobody has to wait for its lease.
    pub is_gone: fn(&str) -> bool,
}

impl Default for Worker {
    /// This process, of which others know no more than its number.
    fn default() -> Self {
        Self {
            name: format!("process {}", std::process::id()),
            term: TERM,
            is_gone: |_| false,
        }
    }
}

/// Which move may be taken from whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// From nobody, or from a process that is gone, or whose lease has run out.
    IfFree,
    /// From whoever holds it.
    Anyway,
}

/// The leases that this process has, by the number of the move.
#[derive(Debug, Default)]
pub(super) struct Leases(Mutex<BTreeMap<i64, i64>>);

impl Leases {
    fn with<T>(&self, change: impl FnOnce(&mut BTreeMap<i64, i64>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn add(&self, id: i64, lease: i64) {
        self.with(|held| held.insert(id, lease));
    }

    pub(super) fn remove(&self, id: i64) {
        self.with(|held| held.remove(&id));
    }
}

/// Prolongs the leases of this process until it is dropped.
#[derive(Debug)]
pub struct Keeping(JoinHandle<()>);

impl Drop for Keeping {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Store {
    /// The same store for a process with a name.
    #[must_use]
    pub fn working_as(self, worker: Worker) -> Self {
        Self {
            worker: Arc::new(worker),
            ..self
        }
    }

    /// Prolongs the leases of this process, each before it has run out, and tells of each that was lost.
    pub fn keep_leases(&self, lost: impl Fn(i64) + Send + 'static) -> Keeping {
        let store = self.clone();
        Keeping(tokio::spawn(async move {
            let mut next = tokio::time::interval(store.worker.term / 3);
            loop {
                next.tick().await;
                match store.renew().await {
                    Ok(gone) => gone.into_iter().for_each(&lost),
                    // Whoever takes a move meanwhile shuts this process out of it: nothing is lost but its work.
                    Err(error) => tracing::warn!(%error, "leases could not be prolonged"),
                }
            }
        }))
    }

    /// Prolongs them once; gives the moves that somebody else has taken.
    pub(super) async fn renew(&self) -> Result<Vec<i64>> {
        let held = self.leases.with(|held| held.clone());
        if held.is_empty() {
            return Ok(vec![]);
        }
        let worker = Arc::clone(&self.worker);
        let ids: Vec<i64> = held.keys().copied().collect();
        let renewed = self.run(How::Writing, |session| {
            Box::pin(async move { session.renew(&worker, &ids).await })
        });
        let mine = renewed.await?;
        let lost = held.into_iter().filter(|(id, lease)| mine.get(id) != Some(lease));
        // One that has come to its end since is no longer held either, but isn't lost.
        let lost = lost.filter(|(id, lease)| self.leases.with(|held| held.get(id) == Some(lease)));
        let lost: Vec<i64> = lost.map(|(id, _)| id).collect();
        for &id in &lost {
            self.leases.remove(id);
        }
        Ok(lost)
    }

    /// Whether another process may be at work on the move, as it was read.
    pub fn is_held(&self, it: &Move) -> bool {
        it.holder.as_deref().is_some_and(|holder| {
            let others = holder != self.worker.name && !(self.worker.is_gone)(holder);
            others && it.held_for_ms.is_some_and(|left| left > 0)
        })
    }

    /// Takes up a move that was written down before. Of one that is at its end, or waits to be purged, the journal can be read.
    pub async fn take(&self, id: i64, how: Take) -> Result<MoveJournal> {
        let store = self.clone();
        let taken = self.run(How::Alone, move |session| {
            Box::pin(async move { session.take(id, &store, how).await })
        });
        let place = taken.await?;
        if !place.is_at_rest() {
            self.leases.add(id, place.lease);
        }
        Ok(MoveJournal::new(self.clone(), id, place))
    }
}

impl Move {
    /// Who is at work on it, or was, in one word: what a process is called begins with what people know it by.
    pub fn held_by(&self) -> Option<&str> {
        self.holder.as_deref()?.split(' ').next()
    }

    /// What is said of a move that another process holds.
    pub(super) fn held(self) -> StoreError {
        StoreError::Held {
            id: self.id,
            holder: self.held_by().unwrap_or_default().to_owned(),
            seconds: self.held_for_ms.unwrap_or(0).unsigned_abs().div_ceil(1_000),
        }
    }
}

impl Session {
    /// Since when the store's clock says, and until when a lease lasts that begins now.
    pub(super) fn until(&self, worker: &Worker) -> String {
        format!("{} + {}", ddl::now(self.dialect()), worker.term.as_millis())
    }

    /// The leases on these moves that the worker has, prolonged.
    async fn renew(&mut self, worker: &Worker, ids: &[i64]) -> Result<BTreeMap<i64, i64>> {
        let (moves, name, until) = (self.table(ddl::MOVES), self.text(&worker.name), self.until(worker));
        let ids = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        let mine = format!("holder = {name} AND id IN ({ids})");
        self.execute(&format!("UPDATE {moves} SET held_until = {until} WHERE {mine}"))
            .await?;
        let rows = self
            .query(&format!("SELECT id, lease FROM {moves} WHERE {mine}"))
            .await?;
        let read = |row: Vec<Option<String>>| {
            let number = |at: usize| row.get(at)?.as_deref()?.parse().ok();
            Some((number(0)?, number(1)?))
        };
        let read = rows.into_iter().map(read).collect::<Option<_>>();
        read.ok_or_else(|| self.damaged(ddl::MOVES, "a lease that is no number"))
    }

    async fn take(&mut self, id: i64, store: &Store, how: Take) -> Result<Place> {
        let it = self.get_move(id).await?;
        if how == Take::IfFree && store.is_held(&it) {
            return Err(it.held());
        }
        let seen = Place {
            status: it.status,
            seq: it.seq,
            lease: it.lease,
        };
        if it.status.is_final() {
            return Ok(seen);
        }
        let (lease, worker) = (it.lease + 1, &store.worker);
        let (moves, name, until) = (self.table(ddl::MOVES), self.text(&worker.name), self.until(worker));
        self.execute(&format!(
            "UPDATE {moves} SET lease = {lease}, holder = {name}, held_until = {until} WHERE id = {id}"
        ))
        .await?;
        // Its row is ours now; until then, a step may have been written.
        let it = self.get_move(id).await?;
        Ok(Place {
            status: it.status,
            seq: it.seq,
            lease,
        })
    }
}
