//! What a column can hold.

use exodus_schema::{Column, Engine, Kind};

use super::limits::Charset;
use super::native::{Native, members, native};
use super::{End, Refusal};

/// The values of a column. Numbers are the type's own limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Domain {
    /// SQLite: a value of any storage class.
    Any,
    Boolean,
    Integer {
        least: i128,
        most: i128,
    },
    /// MySQL: 0 and 1901 to 2155.
    Year,
    Float {
        /// Single precision.
        single: bool,
        /// NaN and the infinities.
        special: bool,
        /// MySQL's `float(7,3)`: digits in all and behind the point.
        digits: Option<(u32, u32)>,
        unsigned: bool,
    },
    Decimal {
        /// Digits in all, and behind the point; none: as many as the product knows.
        digits: Option<(i64, i64)>,
        /// NaN and the infinities.
        special: bool,
        unsigned: bool,
    },
    Text(Text),
    /// What only its own server understands: arrays, ranges, addresses. It travels in that server's text form.
    Opaque {
        native_type: String,
    },
    Bytes {
        /// Always this long.
        exactly: Option<u64>,
        most: Option<u64>,
    },
    Date,
    Time {
        digits: u32,
    },
    /// PostgreSQL's.
    Interval,
    DateTime {
        digits: u32,
        /// In UTC, by its type.
        utc: bool,
        /// MySQL's `timestamp` ends in 2038.
        short: bool,
    },
    Uuid,
    Json(Json),
    Bits {
        length: Option<u64>,
        fixed: bool,
    },
    /// Names, if they are known.
    Enum(Option<Vec<String>>),
    /// Any of these names, separated by commas.
    Set(Vec<String>),
    Geometry {
        /// The only kind that it takes, by its number in well-known binary.
        kind: Option<u32>,
    },
}

/// A text's limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) characters: Option<u64>,
    /// In the column's own character set.
    pub(crate) bytes: Option<u64>,
    /// Blanks at the end are not part of the value.
    pub(crate) padded: bool,
    pub(crate) charset: Charset,
}

/// What becomes of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    /// It is kept as it was written.
    Written,
    /// `jsonb`: keys are sorted, numbers are exact.
    Sorted,
    /// MySQL's: keys are sorted, numbers are 64-bit integers or doubles.
    Doubles,
}

/// What SQLite does to a value that is stored in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Affinity {
    Integer,
    Text,
    None,
    Real,
    Numeric,
}

impl Affinity {
    /// By the rules of SQLite's manual, in their order.
    pub(crate) fn of(declared: &str) -> Self {
        let declared = declared.to_ascii_uppercase();
        let has = |part: &str| declared.contains(part);
        if has("INT") {
            Self::Integer
        } else if has("CHAR") || has("CLOB") || has("TEXT") {
            Self::Text
        } else if has("BLOB") || declared.trim().is_empty() {
            Self::None
        } else if has("REAL") || has("FLOA") || has("DOUB") {
            Self::Real
        } else {
            Self::Numeric
        }
    }

    /// A text that looks like a number becomes one.
    pub(crate) fn turns_texts_into_numbers(self) -> bool {
        matches!(self, Self::Integer | Self::Real | Self::Numeric)
    }
}

impl Domain {
    /// What the column holds, or why it can't be moved to another product.
    pub(crate) fn of(end: &End<'_>) -> Result<Self, Refusal> {
        match end.engine {
            Engine::Postgres => Ok(postgres(end)),
            Engine::MySql | Engine::MariaDb => mysql(end.column),
            Engine::Sqlite => Ok(sqlite(end.column)),
        }
    }
}

const I64: (i128, i128) = (i64::MIN as i128, i64::MAX as i128);

fn integer((least, most): (i128, i128)) -> Domain {
    Domain::Integer { least, most }
}

fn digits_of(native: &Native, default: u32) -> u32 {
    native
        .length()
        .and_then(|digits| u32::try_from(digits).ok())
        .unwrap_or(default)
}

fn postgres(end: &End<'_>) -> Domain {
    let column = end.column;
    let native = native(&column.native_type);
    let opaque = || Domain::Opaque {
        native_type: column.native_type.clone(),
    };
    if column.text_only && column.kind != Kind::Enum {
        return opaque();
    }
    match column.kind {
        Kind::Boolean => Domain::Boolean,
        Kind::Integer => match native.base.as_str() {
            "smallint" => integer((i16::MIN.into(), i16::MAX.into())),
            "integer" => integer((i32::MIN.into(), i32::MAX.into())),
            "oid" => integer((0, u32::MAX.into())),
            // A domain does not say which it is of.
            _ => integer(I64),
        },
        Kind::Float => Domain::Float {
            single: native.base == "real",
            special: true,
            digits: None,
            unsigned: false,
        },
        Kind::Decimal => Domain::Decimal {
            digits: match native.numbers.as_slice() {
                [digits, scale] => Some((*digits, *scale)),
                [digits] => Some((*digits, 0)),
                _ => None,
            },
            special: true,
            unsigned: false,
        },
        Kind::Text => Domain::Text(postgres_text(&native)),
        Kind::Bytes => Domain::Bytes {
            exactly: None,
            most: None,
        },
        Kind::Date => Domain::Date,
        Kind::Time => Domain::Time {
            digits: digits_of(&native, 6),
        },
        Kind::Interval => Domain::Interval,
        Kind::DateTime | Kind::Timestamp => Domain::DateTime {
            digits: digits_of(&native, 6),
            utc: column.kind == Kind::Timestamp,
            short: false,
        },
        Kind::Uuid => Domain::Uuid,
        Kind::Json if native.base == "json" => Domain::Json(Json::Written),
        Kind::Json => Domain::Json(Json::Sorted),
        Kind::Bits => Domain::Bits {
            length: native.length(),
            fixed: native.base == "bit",
        },
        Kind::Enum => Domain::Enum(end.labels.map(<[String]>::to_vec)),
        Kind::Array | Kind::Geometry | Kind::Other => opaque(),
    }
}

