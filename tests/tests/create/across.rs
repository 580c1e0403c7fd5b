//! From each product to each other one, onto an empty database.

use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};

const SERVERS: [Server; 4] = [Server::Postgres, Server::MariaDb, Server::MySql, Server::Sqlite];

/// What all products can say, with names that have to be quoted and a table of more than one key.
fn schema(server: Server) -> Vec<String> {
    let (moment, quote) = match server {
        Server::Postgres | Server::Postgres18 => ("timestamp", '"'),
        Server::Sqlite => ("DATETIME", '"'),
        _ => ("datetime", '`'),
    };
    let computed = if server.dialect() == "sqlite" {
        "total integer GENERATED ALWAYS AS (id * 2) STORED"
    } else {
        "total int GENERATED ALWAYS AS (id * 2) STORED"
    };
    [
        "CREATE TABLE clients (id int NOT NULL PRIMARY KEY, name varchar(20) DEFAULT 'it''s' NOT NULL UNIQUE)"
            .to_owned(),
        format!(
            "CREATE TABLE ~the things~ (client_id int NOT NULL, ~select~ int NOT NULL, id int NOT NULL, {computed}, \
             price decimal(10,2) DEFAULT 1.50, note varchar(300), at {moment}, day date, big bigint, \
             PRIMARY KEY (client_id, ~select~), FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE)"
        ),
        "CREATE TABLE parts (id int NOT NULL PRIMARY KEY, c int NOT NULL, s int NOT NULL, up int, \
         FOREIGN KEY (c, s) REFERENCES ~the things~ (client_id, ~select~), FOREIGN KEY (up) REFERENCES parts (id))"
            .to_owned(),
        "CREATE INDEX by_note ON ~the things~ (big, day)".to_owned(),
        "INSERT INTO clients VALUES (42, 'é''\\'), (7, 'y')".to_owned(),
        "INSERT INTO ~the things~ (client_id, ~select~, id, price, note, at, day, big) VALUES \
         (42, 1, 5, -12345678.90, 'é 😀', '2024-02-29 23:59:58', '0999-01-01', 9223372036854775807), \
         (42, 2, 6, NULL, '', NULL, NULL, NULL), (7, 1, 7, 0, 'x', NULL, NULL, 1)"
            .to_owned(),
        "INSERT INTO parts VALUES (1, 42, 1, NULL), (2, 42, 2, 1), (3, 7, 1, NULL)".to_owned(),
    ]
    .map(|sql| sql.replace('~', &quote.to_string()))
    .map(|sql| {
        if server.dialect() == "mysql" {
            sql.replace('\\', "\\\\")
        } else {
            sql
        }
    })
    .into()
}

fn count(database: &mut Database, table: &str) -> String {
    let quote = if database.server().dialect() == "mysql" {
        "`"
    } else {
        "\""
    };
    database
        .column(&format!("SELECT count(*) FROM {quote}{table}{quote}"))
        .concat()
}

#[test]
fn each_product_gets_the_tables_of_each_other() {
    let mut wrong = vec![];
    for from in SERVERS.into_iter().filter(|server| server.is_there()) {
        for to in SERVERS
            .into_iter()
            .filter(|server| *server != from && server.is_there())
        {
            let (mut source, mut target) = (Database::create(from), Database::create(to));
            for sql in schema(from) {
                source.run(&sql);
            }
            let place = Place::of("root = \"clients\"", &source, &target);
            place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
            let command = ["move", "--client", "42", "--to", "target", "--create-tables"];
            let moved = place.run(&command);
            if moved.code != 0 {
                let dry = place.run(&[&command[..], &["--dry-run", "--show-statements"]].concat());
                wrong.push(format!("{from:?} → {to:?}: {}\n{}", moved.text(), dry.stdout));
                continue;
            }
            let counts = ["clients", "the things", "parts"].map(|table| count(&mut target, table));
            assert_eq!(counts, ["1", "2", "2"], "{from:?} → {to:?}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
