//! Masked exports: nothing of the values gets out, and everything still fits together.

use exodus_tests::database::{Database, Server};
use exodus_tests::world::servers;

use crate::support::{Ends, client};

const EMAIL: &str = "clients.email=fake-email";

#[test]
fn masked_columns_hold_nothing_of_what_was_there() {
    for server in servers() {
        let mut ends = Ends::on(server);
        ends.source
            .run("UPDATE clients SET phone = '+371 20000000' WHERE id = 42");
        for format in ["jsonl", "sql"] {
            let file = format!("x.{format}");
            let arguments = ["--to", &file, "--mask", EMAIL, "--mask", "clients.phone=hash"];
            let output = ends.export(&arguments).expect(0);
            assert!(output.stdout.contains("no backup"), "{}", output.stdout);
            let text = std::fs::read_to_string(ends.place.path().join(&file)).expect("the file");
            assert!(!text.contains("planted-secret") && !text.contains("20000000"), "{text}");
            assert!(text.contains("clients.email=fake-email"), "the manifest says so");
        }
        let output = ends.place.run(&["import", "x.jsonl", "--to", "target"]).expect(0);
        assert!(output.stderr.contains("is masked"), "{}", output.stderr);
        let found = client(&mut ends.target);
        let (email, phone) = (
            found[0][2].clone().expect("not NULL"),
            found[0][3].clone().expect("not NULL"),
        );
        assert!(email.ends_with("@example.com") && email.len() <= 60, "{email}");
        assert!(
            phone.len() <= 20 && phone.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{phone}"
        );
        assert_eq!(found[1..], client(&mut ends.source)[1..], "all else is as it was");
    }
}

/// A value that is there twice has one token, and another one in the next export.
#[test]
fn tokens_repeat_within_an_export() {
    let (mut source, target) = (Database::create(Server::Sqlite), Database::create(Server::Sqlite));
    source.run(
        "CREATE TABLE clients (id INTEGER PRIMARY KEY); INSERT INTO clients VALUES (42);
         CREATE TABLE notes (id INTEGER PRIMARY KEY, client_id INTEGER NOT NULL REFERENCES clients (id), v TEXT);
         INSERT INTO notes VALUES (1, 42, 'same'), (2, 42, 'same'), (3, 42, 'other'), (4, 42, NULL), (5, 42, '');",
    );
    let place = exodus_tests::binary::Place::of("root = \"clients\"\n[mask]\n\"notes.v\" = \"hash\"", &source, &target);
    let exported = || {
        place
            .run(&[
                "export", "--client", "42", "--from", "source", "--to", "x.jsonl", "--force",
            ])
            .expect(0);
        let text = std::fs::read_to_string(place.path().join("x.jsonl")).expect("the file");
        let rows = text.lines().filter(|line| line.starts_with("{\"table\":\"notes\""));
        let values =
            rows.map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["row"]["v"].clone());
        values.collect::<Vec<_>>()
    };
    let (one, two) = (exported(), exported());
    assert_eq!(one[0], one[1]);
    assert_ne!(one[0], one[2]);
    assert!(one[3].is_null());
    assert_ne!(one[4], "");
    assert_ne!(one[0], two[0], "another export has another secret");
    place
        .run(&[
            "export",
            "--client",
            "42",
            "--from",
            "source",
            "--to",
            "x.jsonl",
            "--force",
            "--unmasked",
        ])
        .expect(0);
    assert!(
        std::fs::read_to_string(place.path().join("x.jsonl"))
            .expect("the file")
            .contains("\"same\"")
    );
}

/// What would break keys or relations, or does not exist, is refused before anything is read.
#[test]
fn masks_that_can_not_be() {
    let ends = Ends::on(Server::Sqlite);
    for (mask, told) in [
        ("clients.id=hash", "part of a key, or of a relation"),
        ("clients.city_id=null", "part of a key, or of a relation"),
        ("clients.email=null", "must not be NULL"),
        ("clients.emial=hash", "did you mean email?"),
        ("client.email=hash", "did you mean clients?"),
        ("cities.name=hash", "the client has no table cities"),
        ("empties.id=hash", "part of a key"),
        ("\"Order, “of”\".price=hash", "is no text"),
        ("clients.email", "is no mask"),
        ("clients.email=md5", "is no mask"),
    ] {
        let refused = ends.export(&["--to", "x.jsonl", "--mask", mask]).expect(2);
        assert!(refused.stderr.contains(told), "{mask}: {}", refused.stderr);
        assert!(!ends.place.path().join("x.jsonl").exists());
    }
}
