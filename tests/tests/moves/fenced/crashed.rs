//! A move under locks that crashed: its locks are gone, and writers who ask nobody go on. What they were told to be written is
//! where the client is in the end.

use std::process::Command;

use super::{ABORT, FENCED, RESUME, said};
use crate::kills::cases;

const WRITES: [&str; 3] = [
    "UPDATE orders SET note = 'written late' WHERE id = 1",
    "INSERT INTO orders VALUES (9, 42, 'new')",
    "UPDATE clients SET city_id = 2 WHERE id = 42",
];
const REMOVALS: [&str; 3] = ["DELETE FROM orders WHERE id = 2", WRITES[1], WRITES[2]];

/// What the client has, wherever it is.
const ORDERS: &str = "SELECT note FROM orders WHERE client_id = 42 ORDER BY id";

fn goes_on(command: &[&str], removes: bool) {
    let points = ["fence-locked", "leave-removed", "move-committed", "leave-begun"];
    // A row that is gone is met by whoever removes rows from the target: before, there are none.
    let first = if removes { 2 } else { 0 };
    for failpoint in &points[first..] {
        for mut case in cases() {
            case.hold(&FENCED, failpoint).kill();
            let source = &mut case.world.source;
            // Where none of the rows is what it was, nobody can tell whether they had gone: that is refused, and tested elsewhere.
            let writes = if removes { REMOVALS } else { WRITES };
            for sql in writes {
                source.run(sql);
            }
            let what = format!("{} at {failpoint}, {command:?}", source.server().name());
            let first = case.world.place.run(command);
            if first.code != 0 {
                // The target has a row that the source has no more: whose it is has to be said.
                assert!(removes, "{what}: {}", first.text());
                assert!(said(&first).contains("--remove-all"), "{what}: {}", first.text());
                case.run(&[&ABORT[..], &["--remove-all"]].concat(), 0, "");
            }
            let (home, _) = case.world.place.dispatch("42");
            let there = if home == "source" {
                &mut case.world.source
            } else {
                &mut case.world.target
            };
            let wanted: &[&str] = if removes {
                &["planted-secret-row", "new"]
            } else {
                &["written late", "NULL", "new"]
            };
            assert_eq!(there.column(ORDERS), wanted, "{what}");
            assert_eq!(
                there.column("SELECT city_id FROM clients WHERE id = 42"),
                ["2"],
                "{what}"
            );
            // Nobody else has them.
            let other = if home == "source" {
                &mut case.world.target
            } else {
                &mut case.world.source
            };
            assert_eq!(other.column(ORDERS), Vec::<String>::new(), "{what}");
        }
    }
}

#[test]
fn written_to_and_resumed() {
    goes_on(&RESUME, false);
}

#[test]
fn written_to_and_given_up() {
    goes_on(&ABORT, false);
}

#[test]
fn removed_from_and_resumed() {
    goes_on(&RESUME, true);
}

#[test]
fn removed_from_and_given_up() {
    goes_on(&ABORT, true);
}

/// Whoever asks twice has no patience: it ends at once, as if it were killed, and a resume ends well.
#[cfg(unix)]
#[test]
fn interrupted_twice() {
    for mut case in cases() {
        let mut held = case.hold(&FENCED, "move-copied");
        let interrupt = |pid: u32| {
            let sent = Command::new("kill").args(["-INT", &pid.to_string()]).status();
            assert!(sent.is_ok_and(|status| status.success()));
        };
        interrupt(held.pid());
        held.until("undoing what was begun");
        interrupt(held.pid());
        // It still waits at its point: nothing but the signal can have ended it.
        let output = held.ended();
        assert_eq!(output.code, 130, "{}", output.text());
        case.run(&RESUME, 0, "");
        super::has_left(&mut case);
    }
}
