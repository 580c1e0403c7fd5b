//! Locking and removing rows by conditions such as the selectors write.

use std::time::Duration;

use exodus_engine::{Access, Checks, ErrorKind, ScanRow, Select};

use crate::support::{Scratch, columns, on_each, one, select};

const SCHEMA: &[&str] = &[
    "CREATE TABLE clients (id INT PRIMARY KEY)",
    "CREATE TABLE albums (id INT PRIMARY KEY, client INT, parent INT, KEY (parent), KEY (client),
        FOREIGN KEY (client) REFERENCES clients (id), FOREIGN KEY (parent) REFERENCES albums (id))",
    "CREATE TABLE pictures (id INT PRIMARY KEY, album INT, FOREIGN KEY (album) REFERENCES albums (id))",
    "INSERT INTO clients VALUES (1), (2)",
    "INSERT INTO albums VALUES (10, 1, NULL), (11, NULL, 10), (12, NULL, 11), (20, 2, NULL), (21, NULL, 20)",
    "INSERT INTO pictures VALUES (100, 10), (101, 12), (102, 12), (200, 21), (201, NULL)",
];

/// All albums of client 1, however deep: the closure reads the table whose rows are to go.
const ALBUMS: &str = "WITH RECURSIVE s1(id) AS (SELECT a.id FROM albums AS a WHERE a.client = 1 \
                      UNION SELECT c.id FROM albums AS c JOIN s1 ON c.parent = s1.id) SELECT id FROM s1";

#[tokio::test]
async fn a_condition_may_read_the_table_itself() {
    on_each(|[scratch]: [Scratch; 1]| async move {
        scratch.run(SCHEMA).await;
        let mut conn = scratch.open().await;
        let albums = columns(&mut *conn, "albums").await;
        let pictures = columns(&mut *conn, "pictures").await;
        let of_albums = format!("t.id IN (SELECT d.id FROM ({ALBUMS}) AS d)");
        let of_pictures = format!("t.album IN (SELECT d.id FROM ({ALBUMS}) AS d)");

        conn.begin(Access::Write, Checks::Off).await.unwrap();
        assert_eq!(conn.lock(&select("albums", &albums, &of_albums)).await.unwrap(), 3);
        assert_eq!(
            conn.lock(&select("pictures", &pictures, &of_pictures)).await.unwrap(),
            3
        );
        assert_eq!(
            conn.delete(&select("pictures", &pictures, &of_pictures)).await.unwrap(),
            3
        );
        assert_eq!(conn.delete(&select("albums", &albums, &of_albums)).await.unwrap(), 3);
        conn.commit().await.unwrap();
        assert_eq!(
            scratch.ask("SELECT GROUP_CONCAT(id ORDER BY id) FROM albums").await,
            "20,21"
        );
        assert_eq!(
            scratch.ask("SELECT GROUP_CONCAT(id ORDER BY id) FROM pictures").await,
            "200,201"
        );
    })
    .await;
}

/// The hint must change neither the rows nor what the session does next.
#[tokio::test]
async fn a_dense_select_gives_the_same_rows() {
    on_each(|[scratch]: [Scratch; 1]| async move {
        scratch.run(SCHEMA).await;
        let mut conn = scratch.open().await;
        let pictures = columns(&mut *conn, "pictures").await;
        let condition = "t.album IN (SELECT p.id FROM albums AS p WHERE p.client = 1 OR p.parent = 11)";
        let plain = select("pictures", &pictures, condition);
        let dense = Select {
            dense: true,
            ..plain.clone()
        };
        let settings = "SELECT CONCAT(@@join_buffer_size, ' ', @@optimizer_switch)";
        let before = one(&mut *conn, settings).await;
        let mut found = [vec![], vec![]];
        for (select, rows) in [&plain, &dense].into_iter().zip(&mut found) {
            let mut each = |row: &ScanRow<'_>| rows.push(row[0].map(<[u8]>::to_vec));
            assert_eq!(conn.scan(select, &mut each).await.unwrap(), 3);
            rows.sort();
        }
        assert_eq!(found[0], found[1]);
        assert_eq!(one(&mut *conn, settings).await, before);
    })
    .await;
}

