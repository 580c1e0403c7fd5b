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
    /// All child columns have values: the relation references something.
    pub set: String,
    /// The parent row is the one referenced.
    pub on: String,
}

impl Sides {
    /// The texts for a relation of the graph.
    pub fn of(graph: &Graph<'_>, dialect: Dialect, edge: &Edge) -> Self {
        let relation = graph.relation(edge.id);
        let set = relation
            .child_columns()
            .map(|column| format!("t.{} IS NOT NULL", dialect.quote(column)));
        let on = relation
            .columns
            .iter()
            .map(|pair| format!("q.{} = t.{}", dialect.quote(&pair.parent), dialect.quote(&pair.child)));
        Self {
            child: dialect.table(&graph.table(edge.child()).name),
            parent: dialect.table(&graph.table(edge.parent).name),
            set: set.collect::<Vec<_>>().join(" AND "),
            on: on.collect::<Vec<_>>().join(" AND "),
        }
    }
}
