//! More sessions on a database, for those who are at work beside exodus.

use std::path::Path;

use url::Url;

use crate::database::Database;
use crate::session::{Session, TextRow, connect, open_sqlite};

/// A session of its own; one thread has it.
pub struct Beside(Session);

impl Beside {
    /// On that database.
    pub fn of(database: &Database) -> Self {
        if let Some(path) = database.path() {
            return Self::file(&path);
        }
        let url = Url::parse(&database.own_address()).expect("a URL");
        Self(connect(database.server(), &url))
    }

    /// On an SQLite file, such as a dispatch store.
    pub fn file(path: &Path) -> Self {
        Self(Session::Sqlite(open_sqlite(path)))
    }

    /// Runs any number of statements.
    pub fn run(&mut self, sql: &str) -> Result<(), String> {
        self.0.run(sql)
    }

    /// Runs one query.
    pub fn rows(&mut self, sql: &str) -> Result<Vec<TextRow>, String> {
        self.0.rows(sql)
    }
}