#[tokio::test]
async fn conditions_of_every_form() {
    on_each(|[scratch]: [Scratch; 1]| async move {
        scratch.run(SCHEMA).await;
        let mut conn = scratch.open().await;
        let albums = columns(&mut *conn, "albums").await;
        for (condition, expected) in [
            ("TRUE", 5),
            ("1 = 0", 0),
            ("t.client = 1", 1),
            ("EXISTS (SELECT 1 FROM clients AS p0 WHERE p0.id = t.client AND p0.id = 1)", 1),
            ("(t.client IN (SELECT p0.id FROM clients AS p0 WHERE p0.id = 2) OR t.parent IN (SELECT d.id FROM (SELECT a.id FROM albums AS a WHERE a.client = 2) AS d))", 2),
            ("(t.id, t.client) IN (SELECT d.id, d.client FROM (SELECT a.id, a.client FROM albums AS a) AS d)", 2),
        ] {
            conn.begin(Access::Write, Checks::Off).await.unwrap();
            let select = select("albums", &albums, condition);
            assert_eq!(conn.scan(&select, &mut |_| {}).await.unwrap(), expected, "{condition}");
            assert_eq!(conn.lock(&select).await.unwrap(), expected, "{condition}");
            assert_eq!(conn.delete(&select).await.unwrap(), expected, "{condition}");
            conn.rollback().await.unwrap();
        }
        assert_eq!(one(&mut *conn, "SELECT COUNT(*) FROM albums").await, "5");
    })
    .await;
}

#[tokio::test]
async fn locked_rows_are_locked_and_others_are_not() {
    on_each(|[scratch]: [Scratch; 1]| async move {
        scratch.run(SCHEMA).await;
        // Enough rows that the server looks them up by key: in a table of five it reads, and locks, them all.
        scratch
            .run(&[
                "INSERT INTO albums WITH RECURSIVE s(n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM s WHERE n < 20000) \
                 SELECT n, 2, NULL FROM s",
                "ANALYZE TABLE albums",
            ])
            .await;
        let (mut holder, mut other) = (scratch.open().await, scratch.open().await);
        other.execute("SET innodb_lock_wait_timeout = 1").await.unwrap();
        let albums = columns(&mut *holder, "albums").await;
        holder.begin(Access::Write, Checks::Off).await.unwrap();
        let condition = format!("t.id IN (SELECT d.id FROM ({ALBUMS}) AS d)");
        assert_eq!(holder.lock(&select("albums", &albums, &condition)).await.unwrap(), 3);
        for (statement, free) in [
            ("UPDATE albums SET client = NULL WHERE id = 12", false),
            ("DELETE FROM albums WHERE id = 12", false),
            // A new reference to a locked row.
            ("INSERT INTO pictures VALUES (300, 12)", false),
            ("INSERT INTO pictures VALUES (301, 21)", true),
            ("UPDATE albums SET client = 2 WHERE id = 20", true),
            ("INSERT INTO albums VALUES (30, 2, NULL)", true),
        ] {
            match other.execute(statement).await {
                Ok(_) => assert!(free, "{statement}"),
                Err(error) => {
                    assert!(!free, "{statement}: {error}");
                    assert_eq!(error.kind(), ErrorKind::Locked, "{error}");
                }
            }
        }
        holder.rollback().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn reading_locks_nothing() {
    on_each(|[scratch]: [Scratch; 1]| async move {
        scratch.run(SCHEMA).await;
        let (mut reader, mut other) = (scratch.open().await, scratch.open().await);
        other.execute("SET innodb_lock_wait_timeout = 1").await.unwrap();
        let albums = columns(&mut *reader, "albums").await;
        for access in [Access::Snapshot, Access::Write] {
            reader.begin(access, Checks::Enforced).await.unwrap();
            let condition = format!("t.id IN (SELECT d.id FROM ({ALBUMS}) AS d)");
            assert_eq!(
                reader
                    .scan(&select("albums", &albums, &condition), &mut |_| {})
                    .await
                    .unwrap(),
                3
            );
            let changing = other.execute("UPDATE albums SET client = IF(client = 2, NULL, 2) WHERE id = 20");
            tokio::time::timeout(Duration::from_secs(5), changing)
                .await
                .unwrap()
                .unwrap();
            reader.rollback().await.unwrap();
        }
    })
    .await;
}
