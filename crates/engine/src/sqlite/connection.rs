//! The connection: the async side, which never runs a statement itself.

use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use exodus_schema::{Column, Engine, TextRow};
use tokio::task::{JoinError, spawn_blocking};

use super::reader::{self, count_sql, delete_sql};
use super::rows::SqliteRows;
use super::session::Session;
use super::stop::{Guard, Stop};
use super::writer::Insert;
use super::{generators, room, transactions};
use crate::ConnectOptions;
use crate::chunk::{Chunk, ChunkReceiver, ChunkSender, Format, Load, Select, Sent, channel};
use crate::connection::{Access, Canceller, Capabilities, CheckTime, Checks, Connection, ScanRow};
use crate::error::{Error, ErrorKind, Result};
use crate::explain::Explained;
use crate::generators::KeyGenerator;
use crate::room::Room;
use crate::transactions::OpenTransaction;

/// A session with an SQLite file.
pub(crate) struct SqliteConnection {
    name: Arc<str>,
    /// Empty only while it is being dropped.
    session: Option<Arc<Mutex<Session>>>,
    stop: Arc<Stop>,
}

impl SqliteConnection {
    pub(super) async fn open(name: &str, path: &Path, options: ConnectOptions, patience: Duration) -> Result<Self> {
        let name: Arc<str> = name.into();
        let stop = Arc::new(Stop::new());
        let job = {
            let (name, path, stop) = (Arc::clone(&name), path.to_owned(), Arc::clone(&stop));
            spawn_blocking(move || Session::open(&name, &path, options, patience, &stop))
        };
        let guard = Guard::new(&stop, job.abort_handle());
        let session = job.await.map_err(|cause| panicked(&name, &cause))??;
        guard.done();
        Ok(Self {
            name,
            session: Some(Arc::new(Mutex::new(session))),
            stop,
        })
    }

    /// Does `work` on a blocking thread. If the returned future is dropped, the work is ended.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let Some(session) = self.session.clone() else {
            return Err(self.error(ErrorKind::Lost, "working", "the session is closed"));
        };
        let job = spawn_blocking(move || {
            // A panic in the work left the lock poisoned; the transaction is then broken, not the connection.
            let mut session = session.lock().unwrap_or_else(|poisoned| {
                let mut session = PoisonError::into_inner(poisoned);
                session.break_transaction();
                session
            });
            session.work(work)
        });
        let guard = Guard::new(&self.stop, job.abort_handle());
        let result = job.await;
        guard.done();
        result.map_err(|cause| panicked(&self.name, &cause))?
    }

    fn error(&self, kind: ErrorKind, doing: impl Into<String>, cause: &str) -> Error {
        Error::new(kind, &*self.name, doing).because(cause.to_owned())
    }

    fn check_format(&self, format: Format, doing: &str) -> Result<()> {
        match format {
            Format::Sqlite => Ok(()),
            _ => Err(self.error(ErrorKind::Unsupported, doing, "SQLite only speaks its own format")),
        }
    }

    /// The next chunk, unless the wait is ended from outside.
    async fn next(&self, doing: &str, source: &mut ChunkReceiver, stopped: impl Future<Output = ()>) -> Result<Chunk> {
        tokio::select! {
            biased;
            () = stopped => Err(Error::new(ErrorKind::Cancelled, &*self.name, doing)),
            chunk = source.recv() => chunk.ok_or_else(|| {
                self.error(ErrorKind::Data, doing, "the stream of rows broke off before its end")
            }),
        }
    }

    /// Writes until the end of the stream and returns the number of rows.
    async fn write_all(&self, insert: &Insert, doing: &str, mut source: ChunkReceiver) -> Result<u64> {
        let mut stopped = pin!(self.stop.wake.notified());
        // From here on it also notices what happens while a chunk is being written.
        stopped.as_mut().enable();
        let mut written = 0;
        loop {
            match self.next(doing, &mut source, stopped.as_mut()).await? {
                Chunk::Sqlite(rows) => {
                    let insert = insert.clone();
                    written += self.work(move |session| insert.rows(session, &rows)).await?;
                }
                Chunk::Bytes { .. } => return Err(self.error(ErrorKind::Data, doing, "the rows are not SQLite's")),
                Chunk::End { rows } if rows == written => return Ok(written),
                Chunk::End { rows } => {
                    let cause = format!("{rows} rows were sent, {written} arrived");
                    return Err(self.error(ErrorKind::Data, doing, &cause));
                }
            }
        }
    }
}

impl Drop for SqliteConnection {
    fn drop(&mut self) {
        self.stop.stop();
        let session = self.session.take();
        // Rolling back and closing may take long; the runtime waits for such threads before it ends.
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || drop(session))),
            Err(_) => drop(session),
        }
    }
}

#[async_trait]
impl Connection for SqliteConnection {
    fn name(&self) -> &str {
        &self.name
    }

