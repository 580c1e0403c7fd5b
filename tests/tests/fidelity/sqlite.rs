//! SQLite's storage classes in columns of every affinity.

use crate::case::{Table, named};

/// Every kind of value, as SQL.
const VALUES: &[&str] = &[
    "NULL",
    "0",
    "-1",
    "1",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "0.0",
    "-0.0",
    "0.1",
    "1e100",
    "9e999",
    "-9e999",
    "5e-324",
    "3.0",
    "9007199254740993.0",
    "''",
    "' 1 '",
    "'1'",
    "'1.0'",
    "'1e3'",
    "'0x1f'",
    "'-0'",
    "'9e999'",
    "'00042'",
    "'9223372036854775808'",
    "'12345678901234567890123456789'",
    "'0.1000000000000000055511151231257827'",
    "'é😀'",
    "'a' || char(0) || 'b'",
    "char(0)",
    "CAST(x'ff41c328' AS TEXT)",
    "CAST(x'eda080' AS TEXT)",
    "char(65279) || 'bom'",
    "x''",
    "x'00'",
    "x'31'",
    "x'ff41c328'",
    "zeroblob(300000)",
    "'true'",
    "'2024-02-30'",
    "printf('%.*c', 300000, 'y')",
    "jsonb('{\"a\":[1.10,12345678901234567890.5,null]}')",
];

/// Declared types: one of each affinity, some of which are misunderstood by people, and none.
const DECLARED: &[&str] = &[
    "INTEGER",
    "INT",
    "TEXT",
    "VARCHAR(3)",
    "CLOB",
    "BLOB",
    "",
    "REAL",
    "DOUBLE PRECISION",
    "FLOAT",
    "NUMERIC",
    "DECIMAL(9,2)",
    "BOOLEAN",
    "DATE",
    "DATETIME",
    "JSON",
    "STRING",
    "FLOATING POINT",
    "CHARINT",
    "TEXT COLLATE NOCASE",
    "UUID",
    "BIGINT UNSIGNED",
];

/// What a STRICT column takes.
const STRICT: &[(&str, &[&str])] = &[
    (
        "INT",
        &["NULL", "0", "-9223372036854775808", "9223372036854775807", "'7'", "3.0"],
    ),
    ("INTEGER", &["NULL", "0", "-1"]),
    (
        "REAL",
        &["NULL", "-0.0", "0.1", "9e999", "1", "5e-324", "9007199254740993"],
    ),
    ("TEXT", &["NULL", "''", "'a' || char(0)", "CAST(x'ff' AS TEXT)", "12"]),
    ("BLOB", &["NULL", "x''", "x'00ff'"]),
    ("ANY", VALUES),
];

/// Every table.
pub(crate) fn tables() -> Vec<Table> {
    let mut tables: Vec<Table> = vec![];
    for (at, declared) in DECLARED.iter().enumerate() {
        let rows = VALUES.iter().map(|value| (*value).to_owned());
        tables.push(Table::new(format!("t{at}"), declared, "v", rows));
    }
    for (at, (declared, values)) in STRICT.iter().enumerate() {
        let mut table = Table::new(
            format!("s{at}"),
            declared,
            "v",
            values.iter().map(|value| (*value).to_owned()),
        );
        table.columns = format!("{}; STRICT", table.columns);
        tables.push(table);
    }
    let rows: Vec<&str> = VALUES.iter().filter(|value| **value != "NULL").copied().collect();
    let mut without = named("without", "v TEXT, w", "v", &rows);
    without.columns = format!("{}; WITHOUT ROWID", without.columns);
    tables.push(without);
    tables.push(named(
        "generated",
        "a, s GENERATED ALWAYS AS (a || 'x') STORED, w TEXT GENERATED ALWAYS AS (typeof(a)) VIRTUAL",
        "a",
        VALUES,
    ));
    tables.push(named(
        "spaces",
        r#""a b" TEXT, "Ä", "select", "x""y", "😀""#,
        r#""a b", "Ä", "select", "x""y", "😀""#,
        &["'a', 1, 2.5, x'00', 'b'"],
    ));
    tables
}
