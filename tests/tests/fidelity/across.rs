//! The same lists to the other products and back: what a plan lets go comes back as it was, and what it doesn't let go
//! has a reason. Which single values fit is tried value by value in the engine's own tests.

use std::collections::BTreeMap;

use exodus_tests::database::{Database, Server};

use crate::case::{Case, Table};
use crate::{mysql, postgres, sqlite};

const MOVE: [&str; 6] = ["move", "--client", "42", "--to", "target", "--create-tables"];

fn case(from: Server, to: Server) -> Case {
    let (mut source, target) = (Database::create(from), Database::create(to));
    let (setup, tables) = match from.dialect() {
        "postgres" => (postgres::setup(), postgres::tables(15)),
        "mysql" => (String::new(), mysql_tables(from)),
        _ => (String::new(), sqlite::tables()),
    };
    if !setup.is_empty() {
        source.run(&setup);
    }
    Case::on_source(source, target, tables)
}

/// Every table of MySQL and MariaDB, with values that a table of any version takes from another product. MariaDB's newer patch
/// releases (10.11.19) store a zero with a minus sign as a plain one, and older ones (10.11.14) as what it is; exodus takes
/// all of them for new ones.
pub(crate) fn mysql_tables(server: Server) -> Vec<Table> {
    let mut tables = mysql::tables(server);
    if server == Server::MariaDb {
        for row in tables.iter_mut().flat_map(|table| &mut table.rows) {
            *row = row.replace("-0e0", "0e0");
        }
    }
    tables
}

/// Drops the tables that stand against the move, and returns each with the first reason.
fn leave_out_refused(case: &mut Case) -> BTreeMap<String, String> {
    let mut refused = BTreeMap::new();
    loop {
        let dry = [&MOVE[..], &["--dry-run", "--format", "json"]].concat();
        let output = case.place.run(&dry);
        let plan = output.json();
        let problems = plan["plan"]["problems"].as_array().cloned().unwrap_or_default();
        if problems.is_empty() {
            output.expect(0);
            return refused;
        }
        for problem in problems {
            let table = problem["table"].as_str().expect("a table").to_owned();
            let message = problem["message"].as_str().expect("a message").to_owned();
            assert!(table != "clients" && table != "public.clients", "{message}");
            refused.entry(table).or_insert_with_key(|table| {
                case.leave_out_of_source(table);
                message
            });
        }
    }
}

/// Moves what may be moved, removes it, brings it back, and lets the source's server compare it with its twins.
fn there_and_back(from: Server, to: Server, at_least: usize) {
    if !from.is_there() || !to.is_there() {
        return;
    }
    let mut case = case(from, to);
    let all = case.tables();
    case.place
        .run(&["dispatch", "init", "--enrol-from", "source"])
        .expect(0);
    let refused = leave_out_refused(&mut case);
    let moved = case.tables();
    println!(
        "{} to {}: {moved} of {all} tables there and back, {} refused",
        from.name(),
        to.name(),
        refused.len()
    );
    for (table, message) in &refused {
        println!("  {table}: {message}");
    }
    case.place.run(&MOVE).expect(0);
    case.place.run(&["purge", &case.place.last_move(), "--yes"]).expect(0);
    case.place.run(&["move", "--client", "42", "--to", "source"]).expect(0);
    let wrong = case.wrong_on_source();
    assert!(wrong.is_empty(), "values that are others:\n{}", wrong.join("\n"));
    case.place.run(&["purge", &case.place.last_move(), "--yes"]).expect(0);
    assert!(moved >= at_least, "only {moved} of {all} tables may go: {refused:#?}");
}

macro_rules! directions {
    ($($name:ident: $from:ident, $to:ident, $least:literal;)*) => {
        $(#[test]
        fn $name() {
            there_and_back(Server::$from, Server::$to, $least);
        })*
    };
}

// The numbers are those that were seen: a type that is refused of a sudden fails the test.
directions! {
    postgres_to_mysql: Postgres, MySql, 216;
    postgres_to_mariadb: Postgres, MariaDb, 216;
    postgres_to_sqlite: Postgres, Sqlite, 223;
    mysql_to_postgres: MySql, Postgres, 82;
    mysql_to_mariadb: MySql, MariaDb, 90;
    mysql_to_sqlite: MySql, Sqlite, 88;
    mariadb_to_postgres: MariaDb, Postgres, 90;
    mariadb_to_mysql: MariaDb, MySql, 99;
    mariadb_to_sqlite: MariaDb, Sqlite, 97;
    sqlite_to_postgres: Sqlite, Postgres, 4;
    sqlite_to_mysql: Sqlite, MySql, 3;
    sqlite_to_mariadb: Sqlite, MariaDb, 3;
}
