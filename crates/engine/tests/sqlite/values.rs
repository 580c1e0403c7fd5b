//! Values arrive as they are, to the bit.

use std::collections::BTreeSet;

use exodus_engine::{Checks, Chunk, ErrorKind, NulledWhen};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use super::*;

struct Raw(ValueRef<'static>);

impl ToSql for Raw {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.0))
    }
}

const EXTREMES: &[ValueRef<'static>] = &[
    ValueRef::Null,
    ValueRef::Integer(0),
    ValueRef::Integer(1),
    ValueRef::Integer(i64::MIN),
    ValueRef::Integer(i64::MAX),
    ValueRef::Real(1.0),
    ValueRef::Real(-0.0),
    ValueRef::Real(5e-324),
    ValueRef::Real(-f64::MAX),
    ValueRef::Real(0.1),
    ValueRef::Real(9_007_199_254_740_993.0),
    ValueRef::Real(f64::INFINITY),
    ValueRef::Real(f64::NEG_INFINITY),
    ValueRef::Text(b""),
    ValueRef::Text(b"1"),
    ValueRef::Text(b"1.0"),
    ValueRef::Text(b"NULL"),
    ValueRef::Text("\u{0}a\u{0}".as_bytes()),
    ValueRef::Text("gr\u{fc}\u{df} \u{1f600}\t\n\\'\"".as_bytes()),
    ValueRef::Text(b"\xff\xfe broken \xc3"),
    ValueRef::Text(b"\xed\xa0\x80"),
    ValueRef::Blob(b""),
    ValueRef::Blob(b"1"),
    ValueRef::Blob(b"\0\xff\n\\"),
];

/// Every value of a table with its storage class and its bits.
fn dump(path: &Path, sql: &str) -> Vec<String> {
    let conn = run(path, "");
    let mut statement = conn.prepare(sql).expect(sql);
    let width = statement.column_count();
    let mut rows = statement.query([]).expect(sql);
    let mut out = vec![];
    while let Some(row) = rows.next().expect("row") {
        for at in 0..width {
            out.push(match row.get_ref(at).expect("value") {
                ValueRef::Real(number) => format!("real {:016x}", number.to_bits()),
                other => format!("{other:?}"),
            });
        }
    }
    out
}

#[tokio::test]
async fn every_storage_class_in_every_affinity() {
    let columns = ["id", "i", "r", "t", "b", "n", "x"];
    let pair = pair(
        "CREATE TABLE v (id INTEGER PRIMARY KEY, i INTEGER, r REAL, t TEXT, b BLOB, n NUMERIC, x)",
        "",
    );
    let source = run(&pair.source, "BEGIN");
    for value in EXTREMES {
        let sql = "INSERT INTO v (i, r, t, b, n, x) VALUES (?1, ?1, ?1, ?1, ?1, ?1)";
        source.execute(sql, [Raw(*value)]).expect("inserted");
    }
    source.execute_batch("COMMIT").expect("committed");
    // The precondition: columns do hold what they were not declared for.
    assert_eq!(number(&pair.source, "SELECT count(DISTINCT typeof(i)) FROM v"), 5);

    let stored = copy(&pair, "v", &columns, Checks::Off).await.expect("copied");
    assert_eq!(stored, EXTREMES.len() as u64);
    let all = "SELECT * FROM v ORDER BY id";
    let source = dump(&pair.source, all);
    assert_eq!(dump(&pair.target, all), source);
    // What a column without affinity got is what was put in, so the dump itself is not blind.
    let direct: Vec<String> = dump(&pair.source, "SELECT x FROM v ORDER BY id");
    assert_eq!(direct.iter().collect::<BTreeSet<_>>().len(), EXTREMES.len());
}

#[tokio::test]
async fn strict_without_rowid_and_generated() {
    let schema = "CREATE TABLE s (k TEXT, n INT, d REAL, a ANY, g INT AS (n * 2) STORED, v TEXT AS (k || n),
        PRIMARY KEY (k, n)) STRICT, WITHOUT ROWID";
    let rows = "INSERT INTO s (k, n, d, a) VALUES ('a', 1, 2, '007'), ('b', -1, 0.5, x'00'), ('c', 0, NULL, 7)";
    let pair = pair(schema, rows);
    let stored = copy(&pair, "s", &["k", "n", "d", "a"], Checks::Off)
        .await
        .expect("copied");
    assert_eq!(stored, 3);
    let all = "SELECT k, n, d, a, g, v FROM s ORDER BY k";
    assert_eq!(dump(&pair.target, all), dump(&pair.source, all));
}

