//! What a session does on a blocking thread: transactions and small statements.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use exodus_schema::TextRow;
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Statement, ffi};

use super::error::error;
use super::open::open;
use super::stop::Stop;
use crate::ConnectOptions;
use crate::connection::{Access, Checks};
use crate::error::{Error, ErrorKind, Result};

/// A connection and the state of its transaction.
pub(super) struct Session {
    pub(super) conn: Connection,
    name: Arc<str>,
    read_only: bool,
    stop: Arc<Stop>,
    transaction: Transaction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transaction {
    None,
    Open {
        access: Access,
        checks: Checks,
    },
    /// Rows are arriving; only the end of their stream makes it whole again.
    Writing(Checks),
    /// Something in it failed: SQLite would let the rest be committed all the same.
    Broken,
}

impl Session {
    pub(super) fn open(
        name: &Arc<str>,
        path: &Path,
        options: ConnectOptions,
        patience: Duration,
        stop: &Arc<Stop>,
    ) -> Result<Self> {
        stop.start();
        let conn = open(name, path, options, patience, stop)?;
        stop.watch(conn.get_interrupt_handle());
        Ok(Self {
            conn,
            name: Arc::clone(name),
            read_only: options.read_only,
            stop: Arc::clone(stop),
            transaction: Transaction::None,
        })
    }

    /// Does one piece of work; a failure breaks the open transaction.
    pub(super) fn work<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.stop.start();
        let result = work(self);
        if result.is_err() {
            self.break_transaction();
        }
        result
    }

    /// Only a rollback is possible from here on.
    pub(super) fn break_transaction(&mut self) {
        if self.transaction != Transaction::None {
            self.transaction = Transaction::Broken;
        }
    }

    /// Puts a failure in words.
    pub(super) fn error(&self, doing: impl Into<String>, cause: &rusqlite::Error) -> Error {
        if self.stop.asked() {
            return Error::new(ErrorKind::Cancelled, &*self.name, doing);
        }
        let error = error(&self.name, doing, cause);
        match self.trigger_message(cause) {
            Some(message) => error.help(format!("a trigger of the database refused the row: {message}")),
            None => error,
        }
    }

