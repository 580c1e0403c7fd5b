//! Clients that something stands against: found while they are frozen, and nothing of that is left.

use exodus_tests::binary::Place;
use exodus_tests::database::Database;
use exodus_tests::world::servers;

use crate::crowd::{Crowd, lines, outcomes};

/// Each is looked at once, when it is frozen: whoever is refused is free again, has left nothing on the target, and its
/// session serves the next one.
#[test]
fn who_is_refused_is_free_again() {
    for server in servers() {
        let mut crowd = Crowd::new(server, 6);
        crowd
            .world
            .target
            .run("UPDATE cities SET name = 'planted-secret-city' WHERE id = 2");
        crowd.before = crowd.world.dumps();
        let more = ["--jobs", "2", "--format", "json"];
        let dry = crowd.run(&[&more[..], &["--dry-run"]].concat()).expect(3);
        let expected = [("planned", 3), ("refused", 3)].map(|(word, n)| (word.to_owned(), n));
        assert_eq!(outcomes(&dry), expected.into(), "{dry:#?}");
        crowd.moved("a dry run", &[]);
        let output = crowd.run(&more).expect(3);
        let expected = [("moved", 3), ("refused", 3)].map(|(word, n)| (word.to_owned(), n));
        assert_eq!(outcomes(&output), expected.into(), "{output:#?}");
        let message = lines(&output).0["101"]["error"]["message"].to_string();
        assert!(message.contains("need differ on target: 1"), "{message}");
        crowd.moved("three were refused", &[100, 102, 104]);
        // What was tried is written down, with the reason.
        let moves = crowd.world.place.run(&["moves", "--format", "json"]).expect(0).json();
        let ended = |status: &str| {
            let moves = moves["moves"].as_array().into_iter().flatten();
            moves.filter(|it| it["status"] == *status).count()
        };
        assert_eq!((ended("switched"), ended("aborted")), (3, 3), "{moves:#}");
        crowd.world.target.run("UPDATE cities SET name = 'Bergen' WHERE id = 2");
        let cities = crowd.world.dumps().1.remove("cities").expect("the context");
        crowd.before.1.insert("cities".to_owned(), cities);
        let output = crowd.run(&more).expect(0);
        let expected = [("moved", 3), ("skipped", 3)].map(|(word, n)| (word.to_owned(), n));
        assert_eq!(outcomes(&output), expected.into(), "{output:#?}");
        crowd.moved("all", &[100, 101, 102, 103, 104, 105]);
    }
}

const SCHEMA: &str = "
    CREATE TABLE clients (id INT PRIMARY KEY, name VARCHAR(40));
    CREATE TABLE garages (id INT PRIMARY KEY, client_id INT NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id));
    CREATE TABLE rides (id INT PRIMARY KEY, client_id INT NOT NULL, garage_id INT,
        FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (garage_id) REFERENCES garages (id));
";

/// On the way back a client meets its own rows, which a purge has kept for others: that they are these is told.
#[test]
fn rows_that_a_purge_has_kept_are_told() {
    for server in servers() {
        let (mut source, mut target) = (Database::create(server), Database::create(server));
        source.run(&format!(
            "{SCHEMA} INSERT INTO clients VALUES (42, 'one'), (7, 'other'); INSERT INTO garages VALUES (1, 42), (2, 42);
             INSERT INTO rides VALUES (1, 42, 2), (2, 7, 1);"
        ));
        target.run(SCHEMA);
        let place = Place::of("root = \"clients\"\n", &source, &target);
        place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
        std::fs::write(place.path().join("keys"), "42\n").expect("a file of keys");
        let many = |to| ["move", "--clients-file", "keys", "--to", to, "--format", "json"];
        let keep = [&many("target")[..], &["--incoming", "rides(garage_id)=keep"]].concat();
        assert_eq!(outcomes(&place.run(&keep).expect(0)), [("moved".to_owned(), 1)].into());
        let id = place.last_move();
        place.run(&["purge", &id, "--yes"]).expect(0);
        let back = place.run(&many("source")).expect(3);
        assert_eq!(outcomes(&back), [("refused".to_owned(), 1)].into(), "{back:#?}");
        let barred = format!("kept there by the purge of move {id}, because rows of others reference them");
        let message = lines(&back).0["42"]["error"]["message"].to_string();
        let words: Vec<&str> = message.split("\\n").map(str::trim).collect();
        assert!(words.join(" ").contains(&barred), "{message}");
        assert_eq!(place.dispatch("42"), ("target".to_owned(), "active".to_owned()));
    }
}
