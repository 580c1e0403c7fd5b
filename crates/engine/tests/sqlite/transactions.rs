//! Snapshots, checks, the end of transactions.

use std::time::{Duration, Instant};

use exodus_engine::{Checks, ErrorKind};

use super::*;

const FAMILY: &str = "CREATE TABLE parent (id INTEGER PRIMARY KEY);
    CREATE TABLE child (id INTEGER PRIMARY KEY, parent INT NOT NULL REFERENCES parent ON DELETE CASCADE);
    CREATE TABLE log (what TEXT);
    CREATE TRIGGER born AFTER INSERT ON child BEGIN INSERT INTO log VALUES ('born'); END;
    CREATE TRIGGER died AFTER DELETE ON child BEGIN INSERT INTO log VALUES ('died'); END;";
const ROWS: &str = "INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (1, 1), (2, 1), (3, 2)";

/// A query that would run for hours.
const ENDLESS: &str =
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n WHERE x < 0";

async fn one(conn: &mut dyn Connection, sql: &str) -> String {
    conn.query(sql).await.expect(sql)[0][0].clone().unwrap_or_default()
}

#[tokio::test]
async fn a_snapshot_is_one_view_beside_writers() {
    let pair = pair(FAMILY, ROWS);
    run(&pair.source, "PRAGMA journal_mode = WAL");
    let mut conn = open(&pair.source).await;
    conn.begin(Access::Snapshot, Checks::Enforced).await.expect("begun");
    // No statement of ours has read a table yet.
    run(&pair.source, "INSERT INTO parent VALUES (3)");
    assert_eq!(one(&mut *conn, "SELECT count(*) FROM parent").await, "2");
    run(&pair.source, "DELETE FROM child");
    assert_eq!(one(&mut *conn, "SELECT count(*) FROM child").await, "3");
    conn.commit().await.expect("ended");
    assert_eq!(one(&mut *conn, "SELECT count(*) FROM parent").await, "3");
    assert_eq!(one(&mut *conn, "PRAGMA journal_mode").await, "wal");
}

#[tokio::test]
async fn a_snapshot_holds_writers_off_without_wal() {
    let pair = pair(FAMILY, ROWS);
    let mut conn = open(&pair.source).await;
    conn.begin(Access::Snapshot, Checks::Enforced).await.expect("begun");
    let other = run(
        &pair.source,
        "PRAGMA busy_timeout = 50; BEGIN; INSERT INTO parent VALUES (3)",
    );
    assert!(other.execute_batch("COMMIT").is_err());
    assert_eq!(one(&mut *conn, "SELECT count(*) FROM parent").await, "2");
    conn.rollback().await.expect("ended");
    other.execute_batch("COMMIT").expect("the writer goes on");
    assert_eq!(one(&mut *conn, "SELECT count(*) FROM parent").await, "3");
    assert_eq!(one(&mut *conn, "PRAGMA journal_mode").await, "delete");
}

#[tokio::test]
async fn a_snapshot_cannot_write() {
    let pair = pair(FAMILY, ROWS);
    let mut conn = open(&pair.source).await;
    for sql in [
        "DELETE FROM child",
        "CREATE TABLE x (y)",
        "PRAGMA journal_mode = WAL",
        "PRAGMA user_version = 1",
    ] {
        conn.begin(Access::Snapshot, Checks::Off).await.expect("begun");
        assert_eq!(failure(conn.execute(sql).await).kind(), ErrorKind::Privilege, "{sql}");
        conn.rollback().await.expect("ended");
    }
    assert_eq!(conn.execute("DELETE FROM child").await.expect("writable again"), 3);
}

