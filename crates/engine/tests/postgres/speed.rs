//! How fast a copy is beside a pipe of two psql.
//!
//! `cargo test --release -p exodus-engine --test postgres -- --ignored --nocapture million`

use std::process::Command;
use std::time::Instant;

use exodus_engine::Server;

use crate::support::{Db, copy, digest, run, select, with_databases};

const ROWS: u32 = 1_000_000;

fn psql(server: &Server) -> Command {
    let mut command = Command::new("psql");
    let tls = if server.tls == exodus_engine::TlsMode::Disable {
        "disable"
    } else {
        "require"
    };
    command
        .args([
            "-X",
            "-q",
            "-h",
            &server.host,
            "-U",
            &server.user,
            "-d",
            &server.database,
        ])
        .args(["-p", &server.port.to_string()])
        .env(
            "PGPASSWORD",
            server.password.as_ref().map_or("", |password| password.reveal()),
        )
        .env("PGSSLMODE", tls);
    command
}

fn pipe(source: &Server, target: &Server) {
    let mut reader = psql(source)
        .args([
            "-c",
            "COPY (SELECT t.id, t.a, t.b, t.c, t.d FROM public.t AS t WHERE t.id > 0) TO STDOUT (FORMAT binary)",
        ])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("psql");
    let status = psql(target)
        .args(["-c", "COPY public.t (id, a, b, c, d) FROM STDIN (FORMAT binary)"])
        .stdin(reader.stdout.take().expect("its output"))
        .status();
    assert!(status.expect("psql").success() && reader.wait().expect("psql").success());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn million_rows_beside_a_pipe_of_psql() {
    with_databases(async |[source, target]: [Db; 2]| {
        for tls in [exodus_engine::TlsMode::Disable, exodus_engine::TlsMode::Require] {
            let (source, target) = (source.with(|s| s.tls = tls), target.with(|s| s.tls = tls));
            measure(&source, &target, &format!("{tls:?}")).await;
        }
    })
    .await;
}

async fn measure(source: &Db, target: &Db, label: &str) {
    let (mut from, mut to) = (source.open().await, target.open().await);
    for end in [&mut from, &mut to] {
        run(
            &mut **end,
            &[
                "DROP TABLE IF EXISTS public.t",
                "CREATE TABLE public.t (id bigint PRIMARY KEY, a int, b text, c timestamptz, d numeric)",
            ],
        )
        .await;
    }
    let fill = format!(
        "INSERT INTO public.t SELECT g, g % 1000, 'some text for row ' || g, now(), g / 7.0 FROM generate_series(1, {ROWS}) AS g"
    );
    run(&mut *from, &[&fill, "VACUUM ANALYZE public.t"]).await;
    let all = select("t", &["id", "a", "b", "c", "d"], "t.id > 0");
    for round in 1..=3 {
        run(&mut *to, &["TRUNCATE public.t", "CHECKPOINT"]).await;
        let started = Instant::now();
        pipe(&source.server, &target.server);
        let piped = started.elapsed().as_secs_f64();
        run(&mut *to, &["TRUNCATE public.t", "CHECKPOINT"]).await;
        let started = Instant::now();
        copy(&mut *from, &mut *to, &all).await.expect("a copy");
        let copied = started.elapsed().as_secs_f64();
        let started = Instant::now();
        assert_eq!(digest(&mut *to, &all).await.0, u64::from(ROWS));
        let scanned = started.elapsed().as_secs_f64();
        let speed = |seconds: f64| f64::from(ROWS) / seconds / 1000.0;
        eprintln!(
            "{label} round {round}: psql {:.0}k rows/s, exodus {:.0}k rows/s, scan {:.0}k rows/s",
            speed(piped),
            speed(copied),
            speed(scanned)
        );
    }
}
