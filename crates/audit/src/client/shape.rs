//! What is the same for every client of a monolith, and the conditions that select a client's rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use exodus_engine::{Dialect, Owner, Render};
use exodus_schema::{Edge, Graph, Reach, RelationId, Selectors, Table, TableId, Tree};

/// The client tables of a monolith and how their rows are selected.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    /// The source's foreign-key graph.
    pub graph: &'a Graph<'a>,
    /// Its client tables.
    pub tree: &'a Tree,
    /// The columns of the root table that tell clients apart.
    pub root_key: &'a [String],
}

impl<'a> Shape<'a> {
    /// The root table.
    pub fn root(&self) -> &'a Table {
        self.graph.table(self.tree.root())
    }

    /// The schemas that the client tables are in, as their names have them.
    pub fn schemas(&self) -> Vec<String> {
        let schemas: BTreeSet<_> = self
            .tables()
            .map(|id| self.graph.table(id).name.schema.clone())
            .collect();
        schemas.into_iter().collect()
    }

    /// The client tables, parents first.
    pub fn tables(&self) -> impl DoubleEndedIterator<Item = TableId> + use<'a> {
        self.tree.members().iter().map(|member| member.table)
    }

    /// The relation that alone decides which rows of the table are the client's, if one does: by it no owned row can
    /// reference another client's row.
    pub fn deciding_relation(&self, table: TableId) -> Option<RelationId> {
        let member = self.tree.member(table)?;
        let deciding = match &member.reach {
            Reach::Complete(path) => path.last().copied(),
            Reach::Partial if member.owners.len() == 1 => member.owners.first().copied(),
            _ => None,
        };
        deciding.filter(|&relation| self.references_one_row(relation))
    }

    /// Whether a row can reference one row at most by this relation; where the parent's columns are no key, it may be
    /// rows of several clients at once.
    pub fn references_one_row(&self, id: RelationId) -> bool {
        let relation = self.graph.relation(id);
        let referenced: Vec<&str> = relation.parent_columns().collect();
        let covered = |columns: &[String]| columns.iter().all(|column| referenced.contains(&column.as_str()));
        self.graph.edge(id).is_none_or(|edge| {
            let parent = self.graph.table(edge.parent);
            let mut keys = parent.primary_key.iter().chain(&parent.unique_keys);
            keys.any(|key| key.total && !key.columns.is_empty() && covered(&key.columns))
        })
    }

    /// Relations from client tables to tables that are none.
    pub fn context_relations(&self) -> impl Iterator<Item = &'a Edge> + use<'a> {
        let (edges, tree) = (self.graph.edges().iter(), self.tree);
        edges.filter(|edge| tree.contains(edge.child()) && !tree.contains(edge.parent))
    }

    /// Relations to client tables by which rows of different owners can meet, cut ones among them: a cut says who owns a
    /// row, not that the reference is gone. The relation that alone decides on the child's rows is left out.
    pub fn meeting_relations(&self) -> impl Iterator<Item = &'a Edge> + use<'a> {
        let shape = *self;
        let edges = self.graph.edges().iter();
        edges.filter(move |edge| {
            shape.tree.contains(edge.parent) && shape.deciding_relation(edge.child()) != Some(edge.id)
        })
    }

    /// The condition of every client table on a database of this dialect, under an alias.
    pub fn conditions(&self, dialect: Dialect, owner: &Owner, alias: &str) -> Conditions {
        let selectors = Selectors::new(self.graph, self.tree, self.root_key);
        let render = Render::new(dialect, self.graph, self.tree.root(), self.root_key, owner);
        let of = |table| {
            let selector = selectors.of(table)?;
            let condition = Condition {
                sql: render.condition(&selector, alias),
                uses: selector.set_uses(),
            };
            Some((table, condition))
        };
        Conditions {
            of: Arc::new(self.tables().filter_map(of).collect()),
            most: dialect.most_set_uses(),
        }
    }
}

#[derive(Clone, Debug)]
struct Condition {
    sql: String,
    /// How often the server works sets out for it.
    uses: u64,
}

/// The selector of every client table, written in SQL under one alias.
#[derive(Clone, Debug)]
pub struct Conditions {
    of: Arc<BTreeMap<TableId, Condition>>,
    most: Option<u64>,
}

/// Of a table outside the tree no row is selected.
const NONE: &str = "1 = 0";

impl Conditions {
    /// The condition on the table's rows. Of a table outside the tree no row is selected.
    pub fn of(&self, table: TableId) -> &str {
        self.of.get(&table).map_or(NONE, |condition| condition.sql.as_str())
    }

    /// The same, if a server can be asked to work it out.
    pub(crate) fn bearable(&self, table: TableId) -> Result<&str, TooDeep> {
        if self.most.is_some_and(|most| self.uses(table) > most) {
            return Err(TooDeep);
        }
        Ok(self.of(table))
    }

    /// The same, with these conditions in place of those that select the same rows; they use no sets.
    #[must_use]
    pub fn written(&self, others: BTreeMap<TableId, String>) -> Self {
        let mut of: BTreeMap<TableId, Condition> = self.of.iter().map(|(&id, known)| (id, known.clone())).collect();
        let others = others.into_iter().map(|(id, sql)| (id, Condition { sql, uses: 0 }));
        of.extend(others);
        Self {
            of: Arc::new(of),
            most: self.most,
        }
    }

    /// The same, with a further condition on the rows of some tables; it uses no sets.
    #[must_use]
    pub fn narrowed(&self, by: &BTreeMap<TableId, String>) -> Self {
        let narrowed = |(table, condition): (&TableId, &Condition)| {
            let sql = match by.get(table) {
                Some(further) => format!("({}) AND ({further})", condition.sql),
                None => condition.sql.clone(),
            };
            let uses = condition.uses;
            (*table, Condition { sql, uses })
        };
        Self {
            of: Arc::new(self.of.iter().map(narrowed).collect()),
            most: self.most,
        }
    }

    /// How often the server works sets out for the condition of a table.
    pub fn uses(&self, table: TableId) -> u64 {
        self.of.get(&table).map_or(0, |condition| condition.uses)
    }
}

/// A condition that would take all of a server's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tables above it are nested too deeply for this product to work out one client's rows")]
pub struct TooDeep;
