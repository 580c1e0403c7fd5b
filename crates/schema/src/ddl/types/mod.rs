//! How the engines print the types that a file may spell in other ways.

mod mysql;
mod postgres;
mod postgres_words;

use super::cursor::{Cursor, Written};
use super::state::State;
use crate::introspect::sqlite;
use crate::model::{Engine, Kind};

pub(crate) use mysql::collation_of;

pub(crate) use postgres::{quote_identifier, quoted};

/// A column's type.
#[derive(Clone, Debug)]
pub(crate) struct Type {
    /// As the catalogue prints it.
    pub(crate) native: String,
    pub(crate) kind: Kind,
    pub(crate) text_only: bool,
    /// The column is not NULL and is filled by a sequence of its own (PostgreSQL's serial, MySQL's SERIAL).
    pub(crate) serial: bool,
    /// Values have to be given (a domain's own NOT NULL).
    pub(crate) not_null: bool,
    /// What comes with the type (MySQL: BINARY behind a text type; PostgreSQL: a domain's).
    pub(crate) charset: Option<String>,
    pub(crate) collation: Option<String>,
    /// MySQL: the name of the type alone.
    pub(crate) word: String,
}

impl Type {
    fn plain(native: String, kind: Kind) -> Self {
        Self {
            native,
            kind,
            text_only: false,
            serial: false,
            not_null: false,
            charset: None,
            collation: None,
            word: String::new(),
        }
    }
}

/// Reads the pieces of a type.
pub(crate) fn read(pieces: Cursor<'_, '_>, state: &State) -> Type {
    match state.engine {
        Engine::Postgres => postgres::read(pieces, state),
        Engine::MySql | Engine::MariaDb => mysql::read(pieces, state),
        Engine::Sqlite => {
            let text = pieces.source();
            // SQLite keeps the types it has in a form of its own.
            let own = ["ANY", "BLOB", "INT", "INTEGER", "REAL", "TEXT"];
            let known = own.iter().find(|name| name.eq_ignore_ascii_case(text));
            let native = known.map_or_else(|| text.to_owned(), |name| (*name).to_owned());
            let kind = sqlite::kind::of(&native);
            Type::plain(native, kind)
        }
    }
}

/// The name as it was written, for lookups.
fn bare(name: &str) -> Written {
    Written {
        schema: None,
        name: name.to_owned(),
    }
}