    fn engine(&self) -> Engine {
        Engine::Sqlite
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            checks_off: true,
            silences_triggers: true,
            check_time: CheckTime::Commit,
            can_defer: true,
            locks_rows: false,
        }
    }

    async fn query(&mut self, sql: &str) -> Result<Vec<TextRow>> {
        let sql = sql.to_owned();
        self.work(move |session| session.query(&sql)).await
    }

    async fn execute(&mut self, sql: &str) -> Result<u64> {
        let sql = sql.to_owned();
        self.work(move |session| session.execute("running a statement", &sql))
            .await
    }

    async fn begin(&mut self, access: Access, checks: Checks) -> Result<()> {
        self.work(move |session| session.begin(access, checks)).await
    }

    async fn commit(&mut self) -> Result<()> {
        self.work(Session::commit).await
    }

    async fn rollback(&mut self) -> Result<()> {
        self.work(Session::rollback).await
    }

    fn format(&self, _: &[Column]) -> Format {
        Format::Sqlite
    }

    async fn read(&mut self, select: &Select, format: Format, sink: ChunkSender) -> Result<Sent> {
        let doing = format!("reading {}", select.table);
        self.check_format(format, &doing)?;
        let select = select.clone();
        self.work(move |session| reader::read(session, &select, &doing, &sink))
            .await
    }

    async fn explain(&mut self, select: &Select) -> Result<Explained> {
        let doing = format!("asking how {} is read", select.table);
        let rows = self.query(&reader::explain_sql(select)).await;
        rows.map(Explained::of_sqlite).map_err(|error| error.while_doing(doing))
    }

    async fn write(&mut self, load: &Load, format: Format, source: ChunkReceiver) -> Result<u64> {
        let doing = format!("writing {}", load.table);
        self.check_format(format, &doing)?;
        let load = load.clone();
        // Until the end has come the session takes the transaction for broken, however this future ends.
        let insert = self.work(move |session| Insert::start(session, &load)).await?;
        let written = self.write_all(&insert, &doing, source).await?;
        self.work(move |session| insert.end(session)).await?;
        Ok(written)
    }

    async fn scan(
        &mut self,
        select: &Select,
        each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send),
    ) -> Result<u64> {
        let doing = format!("scanning {}", select.table);
        self.stream(&doing, &reader::select_sql(select), select.columns.len(), each)
            .await
    }

    async fn stream(
        &mut self,
        doing: &str,
        sql: &str,
        columns: usize,
        each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send),
    ) -> Result<u64> {
        let (sink, mut source) = channel();
        let reading = {
            let (sql, doing) = (sql.to_owned(), doing.to_owned());
            self.work(move |session| reader::read_sql(session, &sql, columns, &doing, &sink))
        };
        let showing = async {
            let (mut shown, mut ended) = (0, None);
            while let Some(chunk) = source.recv().await {
                match chunk {
                    Chunk::Sqlite(rows) => shown += show(&rows, each),
                    Chunk::Bytes { .. } => {}
                    Chunk::End { rows } => ended = Some(rows),
                }
            }
            (shown, ended)
        };
        let (sent, (shown, ended)) = tokio::join!(reading, showing);
        let sent = sent?;
        if ended != Some(shown) || sent.rows != shown {
            return Err(self.error(ErrorKind::Data, doing, "the rows broke off before their end"));
        }
        Ok(shown)
    }

    async fn lock(&mut self, select: &Select) -> Result<u64> {
        let (doing, sql) = (format!("counting rows of {}", select.table), count_sql(select));
        self.work(move |session| session.count(&doing, &sql)).await
    }

    async fn key_generators(&mut self, table: &exodus_schema::Table) -> Result<Vec<KeyGenerator>> {
        let table = table.clone();
        self.work(move |session| generators::standing(session, &table)).await
    }

    async fn room(&mut self) -> Result<Vec<Room>> {
        self.work(room::left).await
    }

    async fn delete(&mut self, select: &Select) -> Result<u64> {
        let (doing, sql) = (format!("removing rows of {}", select.table), delete_sql(select));
        self.work(move |session| session.execute(&doing, &sql)).await
    }

    async fn open_transactions(&mut self, _: &[String]) -> Result<Vec<OpenTransaction>> {
        self.work(|session| transactions::open(session)).await
    }

    fn canceller(&self) -> Canceller {
        let stop = Arc::clone(&self.stop);
        Box::new(move || {
            let stop = Arc::clone(&stop);
            Box::pin(async move { stop.stop() })
        })
    }
}

/// Shows each row to `each`; returns the number of whole rows there were.
fn show(rows: &SqliteRows, each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send)) -> u64 {
    let mut row = Vec::with_capacity(rows.width());
    let mut shown = 0;
    for field in rows.fields() {
        row.push(field);
        if row.len() == rows.width() {
            each(&row);
            row.clear();
            shown += 1;
        }
    }
    shown
}

fn panicked(name: &str, cause: &JoinError) -> Error {
    let what = if cause.is_cancelled() {
        "the program is ending"
    } else {
        "an internal error; please report it"
    };
    Error::new(ErrorKind::Lost, name, "working").because(what)
}
