//! The texts that every statement about a relation is made of.

use exodus_schema::{Edge, Graph};

use crate::dialect::Dialect;

/// SQL about one relation: the child table under the alias `t`, the parent table under `q`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sides {
    /// The child table.
    pub child: String,
    /// The parent table.
    pub parent: String,
    /// The child row references something: all its columns have values, and the relation is about this row.
    pub set: String,
    /// The parent row is the one that the child row references.
    pub on: String,
}

impl Sides {
    /// The texts for a relation of the graph.
    pub fn of(graph: &Graph<'_>, dialect: Dialect, edge: &Edge) -> Self {
        let (child, relation) = (graph.table(edge.child()), graph.relation(edge.id));
        let on = relation.columns.iter().map(|pair| {
            let side = dialect.child_side("t", child, &relation.when, pair);
            format!("q.{} = {side}", dialect.quote(&pair.parent))
        });
        let on: Vec<String> = dialect.when("t", child, &relation.when).into_iter().chain(on).collect();
        Self {
            child: dialect.table(&child.name),
            parent: dialect.table(&graph.table(edge.parent).name),
            set: dialect.references("t", child, &relation.when, &relation.columns),
            on: on.join(" AND "),
        }
    }
}
