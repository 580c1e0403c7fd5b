//! Triggers that write rows while a product's own client loads a file.

use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};
use exodus_tests::load::load;
use exodus_tests::world::servers;

const GUARD: [&str; 2] = ["@exodus_copy IS NULL", "current_setting('exodus.copy', true) IS NULL"];

fn make(database: &mut Database) {
    database.run(
        "CREATE TABLE clients (id INT PRIMARY KEY, orders INT NOT NULL);
         CREATE TABLE orders (id INT PRIMARY KEY, client_id INT NOT NULL, total INT NOT NULL,
             FOREIGN KEY (client_id) REFERENCES clients (id));
         CREATE TABLE totals (total INT NOT NULL);
         INSERT INTO totals VALUES (0);",
    );
}

/// A trigger of the client's table that counts into one of its tables and into one of everybody's.
fn count(database: &mut Database, guarded: bool) {
    let mut body = "UPDATE clients SET orders = orders + 1 WHERE id = NEW.client_id;
                    UPDATE totals SET total = total + NEW.total;"
        .to_owned();
    let server = database.server();
    if guarded && server != Server::Sqlite {
        let condition = GUARD[usize::from(server.dialect() == "postgres")];
        body = format!("IF {condition} THEN {body} END IF;");
    }
    match server.dialect() {
        "postgres" => database.run(&format!(
            "CREATE FUNCTION counted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$;
             CREATE TRIGGER counted AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION counted()"
        )),
        _ => database.run(&format!(
            "CREATE TRIGGER counted AFTER INSERT ON orders FOR EACH ROW BEGIN {body} END"
        )),
    }
}

fn exported(server: Server, guarded: bool) -> Option<(Database, Place, String)> {
    let (mut source, mut target) = (Database::create(server), Database::create(server));
    for database in [&mut source, &mut target] {
        make(database);
        count(database, guarded);
    }
    source.run(
        "INSERT INTO clients VALUES (42, 0), (7, 0);
         INSERT INTO orders VALUES (1, 42, 10), (2, 42, 20), (3, 7, 5)",
    );
    let place = Place::of("root = \"clients\"", &source, &target);
    let output = place
        .run(&["export", "--client", "42", "--from", "source", "--to", "x.sql"])
        .expect(0);
    let loaded = load(&target, &place.path().join("x.sql"))?;
    assert_eq!(loaded, Ok(String::new()), "{}", server.name());
    assert_eq!(
        source.rows("SELECT id, orders FROM clients WHERE id = 42"),
        [[Some("42".to_owned()), Some("2".to_owned())]]
    );
    Some((target, place, output.stderr))
}

#[test]
fn guarded_ones_leave_the_rows_of_a_file_alone() {
    for server in servers() {
        let Some((mut target, _place, said)) = exported(server, true) else {
            continue;
        };
        assert!(!said.contains("fires triggers"), "{said}");
        let client = target.rows("SELECT id, orders FROM clients");
        assert_eq!(
            client,
            [[Some("42".to_owned()), Some("2".to_owned())]],
            "{}",
            server.name()
        );
        assert_eq!(target.column("SELECT total FROM orders ORDER BY id"), ["10", "20"]);
        assert_eq!(target.column("SELECT total FROM totals"), ["0"], "{}", server.name());
        // Whoever writes afterwards is counted.
        target.run("INSERT INTO orders VALUES (4, 42, 7)");
        assert_eq!(target.column("SELECT total FROM totals"), ["7"], "{}", server.name());
    }
}

#[test]
fn others_are_named_by_the_export() {
    for server in servers().filter(|server| *server != Server::Sqlite) {
        let Some((mut target, _place, said)) = exported(server, false) else {
            continue;
        };
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("loading this file fires triggers"), "{said}");
        assert!(said.contains("counted of "), "{said}");
        // It is true.
        assert_eq!(target.column("SELECT orders FROM clients"), ["4"]);
        assert_eq!(target.column("SELECT total FROM totals"), ["30"]);
    }
}
