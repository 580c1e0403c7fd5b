//! Fields of text COPY as neutral values, and back.

use exodus_schema::Engine;

use crate::value::codec::{UNREADABLE, bits, from_text, nibble, to_text, utf8, write_hex};
use crate::value::{Codec, Domain, Form, Misfit, Value, calendar, decimal};

/// Reads a field, without its escapes.
pub(crate) fn decode<'f>(codec: &Codec, field: &'f [u8]) -> Result<Value<'f>, Misfit> {
    debug_assert_eq!(codec.engine, Engine::Postgres);
    let text = utf8(field)?;
    match (&codec.domain, codec.form) {
        (Domain::Bytes { .. }, form) => {
            let bytes = from_hex(text).ok_or(UNREADABLE)?;
            match form {
                Form::Uuid => bytes.try_into().map(Value::Uuid).map_err(|_| UNREADABLE),
                Form::Geometry => Ok(Value::Geometry(bytes.into())),
                _ => Ok(Value::Bytes(bytes.into())),
            }
        }
        (Domain::Bits { .. }, Form::Integer) => i128::from_str_radix(text, 2)
            .map(Value::Integer)
            .map_err(|_| UNREADABLE),
        // It shows the blanks that fill it up, and takes two texts for equal that differ in them.
        (Domain::Text(limits), Form::Text) if limits.padded => Ok(Value::Text(text.trim_end_matches(' ').into())),
        (_, form) => from_text(form, text),
    }
}

/// Appends the text that the column's type reads.
pub(crate) fn write(codec: &Codec, value: &Value<'_>, out: &mut Vec<u8>) {
    match (value, &codec.domain) {
        (Value::Boolean(truth), Domain::Integer { .. } | Domain::Bits { .. }) => out.push(b'0' + u8::from(*truth)),
        (Value::Bytes(bytes) | Value::Geometry(bytes), _) => hex(bytes, out),
        (Value::Uuid(uuid), Domain::Bytes { .. }) => hex(uuid, out),
        (Value::Integer(number), Domain::Bits { length, .. }) => {
            out.extend_from_slice(bits(number.unsigned_abs(), *length).as_bytes());
        }
        // A number without limits got all the digits that the other side has; most came with fewer.
        (Value::Decimal(digits), Domain::Decimal { digits: None, .. }) if has_scale(digits, LARGEST_SCALE) => {
            out.extend_from_slice(decimal::canonical(digits).as_bytes());
        }
        (Value::Date(date), Domain::Date) => out.extend_from_slice(calendar::with_era(*date, None).as_bytes()),
        (Value::DateTime(both), Domain::DateTime { .. }) => {
            out.extend_from_slice(calendar::with_era(both.date, Some(both.time)).as_bytes());
        }
        _ => to_text(value, out),
    }
}

/// The most digits behind the point that MySQL's `decimal` has.
const LARGEST_SCALE: usize = 30;

fn has_scale(digits: &str, scale: usize) -> bool {
    digits
        .split_once('.')
        .is_some_and(|(_, fraction)| fraction.len() == scale)
}

fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"\\x");
    write_hex(bytes, out);
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("\\x")?.as_bytes();
    if digits.len() % 2 == 1 {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_in_hexadecimal() {
        let mut out = vec![];
        hex(&[0, 0x5c, 0xff], &mut out);
        assert_eq!(out, b"\\x005cff");
        assert_eq!(from_hex("\\x005cff"), Some(vec![0, 0x5c, 0xff]));
        assert_eq!(
            (from_hex("\\x0"), from_hex("00"), from_hex("\\xzz")),
            (None, None, None)
        );
    }
}
