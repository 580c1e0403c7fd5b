//! Sessions that one move after the other uses.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use exodus_engine::{ConnectOptions, Connection};

use crate::context::Context;
use crate::exit::Failure;

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing may be written.
    Reads,
    /// Rows are written.
    Writes,
}

/// Idle sessions, by database and role. One that a move failed on is not given back, so that none carries anything
/// over: neither a transaction nor a temporary table, of which a rollback frees no MySQL session.
pub(super) struct Pool<'c> {
    context: &'c Context,
    /// How many may be idle at a time; the longest idle go first.
    most: usize,
    idle: Mutex<VecDeque<Lent>>,
}

/// A session, and where it belongs.
pub(super) struct Lent {
    database: String,
    role: Role,
    /// Somebody has used it before: it may have been lost since.
    pub(super) used: bool,
    pub(super) connection: Box<dyn Connection>,
}

impl<'c> Pool<'c> {
    /// An empty one for so many moves at a time: each has a source and a target.
    pub(super) fn new(context: &'c Context, jobs: usize) -> Self {
        Self {
            context,
            most: jobs * 2,
            idle: Mutex::default(),
        }
    }

    /// A session with this database, an idle one if there is one.
    pub(super) async fn take(&self, database: &str, role: Role) -> Result<Lent, Failure> {
        match self.idle(database, role) {
            Some(lent) => Ok(lent),
            None => self.connect(database, role).await,
        }
    }

    /// A new session with this database.
    pub(super) async fn connect(&self, database: &str, role: Role) -> Result<Lent, Failure> {
        let options = ConnectOptions {
            read_only: role == Role::Reads,
            ..ConnectOptions::default()
        };
        let mut connection = self.context.connect(database, options).await?;
        if let Some(sql) = connection.dialect().few_rows_of_many() {
            connection.query(sql).await?;
        }
        Ok(Lent {
            database: database.to_owned(),
            role,
            used: false,
            connection,
        })
    }

    fn idle(&self, database: &str, role: Role) -> Option<Lent> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // The one that was used last: the others may be closed.
        let at = idle
            .iter()
            .rposition(|lent| lent.database == database && lent.role == role)?;
        idle.remove(at)
    }

    /// Keeps a session that is in no transaction for whoever needs one next.
    pub(super) fn give_back(&self, mut lent: Lent) {
        lent.used = true;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push_back(lent);
        let surplus = idle.len().saturating_sub(self.most);
        let old: Vec<Lent> = idle.drain(..surplus).collect();
        drop(idle);
        // Closed outside of the lock.
        drop(old);
    }
}
