//! Through the program: the plan, the move, and what a move that fails or dies leaves behind.

use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};

const TABLES: &[&str] = &["makers", "models", "clients", "trips", "cars", "unrelated"];

/// A circle of two client tables, context behind context, and a table that nobody references.
fn schema(server: Server) -> String {
    let text = "CREATE TABLE makers (id int NOT NULL PRIMARY KEY, name varchar(20) NOT NULL UNIQUE);
        CREATE TABLE models (id int NOT NULL PRIMARY KEY, maker_id int, FOREIGN KEY (maker_id) REFERENCES makers (id));
        CREATE TABLE clients (id int NOT NULL PRIMARY KEY, name varchar(20) DEFAULT 'it''s' NOT NULL);
        CREATE TABLE trips (id int NOT NULL PRIMARY KEY, car_id int NOT NULL, km int CHECK (km >= 0)#);
        CREATE TABLE cars (id int NOT NULL PRIMARY KEY, client_id int NOT NULL, model_id int, last_trip int,
            FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
            FOREIGN KEY (model_id) REFERENCES models (id), FOREIGN KEY (last_trip) REFERENCES trips (id));
        CREATE UNIQUE INDEX plates ON cars (client_id, model_id);
        CREATE TABLE unrelated (id int NOT NULL PRIMARY KEY);";
    let inline = ", CONSTRAINT of_car FOREIGN KEY (car_id) REFERENCES cars (id)";
    match server {
        Server::Sqlite => text.replace('#', inline),
        _ => text.replace('#', "") + &format!("ALTER TABLE trips ADD {};", &inline[2..]),
    }
}

const ROWS: &str = "INSERT INTO makers VALUES (1, 'a');
    INSERT INTO models VALUES (5, 1);
    INSERT INTO clients VALUES (42, 'x'), (7, 'y');
    INSERT INTO cars VALUES (1, 42, NULL, NULL), (2, 42, NULL, NULL), (3, 7, 5, NULL);
    INSERT INTO trips VALUES (10, 1, 100), (11, 2, NULL), (12, 3, 5);
    UPDATE cars SET last_trip = 10 WHERE id = 1;";

struct World {
    source: Database,
    target: Database,
    place: Place,
}

impl World {
    fn new(server: Server) -> Self {
        let (mut source, target) = (Database::create(server), Database::create(server));
        for sql in schema(server).split(';').chain(ROWS.split(';')) {
            if !sql.trim().is_empty() {
                source.run(sql);
            }
        }
        let place = Place::of("root = \"clients\"", &source, &target);
        place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
        Self { source, target, place }
    }

    /// Which of the tables are on the target.
    fn there(&mut self) -> Vec<&'static str> {
        let is_there = |table: &&&str| self.target.try_rows(&format!("SELECT 1 FROM {table}")).is_ok();
        TABLES.iter().filter(is_there).copied().collect()
    }

    fn count(&mut self, table: &str) -> String {
        self.target.column(&format!("SELECT count(*) FROM {table}")).concat()
    }
}

const MOVE: &[&str] = &["move", "--client", "42", "--to", "target", "--create-tables"];
const MADE: &[&str] = &["makers", "models", "clients", "trips", "cars"];

fn servers() -> impl Iterator<Item = Server> {
    Server::ALL.into_iter().filter(|server| server.is_there())
}

