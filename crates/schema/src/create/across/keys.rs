//! Keys, indexes and foreign keys.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Across, column};
use crate::create::Creation;
use crate::model::{Action, Deferral, Engine, Key, Origin, Relation, Table};
use crate::quote::quote_table;

/// The bytes that all columns of a key may take together on MySQL and MariaDB.
const KEY_BYTES: u32 = 3072;

/// How many bytes of a key the column may take there, if it is part of one that has to be made: keys, and both sides of
/// foreign keys.
pub(super) fn room(request: &Across<'_>, table: &Table, column: &str) -> Option<u32> {
    if !request.for_mysql() {
        return None;
    }
    let own = table
        .primary_key
        .iter()
        .chain(table.unique_keys.iter().filter(|key| key.total));
    let own = own.map(|key| key.columns.iter().map(String::as_str).collect::<Vec<_>>());
    let child = table.relations.iter().filter(|relation| is_made(relation));
    let child = child.map(|relation| relation.child_columns().collect::<Vec<_>>());
    let others = request.source.tables.iter().flat_map(|other| &other.relations);
    let parent = others.filter(|relation| is_made(relation) && relation.parent == table.name);
    let parent = parent.map(|relation| relation.parent_columns().collect::<Vec<_>>());
    let keys = own
        .chain(child)
        .chain(parent)
        .filter(|columns| columns.contains(&column));
    let longest = keys.map(|columns| columns.len()).max()?;
    // Characters have four bytes.
    Some(KEY_BYTES / u32::try_from(longest).unwrap_or(u32::MAX).max(1) / 4 * 4)
}

fn is_made(relation: &Relation) -> bool {
    relation.origin == Origin::Catalogue
}

/// The primary key and the unique ones, as lines of the table.
pub(super) fn inline(request: &Across<'_>, table: &Table, creation: &mut Creation, lines: &mut Vec<String>) {
    let in_column =
        |line: &String| line.ends_with(column::ROW_ID) || line.contains(&format!("{} CHECK", column::ROW_ID));
    let columns = |key: &Key| request.columns(key.columns.iter().map(String::as_str));
    if let Some(key) = table.primary_key.as_ref().filter(|_| !lines.iter().any(in_column)) {
        lines.push(format!("PRIMARY KEY ({})", columns(key)));
    }
    let mut made: Vec<&Vec<String>> = vec![];
    for key in &table.unique_keys {
        if !key.total || key.columns.is_empty() {
            creation.warn(
                &table.name,
                format!(
                    "unique index {} is not made: it is not on whole columns of all rows",
                    key.name
                ),
                "create one there that does the same, if the product has such",
            );
        } else if !made.contains(&&key.columns) {
            made.push(&key.columns);
            lines.push(format!("UNIQUE ({})", columns(key)));
        }
    }
}

/// Indexes that are no keys. Their names are made up, for names are per table on one product and per schema on the other.
pub(super) fn indexes(request: &Across<'_>, table: &Table, taken: &mut BTreeSet<String>, creation: &mut Creation) {
    let keys = table.primary_key.iter().chain(&table.unique_keys);
    let covered: Vec<&Vec<String>> = keys.map(|key| &key.columns).collect();
    for columns in table
        .indexes
        .iter()
        .filter(|columns| !columns.is_empty() && !covered.contains(columns))
    {
        let fits = |name: &String| {
            let sql = table
                .column(name)
                .map(|column| (request.type_there)(column, room(request, table, name)));
            sql.is_some_and(|there| there.is_ok_and(|there| !there.sql.starts_with("long")))
        };
        if request.for_mysql() && !columns.iter().all(fits) {
            creation.warn(
                &table.name,
                format!(
                    "the index on {} is not made: a text in it may be too long for one",
                    columns.join(", ")
                ),
                "create one there on its first characters",
            );
            continue;
        }
        let there = (request.name_there)(&table.name);
        let name = index_name(&there.name, columns, taken);
        let sql = format!(
            "CREATE INDEX {} ON {} ({})",
            request.quote(&name),
            quote_table(request.engine(), &there),
            request.columns(columns.iter().map(String::as_str))
        );
        creation.adds(format!("index {name} of {there}"), sql);
    }
}

/// A name that no other index of ours has, short enough for everybody.
fn index_name(table: &str, columns: &[String], taken: &mut BTreeSet<String>) -> String {
    const MOST: usize = 55;
    let whole = format!("{table}_{}", columns.join("_"));
    let plain: String = whole.chars().filter(|c| u32::from(*c) <= 0xffff).collect();
    let mut end = plain.len().min(MOST);
    while !plain.is_char_boundary(end) {
        end -= 1;
    }
    let head = plain[..end].trim_end();
    let mut name = format!("{head}_idx");
    let mut number = 1_u32;
    // SQLite and MySQL tell names apart by more than case.
    while !taken.insert(name.to_lowercase()) {
        number += 1;
        name = format!("{head}_i{number}");
    }
    name
}

