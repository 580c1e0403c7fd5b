//! `--fence lock`: the source's rows are locked before they are read, and go with the move.

mod crashed;
mod desk;
mod storm;
mod waits;

use std::process::Command;

use exodus_tests::binary::Output;
use exodus_tests::dump;
use exodus_tests::world::{MOVE, World, networked, servers};

use crate::kills::{Case, cases};

const FENCED: [&str; 7] = ["move", "--client", "42", "--to", "target", "--fence", "lock"];
const ABORT: [&str; 3] = ["abort", "1", "--yes"];
const RESUME: [&str; 3] = ["resume", "1", "--yes"];

/// In one line, as a terminal's width breaks it.
fn said(output: &Output) -> String {
    output.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The client is on the target alone, and nothing is left to do.
#[track_caller]
fn has_left(case: &mut Case) {
    case.is("in the end", false, true);
    case.status("done");
    case.dispatch("target", "active");
    case.run(&["purge", "1", "--yes"], 2, "purged already");
    case.run(&["rollback", "1", "--yes"], 2, "move the client back");
}

/// Where a move is killed, what the journal says then, and whether source and target have the rows.
const POINTS: [(&str, &str, bool, bool); 8] = [
    ("fence-locked", "drained", true, false),
    ("move-copied", "copying", true, false),
    ("leave-removed", "copied", true, false),
    ("move-verified", "verified", true, false),
    ("move-committed", "verified", true, true),
    ("leave-begun", "leaving", true, true),
    ("leave-committed", "leaving", false, true),
    ("switch-open", "leaving", false, true),
];

/// Each point with each engine where source and target differ most; before that, each with two.
fn points() -> impl Iterator<Item = (usize, Case)> {
    (0..POINTS.len()).flat_map(|at| {
        let chosen = move |engine: usize| at >= 4 || (at + engine).is_multiple_of(2);
        let some = cases().enumerate().filter(move |(engine, _)| chosen(*engine));
        some.map(move |(_, case)| (at, case))
    })
}

#[test]
fn killed_and_resumed() {
    for (at, mut case) in points() {
        let (failpoint, status, source, target) = POINTS[at];
        case.hold(&FENCED, failpoint).kill();
        case.is("after the kill", source, target);
        case.dispatch("source", "frozen");
        case.status(status);
        case.run(&RESUME, 0, "");
        has_left(&mut case);
    }
}

#[test]
fn killed_and_given_up() {
    for (at, mut case) in points() {
        let (failpoint, _, source, _) = POINTS[at];
        case.hold(&FENCED, failpoint).kill();
        if source {
            case.run(&ABORT, 0, "given up");
            case.status("aborted");
            case.begins_anew();
        } else {
            // It is too late: the target's rows are the only ones.
            case.run(&ABORT, 2, "can't be given up");
            has_left(&mut case);
        }
    }
}

/// A process that was taken for dead is about to remove the source's rows: whoever gives the move up waits to see it.
#[test]
fn given_up_while_it_is_leaving() {
    for mut case in cases() {
        let held = case.hold(&FENCED, "leave-begun");
        let place = &case.world.place;
        let output = std::thread::scope(|scope| {
            let abort = scope.spawn(|| place.run(&ABORT));
            // It takes the lease, and then waits for the lock.
            let taken = || {
                let shown = place.run(&["moves", "show", "1", "--format", "json"]).expect(0).json();
                !shown.to_string().contains(&format!("{}@", held.pid()))
            };
            while !taken() && !abort.is_finished() {
                std::thread::yield_now();
            }
            let moved = held.go_on();
            (moved, abort.join().expect("no panic"))
        });
        assert_eq!(output.1.code, 2, "{}\n{}", output.0.text(), output.1.text());
        assert!(said(&output.1).contains("can't be given up"), "{}", output.1.text());
        has_left(&mut case);
    }
}

/// The client was made anew on the source after all of its rows had gone: they are not what a move looks for.
#[test]
fn a_client_made_anew_is_not_the_one_that_left() {
    for mut case in cases() {
        case.hold(&FENCED, "leave-committed").kill();
        case.world
            .source
            .run("INSERT INTO clients VALUES (42, 1, 'x'); INSERT INTO orders VALUES (9, 42, 'y')");
        for command in [&RESUME, &ABORT] {
            case.run(command, 3, "it can't be told");
            case.status("leaving");
        }
        case.world
            .source
            .run("DELETE FROM orders WHERE id = 9; DELETE FROM clients WHERE id = 42");
        case.run(&RESUME, 0, "");
        has_left(&mut case);
    }
}

/// Whoever holds a row is given way to; when that lasts, all is undone.
#[test]
fn a_lock_that_somebody_else_holds() {
    for server in networked() {
        let mut world = World::new(server);
        let mut holder = world.source.again();
        holder.run("BEGIN; UPDATE orders SET note = 'mine' WHERE id = 1");
        let arguments = [&FENCED[..], &["--drain-limit", "1s"]].concat();
        let output = world.fails(&arguments, 3);
        assert!(
            said(&output).contains("could not be locked within 1 s"),
            "{}",
            output.text()
        );
        // Not for longer than it takes.
        let held = world.place.start(&FENCED, None);
        holder.run("COMMIT");
        let output = held.go_on().expect(0);
        assert!(said(&output).contains("nothing to purge"), "{}", output.text());
        assert_eq!(world.target.column("SELECT note FROM orders WHERE id = 1"), ["mine"]);
    }
}

/// Writers are held up, and others are not.
#[test]
fn others_write_meanwhile() {
    for server in networked() {
        for failpoint in ["fence-locked", "leave-removed", "leave-begun"] {
            let mut world = World::new(server);
            let held = world.place.hold(&FENCED, failpoint);
            world.source.run(match server.dialect() {
                "postgres" => "SET lock_timeout = '200ms'",
                _ => "SET SESSION innodb_lock_wait_timeout = 1",
            });
            world.source.run(
                "INSERT INTO orders VALUES (10, 7, 'x'); UPDATE orders SET note = 'y' WHERE id = 3; \
                 INSERT INTO clients VALUES (8, 1, 'eight@example.org'); UPDATE clients SET city_id = 1 WHERE id = 7; \
                 DELETE FROM orders WHERE id = 10",
            );
            for waits in [
                "INSERT INTO orders VALUES (11, 42, 'x')",
                "UPDATE orders SET client_id = 42 WHERE id = 3",
                "UPDATE orders SET note = 'x' WHERE id = 1",
                "DELETE FROM orders WHERE id = 2",
                "UPDATE clients SET city_id = 2 WHERE id = 42",
            ] {
                let refused = world.source.try_rows(waits).expect_err(waits);
                assert!(refused.contains("timeout"), "{}: {waits}: {refused}", server.name());
            }
            held.go_on().expect(0);
            assert_eq!(world.target.column("SELECT id FROM orders ORDER BY id"), ["1", "2"]);
        }
    }
}

#[test]
fn over_its_budget() {
    for server in servers() {
        let mut world = World::new(server);
        let arguments = [&FENCED[..], &["--freeze-budget", "1ms"]].concat();
        let output = world.fails(&arguments, 3);
        assert!(said(&output).contains("after its freeze"), "{}", output.text());
        world.place.run(&FENCED).expect(0);
    }
}

#[cfg(unix)]
#[test]
fn interrupted() {
    for failpoint in ["fence-locked", "leave-removed"] {
        for server in servers() {
            let mut world = World::new(server);
            let before = world.dumps();
            let mut held = world.place.hold(&FENCED, failpoint);
            let stopped = Command::new("kill").args(["-INT", &held.pid().to_string()]).status();
            assert!(stopped.expect("kill").success());
            held.until("undoing what was begun");
            let output = held.go_on();
            if failpoint == "fence-locked" {
                assert_eq!(output.code, 130, "{}", output.text());
                assert_eq!(world.dumps(), before);
                world.untouched();
            } else {
                // Everything is done but the commits, which nothing interrupts.
                assert_eq!(output.code, 0, "{}", output.text());
            }
        }
    }
}

/// What can't be fenced, and what makes no sense with it, is said before anybody is frozen.
#[test]
fn refusals() {
    for server in servers() {
        let mut world = World::new(server);
        for flags in [&["--streams", "4"][..], &["--purge"], &["--purge-after", "7d"]] {
            let output = world.fails(&[&FENCED[..], flags].concat(), 2);
            assert!(said(&output).contains("--fence lock"), "{}", output.text());
        }
        let output = world.place.run(&[&FENCED[..], &["--dry-run"]].concat()).expect(0);
        assert!(said(&output).contains("there is no rollback"), "{}", output.text());
        for database in [&mut world.source, &mut world.target] {
            database.run("CREATE TABLE notes (id INT PRIMARY KEY, order_id INT NOT NULL)");
        }
        let config = world.place.path().join("exodus.toml");
        let text = std::fs::read_to_string(&config).expect("a configuration");
        let declared = "[[declare]]\nchild = \"notes\"\ncolumns = [\"order_id\"]\nparent = \"orders\"\n\
                        reason = \"r\"\n";
        std::fs::write(&config, format!("{text}\n{declared}")).expect("a configuration");
        let output = world.fails(&FENCED, 3);
        assert!(
            said(&output).contains("it is declared, and no foreign key"),
            "{}",
            output.text()
        );
        world.place.run(&MOVE).expect(0);
    }
}

/// InnoDB locks the records of the index that it reads: a foreign key to another key than the primary one is not held up.
#[test]
fn a_foreign_key_to_another_key() {
    for server in servers() {
        let mut world = World::new(server);
        for database in [&mut world.source, &mut world.target] {
            database.run(
                "CREATE TABLE logins (id INT PRIMARY KEY, email VARCHAR(60) NOT NULL,
                     FOREIGN KEY (email) REFERENCES clients (email))",
            );
        }
        if server.dialect() == "mysql" {
            let output = world.fails(&FENCED, 3);
            assert!(
                said(&output).contains("other columns of clients than its primary key"),
                "{}",
                output.text()
            );
        } else {
            world.place.run(&FENCED).expect(0);
        }
    }
}

