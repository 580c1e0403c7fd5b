//! Kinds of SQLite's declared types.

use crate::model::Kind;

/// What the declared type says, whose name is the user's own choice: first the names that everybody uses, then the
/// rules by which SQLite itself gives an affinity. The values may still be of any kind.
pub(crate) fn of(declared: &str) -> Kind {
    let name = declared
        .split('(')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_uppercase();
    match name.as_str() {
        "" | "ANY" => return Kind::Other,
        "BOOLEAN" | "BOOL" => return Kind::Boolean,
        "DATE" => return Kind::Date,
        "TIME" => return Kind::Time,
        "DATETIME" | "TIMESTAMP" => return Kind::DateTime,
        "TIMESTAMPTZ" | "TIMESTAMP WITH TIME ZONE" => return Kind::Timestamp,
        "DECIMAL" | "NUMERIC" => return Kind::Decimal,
        "UUID" => return Kind::Uuid,
        "JSON" | "JSONB" => return Kind::Json,
        "POINT" => return Kind::Geometry,
        "INTERVAL" => return Kind::Interval,
        _ => {}
    }
    let has = |part: &str| name.contains(part);
    if has("INT") {
        Kind::Integer
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        Kind::Text
    } else if has("BLOB") || has("BINARY") || has("BYTEA") {
        Kind::Bytes
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        Kind::Float
    } else {
        Kind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_first_then_affinity() {
        for (declared, kind) in [
            ("varchar(40)", Kind::Text),
            ("UNSIGNED BIG INT", Kind::Integer),
            ("datetime", Kind::DateTime),
            ("NUMERIC(10,2)", Kind::Decimal),
            ("double precision", Kind::Float),
            ("varbinary(16)", Kind::Bytes),
            ("", Kind::Other),
            ("whatever", Kind::Other),
        ] {
            assert_eq!(of(declared), kind, "{declared}");
        }
    }
}
