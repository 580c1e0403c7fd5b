//! The contract of [`Connection`], kept by a [`Session`].

use std::collections::HashMap;

use async_trait::async_trait;
use exodus_schema::{Column, Engine, TableName, TextRow};

use super::generators::Generators;
use super::session::Session;
use super::{generators, privileges, reader, room, scan, transactions, writer};
use crate::chunk::{ChunkReceiver, ChunkSender, Format, Load, Select, Sent};
use crate::connection::{Access, Canceller, Capabilities, CheckTime, Checks, Connection, ScanRow};
use crate::error::{ErrorKind, Result};
use crate::explain::Explained;
use crate::generators::KeyGenerator;
use crate::privileges::{Lacking, Needed};
use crate::room::Room;
use crate::transactions::OpenTransaction;

/// A session with PostgreSQL.
pub(crate) struct PostgresConnection {
    session: Session,
    read_only: bool,
    checks_off: bool,
    transaction: Transaction,
    /// How the tables seen so far are read: with `ONLY`, or through their partitions.
    only: HashMap<TableName, bool>,
    generators: Generators,
}

/// Where the session's transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transaction {
    None,
    Open(Access),
    /// Something failed in it: it can only be rolled back.
    Failed,
}

impl PostgresConnection {
    pub(super) fn new(session: Session, read_only: bool, checks_off: bool) -> Self {
        Self {
            session,
            read_only,
            checks_off,
            transaction: Transaction::None,
            only: HashMap::new(),
            generators: Generators::default(),
        }
    }

    /// Passes a result on and remembers a failure inside a transaction. The server does so, too, but not of failures
    /// that only we see, such as a count that is not right.
    fn noted<T>(&mut self, outcome: Result<T>) -> Result<T> {
        if outcome.is_err() && self.transaction != Transaction::None {
            self.transaction = Transaction::Failed;
        }
        outcome
    }

    fn misused<T>(&self, doing: &str, cause: &'static str) -> Result<T> {
        Err(self.session.failure(ErrorKind::Unsupported, doing).because(cause))
    }

    fn need_write(&self, doing: &str) -> Result<()> {
        if self.transaction == Transaction::Open(Access::Write) {
            return Ok(());
        }
        self.misused(doing, "it needs a write transaction")
    }

    /// The table with `ONLY` where it has rows of its own.
    async fn from(&mut self, table: &TableName, doing: &str) -> Result<String> {
        let only = match self.only.get(table) {
            Some(only) => *only,
            None => self.ask_only(table, doing).await?,
        };
        let quoted = self.dialect().table(table);
        Ok(if only {
            format!("ONLY {quoted} AS t")
        } else {
            format!("{quoted} AS t")
        })
    }

    async fn ask_only(&mut self, table: &TableName, doing: &str) -> Result<bool> {
        let sql = format!(
            "SELECT c.relkind FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
             WHERE n.nspname = {} AND c.relname = {}",
            self.dialect().text(&table.schema),
            self.dialect().text(&table.name)
        );
        let rows = self.session.rows(doing, &sql).await?;
        let Some(kind) = rows.first().and_then(|row| row.first()?.as_deref()) else {
            return Err(self
                .session
                .failure(ErrorKind::Statement, doing)
                .because("there is no such table"));
        };
        let only = kind != "p";
        self.only.insert(table.clone(), only);
        Ok(only)
    }

    async fn select(&mut self, select: &Select, doing: &str, expression: fn(&Column) -> String) -> Result<String> {
        let from = self.from(&select.table, doing).await?;
        let columns: Vec<_> = select
            .columns
            .iter()
            .map(|column| select.read(column, expression(column)))
            .collect();
        Ok(format!(
            "SELECT {} FROM {from} WHERE {}",
            columns.join(", "),
            select.condition
        ))
    }

    async fn read_rows(&mut self, select: &Select, format: Format, sink: ChunkSender) -> Result<Sent> {
        let doing = format!("reading {}", select.table);
        let sql = self.select(select, &doing, scan::plain).await?;
        reader::read(&mut self.session, &doing, &sql, format, sink).await
    }

