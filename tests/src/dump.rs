//! Everything that is in a database, in a form that can be compared.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::database::{Database, TextRow};

/// All rows of every table, sorted. Equal dumps mean equal contents, duplicates counted.
pub type Dump = BTreeMap<String, Vec<TextRow>>;

/// Every row of every table.
pub fn all(database: &mut Database) -> Dump {
    let tables = tables(database);
    tables
        .into_iter()
        .map(|table| (table.clone(), rows(database, &table, "1 = 1")))
        .collect()
}

/// The rows of each table named in `conditions` that satisfy its condition; no rows of the others.
pub fn only(database: &mut Database, conditions: &BTreeMap<String, String>) -> Dump {
    let tables = tables(database);
    for table in conditions.keys() {
        assert!(tables.contains(table), "no table {table} among {tables:?}");
    }
    let condition = |table: &String| conditions.get(table).map_or("1 = 0", String::as_str);
    tables
        .into_iter()
        .map(|table| (table.clone(), rows(database, &table, condition(&table))))
        .collect()
}

/// Both together.
#[must_use]
pub fn plus(one: &Dump, other: &Dump) -> Dump {
    let mut sum = one.clone();
    for (table, rows) in other {
        let all = sum.entry(table.clone()).or_default();
        all.extend(rows.iter().cloned());
        all.sort();
    }
    sum
}

/// The first without the second, which must be part of it.
#[must_use]
pub fn minus(one: &Dump, other: &Dump) -> Dump {
    let mut rest = one.clone();
    for (table, rows) in other {
        let left = rest.entry(table.clone()).or_default();
        for row in rows {
            let at = left.iter().position(|other| other == row);
            left.remove(at.unwrap_or_else(|| panic!("{table} has no row {row:?}")));
        }
    }
    rest
}

/// The tables in which two dumps differ, with what differs, for people.
pub fn difference(found: &Dump, expected: &Dump) -> String {
    let mut text = String::new();
    for table in found
        .keys()
        .chain(expected.keys().filter(|table| !found.contains_key(*table)))
    {
        let (found, expected) = (found.get(table), expected.get(table));
        if found != expected {
            let _ = writeln!(text, "{table}\n  found    {found:?}\n  expected {expected:?}");
        }
    }
    text
}

/// Fails the test, naming the tables that differ.
#[track_caller]
pub fn assert_equal(what: &str, found: &Dump, expected: &Dump) {
    assert!(found == expected, "{what}:\n{}", difference(found, expected));
}

const POSTGRES_NAME: &str = "CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname";
const POSTGRES_TABLES: &str = "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema')";

/// `name`, or `schema.name` outside PostgreSQL's public schema.
fn tables(database: &mut Database) -> Vec<String> {
    let sql = match database.server().dialect() {
        "postgres" => &format!("SELECT {POSTGRES_NAME} FROM {POSTGRES_TABLES}"),
        "mysql" => {
            "SELECT table_name FROM information_schema.tables
             WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY 1"
        }
        _ => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1"
        }
    };
    let mut tables = database.column(sql);
    tables.sort();
    tables
}

fn rows(database: &mut Database, table: &str, condition: &str) -> Vec<TextRow> {
    let quoted = |name: &str, quote: char| format!("{quote}{}{quote}", name.replace(quote, &format!("{quote}{quote}")));
    let sql = match database.server().dialect() {
        "postgres" => {
            let both = format!(
                "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM {POSTGRES_TABLES} AND {POSTGRES_NAME} = {}",
                quoted(table, '\'')
            );
            let name = database.column(&both).remove(0);
            format!("SELECT t::text FROM {name} AS t WHERE {condition}")
        }
        "mysql" => {
            let columns = format!(
                "SELECT CONCAT(IF(data_type REGEXP 'binary|blob|bit|geometry|point', 'HEX', ''), '(`', REPLACE(column_name, '`', '``'), '`)')
                 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = {} ORDER BY ordinal_position",
                quoted(table, '\'')
            );
            format!(
                "SELECT {} FROM {} AS t WHERE {condition}",
                database.column(&columns).join(", "),
                quoted(table, '`')
            )
        }
        _ => {
            let columns = format!(
                "SELECT name FROM pragma_table_xinfo({}) ORDER BY cid",
                quoted(table, '\'')
            );
            // A number and its text are different values there.
            let columns = database
                .column(&columns)
                .into_iter()
                .map(|name| format!("quote({})", quoted(&name, '"')));
            format!(
                "SELECT {} FROM {} AS t WHERE {condition}",
                columns.collect::<Vec<_>>().join(", "),
                quoted(table, '"')
            )
        }
    };
    let mut rows = database.rows(&sql);
    rows.sort();
    rows
}
