//! The fields of a product's bulk format, one row after the other.

use super::rows::RowError;
use crate::chunk::Chunk;
use crate::connection::ScanRow;
use crate::sqlite::SqliteRows;

/// Bytes that mean something in a stream.
const MEANS: [bool; 256] = {
    let mut table = [false; 256];
    table[b'\t' as usize] = true;
    table[b'\n' as usize] = true;
    table[b'\\' as usize] = true;
    table
};

/// What to do with a row.
pub(crate) type EachRow<'e> = &'e mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) -> Result<(), RowError> + Send);

/// Takes chunks apart into fields without escapes. A row may be cut anywhere.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    width: usize,
    /// Rows shown so far.
    shown: u64,
    /// The fields of the row under way, one behind the other.
    arena: Vec<u8>,
    /// Where those that are complete lie.
    fields: Vec<Option<(usize, usize)>>,
    start: usize,
    escaping: bool,
    null: bool,
}

impl Rows {
    pub(crate) fn new(width: usize) -> Self {
        Self {
            width,
            ..Self::default()
        }
    }

    /// Shows the rows that end in a chunk; true at the end of the stream, which has to be where it says.
    pub(crate) fn feed(&mut self, chunk: &Chunk, each: EachRow<'_>) -> Result<bool, RowError> {
        match chunk {
            Chunk::Bytes { data, .. } => self.text(data, each)?,
            Chunk::Sqlite(rows) => self.values(rows, each)?,
            Chunk::End { rows } => {
                let is_whole = *rows == self.shown && self.arena.is_empty() && self.fields.is_empty();
                return if is_whole {
                    Ok(true)
                } else {
                    Err(RowError::Stream("the stream does not hold the rows its end claims"))
                };
            }
        }
        Ok(false)
    }

    fn values(&mut self, rows: &SqliteRows, each: EachRow<'_>) -> Result<(), RowError> {
        let mut row = Vec::with_capacity(self.width);
        for field in rows.fields() {
            row.push(field);
            if row.len() == self.width {
                self.shown += 1;
                each(&row)?;
                row.clear();
            }
        }
        if rows.width() == self.width && row.is_empty() {
            Ok(())
        } else {
            Err(RowError::Stream("the rows have another number of columns"))
        }
    }

    fn text(&mut self, mut data: &[u8], each: EachRow<'_>) -> Result<(), RowError> {
        loop {
            if self.escaping
                && let Some((byte, rest)) = data.split_first()
            {
                self.escaped(*byte);
                data = rest;
            }
            let Some(at) = data.iter().position(|byte| MEANS[usize::from(*byte)]) else {
                self.arena.extend_from_slice(data);
                return Ok(());
            };
            self.arena.extend_from_slice(&data[..at]);
            match data[at] {
                b'\\' => self.escaping = true,
                b'\t' => self.end_field(),
                _ => {
                    self.end_field();
                    self.end_row(each)?;
                }
            }
            data = &data[at + 1..];
        }
    }

    fn escaped(&mut self, byte: u8) {
        self.escaping = false;
        let meant = match byte {
            b'N' => {
                self.null = true;
                return;
            }
            b'0' => 0,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            other => other,
        };
        self.arena.push(meant);
    }

    fn end_field(&mut self) {
        let range = (self.start, self.arena.len());
        self.fields.push((!std::mem::take(&mut self.null)).then_some(range));
        self.start = self.arena.len();
    }

    fn end_row(&mut self, each: EachRow<'_>) -> Result<(), RowError> {
        if self.fields.len() != self.width {
            return Err(RowError::Stream("a row has another number of columns"));
        }
        let fields: Vec<_> = self
            .fields
            .iter()
            .map(|range| range.map(|(start, end)| &self.arena[start..end]))
            .collect();
        self.shown += 1;
        each(&fields)?;
        self.fields.clear();
        self.arena.clear();
        self.start = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::super::rows::escape;
    use super::*;

    type Fields = Vec<Vec<Option<Vec<u8>>>>;

    #[test]
    fn fields_are_found_wherever_the_stream_is_cut() {
        let fields: Fields = vec![
            vec![Some(b"a\tb\nc\r\\N\0".to_vec()), None, Some(vec![])],
            vec![Some(b"N".to_vec()), Some(b"\\".to_vec()), Some(b"\xff".to_vec())],
        ];
        let mut stream = BytesMut::new();
        for row in &fields {
            for (at, field) in row.iter().enumerate() {
                stream.extend_from_slice(if at > 0 { b"\t" } else { b"" });
                match field {
                    Some(field) => escape(field, &mut stream),
                    None => stream.extend_from_slice(b"\\N"),
                }
            }
            stream.extend_from_slice(b"\n");
        }
        for cut in 1..=stream.len() {
            let mut rows = Rows::new(3);
            let mut seen: Fields = vec![];
            let mut see = |row: &ScanRow<'_>| {
                seen.push(row.iter().map(|field| field.map(<[u8]>::to_vec)).collect());
                Ok(())
            };
            for piece in stream.chunks(cut) {
                let data = bytes::Bytes::copy_from_slice(piece);
                assert_eq!(rows.feed(&Chunk::Bytes { data, rows: 0 }, &mut see), Ok(false));
            }
            assert_eq!(rows.feed(&Chunk::End { rows: 2 }, &mut see), Ok(true), "cut at {cut}");
            assert_eq!(seen, fields, "cut at {cut}");
        }
    }

    #[test]
    fn a_stream_that_broke_off_has_no_end() {
        let mut rows = Rows::new(1);
        let half = Chunk::Bytes {
            data: bytes::Bytes::from_static(b"a\nb"),
            rows: 1,
        };
        assert_eq!(rows.feed(&half, &mut |_| Ok(())), Ok(false));
        assert!(rows.feed(&Chunk::End { rows: 1 }, &mut |_| Ok(())).is_err());
        assert!(Rows::new(1).feed(&Chunk::End { rows: 1 }, &mut |_| Ok(())).is_err());
        let wide = Chunk::Bytes {
            data: bytes::Bytes::from_static(b"a\tb\n"),
            rows: 1,
        };
        assert!(Rows::new(1).feed(&wide, &mut |_| Ok(())).is_err());
    }
}
