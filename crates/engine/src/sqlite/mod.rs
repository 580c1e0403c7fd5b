//! SQLite, the library built in.
//!
//! # The session
//! The connection lives behind a mutex and is only touched by tokio's blocking threads, so that no statement holds up
//! the runtime. Dropping it rolls back and closes, on a blocking thread that the runtime waits for before it ends.
//!
//! Pinned on opening: `foreign_keys` on, `trusted_schema` off (a hostile schema may call no function with side
//! effects), `recursive_triggers` off, `cell_size_check` on, `temp_store` in files and `cache_size` 16 MiB (memory
//! stays flat), double-quoted text is never a string (a misspelt column is an error). What belongs to the file
//! (`journal_mode`, `synchronous`) is left alone. A lock is waited for 30 seconds.
//!
//! A read-only session opens the file read-only and adds `query_only`; where that would leave a `-wal` and a `-shm`
//! file behind, see [`open`].
//!
//! # Transactions
//! A snapshot is `BEGIN` and one read. In WAL mode nobody notices; with a rollback journal, other writers cannot commit
//! until it ends. A write transaction is `BEGIN IMMEDIATE`: nobody else can write the file.
//!
//! With checks off, `foreign_keys` is off before the transaction starts (it cannot change inside one), so that neither
//! checks nor `ON DELETE` actions run, and triggers are off. Switching off triggers alone would leave the actions: they
//! are no triggers to SQLite. With checks enforced every foreign key is deferred to the commit, except that `RESTRICT`
//! acts at once, and triggers fire. CHECK, NOT NULL, unique keys and STRICT types hold in both.
//!
//! # Values
//! Every value travels with its own storage class, not the column's. Text travels as bytes: SQLite lets it be invalid
//! UTF-8, and a copy must not be where that is repaired. (A file in UTF-16 is converted, which turns lone surrogates
//! into U+FFFD.) A table without an `INTEGER PRIMARY KEY` has hidden row ids, which are not copied.

mod connection;
mod error;
mod generators;
pub(crate) mod neutral;
mod open;
mod reader;
mod room;
mod rows;
pub mod scratch;
mod session;
mod stop;
#[cfg(test)]
mod tests;
mod transactions;
mod writer;

use std::path::Path;
use std::time::Duration;

use crate::ConnectOptions;
use crate::error::Result;

pub(crate) use connection::SqliteConnection;
pub use rows::SqliteRows;
pub(crate) use rows::{show, whole};

/// How long a lock held by somebody else is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Opens the file and pins the session.
pub(crate) async fn connect(name: &str, path: &Path, options: ConnectOptions) -> Result<SqliteConnection> {
    SqliteConnection::open(name, path, options, PATIENCE).await
}
