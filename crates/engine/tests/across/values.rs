//! The types of each product, each with its values as SQL.

use exodus_schema::Engine::{self, MariaDb, MySql, Postgres, Sqlite};

use crate::mysql_types::{MARIADB_TYPES, MYSQL_TYPES, TYPES as BOTH_TYPES};
use crate::postgres_types::TYPES as POSTGRES_TYPES;

/// SQLite's: declared types, and values of all storage classes for each.
const SQLITE_DECLARED: &[&str] = &[
    "INTEGER",
    "TEXT",
    "VARCHAR(3)",
    "BLOB",
    "",
    "REAL",
    "NUMERIC",
    "DECIMAL(9,2)",
    "BOOLEAN",
    "DATE",
    "TIME",
    "DATETIME",
    "TIMESTAMPTZ",
    "JSON",
    "UUID",
    "BIGINT UNSIGNED",
    "INTERVAL",
];

const SQLITE_VALUES: &[&str] = &[
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
    "5e-324",
    "3.0",
    "''",
    "' 1 '",
    "'1'",
    "'1.50'",
    "'1e3'",
    "'00042'",
    "'12345678901234567890123456789'",
    "'é😀'",
    "'a' || char(0) || 'b'",
    "CAST(x'ff41c328' AS TEXT)",
    "x''",
    "x'00'",
    "x'ff41c328'",
    "'true'",
    "'2024-02-30'",
    "'2024-02-29'",
    "'2024-02-29 12:00:00'",
    "'2024-02-29 12:00:00.5'",
    "'2024-02-29T12:00:00Z'",
    "'-0043-03-15'",
    "'23:59:59.999999'",
    "'-838:59:59'",
    "'{\"b\": 1.50, \"a\": [1e400]}'",
    "'null'",
    "'{\"a\":1}'",
    "'6f1c7a34-11d2-4d70-9a9e-0242ac120002'",
    "'6F1C7A34-11D2-4D70-9A9E-0242AC120002'",
    "'1 day'",
    "12.34",
    "'trailing  '",
];

/// All types of a product, each with its values as SQL.
pub(crate) fn types(engine: Engine) -> Vec<(String, Vec<String>)> {
    let owned = |(name, values): &(&str, &[&str])| {
        let values = values.iter().map(|value| value_sql(engine, name, value));
        ((*name).to_owned(), values.collect())
    };
    match engine {
        Postgres => {
            let mut all: Vec<_> = POSTGRES_TYPES.iter().map(owned).collect();
            all.extend(
                [
                    ("integer[]", &["{}", "{1,NULL,-3}", "{{1,2},{3,4}}", "[0:1]={5,6}"][..]),
                    ("text[]", &["{NULL,\"NULL\",\"\",\"a,b\\\\c\\\"\"}"]),
                    ("public.mood", &["sad", "it''s ok", "é"]),
                    ("public.mood[]", &["{sad,NULL}"]),
                    ("public.pair", &["(1,)", "(,\"a b\")"]),
                ]
                .iter()
                .map(owned),
            );
            all
        }
        MySql => BOTH_TYPES.iter().chain(MYSQL_TYPES).map(owned).collect(),
        MariaDb => {
            let mut all: Vec<_> = BOTH_TYPES.iter().chain(MARIADB_TYPES).map(owned).collect();
            // Newer patch releases of MariaDB store no such zero, and exodus takes all of them for new ones.
            for (_, values) in &mut all {
                values.retain(|value| value != "-0e0");
            }
            all
        }
        Sqlite => {
            let values: Vec<String> = SQLITE_VALUES.iter().map(|value| (*value).to_owned()).collect();
            SQLITE_DECLARED
                .iter()
                .map(|name| ((*name).to_owned(), values.clone()))
                .collect()
        }
    }
}

fn value_sql(engine: Engine, name: &str, value: &str) -> String {
    if engine != Postgres {
        return value.to_owned();
    }
    match value.strip_prefix('=') {
        Some(expression) => expression.to_owned(),
        None if name.starts_with("public.mood") => format!("'{value}'::{name}"),
        None => format!("'{}'::{name}", value.replace('\'', "''")),
    }
}
