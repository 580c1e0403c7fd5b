//! One column's fields as values, and back.

use std::borrow::Cow;
use std::io::Write as _;
use std::sync::Arc;

use exodus_schema::Engine;

use super::limits::BEYOND;
use super::repertoire::Repertoire;
use super::{Affinity, Domain, End, Form, Misfit, Refusal, Value, calendar, decimal, fit, pairing};
use crate::mysql::charsets;
use crate::{mysql, postgres, sqlite};

/// How a column's fields are read as values of a form, and written from them.
///
/// A field is what [`wire`](super::wire)'s format carries, without its escapes.
#[derive(Clone, Debug)]
pub struct Codec {
    pub(crate) engine: Engine,
    pub(crate) column: String,
    pub(crate) domain: Domain,
    pub(crate) form: Form,
    /// SQLite's; others leave values as they are.
    pub(crate) affinity: Affinity,
    /// MySQL's and MariaDB's, where the server's conversion to and from Unicode may lose something.
    pub(crate) charset: Option<Box<str>>,
    /// Its characters, once the server was asked.
    pub(crate) repertoire: Option<Arc<Repertoire>>,
}

pub(crate) const UNREADABLE: Misfit = Misfit::new(
    "a value that is not of the kind that the column's type names",
    "correct the value on the source, or give the target's column a type that takes it",
);
pub(crate) const NOT_UTF8: Misfit = Misfit::new(
    "text that is not valid UTF-8",
    "correct the text on the source, or store it as bytes on both ends",
);
const REWRITTEN: Misfit = Misfit::altered(
    "a value that is written in an unusual way, which would change on its way back",
    "write it as the target shows it, or accept altered values",
);
const OTHER_BYTES: Misfit = Misfit::altered(
    "text with characters that its character set writes in two ways, of which Unicode knows one: it would come back in \
     other bytes",
    "accept altered values, or convert the source's column to utf8mb4",
);

impl Codec {
    /// For a column on its own: each value in the form that its type suggests.
    pub fn natural(end: &End<'_>) -> Result<Self, Refusal> {
        let domain = Domain::of(end)?;
        let form = pairing::natural_form(&domain);
        Ok(Self::new(end, domain, form))
    }

    pub(crate) fn new(end: &End<'_>, domain: Domain, form: Form) -> Self {
        let affinity = match end.engine {
            Engine::Sqlite => Affinity::of(&end.column.native_type),
            _ => Affinity::None,
        };
        let may_lose = |charset: &&String| {
            let texts = matches!(domain, Domain::Text(_) | Domain::Enum(_) | Domain::Set(_));
            texts && matches!(end.engine, Engine::MySql | Engine::MariaDb) && charsets::may_lose(charset)
        };
        let charset = end.column.charset.as_ref().filter(may_lose);
        Self {
            engine: end.engine,
            column: end.column.name.clone(),
            charset: charset.map(|charset| charset.as_str().into()),
            repertoire: None,
            domain,
            form,
            affinity,
        }
    }

    /// The same column with its values in another form, which has to be one that its type can have in a pairing.
    #[must_use]
    pub fn in_form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// The form of its values.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The column's name.
    pub fn column(&self) -> &str {
        &self.column
    }

    /// Reads a field; `None` is NULL.
    pub fn decode<'f>(&self, field: Option<&'f [u8]>) -> Result<Value<'f>, Misfit> {
        let Some(field) = field else { return Ok(Value::Null) };
        match self.engine {
            Engine::Postgres => postgres::neutral::decode(self, field),
            Engine::MySql | Engine::MariaDb => mysql::neutral::decode(self, field),
            Engine::Sqlite => sqlite::neutral::decode(self, field),
        }
    }

    /// Whether the column takes the value, and shows it as it is.
    pub fn check(&self, value: &Value<'_>) -> Result<(), Misfit> {
        match (value, &self.repertoire) {
            (Value::Null, _) => Ok(()),
            (value, Some(repertoire)) if !repertoire.has_all(&text_of(value)) => Err(BEYOND),
            (value, _) => fit::check(self, value),
        }
    }

    /// Appends the field; nothing for NULL, which has none. The value must have been checked.
    pub fn write(&self, value: &Value<'_>, out: &mut Vec<u8>) {
        match self.engine {
            Engine::Postgres => postgres::neutral::write(self, value, out),
            Engine::MySql | Engine::MariaDb => mysql::neutral::write(self, value, out),
            Engine::Sqlite => sqlite::neutral::write(self, value, out),
        }
    }

    /// Whether this column would have the same field if the value came back to it. Where the server writes each value of a
    /// type in one way that is so; texts and SQLite's values may be written in several.
    pub(crate) fn check_written(&self, field: &[u8], value: &Value<'_>, scratch: &mut Vec<u8>) -> Result<(), Misfit> {
        if self.charset.is_some() && matches!(charsets::unmark(field), charsets::Field::OtherBytes(_)) {
            return Err(OTHER_BYTES);
        }
        let may_differ = self.engine == Engine::Sqlite || matches!(self.domain, Domain::Text(_));
        if !may_differ || matches!(self.form, Form::Text | Form::Any) {
            return Ok(());
        }
        scratch.clear();
        self.write(value, scratch);
        if scratch == field { Ok(()) } else { Err(REWRITTEN) }
    }
}

