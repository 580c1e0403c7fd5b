//! The text form that LOAD DATA reads: fields end with a tab, rows with a newline, a backslash escapes.

use bytes::BytesMut;

/// A field that is NULL.
pub(super) const NULL: &[u8] = b"\\N";

/// What follows the backslash for each byte that needs one; 0 for those that need none.
const ESCAPES: [u8; 256] = {
    let mut table = [0; 256];
    table[b'\t' as usize] = b't';
    table[b'\n' as usize] = b'n';
    table[b'\\' as usize] = b'\\';
    table[0] = b'0';
    table
};

/// Appends a field's bytes, escaped.
pub(super) fn escape(bytes: &[u8], out: &mut BytesMut) {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| ESCAPES[usize::from(*byte)] != 0) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(&[b'\\', ESCAPES[usize::from(rest[at])]]);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

/// What ended a piece of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A field of a row that goes on.
    Field,
    /// The last field of a row.
    Row,
}

/// Cuts a stream that arrives in arbitrary pieces into fields, still escaped.
///
/// The escapes mean the same in a string literal, so that a field becomes one by quoting its quotes.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// The last byte seen was a backslash that escapes the next one.
    escaping: bool,
}

impl Fields {
    /// Finds where the current field ends in `bytes`, and how; `None` when it goes on behind them.
    pub(super) fn end(&mut self, bytes: &[u8]) -> Option<(usize, Piece)> {
        for (at, byte) in bytes.iter().enumerate() {
            if self.escaping {
                self.escaping = false;
                continue;
            }
            match byte {
                b'\\' => self.escaping = true,
                b'\t' => return Some((at, Piece::Field)),
                b'\n' => return Some((at, Piece::Row)),
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_escaped_where_it_must_be() {
        let mut out = BytesMut::new();
        escape(b"a\tb\nc\\d\0e'\xff", &mut out);
        assert_eq!(&out[..], b"a\\tb\\nc\\\\d\\0e'\xff");
        let mut none = BytesMut::new();
        escape(b"", &mut none);
        assert!(none.is_empty());
    }

    #[test]
    fn fields_are_found_in_any_cut() {
        let stream = b"a\\\\\tb\\\n\\\tc\n\t\n";
        let whole = [
            ("a\\\\", Piece::Field),
            ("b\\\n\\\tc", Piece::Row),
            ("", Piece::Field),
            ("", Piece::Row),
        ];
        for cut in 1..stream.len() {
            let mut fields = Fields::default();
            let (mut found, mut current) = (vec![], vec![]);
            for mut piece in stream.chunks(cut) {
                while let Some((at, how)) = fields.end(piece) {
                    current.extend_from_slice(&piece[..at]);
                    found.push((String::from_utf8(std::mem::take(&mut current)).unwrap(), how));
                    piece = &piece[at + 1..];
                }
                current.extend_from_slice(piece);
            }
            assert!(
                found.iter().map(|(text, how)| (text.as_str(), *how)).eq(whole),
                "cut at {cut}"
            );
        }
    }
}
