//! What a copy must survive, and what must fail whole.

use bytes::Bytes;
use exodus_engine::{Access, Checks, Chunk, Connection, ErrorKind, Format, Select, channel};

use crate::support::{Scratch, columns, copy, load, on_each, one, select, stream};
use crate::types::{open_with_local_infile, open_without_local_infile};

/// A target session that writes by LOAD DATA, and one that writes by inserts.
async fn both_ways(target: &Scratch) -> [Box<dyn Connection>; 2] {
    [
        open_with_local_infile(target).await,
        open_without_local_infile(target).await,
    ]
}

/// Sends what is given as a stream of rows for `t (id, name)`.
async fn feed(writer: &mut dyn Connection, chunks: Vec<Chunk>) -> exodus_engine::Result<u64> {
    let columns = columns(writer, "t").await;
    writer.begin(Access::Write, Checks::Off).await.unwrap();
    let (sink, source) = channel();
    let send = async move {
        for chunk in chunks {
            // The writer may have given up.
            let _ = sink.send(chunk).await;
        }
    };
    let load = load("t", &columns);
    tokio::join!(writer.write(&load, Format::MySqlLoad, source), send).0
}

fn bytes(data: &'static [u8], rows: u64) -> Chunk {
    Chunk::Bytes {
        data: Bytes::from_static(data),
        rows,
    }
}

const TABLE: &str = "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(20) UNIQUE)";

