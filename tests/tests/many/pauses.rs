//! What rows have to wait for.

use std::process::Command;
use std::time::{Duration, Instant};

use exodus_tests::database::{Database, Server};
use exodus_tests::world::{World, servers};

use crate::crowd::{Crowd, Running, lines, outcomes};

/// Rows that client 42 has in [`large`].
const MANY: u64 = 20_000;

/// How long what was on its way may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// A world in which client 42 has many orders, wide enough for several chunks.
fn large(server: Server) -> World {
    let mut world = World::new(server);
    let digits: Vec<String> = (0..10).map(|digit| format!("SELECT {digit} AS d")).collect();
    let digits = format!("({})", digits.join(" UNION ALL "));
    world.source.run(&format!(
        "INSERT INTO orders (id, client_id, note)
         SELECT 10 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d, 42,
             'twenty letters of a note and twenty more'
         FROM {digits} a, {digits} b, {digits} c, {digits} e, {digits} f WHERE f.d < {}",
        MANY / 10_000
    ));
    world
}

/// Nothing is begun, nobody is frozen, and why is said.
#[test]
fn a_file_keeps_everybody_from_beginning() {
    for server in servers() {
        let mut crowd = Crowd::new(server, 4);
        let file = crowd.world.place.path().join("pause");
        std::fs::write(&file, "").expect("a file");
        let arguments = Crowd::arguments(&["--jobs", "2", "--pause-file", "pause"]);
        let mut running = Running::start(&crowd.world, &arguments, None);
        running.says("paused: pause is there", 1);
        crowd.moved("a pause", &[]);
        std::fs::remove_file(file).expect("no file");
        running.says("going on after a pause of", 1);
        running.end().expect(0);
        let everybody = crowd.clients.clone();
        crowd.moved("the pause", &everybody);
    }
}

/// Both queries, each on its own database; a query that can't be asked pauses, for nobody knows better.
#[test]
fn lag_and_load_are_waited_for() {
    for server in servers() {
        let mut crowd = Crowd::new(server, 2);
        let schema = if server.dialect() == "postgres" { "public." } else { "" };
        let mut helper = Database::create(server);
        helper.run("CREATE TABLE behind (seconds INT); INSERT INTO behind VALUES (10); CREATE TABLE busy (n INT)");
        helper.run("INSERT INTO busy VALUES (3)");
        let (lag, load, on) = (
            format!("SELECT seconds FROM {schema}behind"),
            format!("SELECT 'Threads_running', n FROM {schema}busy"),
            helper.address(),
        );
        let arguments = [
            &["--max-lag", "5", "--lag-query", &lag, "--lag-on", &on][..],
            &["--max-load", "4", "--load-query", &load, "--load-on", &on],
        ];
        let arguments = Crowd::arguments(&arguments.concat());
        let mut running = Running::start(&crowd.world, &arguments, None);
        running.says("paused: the lag on", 1);
        helper.run("UPDATE busy SET n = 40");
        running.says("the load on", 1);
        helper.run("UPDATE busy SET n = 4");
        helper.run("UPDATE behind SET seconds = NULL");
        running.says("gives no number", 1);
        helper.run("ALTER TABLE behind RENAME TO elsewhere");
        running.says("the lag can't be told", 1);
        crowd.moved("a pause", &[]);
        helper.run("ALTER TABLE elsewhere RENAME TO behind");
        helper.run("UPDATE behind SET seconds = 5");
        running.end().expect(0);
        crowd.moved("the pause", &[100, 101]);
        // What can't be asked at the beginning is a mistake.
        let wrong = crowd
            .run(&["--max-lag", "5", "--lag-query", "SELECT nothing FROM nowhere"])
            .expect(3);
        assert!(wrong.stderr.contains("asking for the lag"), "{wrong:#?}");
        crowd.run(&["--max-lag", "5"]).expect(2);
    }
}

fn signal(name: &str, pid: u32) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status();
    assert!(sent.is_ok_and(|status| status.success()));
}

/// Rows that a COPY into this table has written so far, committed or not.
fn written(helper: &mut Database, target: &str) -> Option<u64> {
    let sql = format!(
        "SELECT p.tuples_processed::text FROM pg_stat_progress_copy p WHERE p.datname = '{target}' AND p.command = 'COPY FROM'"
    );
    helper.column(&sql).first().and_then(|text| text.parse().ok())
}

