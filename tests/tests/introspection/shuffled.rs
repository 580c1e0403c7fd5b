//! l02: columns of composite foreign keys keep their pairs, in whatever order tables and keys list them.

use exodus_schema::Schema;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::live::{ALL, Database, Server, arrows, table};

/// A foreign key between two tables of `columns` columns, with the orders in which each place lists them.
#[derive(Clone, Debug)]
struct Shuffled {
    child: Vec<usize>,
    parent: Vec<usize>,
    /// The parent's column for each of the child's.
    pairs: Vec<usize>,
    /// The order of the pairs in the foreign key.
    reference: Vec<usize>,
}

fn shuffled() -> impl Strategy<Value = Shuffled> {
    (2_usize..9).prop_flat_map(|columns| {
        let order = || Just((0..columns).collect::<Vec<_>>()).prop_shuffle();
        (order(), order(), order(), order(), any::<Index>()).prop_map(
            move |(child, parent, pairs, mut reference, n)| {
                // Some columns stay out of the key.
                reference.truncate(n.index(columns) + 1);
                Shuffled {
                    child,
                    parent,
                    pairs,
                    reference,
                }
            },
        )
    })
}

fn list(order: &[usize], one: impl Fn(usize) -> String) -> String {
    order.iter().map(|&at| one(at)).collect::<Vec<_>>().join(", ")
}

impl Shuffled {
    fn ddl(&self, number: usize) -> String {
        let key = |at: usize| format!("p{}", self.pairs[at]);
        let key = list(&self.reference, key);
        // The parent's key lists its columns in the order of the reference, as MySQL demands; the table does not.
        format!(
            "create table parent{number} ({}, unique ({key}));\n\
             create table child{number} ({}, foreign key ({}) references parent{number} ({key}));\n",
            list(&self.parent, |at| format!("p{at} int")),
            list(&self.child, |at| format!("c{at} int")),
            list(&self.reference, |at| format!("c{at}")),
        )
    }

    /// Pairs are a set: PostgreSQL may list them in another order than they were written in.
    fn expected(&self) -> Vec<(String, String)> {
        let pair = |&at: &usize| (format!("c{at}"), format!("p{}", self.pairs[at]));
        let mut pairs: Vec<_> = self.reference.iter().map(pair).collect();
        pairs.sort();
        pairs
    }

    fn check(&self, schema: &Schema, number: usize) -> Result<(), TestCaseError> {
        let child = table(schema, &format!("child{number}"));
        prop_assert_eq!(child.relations.len(), 1, "{:?}", arrows(child));
        let mut pairs: Vec<_> = child.relations[0]
            .columns
            .iter()
            .map(|pair| (pair.child.clone(), pair.parent.clone()))
            .collect();
        pairs.sort();
        prop_assert_eq!(pairs, self.expected());
        let order: Vec<_> = child.columns.iter().map(|column| column.name.clone()).collect();
        let expected: Vec<_> = self.child.iter().map(|at| format!("c{at}")).collect();
        prop_assert_eq!(order, expected);
        let parent = table(schema, &format!("parent{number}"));
        let key: Vec<_> = self
            .reference
            .iter()
            .map(|&at| format!("p{}", self.pairs[at]))
            .collect();
        prop_assert_eq!(&parent.unique_keys[0].columns, &key);
        Ok(())
    }
}

#[test]
fn l02_shuffled_composite_columns() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for server in ALL {
        let cases = if matches!(server, Server::Postgres | Server::Sqlite) {
            4
        } else {
            1
        };
        let mut runner = TestRunner::new(Config {
            cases,
            failure_persistence: None,
            ..Config::default()
        });
        let many = prop::collection::vec(shuffled(), 24);
        let outcome = runner.run(&many, |many| {
            let ddl: String = many.iter().enumerate().map(|(number, one)| one.ddl(number)).collect();
            let Some(database) = Database::with(server, &ddl) else {
                return Ok(());
            };
            let schema = runtime.block_on(database.read());
            many.iter()
                .enumerate()
                .try_for_each(|(number, one)| one.check(&schema, number))
        });
        if let Err(failure) = outcome {
            panic!("{server:?}: {failure}");
        }
    }
}
