//! Kinds of PostgreSQL's types.

use crate::model::Kind;

/// The kind of a base type by its name in `pg_type`, or by the words `array`, `enum` and `other` that stand for what
/// has no name of its own. A user's type that is named as a built-in one behaves as that: nobody names a type `int4`
/// for anything else.
pub(crate) fn of(word: &str) -> Kind {
    match word {
        "bool" => Kind::Boolean,
        "int2" | "int4" | "int8" | "oid" => Kind::Integer,
        "float4" | "float8" => Kind::Float,
        "numeric" => Kind::Decimal,
        "text" | "varchar" | "bpchar" | "char" | "name" | "citext" => Kind::Text,
        "bytea" => Kind::Bytes,
        "date" => Kind::Date,
        "time" => Kind::Time,
        "timestamp" => Kind::DateTime,
        "timestamptz" => Kind::Timestamp,
        "interval" => Kind::Interval,
        "uuid" => Kind::Uuid,
        "json" | "jsonb" => Kind::Json,
        "bit" | "varbit" => Kind::Bits,
        "enum" => Kind::Enum,
        "array" => Kind::Array,
        "geometry" | "geography" | "point" | "line" | "lseg" | "box" | "path" | "polygon" | "circle" => Kind::Geometry,
        _ => Kind::Other,
    }
}
