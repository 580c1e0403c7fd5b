//! Against the definition: cut each relation of the schema, classify anew, and look.

use std::collections::BTreeMap;

use exodus_schema::{Cuts, Graph, RelationId, Schema, TableId};
use proptest::prelude::*;

use super::{After, that_change};
use crate::class::{Class, ClassifyError, Override, TableClass};
use crate::classify::classes_only;
use crate::explain::Subject;
use crate::fixture::{Fixture, id};
use crate::{Findings, classify};

type Overrides = BTreeMap<TableId, Override>;

/// As it would be; where the configuration asks for a client table that nothing leads to, as it would be without that.
fn classified(graph: &Graph<'_>, root: TableId, cuts: &Cuts, overrides: &Overrides) -> Vec<TableClass> {
    let mut overrides = overrides.clone();
    loop {
        match classes_only(graph, root, cuts, &overrides) {
            Ok(found) => return found.tables,
            Err(ClassifyError::NoWay { table, .. }) => overrides.remove(&graph.find(&table).expect("a table")),
            Err(error) => panic!("{error}"),
        };
    }
}

/// Every relation of the schema that matters to the table.
fn by_trying(graph: &Graph<'_>, root: TableId, cuts: &Cuts, overrides: &Overrides) -> Vec<Vec<(RelationId, After)>> {
    let before = classified(graph, root, cuts, overrides);
    let mut found = vec![vec![]; before.len()];
    for edge in graph.edges() {
        let mut cuts = cuts.clone();
        cuts.relations.insert(edge.id);
        let after = classified(graph, root, &cuts, overrides);
        for (at, (before, after)) in before.iter().zip(&after).enumerate() {
            if (before.class, before.complete) != (after.class, after.complete) {
                let after = After {
                    class: after.class,
                    complete: after.complete,
                };
                found[at].push((edge.id, after));
            }
        }
    }
    found
}

fn found(graph: &Graph<'_>, root: TableId, cuts: &Cuts, overrides: &Overrides) -> Vec<Vec<(RelationId, After)>> {
    let classes = classify(graph, root, cuts, overrides).expect("it can be classified");
    let findings = Findings::default();
    let of = |table| {
        let subject = Subject {
            graph,
            classes: &classes,
            cuts,
            overrides,
            inferred: &[],
            root_key: None,
            findings: &findings,
            table,
        };
        let mut changes = that_change(&subject).changes;
        changes.sort_by_key(|(relation, _)| *relation);
        changes
    };
    graph.tables().map(of).collect()
}

/// Tables, and for each relation child, parent, whether it may be NULL.
fn schema(tables: usize, relations: &[(usize, usize, bool)]) -> Schema {
    let mut fixture = Fixture::new();
    for table in 0..tables {
        fixture = fixture.table(&format!("t{table}"));
    }
    for (number, (child, parent, nullable)) in relations.iter().enumerate() {
        let mark = if *nullable { "?" } else { "" };
        fixture = fixture.relation(&format!("t{}.c{number}{mark} t{}", child % tables, parent % tables));
    }
    fixture.build()
}

fn stated(class: usize) -> Override {
    Override {
        class: [Class::Context, Class::Neutral, Class::Client][class % 3],
        reason: "said".to_owned(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_finds_what_trying_finds(
        tables in 2_usize..9,
        relations in prop::collection::vec((0_usize..9, 0_usize..9, prop::bool::weighted(0.4)), 0..16),
        cut in prop::collection::vec(0_usize..40, 0..3),
        over in prop::collection::vec((1_usize..9, 0_usize..3), 0..3),
    ) {
        let schema = schema(tables, &relations);
        let graph = Graph::new(&schema);
        let root = id(&graph, "t0");
        let cuts = Cuts {
            relations: cut.iter().filter_map(|&at| graph.edges().get(at).map(|edge| edge.id)).collect(),
            ..Cuts::default()
        };
        let tables = graph.tables().len();
        let mut overrides: Overrides = over
            .iter()
            .map(|&(table, class)| (TableId(table % tables), stated(class)))
            .filter(|(table, _)| *table != root)
            .collect();
        while let Err(ClassifyError::NoWay { table, .. }) = classes_only(&graph, root, &cuts, &overrides) {
            overrides.remove(&graph.find(&table).expect("a table"));
        }
        prop_assert_eq!(found(&graph, root, &cuts, &overrides), by_trying(&graph, root, &cuts, &overrides));
    }
}

/// A chain of a hundred: each relation of it matters, and none was left untried.
#[test]
fn a_long_chain_is_told_in_full() {
    let relations: Vec<_> = (1..=100).map(|n| (n, n - 1, false)).collect();
    let schema = schema(101, &relations);
    let graph = Graph::new(&schema);
    let all = found(&graph, id(&graph, "t0"), &Cuts::default(), &Overrides::new());
    let last = &all[id(&graph, "t100").0];
    assert_eq!(last.len(), 100);
    assert!(last.iter().all(|(_, after)| after.class == Class::Neutral));
}
