//! l29: a source whose foreign keys are violated already. The client's rows that reference nothing are found before the move,
//! relation by relation, and no value of them is shown.

use exodus_tests::database::{Database, Server};
use exodus_tests::world::{MOVE, World, servers};

const SCHEMA: &str = "
    CREATE TABLE cities (id INT PRIMARY KEY);
    CREATE TABLE clients (id INT PRIMARY KEY, city_id INT NOT NULL, FOREIGN KEY (city_id) REFERENCES cities (id));
    CREATE TABLE orders (id INT PRIMARY KEY, client_id INT NOT NULL, before_id INT,
        FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (before_id) REFERENCES orders (id));
    CREATE TABLE pieces (code VARCHAR(40) PRIMARY KEY, client_id INT NOT NULL, order_id INT NOT NULL,
        FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (order_id) REFERENCES orders (id));
";
const DATA: &str = "
    INSERT INTO clients VALUES (42, 1), (7, 1);
    INSERT INTO orders VALUES (1, 42, NULL), (2, 7, NULL);
    INSERT INTO pieces VALUES ('planted-secret-a', 42, 1), ('planted-secret-b', 7, 2);
";
/// By all three kinds of relations: to context, to a table of the client's, to the table itself. Client 7 has some, too.
const VIOLATED: &str = "
    UPDATE clients SET city_id = 990099 WHERE id = 42;
    INSERT INTO orders VALUES (3, 42, 990098);
    INSERT INTO pieces VALUES ('planted-secret-c', 42, 990097), ('planted-secret-d', 42, 990096), ('planted-secret-e', 7, 990095);
";

/// Runs it as loads do that nobody checks.
fn unchecked(database: &mut Database, sql: &str) {
    let (off, on) = match database.server().dialect() {
        "postgres" => (
            "SET session_replication_role = replica",
            "RESET session_replication_role",
        ),
        "mysql" => ("SET foreign_key_checks = 0", "SET foreign_key_checks = 1"),
        _ => ("", ""),
    };
    if database.server() == Server::Sqlite {
        database.run(sql);
        return;
    }
    for statement in std::iter::once(off)
        .chain(sql.split(';').filter(|part| !part.trim().is_empty()))
        .chain([on])
    {
        database.run(statement);
    }
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn l29_violated_foreign_keys_are_found_before_the_move() {
    for server in servers() {
        let mut world = World::with_schema((server, server), SCHEMA, "INSERT INTO cities VALUES (1);", DATA);
        unchecked(&mut world.source, VIOLATED);
        let look = [&MOVE[..], &["--dry-run"]].concat();
        let output = world.fails(&look, 3);
        let looked = words(&output.stdout);
        let moved = words(&world.fails(&MOVE, 3).stderr);
        let enforced = [&MOVE[..], &["--integrity", "enforced"]].concat();
        let checked = words(&world.fails(&enforced, 3).stderr);
        for told in [&looked, &moved, &checked] {
            for says in [
                "cities: rows that this client's rows reference do not exist on source: 1",
                "his client's rows reference rows that do not exist: 1",
                "his client's rows reference rows that do not exist: 2",
                "clients(city_id) →",
                "orders(before_id) →",
                "pieces(order_id) →",
                "on the source: the foreign key is already violated there",
            ] {
                assert!(told.contains(says), "{server:?}: `{says}`: {told}");
            }
            assert!(!told.contains("9900"), "{server:?}: a value is shown: {told}");
        }
        // Nothing was begun, and the other client's are its own business.
        let begun = world.place.run(&["moves", "--format", "json"]).expect(0).json();
        assert_eq!(begun["moves"], serde_json::json!([]), "{begun:#}");
        unchecked(
            &mut world.source,
            "UPDATE clients SET city_id = 1 WHERE id = 42; DELETE FROM orders WHERE id = 3;
             DELETE FROM pieces WHERE order_id > 990095",
        );
        world.place.run(&MOVE).expect(0);
    }
}

/// Constraints that the server never checked on the rows that were there.
#[test]
fn l29_constraints_that_were_never_validated() {
    for server in [Server::Postgres, Server::Postgres18] {
        if !server.is_there() {
            continue;
        }
        let mut world = World::with_schema((server, server), SCHEMA, "INSERT INTO cities VALUES (1);", DATA);
        world.source.run(
            "ALTER TABLE pieces DROP CONSTRAINT pieces_order_id_fkey;
             INSERT INTO pieces VALUES ('planted-secret-c', 42, 990097);
             ALTER TABLE pieces ADD FOREIGN KEY (order_id) REFERENCES orders (id) NOT VALID",
        );
        let look = [&MOVE[..], &["--dry-run"]].concat();
        let told = words(&world.fails(&look, 3).stdout);
        for says in ["pieces(order_id) →", "do not exist: 1"] {
            assert!(told.contains(says), "`{says}`: {told}");
        }
        world.fails(&MOVE, 3);
        world.source.run("DELETE FROM pieces WHERE order_id = 990097");
        world.place.run(&MOVE).expect(0);
    }
}
