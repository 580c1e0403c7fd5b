//! No type that a server knows is missing from its list.

use exodus_tests::database::{Database, Server};

use crate::postgres_types;

/// Built-in types that no list has values of, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("gtsvector", "an index's own; no server reads its values: refused"),
    ("pg_node_tree", "no server reads its values: refused"),
    ("pg_ndistinct", "no server reads its values: refused"),
    ("pg_dependencies", "no server reads its values: refused"),
    ("pg_mcv_list", "no server reads its values: refused"),
    ("pg_brin_bloom_summary", "no server reads its values: refused"),
    ("pg_brin_minmax_multi_summary", "no server reads its values: refused"),
];

/// Base types, ranges and multiranges of `pg_catalog`; arrays are made of each of them.
fn every_type_is_listed(server: Server) {
    if !server.is_there() {
        return;
    }
    let mut database = Database::create(server);
    let known = database.column(
        "SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm')
         AND NOT (typcategory = 'A' AND typlen = -1 AND typname LIKE '\\_%') ORDER BY 1",
    );
    let listed = postgres_types::TYPES
        .iter()
        .map(|(name, _)| format!("'{name}'::regtype"));
    let listed: Vec<String> = listed.collect();
    let listed = database.column(&format!(
        "SELECT typname FROM pg_type WHERE oid IN ({})",
        listed.join(", ")
    ));
    let is_missing =
        |name: &&String| !listed.contains(name) && !EXCEPTIONS.iter().any(|(exception, _)| exception == name);
    let missing: Vec<&String> = known.iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "types without values in the list: {missing:?}");
    let needless = EXCEPTIONS
        .iter()
        .filter(|(name, _)| listed.iter().any(|listed| listed == name));
    assert_eq!(needless.count(), 0, "an exception that is on the list, too");
    println!(
        "{}: {} types, {} exceptions",
        server.name(),
        known.len(),
        EXCEPTIONS.len()
    );
}

#[test]
fn every_type_of_postgres_is_listed() {
    every_type_is_listed(Server::Postgres);
}

#[test]
fn every_type_of_postgres18_is_listed() {
    every_type_is_listed(Server::Postgres18);
}

/// The server's manual has the lists of types; the help tables know them where they are filled. So this is the written
/// list: each word must be the first of some listed type.
#[test]
fn every_type_of_mysql_and_mariadb_is_listed() {
    const BOTH: &str = "tinyint smallint mediumint int bigint decimal float double bit date time datetime timestamp year char varchar binary \
        varbinary tinyblob blob mediumblob longblob tinytext text mediumtext longtext enum set json geometry point linestring polygon \
        multipoint multilinestring multipolygon geometrycollection boolean";
    for (server, own) in [(Server::MySql, "vector"), (Server::MariaDb, "uuid inet4 inet6")] {
        let tables = crate::mysql::tables(server);
        let first = |table: &crate::case::Table| {
            let declared = table.columns.strip_prefix("v ").unwrap_or_default();
            declared.split([' ', '(']).next().unwrap_or_default().to_owned()
        };
        let listed: Vec<String> = tables.iter().map(first).collect();
        let missing: Vec<&str> = BOTH
            .split_whitespace()
            .chain(own.split_whitespace())
            .filter(|name| !listed.iter().any(|listed| listed == name))
            .collect();
        assert!(missing.is_empty(), "{}: {missing:?}", server.name());
    }
}
