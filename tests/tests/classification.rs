//! Classes, root candidates and triggers of real schemas, read from live databases. `SKIPPED:` on stderr names what was
//! not there.

#[path = "introspection/live.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod live;

use std::collections::{BTreeMap, BTreeSet};

use exodus_classify::{Class, Classification, candidates, classify, find_table, report, rules};
use exodus_schema::{Cuts, Graph, Schema, ddl};
use live::{Database, Server, corpus};
use serde_json::Value;

const FOLDERS: [(&str, Server); 11] = [
    ("chinook_pg", Server::Postgres),
    ("chinook_mysql", Server::MariaDb),
    ("chinook_sqlite", Server::Sqlite),
    ("sakila_mysql", Server::MariaDb),
    ("pagila_neon", Server::Postgres),
    ("kratos_postgres", Server::Postgres),
    ("kratos_mysql", Server::MariaDb),
    ("kratos_sqlite3", Server::Sqlite),
    ("lago", Server::Postgres),
    ("orangehrm", Server::MariaDb),
    ("concourse", Server::Postgres),
];

/// The schema of a folder, and what is known about it.
async fn read(folder: &str, server: Server) -> Option<(Schema, Value)> {
    let folder = corpus()?.join(folder);
    let file = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let database = Database::with(server, &String::from_utf8_lossy(&file("dump.sql")))?;
    let truth = serde_json::from_slice(&file("truth.json")).expect("truth.json is JSON");
    Some((database.read().await, truth))
}

/// The same from the dump, without a server: tests/dumps.rs proves that it is the same.
fn from_dump(folder: &str) -> Option<(Schema, Value)> {
    let folder = corpus()?.join(folder);
    let file = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let bytes = file("dump.sql");
    let dump = ddl::decode(&bytes).expect("a dump is text");
    let schema = ddl::read(&dump, None).expect("a dump can be read");
    let truth = serde_json::from_slice(&file("truth.json")).expect("truth.json is JSON");
    Some((schema, truth))
}

fn classified(graph: &Graph<'_>, truth: &Value) -> Classification {
    let root = truth["root"].as_str().expect("a root");
    let root = find_table(graph, root).expect("the root is there");
    classify(graph, root, &Cuts::default(), &BTreeMap::new()).expect("nothing is overridden")
}

fn names(graph: &Graph<'_>, found: &Classification, class: Class) -> BTreeSet<String> {
    found
        .of_class(class)
        .iter()
        .map(|table| graph.table(table.table).name.name.clone())
        .collect()
}

fn list(truth: &Value, key: &str) -> BTreeSet<String> {
    truth[key]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_true_root_is_among_the_first_three() {
    for (folder, _) in FOLDERS {
        let Some((schema, truth)) = from_dump(folder) else {
            continue;
        };
        let graph = Graph::new(&schema);
        let ranked: Vec<_> = candidates::candidates(&graph);
        let root = find_table(&graph, truth["root"].as_str().expect("a root")).expect("the root is there");
        let first: Vec<_> = ranked
            .iter()
            .take(3)
            .map(|c| graph.table(c.table).name.to_string())
            .collect();
        let place = ranked.iter().position(|candidate| candidate.table == root);
        eprintln!("{folder}: {} is number {place:?} of {first:?}", graph.table(root).name);
        assert!(place.is_some_and(|place| place < 3), "{folder}: {first:?}");
    }
}

/// By foreign keys alone: a table whose keys are missing (`missing_fks`) is found by the audit, not here.
#[tokio::test]
async fn classes_agree_with_what_is_known() {
    for (folder, server) in FOLDERS {
        let Some((schema, truth)) = read(folder, server).await else {
            continue;
        };
        let graph = Graph::new(&schema);
        let found = classified(&graph, &truth);
        let of = |class| names(&graph, &found, class);
        if let Some(counts) = truth["fk_class_counts"].as_object() {
            for (class, key) in [
                (Class::Client, "client"),
                (Class::Context, "context"),
                (Class::Neutral, "neutral"),
            ] {
                let expected = counts[key].as_u64().and_then(|n| usize::try_from(n).ok());
                assert_eq!(Some(of(class).len()), expected, "{folder}: {key}");
            }
        } else {
            assert_eq!(of(Class::Client), list(&truth, "client"), "{folder}");
        }
        for (class, key) in [(Class::Context, "context"), (Class::Neutral, "neutral")] {
            if truth[key].is_array() {
                assert_eq!(of(class), list(&truth, key), "{folder}: {key}");
            }
        }
        let wrong: Vec<_> = of(Class::Client)
            .intersection(&list(&truth, "not_client"))
            .cloned()
            .collect();
        eprintln!(
            "{folder}: {}; client tables that should not be: {wrong:?}",
            report::summary(&report::Report::new(&graph, &found))
        );
    }
}

#[test]
fn every_line_of_a_report_fits_80_columns() {
    for (folder, _) in FOLDERS {
        let Some((schema, truth)) = from_dump(folder) else {
            continue;
        };
        let graph = Graph::new(&schema);
        let text = report::classification(&graph, &classified(&graph, &truth), &report::Styles::default());
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{folder}: {line}");
        }
    }
}

