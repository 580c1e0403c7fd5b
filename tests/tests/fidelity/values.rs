//! Every value, in both ways of integrity.

use exodus_tests::database::{Database, Server};

use crate::case::{Case, Table, named};
use crate::{mysql, postgres, sqlite};

/// All tables of a server.
pub(crate) fn case(server: Server) -> Case {
    match server.dialect() {
        "postgres" => {
            // Each version that is tested has its major number in front of four digits.
            let version = Database::create(server).column("SHOW server_version_num")[0].parse::<u32>();
            let version = version.expect("a number") / 10_000;
            case_of(server, &postgres::setup(), postgres::tables(version))
        }
        "mysql" => case_of(server, "", mysql::tables(server)),
        _ => case_of(server, "", sqlite::tables()),
    }
}

/// Some tables on a server.
pub(crate) fn case_of(server: Server, setup: &str, tables: Vec<Table>) -> Case {
    let (source, target) = (Database::create(server), Database::create(server));
    let first = if server.dialect() == "postgres" {
        postgres::FIRST_ON_TARGET
    } else {
        ""
    };
    Case::new(source, target, setup, first, tables)
}

fn moves(server: Server, integrity: &str) {
    if server.is_there() {
        case(server).there_and_back(integrity);
    }
}

#[test]
fn l25_postgres_proven() {
    moves(Server::Postgres, "proven");
}

#[test]
fn l25_postgres_enforced() {
    moves(Server::Postgres, "enforced");
}

#[test]
fn l25_postgres18_proven() {
    moves(Server::Postgres18, "proven");
}

#[test]
fn l25_postgres18_enforced() {
    moves(Server::Postgres18, "enforced");
}

/// Up and down again: each reads what the other one writes.
#[test]
fn l25_between_versions_of_postgres() {
    if Server::Postgres.is_there() && Server::Postgres18.is_there() {
        let ends = [Server::Postgres, Server::Postgres18].map(Database::create);
        let [source, target] = ends;
        let mut tables = postgres::tables(15);
        // It is computed anew, and 17 knows a privilege more.
        tables.retain(|table| table.name != "generated_stored");
        Case::new(source, target, &postgres::setup(), postgres::FIRST_ON_TARGET, tables).there_and_back("proven");
    }
}

/// A file in UTF-16 shows and takes the same texts, as far as they are any.
#[test]
fn sqlite_between_encodings() {
    let (source, mut target) = (Database::create(Server::Sqlite), Database::create(Server::Sqlite));
    target.run("PRAGMA encoding = 'UTF-16le'");
    let texts = named(
        "t",
        "v TEXT, w",
        "v, w",
        &["'é😀', 'a' || char(0) || 'b'", "'', x'ff'", "char(65279) || 'bom', 0.1"],
    );
    Case::new(source, target, "", "", vec![texts]).there_and_back("proven");
}

#[test]
fn l24_mariadb_proven() {
    moves(Server::MariaDb, "proven");
}

#[test]
fn l24_mariadb_enforced() {
    moves(Server::MariaDb, "enforced");
}

#[test]
fn l24_mysql_proven() {
    moves(Server::MySql, "proven");
}

#[test]
fn l24_mysql_enforced() {
    moves(Server::MySql, "enforced");
}

#[test]
fn sqlite_proven() {
    moves(Server::Sqlite, "proven");
}

#[test]
fn sqlite_enforced() {
    moves(Server::Sqlite, "enforced");
}

/// A column that the server sets whenever the row changes, in a table whose loop column is set afterwards.
#[test]
fn clocks_of_a_loop_are_not_wound() {
    for server in [Server::MySql, Server::MariaDb]
        .into_iter()
        .filter(|server| server.is_there())
    {
        clocks_stand_still(&mut clocks(Database::create(server), Database::create(server)));
    }
}

pub(crate) fn clocks(source: Database, target: Database) -> Case {
    let table = named(
        "accounts",
        "other int, updated timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), changed datetime ON UPDATE CURRENT_TIMESTAMP",
        "other, updated, changed",
        &[
            "NULL, '2001-01-01 00:00:00.123', '2001-01-01'",
            "1, '2001-01-01 00:00:00', NULL",
        ],
    );
    let mut case = Case::new(source, target, "", "", vec![table]);
    let link = "ALTER TABLE clients ADD main int, ADD updated timestamp NOT NULL DEFAULT '2001-01-01' ON UPDATE CURRENT_TIMESTAMP, \
                ADD FOREIGN KEY (main) REFERENCES accounts (id)";
    case.source.run(link);
    case.target.run(link);
    case.source
        .run("UPDATE clients SET main = 1, updated = '2002-02-02' WHERE id = 42");
    case
}

pub(crate) fn clocks_stand_still(case: &mut Case) {
    case.there_and_back("enforced");
    let kept = case.source.column("SELECT updated FROM clients WHERE id = 42");
    assert_eq!(kept, ["2002-02-02 00:00:00"]);
}
