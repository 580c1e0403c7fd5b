//! Killed before each statement that changes something, one after the other, on source, target and dispatch store: a
//! move, what takes it up or gives it up, a purge, and the way back. Whatever the statement, the commands that are there
//! for it lead to the same end as if nothing had happened.

mod kinds;

use exodus_tests::database::Server;
use exodus_tests::world::MOVE;

use super::kills::{Case, cases};

const BACK: [&str; 5] = ["move", "--client", "42", "--to", "source"];

/// The fewest statements that each of the commands is known to have; a loop that ends earlier has tried nothing.
const FEWEST: usize = 8;

fn case(server: Server) -> Option<Case> {
    cases().find(|case| case.world.source.server() == server)
}

/// What a test does with a command that was killed before its `number`th statement; false once it has fewer.
type Killed = fn(&mut Case, usize) -> bool;

/// Every statement of a command. One world for all: each round ends as it began.
fn every_statement(server: Server, what: &str, round: Killed) {
    let Some(mut case) = case(server) else { return };
    let mut tried = 0;
    while round(&mut case, tried + 1) {
        tried += 1;
    }
    println!("{what} on {}: killed before {tried} statements", server.name());
    assert!(tried >= FEWEST, "only {tried} statements");
}

/// The number of the move that was begun last, and the number of moves.
fn last(case: &Case) -> Option<String> {
    let moves = case.world.place.run(&["moves", "--format", "json"]).expect(0).json();
    let ids = moves["moves"].as_array()?.iter().filter_map(|one| one["id"].as_i64());
    ids.max().map(|id| id.to_string())
}

/// What it came to: killed and written down under this number, killed before that, or not killed.
enum Came {
    Written(String),
    Nothing,
    Through,
}

#[track_caller]
fn killed(case: &Case, arguments: &[&str], number: usize) -> Came {
    let before = last(case);
    if !case.world.place.kill_at_statement(arguments, number) {
        return Came::Through;
    }
    match last(case) {
        id if id == before => Came::Nothing,
        Some(id) => Came::Written(id),
        None => Came::Nothing,
    }
}

fn purge(case: &Case) {
    let id = case.world.place.last_move();
    case.run(&["purge", &id, "--yes"], 0, "");
}

/// There, and back, without a fault.
fn returns(case: &mut Case) {
    case.dispatch("target", "active");
    purge(case);
    case.is("after the purge", false, true);
    case.run(&BACK, 0, "");
    purge(case);
    case.is("after the way back", true, false);
}

fn move_and_resume(case: &mut Case, number: usize) -> bool {
    match killed(case, &MOVE, number) {
        Came::Through => return false,
        Came::Nothing => case.run(&MOVE, 0, ""),
        Came::Written(id) => case.run(&["resume", &id, "--yes"], 0, ""),
    }
    case.is("after the resume", true, true);
    returns(case);
    true
}

fn move_and_abort(case: &mut Case, number: usize) -> bool {
    match killed(case, &MOVE, number) {
        Came::Through => return false,
        Came::Nothing => {}
        // The last of its statements come after the switch, from where only a rollback leads back.
        Came::Written(id) if case.world.place.dispatch("42").0 == "target" => {
            case.run(&["abort", &id, "--yes"], 2, "");
            case.is("after the abort that is refused", true, true);
            returns(case);
            return true;
        }
        Came::Written(id) => case.run(&["abort", &id, "--yes"], 0, ""),
    }
    case.is("after the abort", true, false);
    case.dispatch("source", "active");
    true
}

fn purge_and_purge(case: &mut Case, number: usize) -> bool {
    case.run(&MOVE, 0, "");
    let id = case.world.place.last_move();
    let arguments = ["purge", &id, "--yes"];
    let killed = case.world.place.kill_at_statement(&arguments, number);
    if killed {
        // Its last statement may have been the last that mattered.
        let output = case.world.place.run(&arguments);
        let done = output.code == 2 && output.text().contains("purged already");
        assert!(output.code == 0 || done, "statement {number}: {output:?}");
    }
    case.is("after the purge", false, true);
    case.dispatch("target", "active");
    case.run(&BACK, 0, "");
    purge(case);
    killed
}

