//! Where in the configuration the tables and relations stand that it says something of.

use exodus_classify::report::Places;
use exodus_classify::{Place, find_table};
use exodus_schema::Graph;
use exodus_schema::model::Origin;
use toml::Spanned;

use super::{Config, explain};

impl Config {
    /// Adds the places of what it declares, and of the classes that it sets where nothing else says where a table is made.
    pub(crate) fn places(&self, graph: &Graph<'_>, places: &mut Places) {
        for class in &self.file.class {
            if let Ok(table) = find_table(graph, class.table.as_ref()) {
                places
                    .tables
                    .entry(table)
                    .or_insert_with(|| self.place_of(&class.table));
            }
        }
        for declare in &self.file.declare {
            let Ok(child) = find_table(graph, declare.child.as_ref()) else {
                continue;
            };
            let columns: Vec<_> = declare.columns.iter().map(|name| name.as_ref().as_str()).collect();
            for edge in graph.parents(child) {
                let relation = graph.relation(edge.id);
                if relation.origin == Origin::Declared && relation.child_columns().eq(columns.iter().copied()) {
                    places.relations.insert(edge.id, self.place_of(&declare.child));
                }
            }
        }
    }

    fn place_of(&self, text: &Spanned<String>) -> Place {
        let (line, column) = explain::position(&self.text, text.span().start);
        Place {
            file: self.shown.clone(),
            line,
            column,
        }
    }
}
