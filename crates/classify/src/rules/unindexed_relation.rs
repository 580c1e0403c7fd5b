//! # What it finds
//!
//! A relation between client tables whose child columns no index starts with.
//!
//! # Why it matters
//!
//! Selecting a client's rows, proving the copy and removing the source rows all ask for the children of given parents.
//! Without an index every move reads the whole table, each time, and a removal of a parent row reads it once per row. MySQL and MariaDB make such an index
//! by themselves; PostgreSQL and SQLite don't. The finding is a *warning* for a table of 100,000 rows or more, or of
//! unknown size, else a *note*. `exodus audit` counts the rows that each
//! move would read, with their bytes where the server knows them.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE rentals (
//!     id        bigint PRIMARY KEY,
//!     client_id bigint NOT NULL REFERENCES clients
//! );
//! ```
//!
//! # How to fix
//!
//! ```sql
//! CREATE INDEX rentals_client_id_idx ON rentals (client_id);
//! ```

use exodus_schema::Edge;

use super::{Context, Data, Rule, counted, weigh};
use crate::fix;
use crate::hazard::{Hazard, Severity};
use crate::question::{Answer, Answers, Question};

pub(super) const RULE: Rule = Rule {
    id: "unindexed-relation",
    severity: Severity::Warning,
    summary: "a relation between client tables without an index on the child's columns",
    source: include_str!("unindexed_relation.rs"),
    check,
    data: Some(Data { ask, judge }),
};

/// From so many rows on, reading a table for each move is too much.
const LARGE: u64 = 100_000;

fn check(context: &Context<'_>) -> Vec<Hazard> {
    context
        .inner_edges()
        .filter_map(|edge| unindexed(context, edge))
        .collect()
}

fn unindexed(context: &Context<'_>, edge: &Edge) -> Option<Hazard> {
    let table = context.graph.table(edge.child());
    let relation = context.graph.relation(edge.id);
    if !table.lacks_index_for(relation) {
        return None;
    }
    let when = relation.when.iter().map(|part| part.column.as_str());
    let columns: Vec<_> = when.chain(relation.child_columns()).collect();
    let severity = if table.estimated_rows.is_none_or(|rows| rows >= LARGE) {
        Severity::Warning
    } else {
        Severity::Note
    };
    let hazard = Hazard::new(
        RULE.id,
        severity,
        edge.child(),
        format!(
            "No index of {} starts with the columns of {}: each move would read the whole table{}.",
            context.name(edge.child()),
            context.describe(edge.id),
            table
                .bytes
                .map_or(String::new(), |bytes| format!(", {} KiB now", bytes.div_ceil(1024))),
        ),
        "Make an index on these columns.",
    );
    Some(
        hazard
            .at(edge.id)
            .with_sql(fix::add_index(context.graph.schema(), table, &columns)),
    )
}

/// What each move reads of the table, as far as it is known.
fn read(context: &Context<'_>, hazard: &Hazard, rows: u64) -> (String, Vec<(&'static str, u64)>) {
    let bytes = context.graph.table(hazard.table).bytes;
    let mut counts = vec![("rows", rows)];
    counts.extend(bytes.map(|bytes| ("bytes", bytes)));
    let size = bytes.map_or_else(String::new, |bytes| format!(", {} KiB", bytes.div_ceil(1024)));
    (counted(rows, "row", "rows") + &size, counts)
}

#[expect(clippy::unnecessary_wraps, reason = "not every finding of every rule has a question")]
fn rows(hazard: &Hazard) -> Option<Question> {
    Some(Question::Rows(hazard.table))
}

fn ask(_: &Context<'_>, found: &[Hazard]) -> Vec<Question> {
    found.iter().filter_map(rows).collect()
}

fn judge(context: &Context<'_>, found: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    weigh(found, answers, rows, |hazard, answer| match answer {
        Answer::Count(rows) => {
            let (size, counts) = read(context, &hazard, *rows);
            if *rows >= LARGE {
                let words = format!("Each move would read {size}, once for every step that asks.");
                hazard.proven(Severity::Warning, &words, counts)
            } else {
                hazard.refuted(&format!("That is only {size}."), counts)
            }
        }
        _ => hazard,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, judged};
    use super::*;
    use crate::fixture::{Fixture, id};

    fn schema(rows: Option<u64>, index: &[&str]) -> exodus_schema::Schema {
        let index: Vec<_> = index.iter().map(|&column| column.to_owned()).collect();
        Fixture::new()
            .relation("rentals.client_id clients")
            .change("rentals", |table| {
                table.estimated_rows = rows;
                table.indexes = vec![index];
            })
            .build()
    }

    #[test]
    fn an_index_must_start_with_the_columns() {
        assert_eq!(
            found(&RULE, &schema(None, &["id", "client_id"])),
            ["warning rentals client_id"]
        );
        assert!(found(&RULE, &schema(None, &["client_id", "id"])).is_empty());
    }

    #[test]
    fn small_tables_are_a_note() {
        assert_eq!(found(&RULE, &schema(Some(99), &[])), ["note rentals client_id"]);
        assert_eq!(found(&RULE, &schema(Some(LARGE), &[])), ["warning rentals client_id"]);
    }

    #[test]
    fn counted_rows_are_better_than_estimates() {
        let schema = schema(Some(99), &[]);
        let question = || Question::Rows(id(&exodus_schema::Graph::new(&schema), "rentals"));
        let counted = |rows| judged(&RULE, &schema, [(question(), Answer::Count(rows))]);
        assert_eq!(counted(LARGE), ["warning rentals client_id: 100000 rows"]);
        assert_eq!(counted(3), ["note rentals client_id: 3 rows"]);
    }

    #[test]
    fn bytes_are_told_where_the_server_knows_them() {
        let mut schema = schema(None, &[]);
        let rentals = schema.tables.iter_mut().find(|table| table.name.name == "rentals");
        rentals.expect("a table").bytes = Some(5_000_000);
        let question = Question::Rows(id(&exodus_schema::Graph::new(&schema), "rentals"));
        assert_eq!(
            judged(&RULE, &schema, [(question, Answer::Count(LARGE))]),
            ["warning rentals client_id: 100000 rows, 5000000 bytes"]
        );
    }

    #[test]
    fn context_tables_are_read_whole_anyway() {
        let schema = Fixture::new()
            .relation("clients.city cities")
            .relation("cities.country countries")
            .build();
        assert!(found(&RULE, &schema).is_empty());
    }
}
