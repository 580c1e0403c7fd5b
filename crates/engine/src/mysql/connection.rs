//! The session as the rest of exodus sees it.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, Value};

use exodus_schema::{Column, Engine, TextRow};

use super::session::Session;
use super::{columns, error};
use crate::chunk::{ChunkReceiver, ChunkSender, Format, Load, Select, Sent};
use crate::connection::{Access, Canceller, Capabilities, CheckTime, Checks, Connection, ScanRow};
use crate::error::{Error, ErrorKind, Result};
use crate::explain::Explained;
use crate::generators::KeyGenerator;
use crate::privileges::{Lacking, Needed};
use crate::room::Room;
use crate::transactions::OpenTransaction;

/// How long it may take to have a statement ended.
const KILL_TIMEOUT: Duration = Duration::from_secs(5);

/// A session with MySQL or MariaDB.
pub(crate) struct MySqlConnection {
    pub(super) name: String,
    pub(super) session: Session,
    /// What the open transaction is for.
    transaction: Option<Access>,
    /// Results come as stored instead of as UTF-8.
    results_as_stored: bool,
    /// Foreign keys are unchecked until the transaction ends.
    checks_off: bool,
}

impl MySqlConnection {
    pub(super) fn new(name: &str, session: Session) -> Self {
        Self {
            name: name.to_owned(),
            session,
            transaction: None,
            results_as_stored: false,
            checks_off: false,
        }
    }

    /// Runs a statement of our own.
    pub(super) async fn run(&mut self, sql: &str, doing: &str) -> Result<()> {
        let done = self.session.conn.query_drop(sql).await;
        done.map_err(|cause| error::statement(&self.name, doing, cause))
    }

    /// Has texts sent in the bytes and the character set in which they are stored, or as UTF-8.
    pub(super) async fn results_as_stored(&mut self, as_stored: bool) -> Result<()> {
        if self.results_as_stored != as_stored {
            let charset = if as_stored { "NULL" } else { "utf8mb4" };
            self.run(
                &format!("SET character_set_results = {charset}"),
                "setting up the session",
            )
            .await?;
            self.results_as_stored = as_stored;
        }
        Ok(())
    }

    /// Gives up a result that is not read to its end, so that the connection can be used at once.
    pub(super) async fn abandon(&mut self) {
        kill(self.session.opts.clone(), self.session.id).await;
        // Reads what is still on its way. The statement itself takes a kill that came too late for the query it was
        // meant for. Either may fail, and both may: an error that matters comes back with the next statement.
        let _ = self.session.conn.query_drop("DO 0").await;
    }

    /// Writing outside of a transaction would keep the rows of a stream that breaks.
    pub(super) fn must_be_writing(&self, doing: &str) -> Result<()> {
        match self.transaction {
            Some(Access::Write) => Ok(()),
            _ => Err(Error::new(ErrorKind::Unsupported, &self.name, doing).because("no write transaction is open")),
        }
    }

    /// What the next transaction must not inherit.
    async fn after_transaction(&mut self) -> Result<()> {
        self.transaction = None;
        if self.checks_off {
            self.run("SET foreign_key_checks = 1", "switching foreign key checks on again")
                .await?;
            self.checks_off = false;
        }
        Ok(())
    }
}

#[async_trait]
impl Connection for MySqlConnection {
    fn name(&self) -> &str {
        &self.name
    }

