//! What a column is stored as: what its type says, where its values let it.

use exodus_engine::value::{Form, Value};
use exodus_schema::Kind;

use crate::number::{MOST_DIGITS, days, microseconds, of_day, scale, unscaled};
use crate::stored::Stored;
use crate::{Column, Texts};

/// What a column's type says of how its values are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Natural {
    Of(Stored),
    /// Decimals without declared digits: those that all have the same number behind the point.
    Scale,
    /// Columns of SQLite, whose values each have a class of their own.
    Class,
}

/// A column, and what was seen of its values.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    column: Column,
    natural: Natural,
    /// What all values seen so far fit; nothing as long as all were NULL.
    seen: Option<Stored>,
}

impl Choice {
    pub(crate) fn new(column: Column) -> Self {
        Self {
            natural: natural(&column),
            column,
            seen: None,
        }
    }

    pub(crate) fn column(&self) -> &Column {
        &self.column
    }

    /// Looks at a value; what it is stored as on its own, nothing for NULL.
    pub(crate) fn see(&mut self, value: &Value<'_>) -> Option<Stored> {
        if matches!(value, Value::Null) {
            return None;
        }
        let fitting = self.fitting(value);
        self.seen = match self.seen {
            Some(seen) if seen != fitting => Some(Stored::Written),
            _ => Some(fitting),
        };
        Some(fitting)
    }

    /// What all values can be stored as.
    pub(crate) fn chosen(&self) -> Stored {
        self.seen.unwrap_or_else(|| match self.natural {
            Natural::Of(stored) => stored,
            Natural::Scale => Stored::Written,
            Natural::Class => declared_class(&self.column.native_type),
        })
    }

    fn fitting(&self, value: &Value<'_>) -> Stored {
        let stored = match (self.natural, value) {
            (Natural::Of(stored), _) => Some(stored),
            (Natural::Scale, Value::Decimal(text)) => scale(text).map(|scale| Stored::Decimal {
                precision: MOST_DIGITS,
                scale,
            }),
            (Natural::Class, Value::Integer(_)) => Some(Stored::LONG),
            (Natural::Class, Value::Float(_)) => Some(Stored::Double),
            (Natural::Class, Value::Text(_)) => Some(Stored::Text),
            (Natural::Class, Value::Bytes(_)) => Some(Stored::Bytes),
            _ => None,
        };
        stored.filter(|stored| fits(*stored, value)).unwrap_or(Stored::Written)
    }
}

/// The value comes back as what it is.
fn fits(stored: Stored, value: &Value<'_>) -> bool {
    match (stored, value) {
        (Stored::Boolean, Value::Boolean(_))
        | (Stored::Float, Value::Float32(_))
        | (Stored::Double, Value::Float(_))
        | (Stored::Uuid, Value::Uuid(_))
        | (Stored::Json, Value::Json(_) | Value::Text(_))
        | (Stored::Text, Value::Text(_))
        | (Stored::Bytes, Value::Bytes(_) | Value::Geometry(_)) => true,
        (Stored::Integer { bits, signed }, Value::Integer(number)) => {
            let span = 1_i128 << bits;
            let least = if signed { -span / 2 } else { 0 };
            (least..least + span).contains(number)
        }
        (Stored::Decimal { precision, scale }, Value::Decimal(text)) => unscaled(text, precision, scale).is_some(),
        (Stored::Date, Value::Date(date)) => days(*date).is_some(),
        (Stored::Time, Value::Time(time)) => of_day(*time).is_some(),
        (Stored::DateTime | Stored::Timestamp, Value::DateTime(both)) => microseconds(*both).is_some(),
        _ => false,
    }
}

fn natural(column: &Column) -> Natural {
    Natural::Of(match column.form {
        Form::Any => return Natural::Class,
        Form::Decimal => return decimal(column).map_or(Natural::Scale, Natural::Of),
        Form::Boolean => Stored::Boolean,
        Form::Integer => integer(&column.native_type),
        Form::Float => Stored::Double,
        Form::Float32 => Stored::Float,
        Form::Text if column.kind == Kind::Json => Stored::Json,
        Form::Json => Stored::Json,
        Form::Text => Stored::Text,
        Form::Bytes | Form::Geometry => Stored::Bytes,
        Form::Date => Stored::Date,
        Form::Time => Stored::Time,
        Form::DateTime => Stored::DateTime,
        Form::Timestamp => Stored::Timestamp,
        Form::Uuid => Stored::Uuid,
        Form::Bits => Stored::Written,
    })
}

/// `bigint unsigned`. A type of another name has 64 bits.
fn integer(native_type: &str) -> Stored {
    let lower = native_type.to_ascii_lowercase();
    let base = lower.split(['(', ' ']).next().unwrap_or_default();
    let (bits, plus_only) = match base {
        "tinyint" => (8, false),
        "smallint" | "year" => (16, false),
        "mediumint" | "int" | "integer" => (32, false),
        "oid" => (32, true),
        _ => (64, false),
    };
    Stored::Integer {
        bits,
        signed: !plus_only && !lower.contains("unsigned"),
    }
}

/// `numeric(9,2)`. A scale below zero, or one of more digits than there are, is PostgreSQL's.
fn decimal(column: &Column) -> Option<Stored> {
    let lower = column.native_type.to_ascii_lowercase();
    let (base, rest) = lower.split_once('(')?;
    if !matches!(base.trim_end(), "numeric" | "decimal") {
        return None;
    }
    let (digits, _) = rest.split_once(')')?;
    let mut digits = digits.split(',').map(|part| part.trim().parse::<i64>());
    let (precision, scale) = (digits.next()?.ok()?, digits.next().unwrap_or(Ok(0)).ok()?);
    let precision = (precision - scale.min(0)).max(scale);
    let precision = u8::try_from(precision)
        .ok()
        .filter(|digits| (1..=MOST_DIGITS).contains(digits))?;
    Some(Stored::Decimal {
        precision,
        scale: u8::try_from(scale.max(0)).ok()?,
    })
}

/// What SQLite would make of most values; for a column of which no value is known.
fn declared_class(native_type: &str) -> Stored {
    let declared = native_type.to_ascii_uppercase();
    let has = |part: &str| declared.contains(part);
    if has("INT") {
        Stored::LONG
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        Stored::Double
    } else if has("BLOB") || declared.is_empty() {
        Stored::Bytes
    } else {
        Stored::Text
    }
}

impl Texts {
    pub(crate) fn of(self, form: Form, value: &Value<'_>) -> Vec<u8> {
        let mut text = vec![];
        (self.write)(form, value, &mut text);
        text
    }
}
