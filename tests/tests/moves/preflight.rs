//! What is found before anything is frozen or copied: databases that are one, columns and triggers that would change a row.

use std::time::{Duration, Instant};

use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};
use exodus_tests::world::{MOVE, World, servers};
use url::Url;

/// The dry run, which is refused as the move is.
const LOOK: [&str; 6] = ["move", "--client", "42", "--to", "target", "--dry-run"];

fn configured(world: &World, lines: &str, source: &str, target: &str) {
    let text = format!("root = \"clients\"\n{lines}\n[databases]\nsource = '{source}'\ntarget = '{target}'\n");
    std::fs::write(world.place.path().join("exodus.toml"), text).expect("a configuration");
}

/// Other names under which a database can be reached.
fn aliases(database: &Database, folder: &Place) -> Vec<String> {
    let Some(path) = database.path() else {
        let mut url = Url::parse(&database.address()).expect("a URL");
        url.set_host(Some("localhost")).expect("a URL with a host");
        return vec![url.to_string()];
    };
    let [symbolic, hard] = ["symbolic.sqlite", "hard.sqlite"].map(|name| folder.path().join(name));
    std::os::unix::fs::symlink(&path, &symbolic).expect("a symbolic link");
    std::fs::hard_link(&path, &hard).expect("a hard link");
    [symbolic, hard].map(|path| format!("sqlite:{}", path.display())).into()
}

#[test]
fn one_database_under_two_names_is_no_source_and_target() {
    for server in servers() {
        let mut world = World::new(server);
        for alias in aliases(&world.source, &world.place) {
            configured(&world, "", &world.source.address(), &alias);
            for arguments in [&MOVE[..], &LOOK] {
                let output = world.fails(arguments, 2);
                assert!(
                    output.stderr.contains("one database under two names"),
                    "{}",
                    output.stderr
                );
            }
        }
    }
}

#[test]
fn the_dispatch_store_is_not_where_the_move_would_lock_it_out() {
    for (name, journal, refused) in [
        ("target", "delete", true),
        ("target", "wal", true),
        ("source", "delete", true),
        ("source", "wal", false),
    ] {
        let mut world = World::new(Server::Sqlite);
        let (source, target) = (world.source.address(), world.target.address());
        let store = if name == "source" {
            &mut world.source
        } else {
            &mut world.target
        };
        store.rows(&format!("PRAGMA journal_mode = {journal}"));
        configured(&world, &format!("dispatch = \"{name}\""), &source, &target);
        world
            .place
            .run(&["dispatch", "init", "--enrol-from", "source"])
            .expect(0);
        let began = Instant::now();
        if refused {
            let output = world.fails(&MOVE, 2);
            assert!(output.stderr.contains("would wait for itself"), "{}", output.stderr);
        } else {
            world.place.run(&MOVE).expect(0);
        }
        assert!(began.elapsed() < Duration::from_secs(20), "it waited for itself");
    }
}

#[test]
fn a_label_that_the_target_lacks_is_found_before_the_copy() {
    for server in servers() {
        let (here, there, difference) = match server.dialect() {
            "postgres" => (
                "CREATE TYPE mood AS ENUM ('glad', 'sad'); ALTER TABLE orders ADD mood mood[]",
                "CREATE TYPE mood AS ENUM ('glad'); ALTER TABLE orders ADD mood mood[]",
                "'sad'",
            ),
            "mysql" => (
                "ALTER TABLE orders ADD mood ENUM('glad', 'sad')",
                "ALTER TABLE orders ADD mood ENUM('glad', 'Sad')",
                "enum('glad','Sad')",
            ),
            _ => continue,
        };
        let mut world = World::new(server);
        world.source.run(here);
        world.target.run(there);
        let output = world.fails(&MOVE, 3);
        let words: Vec<&str> = output.stderr.split_whitespace().collect();
        let text = words.join(" ");
        assert!(text.contains("column mood") && text.contains(difference), "{text}");
    }
}

