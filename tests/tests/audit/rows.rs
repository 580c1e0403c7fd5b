//! What rows, or the want of them, make of findings.

use exodus_tests::binary::Place;
use exodus_tests::world::{World, servers};
use serde_json::Value;

const TRANSFERS: &str = "CREATE TABLE transfers (id INT PRIMARY KEY, from_id INT NOT NULL, to_id INT NOT NULL,
    FOREIGN KEY (from_id) REFERENCES clients (id), FOREIGN KEY (to_id) REFERENCES clients (id));";

fn finding(place: &Place, more: &[&str], rule: &str, table: &str) -> Value {
    let arguments = ["audit", "--from", "source", "--fail-on", "never", "--format", "json"];
    let arguments: Vec<&str> = arguments.iter().chain(more).copied().collect();
    let found = place.run(&arguments).expect(0).json();
    let hazards = found["hazards"].as_array().into_iter().flatten();
    let about = |name: &Value| name.as_str().is_some_and(|name| name.ends_with(table));
    let mut hazards = hazards.filter(|hazard| hazard["rule"] == rule && about(&hazard["table"]));
    hazards
        .next()
        .unwrap_or_else(|| panic!("no {rule} of {table} in {found:#}"))
        .clone()
}

/// A table that has no rows yet says nothing about the rows that it will have; one client without rows there is in order.
#[test]
fn an_empty_table_refutes_nothing() {
    for server in servers() {
        let mut world = World::new(server);
        world.source.run(TRANSFERS);
        let found = |world: &World, more: &[&str]| finding(&world.place, more, "direct-client-relation", "transfers");
        let empty = found(&world, &[]);
        assert_eq!(
            (&empty["severity"], &empty["proof"]),
            (&"error".into(), &Value::Null),
            "{empty:#}"
        );
        let message = empty["message"].as_str().unwrap_or_default();
        assert!(message.ends_with("The table has no rows yet."), "{message}");
        assert_eq!(found(&world, &["--client", "42"])["severity"], "note");
        world.source.run("INSERT INTO transfers VALUES (1, 7, 7)");
        let refuted = found(&world, &[]);
        assert_eq!(refuted["severity"], "note", "{refuted:#}");
        assert_eq!(refuted["proof"]["verdict"], "refuted");
        assert_eq!(found(&world, &["--client", "42"])["severity"], "note");
    }
}

/// Whose a crossed row is tells somebody whom to ask.
#[test]
fn crossed_rows_come_with_their_owners() {
    for server in servers() {
        let mut world = World::new(server);
        world.source.run(TRANSFERS);
        world
            .source
            .run("INSERT INTO transfers VALUES (1, 7, 7), (2, 42, 7), (3, 42, 42)");
        for more in [
            &["--show-keys"][..],
            &["--show-keys", "--client", "42"],
            &["--show-keys", "--client", "7"],
        ] {
            let found = finding(&world.place, more, "direct-client-relation", "transfers");
            let proof = &found["proof"];
            assert_eq!(proof["keys"], serde_json::json!(["2"]), "{more:?}: {found:#}");
            assert_eq!(proof["owners"], serde_json::json!([["42", "7"]]), "{more:?}: {found:#}");
            let arguments: Vec<&str> = ["audit", "--from", "source"].iter().chain(more).copied().collect();
            let text = world.place.run(&arguments).expect(1).stdout;
            assert!(text.contains("2 (clients 42; 7)"), "{text}");
        }
        let silent = finding(&world.place, &[], "direct-client-relation", "transfers");
        assert_eq!(silent["proof"]["owners"], serde_json::json!([]));
        assert_eq!(silent["proof"]["keys"], serde_json::json!([]));
    }
}

/// The rows that a client uses of a table that may have been meant for one client each.
#[test]
fn one_client_shows_whether_it_shares_what_it_uses() {
    for server in servers() {
        let mut world = World::new(server);
        world.source.run(
            "CREATE TABLE covers (id INT PRIMARY KEY, art VARCHAR(9));
             CREATE TABLE albums (id INT PRIMARY KEY, client_id INT NOT NULL, cover_id INT NOT NULL UNIQUE,
                FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (cover_id) REFERENCES covers (id));
             INSERT INTO covers VALUES (1, 'x'), (2, 'y'), (3, 'z');
             INSERT INTO albums VALUES (1, 42, 1), (2, 42, 2), (3, 7, 3);",
        );
        let found = finding(&world.place, &["--client", "42"], "unreachable-client-table", "covers");
        assert_eq!(found["severity"], "warning", "{found:#}");
        assert_eq!(found["proof"]["counts"]["rows of this client only"], 2, "{found:#}");
    }
}
