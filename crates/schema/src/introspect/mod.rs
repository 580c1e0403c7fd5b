//! Reads a [`Schema`] from a database's catalogue.
//!
//! Every engine's folder holds the same queries under the same names; their rows have the same columns everywhere
//! (`shape`), so that what an engine adds is its SQL and the words it uses for types.

pub(crate) mod draft;
mod error;
mod literal;
pub(crate) mod mysql;
pub(crate) mod normalise;
pub(crate) mod postgres;
mod routines;
mod rows;
pub(crate) mod shape;
pub(crate) mod sqlite;

pub use error::ReadError;
pub(crate) use rows::{Cells, Problem, Reader};

use crate::catalogue::Catalogue;
use crate::model::{Engine, Schema};

/// Whether MySQL or MariaDB let a session do this (`INSERT`) with a whole table; `lines` is what `SHOW GRANTS`
/// gives.
pub fn is_granted(lines: &[&str], privilege: &str, table: (&str, &str)) -> bool {
    mysql::is_granted(lines, privilege, table)
}

/// What to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The schemas (MySQL, MariaDB: databases) to read.
    ///
    /// Empty: all but the system's own; on MySQL and MariaDB the connection's current database. SQLite knows `main` only.
    pub schemas: Vec<String>,
}

/// Reads the schema of the database behind `catalogue`, which is an `engine`.
///
/// A handful of queries, however many tables there are. They see one moment only if the caller opened a snapshot. On
/// PostgreSQL the session's `search_path` must be empty, or names inside types and expressions depend on it.
///
/// On MySQL and MariaDB the tables of the connection's current database have an empty schema part, others are
/// qualified; on SQLite none is.
pub async fn read<C: Catalogue>(
    catalogue: &mut C,
    engine: Engine,
    options: &Options,
) -> Result<Schema, ReadError<C::Error>> {
    let reader = rows::Reader { catalogue, engine };
    match engine {
        Engine::Postgres => postgres::read(reader, options).await,
        Engine::MySql | Engine::MariaDb => mysql::read(reader, options).await,
        Engine::Sqlite => sqlite::read(reader, options).await,
    }
}

/// The schemas to read: those asked for, which must be among the known ones, or all known ones.
fn wanted<E: std::error::Error>(asked: &[String], known: Vec<String>) -> Result<Vec<String>, ReadError<E>> {
    match asked.iter().find(|schema| !known.contains(schema)) {
        Some(schema) => Err(ReadError::NoSuchSchema {
            schema: schema.clone(),
            known,
        }),
        None if asked.is_empty() => Ok(known),
        None => Ok(asked.to_vec()),
    }
}
