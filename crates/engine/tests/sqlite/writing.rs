//! What a write refuses, and what is left then.

use exodus_engine::{Checks, Chunk, ErrorKind};

use super::*;

const ITEMS: &str = "CREATE TABLE item (id INTEGER PRIMARY KEY, code TEXT UNIQUE, n INT NOT NULL CHECK (n > 0))";

/// Copies `item` and returns the error, after making sure that nothing arrived.
async fn refused(pair: &Pair, checks: Checks) -> Error {
    let before = number(&pair.target, "SELECT count(*) FROM item");
    let error = failure(copy(pair, "item", &["id", "code", "n"], checks).await);
    // Dropped connections close on another thread.
    let after = number(&pair.target, "SELECT count(*) FROM item");
    assert_eq!(after, before, "{error}");
    assert!(!format!("{error} {error:?}").contains("S3cret"), "{error}");
    error
}

#[tokio::test]
async fn constraints_are_named_and_values_are_not() {
    let rows = "INSERT INTO item VALUES (1, 'S3cret', 1)";
    let cases = [
        (
            ITEMS.to_owned(),
            "INSERT INTO item VALUES (2, 'S3cret', 1)",
            "UNIQUE constraint failed: item.code",
        ),
        (
            ITEMS.to_owned(),
            "INSERT INTO item VALUES (1, 'x', 1)",
            "UNIQUE constraint failed: item.id",
        ),
        (ITEMS.replace("n > 0", "n > 1"), "", "CHECK constraint failed"),
        (
            ITEMS.replace("code TEXT", "code INT") + " STRICT",
            "",
            "cannot store TEXT value in INT column item.code",
        ),
    ];
    for (schema, present, message) in cases {
        for checks in [Checks::Off, Checks::Enforced] {
            let folder = folder();
            let (source, target) = (folder.path().join("s"), folder.path().join("t"));
            run(&source, ITEMS).execute_batch(rows).expect("rows");
            run(&target, &schema).execute_batch(present).expect("rows");
            let pair = Pair {
                _folder: folder,
                source,
                target,
            };
            let error = refused(&pair, checks).await;
            assert!(
                matches!(error.kind(), ErrorKind::Constraint | ErrorKind::Data),
                "{error}"
            );
            assert!(error.to_string().contains(message), "{error}");
            assert!(error.to_string().contains("shop: writing item"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_conflict_clause_removes_nobody() {
    let schema = ITEMS.replace("UNIQUE", "UNIQUE ON CONFLICT REPLACE");
    for checks in [Checks::Off, Checks::Enforced] {
        let pair = pair(&schema, "INSERT INTO item VALUES (1, 'a', 1)");
        run(&pair.target, "INSERT INTO item VALUES (9, 'a', 9)");
        let error = refused(&pair, checks).await;
        assert_eq!(error.kind(), ErrorKind::Constraint);
        assert_eq!(number(&pair.target, "SELECT n FROM item"), 9);
    }
}

#[tokio::test]
async fn triggers_that_fire_keep_their_meaning() {
    let schema = format!(
        "{ITEMS}; CREATE TABLE seen (n INT UNIQUE, label TEXT);
         CREATE TRIGGER see AFTER INSERT ON item BEGIN INSERT OR IGNORE INTO seen VALUES (NEW.n, \"label\"); END"
    );
    let pair = pair(&schema, "INSERT INTO item VALUES (1, 'a', 1), (2, 'b', 1)");
    let stored = copy(&pair, "item", &["id", "code", "n"], Checks::Enforced).await;
    assert_eq!(stored.expect("copied"), 2);
    assert_eq!(
        number(&pair.target, "SELECT count(*) FROM seen WHERE label = 'label'"),
        1
    );
}

#[tokio::test]
async fn triggers_that_refuse_or_skip_rows() {
    let rows = "INSERT INTO item VALUES (1, 'S3cret', 1)";
    for (action, kind, help) in [
        (
            "RAISE(ABORT, 'shop is closed')",
            ErrorKind::Constraint,
            "shop is closed",
        ),
        (
            "RAISE(ABORT, NEW.code || ' is bad')",
            ErrorKind::Constraint,
            "a trigger of the database refused the row",
        ),
        ("RAISE(ROLLBACK, 'all gone')", ErrorKind::Constraint, "all gone"),
        ("RAISE(IGNORE)", ErrorKind::Constraint, "RAISE(IGNORE)"),
    ] {
        let pair = pair(ITEMS, rows);
        run(
            &pair.target,
            &format!("CREATE TRIGGER no BEFORE INSERT ON item BEGIN SELECT {action}; END"),
        );
        let error = refused(&pair, Checks::Enforced).await;
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.next_step().is_some_and(|text| text.contains(help)), "{error:?}");
        assert_eq!(
            copy(&pair, "item", &["id", "code", "n"], Checks::Off)
                .await
                .expect("copied"),
            1
        );
    }
}

#[tokio::test]
async fn a_stream_without_its_end_leaves_nothing() {
    let rows = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 30000)
        INSERT INTO item SELECT x, 'code ' || x, x FROM n";
    let pair = pair(ITEMS, rows);
    let names = ["id", "code", "n"];
    for broken in ["cut", "short", "bytes", "width"] {
        let mut sent = chunks(&pair.source, &select("item", &names, "1")).await;
        assert!(sent.len() > 4);
        match broken {
            "cut" => drop(sent.pop()),
            "short" => drop(sent.remove(1)),
            "bytes" => sent.insert(
                1,
                Chunk::Bytes {
                    data: Vec::new().into(),
                    rows: 1,
                },
            ),
            _ => sent.insert(1, chunks(&pair.source, &select("item", &["id"], "1")).await.remove(0)),
        }
        let mut to = open(&pair.target).await;
        to.begin(Access::Write, Checks::Off).await.expect("begun");
        let (sink, source) = channel();
        let feed = async {
            for chunk in sent {
                // The writer may have had enough already.
                let _ = sink.send(chunk).await;
            }
            drop(sink);
        };
        let load = load("item", &names);
        let (stored, ()) = tokio::join!(to.write(&load, Format::Sqlite, source), feed);
        let error = failure(stored);
        assert_eq!(error.kind(), ErrorKind::Data, "{broken}: {error}");
        assert!(failure(to.commit().await).to_string().contains("rolled back"));
        assert!(failure(to.query("SELECT 1").await).to_string().contains("rolled back"));
        to.rollback().await.expect("rolled back");
        assert_eq!(number(&pair.target, "SELECT count(*) FROM item"), 0, "{broken}");
    }
}

#[tokio::test]
async fn a_write_whose_future_is_dropped_cannot_be_committed() {
    let pair = pair(ITEMS, "INSERT INTO item VALUES (1, 'a', 1)");
    let names = ["id", "code", "n"];
    let mut sent = chunks(&pair.source, &select("item", &names, "1")).await;
    let mut to = open(&pair.target).await;
    to.begin(Access::Write, Checks::Off).await.expect("begun");
    let (sink, source) = channel();
    sink.send(sent.remove(0)).await.expect("sent");
    let load = load("item", &names);
    let write = to.write(&load, Format::Sqlite, source);
    let wait = tokio::time::timeout(std::time::Duration::from_millis(200), write);
    assert!(wait.await.is_err());
    assert!(failure(to.commit().await).to_string().contains("rolled back"));
    to.rollback().await.expect("rolled back");
    assert_eq!(number(&pair.target, "SELECT count(*) FROM item"), 0);
    assert_eq!(copy(&pair, "item", &names, Checks::Off).await.expect("copied"), 1);
}

#[tokio::test]
async fn outside_a_write_transaction_nothing_is_written() {
    let pair = pair(ITEMS, "");
    let mut to = open(&pair.target).await;
    let load = load("item", &["id"]);
    let (_sink, source) = channel();
    let error = failure(to.write(&load, Format::Sqlite, source).await);
    assert!(error.to_string().contains("no write transaction"), "{error}");
    to.begin(Access::Snapshot, Checks::Enforced).await.expect("begun");
    let (_sink, source) = channel();
    failure(to.write(&load, Format::Sqlite, source).await);
    to.rollback().await.expect("rolled back");
    let (_sink, source) = channel();
    let error = failure(to.write(&load, Format::MySqlLoad, source).await);
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn nobody_reads() {
    let pair = pair(ITEMS, "INSERT INTO item VALUES (1, 'a', 1)");
    let mut from = open(&pair.source).await;
    let (sink, source) = channel();
    drop(source);
    let error = failure(from.read(&select("item", &["id"], "1"), Format::Sqlite, sink).await);
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(from.query("SELECT 1").await.expect("still usable").len(), 1);
}
