//! The contract every engine's connection keeps.

use async_trait::async_trait;

use exodus_schema::{Engine, TextRow};

use crate::chunk::{ChunkReceiver, ChunkSender, Format, Load, Select, Sent};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::explain::Explained;
use crate::generators::KeyGenerator;
use crate::privileges::{Lacking, Needed};
use crate::room::Room;
use crate::transactions::OpenTransaction;

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// One unchanging view of the database for all statements, read-only, no row locks.
    Snapshot,
    /// Reads and writes; each statement sees what was committed before it (READ COMMITTED where the engine has it;
    /// SQLite takes the write lock at once).
    Write,
}

/// How foreign keys and triggers are treated in a write transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checks {
    /// The server checks every row (deferring what it can defer) and fires triggers.
    Enforced,
    /// Off for this session as far as it may: the caller proves every relation before it commits.
    Off,
}

/// When the server checks a foreign key that cannot be deferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckTime {
    /// Row by row (InnoDB).
    Row,
    /// At the end of the statement (PostgreSQL).
    Statement,
    /// At commit (SQLite with `defer_foreign_keys`).
    Commit,
}

/// What this session can do; asked instead of the engine's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct Capabilities {
    /// Foreign key checks can be switched off for this session: the copy can be `proven`.
    pub checks_off: bool,
    /// Switching checks off also keeps triggers from firing.
    pub silences_triggers: bool,
    /// When an undeferrable foreign key is checked.
    pub check_time: CheckTime,
    /// Relations declared deferrable can be deferred to commit.
    pub can_defer: bool,
    /// Rows can be locked one by one (`FOR UPDATE`); false means that the write transaction holds the whole database.
    pub locks_rows: bool,
}

/// One row as a scan shows it: a slice of field bytes, `None` for NULL, in the engine's canonical form for that column
/// (equal values give equal bytes on two servers of the same product family).
pub type ScanRow<'a> = [Option<&'a [u8]>];

/// A session with one database. It is pinned on connecting: time zone UTC, UTF-8 (utf8mb4), ISO dates, full float digits, strict
/// errors, empty `search_path`, no limit on recursion; see DESIGN.md in each engine's module for its list.
///
/// After an error inside a transaction only [`rollback`](Connection::rollback) is allowed; after [`ErrorKind::Lost`](crate::ErrorKind::Lost) nothing is. Dropping a
/// connection rolls back what was not committed.
#[async_trait]
pub trait Connection: Send {
    /// The name the user gave the database; used in every error.
    fn name(&self) -> &str;

    /// The product.
    fn engine(&self) -> Engine;

    /// How SQL is written for it.
    fn dialect(&self) -> Dialect {
        Dialect::of(self.engine())
    }

    /// What this session may do.
    fn capabilities(&self) -> Capabilities;

    /// Runs one statement without parameters and returns all rows as text. For small results.
    async fn query(&mut self, sql: &str) -> Result<Vec<TextRow>>;

    /// Runs one statement and returns the number of rows it changed.
    async fn execute(&mut self, sql: &str) -> Result<u64>;

    /// Starts a transaction. `checks` is meaningful for [`Access::Write`] only and lasts until the transaction ends;
    /// [`Checks::Off`] where [`Capabilities::checks_off`] is false is an [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported).
    async fn begin(&mut self, access: Access, checks: Checks) -> Result<()>;

    /// Commits. An error of kind [`Lost`](crate::ErrorKind::Lost) means that it is not known whether it took effect.
    async fn commit(&mut self) -> Result<()>;

    /// Rolls back; succeeds when there is nothing to roll back.
    async fn rollback(&mut self) -> Result<()>;

    /// The fastest format in which this connection reads and writes these columns. Two connections can be joined when they give
    /// the same answer for both ends' columns.
    fn format(&self, columns: &[exodus_schema::Column]) -> Format;

    /// Reads the selected rows into `sink` in `format` and ends with [`Chunk::End`](crate::Chunk::End). Takes no row locks. A sink whose
    /// receiver is gone ends the read with [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    async fn read(&mut self, select: &Select, format: Format, sink: ChunkSender) -> Result<Sent>;

    /// Writes what arrives through the engine's bulk path and returns the rows stored. Plain inserts: a duplicate or
    /// any row that the server skipped or altered is an error. A stream that closes without its end is an error. Must
    /// be called inside a write transaction; after an error nothing of it survives the rollback.
    async fn write(&mut self, load: &Load, format: Format, source: ChunkReceiver) -> Result<u64>;

