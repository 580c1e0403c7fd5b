//! # What it finds
//!
//! A context table that is large, or much written.
//!
//! # Why it matters
//!
//! A context table has to be on every shard, with the same rows. A million rows of it are there once per shard, and each
//! change has to reach all of them before a client that refers to it can move. What is large or changes all the time is
//! often not context at all: a log that client tables happen to refer to, or rows that each serve one client
//! (`unreachable-client-table`). The finding is a *warning* from a million rows or a gigabyte on. `exodus audit` counts the rows and,
//! where the server keeps statistics, the writes: more writes than half of the rows make it a warning as well.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE requests (id bigint PRIMARY KEY, url text NOT NULL);
//! CREATE TABLE rentals (
//!     id         bigint PRIMARY KEY,
//!     client_id  bigint NOT NULL REFERENCES clients,
//!     request_id bigint REFERENCES requests
//! );
//! ```
//!
//! # How to fix
//!
//! Make it neutral: drop the relation and keep the value, which then refers to another database; or give its rows an
//! owner:
//!
//! ```sql
//! ALTER TABLE rentals DROP CONSTRAINT rentals_request_id_fkey;
//! ```

use exodus_schema::TableId;

use super::{Context, Data, Rule, counted};
use crate::class::Class;
use crate::hazard::{Hazard, Severity};
use crate::question::{Answer, Answers, Question};

pub(super) const RULE: Rule = Rule {
    id: "heavy-context",
    severity: Severity::Warning,
    summary: "a context table that is large or much written",
    source: include_str!("heavy_context.rs"),
    check,
    data: Some(Data { ask, judge }),
};

const MANY_ROWS: u64 = 1_000_000;
const MANY_BYTES: u64 = 1 << 30;
/// Fewer writes than that say nothing.
const SOME_WRITES: u64 = 1_000;

fn context_tables<'a>(context: &Context<'a>) -> impl Iterator<Item = TableId> + use<'a> {
    let classes = context.classes;
    let tables = context.graph.tables();
    tables.filter(move |&table| classes.class_of(table) == Class::Context)
}

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let heavy = context_tables(context).filter(|&id| {
        let table = context.graph.table(id);
        table.estimated_rows.is_some_and(|rows| rows >= MANY_ROWS)
            || table.bytes.is_some_and(|bytes| bytes >= MANY_BYTES)
    });
    heavy.map(|table| hazard(context, table)).collect()
}

fn hazard(context: &Context<'_>, id: TableId) -> Hazard {
    let table = context.graph.table(id);
    let bytes = table.bytes.map(|bytes| format!("{} MiB", bytes >> 20));
    let rows = table
        .estimated_rows
        .map(|rows| format!("about {}", counted(rows, "row", "rows")));
    let size: Vec<_> = rows.into_iter().chain(bytes).collect();
    let size = if size.is_empty() {
        String::new()
    } else {
        format!(" ({})", size.join(", "))
    };
    Hazard::new(
        RULE.id,
        Severity::Warning,
        id,
        format!(
            "{} is a context table, which every shard must have with the same rows{size}.",
            context.name(id)
        ),
        "Consider making it neutral, or giving its rows an owner.",
    )
}

fn ask(context: &Context<'_>, _: &[Hazard]) -> Vec<Question> {
    context_tables(context)
        .flat_map(|table| [Question::Rows(table), Question::Writes(table)])
        .collect()
}

fn judge(context: &Context<'_>, mut found: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    let count = |question: Question| match answers.get(&question).map(|told| &told.answer) {
        Some(Answer::Count(count)) => Some(*count),
        _ => None,
    };
    let mut all = vec![];
    for table in context_tables(context) {
        let known = found.iter().position(|hazard| hazard.table == table);
        let known = known.map(|at| found.swap_remove(at));
        let (rows, writes) = (count(Question::Rows(table)), count(Question::Writes(table)));
        let large = rows.is_some_and(|rows| rows >= MANY_ROWS) || wide(context, table);
        let busy = rows
            .zip(writes)
            .is_some_and(|(rows, writes)| writes >= SOME_WRITES && writes > rows / 2);
        let mut counts: Vec<_> = rows.map(|rows| ("rows", rows)).into_iter().collect();
        counts.extend(writes.map(|writes| ("writes", writes)));
        let bytes = context.graph.table(table).bytes.filter(|_| !counts.is_empty());
        counts.extend(bytes.map(|bytes| ("bytes", bytes)));
        let words = counts.iter().map(|(name, count)| format!("{count} {name}"));
        let words = format!("Counted: {}.", words.collect::<Vec<_>>().join(", "));
        let asked = !counts.is_empty();
        match known {
            Some(hazard) if !asked => all.push(hazard),
            Some(hazard) if !large && !busy && rows.is_some() => all.push(hazard.refuted(&words, counts)),
            _ if asked && (large || busy) => {
                all.push(hazard(context, table).proven(Severity::Warning, &words, counts));
            }
            other => all.extend(other),
        }
    }
    all
}

fn wide(context: &Context<'_>, table: TableId) -> bool {
    let bytes = context.graph.table(table).bytes;
    bytes.is_some_and(|bytes| bytes >= MANY_BYTES)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, judged};
    use super::*;
    use crate::fixture::{Fixture, id};

    fn schema(rows: Option<u64>, bytes: Option<u64>) -> exodus_schema::Schema {
        Fixture::new()
            .relation("clients.city cities")
            .relation("a.client_id clients")
            .change("cities", |table| {
                table.estimated_rows = rows;
                table.bytes = bytes;
            })
            .change("a", |table| table.estimated_rows = Some(u64::MAX))
            .build()
    }

    #[test]
    fn large_context_tables() {
        assert_eq!(found(&RULE, &schema(Some(MANY_ROWS), None)), ["warning cities"]);
        assert_eq!(found(&RULE, &schema(Some(5), Some(MANY_BYTES))), ["warning cities"]);
        assert!(found(&RULE, &schema(Some(MANY_ROWS - 1), None)).is_empty());
        assert!(found(&RULE, &schema(None, None)).is_empty());
    }

    #[test]
    fn the_data_say_how_large_and_how_busy() {
        let with = |estimate, rows, writes: Option<u64>| {
            let schema = schema(estimate, None);
            let cities = id(&exodus_schema::Graph::new(&schema), "cities");
            let rows = (Question::Rows(cities), Answer::Count(rows));
            let writes = writes.map(|writes| (Question::Writes(cities), Answer::Count(writes)));
            judged(&RULE, &schema, [rows].into_iter().chain(writes))
        };
        assert_eq!(with(None, MANY_ROWS, None), ["warning cities: 1000000 rows"]);
        assert_eq!(with(Some(MANY_ROWS), 12, None), ["note cities: 12 rows"]);
        assert_eq!(with(None, 2000, Some(1001)), ["warning cities: 2000 rows, 1001 writes"]);
        assert!(with(None, 2000, Some(1000)).is_empty());
        assert!(with(None, 2, Some(999)).is_empty());
    }
}
