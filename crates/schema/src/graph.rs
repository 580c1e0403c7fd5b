//! The foreign-key graph: tables as nodes, relations as edges from parent to child.

use std::collections::BTreeMap;

use petgraph::graph::{DiGraph, NodeIndex};
use serde::{Deserialize, Serialize};

use crate::model::{Relation, Schema, Table};
use crate::name::TableName;

/// Index of a table in [`Schema::tables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TableId(pub usize);

/// A relation, by its child table and its place in that table's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RelationId {
    /// The referencing table.
    pub child: TableId,
    /// Index in [`Table::relations`].
    pub at: usize,
}

/// A relation with its parent resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The relation.
    pub id: RelationId,
    /// The referenced table.
    pub parent: TableId,
    /// Some row may go without a parent: a child column is nullable, or the database does not vouch for the relation.
    pub optional: bool,
}

impl Edge {
    /// The referencing table.
    pub fn child(&self) -> TableId {
        self.id.child
    }

    /// A table that references itself.
    pub fn is_self_loop(&self) -> bool {
        self.child() == self.parent
    }
}

/// The foreign-key graph of a schema. Relations whose parent is not in the schema are left out.
#[derive(Debug)]
pub struct Graph<'a> {
    schema: &'a Schema,
    ids: BTreeMap<&'a TableName, TableId>,
    edges: Vec<Edge>,
    by_parent: Vec<Vec<usize>>,
    by_child: Vec<Vec<usize>>,
}

impl<'a> Graph<'a> {
    /// Builds the graph; linear in tables and relations.
    pub fn new(schema: &'a Schema) -> Self {
        let ids: BTreeMap<_, _> = schema
            .tables
            .iter()
            .enumerate()
            .map(|(at, table)| (&table.name, TableId(at)))
            .collect();
        let mut graph = Self {
            schema,
            ids,
            edges: vec![],
            by_parent: vec![vec![]; schema.tables.len()],
            by_child: vec![vec![]; schema.tables.len()],
        };
        for (child, table) in schema.tables.iter().enumerate() {
            for (at, relation) in table.relations.iter().enumerate() {
                graph.add(
                    RelationId {
                        child: TableId(child),
                        at,
                    },
                    table,
                    relation,
                );
            }
        }
        graph
    }

    fn add(&mut self, id: RelationId, child: &Table, relation: &Relation) {
        let Some(&parent) = self.ids.get(&relation.parent) else {
            return;
        };
        let at = self.edges.len();
        self.edges.push(Edge {
            id,
            parent,
            optional: !relation.validated || child.relation_is_nullable(relation),
        });
        self.by_parent[parent.0].push(at);
        self.by_child[id.child.0].push(at);
    }

    /// The schema it was built from.
    pub fn schema(&self) -> &'a Schema {
        self.schema
    }

    /// The table with that name.
    pub fn find(&self, name: &TableName) -> Option<TableId> {
        self.ids.get(name).copied()
    }

    /// A table.
    pub fn table(&self, id: TableId) -> &'a Table {
        &self.schema.tables[id.0]
    }

    /// A relation.
    pub fn relation(&self, id: RelationId) -> &'a Relation {
        &self.table(id.child).relations[id.at]
    }

    /// All tables in order of name.
    pub fn tables(&self) -> impl ExactSizeIterator<Item = TableId> + use<> {
        (0..self.schema.tables.len()).map(TableId)
    }

    /// All relations, sorted by child table and name.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// Relations that reference the table.
    pub fn children(&self, parent: TableId) -> impl Iterator<Item = &Edge> {
        self.by_parent[parent.0].iter().map(|&at| &self.edges[at])
    }

    /// Relations in which the table references others.
    pub fn parents(&self, child: TableId) -> impl Iterator<Item = &Edge> {
        self.by_child[child.0].iter().map(|&at| &self.edges[at])
    }

    /// The relation's edge, if its parent is in the schema.
    pub fn edge(&self, id: RelationId) -> Option<&Edge> {
        self.parents(id.child).find(|edge| edge.id == id)
    }

    /// `child(columns) → parent(columns)`, for people; with ` when …` behind it if it isn't about all rows.
    pub fn describe(&self, id: RelationId) -> String {
        let relation = self.relation(id);
        format!(
            "{}({}) → {}({}){}",
            self.table(id.child).name,
            relation.child_columns().collect::<Vec<_>>().join(", "),
            relation.parent,
            relation.parent_columns().collect::<Vec<_>>().join(", "),
            relation.condition(),
        )
    }

    /// Strongly connected components among the relations that `keep` accepts: for every table the number of its
    /// component, and whether that component is a loop (more than one table, or a table that references itself).
    pub fn components(&self, keep: impl Fn(&Edge) -> bool) -> Components {
        let mut graph = DiGraph::<(), ()>::with_capacity(self.schema.tables.len(), self.edges.len());
        for _ in self.tables() {
            graph.add_node(());
        }
        let mut looped = vec![false; self.schema.tables.len()];
        for edge in self.edges.iter().filter(|edge| keep(edge)) {
            graph.add_edge(NodeIndex::new(edge.parent.0), NodeIndex::new(edge.child().0), ());
            looped[edge.parent.0] |= edge.is_self_loop();
        }
        // Kosaraju's algorithm, because petgraph's Tarjan recurses and a chain of some ten thousand tables would end
        // the stack.
        let mut of = vec![0; self.schema.tables.len()];
        let mut members = vec![];
        for component in petgraph::algo::kosaraju_scc(&graph) {
            let mut tables: Vec<_> = component.iter().map(|node| TableId(node.index())).collect();
            tables.sort_unstable();
            for table in &tables {
                of[table.0] = members.len();
            }
            members.push(tables);
        }
        Components { of, members, looped }
    }
}

/// The strongly connected components of a graph.
#[derive(Debug)]
pub struct Components {
    of: Vec<usize>,
    members: Vec<Vec<TableId>>,
    looped: Vec<bool>,
}

impl Components {
    /// Whether both tables lie on one loop, or are the same table.
    pub fn together(&self, one: TableId, other: TableId) -> bool {
        self.of[one.0] == self.of[other.0]
    }

    /// The tables of the loop that the table lies on, sorted; empty where it lies on none.
    pub fn loop_of(&self, table: TableId) -> &[TableId] {
        let members = &self.members[self.of[table.0]];
        if members.len() > 1 || self.looped[table.0] {
            members
        } else {
            &[]
        }
    }

    /// All loops of more than one table, sorted by their first table.
    pub fn cycles(&self) -> Vec<&[TableId]> {
        let mut cycles: Vec<_> = self.members.iter().filter(|m| m.len() > 1).map(Vec::as_slice).collect();
        cycles.sort_unstable();
        cycles
    }
}