#[tokio::test]
async fn a_stream_may_be_cut_anywhere() {
    on_each(|[target]: [Scratch; 1]| async move {
        target.run(&[TABLE]).await;
        let whole = b"1\ta\\\\b\n2\t\\N\n3\t\\t\\n\n";
        for mut writer in both_ways(&target).await {
            for cut in 1..whole.len() {
                let chunks = [(&whole[..cut], 0), (&whole[cut..], 3)];
                let mut chunks: Vec<_> = chunks.into_iter().map(|(data, rows)| bytes(data, rows)).collect();
                chunks.push(Chunk::End { rows: 3 });
                assert_eq!(feed(&mut *writer, chunks).await.unwrap(), 3);
                let all = one(
                    &mut *writer,
                    "SELECT GROUP_CONCAT(id, HEX(IFNULL(name, 'NULL')) ORDER BY id) FROM t",
                )
                .await;
                assert_eq!(all, "1615C62,24E554C4C,3090A");
                writer.rollback().await.unwrap();
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_broken_stream_leaves_nothing() {
    on_each(|[target]: [Scratch; 1]| async move {
        target.run(&[TABLE]).await;
        for mut writer in both_ways(&target).await {
            for (chunks, kind) in [
                (vec![], ErrorKind::Cancelled),
                (vec![bytes(b"1\ta\n2\tb\n", 2)], ErrorKind::Cancelled),
                (vec![bytes(b"1\ta\n2\tb", 1)], ErrorKind::Cancelled),
                (vec![bytes(b"1\ta\n2\tb\n", 2), Chunk::End { rows: 3 }], ErrorKind::Data),
                (vec![bytes(b"1\ta\n2\n", 2), Chunk::End { rows: 2 }], ErrorKind::Data),
                (
                    vec![bytes(b"1\ta\n2\tb\tc\n", 2), Chunk::End { rows: 2 }],
                    ErrorKind::Data,
                ),
                (vec![bytes(b"1\ta\nx\tb\n", 2), Chunk::End { rows: 2 }], ErrorKind::Data),
                (
                    vec![
                        bytes(b"1\ta\n2\tmore than twenty characters\n", 2),
                        Chunk::End { rows: 2 },
                    ],
                    ErrorKind::Data,
                ),
            ] {
                let shown = format!("{chunks:?}");
                let error = feed(&mut *writer, chunks).await.unwrap_err();
                assert_eq!(error.kind(), kind, "{shown}: {error}");
                assert!(!error.to_string().contains("twenty"), "{error}");
                // The session is still good.
                writer.rollback().await.unwrap();
                assert_eq!(one(&mut *writer, "SELECT COUNT(*) FROM t").await, "0");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_empty_stream_is_whole() {
    on_each(|[target]: [Scratch; 1]| async move {
        target.run(&[TABLE]).await;
        for mut writer in both_ways(&target).await {
            assert_eq!(feed(&mut *writer, vec![Chunk::End { rows: 0 }]).await.unwrap(), 0);
            writer.commit().await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_duplicate_is_an_error_that_shows_no_value() {
    on_each(|[source, target]: [Scratch; 2]| async move {
        for scratch in [&source, &target] {
            scratch
                .run(&["CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(20), e ENUM('a'), UNIQUE KEY by_name (name))"])
                .await;
        }
        source
            .run(&["INSERT INTO t VALUES (1, 'first', 'a'), (2, 'topsecret', 'a'), (3, 'last', 'a')"])
            .await;
        target.run(&["INSERT INTO t VALUES (9, 'topsecret', 'a')"]).await;
        let mut reader = source.open().await;
        let all = columns(&mut *reader, "t").await;
        for mut writer in both_ways(&target).await {
            // With the ENUM, whose inserts are not as strict, and without it.
            for described in [&all[..], &all[..2]] {
                writer.begin(Access::Write, Checks::Off).await.unwrap();
                let (select, load) = (select("t", described, "TRUE"), load("t", described));
                let (_, stored) = stream(&mut *reader, &mut *writer, &select, &load).await;
                let error = stored.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Constraint, "{error}");
                assert!(
                    error.to_string().contains("by_name") && !error.to_string().contains("topsecret"),
                    "{error}"
                );
                writer.rollback().await.unwrap();
                assert_eq!(target.ask("SELECT GROUP_CONCAT(id) FROM t").await, "9");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn enforced_checks_refuse_an_orphan() {
    on_each(|[source, target]: [Scratch; 2]| async move {
        source
            .run(&[
                "CREATE TABLE c (id INT PRIMARY KEY, p INT)",
                "INSERT INTO c VALUES (1, 5), (2, 6)",
            ])
            .await;
        target
            .run(&[
                "CREATE TABLE p (id INT PRIMARY KEY)",
                "INSERT INTO p VALUES (5)",
                "CREATE TABLE c (id INT PRIMARY KEY, p INT, CONSTRAINT c_to_p FOREIGN KEY (p) REFERENCES p (id))",
            ])
            .await;
        let mut reader = source.open().await;
        let described = columns(&mut *reader, "c").await;
        let (select, load) = (select("c", &described, "TRUE"), load("c", &described));
        for mut writer in both_ways(&target).await {
            writer.begin(Access::Write, Checks::Enforced).await.unwrap();
            let error = stream(&mut *reader, &mut *writer, &select, &load).await.1.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Constraint, "{error}");
            assert!(error.to_string().contains("c_to_p"), "{error}");
            writer.rollback().await.unwrap();
            writer.begin(Access::Write, Checks::Off).await.unwrap();
            assert_eq!(stream(&mut *reader, &mut *writer, &select, &load).await.1.unwrap(), 2);
            writer.rollback().await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn rows_larger_than_a_share_of_a_packet() {
    on_each(|[source, target]: [Scratch; 2]| async move {
        for scratch in [&source, &target] {
            scratch.run(&["CREATE TABLE t (id INT PRIMARY KEY, a LONGBLOB, b LONGBLOB)"]).await;
        }
        source
            .run(&[
                "INSERT INTO t VALUES (1, 'x', 'y')",
                "INSERT INTO t SELECT 2, REPEAT(x'005c270a09ff', 1500000), REPEAT('b', 20000000)",
                "INSERT INTO t VALUES (3, REPEAT('c', 600000), ''), (4, '', REPEAT(x'00', 524288)), (5, NULL, NULL)",
            ])
            .await;
        let mut reader = source.open().await;
        for mut writer in both_ways(&target).await {
            assert_eq!(copy(&mut *reader, &mut *writer, "t").await, 5);
            let differing = format!(
                "SELECT COUNT(*) FROM {}.t x JOIN {}.t y USING (id) WHERE NOT (SHA2(x.a, 256) <=> SHA2(y.a, 256) AND SHA2(x.b, 256) <=> SHA2(y.b, 256))",
                source.name, target.name
            );
            assert_eq!(target.ask(&differing).await, "0");
            target.run(&["DELETE FROM t"]).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_row_larger_than_a_packet_needs_load_data() {
    on_each(|[source, target]: [Scratch; 2]| async move {
        for scratch in [&source, &target] {
            scratch
                .run(&["CREATE TABLE t (id INT PRIMARY KEY, a LONGBLOB, b LONGBLOB)"])
                .await;
        }
        source
            .run(&[
                "INSERT INTO t SELECT 1, REPEAT('a', 34000000), NULL",
                "UPDATE t SET b = a",
            ])
            .await;
        let mut reader = source.open().await;
        let described = columns(&mut *reader, "t").await;
        let [mut loading, mut inserting] = both_ways(&target).await;
        inserting.begin(Access::Write, Checks::Off).await.unwrap();
        let (select, load) = (select("t", &described, "TRUE"), load("t", &described));
        let error = stream(&mut *reader, &mut *inserting, &select, &load)
            .await
            .1
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data, "{error}");
        assert!(error.to_string().contains("max_allowed_packet"), "{error}");
        inserting.rollback().await.unwrap();
        assert_eq!(copy(&mut *reader, &mut *loading, "t").await, 1);
        assert_eq!(target.ask("SELECT LENGTH(a) + LENGTH(b) FROM t").await, "68000000");
    })
    .await;
}

#[tokio::test]
async fn columns_of_a_loop_are_read_as_null() {
    on_each(|[source, target]: [Scratch; 2]| async move {
        for scratch in [&source, &target] {
            scratch.run(&[TABLE]).await;
        }
        source.run(&["INSERT INTO t VALUES (1, 'x')"]).await;
        let (mut reader, mut writer) = (source.open().await, target.open().await);
        let described = columns(&mut *reader, "t").await;
        let select = Select {
            nulled: vec!["name".into()],
            ..select("t", &described, "TRUE")
        };
        writer.begin(Access::Write, Checks::Off).await.unwrap();
        stream(&mut *reader, &mut *writer, &select, &load("t", &described))
            .await
            .1
            .unwrap();
        assert_eq!(
            one(&mut *writer, "SELECT CONCAT(id, IFNULL(name, '-')) FROM t").await,
            "1-"
        );
    })
    .await;
}

#[tokio::test]
async fn a_reader_whose_rows_nobody_takes_stops_and_goes_on() {
    on_each(|[source]: [Scratch; 1]| async move {
        source.run(&[TABLE, "INSERT INTO t WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 300000) SELECT n, n FROM s"]).await;
        let mut reader = source.open().await;
        let described = columns(&mut *reader, "t").await;
        reader.begin(Access::Snapshot, Checks::Enforced).await.unwrap();
        let (sink, mut taken) = channel();
        let select = select("t", &described, "TRUE");
        let (result, _) = tokio::join!(
            reader.read(&select, Format::MySqlLoad, sink),
            async move { taken.recv().await }
        );
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
        for _ in 0..3 {
            assert_eq!(one(&mut *reader, "SELECT COUNT(*) FROM t").await, "300000");
        }
        reader.rollback().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn writing_needs_a_write_transaction() {
    on_each(|[target]: [Scratch; 1]| async move {
        target.run(&[TABLE]).await;
        let mut writer = target.open().await;
        let described = columns(&mut *writer, "t").await;
        let (_sink, source) = channel();
        let error = writer
            .write(&load("t", &described), Format::MySqlLoad, source)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        let (_sink, source) = channel();
        assert!(
            writer
                .write(&load("t", &described), Format::PostgresText, source)
                .await
                .is_err()
        );
    })
    .await;
}
