//! Same product on both ends: whatever a schema has is made as it is.

use std::fmt::Write as _;

use exodus_tests::database::Server as Tested;

use crate::live::{Database, MYSQL, POSTGRES, Server, corpus};
use crate::made;

async fn check(server: Server, what: &str, sql: &str, before: &str) {
    let (Some(source), Some(target)) = (Database::with(server, sql), Database::create(server)) else {
        return;
    };
    if !before.is_empty() {
        target.load(before);
    }
    let creation = made::all(&source, &target).await;
    assert!(!creation.tables.is_empty(), "{what}: there are tables");
    made::assert_equal(&source, &target, what).await;
    // What is made can be removed again.
    let again = made::statements(&source, &target).await;
    assert_eq!(again.statements, [], "{what}: nothing is left to make");
}

async fn check_corpus(server: Server, folder: &str, before: &str) {
    let Some(root) = corpus() else { return };
    let path = root.join(folder).join("schema.sql");
    let sql = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let sql = String::from_utf8_lossy(&sql).into_owned();
    let extensions = sql.lines().filter(|line| line.starts_with("CREATE EXTENSION"));
    let before = extensions.collect::<Vec<_>>().join("\n") + before;
    check(server, folder, &sql, &before).await;
}

const POSTGRES_ALL: &str = include_str!("exact/postgres.sql");

#[tokio::test]
async fn postgres() {
    for server in POSTGRES {
        let newer = if server == Server::Postgres18 {
            include_str!("exact/postgres18.sql")
        } else {
            ""
        };
        let needs = POSTGRES_ALL.split("-- target").next().unwrap_or_default();
        check(server, "all of PostgreSQL", &format!("{POSTGRES_ALL}{newer}"), needs).await;
    }
}

#[tokio::test]
async fn mysql_and_mariadb() {
    for server in MYSQL {
        let own = if server == Server::MySql {
            include_str!("exact/mysql_only.sql")
        } else {
            include_str!("exact/mariadb_only.sql")
        };
        let sql = format!("{}{own}", include_str!("exact/mysql.sql"));
        check(server, "all of MySQL", &sql, "").await;
    }
}

#[tokio::test]
async fn sqlite() {
    check(Server::Sqlite, "all of SQLite", include_str!("exact/sqlite.sql"), "").await;
}

#[tokio::test]
async fn every_type_of_postgres() {
    for (server, version) in [(Server::Postgres, 15), (Server::Postgres18, 18)] {
        let before = "CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree; CREATE EXTENSION cube;
            CREATE EXTENSION seg; CREATE EXTENSION isn; CREATE EXTENSION intarray;
            CREATE FUNCTION public.twice(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1 || $1';
            CREATE COLLATION public.loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false);";
        let sql = format!(
            "{};\n{}",
            crate::postgres::setup(),
            declared(crate::postgres::tables(version))
        );
        check(server, "types", &sql, before).await;
    }
}

#[tokio::test]
async fn every_type_of_mysql_and_mariadb() {
    for (server, tested) in [(Server::MariaDb, Tested::MariaDb), (Server::MySql, Tested::MySql)] {
        check(server, "types", &declared(crate::mysql::tables(tested)), "").await;
    }
}

#[tokio::test]
async fn every_type_of_sqlite() {
    check(Server::Sqlite, "types", &declared(crate::sqlite::tables()), "").await;
}

fn declared(tables: Vec<crate::case::Table>) -> String {
    let mut sql = String::new();
    for table in tables {
        let (columns, options) = table.columns.split_once(';').unwrap_or((&table.columns, ""));
        let _ = writeln!(
            sql,
            "CREATE TABLE {} (id int NOT NULL PRIMARY KEY, {columns}){options};",
            table.name
        );
    }
    sql
}

#[tokio::test]
async fn real_schemas_on_postgres() {
    for (folder, before) in [
        ("chinook_pg", ""),
        ("kratos_postgres", ""),
        ("lago", ""),
        ("pagila_neon", ""),
    ] {
        check_corpus(Server::Postgres, folder, before).await;
    }
}

/// What a table inherits is not said by any one statement.
#[tokio::test]
async fn tables_that_inherit_are_refused() {
    let inheriting = "CREATE TABLE one (id int); CREATE TABLE other () INHERITS (one); CREATE TABLE plain (id int);";
    let source = Database::with(Server::Postgres, inheriting);
    let (Some(source), Some(target)) = (source, Database::create(Server::Postgres)) else {
        return;
    };
    let creation = made::statements(&source, &target).await;
    let refused: Vec<_> = creation.refused.iter().map(|note| note.table.name.as_str()).collect();
    assert_eq!(refused, ["one", "other"]);
}

/// Each is named with what brings it, and only once.
#[tokio::test]
async fn what_the_target_has_to_have_is_named() {
    let needing = "CREATE EXTENSION hstore; CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'select 1';
        CREATE TABLE one (h hstore, i int DEFAULT f(1), g int GENERATED ALWAYS AS (f(1)) STORED, CHECK (f(i) > 0));
        CREATE TABLE other (h hstore, i int); CREATE INDEX ON other (f(i)); CREATE INDEX ON other USING gist (h);";
    let source = Database::with(Server::Postgres, needing);
    let (Some(source), Some(target)) = (source, Database::create(Server::Postgres)) else {
        return;
    };
    let creation = made::statements(&source, &target).await;
    let refused: Vec<_> = creation.refused.iter().map(|note| note.message.as_str()).collect();
    assert_eq!(
        refused,
        [
            "it needs the function public.f(integer), which the target does not have",
            "it needs the extension hstore, which the target does not have"
        ]
    );
    target.load("CREATE EXTENSION hstore; CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'select 1';");
    made::all(&source, &target).await;
    made::assert_equal(&source, &target, "with what it needs").await;
}

#[tokio::test]
async fn real_schemas_on_mysql_and_mariadb() {
    for (folder, server) in [
        ("chinook_mysql", Server::MySql),
        ("chinook_mysql", Server::MariaDb),
        ("kratos_mysql", Server::MariaDb),
        ("sakila_mysql", Server::MariaDb),
        ("orangehrm", Server::MariaDb),
    ] {
        check_corpus(server, folder, "").await;
    }
}

#[tokio::test]
async fn real_schemas_on_sqlite() {
    for folder in ["chinook_sqlite", "kratos_sqlite3"] {
        check_corpus(Server::Sqlite, folder, "").await;
    }
}
