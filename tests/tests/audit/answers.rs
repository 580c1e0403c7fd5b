//! Every question, on every engine, with an answer that was counted by hand.

use exodus_audit::{Options, Outcome, Subject};
use exodus_classify::question::{Answer, Question, Reference};
use exodus_schema::model::ColumnPair;
use exodus_schema::{Engine, Graph, RelationId, TableId};
use exodus_tests::database::{Database, Server};

use crate::{cases, support};

fn table(graph: &Graph<'_>, name: &str) -> TableId {
    let found = graph.tables().find(|id| graph.table(*id).name.name.contains(name));
    found.unwrap_or_else(|| panic!("no table {name}"))
}

fn relation(graph: &Graph<'_>, child: &str, column: &str) -> RelationId {
    let child = table(graph, child);
    let mut edges = graph.parents(child);
    let with = |id: RelationId| graph.relation(id).child_columns().any(|name| name == column);
    edges
        .find(|edge| with(edge.id))
        .unwrap_or_else(|| panic!("no relation by {column}"))
        .id
}

fn owners(none: u64, one: u64, many: u64) -> Answer {
    Answer::Owners { none, one, many }
}

/// Questions with their answers.
fn known(graph: &Graph<'_>, server: Server) -> Vec<(Question, Answer)> {
    let of = |name: &str| table(graph, name);
    let by = |child: &str, column: &str| relation(graph, child, column);
    let more = u64::from(cases::folds_case(server));
    let (odd, notes, tags, kinds, clients) = (of("odd"), of("notes"), of("tags"), of("kinds"), of("clients"));
    let parents = |id: RelationId| {
        let parent = graph.edge(id).expect("an edge").parent;
        Question::Parents(Reference::of(graph.relation(id), id.child, parent))
    };
    let mut all = vec![
        (Question::Rows(notes), Answer::Count(6 + more)),
        (Question::Owners(clients), owners(0, 4, 0)),
        (Question::Owners(odd), owners(2, 2 + more, 0)),
        (Question::Owners(notes), owners(2, 3 + more, 1)),
        (Question::Owners(tags), owners(3, 3, 2)),
        (Question::Owners(of("empty_one")), owners(0, 0, 0)),
        (
            Question::Crossed(notes, vec![by("notes", "order"), by("notes", "region")]),
            Answer::Crossed { rows: 1, pairs: 1 },
        ),
        (
            Question::Crossed(clients, vec![by("clients", "referrer_no")]),
            Answer::Crossed { rows: 2, pairs: 2 },
        ),
        (Question::Unowned(by("notes", "order")), Answer::Count(1)),
        (Question::Unowned(by("tags", "note_id")), Answer::Count(1)),
        (
            parents(by("notes", "order")),
            Answer::Parents {
                set: 4 + more,
                missing: 0,
            },
        ),
        (Question::Clients(kinds, vec![by("odd", "kind")]), owners(2, 0, 1)),
        (
            Question::Ways(notes, vec![by("notes", "order"), by("notes", "region")]),
            owners(1, 3, 2 + more),
        ),
        (Question::HalfNull(by("notes", "region")), Answer::Count(1)),
        (
            Question::Duplicates(tags, vec!["note_id".into(), "word".into()]),
            Answer::Groups { groups: 2, rows: 4 },
        ),
        (
            Question::Values(notes, "about_id".into()),
            Answer::Values {
                values: [("3", 2), ("1", 1), ("2", 1), ("9", 1)]
                    .map(|(value, rows)| (value.to_owned(), rows))
                    .to_vec(),
                more: false,
            },
        ),
        (
            Question::Range(notes, "id".into()),
            Answer::Range(Some((-5, 4_611_686_018_427_387_904))),
        ),
        (Question::Range(of("empty_one"), "id".into()), Answer::Range(None)),
        (
            Question::Span(odd, "made".into()),
            Answer::Span(Some((-1, 946_728_000))),
        ),
        (
            Question::Loop(vec![by("clients", "referrer_no")]),
            Answer::Loop {
                depth: 1,
                cyclic: 1,
                foreign: 2,
            },
        ),
        (Question::BrokenText(kinds, "label".into()), Answer::Count(0)),
    ];
    // A column that is a declared relation, of rows without a parent.
    let columns = vec![ColumnPair::new("about_id", "no")];
    let reference = Reference::new(notes, columns, clients);
    all.push((Question::Parents(reference), Answer::Parents { set: 5, missing: 3 }));
    all
}

fn audited(
    database: &Database,
    options: &Options,
    look: impl FnOnce(&Graph<'_>, &Subject<'_>, &dyn Fn(&[Question]) -> Outcome),
) {
    let schema = support::schema_of(database);
    let graph = Graph::new(&schema);
    let classes = support::classified(&graph, table(&graph, "clients"));
    let subject = Subject {
        graph: &graph,
        classes: &classes,
        root_key: &["region".to_owned(), "no".to_owned()],
    };
    let ask = |questions: &[Question]| support::ask(&database.address(), &subject, questions, options);
    look(&graph, &subject, &ask);
}

fn every_answer(server: Server) {
    if !server.is_there() {
        return;
    }
    let database = cases::database(server);
    audited(&database, &Options::default(), |graph, _, ask| {
        let known = known(graph, server);
        let questions: Vec<Question> = known.iter().map(|(question, _)| question.clone()).collect();
        let outcome = ask(&questions);
        assert_eq!(outcome.unanswered, [], "{server:?}");
        for (question, right) in known {
            assert_eq!(
                support::answer(&outcome, &question),
                right,
                "{question:?} on {server:?}"
            );
        }
        assert_eq!(outcome.snapshots, 1);
    });
}

