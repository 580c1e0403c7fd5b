//! From the rows to statements, in the order in which they can be run.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::rows::{ColumnRow, IndexRow, SequenceRow, TableRow, TypeRow};
use super::{Source, There};
use crate::create::{Creation, ObjectKind, Request};
use crate::model::Engine;
use crate::name::TableName;
use crate::quote::{quote, quote_table};

/// Schemas, types, sequences, tables, constraints, indexes, foreign keys, comments.
pub(super) fn all(source: &Source, there: &There, request: Request<'_>, creation: &mut Creation) {
    schemas(source, there, creation);
    types(source, there, creation);
    sequences(source, there, creation);
    for row in &source.tables {
        let sql = match &row.parent {
            Some(parent) => partition(row, parent),
            None => table(row, source),
        };
        if row.parent.is_some() {
            // It goes with what it is a part of.
            creation.adds(format!("partition {}", row.table), sql);
        } else {
            creation.makes(ObjectKind::Table, &row.table, sql);
        }
    }
    for sequence in source.sequences.iter().filter(|sequence| !sequence.identity) {
        if let Some((table, column)) = &sequence.owner {
            let sql = format!(
                "ALTER SEQUENCE {} OWNED BY {}.{column}",
                name(&sequence.name),
                name(table)
            );
            creation.adds(format!("sequence {}", sequence.name), sql);
        }
    }
    constraints(source, request, creation, false);
    for index in &source.indexes {
        if index.valid {
            creation.adds(format!("index {} of {}", index.name, index.table), index_sql(index));
        } else {
            let message = format!("index {} is not made: it is not valid on the source", index.name);
            creation.warn(
                &index.table,
                message,
                "rebuild it on the source, and create it there if it is wanted",
            );
        }
    }
    constraints(source, request, creation, true);
    comments(source, there, request, creation);
}

fn name(table: &TableName) -> String {
    quote_table(Engine::Postgres, table)
}

/// By which `there.sql` names relations and types.
pub(super) fn identity(table: &TableName) -> String {
    format!("{}\u{1}{}", table.schema, table.name)
}

/// A text in quotes that means the same under every setting.
fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', r"\\").replace('\'', "''"))
}

fn schemas(source: &Source, there: &There, creation: &mut Creation) {
    let tables = source.tables.iter().map(|row| &row.table);
    let types = source.types.iter().map(|row| &row.name);
    let sequences = source.sequences.iter().map(|row| &row.name);
    let all: BTreeSet<&String> = tables.chain(types).chain(sequences).map(|name| &name.schema).collect();
    for schema in all.into_iter().filter(|schema| !there.has("schema", schema)) {
        let sql = format!("CREATE SCHEMA {}", quote(Engine::Postgres, schema));
        creation.makes(ObjectKind::Schema, &TableName::bare(schema), sql);
    }
}

/// Those that are there are taken for the same; labels that an enum lacks are found where columns are compared.
fn types(source: &Source, there: &There, creation: &mut Creation) {
    let mut waiting: Vec<&TypeRow> = source.types.iter().collect();
    while !waiting.is_empty() {
        // A type comes after all it is made of: one that is below none of those that still wait.
        let ids: BTreeSet<&String> = waiting.iter().map(|kind| &kind.id).collect();
        let ready = |kind: &&TypeRow| {
            let made_of = source.types.iter().filter(|other| other.below.contains(&kind.id));
            made_of
                .map(|other| &other.id)
                .all(|id| *id == kind.id || !ids.contains(id))
        };
        let (mut now, mut later): (Vec<_>, Vec<_>) = waiting.iter().copied().partition(ready);
        if now.is_empty() {
            // A circle, which no server allows: in the order of names.
            std::mem::swap(&mut now, &mut later);
        }
        for kind in now {
            make_type(kind, there, creation);
        }
        waiting = later;
    }
}

fn make_type(kind: &TypeRow, there: &There, creation: &mut Creation) {
    let Some(definition) = &kind.definition else { return };
    if there.has("own type", &identity(&kind.name)) {
        return;
    }
    let (what, word) = if kind.is_domain {
        (ObjectKind::Domain, "DOMAIN")
    } else {
        (ObjectKind::Type, "TYPE")
    };
    let sql = format!("CREATE {word} {} {definition}", name(&kind.name));
    creation.makes(what, &kind.name, sql);
    if kind.partly {
        creation.warn(
            &kind.name,
            "a constraint of this domain is not valid on the source, and is left out",
            "add it there, if it is wanted",
        );
    }
}

fn sequences(source: &Source, there: &There, creation: &mut Creation) {
    for sequence in source.sequences.iter().filter(|sequence| !sequence.identity) {
        let is_there = there.has("relation", &identity(&sequence.name));
        match &sequence.owner {
            Some((table, _)) if is_there => creation.refuse(
                table,
                format!("the target has a sequence {} already", sequence.name),
                "drop or rename it there",
            ),
            // Several tables may draw from it.
            None if is_there => {}
            _ => {
                let sql = format!(
                    "CREATE SEQUENCE {} AS {} {}",
                    name(&sequence.name),
                    sequence.native_type,
                    sequence.options
                );
                // One that belongs to a column goes with it.
                if sequence.owned {
                    creation.adds(format!("sequence {}", sequence.name), sql);
                } else {
                    creation.makes(ObjectKind::Sequence, &sequence.name, sql);
                }
            }
        }
    }
}

