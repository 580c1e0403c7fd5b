//! The dispatch store: three tables (and a marker with their format) in any database that exodus can write.
//!
//! Every change is one transaction. Those that add clients or moves lock the marker's row first, so that of two
//! processes one comes after the other; a journal changes its move only if the status is still the one it saw last.

mod brief;
mod clients;
mod ddl;
mod freeze;
mod journal;
mod late;
mod lease;
mod moves;
mod privileges;
mod returning;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use exodus_engine::{Access, Checks, Connection, Dialect, ErrorKind};
use exodus_schema::TextRow;
use exodus_transfer::ClientKey;
use tokio::sync::{Mutex, OwnedMutexGuard};

pub use brief::BriefJournal;
pub use clients::{Client, ClientFilter, Enrolled, State};
pub use journal::MoveJournal;
use late::LateSummaries;
use lease::Leases;
pub use lease::{Keeping, TERM, Take, Worker};
pub use moves::{Move, MoveEvent, MoveFilter, frozen_seconds, replay};

use crate::error::StoreError;

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// A step of a journal is waited for as long as a lease lasts: then another process may take the move anyway, and a client must
/// not stay frozen for an answer that never comes. Locks are waited for, too.
const SHORTEST_PATIENCE: Duration = Duration::from_secs(15);

/// How long a connection that may be broken is given to roll back.
const ROLLBACK_PATIENCE: Duration = Duration::from_secs(5);

/// The dispatch store. Clones share one connection, and wait for each other.
#[derive(Clone)]
pub struct Store {
    connection: Arc<Mutex<Box<dyn Connection>>>,
    /// Summaries that wait for a transaction.
    late: Arc<LateSummaries>,
    worker: Arc<Worker>,
    /// Of all clones.
    leases: Arc<Leases>,
}

impl Store {
    /// Opens the store in this database; it must have been made by [`init`](Self::init).
    pub async fn open(mut connection: Box<dyn Connection>) -> Result<Self> {
        let dialect = connection.dialect();
        let database = connection.name().to_owned();
        if connection.query(&ddl::exists(dialect)).await?.is_empty() {
            return Err(StoreError::Missing { database });
        }
        match format(&mut connection).await? {
            None => Err(StoreError::Missing { database }),
            Some(found) if found == ddl::FORMAT.to_string() => Ok(Self::of(connection)),
            Some(found) => Err(StoreError::Format {
                database,
                found,
                known: ddl::FORMAT,
            }),
        }
    }

    /// Makes the tables where they are missing, and opens the store. What is there already stays as it is.
    pub async fn init(mut connection: Box<dyn Connection>) -> Result<Self> {
        let dialect = connection.dialect();
        for statement in ddl::create(dialect) {
            connection.execute(&statement).await?;
        }
        if format(&mut connection).await?.as_deref() == Some("1") {
            from_first_format(&mut connection).await?;
        }
        if format(&mut connection).await?.is_none() {
            let marker = ddl::table(dialect, ddl::MARKER);
            let insert = format!("INSERT INTO {marker} (id, format) VALUES (1, {})", ddl::FORMAT);
            match connection.execute(&insert).await {
                // Somebody else made it in this moment.
                Err(error) if error.kind() == exodus_engine::ErrorKind::Constraint => {}
                other => {
                    other?;
                }
            }
        }
        Self::open(connection).await
    }

    fn of(connection: Box<dyn Connection>) -> Self {
        Self {
            connection: Arc::new(Mutex::new(connection)),
            late: Arc::default(),
            worker: Arc::default(),
            leases: Arc::default(),
        }
    }

    /// Does something with the store's connection, to its end: a caller that stops waiting (Ctrl-C) stops nothing, so
    /// that neither a transaction is left open nor an answer unread. Whoever comes next waits for it.
    async fn run<T, E, W>(&self, how: How, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        W: for<'s> FnOnce(&'s mut Session) -> Work<'s, T, E> + Send + 'static,
    {
        let connection = Arc::clone(&self.connection);
        let patience = (how == How::Writing).then(|| self.worker.term.max(SHORTEST_PATIENCE));
        let task = tokio::spawn(async move {
            let mut session = Session {
                connection: connection.lock_owned().await,
            };
            let working = async {
                session.begin(how).await?;
                let result = work(&mut session).await;
                session.end(how, result).await
            };
            let Some(patience) = patience else { return working.await };
            match tokio::time::timeout(patience, working).await {
                Ok(result) => result,
                Err(_) => Err(session.given_up(patience).await.into()),
            }
        });
        match task.await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(self.shut_down().await.into()),
            },
        }
    }

    /// What the store's own clock says, in milliseconds since 1970: the one clock that all who use the store share.
    pub async fn now_ms(&self) -> Result<i64> {
        self.run(How::Reading, |session| Box::pin(session.now_ms())).await
    }

    /// The runtime is ending.
    async fn shut_down(&self) -> StoreError {
        let connection = self.connection.lock().await;
        exodus_engine::Error::new(ErrorKind::Cancelled, connection.name(), "using the dispatch store").into()
    }
}

/// What [`Store::run`] does with the connection.
type Work<'s, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 's>>;

/// In what kind of transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// None.
    Reading,
    /// One that is committed if all goes well.
    Writing,
    /// As `Writing`, and no other of its kind overlaps.
    Alone,
}

