//! Makes all tables of one database on another, and compares the two.

use std::fmt::Write as _;
use std::process::Command;

use exodus_engine::{Address, CatalogueOf, ConnectOptions, Connection, connect};
use exodus_schema::create::{self, Creation, Request};
use exodus_schema::{Graph, Schema};

use crate::live::{Database, Server};

pub(crate) async fn session(database: &Database) -> Box<dyn Connection> {
    let address = Address::parse(&database.url()).expect("the address is right");
    connect("test", &address, ConnectOptions::default())
        .await
        .expect("a connection")
}

/// What makes all tables of `source` that `target` lacks.
pub(crate) async fn statements(source: &Database, target: &Database) -> Creation {
    let (here, there) = (source.read().await, target.read().await);
    let graph = Graph::new(&here);
    let tables = create::missing(&graph, graph.tables(), |name| there.table(name).is_some());
    let request = Request {
        engine: here.engine,
        source: &here,
        target: &there,
        tables: &tables,
    };
    let (mut from, mut to) = (session(source).await, session(target).await);
    create::exact(&mut CatalogueOf(from.as_mut()), &mut CatalogueOf(to.as_mut()), request)
        .await
        .expect("the catalogues can be read")
}

/// Makes them, in the kind of session that a move has.
pub(crate) async fn all(source: &Database, target: &Database) -> Creation {
    let creation = statements(source, target).await;
    assert_eq!(creation.refused, [], "nothing stands against it");
    let mut to = session(target).await;
    for statement in &creation.statements {
        if let Err(error) = to.execute(&statement.sql).await {
            panic!("{error}\n{}", statement.sql);
        }
    }
    creation
}

/// Fails unless both databases have the same tables, by what is read of them and by what the product's own tool says.
pub(crate) async fn assert_equal(source: &Database, target: &Database, what: &str) {
    let (here, there) = (comparable(source.read().await), comparable(target.read().await));
    for (one, other) in here.tables.iter().zip(&there.tables) {
        assert_eq!(one, other, "{what}: {}", one.name);
    }
    assert_eq!(here.tables.len(), there.tables.len(), "{what}: the number of tables");
    assert_eq!(here.enums, there.enums, "{what}");
    let tables: Vec<String> = here.tables.iter().map(|table| table.name.to_string()).collect();
    let (mut here, there) = (told(source), told(target));
    // Types that no table needs are not made; those that are needed are seen in the columns.
    let unused = |entry: &String| entry.starts_with("CREATE DOMAIN") || entry.starts_with("CREATE TYPE");
    // Nor are materialized views, which have indexes, too.
    let of_a_view = |entry: &String| {
        let on = entry
            .split_once(" INDEX ")
            .and_then(|(_, rest)| rest.split_once(" ON "));
        let table = on
            .and_then(|(_, rest)| rest.split_once(" USING "))
            .map(|(table, _)| table);
        table.is_some_and(|table| tables.iter().all(|known| known != table))
    };
    here.retain(|entry| (!unused(entry) && !of_a_view(entry)) || there.contains(entry));
    if let Some((one, other)) = here.iter().zip(&there).find(|(one, other)| one != other) {
        panic!("{what}\n--- source\n{one}\n--- target\n{other}");
    }
    assert_eq!(here.len(), there.len(), "{what}: {:#?}", here.last());
}

/// Without what is about rows, and without what is not made.
pub(crate) fn comparable(mut schema: Schema) -> Schema {
    for table in &mut schema.tables {
        table.estimated_rows = None;
        table.bytes = None;
        table.triggers.clear();
        table.row_security = false;
    }
    schema.routines.clear();
    schema.warnings.clear();
    schema
}

/// What the product says of the tables and what they need.
fn told(database: &Database) -> Vec<String> {
    match database.server {
        Server::Sqlite => database.ask(
            "select coalesce(sql, name) from sqlite_master where type in ('table', 'index')
             and name not like 'sqlite\\_s%' escape '\\' order by tbl_name, type desc, name",
        ),
        Server::MariaDb | Server::MySql => shown(database),
        Server::Postgres | Server::Postgres18 => dumped(database),
    }
}

fn shown(database: &Database) -> Vec<String> {
    let tables = database.ask(
        "select concat('show create table `', replace(table_name, '`', '``'), '`;') from information_schema.tables
         where table_schema = database() and table_type = 'BASE TABLE' order by table_name",
    );
    let show = |sql: &String| {
        let lines = database.ask(sql).join("\n").replace("\\n", "\n");
        // MySQL prints the character set of a column whose collation was given, and of none that took its table's.
        let lines = lines.replace(" CHARACTER SET utf8mb4 COLLATE ", " COLLATE ");
        let options = lines.rfind(") ENGINE").unwrap_or(0);
        let Some(at) = lines[options..].find(" AUTO_INCREMENT=").map(|at| at + options) else {
            return lines;
        };
        let end = lines[at + 1..].find(' ').map_or(lines.len(), |length| at + 1 + length);
        format!("{}{}", &lines[..at], &lines[end..])
    };
    tables.iter().map(show).collect()
}

/// The entries of the dump that are about what is made.
fn dumped(database: &Database) -> Vec<String> {
    let variable = if database.server == Server::Postgres18 {
        "EXODUS_TEST_PG_DUMP18"
    } else {
        "EXODUS_TEST_PG_DUMP"
    };
    let program = std::env::var_os(variable).unwrap_or_else(|| "pg_dump".into());
    let output = Command::new(program)
        .args(["--schema-only", "--no-owner", "--no-privileges", "--dbname"])
        .arg(database.url())
        .output()
        .expect("pg_dump");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut entries = vec![];
    for entry in text.split("\n--\n-- Name: ").skip(1) {
        let (head, body) = entry.split_once("\n--\n").expect("a head and a body");
        let kind = head.split("; ").nth(1).unwrap_or_default().trim_start_matches("Type: ");
        let made = [
            "TABLE",
            "TABLE ATTACH",
            "SEQUENCE",
            "SEQUENCE OWNED BY",
            "DEFAULT",
            "CONSTRAINT",
            "FK CONSTRAINT",
            "INDEX",
            "INDEX ATTACH",
            "TYPE",
            "DOMAIN",
            "CHECK CONSTRAINT",
            "COMMENT",
        ];
        let other = [
            "EXTENSION ",
            "FUNCTION ",
            "SCHEMA ",
            "TRIGGER ",
            "VIEW ",
            "AGGREGATE ",
            "MATERIALIZED ",
            "POLICY ",
        ];
        if !made.contains(&kind) || (kind == "COMMENT" && other.iter().any(|word| head.starts_with(word))) {
            continue;
        }
        let mut text = String::new();
        for line in body.lines() {
            let noise = line.starts_with("SET ") || line.starts_with(['-', '\\']) || line.trim().is_empty();
            if !noise {
                let _ = writeln!(text, "{line}");
            }
        }
        entries.push(text);
    }
    entries.sort();
    entries
}