/// What the trigger does to the table's rows, as `writes; flags; ? reasons`.
fn effects(schema: &Schema, table: &str) -> BTreeMap<String, String> {
    let table = live::table(schema, table);
    let told = table.triggers.iter().map(|trigger| {
        let effect = exodus_classify::trigger::analyse(schema.engine, trigger);
        let mut parts: Vec<String> = effect
            .writes
            .iter()
            .map(|w| format!("{} {}", w.verb.as_str(), w.table))
            .collect();
        parts.extend(effect.sets_new.then(|| "sets".to_owned()));
        parts.extend(effect.raises.then(|| "raises".to_owned()));
        parts.extend(effect.unknown.iter().map(|reason| format!("? {reason}")));
        (trigger.name.clone(), parts.join("; "))
    });
    told.collect()
}

#[track_caller]
fn check_triggers(schema: &Schema, table: &str, expected: &[(&str, &str)]) {
    let expected: BTreeMap<_, _> = expected
        .iter()
        .map(|&(name, does)| (name.to_owned(), does.to_owned()))
        .collect();
    assert_eq!(effects(schema, table), expected, "{table}");
}

const EXECUTE: &str = "? EXECUTE runs SQL that is put together at run time";

#[tokio::test]
async fn triggers_of_real_schemas() {
    if let Some((schema, _)) = read("sakila_mysql", Server::MariaDb).await {
        check_triggers(
            &schema,
            "film",
            &[
                ("del_film", "DELETE film_text"),
                ("ins_film", "INSERT film_text"),
                ("upd_film", "UPDATE film_text"),
            ],
        );
        check_triggers(&schema, "customer", &[("customer_create_date", "sets")]);
    }
    if let Some((schema, _)) = read("pagila_neon", Server::Postgres).await {
        check_triggers(
            &schema,
            "film",
            &[("film_fulltext_trigger", "sets"), ("last_updated", "sets")],
        );
        check_triggers(&schema, "customer", &[("last_updated", "sets")]);
    }
    if let Some((schema, truth)) = read("concourse", Server::Postgres).await {
        check_triggers(
            &schema,
            "teams",
            &[
                ("team_build_events_delete_trigger", EXECUTE),
                ("team_build_events_insert_trigger", EXECUTE),
            ],
        );
        check_triggers(
            &schema,
            "worker_resource_caches",
            &[("worker_resource_caches_fkey_trigger", "UPDATE worker_resource_caches")],
        );
        let graph = Graph::new(&schema);
        let found = classified(&graph, &truth);
        let rules: BTreeSet<_> = found.hazards.iter().map(|hazard| hazard.rule).collect();
        assert!(
            rules.contains("row-writing-trigger") && rules.contains("relation-cycle"),
            "{rules:?}"
        );
        assert!(rules.iter().all(|id| rules::find(id).is_some()));
    }
    if let Some((schema, _)) = read("lago", Server::Postgres).await {
        check_triggers(
            &schema,
            "payment_receipts",
            &[("before_payment_receipt_insert", "UPDATE customers; sets")],
        );
        check_triggers(&schema, "roles", &[("ensure_consistency", "sets; raises")]);
    }
}
