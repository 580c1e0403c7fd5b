//! The tables of the car rental, in the SQL of the database's engine, and whatever else the demo does differently on each.

use exodus_engine::{Address, Connection, Server};
use exodus_schema::Engine;

use super::cell::Rows;

const POSTGRES: &str = include_str!("../../../../../schemas/car-rental/postgres.sql");
const MYSQL: &str = include_str!("../../../../../schemas/car-rental/mysql.sql");
const SQLITE: &str = include_str!("../../../../../schemas/car-rental/sqlite.sql");

/// What stands in the files before the tables that are not for shards.
const NEUTRAL: &str = "-- Neutral";

/// Which of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All.
    Monolith,
    /// Client and context tables.
    Shard,
}

/// The server that an address names, and a database that every server of its kind has.
pub(super) fn server_of(address: &mut Address) -> Option<(&mut Server, &'static str)> {
    match address {
        Address::Sqlite(_) => None,
        Address::Postgres(server) => Some((server, "postgres")),
        Address::MySql(server) => Some((server, "information_schema")),
    }
}

/// The names of all databases of a server, sorted.
pub(super) async fn databases_of(connection: &mut dyn Connection) -> exodus_engine::Result<Vec<String>> {
    let catalogue = match connection.engine() {
        Engine::Postgres => "SELECT datname::text FROM pg_catalog.pg_database ORDER BY datname",
        _ => "SELECT schema_name FROM information_schema.schemata ORDER BY schema_name",
    };
    let names = connection.query(catalogue).await?;
    Ok(names.into_iter().flatten().flatten().collect())
}

/// Lets table names stand without a schema, as people write them: sessions are pinned to an empty search path.
pub(super) async fn use_plain_names(connection: &mut dyn Connection) -> exodus_engine::Result<()> {
    if connection.engine() == Engine::Postgres {
        connection.execute("SET search_path = public").await?;
    }
    Ok(())
}

/// Makes the tables.
pub(super) async fn create(connection: &mut dyn Connection, part: Part) -> exodus_engine::Result<()> {
    for statement in statements(connection.engine(), part) {
        connection.execute(statement).await?;
    }
    Ok(())
}

/// Lets the generators of ids go on behind the ids that were given. MySQL, MariaDB and SQLite do that themselves.
pub(super) async fn advance_generators(connection: &mut dyn Connection, rows: &[&Rows]) -> exodus_engine::Result<()> {
    if connection.engine() != Engine::Postgres {
        return Ok(());
    }
    for rows in rows.iter().filter(|rows| rows.columns.contains(&"id")) {
        let (quoted, text) = (
            connection.dialect().quote(rows.table),
            connection.dialect().text(rows.table),
        );
        let sql = format!("SELECT setval(pg_get_serial_sequence({text}, 'id'), max(id)) FROM {quoted}");
        connection.query(&sql).await?;
    }
    Ok(())
}

fn statements(engine: Engine, part: Part) -> impl Iterator<Item = &'static str> {
    let file = match engine {
        Engine::Postgres => POSTGRES,
        Engine::MySql | Engine::MariaDb => MYSQL,
        Engine::Sqlite => SQLITE,
    };
    let file = match part {
        Part::Monolith => file,
        Part::Shard => file.split(NEUTRAL).next().unwrap_or(file),
    };
    // A blank line ends a statement; comments stand alone or above one. Servers don't know the shell's DELIMITER.
    let blocks = file
        .split("\n\n")
        .map(|block| block.trim().trim_end_matches("//").trim_end());
    blocks
        .filter(|block| !block.starts_with("DELIMITER"))
        .filter(|block| block.lines().any(|line| !line.starts_with("--")))
        .filter(|block| !block.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_block_is_one_whole_statement_and_shards_have_no_neutral_tables() {
        for engine in [Engine::Postgres, Engine::MySql, Engine::Sqlite] {
            let tables = |part| {
                statements(engine, part)
                    .filter(|sql| sql.starts_with("CREATE TABLE"))
                    .count()
            };
            assert_eq!((tables(Part::Monolith), tables(Part::Shard)), (8, 6), "{engine}");
            for statement in statements(engine, Part::Monolith) {
                assert!(
                    statement.starts_with("CREATE ") && statement.ends_with(';') && !statement.contains("//"),
                    "{engine}: {statement}"
                );
            }
        }
    }
}
