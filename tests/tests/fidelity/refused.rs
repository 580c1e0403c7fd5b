//! What can't arrive as what it is is refused before anything is copied, with the column and the reason.

use exodus_tests::database::{Database, Server};
use exodus_tests::dump;

use crate::case::{Case, Table, named};
use crate::values;

/// A table that holds something that can't travel, and what is said about it.
fn refused(server: Server, table: Table, after: &str, says: &[&str]) {
    if !server.is_there() {
        return;
    }
    let mut case = values::case_of(server, "", vec![table]);
    if !after.is_empty() {
        case.source.run(after);
    }
    stays(&mut case, says);
}

/// Nothing is moved, and that is said.
fn stays(case: &mut Case, says: &[&str]) {
    case.place
        .run(&["dispatch", "init", "--enrol-from", "source"])
        .expect(0);
    let before = both(case);
    for integrity in ["proven", "enforced"] {
        let output = case.run("target", integrity).expect(3);
        let text = output.text().split_whitespace().collect::<Vec<_>>().join(" ");
        for part in says {
            assert!(text.contains(part), "`{part}` is not said:\n{}", output.text());
        }
        assert!(!text.contains("copying"), "something was copied:\n{}", output.text());
        assert!(both(case) == before, "something was changed");
    }
    assert_eq!(case.place.dispatch("42"), ("source".to_owned(), "active".to_owned()));
}

fn both(case: &mut Case) -> (dump::Dump, dump::Dump) {
    (dump::all(&mut case.source), dump::all(&mut case.target))
}

/// Audit tables that triggers fill with `JSON_OBJECT('old', OLD.price)` are full of them. As text `1.10` would arrive as
/// 1.1, and a date as a text, which nobody would notice.
#[test]
fn l24_json_with_values_of_sql() {
    for value in [
        "JSON_OBJECT('price', CAST(1.10 AS decimal(9, 2)))",
        "JSON_ARRAY(CAST(12345678901234567890.123456789 AS decimal(40, 9)))",
        "CAST(CAST('2024-01-01' AS date) AS JSON)",
        "JSON_ARRAY(JSON_OBJECT('at', CAST('2024-01-01 10:00:00' AS datetime)))",
        "JSON_ARRAY(CAST('10:00:00' AS time))",
        "JSON_ARRAY(x'00ff')",
    ] {
        refused(
            Server::MySql,
            named("t", "v json", "v", &["'{\"a\": 1.1}'", value]),
            "",
            &["column v: 1 value: JSON with decimals, dates, times or bytes"],
        );
    }
}

/// To another product they go as what is shown, and would come back as numbers and texts: for those who ask for it.
#[test]
fn l24_json_with_values_of_sql_to_another_product() {
    for to in [Server::Postgres, Server::Sqlite] {
        if !Server::MySql.is_there() || !to.is_there() {
            continue;
        }
        let table = named(
            "t",
            "v json",
            "v",
            &["'{\"a\": 1.1}'", "CAST(CAST('2024-01-01' AS date) AS JSON)", "NULL"],
        );
        let mut case = Case::on_source(Database::create(Server::MySql), Database::create(to), vec![table]);
        let arguments = ["move", "--client", "42", "--to", "target", "--create-tables"];
        case.place
            .run(&["dispatch", "init", "--enrol-from", "source"])
            .expect(0);
        let text = case.place.run(&arguments).expect(3).text();
        let said = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            said.contains("column v: 1 value: JSON with decimals, dates, times or bytes"),
            "{said}"
        );
        case.place.run(&[&arguments[..], &["--allow-lossy"]].concat()).expect(0);
        assert_eq!(case.target.column("SELECT v FROM t WHERE id = 1"), ["\"2024-01-01\""]);
    }
}

