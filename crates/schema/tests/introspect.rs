//! What becomes of answers that no server should give.

use std::collections::VecDeque;
use std::error::Error as _;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use exodus_schema::introspect::{Options, ReadError, read};
use exodus_schema::{Catalogue, Engine, Schema, TextRow};

#[derive(Debug, thiserror::Error)]
#[error("the line is dead")]
struct Dead;

/// Answers from a list, and is dead after the last.
struct Script(VecDeque<Vec<TextRow>>);

impl Catalogue for Script {
    type Error = Dead;

    async fn rows(&mut self, _sql: &str) -> Result<Vec<TextRow>, Dead> {
        self.0.pop_front().ok_or(Dead)
    }
}

fn row(values: &[&str]) -> TextRow {
    values
        .iter()
        .map(|value| (*value != "NULL").then(|| (*value).to_owned()))
        .collect()
}

fn rows(rows: &[&[&str]]) -> Vec<TextRow> {
    rows.iter().map(|values| row(values)).collect()
}

/// Nothing here waits for anything, so the first poll is the last.
fn read_script(engine: Engine, answers: Vec<Vec<TextRow>>, options: &Options) -> Result<Schema, ReadError<Dead>> {
    let mut script = Script(answers.into());
    let reading = pin!(read(&mut script, engine, options));
    match reading.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("a script never waits"),
    }
}

fn message(engine: Engine, answers: Vec<Vec<TextRow>>) -> String {
    let outcome = read_script(engine, answers, &Options::default());
    outcome.expect_err("the script is not right").to_string()
}

#[test]
fn a_failed_query_is_named_and_keeps_its_cause() {
    let answers = vec![rows(&[&["3.50.0", "3050000", "0"]])];
    let error = read_script(Engine::Sqlite, answers, &Options::default()).expect_err("there is one answer only");
    assert_eq!(error.to_string(), "the query `tables` of the SQLite catalogue failed");
    assert_eq!(
        error.source().map(ToString::to_string),
        Some("the line is dead".to_owned())
    );
}

#[test]
fn answers_of_the_wrong_shape_are_errors() {
    let start = "the query `server` of the SQLite catalogue gave an unexpected answer: ";
    assert_eq!(
        message(Engine::Sqlite, vec![vec![]]),
        format!("{start}0 rows instead of one")
    );
    let short = vec![rows(&[&["3.50.0"]])];
    assert_eq!(
        message(Engine::Sqlite, short),
        format!("{start}row 1: it ends before column 2")
    );
    let long = vec![rows(&[&["3.50.0", "1", "0", "x"]])];
    assert_eq!(
        message(Engine::Sqlite, long),
        format!("{start}row 1: it has 1 columns too many")
    );
    let odd = vec![rows(&[&["3.50.0", "new", "0"]])];
    assert_eq!(
        message(Engine::Sqlite, odd),
        format!("{start}row 1: column 2 is `new`, not a number")
    );
    let null = vec![rows(&[&["NULL"]])];
    let start = "the query `server` of the PostgreSQL catalogue gave an unexpected answer: ";
    assert_eq!(
        message(Engine::Postgres, null),
        format!("{start}row 1: column 1 is NULL")
    );
}

#[test]
fn an_unknown_word_is_an_error() {
    let answers = vec![
        rows(&[&["3.50.0", "3050000", "0"]]),
        rows(&[&["", "t", "NULL", "0", "NULL", "NULL", "NULL"]]),
        rows(&[]),
        rows(&[&["", "t", "i", "secondary", "1", "a", "1", "1"]]),
    ];
    let said = message(Engine::Sqlite, answers);
    assert!(said.ends_with("`keys` of the SQLite catalogue gave an unexpected answer: row 1: column 4 is `secondary`, which means nothing here"), "{said}");
}

#[test]
fn rows_about_tables_that_are_not_read_are_passed_over() {
    let answers = vec![
        rows(&[&["3.50.0", "3050000", "1"]]),
        rows(&[&["", "t", "NULL", "0", "NULL", "NULL", "NULL"]]),
        rows(&[&["", "t", "7"], &["", "gone", "8"]]),
        rows(&[&[
            "", "gone", "a", "", "", "1", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "0", "0", "NULL",
        ]]),
        rows(&[&["", "gone", "gone_pkey", "primary", "1", "a", "1", "1"]]),
        rows(&[&["", "gone", "create table gone (a)"]]),
        rows(&[&[
            "", "gone", "0", "NULL", "1", "", "t", "a", "NULL", "CASCADE", "CASCADE", "no", "1", "0", "NULL", "NULL",
        ]]),
        rows(&[&[
            "",
            "gone",
            "g",
            "create trigger g after insert on gone begin select 1; end",
        ]]),
    ];
    let schema = read_script(Engine::Sqlite, answers, &Options::default()).expect("it can be read");
    assert_eq!(schema.tables.len(), 1);
    assert_eq!(schema.tables[0].estimated_rows, Some(7));
    assert_eq!(schema.warnings, Vec::<String>::new());
}

#[test]
fn no_database_and_no_such_database() {
    let answers = || vec![rows(&[&["9.7.0", "NULL", "0"]]), rows(&[&["shop"], &["test"]])];
    let error = read_script(Engine::MySql, answers(), &Options::default()).expect_err("none is selected");
    assert!(matches!(error, ReadError::NoDatabase));
    let options = Options {
        schemas: vec!["Shop".to_owned()],
    };
    let error = read_script(Engine::MySql, answers(), &options).expect_err("case counts");
    let said = "there is no schema `Shop` that this user can see; there are: shop, test";
    assert_eq!(error.to_string(), said);
}

#[test]
fn a_routine_that_may_not_be_seen_has_no_body() {
    let answers = vec![
        rows(&[&["8.4.0", "shop", "0"]]),
        rows(&[&["shop"]]),
        rows(&[&["", "t", "InnoDB", "0", "NULL", "NULL", ""]]),
        rows(&[]),
        rows(&[]),
        rows(&[]),
        rows(&[]),
        rows(&[]),
        rows(&[&[
            "",
            "t",
            "a",
            "AFTER",
            "INSERT",
            "1",
            "O",
            "NULL",
            "NULL",
            "NULL",
            "call hidden()",
        ]]),
        rows(&[
            &["", "hidden", "NULL", "NULL"],
            &["", "scripted", "javascript", "x"],
            &["", "unused", "NULL", "delete from t"],
        ]),
    ];
    let schema = read_script(Engine::MySql, answers, &Options::default()).expect("it can be read");
    let routines: Vec<_> = schema
        .routines
        .iter()
        .map(|r| (r.name.name.as_str(), r.body.as_str()))
        .collect();
    assert_eq!(routines, [("hidden", "")]);
}
