//! Reading rows.

use exodus_schema::Engine;

use super::rows::SqliteRows;
use super::session::Session;
use crate::chunk::{CHUNK_BYTES, Chunk, ChunkSender, Select, Sent};
use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind, Result};

/// Sends the selected rows, then their end.
pub(super) fn read(session: &Session, select: &Select, doing: &str, sink: &ChunkSender) -> Result<Sent> {
    read_sql(session, &select_sql(select), select.columns.len(), doing, sink)
}

/// Sends the rows of a query of `width` columns, then their end.
pub(super) fn read_sql(session: &Session, sql: &str, width: usize, doing: &str, sink: &ChunkSender) -> Result<Sent> {
    let mut statement = session.prepare(doing, sql)?;
    let mut rows = statement.raw_query();
    let mut sent = Sent::default();
    let mut batch = SqliteRows::new(width);
    while let Some(row) = rows.next().map_err(|cause| session.error(doing, &cause))? {
        for at in 0..width {
            let value = row.get_ref(at).map_err(|cause| session.error(doing, &cause))?;
            if !batch.push(value) {
                return Err(session.refuse(ErrorKind::Data, doing, "a value is longer than SQLite allows"));
            }
        }
        batch.end_row();
        if batch.bytes() >= CHUNK_BYTES {
            let full = std::mem::replace(&mut batch, SqliteRows::with_capacity(width, CHUNK_BYTES));
            send_rows(session, doing, full, &mut sent, sink)?;
        }
    }
    if !batch.is_empty() {
        send_rows(session, doing, batch, &mut sent, sink)?;
    }
    sink.blocking_send(Chunk::End { rows: sent.rows })
        .map_err(|_| nobody_reads(session, doing))?;
    Ok(sent)
}

fn send_rows(session: &Session, doing: &str, rows: SqliteRows, sent: &mut Sent, sink: &ChunkSender) -> Result<()> {
    sent.rows += rows.len();
    sent.bytes += rows.bytes() as u64;
    sink.blocking_send(Chunk::Sqlite(rows))
        .map_err(|_| nobody_reads(session, doing))
}

fn nobody_reads(session: &Session, doing: &str) -> Error {
    session.refuse(ErrorKind::Cancelled, doing, "nobody takes the rows any more")
}

/// The statement that reads the rows.
pub(super) fn select_sql(select: &Select) -> String {
    let dialect = Dialect::of(Engine::Sqlite);
    let columns: Vec<_> = select
        .columns
        .iter()
        .map(|column| select.read(column, dialect.columns("t", [column.name.as_str()])))
        .collect();
    format!("SELECT {} {}", columns.join(", "), from(select))
}

/// The statement that tells how they would be read.
pub(super) fn explain_sql(select: &Select) -> String {
    format!("EXPLAIN QUERY PLAN {}", select_sql(select))
}

/// The statement that counts them.
pub(super) fn count_sql(select: &Select) -> String {
    format!("SELECT count(*) {}", from(select))
}

/// The statement that removes them.
pub(super) fn delete_sql(select: &Select) -> String {
    format!("DELETE {}", from(select))
}

fn from(select: &Select) -> String {
    let table = Dialect::of(Engine::Sqlite).table(&select.table);
    format!("FROM {table} AS t WHERE {}", select.condition)
}