#[test]
fn an_empty_target_is_filled_by_one_command() {
    for server in servers() {
        let mut world = World::new(server);
        let plan = [MOVE, &["--dry-run", "--format", "json"]].concat();
        let plan = world.place.run(&plan).expect(0).json();
        let tables = plan["plan"]["creating"]["tables"].as_array().map(Vec::len);
        assert_eq!(tables, Some(MADE.len()), "{server:?}: {plan:#}");
        let statements = [MOVE, &["--dry-run", "--show-statements"]].concat();
        let told = world.place.run(&statements).expect(0).stdout;
        assert!(told.contains("CREATE TABLE"), "{told}");
        assert_eq!(world.there(), [""; 0], "{server:?}: a dry run makes nothing");

        world.place.run(MOVE).expect(0);
        assert_eq!(world.there(), MADE, "{server:?}");
        for (table, rows) in [("clients", "1"), ("cars", "2"), ("trips", "2"), ("models", "0")] {
            assert_eq!(world.count(table), rows, "{server:?}: {table}");
        }
        assert_eq!(world.place.dispatch("42").0, "target");
        let orphan = world.target.try_rows("INSERT INTO cars VALUES (90, 99, NULL, NULL)");
        // The session of a test has SQLite's checks off; and MySQL 9.7 lets it pass, on the source as well.
        if !matches!(server, Server::Sqlite | Server::MySql) {
            assert!(orphan.is_err(), "{server:?}: the foreign keys are there");
        }
        world.place.run(&["purge", &world.place.last_move(), "--yes"]).expect(0);
        // The next one finds its tables.
        let missing = world
            .place
            .run(&["move", "--client", "7", "--to", "target", "--create-tables"])
            .expect(3);
        assert!(missing.text().contains("models"), "{}", missing.text());
        assert_eq!(world.there(), MADE);
    }
}

#[test]
fn nothing_is_made_for_a_move_that_is_refused() {
    for server in servers() {
        let mut world = World::new(server);
        let refused = world
            .place
            .run(&["move", "--client", "7", "--to", "target", "--create-tables"])
            .expect(3);
        assert!(
            refused.text().contains("missing on target"),
            "{server:?}: {}",
            refused.text()
        );
        assert_eq!(world.there(), [""; 0], "{server:?}");
        let without = world.place.run(&MOVE[..5]).expect(3);
        assert!(without.text().contains("has no table"), "{}", without.text());
    }
}

#[test]
fn a_move_that_fails_leaves_no_table() {
    for server in servers() {
        let mut world = World::new(server);
        let held = world.place.hold(MOVE, "move-copied");
        world.source.run("UPDATE trips SET km = 101 WHERE id = 10");
        let failed = held.go_on().expect(4);
        assert!(failed.text().contains("trips"), "{}", failed.text());
        assert_eq!(world.there(), [""; 0], "{server:?}");
        assert_eq!(world.place.dispatch("42"), ("source".to_owned(), "active".to_owned()));
        world.place.run(MOVE).expect(0);
    }
}

#[test]
fn tables_of_a_move_that_died_are_removed() {
    for server in servers() {
        for point in ["move-frozen", "tables-made", "move-copied", "move-committed"] {
            let mut world = World::new(server);
            world.place.hold(MOVE, point).kill();
            let abort = ["abort", &world.place.last_move(), "--yes"];
            world.place.run(&abort).expect(0);
            assert_eq!(world.there(), [""; 0], "{server:?} killed at {point}");
            assert_eq!(world.place.dispatch("42"), ("source".to_owned(), "active".to_owned()));
            world.place.run(MOVE).expect(0);
            assert_eq!(world.count("cars"), "2");
        }
    }
}

#[test]
fn tables_that_others_have_filled_since_stay() {
    for server in servers() {
        let mut world = World::new(server);
        world.place.hold(MOVE, "move-committed").kill();
        world.target.run("INSERT INTO makers VALUES (9, 'somebody''s')");
        let abort = ["abort", &world.place.last_move(), "--yes"];
        let told = world.place.run(&abort).expect(0);
        assert!(told.stdout.contains("stay there"), "{}", told.stdout);
        assert_eq!(world.there(), MADE, "{server:?}");
        assert_eq!((&*world.count("cars"), &*world.count("makers")), ("0", "1"));
    }
}

