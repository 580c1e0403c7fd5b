//! Databases of our own on the test server, and what is done to them again and again.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU32, Ordering};

use exodus_engine::{
    Access, Address, Checks, Chunk, ConnectOptions, Connection, Error, Load, Result, ScanRow, Secret, Select, Server,
    channel,
};
use exodus_schema::{Column, Kind, TableName};

/// For databases and roles, which the whole server shares.
pub(crate) fn unique(tag: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!(
        "exodus_{tag}_{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// The server that a variable names.
pub(crate) fn server(variable: &str) -> Option<Server> {
    let Ok(url) = std::env::var(variable) else {
        assert!(
            std::env::var_os("CI").is_none() || variable != "EXODUS_TEST_POSTGRES",
            "{variable} is not set"
        );
        eprintln!("SKIPPED: {variable} is not set; tests/servers/servers starts a server and says what to set");
        return None;
    };
    match Address::parse(&url) {
        Ok(Address::Postgres(server)) => Some(server),
        other => panic!("{variable} is no PostgreSQL address: {other:?}"),
    }
}

/// Whether the server is of that major version or a newer one; says loudly if not.
pub(crate) async fn is_at_least(database: &Db, version: u32) -> bool {
    let number = ask(&mut *database.open().await, "SHOW server_version_num").await;
    let there = number.parse::<u32>().is_ok_and(|number| number / 10_000 >= version);
    if !there {
        eprintln!("SKIPPED: it needs PostgreSQL {version}, and the server is {number}");
    }
    there
}

/// A database of our own.
#[derive(Clone)]
pub(crate) struct Db {
    pub(crate) server: Server,
}

impl Db {
    pub(crate) async fn open(&self) -> Box<dyn Connection> {
        self.open_with(ConnectOptions::default()).await.expect("a connection")
    }

    pub(crate) async fn open_with(&self, options: ConnectOptions) -> Result<Box<dyn Connection>> {
        exodus_engine::connect("shop", &Address::Postgres(self.server.clone()), options).await
    }

    pub(crate) async fn refused(&self) -> Error {
        match self.open_with(ConnectOptions::default()).await {
            Ok(_) => panic!("this must not connect"),
            Err(error) => error,
        }
    }

    /// The same database through changed settings.
    pub(crate) fn with(&self, change: impl FnOnce(&mut Server)) -> Self {
        let mut other = self.clone();
        change(&mut other.server);
        other
    }

    pub(crate) fn as_role(&self, role: &str) -> Self {
        self.with(|server| {
            role.clone_into(&mut server.user);
            server.password = Some(Secret::new("secret"));
        })
    }
}

/// Runs a test with fresh databases on the server of `EXODUS_TEST_POSTGRES`; drops them whatever happens.
pub(crate) async fn with_databases<const N: usize, F, T>(test: F)
where
    F: FnOnce([Db; N]) -> T,
    T: Future<Output = ()> + Send + 'static,
{
    let Some(server) = server("EXODUS_TEST_POSTGRES") else {
        return;
    };
    on_servers(std::array::from_fn(|_| server.clone()), test).await;
}

/// The same with a database on each of these servers.
pub(crate) async fn on_servers<const N: usize, F, T>(servers: [Server; N], test: F)
where
    F: FnOnce([Db; N]) -> T,
    T: Future<Output = ()> + Send + 'static,
{
    let mut databases = Vec::new();
    for server in &servers {
        let name = unique("db");
        let mut admin = Db { server: server.clone() }.open().await;
        let sql = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'");
        admin.execute(&sql).await.expect("CREATE DATABASE");
        databases.push(Db { server: server.clone() }.with(|server| server.database = name));
    }
    let given = <[Db; N]>::try_from(databases.clone()).unwrap_or_else(|_| unreachable!("one per server"));
    let outcome = tokio::spawn(test(given)).await;
    for (server, database) in servers.iter().zip(databases) {
        let mut admin = Db { server: server.clone() }.open().await;
        let sql = format!("DROP DATABASE {} WITH (FORCE)", database.server.database);
        admin.execute(&sql).await.expect("DROP DATABASE");
    }
    if let Err(failed) = outcome {
        resume_unwind(failed.into_panic());
    }
}

/// Runs statements one after the other.
pub(crate) async fn run(connection: &mut dyn Connection, statements: &[&str]) {
    for statement in statements {
        if let Err(error) = connection.execute(statement).await {
            panic!("{error}: {statement}");
        }
    }
}

/// The only field of the only row.
pub(crate) async fn ask(connection: &mut dyn Connection, sql: &str) -> String {
    let rows = connection
        .query(sql)
        .await
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
    rows[0][0].clone().expect("a value")
}

pub(crate) fn table(name: &str) -> TableName {
    TableName::new("public", name)
}

pub(crate) fn column(name: &str) -> Column {
    Column {
        name: name.to_owned(),
        native_type: "text".to_owned(),
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
    }
}

pub(crate) fn text_only(name: &str) -> Column {
    Column {
        text_only: true,
        ..column(name)
    }
}

pub(crate) fn select(name: &str, columns: &[&str], condition: &str) -> Select {
    Select {
        table: table(name),
        columns: columns.iter().map(|name| column(name)).collect(),
        condition: condition.to_owned(),
        nulled: Vec::new(),
        nulled_when: vec![],
        dense: false,
    }
}

/// Copies the selected rows into the table of the same name and commits; both ends' outcome.
pub(crate) async fn copy(source: &mut dyn Connection, target: &mut dyn Connection, select: &Select) -> Result<u64> {
    let format = source.format(&select.columns);
    assert_eq!(format, target.format(&select.columns));
    target.begin(Access::Write, Checks::Enforced).await?;
    let load = Load {
        table: select.table.clone(),
        columns: select.columns.clone(),
    };
    let (sink, rows) = channel();
    let (sent, stored) = tokio::join!(source.read(select, format, sink), target.write(&load, format, rows));
    // A writer that fails leaves its reader without a listener: its error is the cause.
    let (stored, sent) = (stored?, sent?);
    assert_eq!(sent.rows, stored);
    target.commit().await?;
    Ok(stored)
}

/// The chunks that a read gives.
pub(crate) async fn chunks(source: &mut dyn Connection, select: &Select) -> Vec<Chunk> {
    let format = source.format(&select.columns);
    let (sink, mut rows) = channel();
    let gather = async {
        let mut chunks = Vec::new();
        while let Some(chunk) = rows.recv().await {
            chunks.push(chunk);
        }
        chunks
    };
    let (sent, chunks) = tokio::join!(source.read(select, format, sink), gather);
    sent.expect("a read");
    chunks
}

/// Number of rows, and a digest of all fields that does not depend on their order.
pub(crate) async fn digest(connection: &mut dyn Connection, select: &Select) -> (u64, u64) {
    let mut sum = 0_u64;
    let mut add = |row: &ScanRow<'_>| {
        let mut hasher = DefaultHasher::new();
        row.hash(&mut hasher);
        sum = sum.wrapping_add(hasher.finish());
    };
    let rows = connection.scan(select, &mut add).await.expect("a scan");
    (rows, sum)
}

/// What an error shows to people and programs, all of it.
pub(crate) fn shown(error: &Error) -> String {
    format!("{error} {error:?} {:?}", error.next_step())
}
