//! On which line of the file each part of the finished schema is made.

use std::collections::BTreeMap;

use super::super::Lines;
use super::super::state::{ForeignKey, State};
use crate::model::{Relation, Schema};
use crate::name::TableName;

/// A foreign key's name, if it has one, and its line.
type Made = (Option<String>, usize);

/// The lines while names are still those of the file.
pub(super) struct Places {
    lines: Lines,
    /// Foreign keys by child and columns, in lower case: their names may yet be made up.
    keys: BTreeMap<(TableName, Vec<String>), Vec<Made>>,
}

impl Places {
    /// What partitions carry is their root's.
    pub(super) fn of(state: &State, roots: &BTreeMap<TableName, TableName>) -> Self {
        let mut places = Self {
            lines: Lines::default(),
            keys: BTreeMap::new(),
        };
        for (name, draft) in &state.tables {
            let root = roots.get(name);
            let table = root.unwrap_or(name);
            if root.is_none() {
                places.lines.tables.insert(table.clone(), draft.line);
            }
            for key in &draft.foreign_keys {
                let made = (key.name.clone(), key.line);
                places.keys.entry((table.clone(), columns(key))).or_default().push(made);
            }
            for made in &draft.triggers {
                let key = (table.clone(), made.trigger.name.clone());
                let line = places.lines.triggers.entry(key).or_insert(made.line);
                *line = made.line.min(*line);
            }
        }
        places
    }

    /// The lines of what came into the schema, under the names that it has there.
    pub(super) fn lines(mut self, schema: &Schema) -> Lines {
        for table in &schema.tables {
            for relation in &table.relations {
                if let Some(line) = self.line_of(&table.name, relation) {
                    let key = (table.name.clone(), relation.name.clone());
                    self.lines.relations.insert(key, line);
                }
            }
        }
        let known = |name: &TableName| schema.table(name).is_some();
        self.lines.tables.retain(|name, _| known(name));
        self.lines.triggers.retain(|(table, _), _| known(table));
        self.lines
    }

    /// Of several with these columns the one of that name, else the first.
    fn line_of(&self, table: &TableName, relation: &Relation) -> Option<usize> {
        let columns = relation.child_columns().map(str::to_lowercase).collect();
        let made = self.keys.get(&(table.clone(), columns))?;
        let named = made.iter().filter(|(name, _)| name.as_ref() == Some(&relation.name));
        let lines = |made: &Made| made.1;
        named.map(lines).min().or_else(|| made.iter().map(lines).min())
    }
}

fn columns(key: &ForeignKey) -> Vec<String> {
    key.columns.iter().map(|column| column.to_lowercase()).collect()
}
