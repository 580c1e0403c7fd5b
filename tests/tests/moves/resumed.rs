//! `exodus resume`: a move that was killed at any point comes to the same end as one that nothing disturbed, by the same
//! command each time.

use std::process::Command;

use exodus_tests::world::MOVE;

use super::kills::{Case, cases};

const RESUME: [&str; 3] = ["resume", "1", "--yes"];
const PURGE: [&str; 3] = ["purge", "1", "--yes"];

/// Every point of a move before its switch, with the status that is written down there.
const BEFORE_THE_SWITCH: [(&str, &str); 6] = [
    ("move-planned", "planned"),
    ("move-frozen", "drained"),
    ("move-copied", "copying"),
    ("move-verified", "verified"),
    ("move-committed", "verified"),
    ("switch-open", "verified"),
];

/// The events of a move, in order.
fn events(case: &Case, id: &str) -> Vec<String> {
    let shown = case.world.place.run(&["moves", "show", id, "--format", "json"]);
    let shown = shown.expect(0).json();
    let events = shown["events"].as_array().expect("events");
    let name = |event: &serde_json::Value| event["event"].as_str().expect("a name").to_owned();
    events.iter().map(name).collect()
}

#[test]
fn a_killed_move_is_taken_up() {
    for (failpoint, status) in BEFORE_THE_SWITCH {
        for mut case in cases() {
            case.hold(&MOVE, failpoint).kill();
            case.status(status);
            let output = case.world.place.run(&RESUME).expect(0);
            case.is("after the resume", true, true);
            case.dispatch("target", "active");
            case.status("switched");
            // What was all there is not copied once more.
            let committed = matches!(failpoint, "move-committed" | "switch-open");
            let copied = events(&case, "1").iter().filter(|event| *event == "copy").count();
            let wanted = if committed || status == "planned" || status == "drained" {
                1
            } else {
                2
            };
            assert_eq!(copied, wanted, "{failpoint}: {}", output.text());
            case.run(&RESUME, 0, "exodus purge 1");
            case.purges();
        }
    }
}

/// Who is to be asked is asked before rows are removed, not where there are none.
#[test]
fn nobody_is_asked_where_nothing_is_removed() {
    for (failpoint, code, says) in [
        ("move-frozen", 0, "is on target now"),
        ("move-committed", 2, "say --yes"),
    ] {
        for case in cases() {
            case.hold(&MOVE, failpoint).kill();
            case.run(&["resume", "1"], code, says);
        }
    }
}

/// The process that takes a move up is killed as well; `statements` has all of its points for a move that died in its copy.
#[test]
fn a_resume_that_is_killed_is_taken_up() {
    for failpoint in ["move-planned", "move-verified", "move-committed"] {
        for second in ["restart-cleaned", "move-committed", "switch-open"] {
            let forward = matches!(failpoint, "move-committed" | "switch-open");
            if forward && second != "switch-open" {
                // It only switches.
                continue;
            }
            for mut case in cases() {
                case.hold(&MOVE, failpoint).kill();
                case.hold(&RESUME, second).kill();
                case.run(&RESUME, 0, "");
                case.is("after the resume", true, true);
                case.dispatch("target", "active");
                case.status("switched");
                case.run(&PURGE, 0, "");
                case.is("after the purge", false, true);
            }
        }
    }
}

/// Or given up instead.
#[test]
fn a_resume_that_is_killed_is_given_up() {
    for (failpoint, second) in [("move-copied", "restart-cleaned"), ("move-frozen", "move-committed")] {
        for case in cases() {
            case.hold(&MOVE, failpoint).kill();
            case.hold(&RESUME, second).kill();
            case.run(&["abort", "1", "--yes"], 0, "given up");
            case.begins_anew();
        }
    }
}

#[test]
fn what_is_not_a_move_under_way_is_ended_or_left() {
    for mut case in cases() {
        case.hold(&MOVE, "move-committed").kill();
        case.hold(&["abort", "1", "--yes"], "abort-begun").kill();
        case.run(&RESUME, 0, "aborted");
        case.is("after an abort that was interrupted", true, false);
        case.dispatch("source", "active");
        case.run(&RESUME, 0, "nothing is left to do");
        case.run(&MOVE, 0, "");
        case.hold(&["purge", "2", "--yes"], "purge-removed").kill();
        case.run(&["resume", "2", "--yes"], 0, "removed");
        case.is("after a purge that was interrupted", false, true);
        case.run(&["resume", "2"], 0, "nothing is left to do");
        case.run(&["resume", "9", "--yes"], 2, "no move 9");
    }
}