#[test]
fn every_answer_on_sqlite() {
    every_answer(Server::Sqlite);
}

#[test]
fn every_answer_on_postgres() {
    every_answer(Server::Postgres);
}

#[test]
fn every_answer_on_mariadb() {
    every_answer(Server::MariaDb);
}

#[test]
fn every_answer_on_mysql() {
    every_answer(Server::MySql);
}

/// A failed question takes no other with it, and says why it failed.
fn failures_stay_alone(server: Server) {
    if !server.is_there() {
        return;
    }
    let mut database = cases::database(server);
    audited(&cases::database(server), &Options::default(), |graph, subject, _| {
        let drop = if server.dialect() == "mysql" {
            "SET foreign_key_checks = 0;"
        } else {
            ""
        };
        database.run(&format!("{drop} DROP TABLE tags; DROP TABLE empty_one"));
        let questions = ["tags", "notes", "clients"].map(|name| Question::Owners(table(graph, name)));
        let outcome = support::ask(&database.address(), subject, &questions, &Options::default());
        assert_eq!(outcome.unanswered.len(), 1, "{:?}", outcome.unanswered);
        assert_eq!(outcome.unanswered[0].question, questions[0]);
        assert!(
            outcome.unanswered[0].reason.contains("tags"),
            "{:?}",
            outcome.unanswered
        );
        assert!(outcome.answers.get(&questions[1]).is_some() && outcome.answers.get(&questions[2]).is_some());
        let shares = exodus_engine::Dialect::of(graph.schema().engine).shares_snapshots();
        assert_eq!(outcome.snapshots, if shares { 1 } else { 2 });
    });
}

#[test]
fn failures_stay_alone_on_sqlite() {
    failures_stay_alone(Server::Sqlite);
}

#[test]
fn failures_stay_alone_on_postgres() {
    failures_stay_alone(Server::Postgres);
}

#[test]
fn failures_stay_alone_on_mariadb() {
    failures_stay_alone(Server::MariaDb);
}

/// Nothing is shown unless somebody asked to see keys; and then only keys.
#[test]
fn keys_are_shown_on_request_only() {
    let database = cases::database(Server::Sqlite);
    for show_keys in [false, true] {
        let options = Options {
            show_keys,
            ..Options::default()
        };
        audited(&database, &options, |graph, _, ask| {
            let notes = table(graph, "notes");
            let questions = [
                Question::Owners(notes),
                Question::Crossed(
                    notes,
                    vec![relation(graph, "notes", "order"), relation(graph, "notes", "region")],
                ),
                Question::HalfNull(relation(graph, "notes", "region")),
            ];
            let outcome = ask(&questions);
            let keys: Vec<_> = questions
                .iter()
                .map(|question| outcome.answers.get(question).expect("an answer").keys.clone())
                .collect();
            let expected: [&[&str]; 3] = if show_keys {
                [&["0"], &["0"], &["8"]]
            } else {
                [&[], &[], &[]]
            };
            assert_eq!(keys, expected);
        });
    }
}

/// What one client alone is asked about agrees with what is known about all.
fn one_client(server: Server) {
    if !server.is_there() {
        return;
    }
    let database = cases::database(server);
    let quoted = |text: &str| match server.engine() {
        Engine::Postgres => format!("'{text}'::varchar(20)"),
        _ => format!("'{text}'"),
    };
    let more = u64::from(cases::folds_case(server));
    for (region, no, rows, crossed, tags) in [
        ("North", 1, 1 + more, 1, 2),
        ("North", 2, 1, 0, 1),
        ("South", 1, 0, 1, 0),
    ] {
        let owner = exodus_engine::Owner::Client(vec![quoted(region), no.to_string()]);
        let options = Options {
            client: Some(owner),
            ..Options::default()
        };
        audited(&database, &options, |graph, _, ask| {
            let notes = table(graph, "notes");
            let both = vec![relation(graph, "notes", "order"), relation(graph, "notes", "region")];
            let questions = [
                Question::Owners(notes),
                Question::Crossed(notes, both),
                Question::Ways(table(graph, "tags"), vec![relation(graph, "tags", "note_id")]),
            ];
            let outcome = ask(&questions);
            assert_eq!(outcome.unanswered, []);
            assert_eq!(
                support::answer(&outcome, &questions[0]),
                owners(0, rows, crossed),
                "{region} {no}"
            );
            let Answer::Crossed { rows, .. } = support::answer(&outcome, &questions[1]) else {
                panic!()
            };
            assert_eq!(rows, crossed, "{region} {no}");
            // Rows below a crossed one are both clients'.
            assert_eq!(
                support::answer(&outcome, &questions[2]),
                self::owners(0, tags + 2 * crossed, 0)
            );
        });
    }
}

#[test]
fn one_client_on_sqlite() {
    one_client(Server::Sqlite);
}

#[test]
fn one_client_on_postgres() {
    one_client(Server::Postgres);
}

#[test]
fn one_client_on_mariadb() {
    one_client(Server::MariaDb);
}

#[test]
fn one_client_on_mysql() {
    one_client(Server::MySql);
}
