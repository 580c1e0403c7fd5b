//! Context rows that the target lacks are given to it, if that is asked for.

use std::time::{Duration, Instant};

use exodus_tests::database::Server;
use exodus_tests::world::{servers, waiting};

use crate::support::{Pair, WAYS, event, rows_of, says_all};

/// Cities stand in regions, regions in regions; a mayor is a context row too, and lives in the city that has him.
pub(crate) const SCHEMA: &str = "
    CREATE TABLE regions (id INT PRIMARY KEY, part_of INT, name VARCHAR(20) NOT NULL,
        CONSTRAINT region_part FOREIGN KEY (part_of) REFERENCES regions (id));
    CREATE TABLE cities (id INT PRIMARY KEY, code VARCHAR(10) NOT NULL UNIQUE, region_id INT NOT NULL, name VARCHAR(20),
        CONSTRAINT city_region FOREIGN KEY (region_id) REFERENCES regions (id));
    CREATE TABLE clients (id INT PRIMARY KEY, city_id INT NOT NULL, born_in VARCHAR(10),
        CONSTRAINT client_city FOREIGN KEY (city_id) REFERENCES cities (id),
        CONSTRAINT client_born FOREIGN KEY (born_in) REFERENCES cities (code));
    CREATE TABLE albums (id INT PRIMARY KEY, client_id INT, template_id INT,
        CONSTRAINT album_client FOREIGN KEY (client_id) REFERENCES clients (id),
        CONSTRAINT album_template FOREIGN KEY (template_id) REFERENCES albums (id));
";
pub(crate) const BOTH: &str = "
    INSERT INTO regions VALUES (1, NULL, 'world');
    INSERT INTO cities VALUES (1, 'RIX', 1, 'Riga');
";
/// The client lives in a city three regions deep, was born in the same one by another name, and has an album after a
/// template after a template. Client 7's context is nobody else's business.
pub(crate) const DATA: &str = "
    INSERT INTO regions VALUES (5, 1, 'north');
    INSERT INTO regions VALUES (4, 5, 'coast');
    INSERT INTO regions VALUES (3, 4, 'fjord');
    INSERT INTO cities VALUES (2, 'BGO', 3, 'Bergen'), (3, 'OSL', 5, 'Oslo');
    INSERT INTO clients VALUES (42, 2, 'BGO'), (7, 3, NULL);
    INSERT INTO albums VALUES (1, NULL, NULL);
    INSERT INTO albums VALUES (2, NULL, 1);
    INSERT INTO albums VALUES (10, 42, 2), (11, 7, 2);
";
pub(crate) const GIVEN: &str = "
    INSERT INTO regions VALUES (5, 1, 'north');
    INSERT INTO regions VALUES (4, 5, 'coast');
    INSERT INTO regions VALUES (3, 4, 'fjord');
    INSERT INTO cities VALUES (2, 'BGO', 3, 'Bergen');
    INSERT INTO albums VALUES (1, NULL, NULL);
    INSERT INTO albums VALUES (2, NULL, 1);
";

/// Missing rows come with their own parents, once each, parents first; nothing else of the context does, and the way back
/// takes nothing of it away.
#[test]
fn missing_context_is_given_upwards() {
    for (server, way) in servers().flat_map(|server| WAYS.map(|way| (server, way))) {
        let mut pair = Pair::new(server, "", SCHEMA, BOTH, DATA);
        let before = pair.dumps();
        let refused = pair.moved(&["--integrity", way]);
        pair.refused(&refused, 3, &["missing on target: 1", "move --with-context"], &before);

        let flags = ["--integrity", way, "--with-context"];
        let plan = pair.planned(&flags);
        let given = ["albums 2", "cities 1", "regions 3"];
        assert_eq!(rows_of(&plan["references"]["context"]), given, "{plan:#}");
        let text = pair
            .place
            .run(&[
                "move",
                "--client",
                "42",
                "--to",
                "target",
                "--dry-run",
                "--with-context",
            ])
            .expect(0);
        says_all(&text, &["Context that target lacks and is given:", "regions: 3 rows"]);
        let moved = pair.moved(&flags).expect(0).json();
        assert_eq!(rows_of(&moved["move"]["references"]["context"]), given);
        assert_eq!(rows_of(&event(&pair, "copy")["references"]["context"]), given);
        assert_eq!(moved["move"]["rows"], 2, "context rows are not the client's");
        let arrived = pair.with(&format!(
            "{BOTH}{GIVEN} INSERT INTO clients VALUES (42, 2, 'BGO'); INSERT INTO albums VALUES (10, 42, 2);"
        ));
        assert_eq!(pair.dumps(), (before.0.clone(), arrived), "{} {way}", server.name());
        pair.purged(&[]).expect(0);
        pair.place.run(&["move", "--client", "42", "--to", "source"]).expect(0);
        pair.purged(&[]).expect(0);
        assert_eq!(
            pair.dumps(),
            (before.0, pair.with(&format!("{BOTH}{GIVEN}"))),
            "{} {way}",
            server.name()
        );
    }
}

