//! Opening files, and what is left beside them.

use std::fs;

use exodus_engine::{Checks, ErrorKind};

use super::*;

const READ_ONLY: ConnectOptions = ConnectOptions {
    read_only: true,
    create: false,
};
const CREATE: ConnectOptions = ConnectOptions {
    read_only: false,
    create: true,
};

/// The names in a folder, sorted, once connections that were dropped have closed.
async fn files(folder: &TempDir, expected: &[&str]) {
    let mut names = vec![];
    for _ in 0..100 {
        names = fs::read_dir(folder)
            .expect("folder")
            .map(|entry| entry.expect("entry").file_name().into_string().expect("UTF-8"))
            .collect();
        names.sort();
        if names == expected {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(names, expected);
}

#[tokio::test]
async fn what_is_no_database() {
    let folder = folder();
    fs::write(folder.path().join("text.db"), "S3cret ".repeat(1000)).expect("written");
    fs::create_dir(folder.path().join("folder.db")).expect("made");
    let good = folder.path().join("good.db");
    run(&good, "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    let mut bytes = fs::read(&good).expect("read");
    bytes[100..300].fill(0xee);
    fs::write(folder.path().join("damaged.db"), bytes).expect("written");
    let names = ["damaged.db", "folder.db", "good.db", "text.db"];
    for (name, message) in [
        ("missing.db", "no such file"),
        ("folder.db", "directory"),
        ("text.db", "file is not a database"),
        ("text.db/x", "directory"),
        ("damaged.db", "malformed"),
    ] {
        for options in [ConnectOptions::default(), READ_ONLY] {
            let error = failure(open_with(&folder.path().join(name), options).await);
            assert_eq!(error.kind(), ErrorKind::Connect, "{name}: {error}");
            let text = format!("{error}").to_lowercase();
            assert!(text.contains(message), "{name}: {error}");
            assert!(text.contains("opening") && !text.contains("s3cret"), "{error}");
        }
    }
    files(&folder, &names).await;
}

#[tokio::test]
async fn files_are_made_only_when_asked() {
    let folder = folder();
    let path = folder.path().join("new.db");
    failure(
        open_with(
            &path,
            ConnectOptions {
                read_only: true,
                ..CREATE
            },
        )
        .await,
    );
    let mut conn = open_with(&path, CREATE).await.expect("made");
    conn.execute("CREATE TABLE t (x)").await.expect("writable");
    drop(conn);
    let error = failure(open_with(&folder.path().join("no/new.db"), CREATE).await);
    assert!(error.to_string().contains("directory does not exist"), "{error}");
    assert!(error.next_step().is_some_and(|help| help.contains("mkdir")));
    files(&folder, &["new.db"]).await;
    assert!(open_with(&path, ConnectOptions::default()).await.is_ok());
}

#[tokio::test]
async fn names_are_paths_and_never_urls() {
    let folder = folder();
    for name in ["file:a?mode=memory", ":memory:", "a%20b?x#y.db"] {
        let mut conn = open_with(&folder.path().join(name), CREATE).await.expect(name);
        conn.execute("CREATE TABLE t (x)").await.expect(name);
    }
    files(&folder, &[":memory:", "a%20b?x#y.db", "file:a?mode=memory"]).await;
}

#[cfg(unix)]
#[tokio::test]
async fn links_lead_to_the_real_file_and_its_journal() {
    let folder = folder();
    let (real, link) = (folder.path().join("real.db"), folder.path().join("link.db"));
    let writer = run(
        &real,
        "PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)",
    );
    std::os::unix::fs::symlink("real.db", &link).expect("linked");
    let mut conn = open_with(&link, READ_ONLY).await.expect("opened");
    assert_eq!(conn.query("SELECT x FROM t").await.expect("read").len(), 1);
    drop(conn);
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    // The writer is the last to close, and tidies up.
    drop(writer);
    files(&folder, &["link.db", "real.db"]).await;
}

async fn refuses_to_write(conn: &mut dyn Connection) {
    for sql in [
        "INSERT INTO t VALUES (2)",
        "CREATE TABLE u (x)",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA user_version = 7",
        "VACUUM",
    ] {
        let error = failure(conn.execute(sql).await);
        assert_eq!(error.kind(), ErrorKind::Privilege, "{sql}: {error}");
    }
    // Whoever switches the guard off meets the other one.
    conn.execute("PRAGMA query_only = OFF").await.expect("a setting");
    assert_eq!(
        failure(conn.execute("DELETE FROM t").await).kind(),
        ErrorKind::Privilege
    );
    let error = failure(conn.begin(Access::Write, Checks::Off).await);
    assert_eq!(error.kind(), ErrorKind::Privilege);
    conn.begin(Access::Snapshot, Checks::Off)
        .await
        .expect("a snapshot is possible");
    assert_eq!(conn.query("SELECT * FROM t").await.expect("read").len(), 1);
    conn.rollback().await.expect("ended");
    assert_eq!(
        failure(conn.execute("DELETE FROM t").await).kind(),
        ErrorKind::Privilege
    );
}

#[tokio::test]
async fn read_only_sessions_leave_nothing_behind() {
    for mode in ["DELETE", "WAL", "TRUNCATE", "PERSIST"] {
        let folder = folder();
        let path = folder.path().join("a.db");
        drop(run(
            &path,
            &format!("CREATE TABLE t (x); INSERT INTO t VALUES (1); PRAGMA journal_mode = {mode}"),
        ));
        let before = fs::read(&path).expect("read");
        let mut names: Vec<_> = fs::read_dir(&folder)
            .expect("folder")
            .map(|entry| entry.expect("entry").file_name().into_string().expect("UTF-8"))
            .collect();
        names.sort();
        let mut conn = open_with(&path, READ_ONLY).await.expect("opened");
        refuses_to_write(&mut *conn).await;
        drop(conn);
        files(&folder, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
        assert_eq!(fs::read(&path).expect("read"), before, "{mode}");
    }
}

/// A process died and left its log: the rows in it are read, and the log stays for who may write.
#[tokio::test]
async fn a_log_left_behind_is_read_and_kept() {
    let here = folder();
    let path = here.path().join("a.db");
    let writer = run(
        &path,
        "PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)",
    );
    let there = folder();
    for name in ["a.db", "a.db-wal"] {
        fs::copy(here.path().join(name), there.path().join(name)).expect("copied");
    }
    drop(writer);
    let before = fs::read(there.path().join("a.db")).expect("read");
    let mut conn = open_with(&there.path().join("a.db"), READ_ONLY).await.expect("opened");
    assert_eq!(conn.query("SELECT * FROM t").await.expect("read").len(), 1);
    refuses_to_write(&mut *conn).await;
    drop(conn);
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert!(there.path().join("a.db-wal").exists());
    assert_eq!(fs::read(there.path().join("a.db")).expect("read"), before);
}

#[tokio::test]
async fn a_read_only_session_reads_beside_a_writer() {
    let folder = folder();
    let path = folder.path().join("a.db");
    let writer = run(
        &path,
        "PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)",
    );
    let mut conn = open_with(&path, READ_ONLY).await.expect("opened");
    refuses_to_write(&mut *conn).await;
    writer.execute_batch("INSERT INTO t VALUES (2)").expect("written");
    assert_eq!(conn.query("SELECT * FROM t").await.expect("read").len(), 2);
}

/// Closing a second handle on a file drops a process' locks on it, unless only SQLite opens the file.
#[tokio::test]
async fn opening_again_keeps_the_locks() {
    let folder = folder();
    let path = folder.path().join("a.db");
    run(&path, "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    let mut first = open(&path).await;
    first.begin(Access::Write, Checks::Off).await.expect("begun");
    drop(open_with(&path, READ_ONLY).await.expect("opened"));
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let output = std::process::Command::new("sqlite3")
        .arg(&path)
        .arg("PRAGMA busy_timeout=100; INSERT INTO t VALUES (2)")
        .output();
    match output {
        Ok(output) => assert!(!output.status.success(), "another process could write"),
        Err(_) => eprintln!("SKIPPED: opening_again_keeps_the_locks needs the sqlite3 program"),
    }
    first.rollback().await.expect("rolled back");
}
