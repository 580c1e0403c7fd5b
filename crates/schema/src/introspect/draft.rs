//! The schema while it is put together from the rows of several queries.

use std::collections::{BTreeMap, BTreeSet};

use super::shape::{ColumnRow, KeyRow, PartitionRow, RelationRow, Role, TriggerRow};
use crate::model::{ColumnPair, Engine, FORMAT_VERSION, Key, Relation, Routine, Schema, Table};
use crate::name::TableName;

/// How names in a foreign key match names in the catalogue. Exact matches come first in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As they are.
    Exact,
    /// ASCII letters in either case (SQLite).
    Ascii,
    /// All letters in either case (MySQL's column names, and its table names where files are).
    Unicode,
}

impl Spelling {
    pub(crate) fn same(self, a: &str, b: &str) -> bool {
        match self {
            Self::Exact => a == b,
            Self::Ascii => a.eq_ignore_ascii_case(b),
            Self::Unicode => a == b || a.to_lowercase() == b.to_lowercase(),
        }
    }
}

/// Tables by name. Rows about tables that are not in it are passed over: information_schema lists views' columns too.
pub(crate) struct Draft {
    pub(crate) tables: BTreeMap<TableName, Table>,
    /// All that there are; only those that a trigger may run are kept.
    pub(crate) routines: Vec<Routine>,
    pub(crate) enums: BTreeMap<String, Vec<String>>,
    pub(crate) warnings: BTreeSet<String>,
}

impl Draft {
    pub(crate) fn new(tables: Vec<Table>) -> Self {
        Self {
            tables: tables.into_iter().map(|table| (table.name.clone(), table)).collect(),
            routines: vec![],
            enums: BTreeMap::new(),
            warnings: BTreeSet::new(),
        }
    }

    pub(crate) fn columns(&mut self, rows: Vec<ColumnRow>) {
        for row in rows {
            if let Some(table) = self.tables.get_mut(&row.table) {
                table.columns.push(row.column);
            }
        }
    }

    pub(crate) fn keys(&mut self, rows: Vec<KeyRow>) {
        let mut indexes: BTreeMap<(TableName, String), Vec<KeyRow>> = BTreeMap::new();
        for row in rows {
            indexes
                .entry((row.table.clone(), row.name.clone()))
                .or_default()
                .push(row);
        }
        for ((table, name), mut parts) in indexes {
            let Some(table) = self.tables.get_mut(&table) else {
                continue;
            };
            parts.sort_by_key(|part| part.ordinal);
            add_index(table, name, &parts);
        }
    }

    pub(crate) fn triggers(&mut self, rows: Vec<TriggerRow>) {
        for TriggerRow { table, trigger } in rows {
            let Some(table) = self.tables.get_mut(&table) else {
                continue;
            };
            // A trigger for several events may come as one row for each.
            let like = |known: &&mut crate::model::Trigger| known.name == trigger.name && known.body == trigger.body;
            match table.triggers.iter_mut().find(like) {
                Some(known) if known.timing == trigger.timing => known.events.extend(trigger.events),
                _ => table.triggers.push(trigger),
            }
        }
    }

    /// Whether there is a trigger, which is all that routines are read for.
    pub(crate) fn has_triggers(&self) -> bool {
        self.tables.values().any(|table| !table.triggers.is_empty())
    }

    pub(crate) fn partitions(&mut self, rows: &[PartitionRow]) {
        for row in rows.iter().filter(|row| row.leaf) {
            if let Some(table) = self.tables.get_mut(&row.table) {
                table.partitions.push(row.partition.clone());
            } else {
                self.warnings.insert(format!(
                    "partition {} was left out, because the partitioned table {} is in a schema that was not read",
                    row.partition, row.table
                ));
            }
        }
    }

    /// Adds foreign keys; columns and keys of all tables must be there already.
    pub(crate) fn relations(&mut self, rows: Vec<RelationRow>, tables: Spelling, columns: Spelling) {
        let mut relations: BTreeMap<(TableName, String), Vec<RelationRow>> = BTreeMap::new();
        for row in rows.into_iter().filter(|row| self.tables.contains_key(&row.child)) {
            relations
                .entry((row.child.clone(), row.id.clone()))
                .or_default()
                .push(row);
        }
        for ((child, _), mut pairs) in relations {
            pairs.sort_by_key(|pair| pair.ordinal);
            let made = self.relation(&child, &pairs, tables, columns);
            match (made, self.tables.get_mut(&child)) {
                (Ok(relation), Some(table)) => table.relations.push(relation),
                (Err(why), _) => {
                    let name = pairs.first().and_then(|pair| pair.name.clone());
                    let name = name.map_or_else(|| "a foreign key".to_owned(), |name| format!("foreign key `{name}`"));
                    self.warnings
                        .insert(format!("{name} of {child} was left out, because {why}"));
                }
                (Ok(_), None) => {}
            }
        }
    }