    fn engine(&self) -> Engine {
        self.session.engine
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            checks_off: true,
            silences_triggers: false,
            check_time: CheckTime::Row,
            can_defer: false,
            locks_rows: true,
        }
    }

    async fn query(&mut self, sql: &str) -> Result<Vec<TextRow>> {
        self.results_as_stored(false).await?;
        let failed = |cause| error::statement(&self.name, "running a query", cause);
        let mut result = self.session.conn.query_iter(sql).await.map_err(failed)?;
        let mut rows = vec![];
        while let Some(row) = result.next().await.map_err(failed)? {
            rows.push(
                text_row(row.unwrap())
                    .map_err(|why| Error::new(ErrorKind::Data, &self.name, "running a query").because(why))?,
            );
        }
        result.drop_result().await.map_err(failed)?;
        Ok(rows)
    }

    async fn execute(&mut self, sql: &str) -> Result<u64> {
        self.run(sql, "running a statement").await?;
        Ok(self.session.conn.affected_rows())
    }

    async fn begin(&mut self, access: Access, checks: Checks) -> Result<()> {
        let doing = "beginning a transaction";
        if self.transaction.is_some() {
            return Err(Error::new(ErrorKind::Unsupported, &self.name, doing).because("one is already open"));
        }
        let (level, start) = match access {
            Access::Snapshot => (
                "REPEATABLE READ",
                "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
            ),
            Access::Write => ("READ COMMITTED", "START TRANSACTION"),
        };
        self.run(&format!("SET TRANSACTION ISOLATION LEVEL {level}"), doing)
            .await?;
        if access == Access::Write && checks == Checks::Off {
            // Set first: should the rest fail, the checks are restored with the transaction that never was.
            self.checks_off = true;
            // unique_checks stays on: without it InnoDB may store duplicates.
            self.run("SET foreign_key_checks = 0", doing).await?;
        }
        self.run(start, doing).await?;
        self.transaction = Some(access);
        Ok(())
    }

    async fn commit(&mut self) -> Result<()> {
        let done = self.session.conn.query_drop("COMMIT").await;
        done.map_err(|cause| error::commit(&self.name, cause))?;
        if let Err(left_over) = self.after_transaction().await {
            // The rows are in; failing here would say that they may not be. The next statement will tell.
            tracing::warn!(database = %self.name, error = %left_over, "the session broke after its commit");
        }
        Ok(())
    }

    async fn rollback(&mut self) -> Result<()> {
        self.run("ROLLBACK", "rolling back").await?;
        self.after_transaction().await
    }

    fn format(&self, _columns: &[Column]) -> Format {
        Format::MySqlLoad
    }

    async fn read(&mut self, select: &Select, format: Format, sink: ChunkSender) -> Result<Sent> {
        self.must_be_own(format, &format!("reading {}", select.table))?;
        self.read_rows(select, format == Format::MySqlLoad, &sink).await
    }

    async fn explain(&mut self, select: &Select) -> Result<Explained> {
        let doing = format!("asking how {} is read", select.table);
        let rows = self.query(&columns::explain(self.dialect(), select)).await;
        rows.map(Explained::of_mysql).map_err(|error| error.while_doing(doing))
    }

    async fn write(&mut self, load: &Load, format: Format, source: ChunkReceiver) -> Result<u64> {
        let doing = format!("writing {}", load.table);
        self.must_be_own(format, &doing)?;
        self.must_be_writing(&doing)?;
        if format == Format::MySqlUtf8 {
            return self.write_rows(&columns::arriving_in_utf8(load), source).await;
        }
        self.write_rows(load, source).await
    }

    async fn scan(
        &mut self,
        select: &Select,
        each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send),
    ) -> Result<u64> {
        self.scan_rows(select, each).await
    }

    async fn stream(
        &mut self,
        doing: &str,
        sql: &str,
        _columns: usize,
        each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send),
    ) -> Result<u64> {
        self.stream_rows(doing, sql, each).await
    }

    async fn lock(&mut self, select: &Select) -> Result<u64> {
        // Counted here: in a derived table the server would not lock the rows.
        let sql = columns::from(self.dialect(), select, "1", " FOR UPDATE");
        self.each_row(&sql, &format!("locking rows of {}", select.table), |_| {})
            .await
    }

    async fn key_generators(&mut self, table: &exodus_schema::Table) -> Result<Vec<KeyGenerator>> {
        self.auto_increment(table).await
    }

    async fn room(&mut self) -> Result<Vec<Room>> {
        self.room_left().await
    }

    async fn delete(&mut self, select: &Select) -> Result<u64> {
        let doing = format!("removing rows of {}", select.table);
        self.must_be_writing(&doing)?;
        // In the form for several tables both products turn the condition's subqueries into joins, and both let them
        // read the table itself once a derived table is between.
        let table = self.dialect().table(&select.table);
        self.run(
            &format!("DELETE t FROM {table} AS t WHERE {}", select.condition),
            &doing,
        )
        .await?;
        Ok(self.session.conn.affected_rows())
    }

    async fn open_transactions(&mut self, schemas: &[String]) -> Result<Vec<OpenTransaction>> {
        if self.transaction.is_some() {
            return Err(
                Error::new(ErrorKind::Unsupported, &self.name, "looking for open transactions")
                    .because("one is open here"),
            );
        }
        self.others_transactions(schemas).await
    }

    async fn lacking(&mut self, needed: &[Needed]) -> Result<Vec<Lacking>> {
        self.lacks(needed).await
    }

    fn canceller(&self) -> Canceller {
        let (opts, id) = (self.session.opts.clone(), self.session.id);
        Box::new(move || kill(opts.clone(), id))
    }
}

impl MySqlConnection {
    fn must_be_own(&self, format: Format, doing: &str) -> Result<()> {
        if matches!(format, Format::MySqlLoad | Format::MySqlUtf8) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Unsupported, &self.name, doing)
            .because(format!("{format:?} is another engine's format")))
    }
}

/// Ends what runs on connection `id`, from a second connection made in the same way.
fn kill(opts: Opts, id: u64) -> BoxFuture<'static, ()> {
    async move {
        // When the server is gone, the statement is too. One that doesn't answer must not be waited for.
        let asked = async {
            if let Ok(mut conn) = Conn::new(opts).await {
                let _ = conn.query_drop(format!("KILL QUERY {id}")).await;
                let _ = conn.disconnect().await;
            }
        };
        let _ = tokio::time::timeout(KILL_TIMEOUT, asked).await;
    }
    .boxed()
}

fn text_row(values: Vec<Value>) -> std::result::Result<TextRow, String> {
    let text = |(at, value)| match value {
        Value::NULL => Ok(None),
        Value::Bytes(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(format!("column {} of the result is not text", at + 1)),
        },
        // The text protocol knows nothing else.
        _ => Err(format!("column {} of the result came in an unexpected form", at + 1)),
    };
    values.into_iter().enumerate().map(text).collect()
}
