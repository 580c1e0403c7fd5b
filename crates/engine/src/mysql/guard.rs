//! A connection whose answer nobody waited for is not used again.
//!
//! The driver sends a statement and reads the answer to it in one future. Where that is dropped in between, by a timeout
//! or Ctrl-C, the next statement would read the answer to the last one. So each call notes that it has begun, and only its
//! end takes the note back.

use async_trait::async_trait;

use exodus_schema::{Column, Engine, Table, TextRow};

use super::connection::MySqlConnection;
use crate::chunk::{ChunkReceiver, ChunkSender, Format, Load, Select, Sent};
use crate::connection::{Access, Canceller, Capabilities, Checks, Connection, ScanRow};
use crate::error::{Error, ErrorKind, Result};
use crate::explain::Explained;
use crate::generators::KeyGenerator;
use crate::privileges::{Lacking, Needed};
use crate::room::Room;
use crate::transactions::OpenTransaction;

/// The connection, and whether one of its calls was cut off.
pub(crate) struct Guarded {
    inner: MySqlConnection,
    under_way: bool,
}

impl Guarded {
    pub(super) fn new(inner: MySqlConnection) -> Self {
        Self {
            inner,
            under_way: false,
        }
    }

    fn start(&mut self) -> Result<&mut MySqlConnection> {
        if self.under_way {
            return Err(Error::new(
                ErrorKind::Lost,
                self.inner.name(),
                "using a connection whose last statement was interrupted",
            ));
        }
        self.under_way = true;
        Ok(&mut self.inner)
    }

    fn end<T>(&mut self, result: Result<T>) -> Result<T> {
        self.under_way = false;
        result
    }
}

#[async_trait]
impl Connection for Guarded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn engine(&self) -> Engine {
        self.inner.engine()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn query(&mut self, sql: &str) -> Result<Vec<TextRow>> {
        let result = self.start()?.query(sql).await;
        self.end(result)
    }

    async fn execute(&mut self, sql: &str) -> Result<u64> {
        let result = self.start()?.execute(sql).await;
        self.end(result)
    }

    async fn begin(&mut self, access: Access, checks: Checks) -> Result<()> {
        let result = self.start()?.begin(access, checks).await;
        self.end(result)
    }

    async fn commit(&mut self) -> Result<()> {
        let result = self.start()?.commit().await;
        self.end(result)
    }

    async fn rollback(&mut self) -> Result<()> {
        let result = self.start()?.rollback().await;
        self.end(result)
    }

    fn format(&self, columns: &[Column]) -> Format {
        self.inner.format(columns)
    }

    async fn read(&mut self, select: &Select, format: Format, sink: ChunkSender) -> Result<Sent> {
        let result = self.start()?.read(select, format, sink).await;
        self.end(result)
    }

    async fn explain(&mut self, select: &Select) -> Result<Explained> {
        let result = self.start()?.explain(select).await;
        self.end(result)
    }

    async fn write(&mut self, load: &Load, format: Format, source: ChunkReceiver) -> Result<u64> {
        let result = self.start()?.write(load, format, source).await;
        self.end(result)
    }

    async fn scan(
        &mut self,
        select: &Select,
        each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send),
    ) -> Result<u64> {
        let result = self.start()?.scan(select, each).await;
        self.end(result)
    }

    async fn stream(
        &mut self,
        doing: &str,
        sql: &str,
        columns: usize,
        each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send),
    ) -> Result<u64> {
        let result = self.start()?.stream(doing, sql, columns, each).await;
        self.end(result)
    }

    async fn lock(&mut self, select: &Select) -> Result<u64> {
        let result = self.start()?.lock(select).await;
        self.end(result)
    }

    async fn hold(&mut self, select: &Select) -> Result<u64> {
        let result = self.start()?.hold(select).await;
        self.end(result)
    }

    async fn key_generators(&mut self, table: &Table) -> Result<Vec<KeyGenerator>> {
        let result = self.start()?.key_generators(table).await;
        self.end(result)
    }

    async fn room(&mut self) -> Result<Vec<Room>> {
        let result = self.start()?.room().await;
        self.end(result)
    }

    async fn advance_generators(&mut self, table: &Table) -> Result<()> {
        let result = self.start()?.advance_generators(table).await;
        self.end(result)
    }

    async fn delete(&mut self, select: &Select) -> Result<u64> {
        let result = self.start()?.delete(select).await;
        self.end(result)
    }

    async fn open_transactions(&mut self, schemas: &[String]) -> Result<Vec<OpenTransaction>> {
        let result = self.start()?.open_transactions(schemas).await;
        self.end(result)
    }

    async fn lacking(&mut self, needed: &[Needed]) -> Result<Vec<Lacking>> {
        let result = self.start()?.lacking(needed).await;
        self.end(result)
    }

    fn canceller(&self) -> Canceller {
        self.inner.canceller()
    }
}
