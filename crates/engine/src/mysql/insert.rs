//! Writing rows by inserts of many rows, where the server refuses LOAD DATA LOCAL.

use mysql_async::prelude::Queryable as _;

use super::connection::MySqlConnection;
use super::escape::{Fields, NULL, Piece};
use super::writer::Progress;
use super::{columns, error};
use crate::chunk::{ChunkReceiver, Load};
use crate::connection::Connection as _;
use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind, Result};

/// Bytes of a statement, where the server takes that much. A single row may need more.
const STATEMENT: usize = 512 * 1024;

/// What a packet holds beside the statement, with room to spare.
const PACKET_HEAD: usize = 64;

impl MySqlConnection {
    /// Takes the stream apart again and inserts its rows, as many with each statement as its size allows.
    pub(super) async fn insert(&mut self, load: &Load, mut source: ChunkReceiver, doing: &str) -> Result<u64> {
        let mut packer = Packer::new(self.dialect(), load, self.session.max_packet);
        let mut fields = Fields::default();
        let mut progress = Progress::default();
        let mut stored = 0;
        loop {
            let chunk = source.recv().await;
            let Some(data) = progress.take(chunk) else { break };
            let mut rest = &data[..];
            while let Some((at, piece)) = fields.end(rest) {
                packer.field.extend_from_slice(&rest[..at]);
                rest = &rest[at + 1..];
                packer.end_field();
                if piece == Piece::Row {
                    packer
                        .end_row()
                        .map_err(|why| Error::new(ErrorKind::Data, &self.name, doing).because(why))?;
                    while packer.is_full() {
                        stored += self.send(&mut packer, load, doing).await?;
                    }
                }
            }
            packer.field.extend_from_slice(rest);
        }
        let sent = progress.whole(&self.name, doing)?;
        while packer.rows > 0 || !packer.next.is_empty() {
            stored += self.send(&mut packer, load, doing).await?;
        }
        if stored != sent || packer.is_inside_row() {
            let why = "the stream does not hold the rows its end claims";
            return Err(Error::new(ErrorKind::Data, &self.name, doing).because(why));
        }
        Ok(stored)
    }

    async fn send(&mut self, packer: &mut Packer, load: &Load, doing: &str) -> Result<u64> {
        let rows = packer.rows;
        let done = self.session.conn.query_drop(&packer.statement).await;
        done.map_err(|cause| error::statement(&self.name, doing, cause))?;
        self.must_have_stored(rows, load, doing).await?;
        packer.restart();
        Ok(rows)
    }
}

/// How a column's field becomes part of a statement.
enum Slot {
    /// Not at all: the server computes it.
    Generated,
    /// As a literal between these.
    Value { before: Vec<u8>, after: Vec<u8> },
}

/// A statement in the making.
struct Packer {
    slots: Vec<Slot>,
    /// `INSERT … VALUES`, and the rows gathered so far.
    statement: Vec<u8>,
    head: usize,
    rows: u64,
    /// A row that found no room.
    next: Vec<u8>,
    /// The row that is being gathered, and how many of its fields are done.
    row: Vec<u8>,
    done: usize,
    /// The field that is being gathered, escaped as it came.
    field: Vec<u8>,
    /// Where a statement should end, and where it must.
    share: usize,
    limit: usize,
}

impl Packer {
    fn new(dialect: Dialect, load: &Load, max_packet: usize) -> Self {
        let mut names = vec![];
        let mut slots = vec![];
        for column in &load.columns {
            if column.generated.is_some() {
                slots.push(Slot::Generated);
                continue;
            }
            names.push(dialect.quote(&column.name));
            // The literal takes the place of a character that no expression of ours holds.
            let value = columns::write(column, "\0").unwrap_or_else(|| "\0".to_owned());
            let (before, after) = value.split_once('\0').unwrap_or_default();
            slots.push(Slot::Value {
                before: before.into(),
                after: after.into(),
            });
        }
        // Without IGNORE the warning of an ENUM's error value is an error. What else IGNORE lets pass, `must_have_stored`
        // does not.
        let warns = |column| columns::error_value_warns(dialect.engine(), column);
        let ignore = if load.columns.iter().any(warns) { "IGNORE " } else { "" };
        let statement = format!(
            "INSERT {ignore}INTO {} ({}) VALUES ",
            dialect.table(&load.table),
            names.join(", ")
        )
        .into_bytes();
        let limit = max_packet.saturating_sub(PACKET_HEAD);
        Self {
            slots,
            head: statement.len(),
            statement,
            rows: 0,
            next: vec![],
            row: vec![],
            done: 0,
            field: vec![],
            share: STATEMENT.min(limit),
            limit,
        }
    }

    /// Ends a field and adds it to the row.
    fn end_field(&mut self) {
        let slot = self.slots.get(self.done);
        self.done += 1;
        if let Some(Slot::Value { before, after }) = slot {
            self.row
                .extend_from_slice(if self.row.is_empty() { b"(" } else { b", " });
            if self.field == NULL {
                self.row.extend_from_slice(b"NULL");
            } else {
                self.row.extend_from_slice(before);
                self.row.extend_from_slice(b"_binary'");
                // The escapes of the stream mean the same here; it is only the quote that it leaves alone.
                for (at, part) in self.field.split(|byte| *byte == b'\'').enumerate() {
                    if at > 0 {
                        self.row.extend_from_slice(b"\\'");
                    }
                    self.row.extend_from_slice(part);
                }
                self.row.push(b'\'');
                self.row.extend_from_slice(after);
            }
        }
        self.field.clear();
    }

    /// Ends a row and adds it to the statement, or keeps it for the next one.
    fn end_row(&mut self) -> std::result::Result<(), String> {
        if self.done != self.slots.len() {
            return Err(format!(
                "a row of {} fields for {} columns",
                self.done,
                self.slots.len()
            ));
        }
        self.done = 0;
        if self.row.is_empty() {
            self.row.push(b'(');
        }
        self.row.push(b')');
        if self.head + self.row.len() > self.limit {
            return Err(format!(
                "a row of {} bytes is more than the server's max_allowed_packet takes",
                self.row.len()
            ));
        }
        if self.rows == 0 || self.statement.len() + 1 + self.row.len() <= self.share {
            if self.rows > 0 {
                self.statement.push(b',');
            }
            self.statement.append(&mut self.row);
            self.rows += 1;
        } else {
            std::mem::swap(&mut self.next, &mut self.row);
        }
        Ok(())
    }

    /// A row waits until the statement has been sent, or the statement has its share.
    fn is_full(&self) -> bool {
        !self.next.is_empty() || self.statement.len() >= self.share
    }

    /// Begins the next statement, with the row that waited.
    fn restart(&mut self) {
        self.statement.truncate(self.head);
        self.rows = u64::from(!self.next.is_empty());
        self.statement.append(&mut self.next);
    }

    fn is_inside_row(&self) -> bool {
        self.done > 0 || !self.field.is_empty()
    }
}