/// One statement for each foreign key.
pub(super) fn add_foreign_keys(request: &Across<'_>, table: &Table, creation: &mut Creation) {
    let there = (request.name_there)(&table.name);
    for clause in foreign_keys(request, table, creation) {
        let sql = format!("ALTER TABLE {} ADD {clause}", quote_table(request.engine(), &there));
        creation.adds(format!("foreign keys of {there}"), sql);
    }
}

/// The clauses of the foreign keys that can be made.
pub(super) fn foreign_keys(request: &Across<'_>, table: &Table, creation: &mut Creation) -> Vec<String> {
    let mut clauses = vec![];
    for relation in table.relations.iter().filter(|relation| is_made(relation)) {
        match hindrance(request, table, relation) {
            Some(why) => creation.warn(
                &table.name,
                format!(
                    "foreign key {} to {} is not made: {why}",
                    relation.name, relation.parent
                ),
                "the move proves it all the same; add one there if it is wanted",
            ),
            None => clauses.push(clause(request, relation)),
        }
    }
    clauses
}

fn hindrance(request: &Across<'_>, table: &Table, relation: &Relation) -> Option<&'static str> {
    if !request.will_be_there(&relation.parent) {
        return Some("that table will not be there");
    }
    let parent = request.source.table(&relation.parent)?;
    let wanted: BTreeSet<&str> = relation.parent_columns().collect();
    let is_key = |key: &Key| key.total && key.columns.iter().map(String::as_str).collect::<BTreeSet<_>>() == wanted;
    if !parent.primary_key.iter().chain(&parent.unique_keys).any(is_key) {
        return Some("what it references is no key");
    }
    let same = |pair: &crate::model::ColumnPair| {
        let (here, there) = (table.column(&pair.child), parent.column(&pair.parent));
        let of = |table: &Table, column: Option<&crate::model::Column>| {
            let column = column?;
            let there = (request.type_there)(column, room(request, table, &column.name)).ok()?;
            // Texts of different lengths can reference each other.
            let length = there.sql.find('(').filter(|_| there.sql.starts_with("varchar"));
            let tail = there.sql.find(')').map_or("", |at| &there.sql[at + 1..]);
            Some(length.map_or(there.sql.clone(), |at| format!("{}{tail}", &there.sql[..at])))
        };
        of(table, here) == of(parent, there)
    };
    let strict = request.for_mysql();
    (strict && !relation.columns.iter().all(same)).then_some("its columns become different types there")
}

fn clause(request: &Across<'_>, relation: &Relation) -> String {
    let to = request.engine();
    let named = !request.for_mysql() && !request.name_is_too_long(&relation.name);
    let name = named.then(|| format!("CONSTRAINT {} ", request.quote(&relation.name)));
    let mut sql = format!(
        "{}FOREIGN KEY ({}) REFERENCES {} ({})",
        name.unwrap_or_default(),
        request.columns(relation.child_columns()),
        quote_table(to, &(request.name_there)(&relation.parent)),
        request.columns(relation.parent_columns())
    );
    if relation.match_full && to == Engine::Postgres {
        sql += " MATCH FULL";
    }
    for (event, action) in [("DELETE", relation.on_delete), ("UPDATE", relation.on_update)] {
        if let Some(word) = word(request, action) {
            let _ = write!(sql, " ON {event} {word}");
        }
    }
    if !request.for_mysql() {
        sql += match relation.deferral {
            Deferral::NotDeferrable => "",
            Deferral::InitiallyImmediate => " DEFERRABLE INITIALLY IMMEDIATE",
            Deferral::InitiallyDeferred => " DEFERRABLE INITIALLY DEFERRED",
        };
    }
    sql
}

fn word(request: &Across<'_>, action: Action) -> Option<&'static str> {
    match action {
        Action::NoAction => None,
        // InnoDB makes no difference, and says the one or the other.
        Action::Restrict if matches!(request.source.engine, Engine::MySql | Engine::MariaDb) => None,
        Action::Restrict => Some("RESTRICT"),
        Action::Cascade => Some("CASCADE"),
        Action::SetNull => Some("SET NULL"),
        // InnoDB knows the words only.
        Action::SetDefault => (!request.for_mysql()).then_some("SET DEFAULT"),
    }
}
