//! Everything that can end such a move too early.

use std::process::Command;
use std::time::{Duration, Instant};

use exodus_tests::database::{Database, Server};
use exodus_tests::world::{networked, waiting};

use crate::{Large, MOVE};

/// Programs that are killed with some of the rows committed: the first stage, and one of two streams of a table.
#[test]
fn killed_with_rows_committed() {
    for server in networked() {
        let mut large = Large::new(server);
        for (failpoint, divided) in [("stage-committed", false), ("stream-committed", true)] {
            large.place.hold(&MOVE, failpoint).kill();
            let rows = large.target.column("SELECT count(*) FROM clients");
            assert_eq!(
                rows,
                ["1"],
                "nothing was committed before {failpoint} on {}",
                server.name()
            );
            let orders = large.target.column("SELECT count(*) FROM orders");
            let orders: u64 = orders[0].parse().expect("a number");
            assert_eq!(orders > 0, divided, "{orders} orders at {failpoint}");
            assert_eq!(large.place.dispatch("42"), ("source".to_owned(), "frozen".to_owned()));
            let number = large.place.last_move();
            if divided {
                // l43: among rows of which only some have arrived, one that is not the move's.
                large
                    .target
                    .run("INSERT INTO orders VALUES (1999999999, 42, 1, 'planted-secret')");
                let output = large.place.run(&["abort", &number, "--yes"]).expect(4);
                let said = output.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(
                    said.contains("orders: 1 row there that the source does not have, 0 with"),
                    "{said}"
                );
                assert!(!said.contains("planted-secret"), "{said}");
                large.target.run("DELETE FROM orders WHERE id = 1999999999");
            }
            large.place.run(&["abort", &number, "--yes"]).expect(0);
            large.is_untouched();
        }
        large.moves();
    }
}

/// What meets an error in the middle takes back what was committed before it: a unique value that is taken on the target,
/// by a row that came while the copy ran.
#[test]
fn a_value_that_is_taken_meanwhile() {
    for server in networked() {
        let mut large = Large::new(server);
        let held = large.place.hold(&MOVE, "stage-committed");
        large
            .target
            .run("INSERT INTO clients VALUES (8, 2); INSERT INTO orders VALUES (1, 8, 2, 'x'); INSERT INTO parts VALUES (1, 1, 'part 500')");
        let output = held.go_on().expect(3);
        assert!(!output.text().contains("planted-secret"), "{output:#?}");
        assert!(output.stderr.contains("parts"), "{output:#?}");
        large
            .target
            .run("DELETE FROM parts WHERE id = 1; DELETE FROM orders WHERE id = 1; DELETE FROM clients WHERE id = 8");
        large.is_untouched();
        large.moves();
    }
}

/// A row that a relation leads to is gone when all rows are there, and a writer on the source who did not heed the freeze:
/// the proof finds one, the second reading the other.
#[test]
fn what_proof_and_verification_find() {
    for server in networked() {
        let mut large = Large::new(server);
        let held = large.place.hold(&MOVE, "move-copied");
        let delete = match server.dialect() {
            "postgres" => {
                "SET session_replication_role = replica; DELETE FROM regions WHERE id = 1; RESET session_replication_role"
            }
            _ => "SET foreign_key_checks = 0; DELETE FROM regions WHERE id = 1; SET foreign_key_checks = 1",
        };
        large.target.run(delete);
        let output = held.go_on().expect(3);
        assert!(output.stderr.contains("reference no row by"), "{output:#?}");
        large.target.run("INSERT INTO regions VALUES (1, 'north')");
        large.is_untouched();

        let held = large.place.hold(&MOVE, "move-copied");
        large
            .source
            .run("UPDATE orders SET note = 'late' WHERE id = 2000000000");
        let output = held.go_on().expect(4);
        assert!(output.stderr.contains("1 different"), "{output:#?}");
        large.source.run("UPDATE orders SET note = 'far' WHERE id = 2000000000");
        large.is_untouched();
    }
}

/// Ctrl-C with rows committed and more on their way.
#[cfg(unix)]
#[test]
fn interrupted_between_stages() {
    for server in networked() {
        let mut large = Large::new(server);
        let slow = [&MOVE[..], &["--max-rows-per-second", "5000"]].concat();
        let held = large.place.hold(&slow, "stream-committed");
        let pid = held.pid().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status();
        assert!(sent.is_ok_and(|status| status.success()));
        let output = held.go_on().expect(130);
        assert!(output.stderr.contains("nothing was left on the target"), "{output:#?}");
        large.is_untouched();
    }
}

/// `abort` while the program is alive and well: it waits until that has ended, and takes back all of it.
#[test]
fn aborted_by_somebody_else() {
    for server in networked() {
        let mut large = Large::new(server);
        let mut helper = Database::create(server);
        let held = large.place.hold(&MOVE, "stream-committed");
        let (place, target) = (&large.place, &large.target);
        let (moved, aborted) = std::thread::scope(|scope| {
            let aborting = scope.spawn(|| place.run(&["abort", "1", "--yes"]));
            wait_for(server, &mut helper, target);
            let moved = held.go_on();
            (moved, aborting.join().expect("a thread"))
        });
        assert_ne!(moved.code, 0, "{moved:#?}");
        assert_eq!(aborted.code, 0, "{aborted:#?}\n{moved:#?}");
        large.is_untouched();
        large.moves();
    }
}

/// Until a session waits for a name that another one holds.
fn wait_for(server: Server, helper: &mut Database, target: &Database) {
    let begun = Instant::now();
    let is_waiting = |helper: &mut Database| {
        if server.dialect() == "postgres" {
            return !waiting(helper, target).is_empty();
        }
        let sql = format!(
            "SELECT id FROM information_schema.processlist WHERE db = '{}' AND info LIKE 'SELECT GET_LOCK%'",
            target.name()
        );
        !helper.column(&sql).is_empty()
    };
    while !is_waiting(helper) {
        assert!(begun.elapsed() < Duration::from_mins(1), "nobody waits");
    }
}
