//! `exodus rollback`: before its source rows are purged, a client goes back to them; as they were, or with what has changed
//! since.

use exodus_tests::database::Server;
use exodus_tests::dump;
use exodus_tests::world::{MOVE, World};

use super::kills::{Case, cases};

const ROLLBACK: [&str; 3] = ["rollback", "1", "--yes"];
/// What the application does while the client is away: a changed row, a new one, and one less.
const CHANGES: &str = "UPDATE orders SET note = 'changed' WHERE id = 1;
    INSERT INTO orders (id, client_id, note) VALUES (9, 42, 'new'); DELETE FROM orders WHERE id = 2;";

fn orders(case: &mut Case, on_source: bool) -> Vec<Vec<Option<String>>> {
    let database = if on_source {
        &mut case.world.source
    } else {
        &mut case.world.target
    };
    database.rows("SELECT id, client_id, note FROM orders WHERE client_id = 42 ORDER BY id")
}

fn events(case: &Case, id: &str) -> Vec<String> {
    let shown = case
        .world
        .place
        .run(&["moves", "show", id, "--format", "json"])
        .expect(0)
        .json();
    let events = shown["events"].as_array().expect("events").clone();
    events
        .iter()
        .map(|event| event["event"].as_str().expect("a name").to_owned())
        .collect()
}

/// Nothing has changed: nothing is copied, and afterwards all is as it was.
#[test]
fn to_rows_that_are_the_same() {
    for mut case in cases() {
        case.run(&MOVE, 0, "");
        case.run(&["rollback", "1", "--dry-run"], 0, "still has the same rows");
        case.is("after a look", true, true);
        case.dispatch("target", "active");
        let said = case.world.place.run(&ROLLBACK).expect(0).text();
        let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.contains("is on source now; nothing had to be copied: its 3 rows"),
            "{said}"
        );
        assert!(!words.contains("rows/s"), "{said}");
        case.is("after the rollback", true, true);
        case.dispatch("source", "active");
        case.status("returned");
        assert_eq!(events(&case, "1").last().map(String::as_str), Some("arrive"));
        case.run(&ROLLBACK, 2, "where it was");
        case.run(&["purge", "1", "--yes"], 2, "only a switched move");
        case.run(&["purge", "2", "--yes"], 0, "3 rows");
        case.is("after the purge of the other side", true, false);
        case.dispatch("source", "active");
        case.run(&MOVE, 0, "is on target now");
    }
}

/// What has changed since is copied back, with checks off and on.
#[test]
fn to_rows_that_have_changed() {
    for mut case in cases() {
        case.run(&MOVE, 0, "");
        case.world.target.run(CHANGES);
        let wanted = orders(&mut case, false);
        case.run(
            &["rollback", "1", "--dry-run", "--format", "json"],
            0,
            "\"equal\": false",
        );
        case.run(&ROLLBACK, 0, "3 rows");
        assert_eq!(orders(&mut case, true), wanted);
        let (before, (source, _)) = (case.before.0.clone(), case.world.dumps());
        for (table, rows) in &source {
            if table != "orders" && !table.ends_with(".orders") {
                assert_eq!(Some(rows), before.get(table), "{table}");
            }
        }
        assert_eq!(
            case.world.source.column("SELECT note FROM orders WHERE client_id = 7"),
            ["x"]
        );
        case.dispatch("source", "active");
        case.run(&["purge", "2", "--yes"], 0, "3 rows");
        assert!(orders(&mut case, false).is_empty());
    }
}

/// Each side calls the tables by its own names.
#[test]
fn between_products() {
    let pairs = [
        (Server::Postgres, Server::MariaDb),
        (Server::MySql, Server::Postgres),
        (Server::Sqlite, Server::Postgres),
        (Server::MariaDb, Server::Sqlite),
    ];
    let there = |(source, target): &(Server, Server)| source.is_there() && target.is_there();
    for (source, target) in pairs.into_iter().filter(there) {
        for failpoint in [None, Some("move-copied"), Some("move-committed")] {
            let mut world = World::between(source, target);
            world.place.run(&MOVE).expect(0);
            world.target.run(CHANGES);
            if let Some(failpoint) = failpoint {
                world.place.hold(&ROLLBACK, failpoint).kill();
                world.place.run(&["resume", "2", "--yes"]).expect(0);
            } else {
                world.place.run(&ROLLBACK).expect(0);
            }
            world.untouched();
            world.place.run(&["purge", "2", "--yes"]).expect(0);
            let orders = "SELECT id FROM orders WHERE client_id = 42 ORDER BY id";
            assert_eq!(world.source.column(orders), ["1", "9"], "{source:?} {target:?}");
            assert!(world.target.column(orders).is_empty(), "{source:?} {target:?}");
        }
    }
}

