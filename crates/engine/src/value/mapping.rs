//! The types that other products' columns get where tables are made on them.

use exodus_schema::Engine;

use super::domain::Text;
use super::{Domain, End, Refusal};

/// The type of a column on another product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedType {
    /// The type as it stands behind the column's name, with its character set and collation.
    pub sql: String,
    /// The only values, for a CHECK: the type does not limit them as the source's does.
    pub labels: Option<Vec<String>>,
    /// What people should know of it.
    pub remark: Option<&'static str>,
}

impl MappedType {
    fn new(sql: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            labels: None,
            remark: None,
        }
    }

    fn remark(mut self, remark: &'static str) -> Self {
        self.remark = Some(remark);
        self
    }
}

/// The type that holds the column's values on another product. `key_bytes`: the column is part of a key or an index, and
/// may take so many bytes of it (MySQL's keys end at 3,072 bytes).
pub fn mapped_type(from: &End<'_>, to: Engine, key_bytes: Option<u32>) -> Result<MappedType, Refusal> {
    let is_mysql = |engine| matches!(engine, Engine::MySql | Engine::MariaDb);
    if from.engine == to || (is_mysql(from.engine) && is_mysql(to) && !is_unknown(from, to)) {
        return Ok(MappedType::new(within_family(&from.column.native_type)));
    }
    let domain = Domain::of(from)?;
    match to {
        Engine::Postgres => Ok(postgres(from.engine, domain)),
        Engine::MySql | Engine::MariaDb => mysql(to, domain, key_bytes),
        Engine::Sqlite => Ok(sqlite(from.engine, domain)),
    }
}

/// A type that the other product of the family lacks.
fn is_unknown(from: &End<'_>, to: Engine) -> bool {
    let native = from.column.native_type.as_str();
    match to {
        Engine::MySql => ["uuid", "inet4", "inet6"].contains(&native),
        // It has vectors since 11.7, but nobody has looked at what they are beside MySQL's.
        _ => native.starts_with("vector"),
    }
}

/// The name that both products know.
fn within_family(native_type: &str) -> String {
    match native_type {
        "geomcollection" => "geometrycollection".to_owned(),
        other => other.to_owned(),
    }
}

const NO_COUNTERPART: &str = "kept as the text that the source shows, which it reads back";
const UTC: &str = "in UTC";

