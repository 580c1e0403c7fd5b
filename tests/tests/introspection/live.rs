//! Databases of a test's own on the servers that there are.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use exodus_engine::{Address, CatalogueOf, ConnectOptions, connect};
use exodus_schema::introspect::{self, Options, ReadError};
use exodus_schema::{Engine, Relation, Schema, Table};

/// A server that may be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    Postgres,
    Postgres18,
    MariaDb,
    MySql,
    Sqlite,
}

pub(crate) const ALL: [Server; 5] = [
    Server::Postgres,
    Server::Postgres18,
    Server::MariaDb,
    Server::MySql,
    Server::Sqlite,
];
pub(crate) const POSTGRES: [Server; 2] = [Server::Postgres, Server::Postgres18];
pub(crate) const MYSQL: [Server; 2] = [Server::MariaDb, Server::MySql];

impl Server {
    /// Where its URL is; SQLite needs none.
    fn variable(self) -> Option<&'static str> {
        match self {
            Self::Postgres => Some("EXODUS_TEST_POSTGRES"),
            Self::Postgres18 => Some("EXODUS_TEST_POSTGRES18"),
            Self::MariaDb => Some("EXODUS_TEST_MARIADB"),
            Self::MySql => Some("EXODUS_TEST_MYSQL"),
            Self::Sqlite => None,
        }
    }

    pub(crate) fn engine(self) -> Engine {
        match self {
            Self::Postgres | Self::Postgres18 => Engine::Postgres,
            Self::MariaDb => Engine::MariaDb,
            Self::MySql => Engine::MySql,
            Self::Sqlite => Engine::Sqlite,
        }
    }

    /// The name of its SQL files.
    pub(crate) fn dialect(self) -> &'static str {
        match self {
            Self::Postgres | Self::Postgres18 => "postgres",
            Self::MariaDb | Self::MySql => "mysql",
            Self::Sqlite => "sqlite",
        }
    }
}

/// A database that is gone with the value.
pub(crate) struct Database {
    pub(crate) server: Server,
    pub(crate) name: String,
    /// Of the server's own database; for SQLite the file's path.
    base: String,
    /// Keeps SQLite's file.
    _folder: Option<tempfile::TempDir>,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Database {
    /// An empty database, or `None`, said aloud, where the server is not there.
    pub(crate) fn create(server: Server) -> Option<Self> {
        let name = format!(
            "exodus_read_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let Some(variable) = server.variable() else {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let base = folder.path().join("db.sqlite").display().to_string();
            rusqlite::Connection::open(&base).expect("a new SQLite file");
            let folder = Some(folder);
            return Some(Self {
                server,
                name,
                base,
                _folder: folder,
            });
        };
        let Ok(base) = std::env::var(variable) else {
            let needed = std::env::var_os("CI").is_some() && server != Server::Postgres18;
            assert!(!needed, "{variable} is not set, and CI tests every server");
            eprintln!("SKIPPED: {server:?}, because {variable} is not set");
            return None;
        };
        let database = Self {
            server,
            name,
            base,
            _folder: None,
        };
        database.admin(&format!("create database {}", database.name));
        Some(database)
    }

    /// One with this SQL in it; `None`, said aloud, also where the server is too old for it.
    pub(crate) fn with(server: Server, sql: &str) -> Option<Self> {
        let database = Self::create(server)?;
        if server == Server::Postgres && database.is_too_old_for(sql) {
            return None;
        }
        database.load(sql);
        Some(database)
    }

    /// One with the file of a folder in `tests/introspection` that is meant for the server; `None` also where there is
    /// no such file, because the engine can't express it.
    pub(crate) fn of(server: Server, folder: &str) -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("introspection").join(folder);
        assert!(folder.is_dir(), "{} is missing", folder.display());
        let sql = std::fs::read_to_string(folder.join(format!("{}.sql", server.dialect()))).ok()?;
        Self::with(server, &sql)
    }

    fn is_too_old_for(&self, sql: &str) -> bool {
        let newer = [
            (14, "language sql begin atomic"),
            (14, "language sql immutable return "),
            (15, "NULLS NOT DISTINCT"),
        ];
        let needed = newer.into_iter().filter(|(_, words)| sql.contains(words));
        let Some(needed) = needed.map(|(version, _)| version).max() else {
            return false;
        };
        let version = &self.ask("show server_version_num")[0];
        let old = version.parse().is_ok_and(|number: u32| number / 10_000 < needed);
        if old {
            eprintln!("SKIPPED: this SQL needs PostgreSQL {needed}, and the server is {version}");
        }
        old
    }

    /// Runs a script with the server's own client, which the servers' packages bring along.
    pub(crate) fn load(&self, sql: &str) {
        match self.server {
            Server::Sqlite => {
                let connection = rusqlite::Connection::open(&self.base).expect("the SQLite file");
                connection.execute_batch(sql).expect("the script runs");
            }
            _ => {
                run(self.client(&self.name), sql);
            }
        }
    }

    /// The first column of a query's rows as the server's own client prints them.
    pub(crate) fn ask(&self, sql: &str) -> Vec<String> {
        let printed = match self.server {
            Server::Sqlite => {
                let connection = rusqlite::Connection::open(&self.base).expect("the SQLite file");
                let mut statement = connection.prepare(sql).expect("the query is right");
                let rows = statement.query_map([], |row| {
                    let value: rusqlite::types::Value = row.get(0)?;
                    Ok(match value {
                        rusqlite::types::Value::Integer(number) => number.to_string(),
                        rusqlite::types::Value::Text(text) => text,
                        other => format!("{other:?}"),
                    })
                });
                return rows.expect("it runs").map(|row| row.expect("a row")).collect();
            }
            _ => run(self.client(&self.name), sql),
        };
        printed.lines().map(str::to_owned).collect()
    }

