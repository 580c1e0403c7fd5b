//! From a stream of chunks into a table.

use std::pin::pin;

use bytes::Bytes;
use futures_util::SinkExt;
use tokio_postgres::CopyInSink;

use super::error;
use super::reader::copy_format;
use super::session::Session;
use crate::chunk::{Chunk, ChunkReceiver, Format, Load};
use crate::dialect::Dialect;
use crate::error::{ErrorKind, Result};

/// Runs `COPY {table} ({columns}) FROM STDIN` and feeds it what arrives.
pub(super) async fn write(
    session: &mut Session,
    doing: &str,
    load: &Load,
    format: Format,
    source: ChunkReceiver,
) -> Result<u64> {
    let (format, _) = copy_format(session.name(), doing, format)?;
    let sink = session.copy_in(doing, &copy_sql(load, format)).await?;
    match feed(sink, source).await {
        Ok((stored, sent)) => {
            session.settle(doing, Ok(())).await?;
            if stored == sent {
                return Ok(stored);
            }
            Err(session
                .failure(ErrorKind::Data, doing)
                .because(format!("{sent} rows were sent, but the server stored {stored}"))
                .help("a trigger on the table may have skipped or added rows"))
        }
        Err(Stop::Server(error)) => {
            let column = error::column_in_context(&error, load.columns.iter().map(|column| column.name.as_str()));
            let doing = column.map_or_else(|| doing.to_owned(), |column| format!("{doing}, column {column}"));
            session.settle(&doing, Err(error)).await
        }
        // The sink is gone by now, and with that the server was told that the copy has failed.
        Err(Stop::Broken) => {
            session.settle(doing, Ok(())).await?;
            Err(session
                .failure(ErrorKind::Data, doing)
                .because("the stream of rows broke off before its end"))
        }
        Err(Stop::Miscounted { arrived, announced }) => {
            session.settle(doing, Ok(())).await?;
            Err(session
                .failure(ErrorKind::Data, doing)
                .because(format!("{announced} rows were announced, but {arrived} arrived")))
        }
        Err(Stop::Foreign) => {
            session.settle(doing, Ok(())).await?;
            Err(session
                .failure(ErrorKind::Data, doing)
                .because("the rows are not in PostgreSQL's format"))
        }
    }
}

fn copy_sql(load: &Load, format: &str) -> String {
    let dialect = Dialect::of(exodus_schema::Engine::Postgres);
    let columns: Vec<_> = load.columns.iter().map(|column| dialect.quote(&column.name)).collect();
    // The stream is in UTF-8 whatever the target's encoding: the session's client_encoding says so.
    format!(
        "COPY {} ({}) FROM STDIN (FORMAT {format})",
        dialect.table(&load.table),
        columns.join(", ")
    )
}

/// Why the copy was not finished.
enum Stop {
    Server(tokio_postgres::Error),
    Broken,
    Miscounted { arrived: u64, announced: u64 },
    Foreign,
}

/// Passes everything on; returns the rows that the server stored and those that were sent. Unless the end arrives and the
/// rows add up to it, the sink is dropped unfinished, which the driver turns into a failed COPY.
async fn feed(sink: CopyInSink<Bytes>, mut source: ChunkReceiver) -> Result<(u64, u64), Stop> {
    let mut sink = pin!(sink);
    let mut arrived = 0;
    while let Some(chunk) = source.recv().await {
        match chunk {
            Chunk::Bytes { data, rows } => {
                arrived += rows;
                sink.feed(data).await.map_err(Stop::Server)?;
            }
            Chunk::End { rows } if rows == arrived => {
                return Ok((sink.as_mut().finish().await.map_err(Stop::Server)?, rows));
            }
            Chunk::End { rows } => {
                return Err(Stop::Miscounted {
                    arrived,
                    announced: rows,
                });
            }
            Chunk::Sqlite(_) => return Err(Stop::Foreign),
        }
    }
    Err(Stop::Broken)
}
