//! Programs that are killed where it hurts most: between a step and its line in the journal. Whatever the point, no row
//! is lost, none is doubled, the dispatch row is right, and `abort`, `purge` and `move` lead on from there.

use std::time::Duration;

use exodus_tests::binary::Held;
use exodus_tests::database::{Database, Server};
use exodus_tests::dump::{self, Dump};
use exodus_tests::world::{MOVE, World, waiting};

const ABORT: [&str; 3] = ["abort", "1", "--yes"];
const PURGE: [&str; 3] = ["purge", "1", "--yes"];

/// A world whose first move begins, and what it must look like.
pub(super) struct Case {
    pub(super) world: World,
    /// Source and target before anything.
    pub(super) before: (Dump, Dump),
    /// Source and target when the client has moved and its source rows are purged.
    pub(super) after: (Dump, Dump),
}

/// Every engine; the dispatch store is on some server, or in a file.
pub(super) fn cases() -> impl Iterator<Item = Case> {
    let stores = [
        (Server::Postgres, Some(Server::Postgres)),
        (Server::MariaDb, Some(Server::MariaDb)),
        (Server::MySql, Some(Server::MySql)),
        (Server::Sqlite, None),
    ];
    stores
        .into_iter()
        .filter(|(server, _)| server.is_there())
        .map(|(server, store)| Case::new(server, store))
}

impl Case {
    fn new(server: Server, store: Option<Server>) -> Self {
        let mut world = World::with_store(server, store);
        let (before, mine) = (world.dumps(), world.mine());
        let after = (dump::minus(&before.0, &mine), dump::plus(&before.1, &mine));
        Self { world, before, after }
    }

    pub(super) fn hold(&self, arguments: &[&str], failpoint: &str) -> Held {
        self.world.place.hold(arguments, failpoint)
    }

    #[track_caller]
    pub(super) fn is(&mut self, what: &str, source: bool, target: bool) {
        let found = self.world.dumps();
        let expected = if source { &self.before.0 } else { &self.after.0 };
        dump::assert_equal(&format!("the source {what}"), &found.0, expected);
        let expected = if target { &self.after.1 } else { &self.before.1 };
        dump::assert_equal(&format!("the target {what}"), &found.1, expected);
    }

    #[track_caller]
    pub(super) fn dispatch(&self, shard: &str, state: &str) {
        assert_eq!(self.world.place.dispatch("42"), (shard.to_owned(), state.to_owned()));
    }

    #[track_caller]
    pub(super) fn status(&self, status: &str) {
        let shown = self.world.place.run(&["moves", "--format", "json"]).expect(0).json();
        assert_eq!(shown["moves"][0]["status"], status, "{shown:#}");
    }

    #[track_caller]
    pub(super) fn run(&self, arguments: &[&str], code: i32, says: &str) {
        let output = self.world.place.run(arguments).expect(code);
        assert!(output.text().contains(says), "`{says}` is not said: {}", output.text());
    }

    /// A move and its purge from the beginning, as if nothing had been.
    #[track_caller]
    pub(super) fn begins_anew(mut self) {
        self.is("before the second move", true, false);
        self.dispatch("source", "active");
        self.run(&MOVE, 0, "equal on both");
        self.is("after the second move", true, true);
        self.run(&["purge", "2", "--yes"], 0, "3 rows");
        self.is("after all", false, true);
        self.dispatch("target", "active");
    }

    /// The first move's purge, as if nothing had been; then the way back.
    #[track_caller]
    pub(super) fn purges(mut self) {
        self.run(&PURGE, 0, "");
        self.is("after the purge", false, true);
        self.status("done");
        self.run(&PURGE, 2, "purged already");
        self.run(&["move", "--client", "42", "--to", "source"], 0, "is on source now");
        self.run(&["purge", "2", "--yes"], 0, "3 rows");
        self.is("after the way back", true, false);
        self.dispatch("source", "active");
    }
}

/// A move that was killed before its switch. `committed`: its rows are on the target.
fn killed_before_the_switch(failpoint: &str, status: &str, committed: bool) {
    for mut case in cases() {
        case.hold(&MOVE, failpoint).kill();
        case.is("after the kill", true, committed);
        let frozen = if status == "planned" { "moving" } else { "frozen" };
        case.dispatch("source", frozen);
        case.status(status);
        case.run(&MOVE, 3, if committed { "`exodus abort` does" } else { "move 1" });
        case.run(&PURGE, 2, "only a switched move");
        case.is("after what is refused", true, committed);
        case.run(&ABORT, 0, "given up");
        case.status("aborted");
        case.run(&ABORT, 2, "nothing is left to do");
        case.begins_anew();
    }
}

/// l44: a move can be given up from where it stands.
#[test]
fn before_the_freeze() {
    killed_before_the_switch("move-planned", "planned", false);
}

/// l44: a move can be given up from where it stands.
#[test]
fn before_the_copy() {
    killed_before_the_switch("move-frozen", "drained", false);
}

/// l44: a move can be given up from where it stands.
#[test]
fn with_all_rows_on_the_target_and_none_committed() {
    killed_before_the_switch("move-copied", "copying", false);
}

/// l44: a move can be given up from where it stands.
#[test]
fn before_the_commit_of_the_target() {
    killed_before_the_switch("move-verified", "verified", false);
}

