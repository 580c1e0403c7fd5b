//! Tables of one product on another one: columns of types that hold their values, keys, indexes and foreign keys of plain
//! columns.
//!
//! It is made from the model alone. What the model does not have, or what means something else there, is left out and
//! said: checks, partial and expression indexes, defaults that are no constants, what a column is generated from (it is
//! filled with the source's values), triggers. Rows are copied with all columns named, so that no default matters to them.

mod column;
mod default;
mod keys;

use std::collections::BTreeSet;

use super::{Creation, ObjectKind};
use crate::model::{Column, Engine, Schema, Table};
use crate::name::TableName;
use crate::quote::{quote, quote_table};

/// A column's type on the other product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeThere {
    /// As it stands behind the column's name.
    pub sql: String,
    /// The only values, where the type does not say so itself.
    pub labels: Option<Vec<String>>,
    /// What people should know of it.
    pub remark: Option<String>,
}

/// Why a type has no counterpart: what the matter is, and what to do.
pub type NoType = (String, String);

/// Tells a column's type on the other product.
pub type TypeOf<'a> = dyn Fn(&Column, Option<u32>) -> Result<TypeThere, NoType> + 'a;

/// What a database of another product is asked for.
#[derive(Clone, Copy)]
pub struct Across<'a> {
    /// What the source has.
    pub source: &'a Schema,
    /// What the target has.
    pub target: &'a Schema,
    /// The tables to make, as the source calls them; see [`missing`](super::missing).
    pub tables: &'a [TableName],
    /// How the target calls them.
    pub name_there: &'a dyn Fn(&TableName) -> TableName,
    /// A column's type there; where it is part of a key, with the number of bytes that it may take of it.
    pub type_there: &'a TypeOf<'a>,
}

/// How long names may be, in bytes or in characters.
const POSTGRES_NAME: usize = 63;
const MYSQL_NAME: usize = 64;

impl Across<'_> {
    fn engine(&self) -> Engine {
        self.target.engine
    }

    fn for_mysql(&self) -> bool {
        matches!(self.engine(), Engine::MySql | Engine::MariaDb)
    }

    /// MySQL and MariaDB: they share expressions, so that what one generates the other generates, too.
    fn is_family(&self) -> bool {
        self.for_mysql() && matches!(self.source.engine, Engine::MySql | Engine::MariaDb)
    }

    fn quote(&self, name: &str) -> String {
        quote(self.engine(), name)
    }

    fn columns<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> String {
        let quoted: Vec<String> = names.into_iter().map(|name| self.quote(name)).collect();
        quoted.join(", ")
    }

    fn will_be_there(&self, table: &TableName) -> bool {
        self.tables.contains(table) || self.target.table(&(self.name_there)(table)).is_some()
    }

    fn name_is_too_long(&self, name: &str) -> bool {
        match self.engine() {
            Engine::Postgres => name.len() > POSTGRES_NAME,
            // Names of characters beyond the basic plane can't be had at all.
            Engine::MySql | Engine::MariaDb => {
                name.chars().count() > MYSQL_NAME || name.chars().any(|c| u32::from(c) > 0xffff) || name.ends_with(' ')
            }
            Engine::Sqlite => false,
        }
    }
}

/// Says what makes the tables.
pub fn across(request: &Across<'_>) -> Creation {
    let tables: Vec<&Table> = request
        .tables
        .iter()
        .filter_map(|name| request.source.table(name))
        .collect();
    let mut creation = Creation {
        tables: tables.iter().map(|table| (request.name_there)(&table.name)).collect(),
        ..Creation::default()
    };
    refuse_names(request, &tables, &mut creation);
    schemas(request, &mut creation);
    for table in &tables {
        make(request, table, &mut creation);
    }
    let mut taken = BTreeSet::new();
    for table in &tables {
        keys::indexes(request, table, &mut taken, &mut creation);
    }
    if request.engine() != Engine::Sqlite {
        for table in &tables {
            keys::add_foreign_keys(request, table, &mut creation);
        }
    }
    if request.engine() == Engine::Postgres {
        for table in &tables {
            comments(request, table, &mut creation);
        }
    }
    if let Some(first) = tables.first() {
        let (from, to) = (request.source.engine, request.engine());
        creation.warn(
            &first.name,
            format!(
                "tables of {from} are made on {to} without their checks, and as other types where it has no such type"
            ),
            "compare them with the source's before others write to them",
        );
    }
    for table in tables {
        super::left_out(table, &mut creation);
    }
    creation
}

