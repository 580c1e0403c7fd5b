//! The forms in which values are compared, and their canonical bytes.

use std::io::Write as _;

use super::{Value, decimal, json};

/// What both ends of a pair are read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Whatever the value is: between two columns of SQLite that hold anything.
    Any,
    /// [`Value::Boolean`].
    Boolean,
    /// [`Value::Integer`].
    Integer,
    /// [`Value::Float`].
    Float,
    /// [`Value::Float32`].
    Float32,
    /// [`Value::Decimal`].
    Decimal,
    /// [`Value::Text`].
    Text,
    /// [`Value::Bytes`].
    Bytes,
    /// [`Value::Date`].
    Date,
    /// [`Value::Time`].
    Time,
    /// [`Value::DateTime`] without a zone.
    DateTime,
    /// [`Value::DateTime`] in UTC.
    Timestamp,
    /// [`Value::Uuid`].
    Uuid,
    /// [`Value::Json`], compared by value.
    Json,
    /// [`Value::Bits`].
    Bits,
    /// [`Value::Geometry`].
    Geometry,
}

impl Value<'_> {
    /// Appends the value's canonical bytes: equal for equal values of one form, whatever product they were read from, and
    /// different for others. All but bytes, geometry and floats are text that people can read. NULL has none.
    pub fn canonical(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => {}
            Self::Boolean(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Self::Integer(number) => shown(out, number),
            Self::Float(number) => out.extend_from_slice(&canonical_float(*number).to_bits().to_be_bytes()),
            Self::Float32(number) if number.is_nan() => out.extend_from_slice(&f32::NAN.to_bits().to_be_bytes()),
            // Adding zero makes a zero of -0, which equals it.
            Self::Float32(number) => out.extend_from_slice(&(number + 0.0).to_bits().to_be_bytes()),
            Self::Decimal(digits) => out.extend_from_slice(decimal::canonical(digits).as_bytes()),
            Self::Text(text) | Self::Bits(text) => out.extend_from_slice(text.as_bytes()),
            Self::Bytes(bytes) | Self::Geometry(bytes) => out.extend_from_slice(bytes),
            Self::Date(date) => shown(out, date),
            Self::Time(time) => shown(out, time),
            Self::DateTime(both) => shown(out, both),
            Self::Uuid(uuid) => super::codec::write_uuid(uuid, out),
            Self::Json(text) => match json::parse(text) {
                Ok(document) => document.canonical(out),
                // Only what no end could have stored as JSON comes here; it still has to differ from everything else.
                Err(_) => out.extend_from_slice(text.as_bytes()),
            },
        }
    }
}

fn canonical_float(number: f64) -> f64 {
    if number.is_nan() { f64::NAN } else { number + 0.0 }
}

/// Writing into memory can't fail.
fn shown(out: &mut Vec<u8>, value: &impl std::fmt::Display) {
    let _ = write!(out, "{value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(value: &Value<'_>) -> Vec<u8> {
        let mut out = vec![];
        value.canonical(&mut out);
        out
    }

    #[test]
    fn equal_values_are_equal_bytes() {
        let decimal = |text: &'static str| canonical(&Value::Decimal(text.into()));
        assert_eq!(decimal("1.50"), decimal("1.5"));
        assert_eq!(decimal("-0.00"), decimal("0"));
        assert_ne!(decimal("15"), decimal("1.5"));
        assert_eq!(canonical(&Value::Float(-0.0)), canonical(&Value::Float(0.0)));
        assert_eq!(canonical(&Value::Float(-f64::NAN)), canonical(&Value::Float(f64::NAN)));
        assert_ne!(
            canonical(&Value::Float(f64::NAN)),
            canonical(&Value::Float(f64::INFINITY))
        );
        let json = |text: &'static str| canonical(&Value::Json(text.into()));
        assert_eq!(json(r#"{"b":1.0, "aa":[]}"#), json(r#"{"aa": [], "b": 1}"#));
        assert_ne!(json("12345678901234567890.1"), json("12345678901234567890.2"));
    }
}
