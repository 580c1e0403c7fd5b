//! Relations in words, with what is uncertain about them.

use std::collections::{BTreeMap, HashMap};

use exodus_schema::model::Origin;
use exodus_schema::{Graph, RelationId};

use crate::infer::Inferred;

/// Relations in words.
#[derive(Debug)]
pub struct Names<'a> {
    graph: &'a Graph<'a>,
    /// How sure each guessed relation is.
    confidence: BTreeMap<RelationId, f64>,
}

impl<'a> Names<'a> {
    /// For a schema into which `inferred` were taken.
    pub fn new(graph: &'a Graph<'a>, inferred: &[Inferred]) -> Self {
        let key = |guess: &Inferred| (guess.child.clone(), guess.columns.clone(), guess.parent.clone());
        let known: HashMap<_, f64> = inferred.iter().map(|guess| (key(guess), guess.confidence)).collect();
        let guessed = graph.edges().iter().filter_map(|edge| {
            let relation = graph.relation(edge.id);
            let columns = relation.child_columns().map(str::to_owned).collect();
            let key = (graph.table(edge.child()).name.clone(), columns, relation.parent.clone());
            let sure = known.get(&key).filter(|_| relation.origin == Origin::Inferred)?;
            Some((edge.id, *sure))
        });
        Self {
            graph,
            confidence: guessed.collect(),
        }
    }

    /// The graph that they are of.
    pub fn graph(&self) -> &'a Graph<'a> {
        self.graph
    }

    /// How sure the relation is, if it was guessed.
    pub fn confidence(&self, relation: RelationId) -> Option<f64> {
        self.confidence.get(&relation).copied()
    }

    /// `child(columns) → parent(columns)`, and whether it was declared or guessed.
    pub fn relation(&self, id: RelationId) -> String {
        let described = self.graph.describe(id);
        match (self.graph.relation(id).origin, self.confidence(id)) {
            (Origin::Catalogue, _) => described,
            (Origin::Declared, _) => format!("{described} (declared)"),
            (Origin::Inferred, Some(sure)) => format!("{described} (inferred, {sure:.2})"),
            (Origin::Inferred, None) => format!("{described} (inferred)"),
        }
    }
}