    async fn scan_rows(
        &mut self,
        select: &Select,
        each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send),
    ) -> Result<u64> {
        let doing = format!("scanning {}", select.table);
        let sql = self.select(select, &doing, scan::expression).await?;
        scan::scan(&mut self.session, &doing, &sql, select.columns.len(), each).await
    }

    async fn lock_rows(&mut self, select: &Select, clause: &str) -> Result<u64> {
        let doing = format!("locking rows of {}", select.table);
        self.need_write(&doing)?;
        let from = self.from(&select.table, &doing).await?;
        let sql = format!(
            "SELECT pg_catalog.count(*) FROM (SELECT 1 FROM {from} WHERE {} {clause}) AS locked",
            select.condition
        );
        let rows = self.session.rows(&doing, &sql).await?;
        let count = rows.first().and_then(|row| row.first()?.as_deref()?.parse().ok());
        count.ok_or_else(|| {
            self.session
                .failure(ErrorKind::Data, &doing)
                .because("the server counted nothing")
        })
    }

    async fn delete_rows(&mut self, select: &Select) -> Result<u64> {
        let doing = format!("deleting from {}", select.table);
        self.need_write(&doing)?;
        let from = self.from(&select.table, &doing).await?;
        self.session
            .changed(&doing, &format!("DELETE FROM {from} WHERE {}", select.condition))
            .await
    }

    fn begin_sql(&self, access: Access, checks: Checks) -> Result<&'static str> {
        const DOING: &str = "starting a transaction";
        match (access, checks) {
            // The view is taken with the first statement, not with BEGIN: so there is one at once.
            (Access::Snapshot, _) => Ok("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1"),
            (Access::Write, _) if self.read_only => Err(self
                .session
                .failure(ErrorKind::Privilege, DOING)
                .because("the session was opened for reading only")),
            (Access::Write, Checks::Enforced) => {
                Ok("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET CONSTRAINTS ALL DEFERRED")
            }
            (Access::Write, Checks::Off) if !self.checks_off => Err(self
                .session
                .failure(ErrorKind::Unsupported, DOING)
                .because("this role may not set session_replication_role")
                .help("GRANT SET ON PARAMETER session_replication_role (PostgreSQL 15 and newer), or let the server check")),
            (Access::Write, Checks::Off) => {
                Ok("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL session_replication_role = replica")
            }
        }
    }
}

#[async_trait]
impl Connection for PostgresConnection {
    fn name(&self) -> &str {
        self.session.name()
    }

