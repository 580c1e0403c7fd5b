//! Schemas for the tests of names, in a few words.

use exodus_schema::model::{ColumnPair, FORMAT_VERSION, Generator, Origin};
use exodus_schema::{Column, Engine, Key, Kind, Relation, Schema, Table, TableName};

fn kind(native: &str) -> Kind {
    match native
        .to_lowercase()
        .split('(')
        .next()
        .unwrap_or_default()
        .split(' ')
        .next()
        .unwrap_or_default()
    {
        "bigint" | "int" | "integer" | "smallint" | "tinyint" | "mediumint" => Kind::Integer,
        "uuid" => Kind::Uuid,
        "text" | "varchar" | "char" | "character" => Kind::Text,
        "binary" | "varbinary" => Kind::Bytes,
        "timestamp" => Kind::Timestamp,
        "date" => Kind::Date,
        "boolean" => Kind::Boolean,
        "decimal" => Kind::Decimal,
        "json" => Kind::Json,
        "enum" => Kind::Enum,
        _ => Kind::Other,
    }
}

/// A column from `name type`; the type is `bigint` if none is given.
pub(super) fn column(text: &str) -> Column {
    let (name, native) = text.split_once(' ').unwrap_or((text, "bigint"));
    Column {
        name: name.to_owned(),
        native_type: native.to_owned(),
        kind: kind(native),
        nullable: false,
        default: None,
        generator: None,
        generated: None,
        charset: None,
        collation: None,
        invisible: false,
        text_only: false,
        comment: None,
    }
}

pub(super) fn key(columns: &[String]) -> Key {
    Key {
        name: "key".to_owned(),
        columns: columns.to_vec(),
        total: true,
    }
}

pub(super) fn relation(columns: &[String], parent: &str, parent_columns: &[String]) -> Relation {
    let pairs = columns.iter().zip(parent_columns);
    let pairs = pairs.map(|(child, parent)| ColumnPair::new(child, parent)).collect();
    let name = format!("{}_fkey", columns.join("_"));
    Relation::new(name, parent.parse().expect("a table name"), pairs, Origin::Catalogue)
}

pub(super) fn bare_table(name: &str) -> Table {
    Table {
        name: name.parse().unwrap_or_else(|_| TableName::bare(name)),
        columns: vec![],
        primary_key: None,
        unique_keys: vec![],
        indexes: vec![],
        relations: vec![],
        triggers: vec![],
        partitions: vec![],
        storage_engine: None,
        row_security: false,
        estimated_rows: None,
        bytes: None,
        comment: None,
    }
}

/// A table from `name: column, column type, …`. In front of a column `*` makes it part of the primary key, `+` gives it a
/// generator, `!` makes it unique; `→ table.column` behind it is a foreign key.
pub(super) fn table(line: &str) -> Table {
    let (name, columns) = line.split_once(':').expect("name: columns");
    let mut table = bare_table(name.trim());
    let mut primary = vec![];
    for text in columns.split(", ").map(str::trim).filter(|text| !text.is_empty()) {
        let (text, parent) = text
            .split_once(" → ")
            .map_or((text, None), |(text, parent)| (text, Some(parent)));
        let mut made = column(text.trim_start_matches(['*', '+', '!']));
        let flags = &text[..text.len() - text.trim_start_matches(['*', '+', '!']).len()];
        let names = [made.name.clone()];
        if flags.contains('*') {
            primary.push(made.name.clone());
        }
        if flags.contains('+') {
            made.generator = Some(Generator::AutoIncrement);
        }
        if flags.contains('!') {
            table.unique_keys.push(key(&names));
        }
        if let Some((parent, column)) = parent.map(|parent| parent.rsplit_once('.').expect("table.column")) {
            table.relations.push(relation(&names, parent, &[column.to_owned()]));
        }
        table.columns.push(made);
    }
    table.primary_key = (!primary.is_empty()).then(|| key(&primary));
    table
}

pub(super) fn schema(engine: Engine, mut tables: Vec<Table>) -> Schema {
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    Schema {
        version: FORMAT_VERSION,
        engine,
        server_version: String::new(),
        tables,
        routines: vec![],
        enums: std::collections::BTreeMap::new(),
        warnings: vec![],
    }
}