#[tokio::test]
async fn enforced_checks_wait_for_the_commit() {
    let pair = pair(FAMILY, ROWS);
    let mut to = open(&pair.target).await;
    let mut from = open(&pair.source).await;
    let (chosen, load) = (
        select("child", &["id", "parent"], "1"),
        load("child", &["id", "parent"]),
    );
    to.begin(Access::Write, Checks::Enforced).await.expect("begun");
    pipe(&mut *from, &chosen, &mut *to, &load)
        .await
        .1
        .expect("children first");
    let error = failure(to.commit().await);
    assert_eq!(error.kind(), ErrorKind::Constraint);
    assert!(error.to_string().contains("FOREIGN KEY constraint failed"), "{error}");
    to.rollback().await.expect("rolled back");
    assert_eq!(number(&pair.target, "SELECT count(*) FROM child"), 0);

    to.begin(Access::Write, Checks::Enforced).await.expect("begun");
    pipe(&mut *from, &chosen, &mut *to, &load)
        .await
        .1
        .expect("children first");
    assert_eq!(
        to.execute("INSERT INTO parent VALUES (1), (2)").await.expect("parents"),
        2
    );
    to.commit().await.expect("whole at last");
    assert_eq!(number(&pair.target, "SELECT count(*) FROM log"), 3);
}

#[tokio::test]
async fn without_checks_nothing_runs_on_its_own() {
    let pair = pair(FAMILY, ROWS);
    assert_eq!(
        copy(&pair, "child", &["id", "parent"], Checks::Off)
            .await
            .expect("copied"),
        3
    );
    assert_eq!(number(&pair.target, "SELECT count(*) FROM log"), 0);

    let mut conn = open(&pair.source).await;
    run(&pair.source, "DELETE FROM log");
    conn.begin(Access::Write, Checks::Off).await.expect("begun");
    assert_eq!(
        conn.delete(&select("parent", &[], "t.id = 1")).await.expect("removed"),
        1
    );
    assert_eq!(one(&mut *conn, "SELECT count(*) FROM child").await, "3");
    assert_eq!(
        conn.delete(&select("child", &[], "t.parent = 1"))
            .await
            .expect("removed"),
        2
    );
    assert_eq!(one(&mut *conn, "SELECT count(*) FROM log").await, "0");
    conn.commit().await.expect("committed");

    // The next transaction of the session is checked again.
    conn.begin(Access::Write, Checks::Enforced).await.expect("begun");
    assert_eq!(conn.execute("DELETE FROM parent").await.expect("removed"), 1);
    assert_eq!(one(&mut *conn, "SELECT count(*) FROM child").await, "0");
    assert_eq!(one(&mut *conn, "SELECT count(*) FROM log").await, "1");
    conn.execute("INSERT INTO child VALUES (9, 9)").await.expect("deferred");
    assert_eq!(failure(conn.commit().await).kind(), ErrorKind::Constraint);
    conn.rollback().await.expect("rolled back");
}

/// Why `foreign_keys` is switched off as well: actions are no triggers to SQLite.
#[test]
fn switching_triggers_off_leaves_foreign_key_actions() {
    let folder = folder();
    let conn = run(
        &folder.path().join("x.db"),
        &format!("PRAGMA foreign_keys = ON; {FAMILY} {ROWS}; DELETE FROM log"),
    );
    let triggers = rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER;
    conn.set_db_config(triggers, false).expect("set");
    conn.execute_batch("DELETE FROM parent WHERE id = 1").expect("removed");
    let count = |sql| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).expect(sql);
    assert_eq!(
        (count("SELECT count(*) FROM child"), count("SELECT count(*) FROM log")),
        (1, 0)
    );
}

#[tokio::test]
async fn only_the_statements_own_rows_are_counted() {
    let pair = pair(FAMILY, ROWS);
    let mut conn = open(&pair.source).await;
    for (sql, rows) in [
        ("DELETE FROM child WHERE id = 1", 1),
        ("CREATE TABLE x (y)", 0),
        ("INSERT INTO x VALUES (1), (2) RETURNING y", 2),
        ("UPDATE x SET y = 0 WHERE y > 5", 0),
        ("ALTER TABLE x ADD COLUMN z", 0),
        ("DROP TABLE x", 0),
        ("SELECT 1", 0),
    ] {
        assert_eq!(conn.execute(sql).await.expect(sql), rows, "{sql}");
    }
}