    /// One foreign key from its column pairs in order, or why it can't be used.
    fn relation(
        &self,
        child: &TableName,
        pairs: &[RelationRow],
        tables: Spelling,
        columns: Spelling,
    ) -> Result<Relation, String> {
        let (Some(first), Some(child)) = (pairs.first(), self.tables.get(child)) else {
            return Err("it has no columns".to_owned());
        };
        let parent = self
            .find(&first.parent, tables)
            .ok_or_else(|| format!("the table it references, {}, was not read", first.parent))?;
        let implied = parent.primary_key.as_ref().map_or(&[][..], |key| &key.columns);
        if pairs.iter().any(|pair| pair.parent_column.is_none()) && implied.len() != pairs.len() {
            return Err(format!(
                "it names no columns of {} and has {} of its own, where the primary key has {}",
                parent.name,
                pairs.len(),
                implied.len()
            ));
        }
        let pair = |(at, pair): (usize, &RelationRow)| {
            let target = pair.parent_column.as_ref().or_else(|| implied.get(at));
            Ok(ColumnPair::new(
                column(child, &pair.child_column, columns)?,
                column(parent, target.map_or("", String::as_str), columns)?,
            ))
        };
        let columns = pairs.iter().enumerate().map(pair).collect::<Result<Vec<_>, String>>()?;
        let name = first.name.clone().unwrap_or_else(|| made_up_name(child, &columns));
        Ok(Relation {
            on_delete: first.on_delete,
            on_update: first.on_update,
            deferral: first.deferral,
            validated: first.validated,
            match_full: first.match_full,
            ..Relation::new(name, parent.name.clone(), columns, crate::model::Origin::Catalogue)
        })
    }

    fn find(&self, name: &TableName, spelling: Spelling) -> Option<&Table> {
        let same = |table: &&Table| {
            spelling != Spelling::Exact
                && spelling.same(&table.name.schema, &name.schema)
                && spelling.same(&table.name.name, &name.name)
        };
        self.tables.get(name).or_else(|| self.tables.values().find(same))
    }

    /// The finished schema, in the order that the model promises.
    pub(crate) fn finish(self, engine: Engine, server_version: String) -> Schema {
        let mut tables: Vec<Table> = self.tables.into_values().collect();
        for table in &mut tables {
            super::normalise::table(table);
        }
        Schema {
            version: FORMAT_VERSION,
            engine,
            server_version,
            routines: super::routines::keep_called(&tables, self.routines),
            tables,
            enums: self.enums,
            warnings: self.warnings.into_iter().collect(),
        }
    }
}

fn add_index(table: &mut Table, name: String, parts: &[KeyRow]) {
    let lead: Vec<String> = parts
        .iter()
        .map_while(|part| part.column.clone().filter(|_| part.searchable))
        .collect();
    if !lead.is_empty() {
        table.indexes.push(lead);
    }
    let key = Key {
        name,
        columns: parts.iter().filter_map(|part| part.column.clone()).collect(),
        total: parts.iter().all(|part| part.total && part.column.is_some()),
    };
    match parts.first().map(|part| part.role) {
        Some(Role::Primary) => table.primary_key = Some(key),
        Some(Role::Unique) => table.unique_keys.push(key),
        Some(Role::Plain) | None => {}
    }
}

/// The table's own spelling of a column's name.
fn column(table: &Table, name: &str, spelling: Spelling) -> Result<String, String> {
    let folded = || table.columns.iter().find(|column| spelling.same(&column.name, name));
    let found = table.column(name).or_else(folded);
    found.map_or_else(
        || Err(format!("{} has no column `{name}`", table.name)),
        |column| Ok(column.name.clone()),
    )
}

/// The name PostgreSQL would give it: the same for the same columns, whatever else changes in the table.
fn made_up_name(child: &Table, columns: &[ColumnPair]) -> String {
    let columns: Vec<&str> = columns.iter().map(|pair| pair.child.as_str()).collect();
    format!("{}_{}_fkey", child.name.name, columns.join("_"))
}
