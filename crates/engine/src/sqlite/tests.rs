//! Waiting for locks: with little patience, which only this crate can ask for.

use std::path::Path;
use std::time::{Duration, Instant};

use super::SqliteConnection;
use crate::ConnectOptions;
use crate::connection::{Access, Checks, Connection};
use crate::error::{ErrorKind, Result};

const PATIENCE: Duration = Duration::from_millis(200);

fn held(path: &Path, how: &str) -> rusqlite::Connection {
    let conn = rusqlite::Connection::open(path).expect("opened");
    conn.execute_batch(&format!("CREATE TABLE IF NOT EXISTS t (x); BEGIN {how}"))
        .expect("locked");
    conn
}

async fn open(path: &Path, patience: Duration) -> Result<SqliteConnection> {
    SqliteConnection::open("shop", path, ConnectOptions::default(), patience).await
}

#[tokio::test]
async fn a_lock_is_waited_for_and_then_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.db");
    let holder = held(&path, "EXCLUSIVE");
    let start = Instant::now();
    let Err(error) = open(&path, PATIENCE).await else {
        panic!("opened a locked file")
    };
    assert!(start.elapsed() >= PATIENCE);
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("locked"), "{error}");
    assert!(error.next_step().is_some_and(|help| help.contains("fuser")));

    holder.execute_batch("ROLLBACK; BEGIN IMMEDIATE").expect("another lock");
    let mut conn = open(&path, PATIENCE).await.expect("readers may");
    let error = conn
        .begin(Access::Write, Checks::Off)
        .await
        .expect_err("one writer is enough");
    assert!(error.to_string().contains("locked"), "{error}");
    // A failed start leaves the session as it was: checked.
    holder.execute_batch("ROLLBACK").expect("released");
    assert_eq!(
        conn.query("PRAGMA foreign_keys").await.expect("asked")[0][0].as_deref(),
        Some("1")
    );
    conn.begin(Access::Write, Checks::Off).await.expect("free now");
}

#[tokio::test]
async fn a_lock_that_ends_in_time_is_no_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.db");
    let holder = held(&path, "EXCLUSIVE");
    let release = async {
        tokio::time::sleep(PATIENCE).await;
        drop(holder);
    };
    let (conn, ()) = tokio::join!(open(&path, Duration::from_secs(20)), release);
    assert!(conn.is_ok());
}

#[tokio::test]
async fn waiting_for_a_lock_can_be_cancelled() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.db");
    let holder = held(&path, "IMMEDIATE");
    let mut conn = open(&path, Duration::from_mins(1)).await.expect("opened");
    let cancel = conn.canceller();
    let later = async {
        tokio::time::sleep(PATIENCE).await;
        cancel().await;
    };
    let start = Instant::now();
    let (begun, ()) = tokio::join!(conn.begin(Access::Write, Checks::Off), later);
    assert_eq!(begun.expect_err("cancelled").kind(), ErrorKind::Cancelled);
    assert!(start.elapsed() < Duration::from_secs(20));
    drop(holder);
    conn.begin(Access::Write, Checks::Off).await.expect("free now");
}
