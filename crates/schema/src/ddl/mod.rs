//! Reads a schema from SQL: dumps of `pg_dump --schema-only`, `mysqldump --no-data`, `mariadb-dump --no-data` and
//! `sqlite3 .schema`, and what people write by hand.
//!
//! One reader for all of it, over pieces that know where in the text they stand. It is a reader of what the model tells and no
//! grammar: what it does not know it passes over, with a warning that names the line, so that a clause of a newer
//! version costs itself and not its table.
//!
//! Why not `sqlparser`: it parses every CREATE TABLE of the dumps that the tests know, and all or nothing of the rest. It
//! gives expressions back in its own spelling where the model has the catalogue's; what it does not parse (most bodies,
//! options, broken text) would need a second reader, which would have to agree with it. So there is one reader, and the
//! tests hold that library's beside it.
//!
//! The statements are run, as it were: a `state::State` is what the tables look like after each of them, so that a
//! file of migrations is read as well as a dump. At the end the state gives the rows that the catalogue would give, and
//! the same code as for those puts the model together.

mod alter;
mod apply;
mod change;
mod column;
mod constraint;
pub(crate) mod cursor;
mod detect;
mod finish;
mod index;
mod keys;
pub(crate) mod lexer;
mod mysql;
mod objects;
mod program;
mod split;
mod state;
mod statement;
mod table;
mod types;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::{Engine, Schema};
use crate::name::TableName;
use lexer::Rules;
use split::Splitter;
use state::State;

/// A file that no schema can be read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DdlError {
    /// It is PostgreSQL's archive format.
    #[error(
        "this is an archive of pg_dump, not SQL; make SQL of it with `pg_restore --schema-only --file=dump.sql`, or dump with `--format=plain`"
    )]
    Archive,
    /// It is an SQLite database.
    #[error(
        "this is an SQLite database, not SQL; give it as a database, or write its schema with `sqlite3 FILE .schema`"
    )]
    Database,
    /// It is packed.
    #[error("this file is packed; unpack it first")]
    Packed,
    /// No statement makes a table.
    #[error("no statement in this file makes a table; it was read as SQL of {engine}")]
    NoTables {
        /// The engine that it was read for.
        engine: Engine,
    },
}

/// The text of a file, whatever it was saved as; refuses files that are no text.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, DdlError> {
    let utf16 = |swap: bool| {
        let unit = |pair: &[u8]| {
            let pair = [pair[0], pair[1]];
            if swap {
                u16::from_be_bytes(pair)
            } else {
                u16::from_le_bytes(pair)
            }
        };
        let units = bytes[2..].chunks_exact(2).map(unit);
        let text: String = char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        Ok(Cow::Owned(text))
    };
    match bytes {
        [b'P', b'G', b'D', b'M', b'P', ..] => Err(DdlError::Archive),
        bytes if bytes.starts_with(b"SQLite format 3\0") => Err(DdlError::Database),
        [0x1f, 0x8b, ..] | [b'B', b'Z', b'h', ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] | [b'P', b'K', 3, 4, ..] => {
            Err(DdlError::Packed)
        }
        // What redirecting a dump in PowerShell makes.
        [0xff, 0xfe, ..] => utf16(false),
        [0xfe, 0xff, ..] => utf16(true),
        bytes => Ok(String::from_utf8_lossy(bytes)),
    }
}

/// On which lines of the file the parts of a schema are made, counted from 1; the first line of the statement.
///
/// It is no part of the model: a schema is the same wherever its statements stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// CREATE TABLE.
    pub tables: BTreeMap<TableName, usize>,
    /// The statement with the foreign key, by child table and name of the relation: CREATE TABLE or ALTER TABLE.
    pub relations: BTreeMap<(TableName, String), usize>,
    /// CREATE TRIGGER, by table and name.
    pub triggers: BTreeMap<(TableName, String), usize>,
}

/// Reads the schema that the statements of `text` make, which are of `engine` or of the one that the text tells.
///
/// What could not be read or used is in the schema's warnings, with the line it is on: no table disappears silently.
/// Estimates and sizes are absent, and the server's version is there if the dump names it.
pub fn read(text: &str, engine: Option<Engine>) -> Result<Schema, DdlError> {
    read_with_lines(text, engine).map(|(schema, _)| schema)
}

/// The same, and where its parts stand in the text.
pub fn read_with_lines(text: &str, engine: Option<Engine>) -> Result<(Schema, Lines), DdlError> {
    let origin = detect::origin(text);
    let known = engine.or(origin.engine);
    let mut state = State::new(known.unwrap_or(Engine::Postgres));
    state.version = origin.version.filter(|_| engine.is_none() || engine == origin.engine);
    if known.is_none() {
        state.warnings.insert((
            0,
            "nothing in the file tells which engine it is for; it was read as PostgreSQL".to_owned(),
        ));
    }
    let rules = Rules {
        engine: state.engine,
        ansi_quotes: false,
    };
    let mut splitter = Splitter::new(text, rules);
    let mut lines = Counter::new(text);
    while let Some(statement) = splitter.next() {
        let Some(first) = statement.tokens.first() else {
            continue;
        };
        state.line = lines.number(first.at);
        if state.is_mysql() && first.is("SET") {
            let said = text[first.at..statement.end].to_ascii_uppercase();
            if said.contains("SQL_MODE") {
                splitter.ansi_quotes(said.contains("ANSI"));
            }
        }
        statement::read(&statement, text, &mut state);
    }
    let mut notes = std::mem::take(&mut splitter.notes);
    notes.sort();
    let mut lines = Counter::new(text);
    for (at, what) in notes {
        state.line = lines.number(at);
        state.warn(what);
    }
    if state.tables.is_empty() {
        return Err(DdlError::NoTables { engine: state.engine });
    }
    Ok(finish::schema(state))
}

/// Counts lines while going forward.
struct Counter<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl<'t> Counter<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    fn number(&mut self, at: usize) -> usize {
        let from = self.at.min(at);
        let passed = self.text.get(from..at).unwrap_or_default();
        self.line += passed.matches('\n').count();
        self.at = at.max(self.at);
        self.line
    }
}
