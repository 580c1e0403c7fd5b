//! A drawn case as SQL.

use std::fmt::Write as _;

use exodus_schema::model::Origin;
use exodus_schema::{Engine, Kind, Schema, Table};

use crate::draw::KeyType;
use crate::oracle::{Row, Rows};

/// What a key column is declared as.
pub(crate) fn key_type(engine: Engine, key: KeyType) -> &'static str {
    match (key, engine) {
        (KeyType::Integer, _) => "bigint",
        (KeyType::Text, _) => "varchar(40)",
        (KeyType::Uuid, Engine::Postgres | Engine::MariaDb) => "uuid",
        (KeyType::Uuid, _) => "char(36)",
    }
}

/// CREATE TABLE for all tables, without foreign keys where they can be added later.
pub fn create(schema: &Schema) -> String {
    schema.tables.iter().map(|table| create_table(schema, table)).collect()
}

fn create_table(schema: &Schema, table: &Table) -> String {
    let engine = schema.engine;
    let mut parts: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let null = if column.nullable { "" } else { " NOT NULL" };
            format!(
                "{} {}{}{null}",
                column.name,
                column.native_type,
                collation(engine, column.kind)
            )
        })
        .collect();
    parts.extend(
        table
            .primary_key
            .iter()
            .map(|key| format!("PRIMARY KEY ({})", key.columns.join(", "))),
    );
    parts.extend(
        table
            .unique_keys
            .iter()
            .map(|key| format!("UNIQUE ({})", key.columns.join(", "))),
    );
    if engine == Engine::Sqlite {
        parts.extend(foreign_keys_of(table));
    }
    format!("CREATE TABLE {} ({});\n", table.name, parts.join(", "))
}

fn collation(engine: Engine, kind: Kind) -> &'static str {
    match (engine, kind) {
        (Engine::MySql | Engine::MariaDb, Kind::Text) => " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        _ => "",
    }
}

fn foreign_keys_of(table: &Table) -> impl Iterator<Item = String> {
    let known = table.relations.iter();
    let known = known.filter(|relation| relation.origin == Origin::Catalogue);
    known.map(|relation| {
        format!(
            "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
            relation.name,
            relation.child_columns().collect::<Vec<_>>().join(", "),
            relation.parent,
            relation.parent_columns().collect::<Vec<_>>().join(", "),
        )
    })
}

/// The foreign keys that [`create`] left out.
pub fn foreign_keys(schema: &Schema) -> String {
    let mut sql = String::new();
    if schema.engine != Engine::Sqlite {
        for table in &schema.tables {
            for key in foreign_keys_of(table) {
                let _ = writeln!(sql, "ALTER TABLE {} ADD {key};", table.name);
            }
        }
    }
    sql
}

/// The entries of exodus.toml for relations that are no foreign keys.
pub fn declared(schema: &Schema) -> String {
    let mut lines = String::new();
    for table in &schema.tables {
        for relation in table
            .relations
            .iter()
            .filter(|relation| relation.origin == Origin::Declared)
        {
            let list = |names: Vec<&str>| format!("{names:?}");
            let when: Vec<_> = relation
                .when
                .iter()
                .map(|part| format!("{} = {:?}", part.column, part.values))
                .collect();
            let _ = writeln!(
                lines,
                "[[declare]]\nchild = \"{}\"\ncolumns = {}\nparent = \"{}\"\nparent_columns = {}\nwhen = {{ {} }}\nreason = \"drawn\"\n",
                table.name,
                list(relation.child_columns().collect()),
                relation.parent,
                list(relation.parent_columns().collect()),
                when.join(", "),
            );
        }
    }
    lines
}

/// INSERT for the rows that `keep` accepts, by table and place. On SQLite the rowid is the place.
pub fn insert(schema: &Schema, rows: &Rows, keep: impl Fn(usize, usize) -> bool) -> String {
    let mut sql = String::new();
    for (at, table) in schema.tables.iter().enumerate() {
        for (place, row) in rows[at].iter().enumerate().filter(|(place, _)| keep(at, *place)) {
            let mut columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            let mut values: Vec<String> = values(schema.engine, table, row);
            if schema.engine == Engine::Sqlite {
                columns.push("rowid");
                values.push(place.to_string());
            }
            let _ = writeln!(
                sql,
                "INSERT INTO {} ({}) VALUES ({});",
                table.name,
                columns.join(", "),
                values.join(", ")
            );
        }
    }
    sql
}

fn values(engine: Engine, table: &Table, row: &Row) -> Vec<String> {
    let literal = |cell: &Option<String>, kind| match (cell, kind) {
        (None, _) => "NULL".to_owned(),
        (Some(text), Kind::Integer) => text.clone(),
        (Some(text), _) if matches!(engine, Engine::MySql | Engine::MariaDb) => {
            format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
        }
        (Some(text), _) => format!("'{}'", text.replace('\'', "''")),
    };
    row.iter()
        .zip(&table.columns)
        .map(|(cell, column)| literal(cell, column.kind))
        .collect()
}
