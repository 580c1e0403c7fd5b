//! How fast a million rows are copied, beside SQLite's own statement. Run it by name, in release mode:
//! `cargo test --release -p exodus-engine --test sqlite speed -- --ignored --nocapture`

use std::time::{Duration, Instant};

use exodus_engine::Checks;

use super::*;

const SCHEMA: &str = "CREATE TABLE ride (id INTEGER PRIMARY KEY, client INT NOT NULL, car TEXT NOT NULL, km REAL, \
    note TEXT, at TEXT); CREATE INDEX ride_client ON ride (client)";
const ROWS: &str = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000000)
    INSERT INTO ride
    SELECT x, x % 100, 'car ' || x % 5000, x * 0.37, 'a note about ride ' || x, '2026-01-01 00:00:00' FROM n";
const COLUMNS: [&str; 6] = ["id", "client", "car", "km", "note", "at"];

fn best(mut once: impl FnMut() -> Duration) -> Duration {
    (0..3).map(|_| once()).min().unwrap_or_default()
}

fn by_statement(pair: &Pair, target: &Path) -> Duration {
    let conn = run(target, SCHEMA);
    conn.execute_batch(&format!(
        "PRAGMA cache_size = -16384; ATTACH '{}' AS s",
        pair.source.display()
    ))
    .expect("attached");
    let start = Instant::now();
    // The condition keeps SQLite from copying pages instead of rows, as a selector does.
    conn.execute_batch("BEGIN IMMEDIATE; INSERT INTO main.ride SELECT * FROM s.ride WHERE id > 0; COMMIT")
        .expect("copied");
    start.elapsed()
}

async fn by_channel(pair: &Pair, target: &Path) -> Duration {
    run(target, SCHEMA);
    let (mut from, mut to) = (open(&pair.source).await, open(target).await);
    let start = Instant::now();
    from.begin(Access::Snapshot, Checks::Off).await.expect("begun");
    to.begin(Access::Write, Checks::Off).await.expect("begun");
    let chosen = select("ride", &COLUMNS, "t.id > 0");
    let (sent, stored) = pipe(&mut *from, &chosen, &mut *to, &load("ride", &COLUMNS)).await;
    assert_eq!((sent.expect("sent"), stored.expect("stored")), (1_000_000, 1_000_000));
    to.commit().await.expect("committed");
    start.elapsed()
}

#[test]
#[ignore = "a measurement"]
fn a_million_rows() {
    let pair = pair(SCHEMA, ROWS);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let fresh = || {
        let _ = std::fs::remove_file(&pair.target);
        pair.target.clone()
    };
    let statement = best(|| by_statement(&pair, &fresh()));
    let channel = best(|| runtime.block_on(by_channel(&pair, &fresh())));
    let mut conn = runtime.block_on(open(&pair.source));
    let scan = best(|| {
        let start = Instant::now();
        let mut bytes = 0;
        let chosen = select("ride", &COLUMNS, "1");
        let mut each =
            |row: &exodus_engine::ScanRow<'_>| bytes += row.iter().flatten().map(|field| field.len()).sum::<usize>();
        assert_eq!(
            runtime.block_on(conn.scan(&chosen, &mut each)).expect("scanned"),
            1_000_000
        );
        start.elapsed()
    });
    println!(
        "INSERT … SELECT {statement:?}, through the channel {channel:?} ({:.2} times), scan {scan:?}",
        channel.as_secs_f64() / statement.as_secs_f64()
    );
}