/// The answer to the commit of the source gets lost: the source itself says which way it went.
#[test]
fn the_commit_of_the_source() {
    use exodus_tests::proxy::Break;

    for server in networked() {
        for how in [Break::Request, Break::Answer] {
            let mut broken = crate::broken::Broken::new(server);
            let held = broken.world.place.hold(&FENCED, "leave-begun");
            broken.source.break_all(how);
            let output = held.go_on();
            let what = format!("{} {how:?}: {}", server.name(), output.text());
            if how == Break::Request {
                broken.is_as_before(&what, &output);
                continue;
            }
            assert_eq!(output.code, 0, "{what}");
            assert!(said(&output).contains("although an answer was lost"), "{what}");
            assert_eq!(broken.status(), "done", "{what}");
            let found = broken.world.dumps();
            dump::assert_equal(&what, &found.0, &broken.after.0);
            dump::assert_equal(&what, &found.1, &broken.after.1);
        }
    }
}

/// The line about it in the journal gets lost, or its answer: nothing was removed, and nothing is.
#[test]
fn the_line_before_the_commit_of_the_source() {
    use exodus_tests::proxy::Break;

    for server in networked() {
        for how in [Break::Request, Break::Answer] {
            let mut broken = crate::broken::Broken::new(server);
            let held = broken.world.place.hold(&FENCED, "move-committed");
            broken.store.break_all(how);
            let output = held.go_on();
            broken.is_as_before(&format!("{} {how:?}", server.name()), &output);
        }
    }
}

/// Folders below folders, of which only the first one says whose they are.
#[test]
fn on_a_loop_of_tables() {
    for server in servers() {
        let mut world = storm::world(server);
        world
            .source
            .run("INSERT INTO folders VALUES (2, NULL, 1, 0), (3, NULL, 2, 0)");
        world.place.run(&FENCED).expect(0);
        assert_eq!(world.source.column("SELECT id FROM folders"), Vec::<String>::new());
        assert_eq!(
            world.target.column("SELECT id FROM folders ORDER BY id"),
            ["1", "2", "3"]
        );
        world
            .place
            .run(&["move", "--client", "42", "--to", "source", "--fence", "lock"])
            .expect(0);
        assert_eq!(
            world.source.column("SELECT id FROM folders ORDER BY id"),
            ["1", "2", "3"]
        );
    }
}
