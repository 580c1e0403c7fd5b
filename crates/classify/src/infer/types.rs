//! Whether a column could hold the values of another.

use exodus_schema::{Column, Engine, Kind};

/// How badly the types fit: what is taken off the confidence, with the reason. `None`: they can't be a reference.
pub(super) fn misfit(engine: Engine, child: &Column, parent: &Column) -> Option<(f64, Option<String>)> {
    let (shape, other) = (Shape::of(engine, child)?, Shape::of(engine, parent)?);
    let off = shape.misfit(&other, engine)?;
    let reason = (off >= 0.03).then(|| {
        format!(
            "its type is {}, that of the parent {}",
            shown(&child.native_type),
            shown(&parent.native_type)
        )
    });
    Some((off, reason))
}

fn shown(native: &str) -> &str {
    if native.is_empty() { "not said" } else { native }
}

/// Whether values of such a column can be a key at all.
pub(super) fn can_be_key(engine: Engine, column: &Column) -> bool {
    Shape::of(engine, column).is_some()
}

/// What matters of a type when values are compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// Bits and whether negative numbers are left out.
    Integer { bits: u32, unsigned: bool },
    /// An exact number without decimals, by its digits.
    Digits(u32),
    /// A UUID of the engine's own type.
    Uuid,
    /// Text by its length in characters, if it has one.
    Text(Option<u32>),
    /// Bytes by their number, if it is fixed or bounded.
    Bytes(Option<u32>),
    /// Nothing is said (SQLite).
    Untyped,
    /// Any other type that is equal only to itself.
    Named(String),
}

impl Shape {
    /// The shape of a column; `None` for types whose values identify nothing.
    pub(super) fn of(engine: Engine, column: &Column) -> Option<Self> {
        let native = column.native_type.to_lowercase();
        let length = arguments(&native).first().copied();
        Some(match column.kind {
            // BOOLEAN, as MySQL writes it.
            Kind::Integer if native.starts_with("tinyint(1)") || native.starts_with("year") => return None,
            Kind::Integer => Self::Integer {
                bits: bits(&native, engine),
                unsigned: native.contains("unsigned"),
            },
            Kind::Decimal => match arguments(&native)[..] {
                [digits] | [digits, 0] => Self::Digits(digits),
                _ => return None,
            },
            Kind::Uuid => Self::Uuid,
            Kind::Text => Self::Text(length),
            Kind::Bytes => Self::Bytes(length),
            Kind::Other | Kind::Enum if !native.is_empty() => Self::Named(native),
            Kind::Other => Self::Untyped,
            Kind::Boolean
            | Kind::Float
            | Kind::Date
            | Kind::Time
            | Kind::DateTime
            | Kind::Timestamp
            | Kind::Interval
            | Kind::Json
            | Kind::Bits
            | Kind::Array
            | Kind::Geometry
            | Kind::Enum => return None,
        })
    }

    fn misfit(&self, parent: &Self, engine: Engine) -> Option<f64> {
        let loose = engine == Engine::Sqlite;
        Some(match (self, parent) {
            (
                Self::Integer { bits, unsigned },
                Self::Integer {
                    bits: wide,
                    unsigned: positive,
                },
            ) => {
                let width = if bits == wide {
                    0.0
                } else if bits > wide {
                    0.04
                } else if bits * 2 >= *wide {
                    0.08
                } else {
                    0.3
                };
                width + if unsigned == positive { 0.0 } else { 0.04 }
            }
            (Self::Digits(digits), Self::Digits(most)) => {
                if digits == most {
                    0.0
                } else {
                    0.06
                }
            }
            (Self::Digits(_), Self::Integer { .. }) | (Self::Integer { .. }, Self::Digits(_)) => 0.1,
            (Self::Text(length), Self::Text(most)) => match (length, most) {
                (one, other) if one == other => 0.0,
                _ if loose => 0.02,
                (None, _) | (_, None) => 0.05,
                (Some(length), Some(most)) if length > most => 0.06,
                _ => 0.1,
            },
            (Self::Uuid, Self::Text(length)) | (Self::Text(length), Self::Uuid) => match length {
                Some(32 | 36 | 38) => 0.03,
                _ if loose => 0.03,
                None | Some(37..) => 0.3,
                Some(_) => return None,
            },
            (Self::Bytes(length), Self::Bytes(most)) => {
                if length == most {
                    0.0
                } else {
                    0.1
                }
            }
            (Self::Uuid, Self::Bytes(length)) | (Self::Bytes(length), Self::Uuid) => match length {
                Some(16) => 0.08,
                _ if loose => 0.08,
                _ => return None,
            },
            (Self::Untyped, _) | (_, Self::Untyped) => 0.06,
            (one, other) if one == other => 0.0,
            _ => return None,
        })
    }
}

/// The numbers in the parentheses of a type.
fn arguments(native: &str) -> Vec<u32> {
    let inside = native
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'))
        .map_or("", |(inside, _)| inside);
    inside.split(',').filter_map(|part| part.trim().parse().ok()).collect()
}

fn bits(native: &str, engine: Engine) -> u32 {
    // SQLite gives eight bytes to whatever is called INT.
    if engine == Engine::Sqlite {
        return 64;
    }
    let name = native.split(['(', ' ']).next().unwrap_or_default();
    match name {
        "tinyint" => 8,
        "smallint" | "int2" | "smallserial" | "serial2" => 16,
        "mediumint" => 24,
        "bigint" | "int8" | "bigserial" | "serial8" => 64,
        _ => 32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::fixture::column;

    fn off(engine: Engine, child: &str, parent: &str) -> Option<f64> {
        misfit(engine, &column(&format!("c {child}")), &column(&format!("p {parent}"))).map(|(off, _)| off)
    }

    #[test]
    fn what_can_hold_a_key_and_what_cannot() {
        let pg = Engine::Postgres;
        assert_eq!(off(pg, "bigint", "bigint"), Some(0.0));
        assert!(off(pg, "bigint", "integer") < off(pg, "integer", "bigint"));
        assert!(off(pg, "smallint", "bigint") > Some(0.2));
        assert_eq!(off(pg, "text", "bigint"), None);
        assert_eq!(off(pg, "uuid", "bigint"), None);
        assert_eq!(off(pg, "timestamp", "timestamp"), None);
        assert!(off(pg, "character varying", "uuid") > Some(0.2));
        assert!(off(pg, "character varying(36)", "uuid") < Some(0.1));
        assert_eq!(off(pg, "character varying(8)", "uuid"), None);
        assert!(off(Engine::Sqlite, "text", "uuid") < Some(0.1));
        assert_eq!(off(Engine::Sqlite, "int", "bigint"), Some(0.0));
        assert!(off(Engine::MySql, "int unsigned", "int") > Some(0.0));
        assert_eq!(off(Engine::MySql, "tinyint(1)", "tinyint"), None);
        assert_eq!(off(Engine::MySql, "binary(16)", "char(36)"), None);
        assert_eq!(off(Engine::MySql, "decimal(10,2)", "decimal(10,2)"), None);
        assert_eq!(off(Engine::MySql, "decimal(10,0)", "decimal(10,0)"), Some(0.0));
    }
}
