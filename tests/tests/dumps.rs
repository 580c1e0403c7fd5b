//! Schemas read from files, against the same schemas read from live servers: from the server's own dump, and from what
//! people wrote. `SKIPPED:` on stderr names what was not there.

#[path = "dumps/differences.rs"]
mod differences;
#[path = "introspection/live.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod live;
#[path = "dumps/tools.rs"]
mod tools;

use std::any::Any;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use exodus_classify::{candidates, classify, report};
use exodus_engine::{Address, CatalogueOf, ConnectOptions, connect};
use exodus_schema::introspect::{self, Options};
use exodus_schema::{Cuts, Engine, Graph, Schema, ddl};
use exodus_tests::database::{Database, Server};
use serde_json::Value;

use differences::differences;

/// A database with a schema in it.
struct Loaded {
    server: Server,
    url: String,
    _database: Box<dyn Any>,
}

impl Loaded {
    fn live(&self) -> Schema {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let address = Address::parse(&self.url).expect("the address is right");
            let options = ConnectOptions {
                read_only: true,
                ..ConnectOptions::default()
            };
            let mut connection = connect("test", &address, options).await.expect("a connection");
            let engine = connection.engine();
            introspect::read(&mut CatalogueOf(connection.as_mut()), engine, &Options::default())
                .await
                .expect("the schema can be read")
        })
    }
}

/// A file of this project's own: those of the scenarios go through a driver, the others through the server's client.
/// `None` where the server is too old for it.
fn loaded(server: Server, path: &Path, sql: &str) -> Option<Loaded> {
    let for_client = sql.lines().any(|line| line.starts_with("DELIMITER "));
    if for_client || path.components().any(|part| part.as_os_str() == "introspection") {
        return through_client(server, sql);
    }
    let mut database = Database::create(server);
    database.run(sql);
    Some(Loaded {
        server,
        url: database.address(),
        _database: Box::new(database),
    })
}

/// Loaded by the server's own client.
fn through_client(server: Server, sql: &str) -> Option<Loaded> {
    let same = match server {
        Server::Postgres => live::Server::Postgres,
        Server::Postgres18 => live::Server::Postgres18,
        Server::MariaDb => live::Server::MariaDb,
        Server::MySql => live::Server::MySql,
        Server::Sqlite => live::Server::Sqlite,
    };
    let database = live::Database::with(same, sql)?;
    Some(Loaded {
        server,
        url: database.url(),
        _database: Box::new(database),
    })
}

/// What a file can tell: all but the server's version, its estimates, and the words of warnings.
fn told_by_files(mut schema: Schema) -> Schema {
    schema.server_version.clear();
    schema.warnings.clear();
    // An SQL-standard body is printed as a statement, of which pg_dump breaks the lines elsewhere.
    for routine in &mut schema.routines {
        if routine.body.starts_with("CREATE ") {
            let words: Vec<&str> = routine.body.split_whitespace().collect();
            routine.body = words.join(" ").replacen("CREATE OR REPLACE", "CREATE", 1);
        }
    }
    for table in &mut schema.tables {
        table.estimated_rows = None;
        table.bytes = None;
    }
    schema
}

/// What people tell: the server prints the conditions of triggers in its own words.
fn told_by_people(schema: Schema) -> Schema {
    let mut schema = told_by_files(schema);
    for trigger in schema.tables.iter_mut().flat_map(|table| &mut table.triggers) {
        trigger.condition = None;
    }
    schema
}

/// Classes and hazards for every root that could be meant.
fn classified(schema: &Schema) -> Vec<String> {
    let graph = Graph::new(schema);
    let first = candidates::candidates(&graph)
        .into_iter()
        .map(|candidate| candidate.table);
    first
        .take(6)
        .map(|root| {
            let found = classify(&graph, root, &Cuts::default(), &BTreeMap::new()).expect("nothing is overridden");
            report::classification(&graph, &found, &report::Styles::default())
        })
        .collect()
}

/// Equal schemas are: then nothing is asked, which takes half the time of these tests.
fn classified_alike(one: &Schema, other: &Schema) -> bool {
    one == other || classified(one) == classified(other)
}

