//! The shape of COPY streams: where rows end, and where their fields are.
//!
//! Servers send one message per row, but nothing promises that: both parsers take bytes cut anywhere.

use crate::connection::ScanRow;

/// The stream is not what the protocol says.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the server's stream of rows is malformed: {0}")]
pub(super) struct Malformed(&'static str);

const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";
/// Signature, flags, length of the header's extension.
const HEADER: usize = SIGNATURE.len() + 4 + 4;

/// Counts the rows of a stream that passes by.
#[derive(Debug)]
pub(super) enum RowCounter {
    Binary(BinaryCounter),
    Text { mid_row: bool },
}

impl RowCounter {
    pub(super) fn binary() -> Self {
        Self::Binary(BinaryCounter {
            expect: Expect::Header,
            skip: 0,
            fields_left: 0,
            held: [0; HEADER],
            holding: 0,
        })
    }

    pub(super) fn text() -> Self {
        Self::Text { mid_row: false }
    }

    /// The number of rows that end in `data`.
    pub(super) fn feed(&mut self, data: &[u8]) -> Result<u64, Malformed> {
        match self {
            Self::Binary(counter) => counter.feed(data),
            Self::Text { mid_row } => {
                if let Some(last) = data.last() {
                    *mid_row = *last != b'\n';
                }
                // Line feeds inside a value are escaped.
                Ok(data.iter().map(|byte| u64::from(*byte == b'\n')).sum())
            }
        }
    }

    /// The stream is over: it must have ended where a stream may end.
    pub(super) fn finish(&self) -> Result<(), Malformed> {
        match self {
            Self::Binary(counter) if counter.expect == Expect::Nothing => Ok(()),
            Self::Text { mid_row: false } => Ok(()),
            _ => Err(Malformed("it ends too early")),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    Header,
    FieldCount,
    FieldLength,
    RowEnd,
    Nothing,
}

/// Follows the tuples of a binary stream.
#[derive(Debug)]
pub(super) struct BinaryCounter {
    expect: Expect,
    /// Bytes of a field (or of the header's extension) still to come before what is expected.
    skip: usize,
    fields_left: u16,
    /// The beginning of a number or header that was cut.
    held: [u8; HEADER],
    holding: usize,
}

impl BinaryCounter {
    fn feed(&mut self, mut data: &[u8]) -> Result<u64, Malformed> {
        let mut rows = 0;
        loop {
            let skipped = self.skip.min(data.len());
            data = &data[skipped..];
            self.skip -= skipped;
            if self.skip > 0 {
                return Ok(rows);
            }
            match self.expect {
                Expect::RowEnd => {
                    rows += 1;
                    self.expect = Expect::FieldCount;
                }
                Expect::Nothing if data.is_empty() => return Ok(rows),
                Expect::Nothing => return Err(Malformed("it goes on after its end")),
                Expect::Header => match self.take::<HEADER>(&mut data) {
                    Some(header) => {
                        self.skip = extension(&header)?;
                        self.expect = Expect::FieldCount;
                    }
                    None => return Ok(rows),
                },
                Expect::FieldCount => match self.take(&mut data) {
                    Some(count) => self.row_starts(i16::from_be_bytes(count))?,
                    None => return Ok(rows),
                },
                Expect::FieldLength => match self.take(&mut data) {
                    Some(length) => {
                        self.skip = field_length(length)?.unwrap_or(0);
                        self.field_counted();
                    }
                    None => return Ok(rows),
                },
            }
        }
    }

    /// The next `N` bytes, of which the first may have come with earlier pieces.
    fn take<const N: usize>(&mut self, data: &mut &[u8]) -> Option<[u8; N]> {
        if self.holding == 0
            && let Some((whole, rest)) = data.split_first_chunk::<N>()
        {
            *data = rest;
            return Some(*whole);
        }
        let taken = (N - self.holding).min(data.len());
        let (head, rest) = data.split_at(taken);
        self.held[self.holding..self.holding + taken].copy_from_slice(head);
        self.holding += taken;
        *data = rest;
        if self.holding < N {
            return None;
        }
        self.holding = 0;
        self.held.first_chunk().copied()
    }

    fn row_starts(&mut self, count: i16) -> Result<(), Malformed> {
        match u16::try_from(count) {
            Ok(count) => {
                self.fields_left = count;
                self.expect = if count == 0 {
                    Expect::RowEnd
                } else {
                    Expect::FieldLength
                };
                Ok(())
            }
            Err(_) if count == -1 => {
                self.expect = Expect::Nothing;
                Ok(())
            }
            Err(_) => Err(Malformed("a row has a negative number of fields")),
        }
    }

    fn field_counted(&mut self) {
        self.fields_left -= 1;
        if self.fields_left == 0 {
            self.expect = Expect::RowEnd;
        }
    }
}

/// The length of the header's extension.
fn extension(header: &[u8; HEADER]) -> Result<usize, Malformed> {
    if header[..SIGNATURE.len()] != SIGNATURE[..] {
        return Err(Malformed("its signature is missing"));
    }
    let [.., a, b, c, d] = *header;
    Ok(field_length([a, b, c, d])?.unwrap_or(0))
}

/// `None` for NULL.
fn field_length(length: [u8; 4]) -> Result<Option<usize>, Malformed> {
    match i32::from_be_bytes(length) {
        -1 => Ok(None),
        length => usize::try_from(length)
            .map(Some)
            .map_err(|_| Malformed("a field has a negative length")),
    }
}

/// Takes a binary stream apart into rows of fields.
#[derive(Debug)]
pub(super) struct RowParser {
    columns: usize,
    in_rows: bool,
    ended: bool,
    rows: u64,
}

impl RowParser {
    /// For rows of so many columns.
    pub(super) fn new(columns: usize) -> Self {
        Self {
            columns,
            in_rows: false,
            ended: false,
            rows: 0,
        }
    }

    /// Shows all whole rows at the beginning of `data` to `each`; returns how many bytes they were. The rest must be
    /// at the beginning of what is given next.
    pub(super) fn consume(
        &mut self,
        data: &[u8],
        each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send),
    ) -> Result<usize, Malformed> {
        let mut at = 0;
        if !self.in_rows {
            let Some(header) = data.first_chunk() else {
                return Ok(0);
            };
            at = HEADER + extension(header)?;
            if data.len() < at {
                return Ok(0);
            }
            self.in_rows = true;
        }
        let mut fields = Vec::with_capacity(self.columns);
        while !self.ended {
            fields.clear();
            match self.row(&data[at..], &mut fields)? {
                Some(length) => at += length,
                None => return Ok(at),
            }
            if !self.ended {
                self.rows += 1;
                each(&fields);
            }
        }
        if at < data.len() {
            return Err(Malformed("it goes on after its end"));
        }
        Ok(at)
    }

    /// One row or the trailer: its length, or nothing where it is not all there yet.
    fn row<'a>(&mut self, data: &'a [u8], fields: &mut Vec<Option<&'a [u8]>>) -> Result<Option<usize>, Malformed> {
        let Some((count, mut rest)) = data.split_first_chunk() else {
            return Ok(None);
        };
        let count = i16::from_be_bytes(*count);
        if count == -1 {
            self.ended = true;
            return Ok(Some(2));
        }
        if usize::try_from(count) != Ok(self.columns) {
            return Err(Malformed("a row has the wrong number of fields"));
        }
        for _ in 0..self.columns {
            let Some((length, after)) = rest.split_first_chunk() else {
                return Ok(None);
            };
            rest = after;
            let Some(length) = field_length(*length)? else {
                fields.push(None);
                continue;
            };
            let Some((field, after)) = rest.split_at_checked(length) else {
                return Ok(None);
            };
            fields.push(Some(field));
            rest = after;
        }
        Ok(Some(data.len() - rest.len()))
    }

    /// The number of rows, when the stream is over: it must have said that it is.
    pub(super) fn finish(&self) -> Result<u64, Malformed> {
        if self.ended {
            Ok(self.rows)
        } else {
            Err(Malformed("it ends too early"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Rows = Vec<Vec<Option<Vec<u8>>>>;

    fn rows() -> Rows {
        vec![
            vec![Some(b"abc".to_vec()), None],
            vec![Some(Vec::new()), Some(vec![255; 300])],
            vec![None, None],
        ]
    }

    fn stream(rows: &Rows, extension: &[u8]) -> Vec<u8> {
        let mut out = SIGNATURE.to_vec();
        out.extend([0; 4]);
        out.extend(u32::try_from(extension.len()).expect("small").to_be_bytes());
        out.extend(extension);
        for row in rows {
            out.extend(u16::try_from(row.len()).expect("small").to_be_bytes());
            for field in row {
                let length = field
                    .as_ref()
                    .map_or(-1, |field| i32::try_from(field.len()).expect("small"));
                out.extend(length.to_be_bytes());
                out.extend(field.as_deref().unwrap_or_default());
            }
        }
        out.extend([0xff, 0xff]);
        out
    }

    #[test]
    fn rows_are_counted_wherever_the_stream_is_cut() {
        for bytes in [stream(&rows(), b""), stream(&rows(), b"later")] {
            for size in 1..=bytes.len() {
                let mut counter = RowCounter::binary();
                let rows: u64 = bytes
                    .chunks(size)
                    .map(|piece| counter.feed(piece).expect("well-formed"))
                    .sum();
                assert_eq!((rows, counter.finish()), (3, Ok(())), "pieces of {size}");
            }
        }
    }

    #[test]
    fn rows_count_where_they_end() {
        let bytes = stream(&rows(), b"");
        // Header, field count, "abc" with its length, NULL.
        let first_ends = HEADER + 2 + 7 + 4;
        let mut counter = RowCounter::binary();
        assert_eq!(counter.feed(&bytes[..first_ends - 1]), Ok(0));
        assert_eq!(counter.feed(&bytes[first_ends - 1..first_ends]), Ok(1));
    }

    #[test]
    fn a_stream_that_stops_early_has_not_ended() {
        let bytes = stream(&rows(), b"");
        for length in 0..bytes.len() {
            let mut counter = RowCounter::binary();
            counter.feed(&bytes[..length]).expect("well-formed so far");
            assert!(counter.finish().is_err(), "after {length} bytes");
            let mut parser = RowParser::new(2);
            parser
                .consume(&bytes[..length], &mut |_| {})
                .expect("well-formed so far");
            assert!(parser.finish().is_err(), "after {length} bytes");
        }
        let mut text = RowCounter::text();
        assert_eq!(text.feed(b"1\ta\n2\tb"), Ok(1));
        assert!(text.finish().is_err());
        assert_eq!((text.feed(b"c\n"), text.finish()), (Ok(1), Ok(())));
    }

    #[test]
    fn rows_are_parsed_wherever_the_stream_is_cut() {
        for bytes in [
            stream(&rows(), b""),
            stream(&rows(), b"later"),
            stream(&Vec::new(), b""),
        ] {
            for size in 1..=bytes.len() {
                let mut parser = RowParser::new(2);
                let mut seen: Rows = Vec::new();
                let mut held = Vec::new();
                for piece in bytes.chunks(size) {
                    held.extend_from_slice(piece);
                    let consumed = parser
                        .consume(&held, &mut |fields| {
                            seen.push(fields.iter().map(|f| f.map(<[u8]>::to_vec)).collect());
                        })
                        .expect("well-formed");
                    held.drain(..consumed);
                }
                assert_eq!(parser.finish(), Ok(seen.len() as u64), "pieces of {size}");
                assert!(seen == rows() || seen.is_empty(), "pieces of {size}");
            }
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let mut trailing = stream(&rows(), b"");
        trailing.push(0);
        let mut negative = stream(&rows(), b"");
        negative[HEADER + 2] = 0x80;
        for bytes in [trailing, negative, vec![b'x'; 100]] {
            assert!(RowCounter::binary().feed(&bytes).is_err());
            assert!(RowParser::new(2).consume(&bytes, &mut |_| {}).is_err());
        }
        assert!(RowParser::new(3).consume(&stream(&rows(), b""), &mut |_| {}).is_err());
    }
}
