//! The same values by way of files: out of one database, into another of the same product.

use exodus_tests::database::{Database, Server};
use exodus_tests::load::load;

use crate::case::{Case, Table};
use crate::{mysql, postgres, sqlite, values};

/// The lists, without what no text can carry: it is refused, column and all.
fn case(server: Server) -> Case {
    let without = |tables: Vec<Table>, odd: &[&str]| {
        let kept = |mut table: Table| {
            table.rows.retain(|row| !odd.contains(&row.as_str()));
            table
        };
        tables.into_iter().map(kept).collect::<Vec<_>>()
    };
    match server.dialect() {
        "postgres" => values::case(server),
        "mysql" => values::case_of(server, "", without(mysql::tables(server), MYSQL_REFUSED)),
        _ => values::case_of(server, "", without(sqlite::tables(), SQLITE_REFUSED)),
    }
}

/// Texts that are not UTF-8.
const SQLITE_REFUSED: &[&str] = &["CAST(x'ff41c328' AS TEXT)", "CAST(x'eda080' AS TEXT)"];
const MYSQL_REFUSED: &[&str] = &[];

fn through(server: Server, file: &str, format: &str) {
    if !server.is_there() {
        return;
    }
    let mut case = case(server);
    let export = [
        "export", "--client", "42", "--from", "source", "--to", file, "--format", format,
    ];
    case.place.run(&export).expect(0);
    if format == "sql" {
        let path = case.place.path().join(file);
        match load(&case.target, &path) {
            None => return,
            Some(Ok(said)) => assert_eq!(said, "", "{}", path.display()),
            Some(Err(said)) => panic!("{said:.2000}"),
        }
    } else {
        case.place.run(&["import", file, "--to", "target"]).expect(0);
    }
    let wrong = case.wrong_on_target();
    assert!(wrong.is_empty(), "values that are others:\n{}", wrong.join("\n"));
}

#[test]
fn postgres_through_jsonl() {
    through(Server::Postgres, "x.jsonl.zst", "jsonl");
}

#[test]
fn postgres_through_csv() {
    through(Server::Postgres, "x", "csv");
}

#[test]
fn postgres_through_sql() {
    through(Server::Postgres, "x.sql", "sql");
}

#[test]
fn postgres18_through_jsonl() {
    through(Server::Postgres18, "x.jsonl", "jsonl");
}

#[test]
fn postgres18_through_sql() {
    through(Server::Postgres18, "x.sql", "sql");
}

#[test]
fn mariadb_through_jsonl() {
    through(Server::MariaDb, "x.jsonl.gz", "jsonl");
}

#[test]
fn mariadb_through_csv() {
    through(Server::MariaDb, "x", "csv");
}

#[test]
fn mariadb_through_sql() {
    through(Server::MariaDb, "x.sql", "sql");
}

#[test]
fn mysql_through_jsonl() {
    through(Server::MySql, "x.jsonl", "jsonl");
}

#[test]
fn mysql_through_sql() {
    through(Server::MySql, "x.sql", "sql");
}

#[test]
fn sqlite_through_jsonl() {
    through(Server::Sqlite, "x.jsonl", "jsonl");
}

#[test]
fn sqlite_through_csv() {
    through(Server::Sqlite, "x", "csv");
}

#[test]
fn sqlite_through_sql() {
    through(Server::Sqlite, "x.sql", "sql");
}

/// What can't be carried is refused with its place, and leaves no file.
#[test]
fn text_that_is_none_is_refused() {
    let tables = vec![crate::case::named("t", "v TEXT", "v", &["CAST(x'ff41c328' AS TEXT)"])];
    let (source, target) = (Database::create(Server::Sqlite), Database::create(Server::Sqlite));
    let case = Case::new(source, target, "", "", tables);
    let output = case
        .place
        .run(&["export", "--client", "42", "--from", "source", "--to", "x.jsonl"])
        .expect(3);
    assert!(
        output.stderr.contains("column v holds text that is not valid UTF-8"),
        "{}",
        output.stderr
    );
    let names = std::fs::read_dir(case.place.path()).expect("a folder").count();
    assert_eq!(names, 1, "only the configuration is there");
}