/// Compares; says what differs, and how many things do.
fn check(what: &str, live: &Schema, dump: &Schema) -> usize {
    let live = told_by_files(live.clone());
    let dump_warnings = dump.warnings.clone();
    let dump = told_by_files(dump.clone());
    let mut found = differences(&live, &dump);
    found.retain(|line| !UNTOLD.iter().any(|path| line.starts_with(path)));
    let told = differences(&live, &dump).len() == found.len();
    if found.is_empty() && told && live != dump {
        found.push("the order of something".to_owned());
    }
    if told && !classified_alike(&live, &dump) {
        found.push("the classification".to_owned());
    }
    if !found.is_empty() {
        eprintln!("{what}: {} differences", found.len());
        for line in found.iter().take(12) {
            eprintln!("    {line}");
        }
        for line in dump_warnings.iter().take(12) {
            eprintln!("    warning: {line}");
        }
    }
    found.len()
}

/// Every SQL file of the project that is meant for the server, with what stands in its schema section.
fn own_files(server: Server) -> Vec<(PathBuf, String)> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![];
    // A second version of a server is tried on what was made to be hard to read; the rest would take a minute more.
    let parents: &[&str] = match server {
        Server::Postgres18 => &["introspection", "../schemas"],
        _ => &["scenarios", "introspection", "../schemas", "../schemas/hazards"],
    };
    for parent in parents {
        let parent = tests.join(parent);
        let entries = std::fs::read_dir(&parent).unwrap_or_else(|error| panic!("{}: {error}", parent.display()));
        folders.extend(
            entries
                .map(|entry| entry.expect("an entry").path())
                // A million rows, which are no part of a schema.
                .filter(|path| path.is_dir() && !path.ends_with("heavy-context")),
        );
    }
    folders.sort();
    let names = [
        format!("{}.sql", server.name()),
        format!("{}.sql", server.dialect()),
        "all.sql".to_owned(),
    ];
    let file = |folder: &PathBuf| names.iter().map(|name| folder.join(name)).find(|path| path.exists());
    folders
        .iter()
        .filter_map(file)
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a file of the project");
            let sql = schema_section(&text, server);
            (path, sql)
        })
        .collect()
}

