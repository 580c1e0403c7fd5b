//! SQLite files through the public interface, and looked at with the library beside it.

mod opening;
mod speed;
mod transactions;
mod values;
mod writing;

use std::path::{Path, PathBuf};

use exodus_engine::{
    Access, Address, Checks, Chunk, ConnectOptions, Connection, Error, Format, Load, Select, channel, connect,
};
use exodus_schema::{Column, Kind, TableName};
use tempfile::TempDir;

/// A folder with a source and a target of the same schema.
struct Pair {
    _folder: TempDir,
    source: PathBuf,
    target: PathBuf,
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Runs SQL beside exodus.
fn run(path: &Path, sql: &str) -> rusqlite::Connection {
    let conn = rusqlite::Connection::open(path).expect("opened");
    conn.execute_batch(sql).expect(sql);
    conn
}

fn number(path: &Path, sql: &str) -> i64 {
    run(path, "").query_row(sql, [], |row| row.get(0)).expect(sql)
}

fn pair(schema: &str, rows: &str) -> Pair {
    let folder = folder();
    let (source, target) = (folder.path().join("source.db"), folder.path().join("target.db"));
    run(&source, schema).execute_batch(rows).expect(rows);
    run(&target, schema);
    Pair {
        _folder: folder,
        source,
        target,
    }
}

async fn open_with(path: &Path, options: ConnectOptions) -> Result<Box<dyn Connection>, Error> {
    connect("shop", &Address::Sqlite(path.to_owned()), options).await
}

async fn open(path: &Path) -> Box<dyn Connection> {
    open_with(path, ConnectOptions::default()).await.expect("opened")
}

/// The error of something that must fail.
fn failure<T>(result: Result<T, Error>) -> Error {
    match result {
        Ok(_) => panic!("this should have failed"),
        Err(error) => error,
    }
}

fn columns(names: &[&str]) -> Vec<Column> {
    let column = |name: &&str| Column {
        name: (*name).to_owned(),
        native_type: String::new(),
        kind: Kind::Other,
        nullable: true,
        default: None,
        generator: None,
        generated: None,
        charset: None,
        collation: None,
        invisible: false,
        text_only: false,
        comment: None,
    };
    names.iter().map(column).collect()
}

fn select(table: &str, names: &[&str], condition: &str) -> Select {
    Select {
        table: TableName::bare(table),
        columns: columns(names),
        condition: condition.to_owned(),
        nulled: vec![],
        nulled_when: vec![],
        dense: false,
    }
}

fn load(table: &str, names: &[&str]) -> Load {
    Load {
        table: TableName::bare(table),
        columns: columns(names),
    }
}

/// Joins a reader and a writer; both results.
async fn pipe(
    from: &mut dyn Connection,
    select: &Select,
    to: &mut dyn Connection,
    load: &Load,
) -> (Result<u64, Error>, Result<u64, Error>) {
    let (sink, source) = channel();
    let (sent, stored) = tokio::join!(
        from.read(select, Format::Sqlite, sink),
        to.write(load, Format::Sqlite, source)
    );
    (sent.map(|sent| sent.rows), stored)
}

/// Copies a table in one transaction and returns the number of rows.
async fn copy(pair: &Pair, table: &str, names: &[&str], checks: Checks) -> Result<u64, Error> {
    let (mut from, mut to) = (open(&pair.source).await, open(&pair.target).await);
    from.begin(Access::Snapshot, Checks::Enforced).await?;
    to.begin(Access::Write, checks).await?;
    let (sent, stored) = pipe(&mut *from, &select(table, names, "1"), &mut *to, &load(table, names)).await;
    let stored = stored?;
    assert_eq!(sent?, stored);
    to.commit().await?;
    Ok(stored)
}

/// The chunks of a whole table.
async fn chunks(path: &Path, select: &Select) -> Vec<Chunk> {
    let mut from = open(path).await;
    let (sink, mut source) = channel();
    let gather = async {
        let mut chunks = vec![];
        while let Some(chunk) = source.recv().await {
            chunks.push(chunk);
        }
        chunks
    };
    let (sent, chunks) = tokio::join!(from.read(select, Format::Sqlite, sink), gather);
    sent.expect("read");
    chunks
}
