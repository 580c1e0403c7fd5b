//! A real schema, loaded and read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use exodus_schema::{Schema, TableName};
use exodus_tests::binary::Place;
use serde_json::Value;

use crate::known::Truth;
use crate::live::{Database, Server};

pub(crate) const FOLDERS: [(&str, Server); 11] = [
    ("chinook_pg", Server::Postgres),
    ("chinook_mysql", Server::MariaDb),
    ("chinook_sqlite", Server::Sqlite),
    ("sakila_mysql", Server::MariaDb),
    ("pagila_neon", Server::Postgres),
    ("kratos_postgres", Server::Postgres),
    ("kratos_mysql", Server::MariaDb),
    ("kratos_sqlite3", Server::Sqlite),
    ("lago", Server::Postgres),
    ("orangehrm", Server::MariaDb),
    ("concourse", Server::Postgres),
];

/// Tables by class.
pub(crate) type Classes = BTreeMap<String, BTreeSet<String>>;

/// A folder of the corpus, as the binary sees it.
pub(crate) struct Corpus {
    pub(crate) folder: &'static str,
    pub(crate) truth: Truth,
    pub(crate) schema: Schema,
    /// By foreign keys alone.
    pub(crate) plain: Classes,
    /// With `--assume-inferred`.
    pub(crate) assumed: Classes,
    /// With what was inferred written into the configuration.
    pub(crate) declared: Classes,
}

/// The name that `truth.json` uses.
pub(crate) fn short(name: &TableName) -> String {
    match name.schema.as_str() {
        "" | "public" => name.name.clone(),
        _ => name.to_string(),
    }
}

fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let path = std::env::var_os("EXODUS_CORPUS").map_or_else(beside, PathBuf::from);
    let there = path.is_dir();
    if !there {
        println!("SKIPPED: the real schemas, because {} is not there", path.display());
    }
    there.then_some(path)
}

/// Loads a folder into its engine and reads it; `None` where the folder or the server is not there.
pub(crate) fn read(folder: &'static str, server: Server) -> Option<Corpus> {
    let path = corpus()?.join(folder);
    let file = |name: &str| std::fs::read(path.join(name)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let sql = file("schema.sql").unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let truth = file("truth.json").unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let truth: Truth = serde_json::from_str(&truth).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let database = Database::with(server, &sql)?;
    if let Ok(data) = file("data.sql") {
        database.load(&data);
    }
    let place = Place::new("", &[("monolith", database.url())]);
    let json = place.run(&["schema"]).expect(0).stdout;
    std::fs::write(place.path().join("schema.json"), &json).expect("a file");
    let schema: Schema = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let declares = inferred(&schema);
    let with_declares = Place::new(&declares, &[]);
    std::fs::write(with_declares.path().join("schema.json"), &json).expect("a file");
    Some(Corpus {
        folder,
        plain: classes(&place, &truth.root, &[]),
        assumed: classes(&place, &truth.root, &["--assume-inferred"]),
        declared: classes(&with_declares, &truth.root, &[]),
        truth,
        schema,
    })
}

/// The lines that the guesses offer for the configuration.
fn inferred(schema: &Schema) -> String {
    let (_, guesses) = exodus_classify::infer::assume(schema, exodus_classify::infer::LIKELY);
    guesses
        .iter()
        .map(exodus_classify::infer::Inferred::config_line)
        .collect()
}

/// The classes that the real binary gives.
fn classes(place: &Place, root: &str, more: &[&str]) -> Classes {
    let mut arguments = vec!["classify", "--schema", "schema.json", "--root", root];
    arguments.extend(["--format", "json", "--fail-on", "never"]);
    arguments.extend(more);
    let found = place.run(&arguments).expect(0).json();
    let mut classes = Classes::new();
    for table in found["tables"].as_array().into_iter().flatten() {
        let text = |key: &str| {
            table[key]
                .as_str()
                .unwrap_or_else(|| panic!("no {key} in {table}"))
                .to_owned()
        };
        let name: TableName = text("table").parse().expect("a table name");
        classes.entry(text("class")).or_default().insert(short(&name));
    }
    told(&found, !more.is_empty());
    classes
}

/// What was inferred is said, and said only where it was asked for.
fn told(found: &Value, asked: bool) {
    let guesses = found["inferred"].as_array().map_or(0, Vec::len);
    let marked = found["tables"].to_string().matches("\"inferred\"").count();
    assert!(
        asked || guesses == 0 && marked == 0,
        "{guesses} guesses, {marked} marks that nobody asked for"
    );
}