#[tokio::test]
async fn odd_names() {
    let schema = r#"CREATE TABLE "a.b ""c"" 'd'" ("select" INT, "x""y" TEXT, "ü 😀" BLOB)"#;
    let pair = pair(schema, r#"INSERT INTO "a.b ""c"" 'd'" VALUES (1, 'two', x'03')"#);
    let stored = copy(&pair, "a.b \"c\" 'd'", &["ü 😀", "x\"y", "select"], Checks::Off).await;
    assert_eq!(stored.expect("copied"), 1);
    let all = r#"SELECT * FROM "a.b ""c"" 'd'""#;
    assert_eq!(dump(&pair.target, all), dump(&pair.source, all));
}

#[tokio::test]
async fn conditions_and_nulled_columns() {
    let pair = pair(
        "CREATE TABLE t (id INT, parent INT)",
        "INSERT INTO t VALUES (1, NULL), (2, 1), (3, 2)",
    );
    let (mut from, mut to) = (open(&pair.source).await, open(&pair.target).await);
    to.begin(Access::Write, Checks::Off).await.expect("begun");
    let condition =
        "t.\"id\" IN (WITH RECURSIVE n(x) AS (SELECT 2 UNION ALL SELECT x + 1 FROM n WHERE x < 3) SELECT x FROM n)";
    let chosen = Select {
        nulled: vec!["parent".to_owned()],
        ..select("t", &["id", "parent"], condition)
    };
    let (sent, stored) = pipe(&mut *from, &chosen, &mut *to, &load("t", &["id", "parent"])).await;
    assert_eq!((sent.expect("sent"), stored.expect("stored")), (2, 2));
    to.commit().await.expect("committed");
    assert_eq!(number(&pair.target, "SELECT sum(id) FROM t WHERE parent IS NULL"), 5);
    assert_eq!(from.lock(&chosen).await.expect("counted"), 2);
}

/// Two conditions on one column: either makes it NULL, one that is neither true nor false does not.
#[tokio::test]
async fn columns_are_null_in_some_rows_only() {
    let pair = pair(
        "CREATE TABLE t (id INT, parent INT)",
        "INSERT INTO t VALUES (1, 7), (2, 8), (3, 9), (4, NULL)",
    );
    let when = |condition: &str| NulledWhen {
        column: "parent".to_owned(),
        condition: condition.to_owned(),
    };
    let (mut from, mut to) = (open(&pair.source).await, open(&pair.target).await);
    to.begin(Access::Write, Checks::Off).await.expect("begun");
    let chosen = Select {
        nulled_when: vec![
            when("t.parent = 7 OR t.parent = 6"),
            when("t.parent = 8 AND NULLIF(t.id, 2) > 1"),
        ],
        ..select("t", &["id", "parent"], "1")
    };
    let (sent, stored) = pipe(&mut *from, &chosen, &mut *to, &load("t", &["id", "parent"])).await;
    assert_eq!((sent.expect("sent"), stored.expect("stored")), (4, 4));
    to.commit().await.expect("committed");
    assert_eq!(number(&pair.target, "SELECT sum(parent) FROM t"), 17);
    let mut nulls = 0;
    let scanned = from
        .scan(&chosen, &mut |row| nulls += usize::from(row[1].is_none()))
        .await;
    assert_eq!((scanned.expect("scanned"), nulls), (4, 2));
}

#[tokio::test]
async fn a_scan_tells_storage_classes_apart() {
    let pair = pair("CREATE TABLE v (x, y)", "");
    let source = run(&pair.source, "BEGIN");
    for value in EXTREMES {
        source
            .execute("INSERT INTO v VALUES (?1, 'end')", [Raw(*value)])
            .expect("inserted");
    }
    source.execute_batch("COMMIT").expect("committed");
    let mut from = open(&pair.source).await;
    let (mut seen, mut nulls) = (BTreeSet::new(), 0);
    let rows = from
        .scan(&select("v", &["x", "y"], "1"), &mut |row| {
            assert_eq!(row.len(), 2);
            assert!(row[1].is_some_and(|field| field.ends_with(b"end")));
            match row[0] {
                None => nulls += 1,
                Some(field) => assert!(seen.insert(field.to_vec())),
            }
        })
        .await
        .expect("scanned");
    assert_eq!(
        (rows, nulls, seen.len()),
        (EXTREMES.len() as u64, 1, EXTREMES.len() - 1)
    );
}

#[tokio::test]
async fn chunks_are_bounded_by_bytes() {
    let rows = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5000)
        INSERT INTO t SELECT x, randomblob(x % 7 * 100) FROM n;
        INSERT INTO t VALUES (0, zeroblob(3000000))";
    let pair = pair("CREATE TABLE t (id INTEGER PRIMARY KEY, b BLOB)", rows);
    let chunks = chunks(&pair.source, &select("t", &["id", "b"], "1")).await;
    let (mut small, mut total) = (0, 0);
    for chunk in &chunks[..chunks.len() - 1] {
        let Chunk::Sqlite(rows) = chunk else {
            panic!("{chunk:?}")
        };
        total += rows.len();
        small += usize::from(rows.bytes() <= 128 * 1024 + 700);
    }
    assert_eq!(total, 5001);
    assert_eq!(small, chunks.len() - 2, "only the chunk with the huge row is larger");
    assert!(matches!(chunks.last(), Some(Chunk::End { rows: 5001 })));
    assert_eq!(
        copy(&pair, "t", &["id", "b"], Checks::Enforced).await.expect("copied"),
        5001
    );
    let sum = "SELECT sum(length(b)) FROM t";
    assert_eq!(number(&pair.target, sum), number(&pair.source, sum));
}

#[tokio::test]
async fn queries_answer_in_text_that_reads_back() {
    let pair = pair("CREATE TABLE t (x)", "");
    let mut conn = open(&pair.source).await;
    let sql = "SELECT 1, -9223372036854775808, 0.1, 1.0, 1e300, 1e999, -1e999, 'it''s', NULL, x'6162', 5e-324";
    let row = conn.query(sql).await.expect("read").remove(0);
    let row: Vec<_> = row.iter().map(|field| field.as_deref().unwrap_or("NULL")).collect();
    assert_eq!(
        row,
        [
            "1",
            "-9223372036854775808",
            "0.1",
            "1.0",
            "1e300",
            "Inf",
            "-Inf",
            "it's",
            "NULL",
            "ab",
            "5e-324"
        ]
    );
    for sql in ["SELECT 1, x'ff' AS secret", "SELECT 1, CAST(x'ff' AS TEXT) AS secret"] {
        let error = failure(conn.query(sql).await);
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(error.to_string().contains("secret"), "{error}");
    }
}
