//! What Parquet holds values as.

use std::fmt;
use std::str::FromStr;

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::errors::Result;
use parquet::schema::types::Type;

use crate::number::MOST_DIGITS;

/// Bytes of a decimal that needs more than 18 digits.
pub(crate) const WIDE: i32 = 16;
/// Bytes of a UUID.
pub(crate) const UUID: i32 = 16;

/// What a column's values are held as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Truth values.
    Boolean,
    /// Whole numbers.
    Integer {
        /// 8, 16, 32 or 64.
        bits: u8,
        /// Less than zero, too.
        signed: bool,
    },
    /// Exact numbers.
    Decimal {
        /// Digits in all: 38 at most.
        precision: u8,
        /// Digits behind the point.
        scale: u8,
    },
    /// Single precision.
    Float,
    /// Double precision.
    Double,
    /// Days.
    Date,
    /// Microseconds of a day.
    Time,
    /// Microseconds, without a zone.
    DateTime,
    /// Microseconds, in UTC.
    Timestamp,
    /// UUIDs.
    Uuid,
    /// JSON, as it was written.
    Json,
    /// Texts, as they are.
    Text,
    /// Bytes.
    Bytes,
    /// Values of other forms as texts.
    Written,
}

impl Stored {
    pub(crate) const LONG: Self = Self::Integer { bits: 64, signed: true };

    /// What Parquet calls the bytes of it.
    pub(crate) fn physical(self) -> Physical {
        match self {
            Self::Boolean => Physical::BOOLEAN,
            Self::Integer { bits: ..=32, .. } | Self::Decimal { precision: ..=9, .. } | Self::Date => Physical::INT32,
            Self::Integer { .. }
            | Self::Decimal { precision: ..=18, .. }
            | Self::Time
            | Self::DateTime
            | Self::Timestamp => Physical::INT64,
            Self::Decimal { .. } | Self::Uuid => Physical::FIXED_LEN_BYTE_ARRAY,
            Self::Float => Physical::FLOAT,
            Self::Double => Physical::DOUBLE,
            Self::Json | Self::Text | Self::Bytes | Self::Written => Physical::BYTE_ARRAY,
        }
    }

    fn logical(self) -> Option<LogicalType> {
        Some(match self {
            // What the bytes are says it already, and some readers know no more.
            Self::Boolean
            | Self::Float
            | Self::Double
            | Self::Bytes
            | Self::Integer {
                bits: 32 | 64,
                signed: true,
            } => return None,
            Self::Integer { bits, signed } => LogicalType::integer(i8::try_from(bits).unwrap_or(64), signed),
            Self::Decimal { precision, scale } => LogicalType::decimal(scale.into(), precision.into()),
            Self::Date => LogicalType::Date,
            Self::Time => LogicalType::time(false, TimeUnit::MICROS),
            Self::DateTime => LogicalType::timestamp(false, TimeUnit::MICROS),
            Self::Timestamp => LogicalType::timestamp(true, TimeUnit::MICROS),
            Self::Uuid => LogicalType::Uuid,
            Self::Json => LogicalType::Json,
            Self::Text | Self::Written => LogicalType::String,
        })
    }

    /// Bytes of each value, where all have the same.
    pub(crate) fn length(self) -> Option<i32> {
        match self {
            Self::Uuid => Some(UUID),
            Self::Decimal { .. } if self.physical() == Physical::FIXED_LEN_BYTE_ARRAY => Some(WIDE),
            _ => None,
        }
    }

    /// The column of a schema. Any may be NULL: a mask makes NULL of what was none.
    pub(crate) fn column(self, name: &str) -> Result<Type> {
        let mut column = Type::primitive_type_builder(name, self.physical())
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(self.logical());
        if let Some(length) = self.length() {
            column = column.with_length(length);
        }
        if let Self::Decimal { precision, scale } = self {
            column = column.with_precision(precision.into()).with_scale(scale.into());
        }
        column.build()
    }
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Boolean => "boolean",
            Self::Integer { bits, signed } => {
                let sign = if *signed { "" } else { "u" };
                return write!(f, "{sign}int{bits}");
            }
            Self::Decimal { precision, scale } => return write!(f, "decimal({precision},{scale})"),
            Self::Float => "float",
            Self::Double => "double",
            Self::Date => "date",
            Self::Time => "time",
            Self::DateTime => "datetime",
            Self::Timestamp => "timestamp",
            Self::Uuid => "uuid",
            Self::Json => "json",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Written => "written",
        })
    }
}

impl FromStr for Stored {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        const PLAIN: [Stored; 12] = [
            Stored::Boolean,
            Stored::Float,
            Stored::Double,
            Stored::Date,
            Stored::Time,
            Stored::DateTime,
            Stored::Timestamp,
            Stored::Uuid,
            Stored::Json,
            Stored::Text,
            Stored::Bytes,
            Stored::Written,
        ];
        if let Some(digits) = text.strip_prefix("decimal(").and_then(|rest| rest.strip_suffix(')')) {
            let (precision, scale) = digits.split_once(',').ok_or(())?;
            let (precision, scale) = (precision.parse().map_err(drop)?, scale.parse().map_err(drop)?);
            let exists = (1..=MOST_DIGITS).contains(&precision) && scale <= precision;
            return exists.then_some(Self::Decimal { precision, scale }).ok_or(());
        }
        let (signed, rest) = text.strip_prefix('u').map_or((true, text), |rest| (false, rest));
        if let Some(bits) = rest.strip_prefix("int") {
            let bits = bits.parse().map_err(drop)?;
            return [8, 16, 32, 64]
                .contains(&bits)
                .then_some(Self::Integer { bits, signed })
                .ok_or(());
        }
        PLAIN.into_iter().find(|stored| stored.to_string() == text).ok_or(())
    }
}
