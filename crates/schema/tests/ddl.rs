//! Statements one by one, and what becomes of text that is broken. `tests/tests/dumps.rs` has the same beside live servers.

#[path = "ddl/broken.rs"]
mod broken;
#[path = "ddl/corpus.rs"]
mod corpus;
#[path = "ddl/engines.rs"]
mod engines;
#[path = "ddl/lines.rs"]
mod lines;
#[path = "ddl/migrations.rs"]
mod migrations;
#[path = "ddl/postgres.rs"]
mod postgres;
#[path = "ddl/speed.rs"]
mod speed;

use exodus_schema::{Engine, Schema, Table, TableName, ddl};

/// The schema that the text makes, which has to be read without a warning.
#[track_caller]
fn read(engine: Engine, text: &str) -> Schema {
    let schema = read_with_warnings(engine, text);
    assert_eq!(schema.warnings, Vec::<String>::new(), "{text}");
    schema
}

#[track_caller]
fn read_with_warnings(engine: Engine, text: &str) -> Schema {
    ddl::read(text, Some(engine)).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A table by its name as it is printed, or by its bare name.
#[track_caller]
fn table<'s>(schema: &'s Schema, name: &str) -> &'s Table {
    let named: Option<TableName> = name.parse().ok();
    let found = named
        .and_then(|name| schema.table(&name))
        .or_else(|| schema.tables.iter().find(|table| table.name.name == name));
    found.unwrap_or_else(|| panic!("no table {name} in {:?}", names(schema)))
}

fn names(schema: &Schema) -> Vec<String> {
    schema.tables.iter().map(|table| table.name.to_string()).collect()
}

/// `name: child -> parent(columns)` for each relation.
fn arrows(table: &Table) -> Vec<String> {
    let arrow = |relation: &exodus_schema::Relation| {
        let child: Vec<_> = relation.child_columns().collect();
        let parent: Vec<_> = relation.parent_columns().collect();
        format!(
            "{}: {} -> {}({})",
            relation.name,
            child.join(","),
            relation.parent.name,
            parent.join(",")
        )
    };
    table.relations.iter().map(arrow).collect()
}

/// `name type` for each column, with `!` where it is not NULL.
fn columns(table: &Table) -> Vec<String> {
    let column = |column: &exodus_schema::Column| {
        format!(
            "{} {}{}",
            column.name,
            column.native_type,
            if column.nullable { "" } else { "!" }
        )
    };
    table.columns.iter().map(column).collect()
}

/// `name(columns)` for each unique key, with `?` where it is not total.
fn unique(table: &Table) -> Vec<String> {
    let key = |key: &exodus_schema::Key| {
        format!(
            "{}({}){}",
            key.name,
            key.columns.join(","),
            if key.total { "" } else { "?" }
        )
    };
    table.unique_keys.iter().map(key).collect()
}
