//! The owners that are shown with crossed rows.

use std::collections::BTreeSet;

use exodus_audit::{Options, Subject};
use exodus_classify::question::Question;
use exodus_schema::{Graph, TableId};
use exodus_tests::database::{Database, Server};
use exodus_tests::draw::{Case, Draw};
use exodus_tests::oracle::{Ownership, Row};
use exodus_tests::shapes::SHAPES;
use exodus_tests::sql;

use crate::owners::{all_questions, qualify};
use crate::support;

/// The owners that are shown with crossed rows are theirs, whoever is asked about: all clients or one.
fn owners_are_named(server: Server) {
    if !server.is_there() {
        return;
    }
    let mut named = 0;
    for (seed, (name, tables)) in (0..).zip(SHAPES) {
        let case = Draw::shape(tables, seed).crossing().case();
        named += names(server, &case).unwrap_or_else(|error| panic!("{name} on {}: {error}", server.name()));
    }
    assert!(named > 20, "only {named} rows were found");
}

fn names(server: Server, case: &Case) -> Result<usize, String> {
    let mut schema = case.schema(server.engine());
    let mut database = Database::create(server);
    database.run(&(sql::create(&schema) + &sql::insert(&schema, &case.rows, |_, _| true)));
    if server.dialect() == "postgres" {
        qualify(&mut schema);
    }
    let graph = Graph::new(&schema);
    let classes = support::classified(&graph, TableId(0));
    let root_name = graph.table(TableId(0)).name.clone();
    let oracle = Ownership::find(&schema, &root_name, &case.rows);
    let subject = Subject {
        graph: &graph,
        classes: &classes,
        root_key: &["id".to_owned()],
    };
    let crossed = |question: &Question| matches!(question, Question::Crossed(table, _) if table.0 > 0);
    let questions: Vec<_> = all_questions(&graph, &classes.tree)
        .into_iter()
        .filter(crossed)
        .collect();
    let options = Options {
        show_keys: true,
        ..Options::default()
    };
    let outcome = support::ask(&database.address(), &subject, &questions, &options);
    let mut found = 0;
    for question in &questions {
        let Question::Crossed(table, _) = question else {
            continue;
        };
        let told = outcome.answers.get(question).ok_or("no answer")?;
        if told.owners.len() != told.keys.len() {
            return Err(format!("{} owners for {} keys", told.owners.len(), told.keys.len()));
        }
        for (key, owners) in told.keys.iter().zip(&told.owners) {
            let id = graph
                .table(*table)
                .columns
                .iter()
                .position(|column| column.name == "id");
            // As people type it.
            let typed = |value: &String| value.replace('\\', "\\\\").replace(',', "\\,");
            let same = |row: &Row| id.and_then(|id| row[id].as_ref()).map(typed).as_ref() == Some(key);
            let row = case.rows[table.0].iter().position(same).ok_or("no such row")?;
            let clients = oracle.owners(table.0, row).iter();
            let expected: BTreeSet<String> = clients.map(|client| case.client_key(*client)).collect();
            let told: BTreeSet<String> = owners.iter().cloned().collect();
            if told != expected {
                return Err(format!("{question:?}, row {key}: {told:?} instead of {expected:?}"));
            }
            found += 1;
        }
    }
    Ok(found)
}

#[test]
fn owners_are_named_on_sqlite() {
    owners_are_named(Server::Sqlite);
}

#[test]
fn owners_are_named_on_postgres() {
    owners_are_named(Server::Postgres);
}

#[test]
fn owners_are_named_on_mariadb() {
    owners_are_named(Server::MariaDb);
}

#[test]
fn owners_are_named_on_mysql() {
    owners_are_named(Server::MySql);
}