#[test]
fn collations_of_keys_must_be_equal_and_others_are_told() {
    for server in servers() {
        let [key, other] = match server {
            Server::MariaDb | Server::MySql => [
                "ALTER TABLE clients MODIFY email VARCHAR(60) COLLATE utf8mb4_bin NOT NULL",
                "ALTER TABLE orders MODIFY note VARCHAR(60) COLLATE utf8mb4_bin",
            ],
            Server::Sqlite => [
                "DROP TABLE orders; DROP TABLE clients;
                 CREATE TABLE clients (id INT PRIMARY KEY, city_id INT NOT NULL, email VARCHAR(60) COLLATE NOCASE NOT NULL
                     UNIQUE, FOREIGN KEY (city_id) REFERENCES cities (id));
                 CREATE TABLE orders (id INT PRIMARY KEY, client_id INT NOT NULL, note VARCHAR(60),
                     FOREIGN KEY (client_id) REFERENCES clients (id))",
                "DROP TABLE orders;
                 CREATE TABLE orders (id INT PRIMARY KEY, client_id INT NOT NULL, note VARCHAR(60) COLLATE NOCASE,
                     FOREIGN KEY (client_id) REFERENCES clients (id))",
            ],
            Server::Postgres | Server::Postgres18 => continue,
        };
        let mut world = World::new(server);
        world.target.run(key);
        let output = world.fails(&MOVE, 3);
        assert!(
            output.stderr.contains("column email has the collation"),
            "{}",
            output.stderr
        );

        let mut world = World::new(server);
        world.target.run(other);
        let output = world.fails(&LOOK, 0);
        assert!(
            output.stdout.contains("column note has the collation"),
            "{}",
            output.stdout
        );
        world.place.run(&MOVE).expect(0);
    }
}

#[test]
fn triggers_that_set_columns_are_named_before_the_copy() {
    for server in servers() {
        let (trigger, guard) = match server.dialect() {
            "mysql" => (
                "CREATE TRIGGER tidy BEFORE INSERT ON orders FOR EACH ROW SET NEW.note = UPPER(NEW.note)",
                "IF @exodus_copy IS NULL THEN",
            ),
            "postgres" => (
                "CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS
                     $$ BEGIN NEW.note := UPPER(NEW.note); RETURN NEW; END $$;
                 CREATE TRIGGER tidy BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION tidy()",
                "IF current_setting('exodus.copy', true) IS NULL THEN",
            ),
            _ => continue,
        };
        let arguments = |arguments: &[&'static str]| [arguments, &["--integrity", "enforced"]].concat();
        let mut world = World::new(server);
        world.target.run(trigger);
        // Nobody has to find out by a move that fails.
        let output = world.fails(&arguments(&LOOK), 3);
        assert!(
            output.stdout.contains("trigger tidy on target sets columns"),
            "{}",
            output.stdout
        );
        let output = world.fails(&arguments(&MOVE), 3);
        let said = output.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(guard), "{said}");
    }
}

