//! Writing rows by LOAD DATA LOCAL.
//!
//! With LOCAL the server turns errors into warnings and leaves the rows out, or alters values until they fit. So a load
//! is good only when it stored exactly the rows that were sent and warned about nothing that matters.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use mysql_async::prelude::Queryable as _;
use mysql_async::{InfileData, Row, Value};

use exodus_schema::{Column, Engine};

use super::connection::MySqlConnection;
use super::{columns, error};
use crate::chunk::{Chunk, ChunkReceiver, Load};
use crate::connection::Connection as _;
use crate::error::{Error, ErrorKind, Result};

/// The server does not take LOCAL: by its own setting, by what the client is said to allow, by the user's.
const REFUSALS: [u16; 5] = [1148, 2068, 3948, 3950, 4166];

/// Bytes sent to the server at once, where it takes that much.
const PACKET: usize = 256 * 1024;

/// What has gone by in a stream.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Rows that the chunks said they hold.
    pub(super) rows: u64,
    /// Rows that the end said there were; `None` until it came.
    pub(super) end: Option<u64>,
    /// A chunk of another format came.
    pub(super) foreign: bool,
}

impl Progress {
    /// The bytes of a chunk, or `None` when no more should be taken.
    pub(super) fn take(&mut self, chunk: Option<Chunk>) -> Option<Bytes> {
        match chunk {
            Some(Chunk::Bytes { data, rows }) => {
                self.rows += rows;
                Some(data)
            }
            Some(Chunk::End { rows }) => {
                self.end = Some(rows);
                None
            }
            Some(Chunk::Sqlite(_)) => {
                self.foreign = true;
                None
            }
            None => None,
        }
    }

    /// The rows sent, if the stream was whole.
    pub(super) fn whole(&self, name: &str, doing: &str) -> Result<u64> {
        let broken = |kind, why: &str| Err(Error::new(kind, name, doing).because(why));
        match self.end {
            _ if self.foreign => broken(ErrorKind::Unsupported, "the stream is in another engine's format"),
            Some(rows) if rows == self.rows => Ok(rows),
            Some(_) => broken(ErrorKind::Data, "the stream does not hold the rows its end claims"),
            None => broken(ErrorKind::Cancelled, "the stream of rows broke off"),
        }
    }
}

/// The stream on its way into the driver, which takes it only when the server asks for it.
#[derive(Default)]
struct Feed {
    source: Mutex<Option<ChunkReceiver>>,
    progress: Mutex<Progress>,
}

impl Feed {
    /// A panic while one of the locks is held leaves nothing half-done behind.
    fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bytes for the server. A broken stream ends like a whole one, since the driver would close the connection over an error;
    /// `progress` knows the difference.
    fn data(self: Arc<Self>, packet: usize) -> InfileData {
        let source = Self::lock(&self.source).take();
        let state = (self, source, Bytes::new());
        stream::unfold(state, move |(feed, mut source, mut rest)| async move {
            while rest.is_empty() {
                let chunk = source.as_mut()?.recv().await;
                rest = Self::lock(&feed.progress).take(chunk)?;
            }
            let piece = rest.split_to(rest.len().min(packet));
            Some((Ok(piece), (feed, source, rest)))
        })
        .boxed()
    }
}

impl MySqlConnection {
    /// Writes a stream by the fastest way the server takes.
    pub(super) async fn write_rows(&mut self, load: &Load, mut source: ChunkReceiver) -> Result<u64> {
        let doing = format!("writing {}", load.table);
        if self.session.local_infile {
            match self.load(load, source, &doing).await? {
                Loaded::Stored(rows) => return Ok(rows),
                Loaded::Refused(untouched) => source = untouched,
            }
            self.session.local_infile = false;
        }
        tracing::debug!(database = %self.name, table = %load.table, "the server refuses LOAD DATA LOCAL; packing inserts");
        self.insert(load, source, &doing).await
    }

    async fn load(&mut self, load: &Load, source: ChunkReceiver, doing: &str) -> Result<Loaded> {
        let feed = Arc::new(Feed {
            source: Mutex::new(Some(source)),
            progress: Mutex::default(),
        });
        let handed = Arc::clone(&feed);
        let packet = PACKET.min(self.session.max_packet / 2);
        self.session
            .conn
            .set_infile_handler(async move { Ok(handed.data(packet)) });
        let statement = self.load_statement(load);
        match self.session.conn.query_drop(statement).await {
            Ok(()) => {}
            Err(mysql_async::Error::Server(server)) if REFUSALS.contains(&server.code) => {
                let untouched = Feed::lock(&feed.source).take();
                return match untouched {
                    Some(source) => Ok(Loaded::Refused(source)),
                    None => Err(error::statement(&self.name, doing, server.into())),
                };
            }
            Err(cause) => return Err(error::statement(&self.name, doing, cause)),
        }
        let sent = Feed::lock(&feed.progress).whole(&self.name, doing)?;
        self.must_have_stored(sent, load, doing).await?;
        Ok(Loaded::Stored(sent))
    }

