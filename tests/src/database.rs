//! Databases of a test's own: made under a unique name, dropped at the end.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;
use url::Url;

use crate::least::{self, Granted};
pub use crate::session::TextRow;
use crate::session::{Session, connect, open_sqlite, try_connect};

/// What a test can run on; more than one server may be of one product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Server {
    /// PostgreSQL, the version that is required.
    Postgres,
    /// PostgreSQL 18, if it is there.
    Postgres18,
    /// MariaDB.
    MariaDb,
    /// MySQL.
    MySql,
    /// SQLite files.
    Sqlite,
}

impl Server {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Postgres,
        Self::Postgres18,
        Self::MariaDb,
        Self::MySql,
        Self::Sqlite,
    ];

    /// Its name in the names of tests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Postgres18 => "postgres18",
            Self::MariaDb => "mariadb",
            Self::MySql => "mysql",
            Self::Sqlite => "sqlite",
        }
    }

    /// The name of its SQL files.
    pub fn dialect(self) -> &'static str {
        match self {
            Self::Postgres | Self::Postgres18 => "postgres",
            Self::MariaDb | Self::MySql => "mysql",
            Self::Sqlite => "sqlite",
        }
    }

    /// The product.
    pub fn engine(self) -> exodus_schema::Engine {
        match self {
            Self::Postgres | Self::Postgres18 => exodus_schema::Engine::Postgres,
            Self::MariaDb => exodus_schema::Engine::MariaDb,
            Self::MySql => exodus_schema::Engine::MySql,
            Self::Sqlite => exodus_schema::Engine::Sqlite,
        }
    }

    fn variable(self) -> Option<&'static str> {
        match self {
            Self::Postgres => Some("EXODUS_TEST_POSTGRES"),
            Self::Postgres18 => Some("EXODUS_TEST_POSTGRES18"),
            Self::MariaDb => Some("EXODUS_TEST_MARIADB"),
            Self::MySql => Some("EXODUS_TEST_MYSQL"),
            Self::Sqlite => None,
        }
    }

    /// Whether it can be used; says loudly if not, and fails where CI needs it.
    pub fn is_there(self) -> bool {
        let Some(variable) = self.variable() else { return true };
        let there = std::env::var_os(variable).is_some();
        if !there {
            println!("SKIPPED: {variable} is not set; tests/run starts the servers");
            let required = self != Self::Postgres18 && std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!required, "CI has to test {}", self.name());
        }
        there
    }

    fn url(self) -> Url {
        let variable = self.variable().expect("SQLite has no server");
        let text = std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set"));
        Url::parse(&text).unwrap_or_else(|error| panic!("{variable}: {error}"))
    }
}

/// One database.
pub struct Database {
    server: Server,
    name: String,
    /// Of the server; none for SQLite.
    pub(crate) base: Option<Url>,
    pub(crate) session: Session,
    /// Holds the file of an SQLite database.
    folder: Option<TempDir>,
    /// The user by whom exodus comes here; without one, it comes as the administrator that tests are. It goes after the
    /// database.
    pub(crate) granted: Option<Granted>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.name, self.server.name())
    }
}

/// What the names of this process' databases begin with.
pub fn prefix() -> String {
    format!("exodus_test_{}_", std::process::id())
}

fn unique_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{}{}", prefix(), COUNT.fetch_add(1, Ordering::Relaxed))
}

impl Database {
    /// Makes an empty one.
    pub fn create(server: Server) -> Self {
        if server != Server::Sqlite {
            return Self::create_at(server, server.url());
        }
        let folder = TempDir::new().expect("a folder for temporary files");
        Self {
            server,
            name: unique_name(),
            base: None,
            session: Session::Sqlite(open_sqlite(&folder.path().join("db.sqlite"))),
            folder: Some(folder),
            granted: None,
        }
    }

    /// Makes an empty one with these options of CREATE DATABASE; SQLite has none.
    pub fn create_with(server: Server, options: &str) -> Self {
        match server {
            Server::Sqlite => Self::create(server),
            _ => Self::make(server, server.url(), options),
        }
    }

    /// Makes an empty one on another server of the same product.
    pub fn create_at(server: Server, base: Url) -> Self {
        let options = if server.dialect() == "mysql" {
            "CHARACTER SET utf8mb4"
        } else {
            ""
        };
        Self::make(server, base, options)
    }

