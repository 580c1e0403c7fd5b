//! Texts in MySQL's and MariaDB's older character sets on their way to and from other products: where the server would
//! show `?` and say nothing, the plan does. Every character of every set is tried in the engine's own tests.

use exodus_tests::database::{Database, Server};

use crate::case::{Case, Table, named};

const SERVERS: [Server; 2] = [Server::MySql, Server::MariaDb];
const OTHERS: [Server; 2] = [Server::Postgres, Server::Sqlite];

fn each_pair(test: impl Fn(Server, Server)) {
    for from in SERVERS {
        for to in OTHERS {
            if from.is_there() && to.is_there() {
                test(from, to);
            }
        }
    }
}

/// The client's table on one side only.
fn case(from: Server, to: Server, table: Table) -> Case {
    let case = Case::on_source(Database::create(from), Database::create(to), vec![table]);
    case.place
        .run(&["dispatch", "init", "--enrol-from", "source"])
        .expect(0);
    case
}

fn one(declared: &str, value: &str) -> Table {
    named("t", &format!("v {declared}"), "v", &["'a'", value, "NULL"])
}

const MOVE: [&str; 6] = ["move", "--client", "42", "--to", "target", "--create-tables"];

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Bytes that are stored, and that Unicode has no character for: the server says `?`, on both sides of a comparison.
#[test]
fn no_question_marks_arrive() {
    each_pair(|from, to| {
        for (declared, value) in [
            ("varchar(9) CHARACTER SET big5", "x'a3c0'"),
            ("text CHARACTER SET euckr", "x'61a2e8'"),
            ("char(5) CHARACTER SET hebrew", "x'a1'"),
            ("varchar(9) CHARACTER SET tis620", "x'a0'"),
            ("varchar(9) CHARACTER SET ucs2", "x'd800'"),
        ] {
            let mut case = case(from, to, one(declared, value));
            for more in [&[][..], &["--allow-lossy"], &["--integrity", "enforced"]] {
                let told = words(&case.place.run(&[&MOVE[..], more].concat()).expect(3).text());
                assert!(told.contains("column v: 1 value: text"), "{declared}: {told}");
                assert!(!told.contains("copying"), "{declared}: {told}");
            }
            assert_eq!(case.source.column("SELECT COUNT(*) FROM t"), ["4"], "{declared}");
        }
    });
}

/// Two ways to write one character: it is the same text on the other side, and other bytes when it comes back.
#[test]
fn characters_that_are_written_in_two_ways() {
    each_pair(|from, to| {
        // A backslash, which comes back as the wide one; and a sign that IBM and NEC have each put into their own row.
        for (declared, value) in [
            ("varchar(9) CHARACTER SET sjis", "x'415c42'"),
            ("varchar(9) CHARACTER SET cp932", "x'8790'"),
        ] {
            let mut case = case(from, to, one(declared, value));
            let told = words(&case.place.run(&MOVE).expect(3).text());
            assert!(told.contains("which Unicode knows one"), "{declared}: {told}");
            case.place.run(&[&MOVE[..], &["--allow-lossy"]].concat()).expect(0);
            let arrived = case.target.column("SELECT v FROM t WHERE id = 1");
            let shown = case
                .source
                .column("SELECT CONVERT(v USING utf8mb4) FROM t WHERE id = 1");
            assert_eq!(arrived, shown, "{declared}");
        }
    });
}

/// The labels of an ENUM are texts of its character set, too.
#[test]
fn labels_come_back() {
    each_pair(|from, to| {
        let table = named(
            "t",
            "v enum('ソ','a') CHARACTER SET sjis, s set('я','b') CHARACTER SET koi8r, e varchar(9) CHARACTER SET ucs2",
            "v, s, e",
            &["'ソ', 'я,b', 'é'", "'a', '', ''", "NULL, NULL, NULL"],
        );
        let mut case = case(from, to, table);
        case.place.run(&MOVE).expect(0);
        case.place.run(&["purge", &case.place.last_move(), "--yes"]).expect(0);
        case.place.run(&["move", "--client", "42", "--to", "source"]).expect(0);
        let wrong = case.wrong_on_source();
        assert!(wrong.is_empty(), "{wrong:?}");
    });
}

/// What the column of the target has no character for is found before anything is copied; and what goes with it stays.
#[test]
fn what_the_target_has_no_character_for() {
    each_pair(|to, from| {
        // The last two would be stored without a word: one character of `cp932` is another one when it comes back, and
        // `sjis` has no wide backslash beside the plain one.
        for (charset, good, bad) in [
            ("koi8r", "я", "é"),
            ("swe7", "a", "["),
            ("euckr", "가", "я́"),
            ("cp932", "ソ", "\u{6661}"),
            ("sjis", "\\\\", "\u{ff3c}"),
        ] {
            let good = if from == Server::Postgres {
                good.replace("\\\\", "\\")
            } else {
                good.to_owned()
            };
            let mut case = case(from, to, named("t", "v text", "v", &[&format!("'{good}'")]));
            case.target.run("CREATE TABLE clients (id int PRIMARY KEY)");
            case.target.run(&format!(
                "CREATE TABLE t (id int PRIMARY KEY, client_id int NOT NULL, v varchar(20) CHARACTER SET {charset}, \
                 FOREIGN KEY (client_id) REFERENCES clients (id))"
            ));
            case.source.run(&format!("INSERT INTO t VALUES (5, 42, '{good}{bad}')"));
            let told = words(&case.place.run(&MOVE).expect(3).text());
            let says = "column v: 1 value: text with characters that the target column's character set has not";
            assert!(told.contains(says), "{charset}: {told}");
            assert!(!told.contains("copying"), "{charset}: {told}");
            case.source.run("DELETE FROM t WHERE id = 5");
            case.place.run(&MOVE).expect(0);
            let stored = case.target.column("SELECT CONVERT(v USING utf8mb4) FROM t");
            assert_eq!(
                stored,
                case.source.column("SELECT v FROM t WHERE client_id = 42"),
                "{charset}"
            );
        }
    });
}
