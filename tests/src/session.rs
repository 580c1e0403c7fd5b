//! A test's own sessions, by the drivers alone.

use std::sync::OnceLock;

use mysql_async::prelude::Queryable;
use tokio::runtime::Runtime;
use url::Url;

use crate::database::Server;

/// A row in text; bytes that are no text are in hexadecimal.
pub type TextRow = Vec<Option<String>>;

pub(crate) enum Session {
    Postgres(tokio_postgres::Client),
    MySql(Box<mysql_async::Conn>),
    Sqlite(rusqlite::Connection),
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(1).enable_all().build().expect("a runtime")
    })
}

pub(crate) fn open_sqlite(path: &std::path::Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(path).expect("an SQLite file");
    connection
        .busy_timeout(std::time::Duration::from_secs(10))
        .expect("a timeout");
    connection
        .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF")
        .expect("pragmas");
    connection
}

pub(crate) fn connect(server: Server, url: &Url) -> Session {
    try_connect(server, url).unwrap_or_else(|error| panic!("connecting to {}: {error}", server.name()))
}

pub(crate) fn try_connect(server: Server, url: &Url) -> Result<Session, String> {
    runtime().block_on(async {
        if server.dialect() == "postgres" {
            let connected = tokio_postgres::connect(url.as_str(), tokio_postgres::NoTls).await;
            let (client, connection) = connected.map_err(|error| error.to_string())?;
            tokio::spawn(connection);
            return Ok(Session::Postgres(client));
        }
        let options = mysql_async::Opts::from_url(url.as_str()).map_err(|error| error.to_string())?;
        let mut conn = mysql_async::Conn::new(options)
            .await
            .map_err(|error| error.to_string())?;
        let pins =
            "SET NAMES utf8mb4, time_zone = '+00:00', SESSION sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')";
        conn.query_drop(pins).await.map_err(|error| error.to_string())?;
        Ok(Session::MySql(Box::new(conn)))
    })
}

impl Session {
    pub(crate) fn run(&mut self, sql: &str) -> Result<(), String> {
        match self {
            Self::Postgres(client) => runtime()
                .block_on(client.batch_execute(sql))
                .map_err(|error| postgres_error(&error)),
            Self::MySql(conn) => runtime()
                .block_on(conn.query_drop(sql))
                .map_err(|error| error.to_string()),
            Self::Sqlite(connection) => connection.execute_batch(sql).map_err(|error| error.to_string()),
        }
    }

    pub(crate) fn rows(&mut self, sql: &str) -> Result<Vec<TextRow>, String> {
        match self {
            Self::Postgres(client) => {
                let messages = runtime()
                    .block_on(client.simple_query(sql))
                    .map_err(|error| postgres_error(&error))?;
                let row = |message| match message {
                    tokio_postgres::SimpleQueryMessage::Row(row) => {
                        Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect())
                    }
                    _ => None,
                };
                Ok(messages.into_iter().filter_map(row).collect())
            }
            Self::MySql(conn) => {
                let rows: Vec<mysql_async::Row> =
                    runtime().block_on(conn.query(sql)).map_err(|error| error.to_string())?;
                Ok(rows
                    .into_iter()
                    .map(|row| row.unwrap().into_iter().map(mysql_text).collect())
                    .collect())
            }
            Self::Sqlite(connection) => sqlite_rows(connection, sql).map_err(|error| error.to_string()),
        }
    }
}

fn postgres_error(error: &tokio_postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| error.to_string(), |error| format!("{error:?}"))
}

fn text_or_hex(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let hex = |text: String, byte: &u8| format!("{text}{byte:02x}");
        error.as_bytes().iter().fold("0x".to_owned(), hex)
    })
}

fn mysql_text(value: mysql_async::Value) -> Option<String> {
    match value {
        mysql_async::Value::NULL => None,
        mysql_async::Value::Bytes(bytes) => Some(text_or_hex(bytes)),
        other => Some(other.as_sql(false)),
    }
}

fn sqlite_rows(connection: &rusqlite::Connection, sql: &str) -> rusqlite::Result<Vec<TextRow>> {
    let mut statement = connection.prepare(sql)?;
    let columns = statement.column_count();
    let rows = statement.query_map((), |row| (0..columns).map(|at| row.get(at).map(sqlite_text)).collect())?;
    rows.collect()
}

fn sqlite_text(value: rusqlite::types::Value) -> Option<String> {
    use rusqlite::types::Value;
    match value {
        Value::Null => None,
        Value::Integer(number) => Some(number.to_string()),
        Value::Real(number) => Some(format!("{number:?}")),
        Value::Text(text) => Some(text),
        Value::Blob(bytes) => Some(format!("blob {}", text_or_hex(bytes))),
    }
}
