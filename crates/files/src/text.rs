//! Values in files: one text for each, from which the same value is read again.
//!
//! | form | text |
//! |---|---|
//! | boolean | `true`, `false` |
//! | integer, decimal | its digits |
//! | float, float32 | the shortest digits that give the same number, `NaN`, `Infinity`, `-Infinity` |
//! | text, json | itself |
//! | bytes, geometry | hexadecimal |
//! | date, time, datetime, timestamp | as in ISO 8601, with a blank between date and time, in UTC |
//! | uuid, bits | as PostgreSQL shows them |
//! | any (columns of SQLite) | as the storage class says, with its letter: `i:42`, `r:1.5`, `t:text`, `b:00ff` |
//!
//! In JSON whole numbers and floats are numbers where every reader gets the same number from them, texts elsewhere; values
//! of the form any are numbers and texts too, and bytes an object: `{"bytes": "00ff"}`.

use exodus_engine::value::{Codec, Form, Value};
use serde_json::Value as Json;

/// Beyond it whole numbers are not exact as doubles, which is what many readers of JSON make of them.
const EXACT: i128 = 1 << 53;

/// Appends the value's text; NULL has none.
pub(crate) fn write(form: Form, value: &Value<'_>, out: &mut Vec<u8>) {
    if form == Form::Any {
        out.extend_from_slice(match value {
            Value::Integer(_) => b"i:",
            Value::Float(_) => b"r:",
            Value::Bytes(_) => b"b:",
            _ => b"t:",
        });
    }
    match value {
        Value::Bytes(bytes) | Value::Geometry(bytes) => hex(bytes, out),
        value => value.write_text(out),
    }
}

/// Reads a value from its text.
pub(crate) fn read(form: Form, text: &str) -> Option<Value<'static>> {
    match form {
        Form::Any => {
            let (class, rest) = text.split_at_checked(2)?;
            match class {
                "i:" => read(Form::Integer, rest),
                "r:" => read(Form::Float, rest),
                "b:" => read(Form::Bytes, rest),
                "t:" => read(Form::Text, rest),
                _ => None,
            }
        }
        Form::Bytes => unhex(text).map(|bytes| Value::Bytes(bytes.into())),
        Form::Geometry => unhex(text).map(|bytes| Value::Geometry(bytes.into())),
        form => Value::of_text(form, text).ok().map(Value::into_owned),
    }
}

/// Appends the value as JSON.
pub(crate) fn write_json(value: &Value<'_>, form: Form, scratch: &mut Vec<u8>, out: &mut Vec<u8>) {
    scratch.clear();
    match value {
        Value::Null => return out.extend_from_slice(b"null"),
        Value::Boolean(truth) => return out.extend_from_slice(if *truth { b"true" } else { b"false" }),
        Value::Bytes(bytes) if form == Form::Any => {
            out.extend_from_slice(b"{\"bytes\":\"");
            hex(bytes, out);
            return out.extend_from_slice(b"\"}");
        }
        value if form == Form::Any => value.write_text(scratch),
        value => write(form, value, scratch),
    }
    let is_number = match value {
        Value::Integer(number) => number.abs() <= EXACT,
        Value::Float(number) => same_number(scratch, *number),
        Value::Float32(number) => same_single(scratch, *number),
        _ => false,
    };
    match value {
        _ if is_number => out.extend_from_slice(scratch),
        // Only the storage class tells it from a text.
        Value::Integer(_) if form == Form::Any => object("integer", scratch, out),
        Value::Float(_) if form == Form::Any => object("real", scratch, out),
        _ => string(scratch, out),
    }
}

fn object(name: &str, text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
    string(text, out);
    out.push(b'}');
}

/// Whether the digits are read as this very number, and as no whole one, by the reader at hand too.
fn same_number(digits: &[u8], number: f64) -> bool {
    let read = serde_json::from_slice::<f64>(digits).ok();
    let is_whole = !digits.iter().any(|byte| matches!(byte, b'.' | b'e'));
    !is_whole && read.is_some_and(|read| read.to_bits() == number.to_bits())
}

fn same_single(digits: &[u8], number: f32) -> bool {
    let read = serde_json::from_slice(digits).ok();
    let single = read.and_then(|read: serde_json::Number| single(&read));
    single.is_some_and(|single| single.to_bits() == number.to_bits())
}

fn single(number: &serde_json::Number) -> Option<f32> {
    number.to_string().parse().ok()
}

