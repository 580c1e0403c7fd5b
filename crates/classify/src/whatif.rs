//! What would change if something were declared, ignored or set by hand: asked before it goes into the configuration.
//!
//! | written | as in the configuration |
//! |---|---|
//! | `ignore comments(client_id)` | `[[ignore_relations]]` |
//! | `declare notes(author) -> clients(login)` | `[[declare]]`; without columns behind it, the parent's primary key |
//! | `declare notes(of_id) -> clients when of_type = Client` | the same for some rows; more values behind commas, more columns behind `and` |
//! | `class audit_log neutral` | `[[class]]` |

mod difference;
mod parse;

use std::collections::BTreeMap;

use exodus_schema::model::{ColumnPair, Discriminator, Origin};
use exodus_schema::{Cuts, Graph, Relation, RelationId, Schema, Table, TableId};

use crate::class::{Class, Override};
use crate::filter::did_you_mean;
use crate::infer;
use crate::lookup::{NoSuchTable, find_table};

pub use difference::{Difference, difference};

/// A schema with what the configuration says about it.
#[derive(Clone, Debug)]
pub struct Model {
    /// The schema, declared relations included.
    pub schema: Schema,
    /// What is ignored.
    pub cuts: Cuts,
    /// Classes that are set by hand.
    pub overrides: BTreeMap<TableId, Override>,
}

/// One supposed change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The relations of a table that have these columns are left out; where none has them but they look like one, the
    /// guess is refused.
    Ignore {
        /// The child table.
        table: String,
        /// Its columns, in any order.
        columns: Vec<String>,
    },
    /// A relation that the database does not enforce.
    Declare {
        /// The child table.
        child: String,
        /// Its columns.
        columns: Vec<String>,
        /// The parent table.
        parent: String,
        /// Its columns in the same order; its primary key, if empty.
        parent_columns: Vec<String>,
        /// Only rows with these values reference.
        when: Vec<Discriminator>,
    },
    /// A class set by hand.
    Class {
        /// The table.
        table: String,
        /// The class.
        class: Class,
    },
}

/// A change that makes no sense, in itself or in this schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhatIfError {
    /// It can't be read.
    #[error("`{0}` is no change that could be supposed")]
    Syntax(String),
    /// A table is not there.
    #[error(transparent)]
    Table(#[from] NoSuchTable),
    /// A column is not there.
    #[error("{table} has no column `{column}`")]
    Column {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The columns that it has.
        known: Vec<String>,
    },
    /// No relation has these columns.
    #[error("there is no relation `{0}`")]
    NoRelation(String, Vec<String>),
    /// There is such a relation; the flag says whether it is ignored.
    #[error("{0} is there already")]
    There(String, bool),
    /// The parent has no primary key, and no columns are named.
    #[error("{0} has no primary key")]
    NoKey(String),
    /// Not as many columns on both sides.
    #[error("{0} columns can't reference {1}")]
    Unpaired(usize, usize),
}

impl WhatIfError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Syntax(_) => "write `ignore child(column)`, `declare child(column) -> parent(column)` or \
                                `class table client|context|neutral`"
                .to_owned(),
            Self::Table(error) => match error {
                NoSuchTable::Unknown { near, .. } if near.is_empty() => "`exodus classify` lists the tables".to_owned(),
                _ => error.help(),
            },
            Self::Column { column, known, .. } => {
                let near: Vec<_> = known
                    .iter()
                    .filter(|other| strsim::jaro_winkler(other, column) >= 0.8)
                    .take(3)
                    .collect();
                if near.is_empty() {
                    format!("it has {}", known.join(", "))
                } else {
                    did_you_mean(&near)
                }
            }
            Self::NoRelation(_, known) if known.is_empty() => "the table references no other table".to_owned(),
            Self::NoRelation(_, known) => format!("there are {}", known.join(", ")),
            Self::There(_, true) => "the configuration ignores it: take that entry out".to_owned(),
            Self::There(_, false) => "nothing has to be declared".to_owned(),
            Self::NoKey(_) => "say which columns: `declare child(column) -> parent(column)`".to_owned(),
            Self::Unpaired(..) => "name them in pairs".to_owned(),
        }
    }
}

impl Model {
    /// Makes the change.
    pub fn suppose(&mut self, change: &Change) -> Result<(), WhatIfError> {
        match change {
            Change::Ignore { table, columns } => self.ignore(table, columns),
            Change::Declare {
                child,
                columns,
                parent,
                parent_columns,
                when,
            } => self.declare(child, columns, (parent, parent_columns), when),
            Change::Class { table, class } => {
                let id = find_table(&Graph::new(&self.schema), table)?;
                let over = Override {
                    class: *class,
                    reason: "supposed".to_owned(),
                };
                self.overrides.insert(id, over);
                Ok(())
            }
        }
    }

