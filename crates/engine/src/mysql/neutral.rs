//! Fields of LOAD DATA text, in UTF-8, as neutral values, and back.

use super::charsets::{self, Field};
use crate::value::codec::{UNREADABLE, bits, from_text, to_text, utf8};
use crate::value::{Codec, Domain, Form, Misfit, Value};
use crate::value::{geometry_from_mysql, geometry_to_mysql};

const ERROR_VALUE: Misfit = Misfit::new(
    "the error value of an ENUM, which none of its names stands for",
    "correct the value on the source",
);

const NO_CHARACTERS: Misfit = Misfit::new(
    "text in bytes for which Unicode has no characters, which the server would show as question marks",
    "correct the text on the source, or store it as bytes on both ends",
);

/// Reads a field, without its escapes.
pub(crate) fn decode<'f>(codec: &Codec, field: &'f [u8]) -> Result<Value<'f>, Misfit> {
    let field = match charsets::unmark(field) {
        _ if codec.charset.is_none() => field,
        Field::Exact(text) | Field::OtherBytes(text) => text,
        Field::Unreadable => return Err(NO_CHARACTERS),
    };
    match (&codec.domain, codec.form) {
        (Domain::Bytes { .. }, Form::Bytes) => Ok(Value::Bytes(field.into())),
        (Domain::Bytes { .. }, Form::Geometry) => Ok(Value::Geometry(field.into())),
        (Domain::Bytes { .. }, Form::Uuid) => field.try_into().map(Value::Uuid).map_err(|_| UNREADABLE),
        (Domain::Geometry { .. }, _) => {
            let geometry = geometry_from_mysql(field).ok_or(UNREADABLE)?;
            Ok(Value::Geometry(geometry.into()))
        }
        // Bits are read as a number.
        (Domain::Bits { length, .. }, Form::Bits) => {
            let number: u64 = utf8(field)?.parse().map_err(|_| UNREADABLE)?;
            Ok(Value::Bits(bits(number.into(), *length).into()))
        }
        (Domain::Enum(Some(names)), _) => {
            let name = utf8(field)?;
            if names.iter().any(|known| known == name) {
                Ok(Value::Text(name.into()))
            } else {
                Err(ERROR_VALUE)
            }
        }
        (_, form) => from_text(form, utf8(field)?),
    }
}

/// Appends the text or the bytes that the column's type reads.
pub(crate) fn write(codec: &Codec, value: &Value<'_>, out: &mut Vec<u8>) {
    match (value, &codec.domain) {
        (Value::Boolean(truth), Domain::Integer { .. } | Domain::Bits { .. }) => {
            out.push(b'0' + u8::from(*truth));
        }
        // A single 0 is the year 2000 where it comes as text.
        (Value::Integer(year), Domain::Year) => out.extend_from_slice(format!("{year:04}").as_bytes()),
        (Value::Bits(digits), Domain::Bits { .. }) => {
            let number = u64::from_str_radix(digits, 2).unwrap_or_default();
            to_text(&Value::Integer(number.into()), out);
        }
        // The server reads a double and rounds it; of all its digits none is lost to that.
        (Value::Float32(number), Domain::Float { .. }) => double((*number).into(), out),
        (Value::Float(number), Domain::Float { .. }) => double(*number, out),
        (Value::Uuid(uuid), Domain::Bytes { .. }) => out.extend_from_slice(uuid),
        (Value::Geometry(geometry), Domain::Geometry { .. }) => geometry_to_mysql(geometry, out),
        _ => to_text(value, out),
    }
}

fn double(number: f64, out: &mut Vec<u8>) {
    // MariaDB takes `-0.0` for a zero without a sign.
    if number == 0.0 && number.is_sign_negative() {
        out.extend_from_slice(b"-0");
    } else {
        to_text(&Value::Float(number), out);
    }
}
