//! From a table into a stream of chunks.

use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::ReadyChunks;
use tokio_postgres::CopyOutStream;

use super::framing::{Malformed, RowCounter};
use super::session::Session;
use crate::chunk::{CHUNK_BYTES, Chunk, ChunkSender, Format, Sent};
use crate::error::{Error, ErrorKind, Result};

/// A running `COPY … TO STDOUT`, all messages at a time that have arrived.
pub(super) type Batches = ReadyChunks<Pin<Box<CopyOutStream>>>;

/// Messages that are taken from the driver at once; it gathers about 8 KiB at a time.
pub(super) const MESSAGES: usize = 1024;

/// How `COPY` names a format, and the counter that understands it.
pub(super) fn copy_format(name: &str, doing: &str, format: Format) -> Result<(&'static str, RowCounter)> {
    match format {
        Format::PostgresBinary => Ok(("binary", RowCounter::binary())),
        Format::PostgresText => Ok(("text", RowCounter::text())),
        Format::MySqlLoad | Format::MySqlUtf8 | Format::Sqlite => {
            Err(Error::new(ErrorKind::Unsupported, name, doing)
                .because(format!("PostgreSQL knows no format {format:?}")))
        }
    }
}

/// Runs `COPY ({select}) TO STDOUT` into `sink`.
pub(super) async fn read(
    session: &mut Session,
    doing: &str,
    select: &str,
    format: Format,
    sink: ChunkSender,
) -> Result<Sent> {
    let (format, counter) = copy_format(session.name(), doing, format)?;
    let sql = format!("COPY ({select}) TO STDOUT (FORMAT {format})");
    let started = tokio::select! {
        biased;
        started = session.copy_out(doing, &sql) => Some(started?),
        // The server says nothing before it has a buffer full of rows, which may take it a while.
        () = sink.closed() => None,
    };
    let Some(stream) = started else {
        session.abandon(None).await;
        return Err(session.failure(ErrorKind::Cancelled, doing).because(NOBODY));
    };
    let mut batches = Box::pin(stream).ready_chunks(MESSAGES);
    let mut flow = Flow {
        counter,
        sink,
        gathered: BytesMut::with_capacity(CHUNK_BYTES),
        rows: 0,
        sent: Sent::default(),
    };
    let stopped = match flow.run(&mut batches).await {
        Ok(()) => None,
        Err(Stop::Server(error)) => return session.settle(doing, Err(error)).await,
        Err(Stop::Malformed(malformed)) => Some(session.failure(ErrorKind::Data, doing).because(malformed)),
        Err(Stop::NobodyListens) => Some(session.failure(ErrorKind::Cancelled, doing).because(NOBODY)),
    };
    if let Some(failure) = stopped {
        session.abandon(Some(batches)).await;
        return Err(failure);
    }
    session.settle(doing, Ok(())).await?;
    // After settling: whoever waits for the end may use this connection next.
    match flow.sink.send(Chunk::End { rows: flow.sent.rows }).await {
        Ok(()) => Ok(flow.sent),
        Err(_) => Err(session.failure(ErrorKind::Cancelled, doing).because(NOBODY)),
    }
}

const NOBODY: &str = "nobody takes the rows any more";

/// Why the flow ended before the stream.
enum Stop {
    Server(tokio_postgres::Error),
    Malformed(Malformed),
    NobodyListens,
}

struct Flow {
    counter: RowCounter,
    sink: ChunkSender,
    gathered: BytesMut,
    /// Rows that end in `gathered`.
    rows: u64,
    sent: Sent,
}

impl Flow {
    async fn run(&mut self, batches: &mut Batches) -> Result<(), Stop> {
        loop {
            // A receiver that goes while the server computes must not be noticed only at the next row.
            let batch = tokio::select! {
                biased;
                batch = batches.next() => batch,
                () = self.sink.closed() => return Err(Stop::NobodyListens),
            };
            let Some(batch) = batch else { break };
            for message in batch {
                self.pass(message.map_err(Stop::Server)?).await?;
            }
        }
        self.counter.finish().map_err(Stop::Malformed)?;
        self.flush().await
    }

    async fn pass(&mut self, data: Bytes) -> Result<(), Stop> {
        if self.gathered.len() + data.len() > CHUNK_BYTES {
            self.flush().await?;
        }
        self.rows += self.counter.feed(&data).map_err(Stop::Malformed)?;
        if data.len() > CHUNK_BYTES {
            // A message as large as that is a chunk by itself, and need not be copied.
            return self.send(data).await;
        }
        self.gathered.extend_from_slice(&data);
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Stop> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let data = self.gathered.split().freeze();
        self.gathered.reserve(CHUNK_BYTES);
        self.send(data).await
    }

    async fn send(&mut self, data: Bytes) -> Result<(), Stop> {
        let rows = std::mem::take(&mut self.rows);
        self.sent.rows += rows;
        self.sent.bytes += data.len() as u64;
        self.sink
            .send(Chunk::Bytes { data, rows })
            .await
            .map_err(|_| Stop::NobodyListens)
    }
}