/// A way back begins and is given up while a purge, or a reconcile, is about to take the move: what that has left on the source
/// is known to them all the same.
#[test]
fn given_up_while_a_purge_is_about_to_begin() {
    const RECONCILE: [&str; 5] = ["reconcile", "1", "--take", "source", "--yes"];
    for (arguments, code) in [(&["purge", "1", "--yes"][..], 0), (&RECONCILE, 3)] {
        for mut case in cases().filter(|case| case.world.source.server() != Server::Sqlite) {
            case.run(&MOVE, 0, "");
            if code == 3 {
                case.world.source.run("INSERT INTO orders VALUES (8, 42, 'late')");
                case.world.target.also("reconcile");
            }
            case.world.target.run(CHANGES);
            let held = case.hold(arguments, "move-wanted");
            if code == 3 {
                case.run(&["reconcile", "1", "--take", "target", "--yes"], 0, "");
            }
            case.hold(&ROLLBACK, "move-committed").kill();
            case.run(&["abort", "2", "--yes"], 0, "given up");
            case.world
                .target
                .run("UPDATE orders SET note = 'new life' WHERE id = 1");
            let output = held.go_on();
            assert_eq!(output.code, code, "{arguments:?}: {}", output.text());
            case.run(&["purge", "1", "--yes"], if code == 0 { 2 } else { 0 }, "");
            case.dispatch("target", "active");
        }
    }
}

/// A way back has begun while somebody looked at late rows: what is decided about them is not applied.
#[test]
fn begun_while_late_rows_are_about_to_be_applied() {
    for mut case in cases().filter(|case| case.world.source.server() != Server::Sqlite) {
        case.run(&MOVE, 0, "");
        case.world.source.run("INSERT INTO orders VALUES (8, 42, 'late')");
        case.world.target.also("reconcile");
        let before = case.world.dumps();
        let reconcile = case.hold(&["reconcile", "1", "--take", "source", "--yes"], "move-wanted");
        let back = case.hold(&ROLLBACK, "move-frozen");
        let output = reconcile.go_on();
        assert_eq!(output.code, 3, "{}", output.text());
        assert!(output.text().contains("nothing was applied"), "{}", output.text());
        assert_eq!(case.world.dumps(), before);
        back.kill();
        case.run(&["abort", "2", "--yes"], 0, "given up");
        case.dispatch("target", "active");
    }
}

/// A way back has committed its rows and died, and a writer that asks nobody has changed the client since: what is there
/// is known when it is taken up.
#[test]
fn taken_up_after_the_client_has_changed() {
    for mut case in cases() {
        case.run(&MOVE, 0, "");
        case.world.target.run(CHANGES);
        case.hold(&ROLLBACK, "move-committed").kill();
        case.world.target.run("UPDATE orders SET note = 'late' WHERE id = 9");
        let wanted = orders(&mut case, false);
        case.run(&["resume", "2", "--yes"], 0, "is on source now");
        case.dispatch("source", "active");
        assert_eq!(orders(&mut case, true), wanted);
        case.run(&["purge", "2", "--yes"], 0, "3 rows");
    }
}

