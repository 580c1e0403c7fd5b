//! The dispatch store: three tables (and a marker with their format) in any database that exodus can write.
//!
//! Every change is one transaction. Those that add clients or moves lock the marker's row first, so that of two
//! processes one comes after the other; a journal changes its move only if the status is still the one it saw last.

mod clients;
mod ddl;
mod journal;
mod moves;

use std::sync::Arc;

use exodus_engine::{Access, Checks, Connection, Dialect};
use exodus_schema::TextRow;
use exodus_transfer::ClientKey;
use tokio::sync::{Mutex, MutexGuard};

pub use clients::{Client, ClientFilter, Enrolled, State};
pub use journal::MoveJournal;
pub use moves::{Move, MoveEvent, MoveFilter, replay};

use crate::error::StoreError;

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The dispatch store. Clones share one connection, and wait for each other.
#[derive(Clone)]
pub struct Store {
    connection: Arc<Mutex<Box<dyn Connection>>>,
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
        }
    }

    async fn session(&self) -> Session<'_> {
        Session {
            connection: self.connection.lock().await,
        }
    }
}

async fn format(connection: &mut Box<dyn Connection>) -> Result<Option<String>> {
    let marker = ddl::table(connection.dialect(), ddl::MARKER);
    let rows = connection
        .query(&format!("SELECT format FROM {marker} WHERE id = 1"))
        .await?;
    Ok(rows.into_iter().flatten().flatten().next())
}

/// The store's connection while somebody uses it.
struct Session<'a> {
    connection: MutexGuard<'a, Box<dyn Connection>>,
}

impl Session<'_> {
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

    async fn execute(&mut self, sql: &str) -> Result<u64> {
        Ok(self.connection.execute(sql).await?)
    }

    async fn begin(&mut self) -> Result<()> {
        // A caller that was cancelled in the middle has left its transaction open.
        self.connection.rollback().await?;
        Ok(self.connection.begin(Access::Write, Checks::Enforced).await?)
    }

    /// Starts a transaction that no other of its kind overlaps.
    async fn begin_alone(&mut self) -> Result<()> {
        self.begin().await?;
        let lock = self.for_update();
        let marker = self.table(ddl::MARKER);
        let locked = self.query(&format!("SELECT id FROM {marker} WHERE id = 1{lock}")).await;
        match locked {
            Ok(_) => Ok(()),
            Err(error) => self.end(Err(error)).await,
        }
    }

    /// What to add to a SELECT to lock its rows; nothing where the transaction holds the whole database.
    fn for_update(&self) -> &'static str {
        if self.connection.capabilities().locks_rows {
            " FOR UPDATE"
        } else {
            ""
        }
    }

    /// Commits if all went well, else rolls back.
    async fn end<T, E: From<StoreError>>(&mut self, result: Result<T, E>) -> Result<T, E> {
        match result {
            Ok(value) => {
                self.connection.commit().await.map_err(StoreError::from)?;
                Ok(value)
            }
            Err(error) => {
                // The first error is the one that matters; a connection that can't roll back is of no use anyway.
                if let Err(second) = self.connection.rollback().await {
                    tracing::debug!(%second, "the dispatch store's transaction could not be rolled back");
                }
                Err(error)
            }
        }
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
