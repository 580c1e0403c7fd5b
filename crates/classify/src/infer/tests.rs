//! What is guessed of a name, and what is not.

mod evidence;
mod names;

use exodus_schema::{Engine, Graph, Schema};

use super::fixture::{schema, table};
use super::{Inferred, LIKELY, infer};

pub(super) fn made(lines: &[&str]) -> Schema {
    schema(Engine::Postgres, lines.iter().map(|line| table(line)).collect())
}

/// The guesses of one child table as `columns → parent(columns)`, with their confidence.
fn guesses(lines: &[&str], child: &str) -> Vec<(String, f64)> {
    let schema = made(lines);
    let of = |guess: &Inferred| guess.child.to_string() == child;
    let found = infer(&Graph::new(&schema)).into_iter().filter(of);
    found
        .map(|guess| {
            let to = guess.parent_columns.join(", ");
            (
                format!("{} → {}({to})", guess.columns.join(", "), guess.parent),
                guess.confidence,
            )
        })
        .collect()
}

/// The likely guesses of one child table.
fn likely(lines: &[&str], child: &str) -> Vec<String> {
    let sure = |(_, confidence): &(String, f64)| *confidence >= LIKELY;
    let mut found: Vec<_> = guesses(lines, child)
        .into_iter()
        .filter(sure)
        .map(|(text, _)| text)
        .collect();
    found.sort();
    found
}

/// One column of `t`, beside a parent.
#[track_caller]
fn found(parent: &str, column: &str, expected: &str) {
    let child = format!("t: *+id, {column}");
    assert_eq!(likely(&[parent, &child], "t"), [expected], "{column} beside {parent}");
}

#[track_caller]
fn not_found(parent: &str, column: &str) {
    let child = format!("t: *+id, {column}");
    assert!(likely(&[parent, &child], "t").is_empty(), "{column} beside {parent}");
}