    fn ignore(&mut self, table: &str, columns: &[String]) -> Result<(), WhatIfError> {
        let graph = Graph::new(&self.schema);
        let child = find_table(&graph, table)?;
        let of = graph.table(child);
        let mut wanted = known_columns(of, columns)?;
        wanted.sort_unstable();
        let sorted = |relation: &Relation| {
            let mut columns: Vec<_> = relation.child_columns().map(str::to_owned).collect();
            columns.sort_unstable();
            columns
        };
        let relations = of.relations.iter().enumerate();
        let found: Vec<_> = relations
            .filter(|(_, relation)| sorted(relation) == wanted)
            .map(|(at, _)| RelationId { child, at })
            .collect();
        if found.is_empty() && infer::guesses(&graph, child, &wanted) {
            self.cuts.refused.insert((child, wanted), "supposed".to_owned());
            return Ok(());
        }
        if found.is_empty() {
            let known = (0..of.relations.len()).map(|at| graph.describe(RelationId { child, at }));
            let text = format!("{}({})", of.name, columns.join(", "));
            return Err(WhatIfError::NoRelation(text, known.collect()));
        }
        self.cuts.relations.extend(found);
        Ok(())
    }

    fn declare(
        &mut self,
        child: &str,
        columns: &[String],
        (parent, parent_columns): (&str, &[String]),
        when: &[Discriminator],
    ) -> Result<(), WhatIfError> {
        let graph = Graph::new(&self.schema);
        let child = find_table(&graph, child)?;
        let parent = graph.table(find_table(&graph, parent)?);
        let columns = known_columns(graph.table(child), columns)?;
        let parent_columns = match (parent_columns, &parent.primary_key) {
            ([], Some(key)) => key.columns.clone(),
            ([], None) => return Err(WhatIfError::NoKey(parent.name.to_string())),
            (named, _) => known_columns(parent, named)?,
        };
        if columns.len() != parent_columns.len() {
            return Err(WhatIfError::Unpaired(columns.len(), parent_columns.len()));
        }
        let pairs = columns.into_iter().zip(parent_columns);
        known_columns(graph.table(child), when.iter().map(|part| &part.column))?;
        let pairs = pairs.map(|(child, parent)| ColumnPair::new(child, parent));
        let relation = Relation {
            when: when.to_vec(),
            ..Relation::new("", parent.name.clone(), pairs.collect(), Origin::Declared)
        };
        let same = |other: &Relation| other.is_same_reference(&relation);
        if let Some(at) = graph.table(child).relations.iter().position(same) {
            let id = RelationId { child, at };
            return Err(WhatIfError::There(
                graph.describe(id),
                self.cuts.relations.contains(&id),
            ));
        }
        let at = insert_relation(&mut self.schema.tables[child.0], relation);
        // Relations go by their place: those behind the new one have moved.
        let moved = |id: RelationId| {
            let behind = id.child == child && id.at >= at;
            RelationId {
                child: id.child,
                at: id.at + usize::from(behind),
            }
        };
        self.cuts.relations = self.cuts.relations.iter().copied().map(moved).collect();
        Ok(())
    }
}

fn known_columns<'n>(table: &Table, names: impl IntoIterator<Item = &'n String>) -> Result<Vec<String>, WhatIfError> {
    let known = |name: &String| {
        table
            .column(name)
            .map(|column| column.name.clone())
            .ok_or_else(|| WhatIfError::Column {
                table: table.name.to_string(),
                column: name.clone(),
                known: table.columns.iter().map(|column| column.name.clone()).collect(),
            })
    };
    names.into_iter().map(known).collect()
}

/// Adds a declared relation in its place among the table's, under a name that is free; gives the place.
pub fn insert_relation(table: &mut Table, mut relation: Relation) -> usize {
    let columns = relation.columns.iter();
    let named = columns.map(|pair| pair.expression.as_ref().map_or(pair.child.as_str(), |_| "expression"));
    let base = format!("declared_{}", named.collect::<Vec<_>>().join("_"));
    let taken = |name: &str| table.relations.iter().any(|other| other.name == name);
    let mut name = base.clone();
    let mut n = 2;
    while taken(&name) {
        name = format!("{base}_{n}");
        n += 1;
    }
    relation.name = name;
    let key = |relation: &Relation| (relation.name.clone(), relation.columns.clone());
    let at = table.relations.partition_point(|other| key(other) < key(&relation));
    table.relations.insert(at, relation);
    at
}

#[cfg(test)]
mod tests;