fn refuse_names(request: &Across<'_>, tables: &[&Table], creation: &mut Creation) {
    let to = request.engine();
    for table in tables {
        let there = (request.name_there)(&table.name);
        let same = |other: &&&Table| (request.name_there)(&other.name) == there;
        if tables.iter().filter(same).count() > 1 {
            let message = format!("{to} knows no schemas, and there is another table of this name in another schema");
            creation.refuse(&table.name, message, "move them into a database that has schemas");
        }
        let columns = table.columns.iter().map(|column| &column.name);
        for name in std::iter::once(&there.name).chain(columns) {
            if request.name_is_too_long(name) {
                let message = format!(
                    "`{name}` can't be a name on {to}: it is too long, or has characters that it does not take"
                );
                creation.refuse(&table.name, message, "rename it on the source");
            }
        }
    }
}

fn schemas(request: &Across<'_>, creation: &mut Creation) {
    let there: BTreeSet<&String> = request.target.tables.iter().map(|table| &table.name.schema).collect();
    let needed: BTreeSet<String> = creation.tables.iter().map(|name| name.schema.clone()).collect();
    // Every new database has this one.
    for schema in needed.iter().filter(|schema| !schema.is_empty() && *schema != "public") {
        if !there.contains(schema) {
            let sql = format!("CREATE SCHEMA IF NOT EXISTS {}", request.quote(schema));
            creation.adds(format!("schema {schema}"), sql);
        }
    }
}

fn make(request: &Across<'_>, table: &Table, creation: &mut Creation) {
    let there = (request.name_there)(&table.name);
    let mut lines = column::all(request, table, creation);
    keys::inline(request, table, creation, &mut lines);
    if request.engine() == Engine::Sqlite {
        lines.extend(keys::foreign_keys(request, table, creation));
    }
    let options = if request.for_mysql() {
        let comment = table.comment.as_ref();
        let comment = comment.map_or_else(String::new, |text| {
            format!(" COMMENT = {}", literal(request.engine(), text))
        });
        format!(" ENGINE = InnoDB DEFAULT CHARSET = utf8mb4{comment}")
    } else {
        String::new()
    };
    let sql = format!(
        "CREATE TABLE {} (\n  {}\n){options}",
        quote_table(request.engine(), &there),
        lines.join(",\n  ")
    );
    creation.makes(ObjectKind::Table, &there, sql);
}

fn comments(request: &Across<'_>, table: &Table, creation: &mut Creation) {
    let to = request.engine();
    let there = quote_table(to, &(request.name_there)(&table.name));
    let mut add = |on: String, text: &Option<String>| {
        if let Some(text) = text {
            let sql = format!("COMMENT ON {on} IS {}", literal(to, text));
            creation.adds(format!("comment on {on}"), sql);
        }
    };
    add(format!("TABLE {there}"), &table.comment);
    for column in &table.columns {
        add(format!("COLUMN {there}.{}", quote(to, &column.name)), &column.comment);
    }
}

/// A text in quotes, for sessions pinned as exodus' are.
pub(super) fn literal(engine: Engine, text: &str) -> String {
    let doubled = text.replace('\'', "''");
    match engine {
        Engine::MySql | Engine::MariaDb => format!("'{}'", doubled.replace('\\', r"\\")),
        Engine::Postgres | Engine::Sqlite => format!("'{doubled}'"),
    }
}