/// Rows that are there and differ are refused all the same; so is a row that nobody owns but that needs a client's.
#[test]
fn what_differs_is_refused_all_the_same() {
    for server in servers() {
        let mut pair = Pair::new(server, "", SCHEMA, BOTH, DATA);
        pair.target.run("INSERT INTO regions VALUES (5, NULL, 'south')");
        let before = pair.dumps();
        let refused = pair.moved(&["--with-context"]);
        pair.refused(&refused, 3, &["differ on target: 1"], &before);
    }
}

/// Rows that reference each other in a circle go where the server does not check one by one.
#[test]
fn circles_of_context_rows_go_where_they_can() {
    let schema = "
        CREATE TABLE cities (id INT PRIMARY KEY, twin_id INT);
        CREATE TABLE clients (id INT PRIMARY KEY, city_id INT NOT NULL,
            CONSTRAINT client_city FOREIGN KEY (city_id) REFERENCES cities (id));
    ";
    for server in servers() {
        // SQLite can't add it later, and checks it at the end.
        let (schema, later) = match server {
            Server::Sqlite => (schema.replace("twin_id INT", "twin_id INT REFERENCES cities (id)"), ""),
            _ => (
                schema.to_owned(),
                "ALTER TABLE cities ADD CONSTRAINT city_twin FOREIGN KEY (twin_id) REFERENCES cities (id);",
            ),
        };
        let data = "INSERT INTO cities VALUES (1, NULL), (2, 1), (3, 3); UPDATE cities SET twin_id = 2 WHERE id = 1;
                    INSERT INTO clients VALUES (42, 1), (7, 3);";
        let mut pair = Pair::new(server, "", &format!("{schema}{later}"), "", data);
        let moved = pair.moved(&["--with-context", "--integrity", "enforced"]);
        if server == Server::Sqlite {
            moved.expect(0);
        } else {
            let before = pair.dumps();
            pair.refused(
                &moved,
                3,
                &["missing context rows reference each other in a circle"],
                &before,
            );
            pair.moved(&["--with-context", "--integrity", "proven"]).expect(0);
        }
        let cities = pair.target.rows("SELECT id, twin_id FROM cities ORDER BY id");
        assert_eq!(
            format!("{cities:?}"),
            r#"[[Some("1"), Some("2")], [Some("2"), Some("1")]]"#,
            "{}",
            server.name()
        );
    }
}

/// Two moves that need the same missing row: one gives it, the other finds it.
#[test]
fn two_moves_give_a_row_once() {
    for server in servers().filter(|server| *server != Server::Sqlite) {
        let data = DATA.replace("(7, 3, NULL)", "(7, 2, NULL)");
        let mut pair = Pair::new(server, "", SCHEMA, BOTH, &data);
        let first = pair.place.hold(
            &["move", "--client", "42", "--to", "target", "--with-context"],
            "move-copied",
        );
        let second = std::thread::scope(|scope| {
            let place = &pair.place;
            let second = scope.spawn(|| place.run(&["move", "--client", "7", "--to", "target", "--with-context"]));
            let start = Instant::now();
            let mut helper = exodus_tests::database::Database::create(server);
            while waiting(&mut helper, &pair.target).is_empty() && !second.is_finished() {
                assert!(
                    start.elapsed() < Duration::from_secs(30),
                    "the second move does not wait"
                );
                std::thread::sleep(Duration::from_millis(20));
            }
            first.go_on().expect(0);
            second.join().expect("a thread")
        });
        second.expect(0);
        let cities = pair.target.column("SELECT id FROM cities ORDER BY id");
        assert_eq!(cities, ["1", "2"], "{}", server.name());
    }
}

/// Keys that the target makes by itself begin behind those that were given.
#[test]
fn generators_of_context_tables_advance() {
    for server in servers() {
        let key = match server.dialect() {
            "postgres" => "id SERIAL PRIMARY KEY",
            "mysql" => "id INT AUTO_INCREMENT PRIMARY KEY",
            _ => "id INTEGER PRIMARY KEY",
        };
        let schema = format!(
            "CREATE TABLE cities ({key}, name VARCHAR(20));
             CREATE TABLE clients (id INT PRIMARY KEY, city_id INT NOT NULL, FOREIGN KEY (city_id) REFERENCES cities (id));"
        );
        let data = "INSERT INTO cities (id, name) VALUES (30, 'Riga'); INSERT INTO clients VALUES (42, 30);";
        let mut pair = Pair::new(server, "", &schema, "", data);
        pair.moved(&["--with-context"]).expect(0);
        pair.target.run("INSERT INTO cities (name) VALUES ('Bergen')");
        let ids = pair.target.column("SELECT id FROM cities ORDER BY id");
        assert_eq!(ids, ["30", "31"], "{}", server.name());
    }
}
