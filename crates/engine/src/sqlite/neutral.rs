//! SQLite's values as neutral ones, and back.

use rusqlite::types::ValueRef;

use super::rows::{decode as stored, field};
use crate::value::codec::{NOT_UTF8, UNREADABLE, from_text, text_of};
use crate::value::{Codec, Domain, Form, Misfit, Value, decimal, fit};

/// Reads a field with its tag.
pub(crate) fn decode<'f>(codec: &Codec, field: &'f [u8]) -> Result<Value<'f>, Misfit> {
    let value = stored(Some(field)).ok_or(UNREADABLE)?;
    let text = |bytes: &'f [u8]| std::str::from_utf8(bytes).map_err(|_| NOT_UTF8);
    match (codec.form, value) {
        (_, ValueRef::Null) => Ok(Value::Null),
        (Form::Any | Form::Integer, ValueRef::Integer(number)) => Ok(Value::Integer(number.into())),
        (Form::Any | Form::Float, ValueRef::Real(number)) => Ok(Value::Float(number)),
        (Form::Any | Form::Bytes, ValueRef::Blob(bytes)) => Ok(Value::Bytes(bytes.into())),
        (Form::Geometry, ValueRef::Blob(bytes)) => Ok(Value::Geometry(bytes.into())),
        (Form::Uuid, ValueRef::Blob(bytes)) => bytes.try_into().map(Value::Uuid).map_err(|_| UNREADABLE),
        (Form::Boolean, ValueRef::Integer(number @ (0 | 1))) => Ok(Value::Boolean(number == 1)),
        #[expect(clippy::cast_precision_loss, reason = "only numbers that a double holds")]
        (Form::Float, ValueRef::Integer(number)) if number.unsigned_abs() <= 1 << 53 => Ok(Value::Float(number as f64)),
        (Form::Float32, ValueRef::Real(number)) => single(number),
        (Form::Decimal, ValueRef::Integer(number)) => Ok(Value::Decimal(number.to_string().into())),
        (Form::Decimal, ValueRef::Real(number)) => {
            let digits = decimal::of_float(number).ok_or(UNREADABLE)?;
            Ok(Value::Decimal(digits.into()))
        }
        (form, ValueRef::Text(bytes)) => from_text(form, text(bytes)?),
        _ => Err(UNREADABLE),
    }
}

fn single(number: f64) -> Result<Value<'static>, Misfit> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "only numbers that single precision holds pass"
    )]
    let narrow = number as f32;
    if number.is_nan() || f64::from(narrow).to_bits() == number.to_bits() {
        Ok(Value::Float32(narrow))
    } else {
        Err(UNREADABLE)
    }
}

/// Appends the field with its tag.
pub(crate) fn write(codec: &Codec, value: &Value<'_>, out: &mut Vec<u8>) {
    // A column of texts shows what it is as text.
    let as_text = matches!(codec.domain, Domain::Text(_));
    match value {
        Value::Bytes(bytes) | Value::Geometry(bytes) => field(ValueRef::Blob(bytes), out),
        Value::Uuid(uuid) if matches!(codec.domain, Domain::Bytes { .. }) => field(ValueRef::Blob(uuid), out),
        Value::Boolean(truth) if !as_text => field(ValueRef::Integer((*truth).into()), out),
        Value::Integer(number) if !as_text => field(integer(*number), out),
        Value::Float(number) if !as_text => field(ValueRef::Real(*number), out),
        Value::Float32(number) if !as_text => field(ValueRef::Real((*number).into()), out),
        Value::Decimal(text) if codec.affinity.turns_texts_into_numbers() => match as_number(text) {
            Some(number) => field(number, out),
            None => field(ValueRef::Text(text.as_bytes()), out),
        },
        value => field(ValueRef::Text(text_of(value).as_bytes()), out),
    }
}

/// What does not fit was refused before.
fn integer(number: i128) -> ValueRef<'static> {
    i64::try_from(number).map_or(ValueRef::Null, ValueRef::Integer)
}

/// The number that SQLite would store for these digits, if it is the same.
fn as_number(digits: &str) -> Option<ValueRef<'static>> {
    let digits = decimal::canonical(digits);
    if let Ok(whole) = digits.parse() {
        return Some(ValueRef::Integer(whole));
    }
    let real: f64 = digits.parse().ok().filter(|real: &f64| real.is_finite())?;
    (decimal::of_float(real)? == digits).then_some(ValueRef::Real(real))
}

const NOT_STORED: Misfit = Misfit::new(
    "a value that an SQLite column of this declared type would store as another one",
    "declare the target's column TEXT, or correct the value on the source",
);

/// Whether the column keeps the value as what is stored.
pub(crate) fn keeps(codec: &Codec, value: &Value<'_>) -> Result<(), Misfit> {
    let as_text = matches!(codec.domain, Domain::Text(_));
    let numeric = codec.affinity.turns_texts_into_numbers();
    if numeric && fit::is_negative_zero(value) {
        return Err(fit::NEGATIVE_ZERO);
    }
    let kept = match value {
        Value::Null | Value::Bytes(_) | Value::Geometry(_) | Value::Boolean(_) => true,
        Value::Integer(number) => as_text || i64::try_from(*number).is_ok(),
        // NaN is stored as NULL.
        Value::Float(number) => as_text || !number.is_nan(),
        Value::Float32(number) => as_text || !number.is_nan(),
        Value::Decimal(digits) if !decimal::is_special(digits) => !numeric || as_number(digits).is_some(),
        value => !numeric || !looks_like_a_number(&text_of(value)),
    };
    if kept { Ok(()) } else { Err(NOT_STORED) }
}

/// Whether a column of numeric affinity may take the text for a number.
fn looks_like_a_number(text: &str) -> bool {
    let trimmed = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
    decimal::plain(trimmed).is_some() || trimmed.starts_with("0x") || trimmed.starts_with("0X")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_columns_of_numbers_keep() {
        assert!(matches!(as_number("12.50"), Some(ValueRef::Real(number)) if number.to_bits() == 12.5_f64.to_bits()));
        assert!(matches!(as_number("300"), Some(ValueRef::Integer(300))));
        assert!(as_number("12345678901234567890.12").is_none());
        assert!(as_number("0.1").is_some() && as_number("0.1000000000000000055511151231257827").is_none());
    }

    #[test]
    fn texts_that_would_become_numbers() {
        for text in ["1", " 1.50 ", "1e3", "-0", "0x1f"] {
            assert!(looks_like_a_number(text), "{text}");
        }
        for text in ["", "2024-01-01", "12:00", "infinity", "{}", "1 2"] {
            assert!(!looks_like_a_number(text), "{text}");
        }
    }
}