#[tokio::test]
async fn after_a_failure_only_rollback_is_left() {
    let pair = pair(FAMILY, ROWS);
    let mut conn = open(&pair.source).await;
    conn.begin(Access::Write, Checks::Off).await.expect("begun");
    assert!(
        failure(conn.begin(Access::Write, Checks::Off).await)
            .to_string()
            .contains("open already")
    );
    conn.rollback().await.expect("rolled back");
    conn.rollback().await.expect("nothing to do");
    assert!(failure(conn.commit().await).to_string().contains("no transaction"));

    conn.begin(Access::Write, Checks::Off).await.expect("begun");
    conn.execute("DELETE FROM child").await.expect("removed");
    let error = failure(conn.query("SELECT \"chidl\" FROM child WHERE id = 'S3cret'").await);
    assert!(
        error.to_string().contains("chidl") && !error.to_string().contains("S3cret"),
        "{error}"
    );
    failure(conn.execute("INSERT INTO child VALUES (3, 3)").await);
    failure(conn.commit().await);
    conn.rollback().await.expect("rolled back");
    assert_eq!(one(&mut *conn, "SELECT count(*) FROM child").await, "3");
}

#[tokio::test]
async fn errors_quote_no_literals() {
    let pair = pair(FAMILY, ROWS);
    let mut conn = open(&pair.source).await;
    for sql in [
        "SELECT * FROM child WHERE id = 'S3cret' 'S3cret'",
        "SELECT * FROM child WHERE id = 'S3cret",
        "SELECT json('S3cret')",
        "SELECT json_extract('{}', 'S3cret')",
        "SELECT abs(-9223372036854775808)",
        "SELECT 'S3cret'; SELECT 1",
        "SELECT 'S3cret\0'",
        "SELECT S3cret_(1) FROM child WHERE id = 0x",
    ] {
        let error = failure(conn.query(sql).await);
        assert_eq!(error.kind(), ErrorKind::Statement, "{error}");
        assert!(!format!("{error} {error:?}").contains("S3cret"), "{error}");
    }
}

#[tokio::test]
async fn dropping_rolls_back() {
    let pair = pair(FAMILY, ROWS);
    let mut conn = open(&pair.source).await;
    conn.begin(Access::Write, Checks::Off).await.expect("begun");
    conn.execute("DELETE FROM child").await.expect("removed");
    drop(conn);
    run(
        &pair.source,
        "PRAGMA busy_timeout = 5000; INSERT INTO parent VALUES (7)",
    );
    assert_eq!(number(&pair.source, "SELECT count(*) FROM child"), 3);
}

#[tokio::test]
async fn a_long_statement_neither_blocks_nor_survives() {
    let pair = pair(FAMILY, ROWS);
    let mut conn = open(&pair.source).await;
    let cancel = conn.canceller();
    // Nothing runs: nothing happens, neither now nor to the next statement.
    cancel().await;
    assert_eq!(one(&mut *conn, "SELECT 1").await, "1");

    conn.begin(Access::Write, Checks::Off).await.expect("begun");
    let start = Instant::now();
    let ticks = async {
        // On this runtime's only thread, beside the statement.
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        cancel().await;
    };
    let (result, ()) = tokio::join!(conn.query(ENDLESS), ticks);
    assert_eq!(failure(result).kind(), ErrorKind::Cancelled);
    assert!(start.elapsed() < Duration::from_secs(20));
    failure(conn.commit().await);
    conn.rollback().await.expect("rolled back");
    assert_eq!(one(&mut *conn, "SELECT 1").await, "1");

    let dropped = tokio::time::timeout(Duration::from_millis(50), conn.query(ENDLESS)).await;
    assert!(dropped.is_err());
    assert_eq!(one(&mut *conn, "SELECT 2").await, "2");
}

#[tokio::test]
async fn a_write_that_waits_for_rows_can_be_cancelled() {
    let pair = pair(FAMILY, ROWS);
    let mut conn = open(&pair.source).await;
    let cancel = conn.canceller();
    conn.begin(Access::Write, Checks::Off).await.expect("begun");
    let (sink, source) = channel();
    let later = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        cancel().await;
    };
    let load = load("parent", &["id"]);
    let (result, ()) = tokio::join!(conn.write(&load, Format::Sqlite, source), later);
    assert_eq!(failure(result).kind(), ErrorKind::Cancelled);
    drop(sink);
}
