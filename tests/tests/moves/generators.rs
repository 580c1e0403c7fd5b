//! Generators of keys: what a move leaves of them on the target is told before it, and so is that two shards give the same keys.

use exodus_tests::database::{Database, Server};
use exodus_tests::world::{MOVE, World, servers};

const LOOK: [&str; 6] = ["move", "--client", "42", "--to", "target", "--dry-run"];

/// Clients with a generated key, and its sequence's name on PostgreSQL.
fn schema(server: Server, narrow: bool) -> String {
    let key = match (server.dialect(), narrow) {
        ("postgres", true) => "id SMALLSERIAL PRIMARY KEY",
        ("postgres", false) => "id BIGSERIAL PRIMARY KEY",
        ("mysql", true) => "id SMALLINT AUTO_INCREMENT PRIMARY KEY",
        ("mysql", false) => "id BIGINT AUTO_INCREMENT PRIMARY KEY",
        _ => "id INTEGER PRIMARY KEY",
    };
    format!(
        "CREATE TABLE clients (id INT PRIMARY KEY);
         CREATE TABLE orders ({key}, client_id INT NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id));"
    )
}

fn world(server: Server, narrow: bool, orders: &str) -> World {
    let data = format!("INSERT INTO clients VALUES (42), (7); INSERT INTO orders VALUES {orders};");
    World::with_schema((server, server), &schema(server, narrow), "", &data)
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a dry run says, with its exit code.
#[track_caller]
fn look(world: &mut World, code: i32) -> String {
    words(&world.fails(&LOOK, code).stdout)
}

/// The next key that the target gives.
fn next(target: &mut Database) -> i64 {
    target.run("INSERT INTO orders (client_id) VALUES (42)");
    target.column("SELECT MAX(id) FROM orders")[0]
        .parse()
        .expect("a number")
}

/// Near the end of the column's type it is a warning, told by the move as well; at the end the move is refused.
#[test]
fn a_generator_that_a_move_would_use_up_is_named() {
    for server in servers().filter(|server| *server != Server::Sqlite) {
        let mut far = world(server, true, "(100, 42), (32767, 7)");
        assert!(!look(&mut far, 0).contains("more keys"), "{server:?}");

        let mut near = world(server, true, "(31000, 42), (3, 7)");
        let told = look(&mut near, 0);
        for says in ["of column id can give 1767 more keys", "5 % of all; 32767 now"] {
            assert!(told.contains(says), "{server:?}: `{says}`: {told}");
        }
        let moved = near.place.run(&MOVE).expect(0);
        assert!(words(&moved.stderr).contains("can give 1767 more keys"), "{moved:#?}");
        assert_eq!(next(&mut near.target), 31001, "{server:?}");

        let mut over = world(server, true, "(32767, 42), (3, 7)");
        if server.dialect() == "postgres" {
            // A sequence isn't moved by its very last key.
            assert!(!look(&mut over, 0).contains("more keys"), "{server:?}");
            over.place.run(&MOVE).expect(0);
            over.target.run("INSERT INTO orders (client_id) VALUES (42)");
            assert_eq!(
                over.target.column("SELECT id FROM orders ORDER BY id"),
                ["1", "32767"],
                "{server:?}"
            );
            continue;
        }
        let told = look(&mut over, 3);
        assert!(
            told.contains("of column id could give no more keys"),
            "{server:?}: {told}"
        );
        let refused = over.fails(&MOVE, 3);
        assert!(
            words(&refused.stderr).contains("could give no more keys"),
            "{refused:#?}"
        );
    }
}

/// Shards with a range each: a client of another range leaves the sequence where it is, and that is said.
#[test]
fn keys_of_another_range_leave_a_sequence_alone() {
    for server in [Server::Postgres, Server::Postgres18] {
        if !server.is_there() {
            continue;
        }
        let mut world = world(server, false, "(5000, 42), (5001, 42), (6000, 7)");
        world.source.run("SELECT setval('orders_id_seq', 6000)");
        world
            .target
            .run("ALTER SEQUENCE orders_id_seq MAXVALUE 1000 RESTART WITH 17");
        let told = look(&mut world, 0);
        assert!(
            told.contains("ends before keys that this client has: 2; it is left where it is"),
            "{told}"
        );
        // In ranges of their own they never give the same key.
        assert!(!told.contains("For later moves"), "{told}");
        world.place.run(&MOVE).expect(0);
        assert_eq!(world.target.column("SELECT nextval('orders_id_seq')"), ["17"]);
    }
}

/// A shard's sequence that was told to go on far away, and has given nothing yet, is not moved back by a client's keys.
#[test]
fn a_restarted_sequence_is_not_moved_back() {
    for server in [Server::Postgres, Server::Postgres18] {
        if !server.is_there() {
            continue;
        }
        let mut world = world(server, false, "(50000, 42), (3, 7)");
        world.target.run("ALTER SEQUENCE orders_id_seq RESTART WITH 1000000000");
        world.place.run(&MOVE).expect(0);
        assert_eq!(world.target.column("SELECT nextval('orders_id_seq')"), ["1000000000"]);
    }
}

/// Two shards that give the same keys: a note for those who look, and nothing that a move would be held up by. Not where each
/// has a class of its own.
#[test]
fn shards_that_give_the_same_keys_are_told_so() {
    for server in servers() {
        let mut world = world(server, false, "(1, 42), (2, 7)");
        let told = look(&mut world, 0);
        for says in [
            "For later moves: *",
            "source and target give new rows the same keys from now on",
            "orders: this move doesn't mind",
        ] {
            assert!(told.contains(says), "{server:?}: `{says}`: {told}");
        }
        let json = world
            .place
            .run(&[&LOOK[..], &["--format", "json"]].concat())
            .expect(0)
            .json();
        assert_eq!(json["plan"]["notes"][0]["check"], "generator", "{json:#}");
        if server.dialect() == "postgres" {
            world
                .source
                .run("ALTER SEQUENCE orders_id_seq INCREMENT BY 16 RESTART WITH 17");
            world
                .target
                .run("ALTER SEQUENCE orders_id_seq INCREMENT BY 16 RESTART WITH 2");
            let told = look(&mut world, 0);
            assert!(!told.contains("For later moves"), "{told}");
        }
        let moved = world.place.run(&MOVE).expect(0);
        assert!(!moved.text().contains("same keys"), "{moved:#?}");
    }
}