    /// What a trigger said with `RAISE`, if that text stands in its source and so is not a value of a row.
    fn trigger_message(&self, cause: &rusqlite::Error) -> Option<String> {
        let rusqlite::Error::SqliteFailure(code, Some(message)) = cause else {
            return None;
        };
        if code.extended_code != ffi::SQLITE_CONSTRAINT_TRIGGER {
            return None;
        }
        let literal = format!("'{}'", message.replace('\'', "''"));
        let known = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'trigger' AND instr(sql, ?1) > 0)";
        let known: bool = self.conn.query_row(known, [literal], |row| row.get(0)).ok()?;
        known.then(|| message.clone())
    }

    /// A failure that SQLite does not know of.
    pub(super) fn refuse(&self, kind: ErrorKind, doing: impl Into<String>, cause: &str) -> Error {
        Error::new(kind, &*self.name, doing).because(cause.to_owned())
    }

    pub(super) fn begin(&mut self, access: Access, checks: Checks) -> Result<()> {
        let doing = "starting a transaction";
        if self.transaction != Transaction::None {
            return Err(self.refuse(ErrorKind::Statement, doing, "a transaction is open already"));
        }
        if access == Access::Write {
            self.check_writable(doing)?;
        }
        let begun = match (access, checks) {
            (Access::Snapshot, _) => self.begin_snapshot(),
            (Access::Write, Checks::Enforced) => self.begin_enforced(),
            (Access::Write, Checks::Off) => self.begin_unchecked(),
        };
        if let Err(cause) = begun {
            let error = self.error(doing, &cause);
            // What failed first is what the user must see.
            let _ = self.roll_back_and_restore();
            return Err(error);
        }
        self.transaction = Transaction::Open { access, checks };
        Ok(())
    }

    fn check_writable(&self, doing: &str) -> Result<()> {
        let (cause, help) = if self.read_only {
            ("the session is read-only", "a dry run cannot write")
        } else if self.conn.is_readonly("main").unwrap_or(false) {
            // SQLite quietly opens such a file for reading, and even lets BEGIN IMMEDIATE pass.
            (
                "the file cannot be written",
                "check the permissions of the file and of its directory",
            )
        } else {
            return Ok(());
        };
        Err(self.refuse(ErrorKind::Privilege, doing, cause).help(help))
    }

    fn begin_snapshot(&self) -> rusqlite::Result<()> {
        // BEGIN alone takes no snapshot; the first read does.
        self.conn
            .execute_batch("PRAGMA query_only = ON; BEGIN; SELECT count(*) FROM main.sqlite_schema")
    }

    fn begin_enforced(&self) -> rusqlite::Result<()> {
        // Triggers were written for applications, where a double-quoted text may be a string.
        self.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, true)?;
        self.conn
            .execute_batch("BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON")
    }

    fn begin_unchecked(&self) -> rusqlite::Result<()> {
        self.conn
            .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
        self.conn.execute_batch("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE")
    }

    pub(super) fn commit(&mut self) -> Result<()> {
        let doing = "committing";
        self.check_whole(doing)?;
        if self.transaction == Transaction::None {
            return Err(self.refuse(ErrorKind::Statement, doing, "no transaction is open"));
        }
        // A trigger's RAISE(ROLLBACK) or a full disk may have ended it without this session's doing.
        if self.conn.is_autocommit() {
            return Err(self.refuse(ErrorKind::Statement, doing, "the database rolled the transaction back"));
        }
        self.conn
            .execute_batch("COMMIT")
            .map_err(|cause| self.error(doing, &cause))?;
        // It is committed, whatever comes: a session that cannot be restored fails at its next use instead.
        if self.restore().is_ok() {
            self.transaction = Transaction::None;
        } else {
            self.transaction = Transaction::Broken;
        }
        Ok(())
    }

    pub(super) fn rollback(&mut self) -> Result<()> {
        self.roll_back_and_restore()
            .map_err(|cause| self.error("rolling back", &cause))?;
        self.transaction = Transaction::None;
        Ok(())
    }

    fn roll_back_and_restore(&self) -> rusqlite::Result<()> {
        if !self.conn.is_autocommit() {
            self.conn.execute_batch("ROLLBACK")?;
        }
        self.restore()
    }

    /// Undoes what `begin` set; outside a transaction.
    fn restore(&self) -> rusqlite::Result<()> {
        self.conn
            .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, true)?;
        self.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        self.conn.execute_batch("PRAGMA foreign_keys = ON")?;
        if !self.read_only {
            self.conn.execute_batch("PRAGMA query_only = OFF")?;
        }
        Ok(())
    }

    /// Refuses what may not follow on a failure.
    fn check_whole(&self, doing: &str) -> Result<()> {
        let cause = match self.transaction {
            Transaction::None | Transaction::Open { .. } => return Ok(()),
            Transaction::Writing(_) => "the rows being written have not ended; the transaction can only be rolled back",
            Transaction::Broken => "the transaction failed before; it can only be rolled back",
        };
        Err(self.refuse(ErrorKind::Statement, doing, cause))
    }

    /// Rows are about to arrive, with these checks.
    pub(super) fn start_writing(&mut self, doing: &str) -> Result<Checks> {
        self.check_whole(doing)?;
        match self.transaction {
            Transaction::Open {
                access: Access::Write,
                checks,
            } => {
                self.transaction = Transaction::Writing(checks);
                Ok(checks)
            }
            _ => Err(self.refuse(ErrorKind::Statement, doing, "no write transaction is open")),
        }
    }

    /// Whether rows may be inserted now.
    pub(super) fn check_writing(&self, doing: &str) -> Result<()> {
        match self.transaction {
            Transaction::Writing(_) => Ok(()),
            _ => Err(self.refuse(ErrorKind::Statement, doing, "the transaction ended before the rows did")),
        }
    }

    /// All rows have arrived.
    pub(super) fn end_writing(&mut self, doing: &str) -> Result<()> {
        self.check_writing(doing)?;
        if let Transaction::Writing(checks) = self.transaction {
            self.transaction = Transaction::Open {
                access: Access::Write,
                checks,
            };
        }
        Ok(())
    }

    /// Prepares a statement that this session may run now.
    pub(super) fn prepare(&self, doing: &str, sql: &str) -> Result<Statement<'_>> {
        self.check_whole(doing)?;
        let statement = self.conn.prepare(sql).map_err(|cause| self.error(doing, &cause))?;
        let snapshot = matches!(
            self.transaction,
            Transaction::Open {
                access: Access::Snapshot,
                ..
            }
        );
        // `query_only` lets some through, such as `PRAGMA journal_mode = …`.
        if (self.read_only || snapshot) && !statement.readonly() {
            let error = self.refuse(ErrorKind::Privilege, doing, "the session is read-only");
            return Err(error.help("a dry run and a snapshot cannot write"));
        }
        Ok(statement)
    }

    pub(super) fn query(&self, sql: &str) -> Result<Vec<TextRow>> {
        let doing = "running a query";
        let mut statement = self.prepare(doing, sql)?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.raw_query();
        let mut out = vec![];
        while let Some(row) = rows.next().map_err(|cause| self.error(doing, &cause))? {
            let mut fields = Vec::with_capacity(columns.len());
            for (at, column) in columns.iter().enumerate() {
                let value = row.get_ref(at).map_err(|cause| self.error(doing, &cause))?;
                fields.push(
                    text(value).map_err(|what| {
                        self.refuse(ErrorKind::Data, doing, &format!("column {column} holds {what}"))
                    })?,
                );
            }
            out.push(fields);
        }
        Ok(out)
    }

    /// Runs a statement and returns the rows it changed itself; not those that its triggers did.
    pub(super) fn execute(&self, doing: &str, sql: &str) -> Result<u64> {
        let before = self.conn.total_changes();
        let mut statement = self.prepare(doing, sql)?;
        let mut rows = statement.raw_query();
        // A RETURNING clause gives rows; the statement is done when they are read.
        while rows.next().map_err(|cause| self.error(doing, &cause))?.is_some() {}
        // What is not an INSERT, UPDATE or DELETE leaves the count of the statement before it in `changes`.
        Ok(if self.conn.total_changes() == before {
            0
        } else {
            self.conn.changes()
        })
    }

    pub(super) fn count(&self, doing: &str, sql: &str) -> Result<u64> {
        let mut statement = self.prepare(doing, sql)?;
        let count: i64 = statement
            .query_row([], |row| row.get(0))
            .map_err(|cause| self.error(doing, &cause))?;
        Ok(count.unsigned_abs())
    }
}

/// A value in the text form that reads back as the same value.
fn text(value: ValueRef<'_>) -> std::result::Result<Option<String>, &'static str> {
    match value {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(number) => Ok(Some(number.to_string())),
        // As SQLite writes it, but with as many digits as it takes to read the same number back.
        ValueRef::Real(number) if number.is_infinite() => {
            Ok(Some(if number > 0.0 { "Inf" } else { "-Inf" }.to_owned()))
        }
        ValueRef::Real(number) => Ok(Some(format!("{number:?}"))),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes)
            .map(|text| Some(text.to_owned()))
            .map_err(|_| "text that is not UTF-8"),
        ValueRef::Blob(bytes) => std::str::from_utf8(bytes)
            .map(|text| Some(text.to_owned()))
            .map_err(|_| "bytes that are not text"),
    }
}