/// In the middle of a table: rows stop, the client is said to be frozen meanwhile, and time that was waited is no work.
#[test]
fn a_signal_stops_rows_in_the_middle() {
    let server = Server::Postgres;
    if !server.is_there() {
        return;
    }
    let mut world = large(server);
    let mut helper = Database::create(server);
    let rate = ["--max-rows-per-second", "4000", "--pause-file", "pause"];
    let arguments = [&["move", "--client", "42", "--to", "target"][..], &rate].concat();
    let mut running = Running::start(&world, &arguments, None);
    let name = world.target.name().to_owned();
    while written(&mut helper, &name).is_none_or(|rows| rows == 0) {}
    signal("USR1", running.pid());
    running.says("paused: SIGUSR1", 1);
    running.says("frozen", 0);
    // What was on its way still arrives, in as many pieces as the server likes; after it none comes. At this rate 6,000 rows
    // would come while none are seen.
    let mut seen = (written(&mut helper, &name), Instant::now());
    let paused = Instant::now();
    while seen.1.elapsed() < Duration::from_millis(1500) {
        let now = written(&mut helper, &name);
        if now != seen.0 {
            seen = (now, Instant::now());
        }
        assert!(paused.elapsed() < PATIENCE, "rows went on during the pause: {seen:?}");
    }
    assert!(seen.0.is_some_and(|rows| rows < MANY), "{seen:?}");
    // One cause goes, another one holds.
    std::fs::write(world.place.path().join("pause"), "").expect("a file");
    running.says("pause is there", 1);
    signal("USR2", running.pid());
    std::fs::remove_file(world.place.path().join("pause")).expect("no file");
    running.says("going on after a pause of", 1);
    let output = running.end().expect(0);
    assert!(
        output
            .stderr
            .contains("1 client in the middle of the copy, frozen meanwhile"),
        "{output:#?}"
    );
    let shown = world
        .place
        .run(&["moves", "show", "1", "--format", "json"])
        .expect(0)
        .json();
    let summary = &shown["move"]["summary"];
    let seconds = |value: &serde_json::Value| value.as_f64().expect("seconds");
    // A chunk that waits for the rate when the pause begins stands still for less than all of it.
    assert!(seconds(&summary["paused_seconds"]) >= 0.5, "{summary:#}");
    let copy = seconds(&summary["seconds"]["copy"]);
    assert!(
        copy + seconds(&summary["paused_seconds"]) <= seconds(&summary["frozen_seconds"]),
        "{summary:#}"
    );
    assert_eq!(
        world.target.column("SELECT count(*) FROM orders"),
        [(MANY + 2).to_string()]
    );
}

/// Within a fifth of the figure, by rows and by bytes.
#[test]
fn a_rate_is_kept() {
    let servers = servers().filter(|server| !matches!(server, Server::MySql | Server::Postgres18));
    for server in servers {
        let world = large(server);
        let moved = |limit: [&str; 2]| {
            let arguments = ["move", "--client", "42", "--format", "json", limit[0], limit[1]];
            let to = if limit[0] == "--max-rows-per-second" {
                "target"
            } else {
                "source"
            };
            let output = world
                .place
                .run(&[&arguments[..], &["--to", to]].concat())
                .expect(0)
                .json();
            let summary = output["move"].clone();
            world
                .place
                .run(&["purge", &summary["id"].to_string(), "--yes"])
                .expect(0);
            summary
        };
        let number = |value: &serde_json::Value| value.as_f64().expect("a number");
        let near = |what: &str, found: f64, figure: f64| {
            let ratio = found / figure;
            println!("{what} on {}: {ratio:.3} of the figure", server.name());
            assert!(
                (0.8..=1.2).contains(&ratio),
                "{found} {what} per second instead of {figure}"
            );
        };
        let rows = moved(["--max-rows-per-second", "3000"]);
        near("rows", number(&rows["rows"]) / number(&rows["seconds"]["copy"]), 3000.0);
        let bytes = moved(["--max-bytes-per-second", "200k"]);
        near(
            "bytes",
            number(&bytes["bytes"]) / number(&bytes["seconds"]["copy"]),
            204_800.0,
        );
    }
}

/// The limit is for all jobs together.
#[test]
fn jobs_share_a_rate() {
    let crowd = Crowd::new(Server::Sqlite, 40);
    let more = ["--jobs", "4", "--format", "json", "--max-rows-per-second", "100"];
    let output = crowd.run(&more).expect(0);
    assert_eq!(outcomes(&output), [("moved".to_owned(), 40)].into());
    let seconds = lines(&output).1["seconds"].as_f64().expect("seconds");
    // 240 rows; a quarter of a second may be caught up, and what else a move does takes its time beside it.
    assert!(seconds >= 240.0 / 100.0 - 0.3, "{seconds} s");
}