/// Reads a value from text.
pub(crate) fn from_text(form: Form, text: &str) -> Result<Value<'_>, Misfit> {
    let value = match form {
        Form::Any | Form::Text => Some(Value::Text(text.into())),
        Form::Boolean => match text {
            "t" | "1" | "true" => Some(Value::Boolean(true)),
            "f" | "0" | "false" => Some(Value::Boolean(false)),
            _ => None,
        },
        Form::Integer => text.parse().ok().map(Value::Integer),
        Form::Float => float(text).map(Value::Float),
        Form::Float32 => float::<f32>(text).map(Value::Float32),
        Form::Decimal if decimal::is_special(text) => Some(Value::Decimal(text.into())),
        Form::Decimal => decimal::plain(text).map(Value::Decimal),
        Form::Date => calendar::date(text).map(Value::Date),
        Form::Time => calendar::time(text).map(Value::Time),
        Form::DateTime | Form::Timestamp => calendar::date_time(text).map(Value::DateTime),
        Form::Uuid => uuid(text).map(Value::Uuid),
        Form::Json => Some(Value::Json(text.into())),
        Form::Bits => text
            .bytes()
            .all(|byte| matches!(byte, b'0' | b'1'))
            .then(|| Value::Bits(text.into())),
        Form::Bytes | Form::Geometry => None,
    };
    value.ok_or(UNREADABLE)
}

/// Rust's names of special values are more than the ones that servers show.
fn float<F: std::str::FromStr>(text: &str) -> Option<F> {
    let known =
        matches!(text, "NaN" | "Infinity" | "-Infinity") || text.bytes().all(|byte| b"+-.eE0123456789".contains(&byte));
    known.then(|| text.parse().ok())?
}

/// Writes a value as text, in one way for all products.
pub(crate) fn to_text(value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Null => {}
        Value::Boolean(truth) => out.extend_from_slice(if *truth { b"true" } else { b"false" }),
        Value::Integer(number) => shown(out, number),
        Value::Float(number) if number.is_infinite() => out.extend_from_slice(infinite(*number < 0.0)),
        Value::Float(number) => shown_debug(out, number),
        Value::Float32(number) if number.is_infinite() => out.extend_from_slice(infinite(*number < 0.0)),
        Value::Float32(number) => shown_debug(out, number),
        Value::Decimal(text) | Value::Text(text) | Value::Json(text) | Value::Bits(text) => {
            out.extend_from_slice(text.as_bytes());
        }
        Value::Bytes(bytes) | Value::Geometry(bytes) => out.extend_from_slice(bytes),
        Value::Date(date) => shown(out, date),
        Value::Time(time) => shown(out, time),
        Value::DateTime(both) => shown(out, both),
        Value::Uuid(uuid) => write_uuid(uuid, out),
    }
}

fn infinite(negative: bool) -> &'static [u8] {
    if negative { b"-Infinity" } else { b"Infinity" }
}

/// Writing into memory can't fail.
fn shown(out: &mut Vec<u8>, value: &impl std::fmt::Display) {
    let _ = write!(out, "{value}");
}

fn shown_debug(out: &mut Vec<u8>, value: &impl std::fmt::Debug) {
    let _ = write!(out, "{value:?}");
}

/// The value as text, borrowed where it is one.
pub(crate) fn text_of<'v>(value: &'v Value<'_>) -> Cow<'v, str> {
    match value {
        Value::Decimal(text) | Value::Text(text) | Value::Json(text) | Value::Bits(text) => Cow::Borrowed(text),
        other => {
            let mut out = vec![];
            to_text(other, &mut out);
            Cow::Owned(String::from_utf8_lossy(&out).into_owned())
        }
    }
}

pub(crate) fn utf8(field: &[u8]) -> Result<&str, Misfit> {
    std::str::from_utf8(field).map_err(|_| NOT_UTF8)
}

fn uuid(text: &str) -> Option<[u8; 16]> {
    let bytes = text.as_bytes();
    if bytes.len() != 36 || [8, 13, 18, 23].iter().any(|at| bytes[*at] != b'-') {
        return None;
    }
    let mut uuid = [0; 16];
    let mut digits = bytes.iter().enumerate().filter(|(at, _)| ![8, 13, 18, 23].contains(at));
    for byte in &mut uuid {
        let (high, low) = (digits.next()?.1, digits.next()?.1);
        *byte = nibble(*high)? << 4 | nibble(*low)?;
    }
    Some(uuid)
}

/// A hexadecimal digit.
pub(crate) fn nibble(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// The bits of a number, as many as a column has.
pub(crate) fn bits(number: u128, length: Option<u64>) -> String {
    let digits = format!("{number:b}");
    let width = length.and_then(|length| usize::try_from(length).ok()).unwrap_or(1);
    format!("{}{digits}", "0".repeat(width.saturating_sub(digits.len())))
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Appends bytes in hexadecimal.
pub(crate) fn write_hex(bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        out.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

pub(crate) fn write_uuid(uuid: &[u8; 16], out: &mut Vec<u8>) {
    for (at, byte) in uuid.iter().enumerate() {
        if [4, 6, 8, 10].contains(&at) {
            out.push(b'-');
        }
        write_hex(std::slice::from_ref(byte), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_read_as_they_are_written() {
        let text = "6f1c7a34-11d2-4d70-9a9e-0242ac120002";
        let mut out = vec![];
        write_uuid(&uuid(text).expect("a UUID"), &mut out);
        assert_eq!(out, text.as_bytes());
        for wrong in [
            "",
            "6f1c7a3411d24d709a9e0242ac120002",
            "6f1c7a34-11d2-4d70-9a9e-0242ac12000g",
        ] {
            assert_eq!(uuid(wrong), None);
        }
    }

    #[test]
    fn floats_are_what_servers_show() {
        assert!(from_text(Form::Float, "inf").is_err() && from_text(Form::Float, "nan").is_err());
        for text in ["Infinity", "-Infinity", "NaN", "1e-45", "0.1", "1e300"] {
            let mut out = vec![];
            to_text(&from_text(Form::Float, text).expect(text), &mut out);
            assert_eq!(out, text.as_bytes());
        }
    }
}
