//! Values as the products' SQL writes them.

use std::borrow::Cow;

use exodus_engine::value::{Codec, Date, DateTime, Value};

use crate::format::SqlDialect;
use crate::text::hex;

/// How one column's values are written.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) codec: Codec,
    pub(super) dialect: SqlDialect,
    /// The source's own product reads it.
    pub(super) own: bool,
    /// Bits go to a column of bits, not to one of text.
    pub(super) bits: bool,
}

/// Why a value has no literal; it says nothing of the value itself.
pub(super) type Unwritten = &'static str;

const ENDLESS: Unwritten = "an infinity or NaN, which the dialect's product does not know";
const UNREAL: Unwritten = "a date that no calendar has, such as a zero date";
const NUL: Unwritten = "text with a NUL character, which PostgreSQL can't store";

impl Column {
    /// Appends the value as it stands in a statement.
    pub(super) fn literal(&self, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), Unwritten> {
        if matches!(value, Value::Null) {
            out.extend_from_slice(b"NULL");
            return Ok(());
        }
        match self.dialect {
            SqlDialect::Postgres => {
                let mut text = vec![];
                self.postgres(value, &mut text)?;
                quoted(&text, b"'", b"''", out);
                Ok(())
            }
            SqlDialect::MySql => self.mysql(value, out),
            SqlDialect::Sqlite => sqlite(value, out),
        }
    }

    /// Appends the value as PostgreSQL's input functions read it.
    pub(super) fn postgres(&self, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), Unwritten> {
        match value {
            value if self.own => self.codec.write(value, out),
            Value::Bytes(bytes) | Value::Geometry(bytes) => {
                out.extend_from_slice(b"\\x");
                hex(bytes, out);
            }
            Value::Text(text) | Value::Json(text) if text.contains('\0') => return Err(NUL),
            Value::Date(date) => out.extend_from_slice(with_era(*date, None)?.as_bytes()),
            Value::DateTime(both) => out.extend_from_slice(with_era(both.date, Some(*both))?.as_bytes()),
            value => value.write_text(out),
        }
        Ok(())
    }

    fn mysql(&self, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), Unwritten> {
        let mut field = vec![];
        match value {
            Value::Boolean(truth) => out.push(b'0' + u8::from(*truth)),
            Value::Geometry(_) if self.own => {
                self.codec.write(value, &mut field);
                hexadecimal(&field, out);
            }
            Value::Bytes(bytes) | Value::Geometry(bytes) => hexadecimal(bytes, out),
            Value::Bits(digits) if self.bits => {
                out.extend_from_slice(b"b'");
                out.extend_from_slice(digits.as_bytes());
                out.push(b'\'');
            }
            Value::Integer(_) | Value::Decimal(_) => out.extend_from_slice(number(value)?.as_bytes()),
            Value::Float(float) => mysql_float(*float, out)?,
            // The server reads a double and rounds it; of all its digits none is lost to that.
            Value::Float32(float) => mysql_float(f64::from(*float), out)?,
            Value::Date(date) | Value::DateTime(DateTime { date, .. }) if !matches!(date, Date::Day(_)) => {
                return Err(ENDLESS);
            }
            value => {
                value.write_text(&mut field);
                mysql_text(&field, out);
            }
        }
        Ok(())
    }
}

fn with_era(date: Date, both: Option<DateTime>) -> Result<String, Unwritten> {
    let Date::Day(day) = date else {
        return Ok(date.to_string());
    };
    if !day.is_real() {
        return Err(UNREAL);
    }
    let (year, era) = if day.year <= 0 {
        (1 - day.year, " BC")
    } else {
        (day.year, "")
    };
    let time = both.map_or_else(String::new, |both| format!(" {}", both.time));
    Ok(format!("{year:04}-{:02}-{:02}{time}{era}", day.month, day.day))
}

fn number<'v>(value: &'v Value<'_>) -> Result<Cow<'v, str>, Unwritten> {
    match value {
        Value::Decimal(digits) if digits.bytes().any(|byte| byte.is_ascii_alphabetic()) => Err(ENDLESS),
        Value::Decimal(digits) => Ok(Cow::Borrowed(digits)),
        Value::Integer(number) => Ok(number.to_string().into()),
        _ => Err("a value that is no number"),
    }
}

/// Without an exponent it would be read as a decimal, which knows no negative zero.
fn mysql_float(float: f64, out: &mut Vec<u8>) -> Result<(), Unwritten> {
    if !float.is_finite() {
        return Err(ENDLESS);
    }
    out.extend_from_slice(format!("{float:e}").as_bytes());
    Ok(())
}

/// With the escapes that every client passes on: `mysql` cuts texts at NUL characters, and rewrites ends of lines.
fn mysql_text(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'\'');
    for &byte in text {
        match byte {
            0 => out.extend_from_slice(b"\\0"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            0x1a => out.extend_from_slice(b"\\Z"),
            b'\'' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            _ => out.push(byte),
        }
    }
    out.push(b'\'');
}

fn sqlite(value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), Unwritten> {
    let mut text = vec![];
    match value {
        Value::Boolean(truth) => out.push(b'0' + u8::from(*truth)),
        Value::Bytes(bytes) | Value::Geometry(bytes) => hexadecimal(bytes, out),
        Value::Integer(number) if i64::try_from(*number).is_err() => {
            return Err("a number beyond 9223372036854775807, which SQLite can't store exactly");
        }
        Value::Integer(_) => out.extend_from_slice(number(value)?.as_bytes()),
        Value::Float(float) => sqlite_float(*float, out)?,
        Value::Float32(float) => sqlite_float(f64::from(*float), out)?,
        value => {
            value.write_text(&mut text);
            if text.contains(&0) {
                // A literal would end there.
                out.extend_from_slice(b"CAST(");
                hexadecimal(&text, out);
                out.extend_from_slice(b" AS TEXT)");
            } else {
                quoted(&text, b"'", b"''", out);
            }
        }
    }
    Ok(())
}

fn sqlite_float(float: f64, out: &mut Vec<u8>) -> Result<(), Unwritten> {
    if float.is_nan() {
        return Err("NaN, which SQLite stores as NULL");
    }
    let infinite = if float < 0.0 { "-9e999" } else { "9e999" };
    let text = if float.is_infinite() {
        infinite.to_owned()
    } else {
        format!("{float:e}")
    };
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

fn hexadecimal(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"x'");
    hex(bytes, out);
    out.push(b'\'');
}

fn quoted(text: &[u8], quote: &[u8], doubled: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(quote);
    for &byte in text {
        if byte == quote[0] {
            out.extend_from_slice(doubled);
        } else {
            out.push(byte);
        }
    }
    out.extend_from_slice(quote);
}

/// A text in SQL of PostgreSQL and SQLite.
pub(super) fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Appends a field of a COPY block.
pub(super) fn copy_field(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            _ => out.push(byte),
        }
    }
}
