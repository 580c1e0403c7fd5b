//! PostgreSQL: its own words for types, defaults, constraints and indexes, put together to statements.
//!
//! Partitions are made as they are on the source, so that every row finds its own; their indexes and constraints come
//! with those of the whole, under the names that the server chooses, and what only one partition has is added to it.

mod rows;
mod statements;

use std::collections::BTreeSet;

use super::{Creation, Request};
use crate::catalogue::Catalogue;
use crate::introspect::{Cells, Problem, ReadError, Reader};
use crate::quote::quote_table;
use rows::{ColumnRow, ConstraintRow, IndexRow, Needed, SequenceRow, TableRow, TypeRow};

/// Everything the source was asked for.
struct Source {
    tables: Vec<TableRow>,
    columns: Vec<ColumnRow>,
    sequences: Vec<SequenceRow>,
    types: Vec<TypeRow>,
    constraints: Vec<ConstraintRow>,
    indexes: Vec<IndexRow>,
}

/// What the target has, by kind and by the name that PostgreSQL identifies it with.
struct There(BTreeSet<(String, String)>);

impl There {
    fn has(&self, kind: &str, identity: &str) -> bool {
        self.0.contains(&(kind.to_owned(), identity.to_owned()))
    }
}

/// Makes what the tables need, the tables, and what belongs to them.
pub(super) async fn make<C: Catalogue>(
    source: &mut C,
    target: &mut C,
    request: Request<'_>,
    creation: &mut Creation,
) -> Result<(), ReadError<C::Error>> {
    let engine = request.engine;
    let mut reader = Reader {
        catalogue: target,
        engine,
    };
    let pair = |cells: &mut Cells| Ok((cells.text()?, cells.text()?));
    let there = reader.ask("what is there", include_str!("there.sql"), pair).await?;
    let there = There(there.into_iter().collect());

    let prelude = prelude(request);
    let mut reader = Asking {
        reader: Reader {
            catalogue: source,
            engine,
        },
        prelude: &prelude,
    };
    let needed = reader.ask("needs", include_str!("needed.sql"), Needed::decode).await?;
    let source = Source {
        tables: reader
            .ask("tables to make", include_str!("tables.sql"), TableRow::decode)
            .await?,
        columns: reader
            .ask("columns to make", include_str!("columns.sql"), ColumnRow::decode)
            .await?,
        sequences: reader
            .ask("sequences to make", include_str!("sequences.sql"), SequenceRow::decode)
            .await?,
        types: reader
            .ask("types to make", include_str!("types.sql"), TypeRow::decode)
            .await?,
        constraints: reader
            .ask(
                "constraints to make",
                include_str!("constraints.sql"),
                ConstraintRow::decode,
            )
            .await?,
        indexes: reader
            .ask("indexes to make", include_str!("indexes.sql"), IndexRow::decode)
            .await?,
    };
    refuse_needed(&needed, &there, request, creation);
    refuse_tables(&source, &there, request, creation);
    statements::all(&source, &there, request, creation);
    Ok(())
}

/// The part of every query that says which tables are meant.
fn prelude(request: Request<'_>) -> String {
    let literal = |text: &str| format!("E'{}'", text.replace('\\', r"\\").replace('\'', "''"));
    let tables = request.tables.iter();
    let pairs: Vec<String> = tables
        .map(|table| format!("({}, {})", literal(&table.schema), literal(&table.name)))
        .collect();
    include_str!("made.sql").replace("{tables}", &pairs.join(", "))
}

struct Asking<'a, C> {
    reader: Reader<'a, C>,
    prelude: &'a str,
}

impl<C: Catalogue> Asking<'_, C> {
    async fn ask<T>(
        &mut self,
        query: &'static str,
        body: &str,
        decode: impl Fn(&mut Cells) -> Result<T, Problem>,
    ) -> Result<Vec<T>, ReadError<C::Error>> {
        self.reader.ask(query, &format!("{}{body}", self.prelude), decode).await
    }
}

/// Functions, operators, collations and extensions are the user's to bring.
fn refuse_needed(needed: &[Needed], there: &There, request: Request<'_>, creation: &mut Creation) {
    let Some(first) = request.tables.first() else { return };
    let mut told = BTreeSet::new();
    for need in needed.iter().filter(|need| !there.has(&need.kind, &need.identity)) {
        let table = need.table.as_ref().unwrap_or(first);
        let what = match &need.extension {
            Some(extension) => format!("the extension {extension}"),
            None => format!("the {} {}", need.kind, need.identity),
        };
        if !told.insert(what.clone()) {
            continue;
        }
        let help = match &need.extension {
            Some(extension) => format!("CREATE EXTENSION {extension} there first, in the same schema as on the source"),
            None => format!("create it there first, as it is on the source: {what}"),
        };
        creation.refuse(table, format!("it needs {what}, which the target does not have"), help);
    }
}

fn refuse_tables(source: &Source, there: &There, request: Request<'_>, creation: &mut Creation) {
    for row in &source.tables {
        if row.inherits {
            creation.refuse(
                &row.table,
                "it inherits from a table, or a table inherits from it",
                "create the tables on the target by hand",
            );
        }
        if row.is_foreign {
            creation.refuse(
                &row.table,
                "it is a foreign table: its rows are on another server",
                "create the table on the target by hand",
            );
        }
        if there.has("relation", &statements::identity(&row.table)) {
            let quoted = quote_table(request.engine, &row.table);
            creation.refuse(
                &row.table,
                format!("the target has something else of the name {quoted}"),
                "drop or rename it there: a view, a sequence, an index",
            );
        }
    }
    for kind in source.types.iter().filter(|kind| kind.definition.is_none()) {
        let Some(first) = request.tables.first() else { return };
        if !there.has("own type", &statements::identity(&kind.name)) {
            creation.refuse(
                first,
                format!(
                    "it needs the type {}, which can't be made from what the catalogue tells",
                    kind.name
                ),
                "create the type there first",
            );
        }
    }
}