/// A number is all that the other product would get of them.
#[test]
fn large_objects_to_another_product() {
    if Server::Postgres.is_there() {
        let table = named("t", "v oid", "v", &["1", "NULL"]);
        let mut case = Case::on_source(
            Database::create(Server::Postgres),
            Database::create(Server::Sqlite),
            vec![table],
        );
        case.source
            .run("UPDATE t SET v = lo_from_bytea(0, '\\x00ff') WHERE id = 0");
        case.place
            .run(&["dispatch", "init", "--enrol-from", "source"])
            .expect(0);
        let arguments = [
            "move",
            "--client",
            "42",
            "--to",
            "target",
            "--create-tables",
            "--allow-lossy",
        ];
        let text = case.place.run(&arguments).expect(3).text();
        assert!(text.contains("column v: 1 value: large objects"), "{text}");
    }
}

#[test]
fn large_objects() {
    for server in [Server::Postgres, Server::Postgres18] {
        refused(
            server,
            named("t", "v oid", "v", &["1", "NULL"]),
            "UPDATE t SET v = lo_from_bytea(0, '\\x00ff') WHERE id = 0",
            &["column v: 1 value: large objects"],
        );
    }
}

#[test]
fn types_that_no_server_reads() {
    for server in [Server::Postgres, Server::Postgres18] {
        refused(
            server,
            named("t", "v pg_node_tree, d int DEFAULT 5", "v", &["NULL"]),
            "INSERT INTO t (id, client_id, v) SELECT 5, 42, adbin FROM pg_attrdef LIMIT 1",
            &["column v: 1 value: of a type whose values no server reads back"],
        );
    }
}

#[test]
fn times_of_system_versioning() {
    refused(
        Server::MariaDb,
        named(
            "t",
            "v int, s timestamp(6) GENERATED ALWAYS AS ROW START, e timestamp(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (s, e); WITH SYSTEM VERSIONING",
            "v",
            &["1"],
        ),
        "",
        &["column s: 1 value: the time at which this server stored the row"],
    );
}

/// What a row was before is in no row.
#[test]
fn history_stays_and_is_told_of() {
    if Server::MariaDb.is_there() {
        let table = named("t", "v int; WITH SYSTEM VERSIONING", "v", &["1", "2"]);
        let mut case = values::case_of(Server::MariaDb, "", vec![table]);
        case.source.run("UPDATE t SET v = 3 WHERE id = 1");
        case.source.run("UPDATE t SET v = 2 WHERE id = 1");
        case.place
            .run(&["dispatch", "init", "--enrol-from", "source"])
            .expect(0);
        let told = case.run("target", "proven").expect(0).text();
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains("earlier versions of its rows"), "{told}");
        assert_eq!(case.target.column("SELECT v FROM t ORDER BY id"), ["1", "2"]);
    }
}

/// An older server reads the binary form of an endless interval as one that ends.
#[test]
fn endless_intervals_on_an_older_server() {
    if Server::Postgres.is_there() && Server::Postgres18.is_there() {
        let (source, target) = (Database::create(Server::Postgres18), Database::create(Server::Postgres));
        let table = named("t", "v interval", "v", &["'1 day'"]);
        let mut case = Case::new(source, target, "", "", vec![table]);
        case.source.run("INSERT INTO t VALUES (5, 42, 'infinity')");
        stays(&mut case, &["column v: 1 value: endless intervals"]);
    }
}

/// Bytes that are no text arrive as the sign for that in a file of another encoding: verification sees it.
#[test]
fn broken_texts_in_another_encoding() {
    let (source, mut target) = (Database::create(Server::Sqlite), Database::create(Server::Sqlite));
    target.run("PRAGMA encoding = 'UTF-16le'");
    let table = named("t", "v TEXT", "v", &["'a'"]);
    let mut case = Case::new(source, target, "", "", vec![table]);
    case.source.run("INSERT INTO t VALUES (5, 42, CAST(x'ff' AS TEXT))");
    case.place
        .run(&["dispatch", "init", "--enrol-from", "source"])
        .expect(0);
    case.run("target", "proven").expect(4);
    assert_eq!(case.target.column("SELECT count(*) FROM t"), ["0"]);
    assert_eq!(case.source.column("SELECT count(*) FROM t"), ["3"]);
}