fn integer(least: i128, most: i128, names: &[(i128, i128, &'static str)]) -> Option<&'static str> {
    let fits = |(lower, upper, _): &&(i128, i128, &str)| *lower <= least && most <= *upper;
    names.iter().find(fits).map(|(_, _, name)| *name)
}

const POSTGRES_INTEGERS: &[(i128, i128, &str)] = &[
    (i16::MIN as i128, i16::MAX as i128, "smallint"),
    (i32::MIN as i128, i32::MAX as i128, "integer"),
    (i64::MIN as i128, i64::MAX as i128, "bigint"),
];

fn postgres(from: Engine, domain: Domain) -> MappedType {
    let sql = match domain {
        Domain::Boolean => "boolean".to_owned(),
        Domain::Integer { least, most } => integer(least, most, POSTGRES_INTEGERS)
            .unwrap_or("numeric(20)")
            .to_owned(),
        Domain::Year => "smallint".to_owned(),
        Domain::Float { single: true, .. } => "real".to_owned(),
        Domain::Float { .. } => "double precision".to_owned(),
        Domain::Decimal { digits: None, .. } => "numeric".to_owned(),
        Domain::Decimal {
            digits: Some((all, behind)),
            ..
        } => format!("numeric({all},{behind})"),
        Domain::Text(Text {
            characters: Some(most), ..
        }) => format!("character varying({})", most.max(1)),
        Domain::Text(_) => "text".to_owned(),
        Domain::Set(_) => return MappedType::new("text").remark("the names, separated by commas"),
        Domain::Opaque { .. } => return MappedType::new("text").remark(NO_COUNTERPART),
        Domain::Any => {
            return MappedType::new("text").remark("only texts; give the column a type on the source for other values");
        }
        Domain::Bytes { .. } => "bytea".to_owned(),
        Domain::Date => "date".to_owned(),
        Domain::Time { digits } if from == Engine::Sqlite => format!("time({digits}) without time zone"),
        Domain::Time { .. } => {
            return MappedType::new("interval").remark("it holds durations of more than a day, and negative ones");
        }
        Domain::Interval => "interval".to_owned(),
        Domain::DateTime { digits, utc: true, .. } => format!("timestamp({digits}) with time zone"),
        Domain::DateTime { digits, .. } => format!("timestamp({digits}) without time zone"),
        Domain::Uuid => "uuid".to_owned(),
        Domain::Json(super::domain::Json::Written) => "json".to_owned(),
        Domain::Json(_) => "jsonb".to_owned(),
        Domain::Bits { length, .. } => format!("bit({})", length.unwrap_or(1)),
        Domain::Enum(labels) => {
            return MappedType {
                labels,
                ..MappedType::new("text")
            };
        }
        Domain::Geometry { .. } => {
            return MappedType::new("bytea")
                .remark("well-known binary, with its reference system as PostGIS writes it");
        }
    };
    MappedType::new(sql)
}

const MYSQL_INTEGERS: &[(i128, i128, &str)] = &[
    (i16::MIN as i128, i16::MAX as i128, "smallint"),
    (i32::MIN as i128, i32::MAX as i128, "int"),
    (0, u32::MAX as i128, "int unsigned"),
    (i64::MIN as i128, i64::MAX as i128, "bigint"),
    (0, u64::MAX as i128, "bigint unsigned"),
];

/// Texts are compared by their bytes, blanks at their ends included, as the others do: two keys that differ there must not
/// be equal here.
fn by_bytes(to: Engine) -> &'static str {
    match to {
        Engine::MariaDb => "CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
        _ => "CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin",
    }
}

fn mysql(to: Engine, domain: Domain, key_bytes: Option<u32>) -> Result<MappedType, Refusal> {
    let sql = match domain {
        Domain::Boolean => "tinyint(1)".to_owned(),
        Domain::Integer { least, most } => integer(least, most, MYSQL_INTEGERS).unwrap_or("decimal(20)").to_owned(),
        Domain::Year => "year".to_owned(),
        Domain::Float { single: true, .. } => "float".to_owned(),
        Domain::Float { .. } => "double".to_owned(),
        Domain::Decimal { digits, .. } => return Ok(mysql_decimal(digits)),
        Domain::Text(text) => mysql_text(to, &text, key_bytes),
        Domain::Opaque { .. } | Domain::Interval => {
            return Ok(MappedType::new(mysql_text(to, &Text::default(), key_bytes)).remark(NO_COUNTERPART));
        }
        Domain::Json(_) => {
            let text = MappedType::new(mysql_text(to, &Text::default(), key_bytes));
            return Ok(text.remark("as text: the product's own JSON would make doubles of numbers"));
        }
        Domain::Any => {
            let text = MappedType::new(mysql_text(to, &Text::default(), key_bytes));
            return Ok(text.remark("only texts; give the column a type on the source for other values"));
        }
        Domain::Set(_) => mysql_text(to, &Text::default(), key_bytes),
        Domain::Bytes { .. } | Domain::Geometry { .. } => {
            key_bytes.map_or("longblob".to_owned(), |most| format!("varbinary({most})"))
        }
        Domain::Date => "date".to_owned(),
        Domain::Time { digits } => format!("time({digits})"),
        Domain::DateTime { digits, utc, .. } => {
            let mapped = MappedType::new(format!("datetime({digits})"));
            return Ok(if utc {
                mapped.remark("in UTC: the product's own timestamp ends in 2038")
            } else {
                mapped
            });
        }
        Domain::Uuid => {
            let mapped = MappedType::new("char(36) CHARACTER SET ascii COLLATE ascii_bin");
            return Ok(mapped.remark("text that people can read and every version knows; a binary(16) works, too"));
        }
        Domain::Bits {
            length: Some(length @ 1..=64),
            fixed: true,
        } => format!("bit({length})"),
        Domain::Bits { .. } => {
            let text = MappedType::new(mysql_text(to, &Text::default(), key_bytes));
            return Ok(text.remark("as the digits 0 and 1"));
        }
        Domain::Enum(Some(labels)) => return Ok(mysql_enum(to, &labels, key_bytes)),
        Domain::Enum(None) => {
            return Err(Refusal::new(
                "the labels of the type are not known",
                "read the schema again, with the type in it",
            ));
        }
    };
    Ok(MappedType::new(sql))
}

fn mysql_decimal(digits: Option<(i64, i64)>) -> MappedType {
    match digits {
        Some((all, behind)) if (0..=30).contains(&behind) && (behind.max(1)..=65).contains(&all) => {
            MappedType::new(format!("decimal({all},{behind})"))
        }
        Some((all, behind)) => {
            let (whole, behind) = ((all - behind).max(0), behind.clamp(0, 30));
            let all = (whole + behind).clamp(behind.max(1), 65);
            MappedType::new(format!("decimal({all},{behind})")).remark("numbers with more digits are refused")
        }
        None => MappedType::new("decimal(65,30)").remark(
            "numbers with more than 35 digits before the point or 30 behind it are refused; all get 30 behind it",
        ),
    }
}

/// Most bytes of a row that columns of texts may take share 65,535: only short ones are of variable length in it.
const SHORT: u64 = 255;

fn mysql_text(to: Engine, text: &Text, key_bytes: Option<u32>) -> String {
    let by_bytes = by_bytes(to);
    let most = text.characters.or(text.bytes);
    if let Some(bytes) = key_bytes {
        let room = u64::from(bytes / 4).max(1);
        return format!("varchar({}) {by_bytes}", most.unwrap_or(room).min(room));
    }
    match most {
        Some(most) if most <= SHORT && text.padded => format!("char({most}) {by_bytes}"),
        Some(most) if most <= SHORT => format!("varchar({most}) {by_bytes}"),
        _ => format!("longtext {by_bytes}"),
    }
}

fn mysql_enum(to: Engine, labels: &[String], key_bytes: Option<u32>) -> MappedType {
    // The server cuts off blanks at the end of a member, and has its own meaning for the empty one.
    let odd = |label: &String| label.is_empty() || label.ends_with(' ') || label.contains('\\');
    if labels.iter().any(odd) || labels.is_empty() {
        return MappedType {
            labels: Some(labels.to_vec()),
            ..MappedType::new(mysql_text(to, &Text::default(), Some(key_bytes.unwrap_or(1020))))
        };
    }
    let quoted: Vec<_> = labels
        .iter()
        .map(|label| format!("'{}'", label.replace('\'', "''")))
        .collect();
    MappedType::new(format!("enum({}) {}", quoted.join(","), by_bytes(to)))
}

/// Digits that a REAL keeps whatever they are.
const REAL_DIGITS: i64 = 15;

fn sqlite(from: Engine, domain: Domain) -> MappedType {
    let sql = match domain {
        Domain::Boolean => "BOOLEAN".to_owned(),
        Domain::Integer { most, .. } if most > i128::from(i64::MAX) => {
            return MappedType::new("INTEGER").remark("numbers beyond 9223372036854775807 are refused");
        }
        Domain::Integer { .. } | Domain::Year => "INTEGER".to_owned(),
        Domain::Float { .. } => return MappedType::new("REAL").remark("NaN is refused: SQLite would store NULL"),
        Domain::Decimal {
            digits: Some((all, behind)),
            ..
        } if all <= REAL_DIGITS && (0..=all).contains(&behind) => format!("DECIMAL({all},{behind})"),
        Domain::Decimal { .. } => {
            return MappedType::new("TEXT").remark("as digits: SQLite's own numbers keep 15 of them");
        }
        Domain::Text(_) | Domain::Any => "TEXT".to_owned(),
        Domain::Set(_) => return MappedType::new("TEXT").remark("the names, separated by commas"),
        Domain::Opaque { .. } | Domain::Interval => return MappedType::new("TEXT").remark(NO_COUNTERPART),
        Domain::Json(_) => {
            return MappedType::new("TEXT").remark("not JSON, by which SQLite would make numbers of some documents");
        }
        Domain::Bytes { .. } => "BLOB".to_owned(),
        Domain::Date => "DATE".to_owned(),
        Domain::Time { .. } => "TIME".to_owned(),
        Domain::DateTime { utc: true, .. } => return MappedType::new("TIMESTAMPTZ").remark(UTC),
        Domain::DateTime { .. } => "DATETIME".to_owned(),
        Domain::Uuid => "UUID".to_owned(),
        Domain::Bits {
            length: Some(1..=63), ..
        } if from != Engine::Postgres => "INTEGER".to_owned(),
        Domain::Bits { .. } => return MappedType::new("TEXT").remark("as the digits 0 and 1"),
        Domain::Enum(labels) => {
            return MappedType {
                labels,
                ..MappedType::new("TEXT")
            };
        }
        Domain::Geometry { .. } => {
            return MappedType::new("BLOB").remark("well-known binary, with its reference system as PostGIS writes it");
        }
    };
    MappedType::new(sql)
}
