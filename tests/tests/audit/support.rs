//! An audit of a test's database.

use std::collections::BTreeMap;

use exodus_audit::{Options, Outcome, Silent, Subject};
use exodus_classify::question::{Answer, Question};
use exodus_classify::{Classification, classify};
use exodus_engine::{Address, CatalogueOf, ConnectOptions, Connection};
use exodus_schema::{Cuts, Graph, Schema, TableId};
use exodus_tests::database::Database;
use exodus_tests::draw::Case;
use exodus_tests::oracle::Row;

/// A runtime with threads, as the program has.
fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(work)
}

async fn connect(address: &str) -> Box<dyn Connection> {
    let address: Address = address.parse().expect("an address");
    let options = ConnectOptions {
        read_only: true,
        ..ConnectOptions::default()
    };
    exodus_engine::connect("test", &address, options)
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The database's schema as exodus reads it.
pub(crate) fn schema_of(database: &Database) -> Schema {
    block_on(async {
        let mut connection = connect(&database.address()).await;
        let engine = connection.engine();
        let options = exodus_schema::introspect::Options::default();
        exodus_schema::introspect::read(&mut CatalogueOf(connection.as_mut()), engine, &options)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    })
}

pub(crate) fn classified(graph: &Graph<'_>, root: TableId) -> Classification {
    classify(graph, root, &Cuts::default(), &BTreeMap::new()).expect("a tree")
}

/// Asks the database at that address; more than one job at a time where the product shares snapshots.
pub(crate) fn ask(address: &str, subject: &Subject<'_>, questions: &[Question], options: &Options) -> Outcome {
    block_on(async {
        let first = connect(address).await;
        let mut more = vec![];
        if first.dialect().shares_snapshots() {
            more.push(connect(address).await);
            more.push(connect(address).await);
        }
        exodus_audit::run(first, more, None, subject, questions, options, &Silent)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    })
}

/// The answer to a question, which there must be.
#[track_caller]
pub(crate) fn answer(outcome: &Outcome, question: &Question) -> Answer {
    match outcome.answers.get(question) {
        Some(told) => told.answer.clone(),
        None => panic!("{question:?} was not answered: {:?}", outcome.unanswered),
    }
}

/// Some references lead nowhere.
pub(crate) fn with_orphans(case: &Case, schema: &Schema, every: usize) -> Vec<Vec<Row>> {
    let mut rows = case.rows.clone();
    let mut count = 0;
    for (at, table) in schema.tables.iter().enumerate() {
        for relation in &table.relations {
            let Some(name) = relation.child_columns().next() else {
                continue;
            };
            let Some(column) = table.columns.iter().position(|column| column.name == name) else {
                continue;
            };
            for row in rows[at].iter_mut().filter(|row| row[column].is_some()) {
                count += 1;
                if count % every == 0 {
                    row[column] = Some(nowhere(row[column].as_deref().unwrap_or_default()));
                }
            }
        }
    }
    rows
}

/// A key of the same type that no row has.
fn nowhere(key: &str) -> String {
    match key.parse::<i64>() {
        Ok(number) => (number + 1_000_000).to_string(),
        Err(_) if key.starts_with("6f1c7a34") => "00000000-0000-0000-0000-000000000000".to_owned(),
        Err(_) => "nowhere".to_owned(),
    }
}
