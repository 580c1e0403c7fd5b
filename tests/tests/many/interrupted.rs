//! Stopped in the middle, by Ctrl-C and by `kill -9`: the same command again ends what was begun.

use std::process::Command;

use exodus_tests::world::servers;

use crate::crowd::{Crowd, Running, outcomes};

/// Three jobs are killed at this point, each with a client of its own.
fn killed(failpoint: &str) {
    for server in servers() {
        let mut crowd = Crowd::new(server, 8);
        crowd.write_keys(&[100, 101]);
        crowd.run(&[]).expect(0);
        crowd.write_keys(&crowd.clients);
        let arguments = Crowd::arguments(&["--jobs", "3", "--format", "json"]);
        let mut running = Running::start(&crowd.world, &arguments, Some(failpoint));
        // SQLite takes one writer at a time.
        let together = if server.dialect() == "sqlite" { 1 } else { 3 };
        running.says(&format!("failpoint {failpoint}"), together);
        drop(running);
        let output = crowd.run(&["--jobs", "3", "--format", "json"]).expect(0);
        let outcomes = outcomes(&output);
        assert_eq!(outcomes.values().sum::<usize>(), 8, "{output:#?}");
        assert!(
            outcomes.keys().all(|word| word == "moved" || word == "skipped"),
            "{output:#?}"
        );
        let everybody = crowd.clients.clone();
        crowd.moved(&format!("a kill at {failpoint} and the same command"), &everybody);
    }
}

#[test]
fn killed_with_clients_frozen() {
    killed("move-frozen");
}

#[test]
fn killed_with_rows_written() {
    killed("move-copied");
}

#[test]
fn killed_before_the_commit() {
    killed("move-verified");
}

#[test]
fn killed_between_the_commit_and_the_switch() {
    killed("move-committed");
}

#[test]
fn killed_after_the_switch() {
    killed("move-switched");
}

/// Another process may be alive: its clients are left to it, until somebody says that it is gone.
#[test]
fn a_move_of_somebody_else_is_not_taken_over() {
    for server in servers() {
        let mut crowd = Crowd::new(server, 3);
        let running = crowd
            .world
            .place
            .hold(&["move", "--client", "101", "--to", "target"], "move-frozen");
        let output = crowd.run(&["--format", "json"]).expect(3);
        assert_eq!(
            outcomes(&output),
            [("failed".to_owned(), 1), ("moved".to_owned(), 2)].into()
        );
        assert!(output.stdout.contains("--take-over"), "{output:#?}");
        // It is alive after all, and finds that it was given up.
        let output = crowd.run(&["--format", "json", "--take-over"]).expect(0);
        assert_eq!(
            outcomes(&output),
            [("moved".to_owned(), 1), ("skipped".to_owned(), 2)].into()
        );
        assert_ne!(running.go_on().code, 0);
        crowd.moved("two of them", &[100, 101, 102]);
    }
}

/// Ctrl-C: what is under way is undone, nobody new is begun, and the total is told.
#[test]
fn ctrl_c_undoes_what_is_under_way() {
    for server in servers() {
        let mut crowd = Crowd::new(server, 6);
        let arguments = Crowd::arguments(&["--jobs", "2", "--format", "json"]);
        let mut running = Running::start(&crowd.world, &arguments, Some("move-copied"));
        let together = if server.dialect() == "sqlite" { 1 } else { 2 };
        running.says("failpoint move-copied", together);
        let signal = Command::new("kill").args(["-INT", &running.pid().to_string()]).status();
        assert!(signal.is_ok_and(|status| status.success()));
        running.says("interrupted", 1);
        let output = running.end().expect(130);
        let outcomes = outcomes(&output);
        assert!(!outcomes.contains_key("moved"), "{output:#?}");
        assert!(output.stdout.contains("not_begun"), "{output:#?}");
        crowd.moved("Ctrl-C", &[]);
        crowd.run(&["--jobs", "2"]).expect(0);
        let everybody = crowd.clients.clone();
        crowd.moved("the same command", &everybody);
    }
}