/// l44: a move can be given up from where it stands.
#[test]
fn between_the_commit_of_the_target_and_the_switch() {
    killed_before_the_switch("move-committed", "verified", true);
}

/// l45: the switch is one transaction, or did not happen.
#[test]
fn in_the_transaction_of_the_switch() {
    killed_before_the_switch("switch-open", "verified", true);
}

#[test]
fn after_the_switch() {
    for mut case in cases() {
        case.hold(&MOVE, "move-switched").kill();
        case.is("after the kill", true, true);
        case.dispatch("target", "active");
        case.status("switched");
        case.run(&ABORT, 2, "can't be given up");
        case.run(&ABORT, 2, "exodus rollback 1");
        case.run(&MOVE, 2, "already");
        case.run(&["moves", "show", "1"], 0, "switched");
        case.is("after what is refused", true, true);
        case.purges();
    }
}

/// A purge that was killed. `committed`: the source's rows are gone.
fn killed_purge(failpoint: &str, committed: bool) {
    for mut case in cases() {
        case.run(&MOVE, 0, "");
        case.hold(&PURGE, failpoint).kill();
        case.is("after the kill", !committed, true);
        case.dispatch("target", "active");
        case.status("purging");
        case.run(&ABORT, 2, "can't be given up");
        case.run(&ABORT, 2, "exodus resume 1");
        case.run(&["move", "--client", "42", "--to", "source"], 3, "");
        case.is("after what is refused", !committed, true);
        case.purges();
    }
}

#[test]
fn before_a_purge_removes_anything() {
    killed_purge("purge-begun", false);
}

#[test]
fn in_the_transaction_of_a_purge() {
    killed_purge("purge-removed", false);
}

#[test]
fn between_the_commit_of_a_purge_and_its_end() {
    killed_purge("purge-committed", true);
}

/// An abort that was killed, of a move whose rows are on the target. `cleaned`: they are gone.
fn killed_abort(failpoint: &str, cleaned: bool) {
    for mut case in cases() {
        case.hold(&MOVE, "move-committed").kill();
        case.hold(&ABORT, failpoint).kill();
        case.is("after the kill", true, !cleaned);
        case.dispatch("source", "frozen");
        case.status("aborting");
        case.run(&MOVE, 3, if cleaned { "move 1" } else { "`exodus abort` does" });
        case.run(&PURGE, 2, "only a switched move");
        case.run(&ABORT, 0, "given up");
        case.begins_anew();
    }
}

#[test]
fn before_an_abort_cleans_the_target() {
    killed_abort("abort-begun", false);
}

#[test]
fn between_the_cleaning_of_the_target_and_the_end_of_an_abort() {
    killed_abort("abort-cleaned", true);
}

/// Somebody takes a move for dead that is alive: it can't switch any more, and the abort cleans up after it. `open`: its
/// rows are not committed yet, and no other session sees them.
fn given_up_while_it_lives(failpoint: &str, open: bool) {
    for case in cases() {
        let held = case.hold(&MOVE, failpoint);
        let abort = case.hold(&ABORT, "abort-begun");
        let abort = std::thread::spawn(move || abort.go_on());
        let target = &case.world.target;
        if open && target.server() != Server::Sqlite {
            let mut helper = Database::create(target.server());
            while waiting(&mut helper, target).is_empty() {
                assert!(!abort.is_finished(), "it did not wait for the rows");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let output = held.go_on();
        assert_eq!(output.code, 3, "{}", output.text());
        assert!(output.text().contains("abort"), "{}", output.text());
        let abort = abort.join().expect("no panic");
        if abort.code != 0 {
            // The move found out first that it was given up, and has done the same.
            assert!(abort.text().contains("aborted"), "{}", abort.text());
        }
        case.status("aborted");
        case.begins_anew();
    }
}

#[test]
fn abort_beside_a_move_that_copies() {
    given_up_while_it_lives("move-copied", true);
}

#[test]
fn abort_beside_a_move_that_is_about_to_commit() {
    given_up_while_it_lives("move-verified", true);
}

#[test]
fn abort_beside_a_move_that_is_about_to_switch() {
    given_up_while_it_lives("move-committed", false);
}

/// A purge that holds the rows under lock when the application writes one more.
#[test]
fn a_late_row_is_not_purged_unseen() {
    for mut case in cases() {
        case.run(&MOVE, 0, "");
        let held = case.hold(&PURGE, "purge-begun");
        case.world.source.run("INSERT INTO orders VALUES (9, 42, 'late')");
        let output = held.go_on();
        assert_eq!(output.code, 4, "{}", output.text());
        assert_eq!(
            case.world.source.column("SELECT id FROM orders ORDER BY id"),
            ["1", "2", "3", "9"]
        );
        case.status("switched");
        case.world.source.run("DELETE FROM orders WHERE id = 9");
        case.purges();
    }
}

/// A row that is written between the reading of the source and the second reading: nobody's freeze stopped it.
#[test]
fn a_row_written_during_the_copy_stops_the_move() {
    for mut case in cases() {
        let held = case.hold(&MOVE, "move-copied");
        case.world.source.run("INSERT INTO orders VALUES (9, 42, 'late')");
        let output = held.go_on();
        assert_eq!(output.code, 4, "{}", output.text());
        case.world.source.run("DELETE FROM orders WHERE id = 9");
        case.status("aborted");
        case.begins_anew();
    }
}
