//! Names as literals inside catalogue queries.

use std::fmt::Write as _;

/// A PostgreSQL text literal. The `E''` form means the same whatever `standard_conforming_strings` is.
pub(super) fn postgres(text: &str) -> String {
    format!("E'{}'", text.replace('\\', r"\\").replace('\'', "''"))
}

/// A MySQL or MariaDB text literal, in hexadecimal digits: a backslash in quotes would mean different things with and
/// without `NO_BACKSLASH_ESCAPES`.
pub(super) fn mysql(text: &str) -> String {
    let mut out = String::from("_utf8mb4 X'");
    for byte in text.bytes() {
        // Writing to a String can't fail.
        let _ = write!(out, "{byte:02X}");
    }
    out.push('\'');
    out
}

/// The literals with commas between; never an empty list, which no engine accepts after IN.
pub(super) fn list(names: &[String], literal: impl Fn(&str) -> String) -> String {
    match names {
        [] => "NULL".to_owned(),
        names => names.iter().map(|name| literal(name)).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes_stay_inside() {
        assert_eq!(postgres(r"a'b\"), r"E'a''b\\'");
        assert_eq!(mysql("a'\\é"), "_utf8mb4 X'61275CC3A9'");
        assert_eq!(mysql(""), "_utf8mb4 X''");
    }

    #[test]
    fn a_list_is_never_empty() {
        assert_eq!(list(&[], postgres), "NULL");
        assert_eq!(list(&["a".into(), "b".into()], postgres), "E'a', E'b'");
    }
}
