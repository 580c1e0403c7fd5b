//! Texts of character sets that are not Unicode's, read in UTF-8.
//!
//! Where a character set has bytes for which Unicode has no character, the server shows `?` (or U+FFFD, or nothing) and
//! says no word about it: on the source and on the target alike, so that no comparison finds it. And some have two ways to
//! write one character, of which only one comes back. So each text is turned back by the server itself, and its bytes
//! compared with those that are stored.

use exodus_schema::Column;

use crate::value::codec::write_hex;

/// Stands alone for a text that can't be read. No text in UTF-8 has this byte.
const UNREADABLE: u8 = 0xff;
/// Stands before a text of which another one in the column's character set would come back.
const OTHER_BYTES: u8 = 0xfe;

/// What a field in UTF-8 tells of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field<'f> {
    /// The text, whose bytes come back as they were.
    Exact(&'f [u8]),
    /// The text, which would come back in other bytes.
    OtherBytes(&'f [u8]),
    /// Bytes that are no characters.
    Unreadable,
}

/// Takes the mark off a field.
pub(crate) fn unmark(field: &[u8]) -> Field<'_> {
    match field {
        [UNREADABLE] => Field::Unreadable,
        [OTHER_BYTES, text @ ..] => Field::OtherBytes(text),
        text => Field::Exact(text),
    }
}

/// Whether the server's conversion to UTF-8 may lose something of texts in this character set. Those of `latin1` are all
/// characters of Windows-1252, and MySQL has filled its gaps.
pub(crate) fn may_lose(charset: &str) -> bool {
    !["utf8mb4", "latin1", "binary"].contains(&charset) && !is_utf8(charset) && is_name(charset)
}

/// The bytes are those of UTF-8 already, or are no text.
fn is_utf8(charset: &str) -> bool {
    ["utf8", "utf8mb3"].contains(&charset)
}

/// It stands unquoted in a statement.
fn is_name(charset: &str) -> bool {
    charset.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The expression that reads a column of texts (`name`) in UTF-8 as `shown` would, marked where that is not all of it.
pub(super) fn in_utf8(column: &Column, name: &str, shown: &str) -> String {
    match column.charset.as_deref() {
        // The server would put `?` in the place of what is no character; whoever reads the bytes sees it.
        Some(charset) if is_utf8(charset) => format!("CAST({shown} AS BINARY)"),
        Some(charset) if may_lose(charset) => checked(charset, name, shown),
        _ => shown.to_owned(),
    }
}

/// `CONCAT` gives NULL where its result is longer than a packet may be; NULL would be another value.
fn checked(charset: &str, name: &str, shown: &str) -> String {
    let text = format!("CONVERT({name} USING utf8mb4)");
    let back = format!("CAST(CONVERT({text} USING {charset}) AS BINARY)");
    let field = format!("CAST(CONVERT({shown} USING utf8mb4) AS BINARY)");
    format!(
        "CASE WHEN {name} IS NULL THEN NULL WHEN {back} = CAST({name} AS BINARY) THEN {field} \
         WHEN CHAR_LENGTH({text}) = CHAR_LENGTH({name}) AND LOCATE(_utf8mb4 x'3f', {text}) = 0 \
         AND LOCATE(_utf8mb4 x'efbfbd', {text} COLLATE utf8mb4_bin) = 0 \
         THEN COALESCE(CONCAT(x'{OTHER_BYTES:02x}', {field}), x'{UNREADABLE:02x}') ELSE x'{UNREADABLE:02x}' END"
    )
}

/// The query that turns a text into a character set and back.
pub(crate) fn there_and_back(charset: &str, text: &str) -> String {
    let mut hex = vec![];
    write_hex(text.as_bytes(), &mut hex);
    let hex = String::from_utf8_lossy(&hex);
    format!("SELECT CONVERT(CONVERT(_utf8mb4 x'{hex}' USING {charset}) USING utf8mb4)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_no_texts() {
        assert_eq!(unmark(b"\xff"), Field::Unreadable);
        assert_eq!(unmark(b"\xfe"), Field::OtherBytes(b""));
        assert_eq!(unmark("þÿ".as_bytes()), Field::Exact("þÿ".as_bytes()));
        // Broken bytes of a column in UTF-8 are for whoever reads texts.
        assert_eq!(unmark(b"\xffa"), Field::Exact(b"\xffa"));
    }

    #[test]
    fn which_are_looked_at() {
        assert!(may_lose("sjis") && may_lose("ascii") && may_lose("ucs2"));
        assert!(!may_lose("utf8mb4") && !may_lose("latin1") && !may_lose("utf8mb3"));
        // What can't stand in a statement is not asked about: no server has such a character set.
        assert!(!may_lose("x; DROP"));
    }
}
