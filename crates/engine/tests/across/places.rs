//! A database on each server, and what is done to them again and again.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU32, Ordering};

use exodus_engine::value::{End, FoundMisfit, Pairing, Refusal, copy_across, mapped_type, misfits, pairing};
use exodus_engine::{
    Access, Address, CatalogueOf, Checks, ChunkReceiver, ChunkSender, ConnectOptions, Connection, Load, Select, connect,
};
use exodus_schema::{Column, Engine, Schema, Table, TableName, introspect};
use futures_util::FutureExt as _;

/// An open database.
pub(crate) struct Place {
    pub(crate) conn: Box<dyn Connection>,
    pub(crate) engine: Engine,
    _folder: Option<tempfile::TempDir>,
}

const SERVERS: [(Engine, &str); 3] = [
    (Engine::Postgres, "EXODUS_TEST_POSTGRES"),
    (Engine::MariaDb, "EXODUS_TEST_MARIADB"),
    (Engine::MySql, "EXODUS_TEST_MYSQL"),
];

/// The address of a server; says loudly if it is missing.
fn server(engine: Engine) -> Option<Address> {
    let variable = SERVERS.iter().find(|(known, _)| *known == engine)?.1;
    let Ok(url) = std::env::var(variable) else {
        assert!(std::env::var_os("CI").is_none(), "{variable} must be set in CI");
        eprintln!("SKIPPED: {variable} is not set; nothing was tested on that server");
        return None;
    };
    Some(Address::parse_server(&url, &|_| None).expect("an address"))
}

async fn open(address: &Address, create: bool) -> Box<dyn Connection> {
    let options = ConnectOptions {
        create,
        ..ConnectOptions::default()
    };
    connect("scratch", address, options).await.expect("a connection")
}