/// Tables that the first attempt was to make are made by the second.
#[test]
fn tables_are_made_again() {
    for mut case in cases() {
        case.world.target.also("create");
        case.world.target.also("context");
        for table in ["orders", "clients", "cities"] {
            case.world.target.run(&format!("DROP TABLE {table}"));
        }
        let arguments = [&MOVE[..], &["--create-tables", "--with-context"]].concat();
        for failpoint in ["tables-made", "move-copied", "move-committed"] {
            case.hold(&arguments, failpoint).kill();
            let id = case.world.place.last_move();
            case.run(&["resume", &id, "--yes"], 0, "");
            case.dispatch("target", "active");
            assert_eq!(
                case.world.target.column("SELECT COUNT(*) FROM orders"),
                ["2"],
                "{failpoint}"
            );
            assert_eq!(
                case.world.target.column("SELECT name FROM cities"),
                ["Riga"],
                "{failpoint}"
            );
            // Back, so that the next one begins as this one did.
            case.run(&["purge", &id, "--yes"], 0, "");
            case.run(&["move", "--client", "42", "--to", "source"], 0, "");
            let id = case.world.place.last_move();
            case.run(&["purge", &id, "--yes"], 0, "");
            for table in ["orders", "clients", "cities"] {
                case.world.target.run(&format!("DROP TABLE {table}"));
            }
        }
    }
}

/// A client that can't be moved any more is not left frozen.
#[test]
fn what_is_refused_when_it_is_taken_up_is_given_up() {
    for mut case in cases() {
        case.hold(&MOVE, "move-copied").kill();
        // A context row that the client needs is not on the target any more.
        case.world.target.run("DELETE FROM cities WHERE id = 1");
        case.run(&RESUME, 3, "cities");
        case.status("aborted");
        case.dispatch("source", "active");
        case.world.target.run("INSERT INTO cities VALUES (1, 'Riga')");
        case.begins_anew();
    }
}

/// A process that stands still is taken for dead when its lease has run out, and not before; when it goes on it can do no harm.
#[test]
fn a_process_that_wakes_up_is_shut_out() {
    for mut case in cases() {
        let path = case.world.place.path().join("exodus.toml");
        let config = std::fs::read_to_string(&path).expect("the configuration");
        std::fs::write(&path, format!("lease = \"2s\"\n{config}")).expect("written");
        let held = case.hold(&MOVE, "move-frozen");
        let signal = |name: &str| {
            let sent = Command::new("kill").args([name, &held.pid().to_string()]).status();
            assert!(sent.expect("kill").success());
        };
        case.run(&RESUME, 3, "lease runs out in");
        signal("-STOP");
        let output = loop {
            let output = case.world.place.run(&RESUME);
            if output.code == 0 {
                break output;
            }
            assert!(output.text().contains("lease runs out in"), "{}", output.text());
        };
        assert!(output.text().contains("is on target now"), "{}", output.text());
        signal("-CONT");
        let late = held.go_on();
        assert_ne!(late.code, 0, "{}", late.text());
        case.is("after both", true, true);
        case.dispatch("target", "active");
        case.status("switched");
        case.purges();
    }
}

/// However many processes it took, it was frozen from the first one's freeze on.
#[test]
fn the_time_of_the_dead_counts() {
    for case in cases() {
        let held = case.hold(&MOVE, "move-copied");
        let frozen = std::time::Instant::now();
        held.kill();
        case.hold(&RESUME, "move-verified").kill();
        let least = frozen.elapsed().as_secs_f64();
        let output = case.world.place.run(&[&RESUME[..], &["--format", "json"]].concat());
        let told = output.expect(0).json()["move"]["frozen_seconds"].as_f64();
        assert!(told.is_some_and(|told| told >= least), "{told:?} of {least} s and more");
        let shown = case.world.place.run(&["moves", "show", "1", "--format", "json"]);
        assert_eq!(
            shown.expect(0).json()["move"]["summary"]["frozen_seconds"].as_f64(),
            told
        );
    }
}

/// What would be done is told, with the rows that are there, and nothing is done.
#[test]
fn a_look_does_nothing() {
    for mut case in cases() {
        for (failpoint, rows) in [("move-copied", 0), ("move-committed", 3)] {
            case.hold(&MOVE, failpoint).kill();
            let id = case.world.place.last_move();
            let said = format!("\"rows_on_target\": {rows}");
            for command in ["resume", "abort"] {
                case.run(&[command, &id, "--dry-run", "--format", "json"], 0, &said);
                case.run(&[command, &id, "--dry-run"], 0, "It would be");
            }
            case.is("after a look", true, rows > 0);
            case.dispatch("source", "frozen");
            let shown = case.world.place.run(&["moves", "show", &id]).expect(0).stdout;
            let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(
                shown.contains("It is held by") && shown.contains(&format!("`exodus resume {id}` takes it up")),
                "{shown}"
            );
            case.run(&["abort", &id, "--yes"], 0, "");
        }
        case.is("after all", true, false);
    }
}