fn table(row: &TableRow, source: &Source) -> String {
    let columns = source.columns.iter().filter(|column| column.table == row.table);
    let columns: Vec<String> = columns.map(|column| column_sql(column, &source.sequences)).collect();
    let body = match &columns[..] {
        [] => String::new(),
        some => format!("\n  {}\n", some.join(",\n  ")),
    };
    let unlogged = if row.unlogged { "UNLOGGED " } else { "" };
    format!("CREATE {unlogged}TABLE {} ({body}){}", name(&row.table), behind(row))
}

fn partition(row: &TableRow, parent: &TableName) -> String {
    let bound = row.bound.as_deref().unwrap_or("DEFAULT");
    let unlogged = if row.unlogged { "UNLOGGED " } else { "" };
    format!(
        "CREATE {unlogged}TABLE {} PARTITION OF {} {bound}{}",
        name(&row.table),
        name(parent),
        behind(row)
    )
}

/// What follows a table's columns, or a partition's bound.
fn behind(row: &TableRow) -> String {
    let key = row.partition_key.as_ref().map(|key| format!(" PARTITION BY {key}"));
    let storage = row.storage.as_ref().map(|parameters| format!(" WITH ({parameters})"));
    [key, storage].into_iter().flatten().collect()
}

fn column_sql(column: &ColumnRow, sequences: &[SequenceRow]) -> String {
    let mut sql = format!("{} {}", column.name, column.native_type);
    if let Some(collation) = &column.collation {
        let _ = write!(sql, " COLLATE {collation}");
    }
    match (&column.expression, &column.generated) {
        (Some(expression), Some(kept)) => {
            let _ = write!(sql, " GENERATED ALWAYS AS ({expression}) {}", kept.to_uppercase());
        }
        (Some(default), None) => {
            let _ = write!(sql, " DEFAULT {default}");
        }
        (None, _) => {}
    }
    if column.not_null {
        if let Some(name) = &column.not_null_name {
            let _ = write!(sql, " CONSTRAINT {name}");
        }
        sql += " NOT NULL";
    }
    if let Some(identity) = &column.identity {
        let _ = write!(sql, " GENERATED {} AS IDENTITY", identity.to_uppercase());
        let its = |sequence: &&SequenceRow| {
            let owner = sequence.owner.as_ref();
            sequence.identity && owner.is_some_and(|(table, name)| (table, name) == (&column.table, &column.name))
        };
        if let Some(sequence) = sequences.iter().find(its) {
            let _ = write!(sql, " (SEQUENCE NAME {} {})", name(&sequence.name), sequence.options);
        }
    }
    sql
}

fn constraints(source: &Source, request: Request<'_>, creation: &mut Creation, foreign_keys: bool) {
    for row in source
        .constraints
        .iter()
        .filter(|row| row.is_foreign_key == foreign_keys)
    {
        if let Some(parent) = row.parent.as_ref().filter(|parent| !request.will_be_there(parent)) {
            creation.warn(
                &row.table,
                format!(
                    "foreign key {} to {parent} is not made: that table will not be there",
                    row.name
                ),
                "add it once the table is there",
            );
            continue;
        }
        let sql = format!(
            "ALTER TABLE {} ADD CONSTRAINT {} {}",
            name(&row.table),
            row.name,
            row.definition
        );
        creation.adds(format!("constraint {} of {}", row.name, row.table), sql);
    }
}

/// The server prints an index of a partitioned table as one of that table `ONLY`, which would never be valid.
fn index_sql(index: &IndexRow) -> String {
    index.definition.replacen(
        &format!("INDEX {} ON ONLY ", index.name),
        &format!("INDEX {} ON ", index.name),
        1,
    )
}

fn comments(source: &Source, there: &There, request: Request<'_>, creation: &mut Creation) {
    let mut add = |on: String, comment: &Option<String>| {
        if let Some(text) = comment {
            let sql = format!("COMMENT ON {on} IS {}", literal(text));
            creation.adds(format!("comment on {on}"), sql);
        }
    };
    for kind in source
        .types
        .iter()
        .filter(|kind| !there.has("own type", &identity(&kind.name)))
    {
        let word = if kind.is_domain { "DOMAIN" } else { "TYPE" };
        add(format!("{word} {}", name(&kind.name)), &kind.comment);
    }
    for row in &source.tables {
        add(format!("TABLE {}", name(&row.table)), &row.comment);
    }
    for column in &source.columns {
        add(
            format!("COLUMN {}.{}", name(&column.table), column.name),
            &column.comment,
        );
    }
    let is_made = |parent: &Option<TableName>| parent.as_ref().is_none_or(|parent| request.will_be_there(parent));
    for row in source.constraints.iter().filter(|row| is_made(&row.parent)) {
        add(format!("CONSTRAINT {} ON {}", row.name, name(&row.table)), &row.comment);
    }
    for index in source.indexes.iter().filter(|index| index.valid) {
        add(format!("INDEX {}", index.qualified), &index.comment);
    }
}
