//! Context rows that somebody deletes on the target while a move is copying: the proof of the relations finds it, and from
//! the proof to the commit nobody can.

use std::time::Duration;

use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};
use exodus_tests::dump;
use exodus_tests::least::{self, Tables};
use exodus_tests::world::{networked, waiting_on};

const SCHEMA: &str = "
    CREATE TABLE kinds (id BIGINT PRIMARY KEY, code VARCHAR(9) NOT NULL UNIQUE);
    CREATE TABLE clients (id BIGINT PRIMARY KEY);
    CREATE TABLE orders (id BIGINT PRIMARY KEY, client_id BIGINT NOT NULL, kind_id BIGINT, kind_code VARCHAR(9),
        FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (kind_id) REFERENCES kinds (id));
    INSERT INTO kinds VALUES (1, 'a'), (2, 'b'), (3, 'c');
";
const DATA: &str = "
    INSERT INTO clients VALUES (42), (7);
    INSERT INTO orders VALUES (1, 42, 1, NULL), (2, 42, NULL, 'b'), (3, 7, 3, 'c');
";
/// Only the configuration says what `kind_code` is.
const CONFIG: &str = "root = \"clients\"
[[declare]]
child = \"orders\"
columns = [\"kind_code\"]
parent = \"kinds\"
parent_columns = [\"code\"]
reason = \"it never had a foreign key\"
";
const MOVE: [&str; 7] = ["move", "--client", "42", "--to", "target", "--integrity", "proven"];

fn world(server: Server) -> (Place, Database, Database) {
    let (mut source, mut target) = (Database::create(server), Database::create(server));
    source.run(&format!("{SCHEMA}{DATA}"));
    target.run(SCHEMA);
    let tables = Tables {
        root: "clients",
        context: &["kinds"],
    };
    least::moves_between(&mut source, &mut target, tables);
    let place = Place::of(CONFIG, &source, &target);
    place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
    (place, source, target)
}

#[test]
fn a_context_row_that_goes_during_the_copy_is_missed_by_the_proof() {
    for server in networked() {
        for (gone, relation) in [(1, "kind_id"), (2, "kind_code")] {
            let (place, mut source, mut target) = world(server);
            let before = dump::all(&mut source);
            let held = place.hold(&MOVE, "move-copied");
            if server.dialect() == "mysql" {
                // InnoDB itself would wait for the copied rows.
                target.run("SET SESSION foreign_key_checks = 0");
            }
            target.run(&format!("DELETE FROM kinds WHERE id = {gone}"));
            let without = dump::all(&mut target);
            let output = held.go_on();
            let what = format!("{} {relation}: {}", server.name(), output.text());
            assert!(
                output.code == 3 && output.text().contains(&format!("orders({relation})")),
                "{what}"
            );
            assert_eq!(dump::all(&mut target), without, "{what}");
            assert_eq!(dump::all(&mut source), before, "{what}");
            assert_eq!(place.dispatch("42"), ("source".to_owned(), "active".to_owned()));
        }
    }
}

/// Where the target's server checks each row, a declared relation still has only the proof.
#[test]
fn a_declared_relation_is_proved_where_the_server_checks_the_others() {
    for server in networked() {
        let (place, _source, mut target) = world(server);
        let enforced: Vec<&str> = MOVE[..6].iter().copied().chain(["enforced"]).collect();
        let held = place.hold(&enforced, "move-copied");
        target.run("DELETE FROM kinds WHERE id = 2");
        let output = held.go_on();
        assert!(
            output.code == 3 && output.text().contains("orders(kind_code)"),
            "{}",
            output.text()
        );
        assert_eq!(target.column("SELECT count(*) FROM orders"), ["0"]);
    }
}

#[test]
fn a_context_row_stays_from_the_proof_to_the_commit() {
    for server in networked() {
        for gone in [1, 2] {
            let (place, _source, mut target) = world(server);
            let held = place.hold(&MOVE, "move-verified");
            let mut helper = Database::create(server);
            let on = target.name().to_owned();
            let sql = format!("DELETE FROM kinds WHERE id = {gone}");
            let deleting = std::thread::spawn(move || (target.try_rows(&sql).err(), target));
            while waiting_on(&mut helper, &on).is_empty() {
                assert!(!deleting.is_finished(), "{}: kind {gone} was not held", server.name());
                std::thread::sleep(Duration::from_millis(20));
            }
            held.go_on().expect(0);
            let (error, mut target) = deleting.join().expect("no panic");
            // Nothing but exodus knows of the declared relation once the move is over.
            assert_eq!(error.is_some(), gone == 1, "{}: {error:?}", server.name());
            assert_eq!(target.column("SELECT count(*) FROM orders"), ["2"]);
        }
    }
}