    fn load_statement(&self, load: &Load) -> String {
        let dialect = self.dialect();
        let converts = load.columns.iter().any(|column| columns::write(column, "").is_some());
        let (mut fields, mut sets) = (vec![], vec![]);
        for (at, column) in load.columns.iter().enumerate() {
            let quoted = dialect.quote(&column.name);
            let variable = format!("@exodus_{at}");
            if column.generated.is_some() {
                // Computed by the server; nothing may be assigned.
                fields.push(variable);
            } else if let Some(value) = columns::write(column, &variable) {
                sets.push(format!("{quoted} = {value}"));
                fields.push(variable);
            } else if converts && columns::may_count(column) {
                // Once there is a SET, the server forgets that it was given a number for a column outside of it, and a 0
                // becomes the next AUTO_INCREMENT whatever the sql_mode.
                sets.push(format!("{quoted} = {variable}"));
                fields.push(variable);
            } else {
                fields.push(quoted);
            }
        }
        let set = if sets.is_empty() {
            String::new()
        } else {
            format!(" SET {}", sets.join(", "))
        };
        format!(
            "LOAD DATA LOCAL INFILE 'exodus' INTO TABLE {} CHARACTER SET binary \
             FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' ({}){set}",
            dialect.table(&load.table),
            fields.join(", "),
        )
    }

    /// Fails unless the last statement stored exactly `rows` rows, unaltered.
    pub(super) async fn must_have_stored(&mut self, rows: u64, load: &Load, doing: &str) -> Result<()> {
        let stored = self.session.conn.affected_rows();
        if self.session.conn.get_warnings() > 0 {
            self.must_be_harmless(load, doing).await?;
        }
        if stored == rows {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Data, &self.name, doing)
            .because(format!("the server stored {stored} of {rows} rows")))
    }

    /// Fails if the last statement's warnings tell of anything that changed a row or left one out.
    async fn must_be_harmless(&mut self, load: &Load, doing: &str) -> Result<()> {
        let warnings = usize::from(self.session.conn.get_warnings());
        let shown: Vec<Row> = self
            .session
            .conn
            .query("SHOW WARNINGS")
            .await
            .map_err(|cause| error::statement(&self.name, doing, cause))?;
        let shown: Vec<_> = shown.into_iter().map(warning).collect();
        let failed = |kind, why| Err(Error::new(kind, &self.name, doing).because(why));
        let engine = self.engine();
        match shown
            .iter()
            .find(|(code, message)| !is_harmless(engine, *code, message, load))
        {
            Some((code, message)) => {
                let told = error::text(*code, message);
                let kind = match error::kind(*code) {
                    kind @ (ErrorKind::Constraint | ErrorKind::Privilege) => kind,
                    _ => ErrorKind::Data,
                };
                failed(kind, format!("{told} ({code}); {warnings} warnings in all"))
            }
            // The server keeps no more of them than its max_error_count.
            None if shown.len() < warnings => failed(ErrorKind::Data, format!("the server gave {warnings} warnings")),
            None => Ok(()),
        }
    }
}

/// The number and the text of a row of SHOW WARNINGS, which begins with the level.
fn warning(row: Row) -> (u16, String) {
    let mut texts = row.unwrap().into_iter().skip(1).map(|value| match value {
        Value::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        _ => String::new(),
    });
    let code = texts.next().and_then(|code| code.parse().ok()).unwrap_or_default();
    (code, texts.next().unwrap_or_default())
}

/// Warnings about syntax, names of character sets and the like, which have altered nothing; and that of an ENUM's error
/// value. Some never store that one in silence. They would warn alike of a member that their own ENUM lacks, but tables
/// whose ENUMs differ are not copied, and a verifier sees the one as text and the other as the error value.
fn is_harmless(engine: Engine, code: u16, message: &str, load: &Load) -> bool {
    let about = |column: &str| message.starts_with(&format!("Data truncated for column '{column}' at row "));
    let warns = |column: &Column| columns::error_value_warns(engine, column) && about(&column.name);
    matches!(code, 1287 | 1681 | 3090 | 3129 | 3719 | 3778) || code == 1265 && load.columns.iter().any(warns)
}

/// How a load went.
enum Loaded {
    Stored(u64),
    /// Refused before the stream was touched.
    Refused(ChunkReceiver),
}
