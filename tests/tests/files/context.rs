//! The rows outside of a file that its rows need: they must be what they were.

use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};
use exodus_tests::world::servers;

/// Values of which products have texts of their own.
fn make(server: Server, filled: bool) -> Database {
    let mut database = Database::create(server);
    let double = match server.dialect() {
        "postgres" => "double precision",
        _ => "double",
    };
    database.run(&format!(
        "CREATE TABLE countries (code CHAR(3) PRIMARY KEY, name VARCHAR(40) NOT NULL);
         CREATE TABLE cities (id INT PRIMARY KEY, country CHAR(3), area DECIMAL(9,2), ratio {double}, founded DATE,
             seen TIMESTAMP NULL, big BIGINT, FOREIGN KEY (country) REFERENCES countries (code));
         CREATE TABLE clients (id INT PRIMARY KEY, born_in INT, FOREIGN KEY (born_in) REFERENCES cities (id));
         CREATE TABLE trips (id INT PRIMARY KEY, client_id INT NOT NULL, city INT, FOREIGN KEY (client_id) REFERENCES clients (id),
             FOREIGN KEY (city) REFERENCES cities (id));
         INSERT INTO countries VALUES ('lv', 'Latvia'), ('nor', 'Norway'), ('ee', 'Estonia');
         INSERT INTO cities VALUES (1, 'lv', 304.05, 0.1, '1201-08-18', '2024-02-29 12:34:56', 9007199254740993),
             (2, 'nor', 465.30, NULL, NULL, NULL, NULL), (3, 'ee', 0, 0, '2000-01-01', NULL, 0), (4, NULL, NULL, NULL, NULL, NULL, -1);"
    ));
    if filled {
        database.run(
            "INSERT INTO clients VALUES (42, 1), (7, 3);
             INSERT INTO trips VALUES (1, 42, 1), (2, 42, 2), (3, 42, NULL), (4, 7, 3), (5, 42, 4), (6, 42, 2);",
        );
    }
    database
}

fn clear(target: &mut Database) {
    target.run("DELETE FROM trips");
    target.run("DELETE FROM clients");
}

/// No pair of products may see a difference where there is none, and none may overlook one.
#[test]
fn rows_that_differ_are_refused_unless_accepted() {
    let pairs = servers().flat_map(|from| servers().map(move |to| (from, to)));
    let of_note =
        |(from, to): &(Server, Server)| ![from, to].contains(&&Server::Postgres18) || from.dialect() == to.dialect();
    for (from, to) in pairs.filter(of_note) {
        let (source, mut target) = (make(from, true), make(to, false));
        let place = Place::of("root = \"clients\"", &source, &target);
        let what = format!("{} → {}", from.name(), to.name());
        println!("{what}");
        place
            .run(&["export", "--client", "42", "--from", "source", "--to", "x.jsonl"])
            .expect(0);
        let import = ["import", "x.jsonl", "--to", "target"];
        // Rows that the client has nothing to do with may differ.
        target.run("UPDATE cities SET area = 1 WHERE id = 3; UPDATE countries SET name = 'x' WHERE code = 'ee'");
        place.run(&import).expect(0);
        clear(&mut target);
        for (change, back, table) in [
            (
                "UPDATE cities SET area = 304.06 WHERE id = 1",
                "UPDATE cities SET area = 304.05 WHERE id = 1",
                "cities",
            ),
            (
                "UPDATE cities SET seen = NULL WHERE id = 1",
                "UPDATE cities SET seen = '2024-02-29 12:34:56' WHERE id = 1",
                "cities",
            ),
            // Behind a context row.
            (
                "UPDATE countries SET name = 'Noreg' WHERE code = 'nor'",
                "UPDATE countries SET name = 'Norway' WHERE code = 'nor'",
                "countries",
            ),
        ] {
            target.run(change);
            let refused = place.run(&import).expect(3);
            let told = refused.stderr.contains(table) && refused.stderr.contains("--allow-other-context");
            assert!(
                told && refused.stderr.contains("differ on target"),
                "{what}: {}",
                refused.stderr
            );
            assert!(
                !refused.text().contains("Noreg") && !refused.text().contains("304"),
                "{}",
                refused.text()
            );
            assert_eq!(target.column("SELECT count(*) FROM clients"), ["0"], "{what}");
            target.run(back);
        }
        target.run("UPDATE countries SET name = 'Noreg' WHERE code = 'nor'");
        place
            .run(&["import", "x.jsonl", "--to", "target", "--allow-other-context"])
            .expect(0);
        assert_eq!(target.column("SELECT count(*) FROM trips"), ["5"]);
    }
}

/// A file with tables of SQLite still tells of the rows as their own product had them.
#[test]
fn by_way_of_other_formats() {
    for server in servers() {
        let (source, mut target) = (make(server, true), make(server, false));
        let place = Place::of("root = \"clients\"", &source, &target);
        for (file, format) in [("x.sqlite", "sqlite"), ("x", "csv"), ("y", "parquet")] {
            let export = [
                "export", "--client", "42", "--from", "source", "--to", file, "--format", format,
            ];
            place.run(&export).expect(0);
            target.run("UPDATE cities SET big = 9007199254740992 WHERE id = 1");
            place.run(&["import", file, "--to", "target"]).expect(3);
            target.run("UPDATE cities SET big = 9007199254740993 WHERE id = 1");
            place.run(&["import", file, "--to", "target"]).expect(0);
            clear(&mut target);
        }
    }
}
