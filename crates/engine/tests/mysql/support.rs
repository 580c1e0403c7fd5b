//! Servers, databases that go away again, and copying from one to another.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU32, Ordering};

use exodus_engine::{Access, Address, Checks, ConnectOptions, Connection, Load, Result, Select, channel, connect};
use exodus_schema::model::Generated;
use exodus_schema::{Column, Kind, TableName};
use futures_util::FutureExt as _;

/// The servers to test on; says loudly which one is missing.
pub(crate) fn servers() -> Vec<Address> {
    ["EXODUS_TEST_MARIADB", "EXODUS_TEST_MYSQL"]
        .into_iter()
        .filter_map(|variable| {
            let url = std::env::var(variable).ok();
            if url.is_none() {
                assert!(std::env::var_os("CI").is_none(), "{variable} must be set in CI");
                eprintln!("SKIPPED: {variable} is not set; nothing was tested on that server");
            }
            Some(Address::parse_server(&url?, &|_| None).unwrap())
        })
        .collect()
}

/// A database of its own for one test.
#[derive(Clone)]
pub(crate) struct Scratch {
    pub(crate) server: Address,
    pub(crate) name: String,
}

impl Scratch {
    /// The address with another part of the server changed.
    pub(crate) fn with(&self, change: impl FnOnce(&mut exodus_engine::Server)) -> Address {
        let mut address = self.server.with_database(&self.name);
        match &mut address {
            Address::MySql(server) => change(server),
            _ => panic!("not a MySQL address"),
        }
        address
    }

    pub(crate) async fn open(&self) -> Box<dyn Connection> {
        connect("scratch", &self.with(|_| {}), ConnectOptions::default())
            .await
            .unwrap()
    }

    pub(crate) async fn open_with(&self, options: ConnectOptions) -> Box<dyn Connection> {
        connect("scratch", &self.with(|_| {}), options).await.unwrap()
    }

    /// Runs statements on a session of its own.
    pub(crate) async fn run(&self, statements: &[&str]) {
        let mut conn = self.open().await;
        for statement in statements {
            if let Err(error) = conn.execute(statement).await {
                panic!("{statement}: {error}");
            }
        }
    }

    /// The only value of a query.
    pub(crate) async fn ask(&self, sql: &str) -> String {
        one(&mut *self.open().await, sql).await
    }
}

pub(crate) async fn one(conn: &mut dyn Connection, sql: &str) -> String {
    let rows = conn.query(sql).await.unwrap();
    rows[0][0].clone().unwrap_or_else(|| "NULL".to_owned())
}

/// Runs `test` on every server with `N` fresh databases, which are dropped whatever happens.
pub(crate) async fn on_each<const N: usize, F: Future<Output = ()>>(test: impl Fn([Scratch; N]) -> F) {
    for server in servers() {
        let scratch: [Scratch; N] = std::array::from_fn(|_| Scratch {
            server: server.clone(),
            name: fresh_name(),
        });
        let mut admin = connect(
            "admin",
            &server.with_database("information_schema"),
            ConnectOptions::default(),
        )
        .await
        .unwrap();
        for one in &scratch {
            admin
                .execute(&format!("CREATE DATABASE {} CHARACTER SET utf8mb4", one.name))
                .await
                .unwrap();
        }
        let outcome = AssertUnwindSafe(test(scratch.clone())).catch_unwind().await;
        for one in &scratch {
            admin.execute(&format!("DROP DATABASE {}", one.name)).await.unwrap();
        }
        if let Err(panic) = outcome {
            eprintln!("failed on {}", admin.engine());
            std::panic::resume_unwind(panic);
        }
    }
}

pub(crate) fn fresh_name() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    format!(
        "exodus_test_{}_{}",
        std::process::id(),
        COUNTER.fetch_add(1, Ordering::Relaxed)
    )
}

/// The table's columns as introspection gives them.
pub(crate) async fn columns(conn: &mut dyn Connection, table: &str) -> Vec<Column> {
    let sql = format!(
        "SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, CHARACTER_SET_NAME, EXTRA FROM information_schema.COLUMNS \
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '{table}' ORDER BY ORDINAL_POSITION"
    );
    let rows = conn.query(&sql).await.unwrap();
    assert!(!rows.is_empty(), "no table {table}");
    let column = |mut row: Vec<Option<String>>| {
        let extra = row[4].take().unwrap();
        Column {
            name: row[0].take().unwrap(),
            native_type: row[1].take().unwrap(),
            kind: Kind::Other,
            nullable: row[2].as_deref() == Some("YES"),
            default: None,
            generator: None,
            generated: ["STORED GENERATED", "VIRTUAL GENERATED", "PERSISTENT"]
                .iter()
                .any(|kind| extra.contains(kind))
                .then(|| Generated {
                    stored: true,
                    expression: String::new(),
                }),
            charset: row[3].take(),
            collation: None,
            invisible: extra.contains("INVISIBLE"),
            text_only: false,
            comment: None,
        }
    };
    rows.into_iter().map(column).collect()
}

pub(crate) fn select(table: &str, columns: &[Column], condition: &str) -> Select {
    Select {
        table: TableName::bare(table),
        columns: columns.to_vec(),
        condition: condition.to_owned(),
        nulled: vec![],
        nulled_when: vec![],
        dense: false,
    }
}

pub(crate) fn load(table: &str, columns: &[Column]) -> Load {
    Load {
        table: TableName::bare(table),
        columns: columns.to_vec(),
    }
}

/// Copies rows within transactions that stay open.
pub(crate) async fn stream(
    source: &mut dyn Connection,
    target: &mut dyn Connection,
    select: &Select,
    load: &Load,
) -> (Result<exodus_engine::Sent>, Result<u64>) {
    let (sink, stream) = channel();
    let format = source.format(&select.columns);
    assert_eq!(format, target.format(&load.columns));
    tokio::join!(source.read(select, format, sink), target.write(load, format, stream))
}

/// Copies a whole table and commits; all columns but the generated ones.
pub(crate) async fn copy(source: &mut dyn Connection, target: &mut dyn Connection, table: &str) -> u64 {
    let columns: Vec<_> = columns(source, table)
        .await
        .into_iter()
        .filter(|column| column.generated.is_none())
        .collect();
    source.begin(Access::Snapshot, Checks::Enforced).await.unwrap();
    target.begin(Access::Write, Checks::Off).await.unwrap();
    let (sent, stored) = stream(source, target, &select(table, &columns, "TRUE"), &load(table, &columns)).await;
    let stored = stored.unwrap();
    assert_eq!(sent.unwrap().rows, stored);
    target.commit().await.unwrap();
    source.rollback().await.unwrap();
    stored
}

/// All rows as the verifier sees them, sorted.
pub(crate) async fn scanned(conn: &mut dyn Connection, select: &Select) -> Vec<Vec<Option<Vec<u8>>>> {
    let mut rows = vec![];
    let counted = conn
        .scan(select, &mut |row| {
            rows.push(row.iter().map(|field| field.map(<[u8]>::to_vec)).collect::<Vec<_>>());
        })
        .await
        .unwrap();
    assert_eq!(counted, rows.len() as u64);
    rows.sort();
    rows
}
