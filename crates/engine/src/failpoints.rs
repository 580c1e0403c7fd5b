//! Places at which a test can hold the program: to kill it exactly there, to look at it, or to do something beside it.
//!
//! A debug build that finds a place's name in the variable `EXODUS_FAILPOINT` says `failpoint NAME` on the standard error
//! when it comes there, and goes on when its standard input has a line or ends. Release builds pass all places.
//!
//! `statement-N` is the place before the N-th statement, of all sessions of the process, that changes something; what
//! it leaves is what the statement before it left. So whoever tries every number has tried both sides of each of them.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use exodus_schema::{Column, Engine, Table, TextRow};

use crate::chunk::{ChunkReceiver, ChunkSender, Format, Load, Select, Sent};
use crate::connection::{Access, Canceller, Capabilities, Checks, Connection, ScanRow};
use crate::error::Result;
use crate::explain::Explained;
use crate::generators::KeyGenerator;
use crate::privileges::{Lacking, Needed};
use crate::room::Room;
use crate::transactions::OpenTransaction;

/// The place that is asked for.
fn wanted() -> Option<String> {
    if cfg!(debug_assertions) {
        std::env::var("EXODUS_FAILPOINT").ok()
    } else {
        None
    }
}

/// The program has come to the place of this name.
pub async fn reach(name: &str) {
    if wanted().is_some_and(|wanted| wanted == name) {
        eprintln!("failpoint {name}");
        // Beside the runtime: connections go on working.
        let waiting = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
        drop(waiting.await);
    }
}

/// The same connection, whose changing statements are places where these are asked for.
pub(crate) fn watched(connection: Box<dyn Connection>) -> Box<dyn Connection> {
    match wanted() {
        Some(name) if name.starts_with("statement-") => Box::new(Watched(connection)),
        _ => connection,
    }
}

/// Before a statement that changes something.
async fn statement() {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    reach(&format!("statement-{}", COUNT.fetch_add(1, Ordering::SeqCst) + 1)).await;
}

/// A connection that counts.
struct Watched(Box<dyn Connection>);

#[async_trait]
impl Connection for Watched {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn engine(&self) -> Engine {
        self.0.engine()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    async fn query(&mut self, sql: &str) -> Result<Vec<TextRow>> {
        self.0.query(sql).await
    }

    async fn execute(&mut self, sql: &str) -> Result<u64> {
        statement().await;
        self.0.execute(sql).await
    }

    async fn begin(&mut self, access: Access, checks: Checks) -> Result<()> {
        self.0.begin(access, checks).await
    }

    async fn commit(&mut self) -> Result<()> {
        statement().await;
        self.0.commit().await
    }

    async fn rollback(&mut self) -> Result<()> {
        self.0.rollback().await
    }

    fn format(&self, columns: &[Column]) -> Format {
        self.0.format(columns)
    }

    async fn read(&mut self, select: &Select, format: Format, sink: ChunkSender) -> Result<Sent> {
        self.0.read(select, format, sink).await
    }

    async fn write(&mut self, load: &Load, format: Format, source: ChunkReceiver) -> Result<u64> {
        statement().await;
        self.0.write(load, format, source).await
    }

    async fn scan(
        &mut self,
        select: &Select,
        each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send),
    ) -> Result<u64> {
        self.0.scan(select, each).await
    }

    async fn stream(
        &mut self,
        doing: &str,
        sql: &str,
        columns: usize,
        each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send),
    ) -> Result<u64> {
        self.0.stream(doing, sql, columns, each).await
    }

    async fn explain(&mut self, select: &Select) -> Result<Explained> {
        self.0.explain(select).await
    }

    async fn share_snapshot(&mut self) -> Result<Option<String>> {
        self.0.share_snapshot().await
    }

    async fn begin_at(&mut self, snapshot: &str) -> Result<()> {
        self.0.begin_at(snapshot).await
    }

    async fn lock(&mut self, select: &Select) -> Result<u64> {
        statement().await;
        self.0.lock(select).await
    }

    async fn hold(&mut self, select: &Select) -> Result<u64> {
        self.0.hold(select).await
    }

    async fn advance_generators(&mut self, table: &Table) -> Result<()> {
        statement().await;
        self.0.advance_generators(table).await
    }

    async fn key_generators(&mut self, table: &Table) -> Result<Vec<KeyGenerator>> {
        self.0.key_generators(table).await
    }

    async fn room(&mut self) -> Result<Vec<Room>> {
        self.0.room().await
    }

    async fn delete(&mut self, select: &Select) -> Result<u64> {
        statement().await;
        self.0.delete(select).await
    }

    async fn open_transactions(&mut self, schemas: &[String]) -> Result<Vec<OpenTransaction>> {
        self.0.open_transactions(schemas).await
    }

    async fn lacking(&mut self, needed: &[Needed]) -> Result<Vec<Lacking>> {
        self.0.lacking(needed).await
    }

    fn canceller(&self) -> Canceller {
        self.0.canceller()
    }
}
