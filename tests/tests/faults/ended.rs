//! Sessions and statements of exodus that an administrator ends.

use std::thread;
use std::time::{Duration, Instant};

use exodus_tests::beside::Beside;
use exodus_tests::database::Database;
use exodus_tests::world::{MOVE, waiting_on};

use super::case::{Case, PURGE, Role, networked};
use super::limits::until;

const POINTS: [(Role, &[&str], &str); 9] = [
    (Role::Source, &MOVE, "move-copied"),
    (Role::Target, &MOVE, "move-copied"),
    (Role::Target, &MOVE, "move-verified"),
    (Role::Target, &MOVE, "move-committed"),
    (Role::Store, &MOVE, "move-verified"),
    (Role::Store, &MOVE, "switch-open"),
    (Role::Source, &PURGE, "purge-removed"),
    (Role::Target, &PURGE, "purge-removed"),
    (Role::Store, &PURGE, "purge-removed"),
];

/// `pg_terminate_backend` and `KILL CONNECTION`, of all that is connected to a database: our own sessions, too.
fn end_sessions(helper: &mut Database, name: &str) {
    if helper.server().dialect() == "postgres" {
        helper.rows(&format!(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'"
        ));
        return;
    }
    let sessions = format!("SELECT id FROM information_schema.processlist WHERE db = '{name}'");
    for session in helper.column(&sessions) {
        // It may have ended by itself.
        let _ = helper.try_rows(&format!("KILL CONNECTION {session}"));
    }
    let gone = format!("SELECT 1 FROM (SELECT 1 AS one) AS o WHERE NOT EXISTS ({sessions})");
    until(helper, &gone);
}

#[test]
fn sessions() {
    for server in networked() {
        let mut helper = Database::create(server);
        for (role, arguments, point) in POINTS {
            let what = format!("{} {role:?} ended at {point}", server.name());
            let mut case = Case::with(server, None);
            if arguments == PURGE {
                case.world.place.run(&MOVE).expect(0);
            }
            let held = case.world.place.hold(arguments, point);
            end_sessions(&mut helper, &case.name(role));
            case.reconnect(role);
            let output = held.go_on();
            println!("{what}: {}", case.outcome(&output));
            case.is_told(&what, role, &output);
            case.ends_well(&what);
        }
    }
}

/// What keeps a statement waiting, and where it does.
const WAITS: [(Role, &[&str], Option<&str>, &str); 3] = [
    // The row that is about to come.
    (
        Role::Target,
        &MOVE,
        None,
        "BEGIN; INSERT INTO clients VALUES (42, 1, 'b@example.org')",
    ),
    (Role::Source, &MOVE, Some("move-frozen"), ""),
    (
        Role::Source,
        &PURGE,
        None,
        "BEGIN; SELECT * FROM orders WHERE client_id = 42 FOR UPDATE",
    ),
];

/// Waits until sessions on a database wait for another one's lock, of a row or a table; gives them. A query that merely
/// takes long is none.
#[track_caller]
pub(super) fn until_waiting(helper: &mut Database, name: &str) -> Vec<String> {
    let begun = Instant::now();
    loop {
        let mut waiting = waiting_on(helper, name);
        if helper.server().dialect() == "mysql" {
            waiting.extend(helper.column(&format!(
                "SELECT id FROM information_schema.processlist WHERE db = '{name}' AND state LIKE 'Waiting for table%'"
            )));
        }
        if !waiting.is_empty() {
            return waiting;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "nobody waits on {name}");
    }
}

/// `pg_cancel_backend` and `KILL QUERY`, of a statement that waits.
#[test]
fn statements() {
    for server in networked() {
        let mut helper = Database::create(server);
        for (role, arguments, point, sql) in WAITS {
            let what = format!("{} {role:?} cancelled in {}", server.name(), arguments[0]);
            let mut case = Case::with(server, None);
            if arguments == PURGE {
                case.world.place.run(&MOVE).expect(0);
            }
            let mut beside = match role {
                Role::Source => Beside::of(&case.world.source),
                _ => Beside::of(&case.world.target),
            };
            let table = match server.dialect() {
                "postgres" => "BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE",
                _ => "LOCK TABLES orders WRITE",
            };
            // A transaction that is open at the freeze would be waited for there.
            let held = point.map(|point| case.world.place.hold(arguments, point));
            beside.run(if sql.is_empty() { table } else { sql }).expect("a lock");
            let running = held.unwrap_or_else(|| case.world.place.start(arguments, None));
            let ended = thread::spawn(move || running.go_on());
            for session in until_waiting(&mut helper, &case.name(role)) {
                let cancel = match server.dialect() {
                    "postgres" => format!("SELECT pg_cancel_backend({session})"),
                    _ => format!("KILL QUERY {session}"),
                };
                let _ = helper.try_rows(&cancel);
            }
            let output = ended.join().expect("no panic");
            beside.run("ROLLBACK").expect("a rollback");
            if server.dialect() == "mysql" {
                beside.run("UNLOCK TABLES").expect("its own locks");
            }
            drop(beside);
            println!("{what}: {}", case.outcome(&output));
            assert_eq!(output.code, 3, "{what}: {}", output.text());
            case.is_told(&what, role, &output);
            if arguments == MOVE {
                assert_eq!(case.status(), "aborted", "{what}");
                case.is_as_before(&what);
            }
            case.ends_well(&what);
        }
    }
}
