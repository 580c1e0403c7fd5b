//! A rule that is taken away is missed: what its folder says must be found is not found by all the others.
//!
//! The schema is read from the folder's SQL, so that it needs no server.

use std::collections::BTreeMap;

use exodus_classify::Hazard;
use exodus_classify::rules::{self, Context, Rule};
use exodus_schema::model::{ColumnPair, Discriminator, Origin};
use exodus_schema::{Cuts, Graph, Relation, Schema, ddl};
use serde::Deserialize;

use crate::case::{Case, cases, is_about};
use crate::expected::Expected;

/// Rows of a table of which the server has counted many.
const COUNTED: u64 = 2_000_000;

pub(crate) fn is_missed(rule: &Rule) {
    let mut tried = 0;
    for case in cases().into_iter().filter(|case| case.rule == rule.id) {
        let mut expected = case.expected();
        if expected.statistics {
            // As it is once the server has counted.
            expected.schema = expected.data.clone();
        }
        if expected.schema.is_none() {
            continue;
        }
        let schema = schema(&case, &expected);
        let graph = Graph::new(&schema);
        let root = exodus_classify::find_table(&graph, "clients").expect("the root");
        let classes = exodus_classify::classify(&graph, root, &Cuts::default(), &BTreeMap::new());
        let classes = classes.unwrap_or_else(|error| panic!("{}: {error}", case.name()));
        let context = Context {
            graph: &graph,
            classes: &classes,
        };
        let look = |rules: &mut dyn Iterator<Item = &'static Rule>| {
            let hazards = rules::check(&context, rules);
            let found = severity(&graph, &hazards, rule, &expected);
            expected.on_schema(found)
        };
        if let Err(wrong) = look(&mut rules::ALL.iter()) {
            panic!("{}: {wrong}, read from its SQL", case.name());
        }
        let without = look(&mut rules::ALL.iter().filter(|other| other.id != rule.id));
        assert!(without.is_err(), "{}: nobody misses the rule", case.name());
        tried += 1;
    }
    assert!(tried > 0, "{} finds nothing on any schema", rule.id);
}

fn severity(graph: &Graph<'_>, hazards: &[Hazard], rule: &Rule, expected: &Expected) -> Option<&'static str> {
    let object = expected.object.as_deref().unwrap_or_default();
    let mut about = hazards
        .iter()
        .filter(|hazard| hazard.rule == rule.id && is_about(&hazard.object(graph), object));
    about.next().map(|hazard| hazard.severity.as_str())
}

/// The schema of the folder's SQL, with what its configuration declares.
fn schema(case: &Case, expected: &Expected) -> Schema {
    #[derive(Deserialize)]
    struct Configuration {
        #[serde(default)]
        declare: Vec<Declare>,
    }
    #[derive(Deserialize)]
    struct Declare {
        child: String,
        columns: Vec<String>,
        parent: String,
        #[serde(default)]
        when: BTreeMap<String, toml::Value>,
    }

    let mut schema = ddl::read(&case.sql(), Some(case.server.engine())).unwrap_or_else(|error| panic!("{error}"));
    if expected.statistics {
        schema
            .tables
            .iter_mut()
            .for_each(|table| table.estimated_rows = Some(COUNTED));
    }
    let configuration: Configuration = toml::from_str(&expected.configuration).expect("a configuration");
    for declare in configuration.declare {
        let graph = Graph::new(&schema);
        let find = |name: &str| exodus_classify::find_table(&graph, name).expect("a table");
        let (child, parent) = (find(&declare.child), graph.table(find(&declare.parent)));
        let key = parent.identity().expect("a key").columns.clone();
        let pairs = declare.columns.into_iter().zip(key);
        let pairs = pairs.map(|(column, key)| ColumnPair::new(column, key)).collect();
        let when = declare.when.into_iter().map(|(column, value)| Discriminator {
            column,
            values: vec![value.as_str().map_or_else(|| value.to_string(), str::to_owned)],
        });
        let relation = Relation {
            when: when.collect(),
            ..Relation::new("declared", parent.name.clone(), pairs, Origin::Declared)
        };
        schema.tables[child.0].relations.push(relation);
    }
    schema
}