async fn format(connection: &mut Box<dyn Connection>) -> Result<Option<String>> {
    let marker = ddl::table(connection.dialect(), ddl::MARKER);
    let rows = connection
        .query(&format!("SELECT format FROM {marker} WHERE id = 1"))
        .await?;
    Ok(rows.into_iter().flatten().flatten().next())
}

/// Adds what the first format had not; may be repeated after any failure.
async fn from_first_format(connection: &mut Box<dyn Connection>) -> Result<()> {
    let dialect = connection.dialect();
    let [moves, events, marker] = [ddl::MOVES, ddl::EVENTS, ddl::MARKER].map(|name| ddl::table(dialect, name));
    for (table, name, kind) in ddl::of_format_2(dialect) {
        let table = ddl::table(dialect, table);
        let seen = connection
            .query(&format!("SELECT {name} FROM {table} WHERE 1 = 0"))
            .await;
        if seen.is_err() {
            let add = format!("ALTER TABLE {table} ADD COLUMN {name} {kind}");
            connection.execute(&add).await?;
        }
    }
    let count = format!("SELECT COUNT(*) FROM {events} WHERE move_id = {moves}.id");
    connection
        .execute(&format!("UPDATE {moves} SET seq = ({count}), lease = 1"))
        .await?;
    connection
        .execute(&format!("UPDATE {marker} SET format = {} WHERE id = 1", ddl::FORMAT))
        .await?;
    Ok(())
}

/// The store's connection while somebody uses it.
struct Session {
    connection: OwnedMutexGuard<Box<dyn Connection>>,
}

impl Session {
    fn dialect(&self) -> Dialect {
        self.connection.dialect()
    }

    fn table(&self, name: &str) -> String {
        ddl::table(self.dialect(), name)
    }

    fn text(&self, text: &str) -> String {
        self.dialect().text(text)
    }

    fn key(&self, client: &ClientKey) -> String {
        self.text(&client.to_string())
    }

    fn damaged(&self, table: &'static str, problem: impl Into<String>) -> StoreError {
        StoreError::Damaged {
            database: self.connection.name().to_owned(),
            table,
            problem: problem.into(),
        }
    }

    async fn query(&mut self, sql: &str) -> Result<Vec<TextRow>> {
        Ok(self.connection.query(sql).await?)
    }

    async fn now_ms(&mut self) -> Result<i64> {
        let rows = self.query(&format!("SELECT {}", ddl::now(self.dialect()))).await?;
        let now = rows.into_iter().flatten().flatten().next();
        let now = now.and_then(|now| now.parse().ok());
        now.ok_or_else(|| self.damaged(ddl::MARKER, "a clock that is no number"))
    }

    async fn execute(&mut self, sql: &str) -> Result<u64> {
        Ok(self.connection.execute(sql).await?)
    }

    async fn begin(&mut self, how: How) -> Result<()> {
        if how == How::Reading {
            return Ok(());
        }
        self.connection.begin(Access::Write, Checks::Enforced).await?;
        if how == How::Alone {
            let (marker, lock) = (self.table(ddl::MARKER), self.for_update());
            let locked = self.query(&format!("SELECT id FROM {marker} WHERE id = 1{lock}")).await;
            if let Err(error) = locked {
                return self.end(how, Err(error)).await;
            }
        }
        Ok(())
    }

    /// What to add to a SELECT to lock its rows; nothing where the transaction holds the whole database.
    fn for_update(&self) -> &'static str {
        if self.connection.capabilities().locks_rows {
            " FOR UPDATE"
        } else {
            ""
        }
    }

    /// The store has not answered. Whoever waited for it knows no more than after a lost connection.
    async fn given_up(&mut self, patience: Duration) -> StoreError {
        let error = exodus_engine::Error::new(ErrorKind::Lost, self.connection.name(), "writing to the dispatch store")
            .because(format!("no answer within {} s", patience.as_secs_f64()));
        let rolled_back = tokio::time::timeout(ROLLBACK_PATIENCE, self.connection.rollback()).await;
        if !matches!(rolled_back, Ok(Ok(()))) {
            tracing::debug!("the dispatch store's transaction could not be rolled back");
        }
        error.into()
    }

    /// Commits if all went well, else rolls back.
    async fn end<T, E: From<StoreError>>(&mut self, how: How, result: Result<T, E>) -> Result<T, E> {
        if how == How::Reading {
            return result;
        }
        let result = match result {
            Ok(value) => self
                .connection
                .commit()
                .await
                .map(|()| value)
                .map_err(|error| StoreError::from(error).into()),
            Err(error) => Err(error),
        };
        if result.is_err() {
            // The first error is the one that matters; a connection that can't roll back is of no use anyway.
            if let Err(second) = self.connection.rollback().await {
                tracing::debug!(%second, "the dispatch store's transaction could not be rolled back");
            }
        }
        result
    }
}

/// The present moment, in UTC, as the store writes it.
fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}

fn check_length(what: &'static str, text: &str) -> Result<()> {
    let chars = text.chars().count();
    if chars > ddl::LONGEST {
        return Err(StoreError::TooLong {
            what,
            chars,
            limit: ddl::LONGEST,
        });
    }
    Ok(())
}