/// Runs `test` with a fresh database on each of two products, if both are there; they are dropped whatever happens.
pub(crate) async fn between(from: Engine, to: Engine, test: impl AsyncFnOnce(Place, Place)) {
    let mut admins = vec![];
    let mut places = vec![];
    for engine in [from, to] {
        if engine == Engine::Sqlite {
            let folder = tempfile::tempdir().expect("a folder");
            let address = Address::Sqlite(folder.path().join("data.sqlite"));
            places.push(Place {
                conn: open(&address, true).await,
                engine,
                _folder: Some(folder),
            });
            continue;
        }
        let Some(server) = server(engine) else { return };
        let (name, create) = fresh(engine);
        let first = if engine == Engine::Postgres {
            "postgres"
        } else {
            "information_schema"
        };
        let mut admin = open(&server.with_database(first), false).await;
        admin.execute(&create).await.expect("a database");
        places.push(Place {
            conn: open(&server.with_database(&name), false).await,
            engine,
            _folder: None,
        });
        admins.push((admin, name));
    }
    let (target, source) = (places.pop().expect("two"), places.pop().expect("two"));
    let outcome = AssertUnwindSafe(test(source, target)).catch_unwind().await;
    for (mut admin, name) in admins {
        let force = if admin.engine() == Engine::Postgres {
            " WITH (FORCE)"
        } else {
            ""
        };
        admin
            .execute(&format!("DROP DATABASE {name}{force}"))
            .await
            .expect("DROP DATABASE");
    }
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

fn fresh(engine: Engine) -> (String, String) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!(
        "exodus_across_{}_{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    );
    let more = match engine {
        Engine::Postgres => " TEMPLATE template0 ENCODING 'UTF8'",
        _ => " CHARACTER SET utf8mb4",
    };
    let create = format!("CREATE DATABASE {name}{more}");
    (name, create)
}

impl Place {
    pub(crate) async fn run(&mut self, sql: &str) {
        if let Err(error) = self.conn.execute(sql).await {
            panic!("{}: {error}: {sql:.300}", self.engine);
        }
    }

    /// Whether the server takes a statement; what it stored of it is gone if not.
    pub(crate) async fn takes(&mut self, sql: &str) -> Result<(), String> {
        self.conn
            .execute(sql)
            .await
            .map(drop)
            .map_err(|error| error.to_string())
    }

    pub(crate) async fn rows(&mut self, sql: &str) -> Vec<Vec<Option<String>>> {
        match self.conn.query(sql).await {
            Ok(rows) => rows,
            Err(error) => panic!("{}: {error}: {sql:.300}", self.engine),
        }
    }

    pub(crate) fn name(&self, table: &str) -> TableName {
        match self.engine {
            Engine::Postgres => TableName::new("public", table),
            _ => TableName::bare(table),
        }
    }

    pub(crate) fn quoted(&self, table: &str) -> String {
        self.conn.dialect().table(&self.name(table))
    }

    pub(crate) async fn schema(&mut self) -> Schema {
        let engine = self.engine;
        introspect::read(
            &mut CatalogueOf(&mut *self.conn),
            engine,
            &introspect::Options::default(),
        )
        .await
        .expect("a schema")
    }

    pub(crate) async fn table(&mut self, table: &str) -> (Schema, Table) {
        let schema = self.schema().await;
        let found = schema.table(&self.name(table)).expect("the table").clone();
        (schema, found)
    }
}

/// Makes the source's table on the target; false if the target is of the same family and lacks a type.
pub(crate) async fn make(target: &mut Place, schema: &Schema, table: &Table, name: &str) -> bool {
    let mut columns = vec![];
    for column in &table.columns {
        let mapped = mapped_type(&End::of(schema, column), target.engine, None);
        let mut mapped = mapped.unwrap_or_else(|refusal| panic!("{}: {refusal}", column.native_type));
        // Of one family: the type as it is.
        if schema.engine != Engine::Postgres
            && mapped.sql == column.native_type
            && target.engine != Engine::Postgres
            && target.engine != Engine::Sqlite
            && let Some(charset) = &column.charset
        {
            mapped.sql = format!("{} CHARACTER SET {charset}", mapped.sql);
        }
        let key = if column.name == "id" {
            " NOT NULL PRIMARY KEY"
        } else {
            " NULL"
        };
        columns.push(format!(
            "{} {}{key}",
            target.conn.dialect().quote(&column.name),
            mapped.sql
        ));
    }
    let sql = format!("CREATE TABLE {} ({})", target.quoted(name), columns.join(", "));
    let made = target.takes(&sql).await;
    let family = [Engine::MySql, Engine::MariaDb];
    assert!(
        made.is_ok() || (family.contains(&schema.engine) && family.contains(&target.engine)),
        "{sql}: {made:?}"
    );
    made.is_ok()
}

/// The pairings of two tables' columns of the same names.
pub(crate) fn pairs(from: (&Schema, &Table), to: (&Schema, &Table)) -> Result<Vec<Pairing>, Refusal> {
    let pair = |column: &Column| {
        let there = to.1.column(&column.name).expect("the same columns");
        pairing(&End::of(from.0, column), &End::of(to.0, there))
    };
    from.1.columns.iter().map(pair).collect()
}

pub(crate) fn paired(from: (&Schema, &Table), to: (&Schema, &Table)) -> Vec<Pairing> {
    pairs(from, to).unwrap_or_else(|refusal| panic!("{refusal}"))
}

pub(crate) fn select(table: &Table, condition: &str) -> Select {
    Select {
        table: table.name.clone(),
        columns: table.columns.clone(),
        condition: condition.to_owned(),
        nulled: vec![],
        nulled_when: vec![],
        dense: false,
    }
}

pub(crate) async fn unfit(source: &mut Place, select: &Select, pairings: &[Pairing]) -> Vec<FoundMisfit> {
    misfits(&mut *source.conn, select, pairings).await.expect("a reading")
}

async fn hand_on(mut from: ChunkReceiver, to: ChunkSender) {
    while let Some(chunk) = from.recv().await {
        if to.send(chunk).await.is_err() {
            return;
        }
    }
}

/// Copies and commits.
pub(crate) async fn copy(
    source: &mut Place,
    target: &mut Place,
    select: &Select,
    into: &Table,
    pairings: &[Pairing],
    alters: bool,
) -> exodus_engine::Result<u64> {
    let load = Load {
        table: into.name.clone(),
        columns: into.columns.clone(),
    };
    target
        .conn
        .begin(Access::Write, Checks::Enforced)
        .await
        .expect("a transaction");
    let copied = copy_across(
        &mut *source.conn,
        &mut *target.conn,
        select,
        &load,
        pairings,
        alters,
        hand_on,
    )
    .await;
    match copied {
        Ok((sent, stored)) => {
            assert_eq!(sent.rows, stored);
            target.conn.commit().await.expect("a commit");
            Ok(stored)
        }
        Err(error) => {
            target.conn.rollback().await.expect("a rollback");
            Err(error)
        }
    }
}