fn postgres_text(native: &Native) -> Text {
    let (characters, bytes) = match native.base.as_str() {
        "character varying" | "character" => (native.length(), None),
        "name" => (None, Some(63)),
        "\"char\"" => (None, Some(1)),
        _ => (None, None),
    };
    Text {
        characters,
        bytes,
        padded: native.base == "character",
        charset: Charset::WithoutNul,
    }
}

fn mysql(column: &Column) -> Result<Domain, Refusal> {
    let native = native(&column.native_type);
    let unsigned = native.has("unsigned");
    let base = native.base.split(' ').next().unwrap_or_default();
    let text = |characters, bytes, padded| {
        Domain::Text(Text {
            characters,
            bytes,
            padded,
            charset: Charset::of(column.charset.as_deref()),
        })
    };
    let bytes = |exactly, most| Domain::Bytes { exactly, most };
    let whole = |bits: u32| {
        let span = 1_i128 << bits;
        integer(if unsigned {
            (0, span - 1)
        } else {
            (-span / 2, span / 2 - 1)
        })
    };
    Ok(match base {
        "tinyint" => whole(8),
        "smallint" => whole(16),
        "mediumint" => whole(24),
        "int" => whole(32),
        "bigint" => whole(64),
        "year" => Domain::Year,
        "float" | "double" => Domain::Float {
            single: base == "float",
            special: false,
            digits: match native.numbers.as_slice() {
                [all, behind] => u32::try_from(*all).ok().zip(u32::try_from(*behind).ok()),
                _ => None,
            },
            unsigned,
        },
        "decimal" => Domain::Decimal {
            digits: match native.numbers.as_slice() {
                [digits, scale] => Some((*digits, *scale)),
                [digits] => Some((*digits, 0)),
                _ => Some((10, 0)),
            },
            special: false,
            unsigned,
        },
        "char" => text(Some(native.length().unwrap_or(1)), None, true),
        "varchar" => text(native.length(), Some(65_535), false),
        "tinytext" => text(None, Some(255), false),
        "text" => text(None, Some(65_535), false),
        "mediumtext" => text(None, Some(16_777_215), false),
        "longtext" => text(None, Some(u32::MAX.into()), false),
        "binary" => bytes(Some(native.length().unwrap_or(1)), None),
        "varbinary" => bytes(None, native.length()),
        "tinyblob" => bytes(None, Some(255)),
        "blob" => bytes(None, Some(65_535)),
        "mediumblob" => bytes(None, Some(16_777_215)),
        "longblob" => bytes(None, Some(u32::MAX.into())),
        "date" => Domain::Date,
        "time" => Domain::Time {
            digits: digits_of(&native, 0),
        },
        "datetime" | "timestamp" => Domain::DateTime {
            digits: digits_of(&native, 0),
            utc: base == "timestamp",
            short: base == "timestamp",
        },
        "json" => Domain::Json(Json::Doubles),
        "uuid" => Domain::Uuid,
        "inet4" | "inet6" => Domain::Opaque {
            native_type: column.native_type.clone(),
        },
        "bit" => Domain::Bits {
            length: Some(native.length().unwrap_or(1)),
            fixed: true,
        },
        "enum" => Domain::Enum(Some(members(&column.native_type))),
        "set" => mysql_set(column)?,
        _ if column.kind == Kind::Geometry => Domain::Geometry { kind: geometry(base) },
        _ => {
            return Err(Refusal::new(
                format!("{} has no counterpart in other products", column.native_type),
                "move it within the product, or change the column's type first",
            ));
        }
    })
}

fn geometry(base: &str) -> Option<u32> {
    Some(match base {
        "point" => 1,
        "linestring" => 2,
        "polygon" => 3,
        "multipoint" => 4,
        "multilinestring" => 5,
        "multipolygon" => 6,
        "geometrycollection" | "geomcollection" => 7,
        _ => return None,
    })
}

fn mysql_set(column: &Column) -> Result<Domain, Refusal> {
    let members = members(&column.native_type);
    if members.iter().any(String::is_empty) {
        return Err(Refusal::new(
            "a SET with an empty name in it shows the set of that name as it shows the empty set",
            "give the member a name first",
        ));
    }
    Ok(Domain::Set(members))
}

fn sqlite(column: &Column) -> Domain {
    match column.kind {
        Kind::Boolean => Domain::Boolean,
        Kind::Integer => integer(I64),
        Kind::Float => Domain::Float {
            single: false,
            special: true,
            digits: None,
            unsigned: false,
        },
        Kind::Decimal => Domain::Decimal {
            digits: None,
            special: true,
            unsigned: false,
        },
        // A declared length means nothing to SQLite.
        Kind::Text | Kind::Interval => Domain::Text(Text::default()),
        Kind::Bytes => Domain::Bytes {
            exactly: None,
            most: None,
        },
        Kind::Date => Domain::Date,
        Kind::Time => Domain::Time { digits: 6 },
        Kind::DateTime | Kind::Timestamp => Domain::DateTime {
            digits: 6,
            utc: column.kind == Kind::Timestamp,
            short: false,
        },
        Kind::Uuid => Domain::Uuid,
        Kind::Json => Domain::Json(Json::Written),
        Kind::Bits | Kind::Enum | Kind::Array | Kind::Geometry | Kind::Other => Domain::Any,
    }
}