    fn make(server: Server, base: Url, options: &str) -> Self {
        let name = unique_name();
        let mut maintenance = connect(server, &base);
        maintenance
            .run(&format!("DROP DATABASE IF EXISTS {name}"))
            .expect("no database of this name is left");
        maintenance
            .run(&format!("CREATE DATABASE {name} {options}"))
            .expect("a new database");
        let mut url = base.clone();
        url.set_path(&name);
        Self {
            server,
            session: connect(server, &url),
            name,
            base: Some(base),
            folder: None,
            granted: None,
        }
    }

    /// Makes a new session, where the server has ended the one that was.
    pub fn reconnect(&mut self) {
        let mut again = self.again();
        std::mem::swap(&mut self.session, &mut again.session);
    }

    /// Another session with the same database.
    #[must_use]
    pub fn again(&self) -> Self {
        let url = || Url::parse(&self.own_address()).expect("it was a URL");
        let path = self.path().map(|path| Session::Sqlite(open_sqlite(&path)));
        Self {
            server: self.server,
            name: self.name.clone(),
            base: None,
            session: path.unwrap_or_else(|| connect(self.server, &url())),
            folder: None,
            granted: None,
        }
    }

    /// What it runs on.
    pub fn server(&self) -> Server {
        self.server
    }

    /// Its own name, unique in this run.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where exodus finds it, by the user who is for that.
    pub fn address(&self) -> String {
        let Some(granted) = self.granted.as_ref().filter(|granted| granted.used) else {
            return self.own_address();
        };
        let mut url = Url::parse(&self.own_address()).expect("it was a URL");
        url.set_username(&granted.user.name).expect("a URL with a host");
        url.set_password(Some(least::PASSWORD)).expect("a URL with a host");
        url.to_string()
    }

    /// Where a test itself finds it.
    pub fn own_address(&self) -> String {
        match (&self.base, self.path()) {
            (Some(base), _) => self.address_at(base),
            (None, path) => format!("sqlite:{}", path.unwrap_or_default().display()),
        }
    }

    /// Where the database of the same name is on another server.
    pub fn address_at(&self, base: &Url) -> String {
        let mut url = base.clone();
        url.set_path(&self.name);
        url.to_string()
    }

    /// The same with another password, or none.
    pub fn address_with_password(&self, password: Option<&str>) -> String {
        let mut url = Url::parse(&self.address()).expect("it was a URL");
        url.set_password(password).expect("a URL with a host takes a password");
        url.to_string()
    }

    /// The file of an SQLite database.
    pub fn path(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.path().join("db.sqlite"))
    }

    /// Runs any number of statements.
    pub fn run(&mut self, sql: &str) {
        if let Err(error) = self.session.run(sql) {
            panic!("{self:?}: {error}\n{sql}");
        }
        if self.granted.is_some() && sql.contains("CREATE TABLE") {
            least::grant(self);
        }
    }

    /// Runs one query.
    pub fn rows(&mut self, sql: &str) -> Vec<TextRow> {
        match self.session.rows(sql) {
            Ok(rows) => rows,
            Err(error) => panic!("{self:?}: {error}\n{sql}"),
        }
    }

    /// As [`rows`](Self::rows); an error is returned.
    pub fn try_rows(&mut self, sql: &str) -> Result<Vec<TextRow>, String> {
        self.session.rows(sql)
    }

    /// The first column of every row of a query.
    pub fn column(&mut self, sql: &str) -> Vec<String> {
        let rows = self.rows(sql).into_iter();
        rows.map(|row| row.into_iter().next().flatten().unwrap_or_else(|| "NULL".to_owned()))
            .collect()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(base) = &self.base {
            // After a test that failed: nothing of its own may keep the database from being dropped.
            drop(self.session.run("ROLLBACK"));
            let force = if self.server.dialect() == "postgres" {
                " WITH (FORCE)"
            } else {
                ""
            };
            // A server of a test's own may be down when the test fails.
            let dropped = try_connect(self.server, base)
                .and_then(|mut session| session.run(&format!("DROP DATABASE IF EXISTS {}{force}", self.name)));
            if let Err(error) = dropped {
                eprintln!("{} stays on {}: {error}", self.name, self.server.name());
            }
        }
    }
}
