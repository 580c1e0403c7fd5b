//! Limits of a server that are shorter than a move: its sessions say what they need.

use std::thread;
use std::time::{Duration, Instant};

use exodus_tests::beside::Beside;
use exodus_tests::database::{Database, Server};
use exodus_tests::private::Private;
use exodus_tests::world::MOVE;

use super::case::{Case, PURGE, Role};

/// Whoever has waited so long would have been ended by all of these limits.
const POSTGRES: [&str; 4] = [
    "statement_timeout = '500ms'",
    "lock_timeout = '500ms'",
    "idle_in_transaction_session_timeout = '500ms'",
    "default_transaction_read_only = on",
];

/// Their values are in seconds.
const BOTH: [&str; 5] = [
    "wait_timeout = 1",
    "innodb_lock_wait_timeout = 1",
    "lock_wait_timeout = 1",
    "net_read_timeout = 1",
    "net_write_timeout = 1",
];

/// Waits until a query has a row.
#[track_caller]
pub(super) fn until(helper: &mut Database, query: &str) {
    let begun = Instant::now();
    while helper.rows(query).is_empty() {
        assert!(begun.elapsed() < Duration::from_mins(1), "in vain: {query}");
    }
}

#[test]
fn of_postgres() {
    if !Server::Postgres.is_there() {
        return;
    }
    let (mut case, mut helper) = (Case::with(Server::Postgres, None), Database::create(Server::Postgres));
    let names = [case.world.source.name(), case.world.target.name(), case.store()].map(str::to_owned);
    for name in &names {
        for limit in POSTGRES {
            helper.run(&format!("ALTER DATABASE {name} SET {limit}"));
        }
    }
    let held = case.world.place.hold(&MOVE, "move-verified");
    until(
        &mut helper,
        &format!(
            "SELECT 1 FROM pg_stat_activity WHERE datname = '{}' AND state = 'idle in transaction'
             AND now() - state_change > '1 s'",
            names[1]
        ),
    );
    held.go_on().expect(0);
    // One that waits for a lock.
    let mut beside = Beside::of(&case.world.source);
    beside
        .run("BEGIN READ WRITE; SET LOCAL idle_in_transaction_session_timeout = 0; SELECT * FROM orders WHERE id = 1 FOR UPDATE")
        .expect("a lock");
    let purging = case.world.place.start(&PURGE, None);
    let ended = thread::spawn(move || purging.go_on());
    until(
        &mut helper,
        &format!(
            "SELECT 1 FROM pg_stat_activity WHERE datname = '{}' AND wait_event_type = 'Lock'
             AND now() - query_start > '1 s'",
            names[0]
        ),
    );
    beside.run("ROLLBACK").expect("a rollback");
    ended.join().expect("no panic").expect(0);
    case.ends_well("limits of postgres");
}

/// They are the whole server's there.
pub(super) fn of_mysql(private: &Private, server: Server) {
    let what = format!("limits of {}", server.name());
    let mut case = Case::with(server, Some((Role::Target, private)));
    let mut helper = private.database();
    let own: &[&str] = match server {
        Server::MariaDb => &["max_statement_time = 0.5", "idle_transaction_timeout = 1"],
        _ => &["max_execution_time = 500"],
    };
    let limits = || BOTH.iter().chain(own);
    for limit in limits() {
        helper.run(&format!("SET GLOBAL {limit}"));
    }
    let mut other = private.database();
    let other = other.column("SELECT CONNECTION_ID()").remove(0);
    let held = case.world.place.hold(&MOVE, "move-verified");
    // Another session has been ended for its idleness by then.
    until(
        &mut helper,
        &format!(
            "SELECT 1 FROM (SELECT 1 AS one) AS o WHERE NOT EXISTS
             (SELECT 1 FROM information_schema.processlist WHERE id = {other})"
        ),
    );
    held.go_on().expect(0);
    for limit in limits() {
        let (name, _) = limit.split_once(" = ").expect("a name and a value");
        helper.run(&format!("SET GLOBAL {name} = DEFAULT"));
    }
    case.ends_well(&what);
}
