//! Rows that reference rows behind them: as rows of a file, and as statements for each product's client.

use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};
use exodus_tests::load::load;
use exodus_tests::world::servers;

fn make(database: &mut Database, filled: bool) {
    database.run(
        "CREATE TABLE clients (id INT PRIMARY KEY, main INT);
         CREATE TABLE accounts (id INT PRIMARY KEY, client_id INT NOT NULL, above INT,
             FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (above) REFERENCES accounts (id));",
    );
    if database.server() != Server::Sqlite {
        database.run("ALTER TABLE clients ADD FOREIGN KEY (main) REFERENCES accounts (id)");
    }
    if filled {
        database.run(
            "INSERT INTO clients VALUES (42, NULL), (7, NULL);
             INSERT INTO accounts VALUES (3, 42, NULL), (9, 42, 3), (1, 42, 9), (2, 7, NULL);
             UPDATE clients SET main = 1 WHERE id = 42; UPDATE clients SET main = 2 WHERE id = 7;",
        );
    }
}

fn rows(database: &mut Database) -> Vec<Vec<Option<String>>> {
    let mut rows = database.rows("SELECT id, main FROM clients WHERE id = 42");
    rows.extend(database.rows("SELECT id, client_id, above FROM accounts WHERE client_id = 42 ORDER BY id"));
    rows
}

#[test]
fn arrive_with_every_reference() {
    for server in servers() {
        for file in ["x.jsonl", "x.sql"] {
            let (mut source, mut target) = (Database::create(server), Database::create(server));
            make(&mut source, true);
            make(&mut target, false);
            let place = Place::of("root = \"clients\"", &source, &target);
            place
                .run(&["export", "--client", "42", "--from", "source", "--to", file])
                .expect(0);
            if file == "x.sql" {
                match load(&target, &place.path().join(file)) {
                    None => continue,
                    Some(loaded) => assert_eq!(loaded, Ok(String::new()), "{}", server.name()),
                }
            } else {
                place.run(&["import", file, "--to", "target"]).expect(0);
            }
            assert_eq!(rows(&mut target), rows(&mut source), "{} {file}", server.name());
            assert_eq!(rows(&mut target).len(), 4);
        }
    }
}

/// Loops of every kind that NULL-then-set is for: between tables, of one table, and by a key of two columns of which one is
/// set late. Each row references the one behind it, so that no order of the file helps.
fn make_chains(database: &mut Database, filled: bool) {
    make(database, filled);
    let clock = match database.server().dialect() {
        "mysql" => ", at TIMESTAMP NOT NULL DEFAULT '2020-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP",
        _ => "",
    };
    database.run(&format!(
        "CREATE TABLE steps (client_id INT NOT NULL, code VARCHAR(20) NOT NULL, follows VARCHAR(20), note VARCHAR(20){clock},
             PRIMARY KEY (code, client_id), FOREIGN KEY (client_id) REFERENCES clients (id),
             FOREIGN KEY (follows, client_id) REFERENCES steps (code, client_id));"
    ));
    if filled {
        let chain = (1..=600).map(|at| match at {
            600 => "('c600', 42, NULL, NULL)".to_owned(),
            at => format!(
                "('c{at}', 42, 'c{}', {})",
                at + 1,
                if at % 2 == 0 { "NULL" } else { "'x'" }
            ),
        });
        let mut chain: Vec<_> = chain.collect();
        // The source checks them as well.
        chain.reverse();
        for row in chain {
            database.run(&format!(
                "INSERT INTO steps (code, client_id, follows, note) VALUES {row}"
            ));
        }
    }
}

fn steps(database: &mut Database) -> Vec<Vec<Option<String>>> {
    database.rows("SELECT code, follows, note FROM steps WHERE client_id = 42 ORDER BY code")
}

#[test]
fn are_set_late_where_the_server_checks_each_row() {
    for server in servers() {
        let (mut source, mut target) = (Database::create(server), Database::create(server));
        make_chains(&mut source, true);
        make_chains(&mut target, false);
        let place = Place::of("root = \"clients\"", &source, &target);
        for (file, format) in [("x.jsonl", "jsonl"), ("x.parquet", "parquet")] {
            let export = [
                "export", "--client", "42", "--from", "source", "--to", file, "--format", format,
            ];
            place.run(&export).expect(0);
            let import = ["import", file, "--to", "target", "--integrity", "enforced"];
            place.run(&import).expect(0);
            assert_eq!(rows(&mut target), rows(&mut source), "{} {file}", server.name());
            assert_eq!(steps(&mut target).len(), 600);
            assert_eq!(steps(&mut target), steps(&mut source), "{} {file}", server.name());
            target.run(
                "UPDATE clients SET main = NULL; UPDATE accounts SET above = NULL; UPDATE steps SET follows = NULL;",
            );
            target.run("DELETE FROM steps; DELETE FROM accounts; DELETE FROM clients;");
        }
    }
}

/// What no order and no NULL satisfies is told with the foreign key, and leaves nothing.
#[test]
fn that_nothing_satisfies_are_refused() {
    for server in servers().filter(|server| *server != Server::Sqlite) {
        let (mut source, mut target) = (Database::create(server), Database::create(server));
        let (tail, off) = match server.dialect() {
            "postgres" => ("DEFERRABLE INITIALLY DEFERRED", "BEGIN"),
            _ => ("", "SET foreign_key_checks = 0"),
        };
        for (database, tail) in [(&mut source, tail), (&mut target, "")] {
            database.run(&format!(
                "CREATE TABLE clients (id INT PRIMARY KEY, main INT NOT NULL);
                 CREATE TABLE accounts (id INT PRIMARY KEY, client_id INT NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id));
                 ALTER TABLE clients ADD FOREIGN KEY (main) REFERENCES accounts (id) {tail};"
            ));
        }
        source.run(&format!(
            "{off}; INSERT INTO clients VALUES (42, 1); INSERT INTO accounts VALUES (1, 42); COMMIT;"
        ));
        let place = Place::of("root = \"clients\"", &source, &target);
        place
            .run(&["export", "--client", "42", "--from", "source", "--to", "x.jsonl"])
            .expect(0);
        let import = ["import", "x.jsonl", "--to", "target", "--integrity", "enforced"];
        let refused = place.run(&import).expect(2);
        let told = "no order of tables satisfies the server";
        assert!(
            refused.stderr.contains(told) && refused.stderr.contains("clients(main)"),
            "{}",
            refused.stderr
        );
        assert_eq!(target.column("SELECT count(*) FROM clients"), ["0"]);
    }
}