/// A way back that was given up has left other rows on the source, under names of the other side in its record. They are
/// known all the same: nobody has to be asked about them.
#[test]
fn given_up_between_products() {
    let pairs = [
        (Server::Postgres, Server::Sqlite),
        (Server::MySql, Server::Postgres),
        (Server::Sqlite, Server::Sqlite),
    ];
    let there = |(source, target): &(Server, Server)| source.is_there() && target.is_there();
    for (source, target) in pairs.into_iter().filter(there) {
        let mut world = World::between(source, target);
        // Nor does the other side have the columns in the same order.
        world.target.run(
            "DROP TABLE orders; CREATE TABLE orders (note VARCHAR(60), client_id INT NOT NULL, id INT PRIMARY KEY,
             FOREIGN KEY (client_id) REFERENCES clients (id))",
        );
        world.place.run(&MOVE).expect(0);
        world.target.run(CHANGES);
        for number in ["2", "3"] {
            world.place.hold(&ROLLBACK, "move-committed").kill();
            world.place.run(&["abort", number, "--yes"]).expect(0);
            world.target.run(&format!(
                "INSERT INTO orders (id, client_id, note) VALUES (4{number}, 42, 'on')"
            ));
        }
        world.place.run(&["purge", "1", "--yes"]).expect(0);
        let orders = "SELECT id FROM orders WHERE client_id = 42 ORDER BY id";
        assert!(world.source.column(orders).is_empty(), "{source:?} {target:?}");
        assert_eq!(world.target.column(orders), ["1", "9", "42", "43"]);
    }
}

/// Somebody wrote to the source after the client had left: those rows are nowhere else, and are not replaced.
#[test]
fn late_rows_on_the_source_are_not_replaced() {
    for mut case in cases() {
        case.run(&MOVE, 0, "");
        case.world.target.run(CHANGES);
        case.world.source.run("UPDATE orders SET note = 'late' WHERE id = 1");
        let before = case.world.dumps();
        case.run(&ROLLBACK, 4, "orders");
        assert_eq!(case.world.dumps(), before);
        case.dispatch("target", "active");
        case.status("switched");
        // The move back was given up, and the first one is what it was.
        case.world
            .source
            .run("UPDATE orders SET note = 'planted-secret-row' WHERE id = 1");
        case.run(&["purge", "1", "--yes"], 0, "3 rows");
    }
}

/// Killed at every point, and taken up or given up: the client is in one place, with what it had.
#[test]
fn a_rollback_that_is_killed() {
    // All that lies between is in `statements`.
    let points = ["move-planned", "move-copied", "move-committed", "move-switched"];
    for failpoint in points {
        for resumed in [true, false] {
            for mut case in cases() {
                case.run(&MOVE, 0, "");
                case.world.target.run(CHANGES);
                let wanted = orders(&mut case, false);
                case.hold(&ROLLBACK, failpoint).kill();
                let switched = failpoint == "move-switched";
                case.status(if switched { "returned" } else { "returning" });
                assert_eq!(orders(&mut case, false), wanted, "{failpoint}");
                if resumed {
                    case.run(&["resume", "2", "--yes"], 0, "");
                    case.dispatch("source", "active");
                    assert_eq!(orders(&mut case, true), wanted, "{failpoint}");
                    case.run(&["purge", "2", "--yes"], 0, "3 rows");
                    assert!(orders(&mut case, false).is_empty(), "{failpoint}");
                } else if !switched {
                    case.run(&["resume", "1"], 2, "another move brings its client back");
                    case.run(&["abort", "2", "--yes"], 0, "given up");
                    case.dispatch("target", "active");
                    case.status("switched");
                    assert_eq!(orders(&mut case, false), wanted, "{failpoint}");
                    // Whatever the source has now, it is known, even if the client goes on changing.
                    case.world.target.run("UPDATE orders SET note = 'again' WHERE id = 9");
                    case.run(&["purge", "1", "--yes"], 0, "rows");
                    assert!(orders(&mut case, true).is_empty(), "{failpoint}");
                }
            }
        }
    }
}

#[test]
fn only_a_switched_move_is_rolled_back() {
    for mut case in cases() {
        case.hold(&MOVE, "move-copied").kill();
        case.run(&ROLLBACK, 2, "exodus resume");
        case.run(&["abort", "1", "--yes"], 0, "");
        case.run(&ROLLBACK, 2, "where it was");
        case.run(&MOVE, 0, "");
        case.run(&["purge", "2", "--yes"], 0, "");
        case.run(&["rollback", "2", "--yes"], 2, "exodus move");
        let found = case.world.dumps();
        dump::assert_equal("the target", &found.1, &case.after.1);
    }
}
