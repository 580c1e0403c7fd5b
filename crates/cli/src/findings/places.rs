//! Where findings are shown: at the statements of a schema file, and at the entries of the configuration.

use exodus_classify::Place;
use exodus_classify::report::Places;
use exodus_schema::Graph;
use exodus_schema::ddl::Lines;

use crate::config::Config;

/// The places of everything that has one.
pub(super) fn places(graph: &Graph<'_>, lines: &Lines, file: Option<&str>, config: Option<&Config>) -> Places {
    let mut places = Places::default();
    if let Some(file) = file {
        in_file(graph, lines, file, &mut places);
    }
    if let Some(config) = config {
        config.places(graph, &mut places);
    }
    places
}

fn in_file(graph: &Graph<'_>, lines: &Lines, file: &str, places: &mut Places) {
    let at = |line: usize| Place {
        file: file.to_owned(),
        line,
        column: 1,
    };
    for (name, line) in &lines.tables {
        if let Some(table) = graph.find(name) {
            places.tables.insert(table, at(*line));
        }
    }
    for edge in graph.edges() {
        let key = (
            graph.table(edge.child()).name.clone(),
            graph.relation(edge.id).name.clone(),
        );
        if let Some(line) = lines.relations.get(&key) {
            places.relations.insert(edge.id, at(*line));
        }
    }
    for ((name, trigger), line) in &lines.triggers {
        if let Some(table) = graph.find(name) {
            places.triggers.insert((table, trigger.clone()), at(*line));
        }
    }
}
