//! Reads that run in a task of their own.
//!
//! The driver takes a result apart in the task that asks for it, at about the cost that the server has with it. In one
//! task both sides of a verification would wait for each other, and the reader of a copy for its writer.

use std::ops::{Deref, DerefMut};

use futures_util::future::BoxFuture;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Row, Value};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::connection::ScanRow;

/// Bytes of values that are handed over at once.
const BATCH: usize = 64 * 1024;

/// Batches that may wait.
const WAITING: usize = 4;

/// The driver's connection, which a task may have for the time of a read. When nobody waits for that task any more, the
/// connection is gone with it: [`Guarded`](super::guard::Guarded) sees to it that nobody asks for it.
pub(super) struct Held(Option<Conn>);

impl Held {
    pub(super) fn new(conn: Conn) -> Self {
        Self(Some(conn))
    }

    /// Starts a task that has the connection until it is [waited for](Lent::returned).
    pub(super) fn lend<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(Conn) -> BoxFuture<'static, (Conn, T)>,
    ) -> Lent<T> {
        let conn = self.0.take().expect(ONE_AT_A_TIME);
        Lent(tokio::spawn(work(conn)))
    }
}

const ONE_AT_A_TIME: &str = "one statement at a time runs on a connection, and none after one that was interrupted";

impl Deref for Held {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        self.0.as_ref().expect(ONE_AT_A_TIME)
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut Conn {
        self.0.as_mut().expect(ONE_AT_A_TIME)
    }
}

/// A task that has the connection; it ends with this.
pub(super) struct Lent<T>(JoinHandle<(Conn, T)>);

impl<T> Lent<T> {
    /// Waits for the task's end and puts the connection back.
    pub(super) async fn returned(mut self, to: &mut Held) -> T {
        match (&mut self.0).await {
            Ok((conn, outcome)) => {
                to.0 = Some(conn);
                outcome
            }
            // Nobody else ends the task.
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
    }
}

impl<T> Drop for Lent<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Rows on their way out of a task.
pub(super) struct Batch {
    columns: usize,
    /// The values one after the other.
    bytes: Vec<u8>,
    /// Where each value ends, or `None` for NULL.
    ends: Vec<Option<usize>>,
}

impl Batch {
    fn new() -> Self {
        Self {
            columns: 0,
            bytes: Vec::with_capacity(BATCH + BATCH / 4),
            ends: vec![],
        }
    }

    fn add(&mut self, row: &Row) {
        self.columns = row.len();
        for at in 0..row.len() {
            let value = field(row, at);
            self.bytes.extend_from_slice(value.unwrap_or_default());
            self.ends.push(value.map(|_| self.bytes.len()));
        }
    }

    /// Shows the rows; returns their number.
    pub(super) fn show(&self, each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send)) -> u64 {
        let mut fields = Vec::with_capacity(self.columns);
        let (mut start, mut rows) = (0, 0);
        for row in self.ends.chunks(self.columns.max(1)) {
            fields.clear();
            for end in row {
                fields.push(end.map(|end| &self.bytes[start..end]));
                start = end.unwrap_or(start);
            }
            each(&fields);
            rows += 1;
        }
        rows
    }
}

/// A way for batches.
pub(super) fn batches() -> (mpsc::Sender<Batch>, mpsc::Receiver<Batch>) {
    mpsc::channel(WAITING)
}

/// Runs a query and sends its rows. Stops in the middle when nobody takes them.
pub(super) async fn send_rows(conn: &mut Conn, sql: String, to: mpsc::Sender<Batch>) -> mysql_async::Result<()> {
    let mut result = conn.query_iter(sql).await?;
    let mut batch = Batch::new();
    while let Some(row) = result.next().await? {
        batch.add(&row);
        let size = batch.bytes.len();
        if size < BATCH {
            continue;
        }
        if to.send(std::mem::replace(&mut batch, Batch::new())).await.is_err() {
            return Ok(());
        }
        if size > WAITING * BATCH {
            // A value of 100 MB: the ones before it must be gone before the next one comes.
            let _ = to.reserve_many(WAITING).await;
        }
    }
    result.drop_result().await?;
    let _ = to.send(batch).await;
    Ok(())
}

/// A field's bytes; the text protocol sends nothing but bytes and NULL.
pub(super) fn field(row: &Row, at: usize) -> Option<&[u8]> {
    match row.as_ref(at) {
        Some(Value::Bytes(bytes)) => Some(bytes),
        _ => None,
    }
}