    pub(crate) fn url(&self) -> String {
        match self.server {
            Server::Sqlite => format!("sqlite:{}", self.base),
            _ => url(&self.base, &self.name),
        }
    }

    pub(crate) async fn read(&self) -> Schema {
        let schema = self.read_with(&[]).await.expect("the schema can be read");
        let json = serde_json::to_string(&schema).expect("it can be written");
        let again: Schema = serde_json::from_str(&json).expect("what was written can be read");
        assert_eq!(again, schema, "JSON keeps everything");
        schema
    }

    pub(crate) async fn read_with(&self, schemas: &[&str]) -> Result<Schema, ReadError<exodus_engine::Error>> {
        let address = Address::parse(&self.url()).expect("the address is right");
        let options = ConnectOptions {
            read_only: true,
            ..ConnectOptions::default()
        };
        let mut connection = connect("test", &address, options).await.expect("a connection");
        let options = Options {
            schemas: schemas.iter().map(|&name| name.to_owned()).collect(),
        };
        let engine = connection.engine();
        assert_eq!(engine, self.server.engine());
        introspect::read(&mut CatalogueOf(connection.as_mut()), engine, &options).await
    }

    fn admin(&self, sql: &str) {
        let home = if self.server.dialect() == "postgres" {
            "postgres"
        } else {
            ""
        };
        run(self.client(home), sql);
    }

    fn client(&self, database: &str) -> Command {
        if self.server.dialect() == "postgres" {
            let mut command = Command::new("psql");
            command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-", "-d"]);
            command
                .arg(url(&self.base, database))
                .env("PGOPTIONS", "-c client_min_messages=warning");
            return command;
        }
        let parts = |text: &str, by: char| {
            let (a, b) = text
                .split_once(by)
                .unwrap_or_else(|| panic!("{by} in the URL of {:?}", self.server));
            (a.to_owned(), b.to_owned())
        };
        let rest = self.base.split_once("://").map_or(self.base.as_str(), |(_, rest)| rest);
        let (user, place) = parts(rest, '@');
        let (user, password) = parts(&user, ':');
        let (place, _) = parts(&place, '/');
        let (host, port) = parts(&place, ':');
        let mut command = Command::new("mariadb");
        command
            .args([
                "--no-defaults",
                "--default-character-set=utf8mb4",
                "-N",
                "-B",
                "-h",
                &host,
                "-P",
                &port,
                "-u",
                &user,
            ])
            .env("MYSQL_PWD", password);
        if !database.is_empty() {
            command.arg(database);
        }
        command
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The session that read it may still be leaving; another database may still refer to this one.
        let sql = match self.server.dialect() {
            "postgres" => format!("drop database {} with (force);", self.name),
            "mysql" => format!("set foreign_key_checks = 0; drop database {};", self.name),
            _ => return,
        };
        // A second panic while one is under way would hide the first.
        if !std::thread::panicking() {
            self.admin(&sql);
        } else if std::panic::catch_unwind(|| self.admin(&sql)).is_err() {
            eprintln!("the database {} is still there", self.name);
        }
    }
}

fn url(base: &str, database: &str) -> String {
    let (server, _) = base.rsplit_once('/').expect("a URL with a path");
    format!("{server}/{database}")
}

fn run(mut command: Command, sql: &str) -> String {
    let spawned = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = spawned.unwrap_or_else(|error| panic!("{command:?} can't be started: {error}"));
    let mut stdin = child.stdin.take().expect("a pipe");
    let script = sql.to_owned();
    // The client may print before it has read everything.
    let writer = std::thread::spawn(move || stdin.write_all(script.as_bytes()));
    let output = child.wait_with_output().expect("the client ends");
    let _ = writer.join();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the client failed: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The table of that name in whatever schema, if only one has it.
pub(crate) fn table<'s>(schema: &'s Schema, name: &str) -> &'s Table {
    let mut named = schema.tables.iter().filter(|table| table.name.name == name);
    match (named.next(), named.next()) {
        (Some(table), None) => table,
        (None, _) => panic!("no table `{name}` in {:?}", names(schema)),
        (Some(_), Some(_)) => panic!("several tables are called `{name}`"),
    }
}

pub(crate) fn names(schema: &Schema) -> Vec<&str> {
    schema.tables.iter().map(|table| table.name.name.as_str()).collect()
}

/// `child columns -> parent(parent columns)` for each relation, with the parent's schema if it is `qualified`.
fn arrows_of(table: &Table, qualified: bool) -> Vec<String> {
    let arrow = |relation: &Relation| {
        let child: Vec<_> = relation.child_columns().collect();
        let parent: Vec<_> = relation.parent_columns().collect();
        let name = if qualified {
            relation.parent.to_string()
        } else {
            relation.parent.name.clone()
        };
        format!("{} -> {name}({})", child.join(","), parent.join(","))
    };
    table.relations.iter().map(arrow).collect()
}

/// `child columns -> parent(parent columns)`.
pub(crate) fn arrows(table: &Table) -> Vec<String> {
    arrows_of(table, false)
}

/// `child columns -> schema.parent(parent columns)`.
pub(crate) fn full_arrows(table: &Table) -> Vec<String> {
    arrows_of(table, true)
}

/// Where the real schemas are, if they are.
pub(crate) fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let there = folder.is_dir();
    if !there {
        eprintln!("SKIPPED: the real schemas, because {} is not there", folder.display());
    }
    there.then_some(folder)
}
