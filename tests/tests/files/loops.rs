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
