//! Texts that are equal on one side and not on the other: found before anything is copied.

use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};

const MY: [Server; 2] = [Server::MySql, Server::MariaDb];
const EXACT: [Server; 2] = [Server::Postgres, Server::Sqlite];

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Runs the statements on each side, and enrols the clients.
fn place(source: (Server, &str), target: (Server, &str)) -> Option<(Place, Database, Database)> {
    if !source.0.is_there() || !target.0.is_there() {
        return None;
    }
    let (mut here, mut there) = (Database::create(source.0), Database::create(target.0));
    for (database, statements) in [(&mut here, source.1), (&mut there, target.1)] {
        for sql in statements.split(';').map(str::trim).filter(|sql| !sql.is_empty()) {
            database.run(sql);
        }
    }
    let place = Place::of("root = \"clients\"", &here, &there);
    place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
    Some((place, here, there))
}

fn moves(place: &Place, code: i32) -> String {
    let told = words(
        &place
            .run(&["move", "--client", "42", "--to", "target"])
            .expect(code)
            .text(),
    );
    assert!(code == 0 || !told.contains("copying"), "{told}");
    told
}

fn tables(text: &str, key: &str) -> String {
    format!(
        "CREATE TABLE clients (id int NOT NULL PRIMARY KEY); CREATE TABLE t (id int NOT NULL PRIMARY KEY, client_id int NOT NULL, \
         code {text} NOT NULL, {key} FOREIGN KEY (client_id) REFERENCES clients (id));"
    )
}

/// Keys of the client that would be one on the target; the plan says so before, and how many.
#[test]
fn keys_that_the_target_takes_for_equal() {
    let here = tables("varchar(9)", "UNIQUE (code),");
    let rows = "INSERT INTO clients VALUES (42), (7); INSERT INTO t VALUES (1, 42, 'ab'), (2, 42, 'AB'), (3, 42, 'äb'), (4, 42, 'c'), \
                (5, 42, 'c '), (6, 42, '6'), (7, 7, 'Ab')";
    let mut targets: Vec<(Server, &str, &str)> = vec![(Server::Sqlite, "varchar(9) COLLATE NOCASE", "1")];
    for server in MY {
        // Blanks at the end count for no `_bin` of old; accents do.
        targets.push((
            server,
            "varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
            "3",
        ));
        targets.push((server, "varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "1"));
    }
    for from in EXACT {
        // Within one product columns of a key must have one collation.
        for (to, text, merged) in targets.iter().filter(|(to, ..)| *to != from) {
            let there = tables(text, "UNIQUE (code),");
            let Some((place, mut source, mut target)) = place((from, &format!("{here}{rows}")), (*to, &there)) else {
                continue;
            };
            let told = moves(&place, 3);
            let says = "texts of (code) that differ here are equal on target, which compares them by";
            assert!(told.contains(says), "{to:?} {text}: {told}");
            assert!(told.contains(&format!(": {merged}")), "{to:?} {text}: {told}");
            source.run("DELETE FROM t WHERE id IN (2, 3, 5)");
            moves(&place, 0);
            assert_eq!(target.column("SELECT id FROM t ORDER BY id"), ["1", "4", "6"]);
        }
    }
}

/// Nothing on the target would keep these from being stored: a child would have two parents.
#[test]
fn parents_that_become_two() {
    let here = "CREATE TABLE clients (id int NOT NULL PRIMARY KEY); CREATE TABLE p (id int NOT NULL PRIMARY KEY, client_id int NOT NULL \
                REFERENCES clients (id), code varchar(9) NOT NULL UNIQUE); CREATE TABLE c (id int NOT NULL PRIMARY KEY, code varchar(9) NOT NULL \
                REFERENCES p (code)); INSERT INTO clients VALUES (42); INSERT INTO p VALUES (1, 42, 'x'), (2, 42, 'X'); INSERT INTO c VALUES (1, 'x')";
    let there = "CREATE TABLE clients (id int NOT NULL PRIMARY KEY); CREATE TABLE p (id int NOT NULL PRIMARY KEY, client_id int NOT NULL, \
                 code varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL, KEY (code)); \
                 CREATE TABLE c (id int NOT NULL PRIMARY KEY, code varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL)";
    for from in EXACT {
        for to in MY {
            if let Some((place, ..)) = place((from, here), (to, there)) {
                let told = moves(&place, 3);
                assert!(
                    told.contains("texts of (code) that differ here are equal on target"),
                    "{told}"
                );
            }
        }
    }
}

/// What a collation holds together falls apart where bytes are compared.
#[test]
fn references_that_only_a_collation_holds() {
    let here = "CREATE TABLE clients (id int NOT NULL PRIMARY KEY); CREATE TABLE p (code varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci \
                NOT NULL PRIMARY KEY, client_id int NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id)); \
                CREATE TABLE c (id int NOT NULL PRIMARY KEY, code varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci, \
                FOREIGN KEY (code) REFERENCES p (code)); INSERT INTO clients VALUES (42), (7); INSERT INTO p VALUES ('ab', 42), ('cd', 42), ('z', 7); \
                INSERT INTO c VALUES (1, 'AB'), (2, 'cd '), (3, 'ab'), (4, NULL), (5, 'Z')";
    for from in MY {
        for to in EXACT {
            let Some((place, mut source, mut target)) = place((from, here), (to, "")) else {
                continue;
            };
            let told = words(
                &place
                    .run(&["move", "--client", "42", "--to", "target", "--create-tables"])
                    .expect(3)
                    .text(),
            );
            let says = "rows reference others by a text that is equal to theirs here and another one there (capitals, accents, blanks at the end): 2";
            assert!(told.contains(says), "{told}");
            source.run("UPDATE c SET code = 'ab' WHERE id = 1");
            source.run("UPDATE c SET code = 'cd' WHERE id = 2");
            place
                .run(&["move", "--client", "42", "--to", "target", "--create-tables"])
                .expect(0);
            assert_eq!(target.column("SELECT code FROM c ORDER BY id"), ["ab", "cd", "ab"]);
        }
    }
}

/// l41: rows are compared by their bytes, whatever collations take for equal.
///
/// Two context rows whose keys differ in capitals only are two, and both are compared.
#[test]
fn context_rows_that_differ_in_capitals() {
    let tables = "CREATE TABLE clients (id int NOT NULL PRIMARY KEY); CREATE TABLE codes (code varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin \
                  NOT NULL PRIMARY KEY, name varchar(9)); CREATE TABLE t (id int NOT NULL PRIMARY KEY, client_id int NOT NULL, \
                  code varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id), \
                  FOREIGN KEY (code) REFERENCES codes (code));";
    let rows = "INSERT INTO codes VALUES ('a', 'one'), ('A', 'two'); INSERT INTO clients VALUES (42); INSERT INTO t VALUES (1, 42, 'a'), (2, 42, 'A')";
    for server in MY {
        for (others, says) in [
            (
                "('a', 'one'), ('A', 'other')",
                "rows that this client's rows need differ on target: 1",
            ),
            (
                "('a', 'other'), ('A', 'two')",
                "rows that this client's rows need differ on target: 1",
            ),
            (
                "('a', 'one')",
                "rows that this client's rows need are missing on target: 1",
            ),
        ] {
            let there = format!("{tables} INSERT INTO codes VALUES {others}");
            if let Some((place, ..)) = place((server, &format!("{tables}{rows}")), (server, &there)) {
                let told = moves(&place, 3);
                assert!(told.contains(says), "{server:?}: {told}");
            }
        }
    }
}
