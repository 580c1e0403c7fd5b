//! Reading rows: as a stream for a writer, and one by one for a verifier.

use bytes::BytesMut;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Row};

use super::connection::MySqlConnection;
use super::task::{batches, field, send_rows};
use super::{columns, error, escape};
use crate::chunk::{CHUNK_BYTES, Chunk, ChunkSender, Select, Sent};
use crate::connection::{Connection as _, ScanRow};
use crate::error::{Error, ErrorKind, Result};

impl MySqlConnection {
    /// Streams the selected rows as LOAD DATA text, texts in the bytes in which they are stored or in UTF-8.
    pub(super) async fn read_rows(&mut self, select: &Select, as_stored: bool, sink: &ChunkSender) -> Result<Sent> {
        let doing = format!("reading {}", select.table);
        let sql = columns::select(self.dialect(), select, as_stored);
        self.results_as_stored(as_stored).await?;
        let sink = sink.clone();
        let reading = self.session.conn.lend(|mut conn| {
            Box::pin(async move {
                let outcome = send_text(&mut conn, sql, &sink).await;
                (conn, outcome)
            })
        });
        let outcome = reading.returned(&mut self.session.conn).await;
        let ended = outcome.map_err(|cause| error::statement(&self.name, &*doing, cause))?;
        if let Ended::Whole(sent) = ended {
            return Ok(sent);
        }
        if matches!(ended, Ended::Midway) {
            self.abandon().await;
        }
        Err(Error::new(ErrorKind::Cancelled, &self.name, doing).because("nobody takes the rows any more"))
    }

    /// Shows each selected row, in the same form in which it is streamed but not escaped.
    pub(super) async fn scan_rows(
        &mut self,
        select: &Select,
        each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send),
    ) -> Result<u64> {
        let sql = columns::select(self.dialect(), select, true);
        self.stream_rows(&format!("reading {}", select.table), &sql, each).await
    }

    /// Shows each row of a query, texts in the bytes in which they are stored.
    pub(super) async fn stream_rows(
        &mut self,
        doing: &str,
        sql: &str,
        each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send),
    ) -> Result<u64> {
        self.results_as_stored(true).await?;
        let (to, mut arriving) = batches();
        let sql = sql.to_owned();
        let reading = self.session.conn.lend(|mut conn| {
            Box::pin(async move {
                let outcome = send_rows(&mut conn, sql, to).await;
                (conn, outcome)
            })
        });
        let mut rows = 0;
        while let Some(batch) = arriving.recv().await {
            rows += batch.show(each);
        }
        let outcome = reading.returned(&mut self.session.conn).await;
        outcome.map_err(|cause| error::statement(&self.name, doing, cause))?;
        Ok(rows)
    }

    /// Runs a query, shows its rows one by one and counts them.
    pub(super) async fn each_row(&mut self, sql: &str, doing: &str, mut each: impl FnMut(&Row) + Send) -> Result<u64> {
        let failed = |cause| error::statement(&self.name, doing, cause);
        let mut result = self.session.conn.query_iter(sql).await.map_err(failed)?;
        let mut rows = 0;
        while let Some(row) = result.next().await.map_err(failed)? {
            each(&row);
            rows += 1;
        }
        result.drop_result().await.map_err(failed)?;
        Ok(rows)
    }
}

/// How sending rows as text came to its end.
enum Ended {
    Whole(Sent),
    /// Nobody was there any more for the end.
    EndUnheard,
    /// Nobody was there any more for the rows: the rest of them is still to be read.
    Midway,
}

/// Runs a query and sends its rows as LOAD DATA text.
async fn send_text(conn: &mut Conn, sql: String, sink: &ChunkSender) -> mysql_async::Result<Ended> {
    let mut result = conn.query_iter(sql).await?;
    let mut batch = Batch::new(sink);
    while let Some(row) = result.next().await? {
        if !batch.row(&row).await {
            return Ok(Ended::Midway);
        }
    }
    result.drop_result().await?;
    Ok(if batch.end().await {
        Ended::Whole(batch.sent)
    } else {
        Ended::EndUnheard
    })
}

/// Rows that are gathered into chunks.
struct Batch<'a> {
    sink: &'a ChunkSender,
    data: BytesMut,
    /// Rows that end in `data`.
    rows: u64,
    sent: Sent,
}

impl<'a> Batch<'a> {
    fn new(sink: &'a ChunkSender) -> Self {
        Self {
            sink,
            data: BytesMut::with_capacity(CHUNK_BYTES + CHUNK_BYTES / 4),
            rows: 0,
            sent: Sent::default(),
        }
    }

    /// Adds a row, sending what is full; false when nobody takes it any more.
    async fn row(&mut self, row: &Row) -> bool {
        for at in 0..row.len() {
            if at > 0 {
                self.data.extend_from_slice(b"\t");
            }
            match field(row, at) {
                None => self.data.extend_from_slice(escape::NULL),
                // In pieces, so that a value of 100 MB does not make a chunk of that size.
                Some(bytes) => {
                    for piece in bytes.chunks(CHUNK_BYTES) {
                        escape::escape(piece, &mut self.data);
                        if self.data.len() >= CHUNK_BYTES && !self.flush().await {
                            return false;
                        }
                    }
                }
            }
        }
        self.data.extend_from_slice(b"\n");
        self.rows += 1;
        self.data.len() < CHUNK_BYTES || self.flush().await
    }

    /// Sends what was gathered.
    async fn flush(&mut self) -> bool {
        let data = self.data.split().freeze();
        // The rest of the buffer is too small to go on in; a new one is made while this one is on its way.
        self.data.reserve(CHUNK_BYTES + CHUNK_BYTES / 4);
        self.sent.rows += self.rows;
        self.sent.bytes += data.len() as u64;
        let rows = std::mem::take(&mut self.rows);
        self.sink.send(Chunk::Bytes { data, rows }).await.is_ok()
    }

    /// Sends the rest and the end.
    async fn end(&mut self) -> bool {
        if !self.data.is_empty() && !self.flush().await {
            return false;
        }
        self.sink.send(Chunk::End { rows: self.sent.rows }).await.is_ok()
    }
}
