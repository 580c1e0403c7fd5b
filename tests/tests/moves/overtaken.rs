//! Processes that were taken for dead, and go on when the client is long somewhere else: they remove nothing.

use std::time::Duration;

use exodus_tests::database::{Database, Server};
use exodus_tests::dump::{self, Dump};
use exodus_tests::world::{MOVE, World, networked, servers, waiting};

const ABORT: [&str; 3] = ["abort", "1", "--yes"];
const PURGE: [&str; 3] = ["purge", "1", "--yes"];
const PURGE_ANYWAY: [&str; 4] = ["purge", "1", "--yes", "--take-over"];

/// A world, what is in both databases at first, and what is there when client 42 has moved and is purged.
fn worlds() -> impl Iterator<Item = (World, (Dump, Dump), (Dump, Dump))> {
    servers().map(|server| {
        let mut world = World::new(server);
        let (before, mine) = (world.dumps(), world.mine());
        let after = (dump::minus(&before.0, &mine), dump::plus(&before.1, &mine));
        (world, before, after)
    })
}

/// An abort that has slept while another one ended the move, and the next move made the target the client's home.
#[test]
fn an_abort_that_wakes_up_late_leaves_the_next_move_alone() {
    for (mut world, before, after) in worlds() {
        world.place.hold(&MOVE, "move-committed").kill();
        let asleep = world.place.hold(&ABORT, "abort-begun");
        world.place.run(&ABORT).expect(0);
        assert_eq!(world.dumps(), before);
        world.place.run(&MOVE).expect(0);
        asleep.go_on();
        let found = world.dumps();
        dump::assert_equal("the target", &found.1, &after.1);
        dump::assert_equal("the source", &found.0, &before.0);
        assert_eq!(world.place.dispatch("42"), ("target".to_owned(), "active".to_owned()));
        world.place.run(&["purge", "2", "--yes"]).expect(0);
        assert_eq!(world.dumps(), after);
    }
}

/// A purge that has slept while another one ended the move, and the client went back to where its rows are removed.
#[test]
fn a_purge_that_wakes_up_late_leaves_a_client_alone_that_is_back() {
    for (mut world, before, after) in worlds() {
        world.place.run(&MOVE).expect(0);
        let asleep = world.place.hold(&PURGE, "purge-begun");
        world.place.run(&PURGE_ANYWAY).expect(0);
        assert_eq!(world.dumps(), after);
        let back = ["move", "--client", "42", "--to", "source"];
        world.place.run(&back).expect(0);
        let output = asleep.go_on();
        assert_eq!(output.code, 3, "{}", output.text());
        let found = world.dumps();
        dump::assert_equal("the source", &found.0, &before.0);
        dump::assert_equal("the target", &found.1, &after.1);
        assert_eq!(world.place.dispatch("42"), ("source".to_owned(), "active".to_owned()));
        world.place.run(&["purge", "2", "--yes"]).expect(0);
        assert_eq!(world.dumps(), before);
    }
}

/// A purge that waits for a way back which was given up, and commits all the same: what that has put in the place of the
/// source's rows is removed, and not taken for gone.
#[test]
fn a_purge_that_waited_for_a_way_back_removes_what_that_has_written() {
    for server in networked() {
        let mut world = World::new(server);
        // The client's own row is all there is: no other one is found when that is another one by then.
        for database in [&mut world.source, &mut world.target] {
            database.run("DELETE FROM orders WHERE client_id = 42");
        }
        world.place.run(&MOVE).expect(0);
        world.target.run("UPDATE clients SET city_id = 2 WHERE id = 42");
        let back = world.place.hold(&["rollback", "1", "--yes"], "move-verified");
        world.place.run(&["abort", "2", "--yes"]).expect(0);
        let purge = world.place.hold(&PURGE, "purge-begun");
        let purge = std::thread::spawn(move || purge.go_on());
        let mut helper = Database::create(server);
        while waiting(&mut helper, &world.source).is_empty() {
            assert!(!purge.is_finished(), "it did not wait for the locks");
            std::thread::sleep(Duration::from_millis(20));
        }
        let output = back.go_on();
        assert_eq!(output.code, 3, "{}", output.text());
        let output = purge.join().expect("no panic");
        assert_eq!(output.code, 0, "{}", output.text());
        let rows = "SELECT city_id FROM clients WHERE id = 42";
        assert!(world.source.column(rows).is_empty(), "{server:?}: {}", output.text());
        assert_eq!(world.target.column(rows), ["2"], "{server:?}");
        let shown = world.place.run(&["moves", "--format", "json"]).expect(0).json();
        assert_eq!(shown["moves"][0]["status"], "done", "{shown:#}");
    }
}

/// A purge that waits for the locks of one that commits: the rows are gone, and the move is done, not switched for ever.
#[test]
fn a_purge_that_waited_for_another_one_ends_the_move() {
    for (mut world, _, after) in worlds() {
        world.place.run(&MOVE).expect(0);
        let first = world.place.hold(&PURGE, "purge-removed");
        let second = world.place.hold(&PURGE_ANYWAY, "purge-begun");
        let second = std::thread::spawn(move || second.go_on());
        if world.source.server() != Server::Sqlite {
            let mut helper = Database::create(world.source.server());
            while waiting(&mut helper, &world.source).is_empty() {
                assert!(!second.is_finished(), "it did not wait for the locks");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        // It has committed before it learns that the move is another one's.
        let output = first.go_on();
        assert_eq!(output.code, 3, "{}", output.text());
        let output = second.join().expect("no panic");
        assert_eq!(output.code, 0, "{}", output.text());
        assert!(output.text().contains("purged already"), "{}", output.text());
        assert_eq!(world.dumps(), after);
        let shown = world.place.run(&["moves", "--format", "json"]).expect(0).json();
        assert_eq!(shown["moves"][0]["status"], "done", "{shown:#}");
    }
}
