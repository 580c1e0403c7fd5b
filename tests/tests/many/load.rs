//! Memory does not grow with the jobs beyond what each of them takes.

use exodus_tests::database::Server;

use crate::crowd::{Crowd, Running, outcomes};

/// What sixteen moves at once may take, in KiB.
const BOUND: u64 = 200 * 1024;
const JOBS: u32 = 16;
/// Rows of each client; with 300 bytes each they are more than the bound together.
const ROWS: u32 = 50_000;

/// The most memory that a process has held so far, in KiB, without its code, of which a debug build has three times as
/// much.
fn peak(pid: u32) -> u64 {
    let path = format!("/proc/{pid}/status");
    let status = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let number = |key: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        number.unwrap_or_else(|| panic!("no {key} in {path}"))
    };
    number("VmHWM:") - number("RssFile:")
}

/// All of them have copied all rows, and none has committed.
fn bounded(server: Server) {
    if !server.is_there() {
        return;
    }
    let mut crowd = Crowd::new(server, JOBS);
    let text = if server.dialect() == "mysql" {
        "TEXT CHARACTER SET latin1"
    } else {
        "TEXT"
    };
    crowd.world.target.run(&format!(
        "ALTER TABLE orders ADD COLUMN body {text}; CREATE INDEX o ON orders (client_id)"
    ));
    crowd.world.source.run(&format!(
        "ALTER TABLE orders ADD COLUMN body {text}; CREATE INDEX o ON orders (client_id)"
    ));
    let digits: Vec<String> = (0..10).map(|digit| format!("SELECT {digit} AS d")).collect();
    let digits = format!("({})", digits.join(" UNION ALL "));
    crowd.world.source.run(&format!(
        "INSERT INTO orders (id, client_id, note, body)
         SELECT 10000 + k.id * 100000 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d, k.id, NULL, repeat('x', 300)
         FROM clients k, {digits} a, {digits} b, {digits} c, {digits} e, {digits} f WHERE k.id >= 100 AND f.d < {}",
        ROWS / 10_000
    ));
    let jobs = JOBS.to_string();
    let arguments = Crowd::arguments(&["--jobs", &jobs, "--format", "json"]);
    let mut running = Running::start(&crowd.world, &arguments, Some("move-verified"));
    running.says("failpoint move-verified", JOBS as usize);
    let peak = peak(running.pid());
    println!("{peak} KiB on {}", server.name());
    let output = running.end().expect(0);
    assert_eq!(outcomes(&output), [("moved".to_owned(), JOBS as usize)].into());
    assert!(peak < BOUND, "{peak} KiB for {JOBS} jobs on {}", server.name());
}

#[test]
fn sixteen_jobs_are_bounded_on_postgres() {
    bounded(Server::Postgres);
}

#[test]
fn sixteen_jobs_are_bounded_on_mariadb() {
    bounded(Server::MariaDb);
}
