//! Selectors: the one predicate per table that says which of its rows a client owns.
//!
//! Only semi-joins are used, never a join or a union of rows: each physical row is selected once, with or without a
//! unique key, however many ways lead to it. Rows that are owned through tables without a complete path are tested
//! against named [`Set`]s of parent keys, each defined once, so that the text stays linear in the relations.

mod build;

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{Graph, RelationId, TableId};
use crate::tree::{Reach, Tree};
use build::Build;

/// A condition on the rows of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The row is the client's root row.
    Client,
    /// The row references the client's root row by this relation, whose parent columns are the root key.
    ClientKey(RelationId),
    /// The row references, by this relation, a row that satisfies `condition`.
    Parent {
        /// The relation.
        relation: RelationId,
        /// What the referenced row must satisfy.
        condition: Box<Condition>,
    },
    /// The row references, by this relation, a row of a set.
    InSet {
        /// The relation; the set has the columns of its parent.
        relation: RelationId,
        /// Index in [`Selector::sets`].
        set: usize,
        /// For a closure, the member (index) that holds them.
        member: usize,
    },
    /// Any of them; never empty.
    Any(Vec<Condition>),
}

/// Columns of rows that are owned, defined once per selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Set {
    /// Of one table, by a condition that refers to earlier sets only.
    Rows(SetRows),
    /// Of the tables of a loop, together: the rows that `base` gives, and on from each row to its children until
    /// nothing is added.
    Closure(Vec<SetMember>),
}

/// The rows of one table in a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetRows {
    /// The table.
    pub table: TableId,
    /// The columns that others reference, sorted.
    pub columns: Vec<String>,
    /// Which rows.
    pub condition: Condition,
}

/// A table of a closure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetMember {
    /// The table.
    pub table: TableId,
    /// The columns that others reference, sorted.
    pub columns: Vec<String>,
    /// Rows that are owned by way of tables outside the loop; empty if there is none.
    pub base: Vec<Condition>,
    /// Relations to members of the loop.
    pub steps: Vec<Step>,
}

/// A relation inside a closure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The relation.
    pub relation: RelationId,
    /// Index of the parent among the members.
    pub parent: usize,
}

/// Which rows of one table a client owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// The table.
    pub table: TableId,
    /// Named sets, each refers to earlier ones only.
    pub sets: Vec<Set>,
    /// The condition on the table's rows.
    pub condition: Condition,
}

impl Selector {
    /// The tables whose rows decide which rows are selected; without the rows of one of them others would be.
    pub fn reads(&self, graph: &Graph<'_>) -> BTreeSet<TableId> {
        let mut tables = BTreeSet::new();
        read_by(graph, &self.condition, &mut tables);
        for set in &self.sets {
            match set {
                Set::Rows(rows) => {
                    tables.insert(rows.table);
                    read_by(graph, &rows.condition, &mut tables);
                }
                Set::Closure(members) => {
                    tables.extend(members.iter().map(|member| member.table));
                    let base = members.iter().flat_map(|member| &member.base);
                    base.for_each(|condition| read_by(graph, condition, &mut tables));
                }
            }
        }
        tables
    }

    /// How many times a set is worked out if each use of a set works it out anew, with the sets it is built on; at most
    /// `u64::MAX`. A ladder of n tables with two nullable relations each has 2ⁿ of them.
    pub fn set_uses(&self) -> u64 {
        let mut cost: Vec<u64> = Vec::with_capacity(self.sets.len());
        for set in &self.sets {
            let conditions: Vec<&Condition> = match set {
                Set::Rows(rows) => vec![&rows.condition],
                Set::Closure(members) => members.iter().flat_map(|member| &member.base).collect(),
            };
            let below = conditions.into_iter().map(|condition| uses(condition, &cost));
            cost.push(below.fold(1, u64::saturating_add));
        }
        uses(&self.condition, &cost)
    }
}

fn read_by(graph: &Graph<'_>, condition: &Condition, tables: &mut BTreeSet<TableId>) {
    match condition {
        Condition::Client | Condition::ClientKey(_) | Condition::InSet { .. } => {}
        Condition::Parent { relation, condition } => {
            tables.extend(graph.edge(*relation).map(|edge| edge.parent));
            read_by(graph, condition, tables);
        }
        Condition::Any(any) => any.iter().for_each(|one| read_by(graph, one, tables)),
    }
}

fn uses(condition: &Condition, cost: &[u64]) -> u64 {
    match condition {
        Condition::Client | Condition::ClientKey(_) => 0,
        Condition::Parent { condition, .. } => uses(condition, cost),
        Condition::InSet { set, .. } => cost.get(*set).copied().unwrap_or(1),
        Condition::Any(any) => any.iter().map(|one| uses(one, cost)).fold(0, u64::saturating_add),
    }
}

/// Builds selectors for the tables of a tree.
#[derive(Debug)]
pub struct Selectors<'a> {
    graph: &'a Graph<'a>,
    tree: &'a Tree,
    root_key: &'a [String],
}

impl<'a> Selectors<'a> {
    /// Selectors for a tree whose clients are told apart by `root_key`, columns of the root table.
    pub fn new(graph: &'a Graph<'a>, tree: &'a Tree, root_key: &'a [String]) -> Self {
        Self { graph, tree, root_key }
    }

    /// The columns of the root table that tell clients apart.
    pub fn root_key(&self) -> &'a [String] {
        self.root_key
    }

    /// The selector of a client table; `None` for any other table.
    pub fn of(&self, table: TableId) -> Option<Selector> {
        self.tree.member(table)?;
        let mut build = Build::new(self, self.wanted_columns(table));
        let condition = build.condition(table);
        Some(Selector {
            table,
            sets: build.sets,
            condition,
        })
    }

    /// For every table above `table` that needs a set: which of its columns are referenced on the way.
    fn wanted_columns(&self, table: TableId) -> BTreeMap<TableId, BTreeSet<&'a str>> {
        let mut wanted: BTreeMap<TableId, BTreeSet<&str>> = BTreeMap::new();
        let mut seen = BTreeSet::from([table]);
        let mut stack = vec![table];
        while let Some(child) = stack.pop() {
            let owners = match self.tree.member(child) {
                Some(member) if is_partial(&member.reach) => member.owners.as_slice(),
                _ => continue,
            };
            for &relation in owners {
                let Some(edge) = self.graph.edge(relation) else {
                    continue;
                };
                wanted
                    .entry(edge.parent)
                    .or_default()
                    .extend(self.graph.relation(relation).parent_columns());
                if seen.insert(edge.parent) {
                    stack.push(edge.parent);
                }
            }
        }
        wanted
    }

    /// The condition that a row references, by this relation, a parent row that satisfies `condition`.
    fn by_parent(&self, relation: RelationId, condition: Condition) -> Condition {
        let mut referenced = self.graph.relation(relation).parent_columns();
        let by_key = referenced.len() == self.root_key.len()
            && referenced.all(|column| self.root_key.iter().any(|key| key == column));
        if condition == Condition::Client && by_key {
            return Condition::ClientKey(relation);
        }
        Condition::Parent {
            relation,
            condition: Box::new(condition),
        }
    }

    fn complete(&self, path: &[RelationId]) -> Condition {
        path.iter().fold(Condition::Client, |condition, &relation| {
            self.by_parent(relation, condition)
        })
    }
}

fn is_partial(reach: &Reach) -> bool {
    matches!(reach, Reach::Partial | Reach::Closure(_))
}
