//! Waiting for somebody else's rows that nobody can see yet.

use exodus_schema::Engine;

use crate::dialect::Dialect;

impl Dialect {
    /// A query that returns once this session's transaction is the only one that holds the claim of this name, and then
    /// holds it to its end. It is for those who write rows that others want to remove: PostgreSQL shows a transaction
    /// no row that another one has not committed, not even to wait for it.
    ///
    /// `None` where asking for a row's lock waits for uncommitted rows too, or one transaction at a time writes.
    pub fn claim(self, name: &str) -> Option<String> {
        match self.engine() {
            Engine::Postgres => Some(format!(
                "SELECT 1 FROM pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended({}, 0))",
                self.text(name)
            )),
            Engine::MySql | Engine::MariaDb | Engine::Sqlite => None,
        }
    }
}