#[test]
fn triggers_that_cannot_be_seen_are_told() {
    for server in [Server::MariaDb, Server::MySql] {
        if !server.is_there() {
            continue;
        }
        let mut world = World::new(server);
        let (user, database) = (world.target.name().to_owned(), world.target.name().to_owned());
        let mut url = Url::parse(&world.target.address()).expect("a URL");
        url.set_username(&user).expect("a URL with a host");
        url.set_password(Some("planted-secret")).expect("a URL with a host");
        world
            .target
            .run(&format!("CREATE USER {user} IDENTIFIED BY 'planted-secret'"));
        world
            .target
            .run(&format!("GRANT SELECT, INSERT, DELETE ON `{database}`.* TO {user}"));
        configured(&world, "", &world.source.address(), url.as_str());
        let without = world.place.run(&LOOK);
        world
            .target
            .run(&format!("GRANT TRIGGER ON `{database}`.`orders` TO {user}"));
        let partly = world.place.run(&LOOK);
        world.target.run(&format!("GRANT TRIGGER ON `{database}`.* TO {user}"));
        let with = world.place.run(&LOOK);
        world.target.run(&format!("DROP USER {user}"));
        assert!(
            without
                .stderr
                .contains("triggers of cities, clients, orders can't be seen"),
            "{without:#?}"
        );
        assert!(
            partly.stderr.contains("triggers of cities, clients can't be seen"),
            "{partly:#?}"
        );
        assert!(!with.stderr.contains("can't be seen"), "{with:#?}");
        with.expect(0);
    }
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a dry run says has to be what the move would meet: it would not even begin.
#[test]
fn a_dry_run_says_what_the_dispatch_store_does_not_let_go() {
    let mut world = World::new(Server::Sqlite);
    world
        .place
        .run(&["freeze", "--client", "42", "--reason", "an audit"])
        .expect(0);
    let output = world.place.run(&LOOK).expect(3);
    for says in ["was frozen by hand", "(an audit)", "exodus unfreeze --client 42"] {
        assert!(words(&output.stdout).contains(says), "`{says}`: {}", output.text());
    }
    world.place.run(&["unfreeze", "--client", "42"]).expect(0);
    world.place.run(&LOOK).expect(0);
    world.place.hold(&MOVE, "move-frozen").kill();
    let output = world.place.run(&LOOK).expect(3);
    let id = world.place.last_move();
    for says in [format!("exodus resume {id}"), format!("exodus abort {id}")] {
        assert!(words(&output.stdout).contains(&says), "`{says}`: {}", output.text());
    }
    let json = world
        .place
        .run(&[&LOOK[..], &["--format", "json"]].concat())
        .expect(3)
        .json();
    assert_eq!(json["plan"]["problems"][0]["check"], "dispatch", "{json:#}");
    world.place.run(&["abort", &id, "--yes"]).expect(0);
    world.fails(&LOOK, 0);
}

/// A prepared transaction ends only if somebody ends it: the client would be frozen for nothing.
#[test]
fn prepared_transactions_on_the_source_are_named_before_the_freeze() {
    for server in servers() {
        let mut world = World::new(server);
        let name = world.source.name().to_owned();
        let mut beside = exodus_tests::beside::Beside::of(&world.source);
        let (prepare, end) = match server.dialect() {
            "postgres" => (
                format!("BEGIN; INSERT INTO orders VALUES (9, 7, 'planted-secret'); PREPARE TRANSACTION '{name}'"),
                format!("ROLLBACK PREPARED '{name}'"),
            ),
            "mysql" => (
                format!(
                    "XA START '{name}'; INSERT INTO orders VALUES (9, 7, 'planted-secret'); XA END '{name}'; XA PREPARE '{name}'"
                ),
                format!("XA ROLLBACK '{name}'"),
            ),
            _ => continue,
        };
        if beside.run(&prepare).is_err() {
            println!("SKIPPED: {server:?} has no prepared transactions");
            continue;
        }
        // Then it is nobody's, as soon as the server has noticed.
        drop(beside);
        let until = Instant::now() + Duration::from_secs(20);
        let told = loop {
            let output = world.place.run(&LOOK);
            if output.stdout.contains("would wait for") || Instant::now() > until {
                break words(&output.stdout);
            }
        };
        // Of many clients, it is said once, and not for each.
        let many = world
            .place
            .run(&["move", "--where", "1 = 1", "--to", "target", "--dry-run"]);
        let many = words(&many.text());
        let ours = if server.dialect() == "postgres" {
            name.as_str()
        } else {
            ""
        };
        let said = many.matches("each frozen client would wait for").count();
        assert!(said >= 1 && (ours.is_empty() || said == 1), "{server:?}: {many}");
        while exodus_tests::beside::Beside::of(&world.source).run(&end).is_err() {
            assert!(Instant::now() < until, "{server:?}: it does not end");
        }
        for says in ["the frozen client would wait for", "let it commit or roll back"] {
            assert!(told.contains(says), "{server:?}: `{says}`: {told}");
        }
        let output = world.fails(&LOOK, 0);
        // Those of MySQL and MariaDB belong to no database: other tests have some, too.
        let waits = server.dialect() == "postgres" && output.text().contains("would wait for");
        assert!(!waits, "{}", output.text());
    }
}
