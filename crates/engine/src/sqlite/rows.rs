//! Rows of SQLite values, packed into one allocation.

use rusqlite::types::ValueRef;

/// Whole rows with their values' storage classes.
///
/// A field is its length (four bytes, little endian), a tag that names the storage class and the value's canonical
/// bytes: integers and reals as eight big-endian bytes, text and blobs as they are. NULL is a field of length 0,
/// without a tag. Thus fields of different storage classes differ, and equal bytes mean equal values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteRows {
    data: Vec<u8>,
    width: usize,
    rows: u64,
}

const INTEGER: u8 = b'i';
const REAL: u8 = b'r';
const TEXT: u8 = b't';
const BLOB: u8 = b'b';

impl SqliteRows {
    pub(crate) fn new(width: usize) -> Self {
        Self::with_capacity(width, 0)
    }

    pub(super) fn with_capacity(width: usize, bytes: usize) -> Self {
        Self {
            data: Vec::with_capacity(bytes),
            width,
            rows: 0,
        }
    }

    /// Number of rows.
    pub fn len(&self) -> u64 {
        self.rows
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Columns in each row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Encoded bytes.
    pub fn bytes(&self) -> usize {
        self.data.len()
    }

    /// Adds the next value; false if it is too long for the encoding, which SQLite's own limit of 2^31 prevents.
    pub(super) fn push(&mut self, value: ValueRef<'_>) -> bool {
        match value {
            ValueRef::Null => self.data.extend_from_slice(&[0; 4]),
            ValueRef::Integer(number) => return self.field(INTEGER, &number.to_be_bytes()),
            ValueRef::Real(number) => return self.field(REAL, &number.to_bits().to_be_bytes()),
            ValueRef::Text(text) => return self.field(TEXT, text),
            ValueRef::Blob(bytes) => return self.field(BLOB, bytes),
        }
        true
    }

    /// Adds the next value as a field with its tag, from [`field`]; false if it is too long.
    pub(crate) fn push_field(&mut self, field: Option<&[u8]>) -> bool {
        match field.and_then(<[u8]>::split_first) {
            Some((tag, bytes)) => self.field(*tag, bytes),
            None => self.push(ValueRef::Null),
        }
    }

    fn field(&mut self, tag: u8, bytes: &[u8]) -> bool {
        let Ok(length) = u32::try_from(bytes.len() + 1) else {
            return false;
        };
        self.data.reserve(5 + bytes.len());
        self.data.extend_from_slice(&length.to_le_bytes());
        self.data.push(tag);
        self.data.extend_from_slice(bytes);
        true
    }

    pub(crate) fn end_row(&mut self) {
        self.rows += 1;
    }

    /// The fields of all rows, one after the other: tag and canonical bytes, or `None` for NULL.
    pub(crate) fn fields(&self) -> Fields<'_> {
        Fields { rest: &self.data }
    }
}

/// Walks over fields.
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Fields<'a> {
    type Item = Option<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        let (length, rest) = self.rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (field, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some((length > 0).then_some(field))
    }
}

/// Appends a value's tag and canonical bytes; nothing for NULL.
pub(super) fn field(value: ValueRef<'_>, out: &mut Vec<u8>) {
    let mut tagged = |tag: u8, bytes: &[u8]| {
        out.push(tag);
        out.extend_from_slice(bytes);
    };
    match value {
        ValueRef::Null => {}
        ValueRef::Integer(number) => tagged(INTEGER, &number.to_be_bytes()),
        ValueRef::Real(number) => tagged(REAL, &number.to_bits().to_be_bytes()),
        ValueRef::Text(text) => tagged(TEXT, text),
        ValueRef::Blob(bytes) => tagged(BLOB, bytes),
    }
}

/// The value in a field.
pub(super) fn decode(field: Option<&[u8]>) -> Option<ValueRef<'_>> {
    let Some(field) = field else {
        return Some(ValueRef::Null);
    };
    let (tag, bytes) = field.split_first()?;
    match *tag {
        INTEGER => Some(ValueRef::Integer(i64::from_be_bytes(bytes.try_into().ok()?))),
        REAL => Some(ValueRef::Real(f64::from_bits(u64::from_be_bytes(
            bytes.try_into().ok()?,
        )))),
        TEXT => Some(ValueRef::Text(bytes)),
        BLOB => Some(ValueRef::Blob(bytes)),
        _ => None,
    }
}

/// The whole number that a field is equal to, if it is: to SQLite 1 and 1.0 are equal.
pub(crate) fn whole(field: &[u8]) -> Option<i64> {
    // Beyond this not every whole number is a REAL.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match decode(Some(field))? {
        ValueRef::Integer(number) => Some(number),
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
        ValueRef::Real(number) if number.fract() == 0.0 && number.abs() < EXACT => Some(number as i64),
        _ => None,
    }
}

/// A field of a scan in words for people: text in quotes where a number would look the same.
pub(crate) fn show(field: &[u8]) -> String {
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
    };
    match decode(Some(field)) {
        Some(ValueRef::Integer(number)) => number.to_string(),
        Some(ValueRef::Real(number)) => format!("{number:?}"),
        Some(ValueRef::Text(bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) if text.parse::<f64>().is_ok() || text.starts_with("0x") => format!("'{text}'"),
            Ok(text) => text.to_owned(),
            Err(_) => hex(bytes),
        },
        Some(ValueRef::Blob(bytes)) => hex(bytes),
        Some(ValueRef::Null) | None => "NULL".to_owned(),
    }
}
