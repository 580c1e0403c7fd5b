//! Kinds of MySQL's and MariaDB's types.

use crate::model::Kind;

/// The kind of a type by its `DATA_TYPE`.
///
/// `tinyint(1)` is what BOOLEAN becomes, but it holds -128 to 127, and MySQL's drivers disagree on what it means: an
/// integer it is.
pub(crate) fn of(data_type: &str) -> Kind {
    match data_type.to_ascii_lowercase().as_str() {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" => Kind::Integer,
        "float" | "double" => Kind::Float,
        "decimal" => Kind::Decimal,
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => Kind::Text,
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Kind::Bytes,
        "date" => Kind::Date,
        "time" => Kind::Time,
        "datetime" => Kind::DateTime,
        "timestamp" => Kind::Timestamp,
        "uuid" => Kind::Uuid,
        "json" => Kind::Json,
        "bit" => Kind::Bits,
        "enum" | "set" => Kind::Enum,
        "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring" | "multipolygon"
        | "geometrycollection" | "geomcollection" => Kind::Geometry,
        _ => Kind::Other,
    }
}
