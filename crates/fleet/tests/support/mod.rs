//! A fresh database on every product that is there.

use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

use exodus_engine::{Address, ConnectOptions, Connection};
use exodus_fleet::Store;

/// An empty database that goes with the test.
pub(crate) struct Place {
    name: &'static str,
    address: Address,
}

impl Place {
    /// Which product.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Whether tables are in a schema.
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.address, Address::Postgres(_))
    }

    /// A new session.
    pub(crate) async fn connect(&self) -> Box<dyn Connection> {
        connect(self.name, &self.address).await
    }

    /// Makes the store.
    pub(crate) async fn new_store(&self) -> Store {
        Store::init(self.connect().await).await.expect("the store can be made")
    }

    /// The store in a session of its own, as another process has it.
    pub(crate) async fn store(&self) -> Store {
        Store::open(self.connect().await)
            .await
            .expect("the store can be opened")
    }
}

async fn connect(name: &str, address: &Address) -> Box<dyn Connection> {
    let options = ConnectOptions {
        create: true,
        ..ConnectOptions::default()
    };
    exodus_engine::connect(name, address, options)
        .await
        .expect("a connection")
}

/// Runs the test on SQLite, and on each server that the environment names.
#[expect(clippy::needless_pass_by_value, reason = "a closure at the place of use")]
pub(crate) fn on_every_engine(test: impl AsyncFn(&Place)) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    runtime.block_on(async {
        let path = folder.path().join("dispatch.sqlite");
        test(&Place {
            name: "SQLite",
            address: Address::Sqlite(path),
        })
        .await;
        for (name, variable) in [
            ("PostgreSQL", "EXODUS_TEST_POSTGRES"),
            ("MariaDB", "EXODUS_TEST_MARIADB"),
            ("MySQL", "EXODUS_TEST_MYSQL"),
        ] {
            match env::var(variable).ok() {
                Some(url) => on_server(name, &url, &test).await,
                None if env::var_os("CI").is_some() => panic!("{variable} is not set"),
                None => eprintln!("SKIPPED: the dispatch store on {name}: {variable} is not set"),
            }
        }
    });
}

async fn on_server(name: &'static str, url: &str, test: &impl AsyncFn(&Place)) {
    let environment = |variable: &str| env::var(variable).ok();
    let server = Address::parse_server(url, &environment).expect("a URL");
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock")
        .as_nanos();
    let database = format!("exodus_fleet_{}_{nanos}", std::process::id());
    // MySQL needs a database to talk to before it has one of its own.
    let home = match &server {
        Address::Postgres(_) => server.clone(),
        _ => server.with_database("information_schema"),
    };
    let mut admin = connect(name, &home).await;
    admin
        .execute(&format!("CREATE DATABASE {database}"))
        .await
        .expect("a database");
    test(&Place {
        name,
        address: server.with_database(&database),
    })
    .await;
    admin
        .execute(&format!("DROP DATABASE {database}"))
        .await
        .expect("dropping it");
}
