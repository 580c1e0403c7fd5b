//! Rows of the client on a target that its move has not written: whoever undoes the move leaves them alone, and says so.

use exodus_tests::world::{MOVE, World, servers};

const ABORT: [&str; 3] = ["abort", "1", "--yes"];
const STRANGER: &str = "INSERT INTO orders VALUES (99, 42, 'planted-secret-99')";

/// Worlds whose move has committed its rows and died, with the client frozen.
fn died() -> impl Iterator<Item = World> {
    servers().map(|server| {
        let world = World::new(server);
        world.place.hold(&MOVE, "move-committed").kill();
        world
    })
}

/// Fails with this code, changes nothing, and shows no value of a row.
#[track_caller]
fn refused(world: &mut World, arguments: &[&str]) -> String {
    let before = world.dumps();
    let output = world.place.run(arguments).expect(4);
    assert_eq!(world.dumps(), before, "{arguments:?} has changed something");
    assert_eq!(world.place.dispatch("42"), ("source".to_owned(), "frozen".to_owned()));
    let text = output.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!text.contains("planted-secret"), "{text}");
    text
}

/// l43: what a writer that doesn't ask has put under the client on the target is not removed with the move's rows.
#[test]
fn l43_an_abort_removes_only_what_the_move_has_written() {
    for mut world in died() {
        world.target.run(STRANGER);
        let told = refused(&mut world, &ABORT);
        assert!(
            told.contains("orders: 1 row there that the source does not have"),
            "{told}"
        );
        assert!(!told.contains("keys:"), "{told}");
        // Nobody looks after a client that stays frozen unless it is said.
        for says in [
            "move 1 is aborting, and client 42 stays frozen on source",
            "`exodus abort 1`, once that is settled",
            "exodus abort --remove-all",
        ] {
            assert!(told.contains(says), "`{says}`: {told}");
        }
        let told = refused(&mut world, &["resume", "1", "--yes", "--show-keys"]);
        assert!(told.contains("keys: 99"), "{told}");
        world.target.run("DELETE FROM orders WHERE id = 99");
        let others = "SELECT id FROM clients";
        world.place.run(&ABORT).expect(0);
        assert!(world.target.column(others).is_empty());
        world.untouched();
        world.place.run(&MOVE).expect(0);
    }
}

/// l43: nor is what somebody has changed there, unless it is said that it may go.
#[test]
fn l43_rows_changed_on_the_target_go_only_where_that_is_said() {
    for mut world in died() {
        world
            .target
            .run("UPDATE orders SET note = 'planted-secret-note' WHERE id = 1");
        let told = refused(&mut world, &ABORT);
        assert!(told.contains("1 with another content"), "{told}");
        world.target.run(STRANGER);
        world.place.run(&["abort", "1", "--yes", "--remove-all"]).expect(0);
        assert!(world.target.column("SELECT id FROM orders").is_empty());
        world.untouched();
    }
}

/// l43: a move that is taken up again doesn't begin with removing them, either.
#[test]
fn l43_a_move_that_begins_anew_removes_only_its_own_rows() {
    for mut world in died() {
        world.target.run(STRANGER);
        let told = refused(&mut world, &["resume", "1", "--yes"]);
        for says in [
            "is verified, and client 42 stays frozen on source",
            "`exodus resume 1`",
            "`exodus abort 1`",
        ] {
            assert!(told.contains(says), "`{says}`: {told}");
        }
        // Given to another client, it is nobody's business.
        world
            .target
            .run("INSERT INTO clients VALUES (8, 1, 'eight@example.org')");
        world.target.run("UPDATE orders SET client_id = 8 WHERE id = 99");
        world.place.run(&["resume", "1", "--yes"]).expect(0);
        let found = world.target.column("SELECT id FROM orders ORDER BY id");
        assert_eq!(found, ["1", "2", "99"]);
    }
}