/// Somebody prepared the target in the meantime: empty tables of the same names are not ours to remove.
#[test]
fn tables_that_others_have_made_since_stay() {
    for server in servers().filter(|server| *server != Server::Sqlite) {
        for point in ["move-frozen", "tables-made", "move-committed"] {
            let mut world = World::new(server);
            world.place.hold(MOVE, point).kill();
            if server.dialect() == "mysql" && point != "move-frozen" || point == "move-committed" {
                if server.dialect() == "mysql" {
                    world.target.run("SET foreign_key_checks = 0");
                    world.target.run("DROP TABLE trips");
                } else {
                    world.target.run("DROP TABLE trips CASCADE");
                }
            }
            let trips = "CREATE TABLE trips (id int NOT NULL PRIMARY KEY, car_id int NOT NULL, km int)";
            world.target.run(trips);
            let abort = ["abort", &world.place.last_move(), "--yes"];
            let told = world.place.run(&abort).expect(0);
            assert_eq!(
                world.there(),
                ["trips"],
                "{server:?} killed at {point}: {}",
                told.stdout
            );
            if point != "move-frozen" {
                assert!(told.stdout.contains("somebody else has made"), "{}", told.stdout);
            }
        }
    }
}

/// The comments that say whose the tables are go when the move has ended, and those of the source stay.
#[test]
fn comments_are_those_of_the_source() {
    for server in servers().filter(|server| *server != Server::Sqlite) {
        let mut world = World::new(server);
        let (set, get) = if server.dialect() == "mysql" {
            (
                "ALTER TABLE cars COMMENT = 'wheels, it''s \\\\'",
                "SELECT table_comment FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN ('cars', 'makers') ORDER BY table_name",
            )
        } else {
            (
                "COMMENT ON TABLE cars IS 'wheels, it''s \\'",
                "SELECT coalesce(obj_description(oid), '') FROM pg_class WHERE relname IN ('cars', 'makers') ORDER BY relname",
            )
        };
        world.source.run(set);
        let held = world.place.hold(MOVE, "move-committed");
        let during = world.target.column(get);
        assert!(
            during.iter().all(|comment| comment.contains("made by exodus")),
            "{during:?}"
        );
        held.go_on().expect(0);
        assert_eq!(world.target.column(get), ["wheels, it's \\", ""], "{server:?}");
    }
}

#[test]
fn what_exists_is_left_as_it_is_and_must_be_compatible() {
    for server in servers() {
        let mut world = World::new(server);
        world
            .target
            .run("CREATE TABLE clients (id int NOT NULL PRIMARY KEY, name varchar(20), more int)");
        world.place.run(MOVE).expect(0);
        assert_eq!(world.target.column("SELECT more FROM clients"), ["NULL"]);
        assert_eq!(world.there(), MADE, "{server:?}");

        let mut world = World::new(server);
        world.target.run("CREATE TABLE clients (id int NOT NULL PRIMARY KEY)");
        let refused = world.place.run(MOVE).expect(3);
        assert!(refused.text().contains("name is missing"), "{}", refused.text());
        assert_eq!(world.there(), ["clients"], "{server:?}");
    }
}

#[test]
fn a_file_per_client() {
    let mut world = World::new(Server::Sqlite);
    let file = world.place.path().join("client42.sqlite");
    let to = file.to_str().expect("a path in UTF-8").to_owned();
    let without = ["move", "--client", "42", "--to", &to];
    let with = [&without[..], &["--create-tables"]].concat();
    let missing = world.place.run(&without).expect(3);
    assert!(missing.text().contains("there is no such file"), "{}", missing.text());
    let plan = world.place.run(&[&with[..], &["--dry-run"]].concat()).expect(0);
    assert!(plan.stdout.contains("5 tables will be made"), "{}", plan.stdout);
    let nobody = [
        "move",
        "--client",
        "43",
        "--from",
        "source",
        "--to",
        &to,
        "--create-tables",
    ];
    world.place.run(&nobody).expect(3);
    assert!(!file.exists(), "neither a dry run nor a refusal makes the file");
    world.place.hold(&with, "tables-made").kill();
    world.place.run(&["abort", &world.place.last_move(), "--yes"]).expect(0);
    assert!(!file.exists(), "an empty file goes with the move");
    world.place.run(&with).expect(0);
    let made = rusqlite::Connection::open(&file).expect("the file");
    let cars: i64 = made
        .query_row("SELECT count(*) FROM cars", [], |row| row.get(0))
        .expect("the table");
    assert_eq!(cars, 2);
    assert_eq!(world.there(), [""; 0]);
}
