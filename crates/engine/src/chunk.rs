//! What travels from a reader to a writer.

use bytes::Bytes;
use tokio::sync::mpsc;

use exodus_schema::{Column, TableName};

use crate::sqlite::SqliteRows;

/// The encoding of the rows in a stream. Reader and writer must agree on it before the first row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// PostgreSQL's binary COPY stream, header and trailer included.
    PostgresBinary,
    /// PostgreSQL's text COPY stream in UTF-8.
    PostgresText,
    /// Tab-separated LOAD DATA text, backslash escapes, raw column bytes (`CHARACTER SET binary`).
    MySqlLoad,
    /// The same with texts in UTF-8, whatever their columns' character sets: for other products.
    MySqlUtf8,
    /// SQLite's own values.
    Sqlite,
}

/// A piece of a stream of rows.
#[derive(Debug)]
pub enum Chunk {
    /// Encoded rows. `rows` counts the rows that end in this piece; rows may be cut anywhere.
    Bytes {
        /// The encoded bytes.
        data: Bytes,
        /// Rows that end here.
        rows: u64,
    },
    /// Whole rows of SQLite values.
    Sqlite(SqliteRows),
    /// The end, with the number of rows sent. Only this is an end: a channel that closes without it has broken, and
    /// the writer must fail and leave nothing behind.
    End {
        /// Rows in the whole stream.
        rows: u64,
    },
}

/// The sending half: bounded, so that a slow writer slows the reader and memory stays flat.
pub type ChunkSender = mpsc::Sender<Chunk>;
/// The receiving half.
pub type ChunkReceiver = mpsc::Receiver<Chunk>;

/// Bytes a reader gathers before it sends a chunk.
pub(crate) const CHUNK_BYTES: usize = 128 * 1024;
/// Chunks that may wait between reader and writer.
pub(crate) const CHUNKS_IN_FLIGHT: usize = 8;

/// A bounded channel of chunks.
pub fn channel() -> (ChunkSender, ChunkReceiver) {
    mpsc::channel(CHUNKS_IN_FLIGHT)
}

/// Which rows of one table: `SELECT {columns} FROM {table} AS t WHERE {condition}`.
#[derive(Clone, Debug)]
pub struct Select {
    /// The table.
    pub table: TableName,
    /// The columns, in the order in which they travel.
    pub columns: Vec<Column>,
    /// The condition, complete in itself (its subqueries carry their own `WITH`); the table's alias in it is `t`.
    pub condition: String,
    /// Columns that are read as NULL (of a loop, set afterwards).
    pub nulled: Vec<String>,
    /// Columns that are read as NULL in some rows: references that are given up.
    pub nulled_when: Vec<NulledWhen>,
    /// The rows are a large part of the table: reading it through costs less than looking each of them up. A hint for
    /// products that don't find out by themselves; it changes no result, and locking reads don't follow it, since they
    /// would lock what they pass.
    pub dense: bool,
}

impl Select {
    /// What is read of a column that `expression` reads, once what has to be NULL is NULL.
    pub(crate) fn read(&self, column: &Column, expression: String) -> String {
        if self.nulled.contains(&column.name) {
            // An untyped NULL will do: in a stream NULL has no type.
            return "NULL".to_owned();
        }
        let conditions = self.nulled_when.iter().filter(|when| when.column == column.name);
        let conditions: Vec<_> = conditions.map(|when| format!("({})", when.condition)).collect();
        if conditions.is_empty() {
            return expression;
        }
        format!("CASE WHEN {} THEN NULL ELSE {expression} END", conditions.join(" OR "))
    }
}

/// A column that is NULL in the rows that satisfy a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NulledWhen {
    /// The column.
    pub column: String,
    /// The condition, as that of a [`Select`].
    pub condition: String,
}

/// Where to write: the table and its columns in the order in which they travel.
#[derive(Clone, Debug)]
pub struct Load {
    /// The table.
    pub table: TableName,
    /// The columns.
    pub columns: Vec<Column>,
}

/// What a reader has sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Rows.
    pub rows: u64,
    /// Encoded bytes.
    pub bytes: u64,
}
