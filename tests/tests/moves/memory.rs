//! Memory does not grow with the client: rows pass through, none is kept. (MySQL's way is MariaDB's.)

use std::time::Instant;

use exodus_tests::binary::Held;
use exodus_tests::database::Server;
use exodus_tests::world::{MOVE, World};

/// What a move and a purge may take, in KiB, however many rows the client has.
const BOUND: u64 = 64 * 1024;
/// All rows together are more than the bound; 40 bytes that are kept for each of them are more than [`growth`].
const ROWS: u64 = 300_000;
const WIDTH: u64 = 300;

/// How much more than a client of two rows may take, in KiB.
fn growth(server: Server) -> u64 {
    match server {
        // Its own caches, of a fixed size, fill up: source and target have 16 MiB each.
        Server::Sqlite => 40 * 1024,
        _ => 12 * 1024,
    }
}

/// The most memory that a process has held so far, in KiB, as Linux counts it; without its code, of which a debug build
/// has three times as much.
fn peak(held: &Held) -> u64 {
    let path = format!("/proc/{}/status", held.pid());
    let status = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let number = |key: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        number.unwrap_or_else(|| panic!("no {key} in {path}"))
    };
    number("VmHWM:") - number("RssFile:")
}

/// The peaks of a move and of its purge, each taken when the last row has passed.
fn peaks(world: &World, server: Server) -> [u64; 2] {
    let purge = ["purge", "1", "--yes"];
    [(&MOVE[..], "move-switched"), (&purge, "purge-committed")].map(|(arguments, failpoint)| {
        let start = Instant::now();
        let held = world.place.hold(arguments, failpoint);
        let peak = peak(&held);
        held.go_on().expect(0);
        println!(
            "{} on {}: {peak} KiB, {:?}",
            arguments[0],
            server.name(),
            start.elapsed()
        );
        peak
    })
}

fn bounded(server: Server) {
    if !server.is_there() {
        return;
    }
    let small = peaks(&World::new(server), server);
    let mut world = World::new(server);
    let digits: Vec<String> = (0..10).map(|digit| format!("SELECT {digit} AS d")).collect();
    let digits = format!("({})", digits.join(" UNION ALL "));
    let long = match server {
        Server::Sqlite => format!("substr(hex(zeroblob({WIDTH})), 1, {WIDTH})"),
        _ => format!("repeat('x', {WIDTH})"),
    };
    let text = match server.dialect() {
        "mysql" => "TEXT CHARACTER SET latin1",
        _ => "TEXT",
    };
    world.target.run(&format!("ALTER TABLE orders ADD COLUMN body {text}"));
    world.source.run(&format!("ALTER TABLE orders ADD COLUMN body {text}"));
    world.source.run(&format!(
        "INSERT INTO orders (id, client_id, note, body)
         SELECT 10 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d, 42, NULL, {long}
         FROM {digits} a, {digits} b, {digits} c, {digits} e, {digits} f, {digits} g WHERE g.d < {}",
        ROWS / 100_000
    ));
    let large = peaks(&world, server);
    let arrived = world.target.column("SELECT COUNT(*) FROM orders WHERE client_id = 42");
    assert_eq!(arrived, [(ROWS + 2).to_string()]);
    for (small, large) in small.into_iter().zip(large) {
        assert!(large < BOUND, "{large} KiB for {ROWS} rows on {}", server.name());
        assert!(
            large < small + growth(server),
            "{small} KiB for 2 rows, {large} KiB for {ROWS} on {}",
            server.name()
        );
    }
}

#[test]
fn memory_is_bounded_on_postgres() {
    bounded(Server::Postgres);
}

#[test]
fn memory_is_bounded_on_mariadb() {
    bounded(Server::MariaDb);
}

#[test]
fn memory_is_bounded_on_sqlite() {
    bounded(Server::Sqlite);
}
