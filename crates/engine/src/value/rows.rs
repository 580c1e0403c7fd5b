//! Rows on their way from one product's bulk format into another's: their values written, and read and written.

use bytes::{BufMut as _, BytesMut};
use exodus_schema::Engine;

use super::fields::Rows;
use super::{Codec, Misfit, Pairing, Value};
use crate::chunk::{CHUNK_BYTES, Chunk, Format};
use crate::sqlite::SqliteRows;

/// The format in which a product's rows are read and written on their way to and from others: text in UTF-8, or SQLite's
/// own values.
pub fn wire(engine: Engine) -> Format {
    match engine {
        Engine::Postgres => Format::PostgresText,
        Engine::MySql | Engine::MariaDb => Format::MySqlUtf8,
        Engine::Sqlite => Format::Sqlite,
    }
}

/// Why rows could not be handed on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// A value does not fit.
    #[error("column {column} holds {misfit}")]
    Misfit {
        /// The column.
        column: String,
        /// What does not fit.
        misfit: Misfit,
    },
    /// The stream is not what it should be.
    #[error("{0}")]
    Stream(&'static str),
}

impl RowError {
    /// What to do about it, if something better than the message is known.
    pub fn next_step(&self) -> Option<&'static str> {
        match self {
            Self::Misfit { misfit, .. } => Some(misfit.help),
            Self::Stream(_) => None,
        }
    }
}

/// Bytes that are written as a backslash and a letter. Both PostgreSQL and MySQL read all of them.
const ESCAPED: [u8; 256] = {
    let mut table = [0; 256];
    table[b'\t' as usize] = b't';
    table[b'\n' as usize] = b'n';
    table[b'\r' as usize] = b'r';
    table[b'\\' as usize] = b'\\';
    table[0] = b'0';
    table
};

/// Writes values in a product's bulk format, chunk by chunk.
#[derive(Debug)]
pub struct Encoder {
    codecs: Vec<Codec>,
    alters: bool,
    data: BytesMut,
    values: Option<SqliteRows>,
    /// Rows that end in the chunk under way, and in those before.
    rows: u64,
    sent: u64,
    scratch: Vec<u8>,
}

impl Encoder {
    /// For a table's columns. `alters`: values may arrive as equal ones that are written in another way.
    pub fn new(engine: Engine, codecs: Vec<Codec>, alters: bool) -> Self {
        Self {
            values: (wire(engine) == Format::Sqlite).then(|| SqliteRows::new(codecs.len())),
            codecs,
            alters,
            data: BytesMut::new(),
            rows: 0,
            sent: 0,
            scratch: vec![],
        }
    }

    /// Adds a row: a value for each column.
    pub fn row(&mut self, values: &[Value<'_>]) -> Result<(), RowError> {
        if values.len() != self.codecs.len() {
            return Err(RowError::Stream("a row has another number of columns"));
        }
        for (at, value) in values.iter().enumerate() {
            self.field(at, value)?;
        }
        self.end_row();
        Ok(())
    }

    fn field(&mut self, at: usize, value: &Value<'_>) -> Result<(), RowError> {
        let codec = &self.codecs[at];
        match codec.check(value) {
            Err(misfit) if !(misfit.alters && self.alters) => {
                return Err(RowError::Misfit {
                    column: codec.column.clone(),
                    misfit,
                });
            }
            _ => {}
        }
        self.scratch.clear();
        let is_null = matches!(value, Value::Null);
        if !is_null {
            codec.write(value, &mut self.scratch);
        }
        if let Some(values) = &mut self.values {
            let pushed = values.push_field((!is_null).then_some(&self.scratch));
            return if pushed {
                Ok(())
            } else {
                Err(RowError::Stream("a value is longer than SQLite allows"))
            };
        }
        if at > 0 {
            self.data.put_u8(b'\t');
        }
        if is_null {
            self.data.extend_from_slice(b"\\N");
        } else {
            escape(&self.scratch, &mut self.data);
        }
        Ok(())
    }

    fn end_row(&mut self) {
        self.rows += 1;
        match &mut self.values {
            Some(values) => values.end_row(),
            None => self.data.put_u8(b'\n'),
        }
    }

    /// The chunk under way, if it is large enough to be sent.
    pub fn full(&mut self) -> Option<Chunk> {
        let bytes = self.values.as_ref().map_or(self.data.len(), SqliteRows::bytes);
        (bytes >= CHUNK_BYTES).then(|| self.cut())
    }

    fn cut(&mut self) -> Chunk {
        let rows = std::mem::take(&mut self.rows);
        self.sent += rows;
        match &mut self.values {
            Some(values) => {
                let next = SqliteRows::new(values.width());
                Chunk::Sqlite(std::mem::replace(values, next))
            }
            None => Chunk::Bytes {
                data: self.data.split().freeze(),
                rows,
            },
        }
    }

    /// The last chunk, if there is something in it, and the end.
    pub fn finish(mut self) -> Vec<Chunk> {
        let mut chunks = vec![];
        if self.rows > 0 {
            chunks.push(self.cut());
        }
        chunks.push(Chunk::End { rows: self.sent });
        chunks
    }
}

pub(super) fn escape(bytes: &[u8], out: &mut BytesMut) {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| ESCAPED[usize::from(*byte)] != 0) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(&[b'\\', ESCAPED[usize::from(rest[at])]]);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

/// Turns one product's stream of rows into another's.
#[derive(Debug)]
pub struct Transcoder {
    sources: Vec<Codec>,
    rows: Rows,
    encoder: Option<Encoder>,
}

impl Transcoder {
    /// For rows whose columns are paired so, in their order in the stream, into rows of `to`. `alters`: values may arrive
    /// as equal ones that are written in another way.
    pub fn new(pairings: &[Pairing], to: Engine, alters: bool) -> Self {
        let targets = pairings.iter().map(|pairing| pairing.target().clone()).collect();
        Self {
            sources: pairings.iter().map(|pairing| pairing.source().clone()).collect(),
            rows: Rows::new(pairings.len()),
            encoder: Some(Encoder::new(to, targets, alters)),
        }
    }

    /// Takes a chunk of the source and gives those of the target that are ready. Nothing may follow the end.
    pub fn feed(&mut self, chunk: &Chunk) -> Result<Vec<Chunk>, RowError> {
        let Self {
            sources,
            rows,
            encoder: slot,
        } = self;
        let Some(encoder) = slot else {
            return Err(RowError::Stream("the stream goes on after its end"));
        };
        let mut ready = vec![];
        let ended = rows.feed(chunk, &mut |row| {
            for (at, (codec, field)) in sources.iter().zip(row).enumerate() {
                let value = codec.decode(*field).map_err(|misfit| RowError::Misfit {
                    column: codec.column.clone(),
                    misfit,
                })?;
                encoder.field(at, &value)?;
            }
            encoder.end_row();
            ready.extend(encoder.full());
            Ok(())
        })?;
        if ended && let Some(encoder) = slot.take() {
            ready.extend(encoder.finish());
        }
        Ok(ready)
    }
}