fn schema_section(text: &str, server: Server) -> String {
    let mut inside = !text.contains("-- @");
    let mut out = String::new();
    for line in text.lines() {
        if let Some(section) = line.strip_prefix("-- @") {
            inside = section.trim() == "schema";
        } else if inside && !(server == Server::MariaDb && line.starts_with("/*!80")) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// A catalogue that people changed by hand: no dump tells of it.
const UNTOLD: &[&str] = &[".tables[public.c].relations[r5].validated"];

fn files_of(server: Server) {
    if !server.is_there() {
        return;
    }
    let tool = tools::Tool::find(server);
    let (mut wrong, mut read) = (0, 0);
    for (path, sql) in own_files(server).into_iter().filter(|(_, sql)| sql.contains(';')) {
        let name = path
            .strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")))
            .unwrap_or(&path)
            .display()
            .to_string();
        let Some(loaded) = loaded(server, &path, &sql) else {
            continue;
        };
        let live = loaded.live();
        if live.tables.is_empty() {
            continue;
        }
        wrong += check_by_hand(&name, &live, &sql);
        let Some(dump) = tool.as_ref().and_then(|tool| tool.dump(&loaded.url, server)) else {
            continue;
        };
        // MariaDB 10.5.23 and 11.8.6 print names of constraints so that they can't read them either; 10.11.19 doesn't.
        if dump.contains("CONSTRAINT `on `it``") {
            eprintln!("SKIPPED: the dump of {name}, which this MariaDB can't read itself");
            continue;
        }
        // SQLite's own dumps don't say whose they are.
        let engine = (server == Server::Sqlite).then_some(Engine::Sqlite);
        let schema = ddl::read(&dump, engine).unwrap_or_else(|error| panic!("{name}: {error}\n{dump}"));
        wrong += check(&format!("{name} on {}", server.name()), &live, &schema);
        read += 1;
    }
    eprintln!("{}: {read} files, {wrong} differences", server.name());
    assert_eq!(wrong, 0, "see above");
}

/// What people wrote has to be classified as the database that it makes.
fn check_by_hand(name: &str, live: &Schema, sql: &str) -> usize {
    let schema = ddl::read(sql, Some(live.engine)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let (live, schema) = (told_by_people(live.clone()), told_by_people(schema));
    let untold = differences(&live, &schema)
        .iter()
        .any(|line| UNTOLD.iter().any(|path| line.starts_with(path)));
    let same = untold || classified_alike(&live, &schema);
    if !same {
        eprintln!("{name} as written: it is classified otherwise");
        let (one, other) = (classified(&live).join("\n"), classified(&schema).join("\n"));
        let lines = one.lines().zip(other.lines()).filter(|(one, other)| one != other);
        for (live, file) in lines.take(8) {
            eprintln!("    live {live}\n    file {file}");
        }
        for line in differences(&live, &schema)
            .iter()
            .filter(|line| !line.contains("].default"))
            .take(12)
        {
            eprintln!("    {line}");
        }
    }
    usize::from(!same)
}

#[test]
fn postgres() {
    files_of(Server::Postgres);
}

#[test]
fn postgres18() {
    files_of(Server::Postgres18);
}

#[test]
fn mariadb() {
    files_of(Server::MariaDb);
}

#[test]
fn mysql() {
    files_of(Server::MySql);
}

#[test]
fn sqlite() {
    files_of(Server::Sqlite);
}

const CORPUS: [(&str, Server); 11] = [
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

#[test]
fn corpus() {
    let Some(folder) = live::corpus() else { return };
    let mut wrong = 0;
    for (name, server) in CORPUS {
        let text = |file: &str| {
            let bytes = std::fs::read(folder.join(name).join(file)).ok()?;
            Some(ddl::decode(&bytes).expect("it is text").into_owned())
        };
        // Sakila's data brings three triggers.
        let sql = [text("schema.sql"), text("data.sql")]
            .map(Option::unwrap_or_default)
            .join("\n");
        let Some(loaded) = through_client(server, &sql) else {
            continue;
        };
        let live = loaded.live();
        let dump_text = text("dump.sql").expect("a dump");
        let begun = std::time::Instant::now();
        let dump = ddl::read(&dump_text, None).expect("it can be read");
        let took = begun.elapsed();
        let count = check(&format!("{name}, its dump"), &live, &dump);
        let by_hand = check_by_hand(name, &live, &sql);
        eprintln!(
            "{name} on {}: {} tables in {took:?}, {count} differences; warnings {:?}",
            loaded.server.name(),
            dump.tables.len(),
            dump.warnings,
        );
        wrong += count + by_hand;
    }
    assert_eq!(wrong, 0, "see above");
}

/// What the command prints for a dump is what it prints for the database.
#[test]
fn the_binary_reads_a_dump_as_it_reads_the_database() {
    let Some(binary) = std::env::var_os("EXODUS_TEST_BIN") else {
        eprintln!("SKIPPED: EXODUS_TEST_BIN is not set; tests/run sets it");
        return;
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/car-rental/sqlite.sql");
    let loaded = loaded(
        Server::Sqlite,
        &path,
        &std::fs::read_to_string(&path).expect("the sample"),
    )
    .expect("a database");
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let dump = folder.path().join("dump.sql");
    let text = tools::Tool::Catalogue
        .dump(&loaded.url, Server::Sqlite)
        .expect("a dump");
    std::fs::write(&dump, text).expect("it can be written");
    let classified = |arguments: &[&str]| {
        let output = std::process::Command::new(&binary)
            .current_dir(folder.path())
            .args(["classify", "--root", "clients", "--format", "json"])
            .args(arguments)
            .output()
            .expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        serde_json::from_slice::<Value>(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
    };
    let dump = dump.display().to_string();
    let live = classified(&["--from", &loaded.url]);
    assert!(
        live["tables"].as_array().is_some_and(|tables| tables.len() > 3),
        "{live}"
    );
    assert_eq!(
        without_places(classified(&["--schema", &dump, "--engine", "sqlite"])),
        live
    );
    let told = without_places(classified(&["--schema", &dump]));
    assert_eq!(told, live, "the dump tells its engine");
}

/// Only a file has lines that findings can point at.
fn without_places(mut told: Value) -> Value {
    for hazard in told["hazards"].as_array_mut().into_iter().flatten() {
        assert!(hazard["place"].is_string(), "{hazard}");
        hazard["place"] = Value::Null;
    }
    told
}