/// Appends text as a JSON string. It is UTF-8: values are read as such or not at all.
pub(crate) fn string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in text {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 | 0x7f => {
                out.extend_from_slice(b"\\u00");
                hex(&[byte], out);
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// Reads a value from JSON.
pub(crate) fn read_json(form: Form, json: &Json) -> Option<Value<'static>> {
    match (form, json) {
        (_, Json::Null) => Some(Value::Null),
        (Form::Boolean, Json::Bool(truth)) => Some(Value::Boolean(*truth)),
        (Form::Integer, Json::Number(number)) => whole(number).map(Value::Integer),
        (Form::Float, Json::Number(number)) => number.as_f64().map(Value::Float),
        (Form::Float32, Json::Number(number)) => single(number).map(Value::Float32),
        (Form::Any, Json::Number(number)) => match whole(number) {
            Some(number) => Some(Value::Integer(number)),
            None => number.as_f64().map(Value::Float),
        },
        (Form::Any, Json::String(text)) => Some(Value::Text(text.clone().into())),
        (Form::Any, Json::Object(object)) => {
            let (class, text) = object.iter().next()?;
            let text = text.as_str().filter(|_| object.len() == 1)?;
            match class.as_str() {
                "bytes" => read(Form::Bytes, text),
                "integer" => read(Form::Integer, text),
                "real" => read(Form::Float, text),
                _ => None,
            }
        }
        (Form::Any | Form::Boolean, _) => None,
        (form, Json::String(text)) => read(form, text),
        _ => None,
    }
}

fn whole(number: &serde_json::Number) -> Option<i128> {
    number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from))
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Appends bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        out.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?))
        .collect()
}

/// What is wrong with a value that can't be read: never the value itself.
pub(crate) fn unreadable(codec: &Codec) -> String {
    format!(
        "column {} has a value that is no {}",
        codec.column(),
        format!("{:?}", codec.form()).to_lowercase()
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn both_ways(form: Form, value: &Value<'static>) {
        let (mut text, mut scratch, mut json) = (vec![], vec![], vec![]);
        write(form, value, &mut text);
        let text = String::from_utf8(text).expect("UTF-8");
        let canonical = |value: &Value<'_>| {
            let mut out = vec![];
            value.canonical(&mut out);
            out
        };
        let read_again = read(form, &text).unwrap_or_else(|| panic!("{form:?}: {text}"));
        assert_eq!(canonical(&read_again), canonical(value), "{form:?}: {text}");
        assert_eq!(std::mem::discriminant(&read_again), std::mem::discriminant(value));
        write_json(value, form, &mut scratch, &mut json);
        let parsed: Json = serde_json::from_slice(&json).unwrap_or_else(|_| panic!("{}", json.escape_ascii()));
        let read_again = read_json(form, &parsed).unwrap_or_else(|| panic!("{form:?}: {}", json.escape_ascii()));
        assert_eq!(
            canonical(&read_again),
            canonical(value),
            "{form:?}: {}",
            json.escape_ascii()
        );
        assert_eq!(std::mem::discriminant(&read_again), std::mem::discriminant(value));
    }

    proptest! {
        /// A reader of JSON that makes doubles of numbers must not change one, nor may a text become another by its escapes.
        #[test]
        fn every_value_is_read_as_it_was_written(
            whole in any::<i64>(), unsigned in any::<u64>(), bits in any::<u64>(), single in any::<u32>(),
            text in any::<String>(), bytes in any::<Vec<u8>>(), uuid in any::<[u8; 16]>(),
        ) {
            let float = f64::from_bits(bits);
            let small = f64::from(f32::from_bits(single));
            for form in [Form::Integer, Form::Any] {
                both_ways(form, &Value::Integer(whole.into()));
                both_ways(form, &Value::Integer((whole >> 40).into()));
            }
            both_ways(Form::Integer, &Value::Integer(unsigned.into()));
            for float in [float, small, small.trunc(), 0.1, 1e23, 5e-324] {
                both_ways(Form::Float, &Value::Float(float));
                if !float.is_nan() {
                    both_ways(Form::Any, &Value::Float(float));
                }
            }
            both_ways(Form::Float32, &Value::Float32(f32::from_bits(single)));
            both_ways(Form::Text, &Value::Text(text.clone().into()));
            both_ways(Form::Any, &Value::Text(text.into()));
            both_ways(Form::Bytes, &Value::Bytes(bytes.clone().into()));
            both_ways(Form::Any, &Value::Bytes(bytes.into()));
            both_ways(Form::Uuid, &Value::Uuid(uuid));
            both_ways(Form::Decimal, &Value::Decimal(format!("{whole}.{unsigned:030}").into()));
        }
    }

    #[test]
    fn nonsense_is_no_value() {
        for (form, text) in [
            (Form::Bytes, "0"),
            (Form::Bytes, "0g"),
            (Form::Integer, "1.5"),
            (Form::Any, "42"),
            (Form::Uuid, "x"),
            (Form::Timestamp, "yesterday"),
        ] {
            assert!(read(form, text).is_none(), "{form:?} {text}");
            assert!(
                read_json(form, &serde_json::json!({ "x": text })).is_none(),
                "{form:?} {text}"
            );
        }
    }
}
