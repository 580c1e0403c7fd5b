//! What the tests of the rules share.

use std::collections::BTreeMap;

use exodus_schema::{Cuts, Schema};

use super::*;
use crate::question::Told;

/// What the rule finds on `schema` with the root `clients`: severity, table, and the relation's columns.
pub(crate) fn found(rule: &Rule, schema: &Schema) -> Vec<String> {
    found_with(rule, schema, &Cuts::default())
}

pub(crate) fn found_with(rule: &Rule, schema: &Schema, cuts: &Cuts) -> Vec<String> {
    let graph = Graph::new(schema);
    let root = crate::fixture::id(&graph, "clients");
    let classes = crate::classify(&graph, root, cuts, &BTreeMap::new()).unwrap();
    let mut hazards = (rule.check)(&Context {
        graph: &graph,
        classes: &classes,
    });
    hazards.sort();
    for hazard in &hazards {
        assert_eq!(hazard.rule, rule.id);
        assert!(
            hazard.severity >= rule.severity,
            "{} reports worse than it says",
            rule.id
        );
        assert!(hazard.message.ends_with('.') && hazard.fix.ends_with('.'), "{hazard:?}");
    }
    hazards.iter().map(|hazard| line(&graph, hazard)).collect()
}

/// What is left of the rule's findings when these are the answers to its questions: as [`found`] shows them, then
/// what was counted. Answers to other questions than the rule asks are a mistake of the test.
pub(crate) fn judged(
    rule: &Rule,
    schema: &Schema,
    answers: impl IntoIterator<Item = (Question, Answer)>,
) -> Vec<String> {
    let graph = Graph::new(schema);
    let root = crate::fixture::id(&graph, "clients");
    let classes = crate::classify(&graph, root, &Cuts::default(), &BTreeMap::new()).unwrap();
    let context = Context {
        graph: &graph,
        classes: &classes,
    };
    let data = rule.data.expect("a rule that asks");
    let found = (rule.check)(&context);
    let asked = (data.ask)(&context, &found);
    let mut told = Answers::default();
    for (question, answer) in answers {
        assert!(asked.contains(&question), "{question:?} is not among {asked:?}");
        told.insert(question, Told::whole(answer));
    }
    let mut hazards = (data.judge)(&context, found, &told);
    hazards.sort();
    let counted = |hazard: &Hazard| {
        let counts = hazard.proof.iter().flat_map(|proof| &proof.counts);
        let counts: Vec<_> = counts.map(|(name, count)| format!("{count} {name}")).collect();
        format!("{}: {}", line(&graph, hazard), counts.join(", "))
    };
    hazards.iter().map(counted).collect()
}

fn line(graph: &Graph<'_>, hazard: &Hazard) -> String {
    let columns: Vec<&str> = match hazard.relation {
        Some(relation) => graph.relation(relation).child_columns().collect(),
        None => hazard.columns.iter().map(String::as_str).collect(),
    };
    let line = format!(
        "{} {} {}",
        hazard.severity,
        graph.table(hazard.table).name,
        columns.join(",")
    );
    line.trim_end().to_owned()
}
