//! How fast a copy is beside the products' own tools; not run unless asked for:
//! `cargo test --release -p exodus-engine --test mysql -- --ignored --nocapture`.

use std::process::Command;
use std::time::{Duration, Instant};

use exodus_engine::{Access, Address, Checks};

use crate::support::{Scratch, columns, load, on_each, select, stream};
use crate::types::open_without_local_infile;

const ROWS: u64 = 1_000_000;
const TABLE: &str = "CREATE TABLE rentals (id BIGINT PRIMARY KEY AUTO_INCREMENT, client INT NOT NULL, car INT NOT NULL, \
    started DATETIME NOT NULL, ended DATETIME NULL, price DECIMAL(10,2) NOT NULL, note VARCHAR(100), km FLOAT, KEY (client))";
const FILL: &str = "INSERT INTO rentals WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 1000000) \
    SELECT n, n % 100, n % 1000, '2024-01-01' + INTERVAL n MINUTE, IF(n % 7, '2024-01-02' + INTERVAL n MINUTE, NULL), n / 100, \
    CONCAT('note ', n, ' of a rental, with a tab\\t'), n / 3 FROM s";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute and means something in release mode only"]
async fn a_million_rows() {
    on_each(|[source, target]: [Scratch; 2]| async move {
        source.run(&[TABLE, FILL, "ANALYZE TABLE rentals"]).await;
        for round in 1..=3 {
            let (mut times, mut label) = (vec![], vec![]);
            for way in ["pipe", "exodus", "exodus by inserts"] {
                target.run(&["DROP TABLE IF EXISTS rentals", TABLE]).await;
                let took = if way == "pipe" {
                    pipe(&source, &target)
                } else {
                    ours(&source, &target, way != "exodus").await
                };
                times.push(took.as_secs_f64());
                label.push(format!("{way} {:.2} s", took.as_secs_f64()));
                assert_eq!(target.ask("SELECT COUNT(*) FROM rentals").await, ROWS.to_string());
            }
            eprintln!(
                "round {round}: {}; exodus / pipe {:.2}",
                label.join(", "),
                times[1] / times[0]
            );
        }
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        eprintln!(
            "peak memory: {:?}",
            status.lines().find(|line| line.starts_with("VmHWM"))
        );
    })
    .await;
}

async fn ours(source: &Scratch, target: &Scratch, by_inserts: bool) -> Duration {
    let mut reader = source.open().await;
    let mut writer = if by_inserts {
        open_without_local_infile(target).await
    } else {
        target.open().await
    };
    let described = columns(&mut *reader, "rentals").await;
    let started = Instant::now();
    reader.begin(Access::Snapshot, Checks::Enforced).await.unwrap();
    writer.begin(Access::Write, Checks::Off).await.unwrap();
    let (select, load) = (
        select("rentals", &described, "t.client >= 0"),
        load("rentals", &described),
    );
    let (_, stored) = stream(&mut *reader, &mut *writer, &select, &load).await;
    assert_eq!(stored.unwrap(), ROWS);
    writer.commit().await.unwrap();
    started.elapsed()
}

/// The same rows by hand.
fn pipe(source: &Scratch, target: &Scratch) -> Duration {
    let Address::MySql(server) = &source.server else {
        panic!("not a MySQL address")
    };
    let client = format!(
        "mariadb --no-defaults --skip-ssl --default-character-set=utf8mb4 -h{} -P{} -u{}",
        server.host, server.port, server.user
    );
    let script = format!(
        "{client} --quick -N -e \"SET time_zone = '+00:00'; SELECT id, client, car, started, ended, price, note, km * 1e0 \
         FROM rentals WHERE client >= 0\" {} | sed 's/\\tNULL\\t/\\t\\\\N\\t/g' | {client} --local-infile=1 -e \
         \"SET time_zone = '+00:00', foreign_key_checks = 0; LOAD DATA LOCAL INFILE '/dev/stdin' INTO TABLE rentals \
         CHARACTER SET utf8mb4 (id, client, car, started, ended, price, note, km)\" {}",
        source.name, target.name
    );
    let started = Instant::now();
    let password = server
        .password
        .as_ref()
        .map(|password| password.reveal().to_owned())
        .unwrap_or_default();
    let status = Command::new("sh")
        .args(["-c", &script])
        .env("MYSQL_PWD", password)
        .status()
        .unwrap();
    assert!(status.success());
    started.elapsed()
}
