//! What the proof has to find: loops that are broken on the target only, and context rows that go while a move is under way.

use exodus_tests::database::Server;
use exodus_tests::dump;
use exodus_tests::world::servers;

use crate::shape::{Shape, key};

const CLIENTS: (&str, &str) = ("clients", "id BIGINT NOT NULL PRIMARY KEY");

/// The source has no foreign keys in its loops, as a database that has outgrown them; the target has.
const LOOSE: Shape = Shape {
    name: "loops without foreign keys",
    tables: &[
        CLIENTS,
        ("kinds", "id BIGINT NOT NULL PRIMARY KEY"),
        (
            "a",
            "id BIGINT NOT NULL PRIMARY KEY, client_id BIGINT NOT NULL, b_id BIGINT NOT NULL, kind_id BIGINT NOT NULL",
        ),
        (
            "b",
            "id BIGINT NOT NULL PRIMARY KEY, client_id BIGINT NOT NULL, a_id BIGINT NOT NULL, up BIGINT NOT NULL",
        ),
    ],
    keys: &[
        key("a", "client_id", "clients", ""),
        key("a", "kind_id", "kinds", ""),
        key("b", "client_id", "clients", ""),
    ],
    context: "INSERT INTO kinds VALUES (1), (2);",
    data: "INSERT INTO clients VALUES (42), (7);
        INSERT INTO a VALUES (1, 42, 1, 1), (2, 42, 2, 2);
        INSERT INTO b VALUES (1, 42, 2, 1), (2, 42, 1, 1);",
    has_own_parents: true,
    mine: &[("clients", "id = 42"), ("a", "client_id = 42"), ("b", "client_id = 42")],
};

const BOUND: Shape = Shape {
    keys: &[
        key("a", "client_id", "clients", ""),
        key("a", "kind_id", "kinds", ""),
        key("b", "client_id", "clients", ""),
        key("a", "b_id", "b", ""),
        key("b", "a_id", "a", ""),
        key("b", "up", "b", ""),
    ],
    ..LOOSE
};

#[test]
fn a_broken_loop_is_found_and_nothing_of_it_stays() {
    for server in servers() {
        for (broken, relation) in [
            ("UPDATE a SET b_id = 777 WHERE id = 1", "a(b_id)"),
            ("UPDATE b SET a_id = 777 WHERE id = 2", "b(a_id)"),
            ("UPDATE b SET up = 777 WHERE id = 2", "b(up)"),
        ] {
            let mut world = LOOSE.world_to(&BOUND, server);
            world.source.run(broken);
            let before = world.dumps();
            let output = world.moves("proven", &[]);
            let what = format!("{} {relation}: {}", server.name(), output.text());
            assert!(output.code == 3 && output.text().contains(relation), "{what}");
            assert!(!output.text().contains("777"), "a value is shown: {what}");
            assert_eq!(world.dumps(), before, "{what}");
            assert_eq!(world.place.dispatch("42"), ("source".to_owned(), "active".to_owned()));
            // The loop itself is no obstacle.
            world
                .source
                .run("UPDATE a SET b_id = 1 WHERE id = 1; UPDATE b SET a_id = 1, up = 1 WHERE id = 2");
            let mine = LOOSE.mine(&mut world.source);
            world.moves("proven", &[]).expect(0);
            assert_eq!(
                dump::all(&mut world.target),
                dump::plus(&before.1, &mine),
                "{}",
                server.name()
            );
        }
    }
}

/// From the freeze on nobody else writes to the client, but anybody to context rows. (What goes after the copy is in the
/// tests of moves: it is waited for, or missed by the proof.)
#[test]
fn a_context_row_that_goes_before_the_copy_is_missed() {
    const MOVE: [&str; 7] = ["move", "--client", "42", "--to", "target", "--integrity", "proven"];
    for server in servers().filter(|server| *server != Server::Postgres18) {
        for point in ["move-planned", "move-frozen"] {
            let mut world = BOUND.world(server);
            let held = world.place.hold(&MOVE, point);
            world.target.run("DELETE FROM kinds WHERE id = 2");
            let before = world.dumps();
            let output = held.go_on();
            let what = format!("{} at {point}: {}", server.name(), output.text());
            assert!(
                output.code == 3 && output.text().contains("missing on target"),
                "{what}"
            );
            assert_eq!(world.dumps(), before, "{what}");
            assert_eq!(
                world.place.dispatch("42"),
                ("source".to_owned(), "active".to_owned()),
                "{what}"
            );
        }
    }
}
