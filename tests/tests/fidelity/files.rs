//! The same values by way of files: out of one database, into another of the same product.

use exodus_tests::database::{Database, Server};
use exodus_tests::load::load;

use crate::across::mysql_tables;
use crate::case::Case;
use crate::{sqlite, values};

/// What a file can't carry, as the export says it; the tables are left out then.
const REFUSED: &[&str] = &[
    "a SET with an empty name in it shows the set of that name as it shows the empty set",
    "vector(3) has no counterpart in other products",
    "reading s3: unusable data: column v holds text that is not valid UTF-8",
];

/// The lists; those of SQLite without texts that are not UTF-8, which no column could be without.
fn case(server: Server) -> Case {
    match server {
        Server::Sqlite => {}
        Server::MariaDb => return values::case_of(server, "", mysql_tables(server)),
        _ => return values::case(server),
    }
    let mut tables = sqlite::tables();
    for table in &mut tables {
        let is_text = |row: &String| !row.contains("ff41c328' AS TEXT") && !row.contains("eda080' AS TEXT");
        table.rows.retain(is_text);
    }
    values::case_of(server, "", tables)
}

fn through(server: Server, file: &str, format: &str) {
    if !server.is_there() {
        return;
    }
    let mut case = case(server);
    if format == "sql" && server == Server::Sqlite {
        // Its columns are worked out by the client that loads, and versions of SQLite write numbers in ways of their own.
        case.leave_out("generated");
    }
    let mut refused = vec![];
    loop {
        let export = [
            "export", "--client", "42", "--from", "source", "--to", file, "--format", format,
        ];
        let output = case.place.run(&export);
        if output.code == 0 {
            break;
        }
        let error = output
            .stderr
            .lines()
            .find_map(|line| line.strip_prefix("error: "))
            .unwrap_or(&output.stderr);
        let table = error
            .strip_prefix("source: reading ")
            .unwrap_or(error)
            .split(':')
            .next()
            .unwrap_or_default();
        assert!(refused.len() < 20, "{refused:?}\n{}", output.stderr);
        refused.push(error.to_owned());
        case.leave_out(table);
    }
    let unknown: Vec<_> = refused
        .iter()
        .filter(|error| !REFUSED.iter().any(|known| error.ends_with(known)))
        .collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
    if format == "sql" {
        let path = case.place.path().join(file);
        match load(&case.target, &path) {
            None => return,
            Some(Ok(said)) => {
                let said: Vec<_> = said.lines().filter(|line| !line.contains("NOTICE")).collect();
                assert!(said.is_empty(), "{said:?}");
            }
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

#[test]
fn postgres_through_parquet() {
    through(Server::Postgres, "x", "parquet");
}

#[test]
fn postgres18_through_parquet() {
    through(Server::Postgres18, "x", "parquet");
}

#[test]
fn mariadb_through_parquet() {
    through(Server::MariaDb, "x", "parquet");
}

#[test]
fn mysql_through_parquet() {
    through(Server::MySql, "x", "parquet");
}

#[test]
fn sqlite_through_parquet() {
    through(Server::Sqlite, "x", "parquet");
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
