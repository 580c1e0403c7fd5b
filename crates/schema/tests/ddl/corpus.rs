//! Real dumps: broken at random, and beside another reader. `EXODUS_CORPUS` says where they are, if not beside the workspace.

use std::path::{Path, PathBuf};

use exodus_schema::{Engine, Schema, ddl};
use sqlparser::ast::{ObjectName, Statement};
use sqlparser::dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

use super::broken::{announced, debris_at};

/// The dumps that there are, by folder.
fn dumps() -> Vec<(String, String)> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let corpus = std::env::var_os("EXODUS_CORPUS").map_or_else(beside, PathBuf::from);
    let Ok(entries) = std::fs::read_dir(&corpus) else {
        eprintln!("SKIPPED: the real schemas, because {} is not there", corpus.display());
        return vec![];
    };
    let mut folders: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    folders.sort();
    let dump = |folder: &PathBuf| {
        let bytes = std::fs::read(folder.join("dump.sql")).ok()?;
        let name = folder.file_name()?.to_string_lossy().into_owned();
        Some((name, ddl::decode(&bytes).expect("it is text").into_owned()))
    };
    folders.iter().filter_map(dump).collect()
}

fn count(schema: &Schema) -> usize {
    schema.tables.iter().map(|table| 1 + table.partitions.len()).sum()
}

/// A generator of numbers that is the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or(0) % limit.max(1)
    }
}

#[test]
fn broken_dumps_lose_no_table_silently() {
    for (name, text) in dumps() {
        let engine = ddl::read(&text, None).expect("a schema").engine;
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let rounds = if cfg!(debug_assertions) { 12 } else { 300 };
        for _ in 0..rounds {
            // A part of the dump is as good as all of it, and faster.
            let begin = line_start(&text, random.below(text.len()));
            let mut end = (begin + 30_000).min(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            let mut part = text[begin..end].to_owned();
            for _ in 0..=random.below(3) {
                let mut at = random.below(part.len());
                while !part.is_char_boundary(at) {
                    at -= 1;
                }
                let rest = part.split_off(at);
                let skip = rest.char_indices().map(|(at, _)| at).nth(random.below(9)).unwrap_or(0);
                part.push_str(debris_at(random.below(1000)));
                part.push_str(&rest[skip..]);
            }
            if let Ok(schema) = ddl::read(&part, Some(engine)) {
                let announced = announced(&part);
                assert!(
                    count(&schema) >= announced || !schema.warnings.is_empty(),
                    "{name}: {announced} announced, {} read:\n{part}",
                    count(&schema)
                );
            }
        }
    }
}

/// Where the line of that place begins.
fn line_start(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// What another parser can parse has the same tables with the same columns.
#[test]
fn another_parser_agrees() {
    let (mut compared, mut refused) = (0, 0);
    for (name, text) in dumps() {
        let schema = ddl::read(&text, None).expect("a schema");
        let dialect: Box<dyn Dialect> = match schema.engine {
            Engine::Postgres => Box::new(PostgreSqlDialect {}),
            Engine::MySql | Engine::MariaDb => Box::new(MySqlDialect {}),
            Engine::Sqlite => Box::new(SQLiteDialect {}),
        };
        for statement in statements(&text) {
            let Ok(parsed) = Parser::parse_sql(dialect.as_ref(), statement) else {
                refused += 1;
                continue;
            };
            let [Statement::CreateTable(made)] = parsed.as_slice() else {
                continue;
            };
            // A partition is part of its root.
            let Some(table) = schema.tables.iter().find(|table| table.name.name == last(&made.name)) else {
                assert!(
                    made.columns.is_empty() || schema.tables.iter().any(|table| !table.partitions.is_empty()),
                    "{name}: {}",
                    made.name
                );
                continue;
            };
            let columns: Vec<&str> = made.columns.iter().map(|column| column.name.value.as_str()).collect();
            let ours: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            if statement.contains("INHERITS") {
                // The other parser knows of no parent's columns.
                assert!(
                    columns.iter().all(|column| ours.contains(column)),
                    "{name}: {}",
                    made.name
                );
            } else {
                assert_eq!(ours, columns, "{name}: {}", made.name);
            }
            compared += 1;
        }
    }
    eprintln!("{compared} tables compared; {refused} statements that the other parser does not parse");
}

/// From each line that begins with CREATE TABLE to the first that ends with a semicolon.
fn statements(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.match_indices("\nCREATE TABLE ").map(|(at, _)| at + 1);
    starts.filter_map(|from| {
        let end = text[from..].find(";\n")?;
        Some(&text[from..from + end])
    })
}

fn last(name: &ObjectName) -> String {
    let part = name.0.last().and_then(|part| part.as_ident());
    part.map(|ident| ident.value.clone()).unwrap_or_default()
}