    /// Reads the selected rows and shows each one to `each` in canonical form, in no particular order; returns their
    /// number. Memory stays flat.
    async fn scan(
        &mut self,
        select: &Select,
        each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send),
    ) -> Result<u64>;

    /// Runs one query and shows each of its rows, of `columns` fields, to `each`; returns their number. Memory stays
    /// flat. A field has the bytes that the product sends for the type of the expression: what
    /// [`Dialect::same_bytes`] and [`Dialect::text_of`] make of it. `doing` is for errors ("counting owners of
    /// posts").
    async fn stream(
        &mut self,
        doing: &str,
        sql: &str,
        columns: usize,
        each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send),
    ) -> Result<u64>;

    /// Asks how the statement with which [`read`](Connection::read) reads these rows would be carried out, without doing so.
    async fn explain(&mut self, select: &Select) -> Result<Explained>;

    /// Lets other sessions see what this one's open snapshot sees: a text for their
    /// [`begin_at`](Connection::begin_at), good until this transaction ends. `None` where the product can't.
    async fn share_snapshot(&mut self) -> Result<Option<String>> {
        Ok(None)
    }

    /// Starts a transaction for [`Access::Snapshot`] that sees what another session shares.
    async fn begin_at(&mut self, _snapshot: &str) -> Result<()> {
        Err(
            crate::Error::new(crate::ErrorKind::Unsupported, self.name(), "joining a snapshot")
                .because("this product has no snapshots that sessions share"),
        )
    }

    /// Locks the selected rows against change, deletion and new references until the transaction ends; returns their
    /// number. Where the write transaction holds the whole database this only counts.
    async fn lock(&mut self, select: &Select) -> Result<u64>;

    /// Keeps the selected rows from being removed until the transaction ends; others may go on referencing them. Returns
    /// their number, or 0 where the write transaction holds the whole database anyway. `select` needs no columns.
    async fn hold(&mut self, select: &Select) -> Result<u64> {
        let dialect = self.dialect();
        let Some(clause) = dialect.share_lock() else {
            return Ok(0);
        };
        let sql = format!(
            "SELECT 1 FROM {} AS t WHERE {} {clause}",
            dialect.table(&select.table),
            select.condition
        );
        Ok(self.query(&sql).await?.len() as u64)
    }

    /// Moves the table's key generators beyond the keys it holds now, where storing explicit keys does not do that by
    /// itself. What a generator has skipped stays skipped after a rollback.
    async fn advance_generators(&mut self, _table: &exodus_schema::Table) -> Result<()> {
        Ok(())
    }

    /// Where the table's key generators stand. Nothing is drawn from them; the table has to be readable.
    async fn key_generators(&mut self, table: &exodus_schema::Table) -> Result<Vec<KeyGenerator>>;

    /// What ends, of all that rows take which are written here: as far as this session may know, and it has an end.
    async fn room(&mut self) -> Result<Vec<Room>>;

    /// Removes the selected rows with one statement; returns their number.
    async fn delete(&mut self, select: &Select) -> Result<u64>;

    /// The transactions of others that are open now and may write to this database, prepared ones too: the server is asked
    /// anew, after the call. Where sessions can write to every database of a server, those count that use one of `schemas`, as
    /// names of tables have them, or the session's own, or none. One that has written nothing yet is among them, as far as the product knows of it. Those that
    /// can't write are left out: what is declared read-only, and what the server does by itself. Outside of a transaction
    /// only.
    ///
    /// A session that may not see what others do gets [`ErrorKind::Privilege`](crate::ErrorKind::Privilege), never an empty list.
    async fn open_transactions(&mut self, schemas: &[String]) -> Result<Vec<OpenTransaction>>;

    /// What the session's user may not do of all that is needed, as far as the product tells; it says so before anything is
    /// begun. May be asked in a transaction. Tables that are not there are left out.
    async fn lacking(&mut self, _needed: &[Needed]) -> Result<Vec<Lacking>> {
        Ok(vec![])
    }

    /// Something that ends a statement running on this connection from another task.
    fn canceller(&self) -> Canceller;
}

/// A connection of any product, behind a pointer.
pub type Session = dyn Connection;

/// Ends a running statement from outside; a no-op when nothing runs.
pub type Canceller = Box<dyn Fn() -> futures_util::future::BoxFuture<'static, ()> + Send + Sync>;
