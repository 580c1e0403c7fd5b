//! Statements that make tables on an empty database, as they are elsewhere.
//!
//! Between databases of one product ([`exact`]) they come from the product's own words for what it has, read from its
//! catalogue only when they are needed: `SHOW CREATE TABLE`, `sqlite_schema`, `pg_get_constraintdef`. Each engine's
//! folder writes them; what all share is here. Between products ([`across()`]) they come from the model.
//!
//! Foreign keys come after all tables, because tables reference each other in circles. Indexes come before any row:
//! unique ones have to refuse what they refuse on the source, and the rest costs what it would on tables that exist.
//! Triggers, views, policies, owners and privileges are not made.

mod across;
mod mysql;
mod object;
mod postgres;
mod sqlite;

use std::collections::BTreeSet;

use serde::Serialize;

pub use across::{Across, NoType, TypeOf, TypeThere, across};
pub use object::{Object, ObjectKind};

use crate::catalogue::Catalogue;
use crate::graph::{Graph, TableId};
use crate::introspect::ReadError;
use crate::model::{Engine, Schema, Table};
use crate::name::TableName;
use crate::quote::quote_table;

/// What makes the missing tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Creation {
    /// The tables, as the target will call them; parents first, as far as there is a first.
    pub tables: Vec<TableName>,
    /// Run in this order, each by itself.
    pub statements: Vec<Statement>,
    /// What is not made, or made otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Note>,
    /// Why it can't be done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Note>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// The object that the statement makes, if it makes one that has to be removed by itself when it is not wanted
    /// after all. Constraints, indexes and comments go with their table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub makes: Option<Object>,
    /// What it is about, in words: `table public.cars`, `foreign keys of cars`.
    pub about: String,
    /// The statement, without a semicolon at its end.
    pub sql: String,
}

/// Something to say about a table that is to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The table.
    pub table: TableName,
    /// What it is.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Creation {
    /// Everything that has to be removed to undo it, in the order in which it is made.
    pub fn objects(&self) -> Vec<Object> {
        self.statements
            .iter()
            .filter_map(|statement| statement.makes.clone())
            .collect()
    }

    fn makes(&mut self, kind: ObjectKind, name: &TableName, sql: String) {
        self.statements.push(Statement {
            about: format!("{kind} {name}"),
            makes: Some(Object::new(kind, name.clone())),
            sql,
        });
    }

    fn adds(&mut self, about: String, sql: String) {
        self.statements.push(Statement {
            makes: None,
            about,
            sql,
        });
    }

    fn warn(&mut self, table: &TableName, message: impl Into<String>, help: impl Into<String>) {
        self.warnings.push(Note {
            table: table.clone(),
            message: message.into(),
            help: help.into(),
        });
    }

    fn refuse(&mut self, table: &TableName, message: impl Into<String>, help: impl Into<String>) {
        self.refused.push(Note {
            table: table.clone(),
            message: message.into(),
            help: help.into(),
        });
    }
}

/// What a database is asked for to make tables as they are on another of the same product.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The product of both.
    pub engine: Engine,
    /// What the source has.
    pub source: &'a Schema,
    /// What the target has.
    pub target: &'a Schema,
    /// The tables to make, all of which the source has and the target has not; see [`missing`].
    pub tables: &'a [TableName],
}

impl Request<'_> {
    /// Whether the table will be on the target.
    fn will_be_there(&self, table: &TableName) -> bool {
        self.tables.contains(table) || self.target.table(table).is_some()
    }

    /// The tables to make, as the source has them.
    fn wanted(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter().filter_map(|name| self.source.table(name))
    }
}

/// The tables which `there` does not have among `wanted` and all that these reference, directly or through others;
/// parents first, as far as there is a first.
///
/// Declared relations count: what a client's rows reference has to be compared on the target. So do ignored ones, where
/// the server enforces them.
pub fn missing(
    graph: &Graph<'_>,
    wanted: impl IntoIterator<Item = TableId>,
    there: impl Fn(&TableName) -> bool,
) -> Vec<TableName> {
    let mut seen = BTreeSet::new();
    let mut out = vec![];
    for table in wanted {
        // By hand, not by recursion: schemas may be deep.
        let mut stack = vec![(table, false)];
        while let Some((id, parents_done)) = stack.pop() {
            if parents_done {
                out.push(id);
            } else if seen.insert(id) {
                stack.push((id, true));
                let mut parents: Vec<TableId> = graph.parents(id).map(|edge| edge.parent).collect();
                parents.sort_unstable();
                parents.dedup();
                stack.extend(parents.into_iter().rev().map(|parent| (parent, false)));
            }
        }
    }
    out.into_iter()
        .map(|id| graph.table(id).name.clone())
        .filter(|name| !there(name))
        .collect()
}

/// The statement that makes a table, with another comment of the table. `None` where the product's statements have none, or
/// the statement is not one.
pub fn with_comment(engine: Engine, sql: &str, comment: &str) -> Option<String> {
    match engine {
        Engine::MySql | Engine::MariaDb => mysql::with_comment(sql, &across::literal(engine, comment)),
        Engine::Postgres | Engine::Sqlite => None,
    }
}

/// The statement that gives a table another comment; `None` where tables have none.
pub fn set_comment(engine: Engine, table: &TableName, comment: &str) -> Option<String> {
    let (table, comment) = (quote_table(engine, table), across::literal(engine, comment));
    match engine {
        Engine::MySql | Engine::MariaDb => Some(format!("ALTER TABLE {table} COMMENT = {comment}")),
        // An empty comment is none.
        Engine::Postgres => Some(format!("COMMENT ON TABLE {table} IS {comment}")),
        Engine::Sqlite => None,
    }
}

/// Reads what makes the tables on a database of the same product exactly as they are on the source.
///
/// Both catalogues are only read. On PostgreSQL the sessions' `search_path` must be empty, on MySQL and MariaDB
/// `sql_mode` must be free of `ANSI_QUOTES` and `NO_BACKSLASH_ESCAPES`, and `sql_quote_show_create` on.
pub async fn exact<C: Catalogue>(
    source: &mut C,
    target: &mut C,
    request: Request<'_>,
) -> Result<Creation, ReadError<C::Error>> {
    let mut creation = Creation {
        tables: request.tables.to_vec(),
        ..Creation::default()
    };
    if request.tables.is_empty() {
        return Ok(creation);
    }
    match request.engine {
        Engine::Postgres => postgres::make(source, target, request, &mut creation).await?,
        Engine::MySql | Engine::MariaDb => mysql::make(source, target, request, &mut creation).await?,
        Engine::Sqlite => sqlite::make(source, request, &mut creation).await?,
    }
    for table in request.wanted() {
        left_out(table, &mut creation);
    }
    Ok(creation)
}

/// What a table has and its copy will not have.
fn left_out(table: &Table, creation: &mut Creation) {
    let triggers: Vec<&str> = table.triggers.iter().map(|trigger| trigger.name.as_str()).collect();
    if !triggers.is_empty() {
        let names = triggers.join(", ");
        creation.warn(
            &table.name,
            format!("triggers are not made on the target: {names}"),
            "create them there once the client has arrived, if shards are to have them",
        );
    }
    if table.row_security {
        creation.warn(
            &table.name,
            "row-level security and its policies are not made on the target: every role with a privilege sees all rows",
            "create the policies there and enable them before others may read the table",
        );
    }
}
