//! Values as texts outside of any product: in files.

use super::{Form, Misfit, Value, codec};

impl<'a> Value<'a> {
    /// Reads what [`write_text`](Self::write_text) writes of a value of that form. Bytes and geometry have no text.
    pub fn of_text(form: Form, text: &'a str) -> Result<Self, Misfit> {
        codec::from_text(form, text)
    }

    /// Appends the value as text, in one way for all products; bytes and geometry as they are, and nothing for NULL.
    pub fn write_text(&self, out: &mut Vec<u8>) {
        codec::to_text(self, out);
    }

    /// The same value on its own.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Boolean(truth) => Value::Boolean(truth),
            Self::Integer(number) => Value::Integer(number),
            Self::Float(number) => Value::Float(number),
            Self::Float32(number) => Value::Float32(number),
            Self::Decimal(text) => Value::Decimal(text.into_owned().into()),
            Self::Text(text) => Value::Text(text.into_owned().into()),
            Self::Bytes(bytes) => Value::Bytes(bytes.into_owned().into()),
            Self::Date(date) => Value::Date(date),
            Self::Time(time) => Value::Time(time),
            Self::DateTime(both) => Value::DateTime(both),
            Self::Uuid(uuid) => Value::Uuid(uuid),
            Self::Json(text) => Value::Json(text.into_owned().into()),
            Self::Bits(text) => Value::Bits(text.into_owned().into()),
            Self::Geometry(bytes) => Value::Geometry(bytes.into_owned().into()),
        }
    }
}
