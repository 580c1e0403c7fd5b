//! How long a session waits for locks, and what its own locks hold up.

use exodus_schema::Engine;

use super::Dialect;

impl Dialect {
    /// Makes a session that writes give way soon to whoever holds a lock, instead of keeping others waiting for what it holds
    /// itself; `None` where the write transaction begins with the only lock there is. PostgreSQL looks for deadlocks after a second:
    /// whoever waits for less is the one to give way. It holds for the transaction, or for the session.
    pub fn give_way_soon(self) -> Option<&'static str> {
        match self.engine {
            Engine::Postgres => Some("SET LOCAL lock_timeout = '700ms'"),
            Engine::MySql | Engine::MariaDb => Some("SET SESSION innodb_lock_wait_timeout = 1"),
            Engine::Sqlite => None,
        }
    }

    /// Whether the lock on a row holds up whoever references it by any of its keys. InnoDB locks the records of the indexes that
    /// a statement reads, and a foreign key looks into the index of the columns that it names: both meet in the primary key only.
    pub fn locks_all_keys(self) -> bool {
        !self.is_mysql_family()
    }
}