fn abort_and_abort(case: &mut Case, number: usize) -> bool {
    case.hold(&MOVE, "move-committed").kill();
    let id = case.world.place.last_move();
    let arguments = ["abort", &id, "--yes"];
    let killed = case.world.place.kill_at_statement(&arguments, number);
    if killed {
        let output = case.world.place.run(&arguments);
        let done = output.code == 2 && output.text().contains("nothing is left to do");
        assert!(output.code == 0 || done, "statement {number}: {output:?}");
    }
    case.is("after the abort", true, false);
    case.dispatch("source", "active");
    killed
}

fn resume_and_resume(case: &mut Case, number: usize) -> bool {
    case.hold(&MOVE, "move-copied").kill();
    let id = case.world.place.last_move();
    let arguments = ["resume", &id, "--yes"];
    let killed = case.world.place.kill_at_statement(&arguments, number);
    if killed {
        case.run(&arguments, 0, "");
    }
    case.is("after the resume", true, true);
    returns(case);
    killed
}

const CHANGE: &str = "UPDATE orders SET note = 'changed' WHERE id = 1";
const CHANGE_BACK: &str = "UPDATE orders SET note = 'planted-secret-row' WHERE id = 1";

/// Given up first, and then taken up, both before the same statement.
fn rollback_and_both(case: &mut Case, number: usize) -> bool {
    case.run(&MOVE, 0, "");
    let id = case.world.place.last_move();
    case.world.target.run(CHANGE);
    let arguments = ["rollback", &id, "--yes"];
    let wanted = Some("changed".to_owned());
    let mut through = false;
    for resumed in [false, true] {
        match killed(case, &arguments, number) {
            Came::Through => through = true,
            Came::Nothing if resumed => case.run(&arguments, 0, ""),
            Came::Nothing => continue,
            Came::Written(_) if case.world.place.dispatch("42").0 == "source" => {}
            Came::Written(back) if resumed => case.run(&["resume", &back, "--yes"], 0, ""),
            Came::Written(back) => {
                case.run(&["abort", &back, "--yes"], 0, "");
                case.dispatch("target", "active");
                let note = case.world.target.rows("SELECT note FROM orders WHERE id = 1");
                assert_eq!(note, [[wanted.clone()]], "statement {number}");
                continue;
            }
        }
        case.dispatch("source", "active");
        let note = case.world.source.rows("SELECT note FROM orders WHERE id = 1");
        assert_eq!(note, [[wanted.clone()]], "statement {number}");
        break;
    }
    purge(case);
    case.world.source.run(CHANGE_BACK);
    case.is("after the rollback", true, false);
    !through
}

macro_rules! on_each_server {
    ($($name:ident: $server:expr;)*) => { $(mod $name {
        use super::*;

        #[test]
        fn a_move_is_taken_up() {
            every_statement($server, "a move, resumed,", move_and_resume);
        }

        #[test]
        fn a_move_is_given_up() {
            every_statement($server, "a move, given up,", move_and_abort);
        }

        #[test]
        fn a_purge_is_finished() {
            every_statement($server, "a purge", purge_and_purge);
        }

        #[test]
        fn an_abort_is_finished() {
            every_statement($server, "an abort", abort_and_abort);
        }

        #[test]
        fn a_resume_is_taken_up() {
            every_statement($server, "a resume", resume_and_resume);
        }

        #[test]
        fn a_rollback_is_taken_up_or_given_up() {
            every_statement($server, "a rollback", rollback_and_both);
        }
    })* };
}

on_each_server! {
    postgres: Server::Postgres;
    mariadb: Server::MariaDb;
    mysql: Server::MySql;
    sqlite: Server::Sqlite;
}