    fn engine(&self) -> Engine {
        Engine::Postgres
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            checks_off: self.checks_off,
            silences_triggers: self.checks_off,
            check_time: CheckTime::Statement,
            can_defer: true,
            locks_rows: true,
        }
    }

    async fn query(&mut self, sql: &str) -> Result<Vec<TextRow>> {
        let rows = self.session.rows("running a query", sql).await;
        self.noted(rows)
    }

    async fn execute(&mut self, sql: &str) -> Result<u64> {
        let changed = self.session.changed("running a statement", sql).await;
        self.noted(changed)
    }

    async fn begin(&mut self, access: Access, checks: Checks) -> Result<()> {
        if self.transaction != Transaction::None {
            return self.misused("starting a transaction", "one is open already");
        }
        let sql = self.begin_sql(access, checks)?;
        // Before it is known: what fails half-way has to be rolled back.
        self.transaction = Transaction::Open(access);
        let begun = self.session.batch("starting a transaction", sql).await;
        self.noted(begun)
    }

    async fn commit(&mut self) -> Result<()> {
        let doing = "committing";
        match self.transaction {
            Transaction::None => return self.misused(doing, "no transaction is open"),
            Transaction::Failed => {
                return self.misused(doing, "something failed in the transaction: it can only be rolled back");
            }
            Transaction::Open(_) => {}
        }
        // A COMMIT in a failed transaction is a ROLLBACK that reports success. A statement before it is refused there.
        let committed = self.session.batch(doing, "SELECT 1; COMMIT").await;
        self.transaction = match &committed {
            Ok(()) => Transaction::None,
            Err(_) => Transaction::Failed,
        };
        committed
    }

    async fn rollback(&mut self) -> Result<()> {
        if self.transaction == Transaction::None {
            return Ok(());
        }
        // Also after a failed COMMIT, which has ended it: then this is a warning, and right.
        self.session.batch("rolling back", "ROLLBACK").await?;
        self.transaction = Transaction::None;
        Ok(())
    }

    fn format(&self, columns: &[Column]) -> Format {
        if columns.iter().any(|column| column.text_only || scan::is_xml(column)) {
            Format::PostgresText
        } else {
            Format::PostgresBinary
        }
    }

    async fn read(&mut self, select: &Select, format: Format, sink: ChunkSender) -> Result<Sent> {
        let sent = self.read_rows(select, format, sink).await;
        self.noted(sent)
    }

    async fn explain(&mut self, select: &Select) -> Result<Explained> {
        let doing = format!("asking how {} is read", select.table);
        let sql = self.select(select, &doing, scan::plain).await?;
        let rows = self.session.rows(&doing, &format!("EXPLAIN {sql}")).await;
        self.noted(rows).map(Explained::of_postgres)
    }

    async fn write(&mut self, load: &Load, format: Format, source: ChunkReceiver) -> Result<u64> {
        let doing = format!("writing {}", load.table);
        self.need_write(&doing)?;
        let stored = writer::write(&mut self.session, &doing, load, format, source).await;
        self.noted(stored)
    }

    async fn scan(
        &mut self,
        select: &Select,
        each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send),
    ) -> Result<u64> {
        let rows = self.scan_rows(select, each).await;
        self.noted(rows)
    }

    async fn stream(
        &mut self,
        doing: &str,
        sql: &str,
        columns: usize,
        each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send),
    ) -> Result<u64> {
        let rows = scan::scan(&mut self.session, doing, sql, columns, each).await;
        self.noted(rows)
    }

    async fn share_snapshot(&mut self) -> Result<Option<String>> {
        let doing = "sharing a snapshot";
        if self.transaction != Transaction::Open(Access::Snapshot) {
            return self.misused(doing, "no snapshot is open");
        }
        let rows = self.session.rows(doing, "SELECT pg_catalog.pg_export_snapshot()").await;
        let rows = self.noted(rows)?;
        Ok(rows.into_iter().next().and_then(|row| row.into_iter().next().flatten()))
    }

    async fn begin_at(&mut self, snapshot: &str) -> Result<()> {
        let doing = "joining a snapshot";
        if self.transaction != Transaction::None {
            return self.misused(doing, "a transaction is open already");
        }
        self.transaction = Transaction::Open(Access::Snapshot);
        let sql = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT {}",
            self.dialect().text(snapshot)
        );
        let begun = self.session.batch(doing, &sql).await;
        self.noted(begun)
    }

    async fn lock(&mut self, select: &Select) -> Result<u64> {
        let locked = self.lock_rows(select, "FOR UPDATE OF t").await;
        self.noted(locked)
    }

    async fn hold(&mut self, select: &Select) -> Result<u64> {
        let held = self.lock_rows(select, "FOR KEY SHARE OF t").await;
        self.noted(held)
    }

    async fn advance_generators(&mut self, table: &exodus_schema::Table) -> Result<()> {
        let advanced = self.generators.advance(&mut self.session, table).await;
        self.noted(advanced)
    }

    async fn key_generators(&mut self, table: &exodus_schema::Table) -> Result<Vec<KeyGenerator>> {
        let standing = generators::standing(&mut self.session, table).await;
        self.noted(standing)
    }

    async fn room(&mut self) -> Result<Vec<Room>> {
        let room = room::left(&mut self.session).await;
        self.noted(room)
    }

    async fn delete(&mut self, select: &Select) -> Result<u64> {
        let deleted = self.delete_rows(select).await;
        self.noted(deleted)
    }

    async fn open_transactions(&mut self, _: &[String]) -> Result<Vec<OpenTransaction>> {
        if self.transaction != Transaction::None {
            return self.misused("looking for open transactions", "one is open here");
        }
        transactions::open(&mut self.session).await
    }

    async fn lacking(&mut self, needed: &[Needed]) -> Result<Vec<Lacking>> {
        let lacking = privileges::lacking(&mut self.session, needed).await;
        self.noted(lacking)
    }

    fn canceller(&self) -> Canceller {
        self.session.canceller()
    }
}

impl std::fmt::Debug for PostgresConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresConnection")
            .field("name", &self.session.name())
            .finish_non_exhaustive()
    }
}
