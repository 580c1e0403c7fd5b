//! # What it finds
//!
//! A client or context table without a primary key, and without a unique key on NOT NULL columns that could stand in.
//!
//! # Why it matters
//!
//! Rows that look alike can't be told apart. A client's rows are still copied, counted, compared as a whole and removed
//! rightly. What can't be done: name a row that differs, follow changes while a copy runs, or remove one of two equal
//! rows. For a client table that is a *warning*; for a context table, which is only compared, a *note*. `exodus audit`
//! counts the rows that look alike; where there are none it is a *note*.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE visits (client_id bigint NOT NULL REFERENCES clients, page text NOT NULL);
//! ```
//!
//! # How to fix
//!
//! ```sql
//! ALTER TABLE visits ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
//! ```

use exodus_schema::TableId;

use super::{Context, Data, Rule, counted, weigh};
use crate::class::Class;
use crate::fix;
use crate::hazard::{Hazard, Severity};
use crate::question::{Answer, Answers, Question};

pub(super) const RULE: Rule = Rule {
    id: "missing-primary-key",
    severity: Severity::Warning,
    summary: "a client or context table whose rows have no identity",
    source: include_str!("missing_primary_key.rs"),
    check,
    data: Some(Data { ask, judge }),
};

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let keyless = context
        .graph
        .tables()
        .filter(|&table| context.graph.table(table).identity().is_none());
    keyless
        .filter_map(|table| {
            let (severity, consequence) = match context.classes.class_of(table) {
                Class::Client => (
                    Severity::Warning,
                    "its rows can be copied, compared by their number and purged while the client is frozen, but not followed while they change (an online move)",
                ),
                Class::Context => (Severity::Note, "it can be compared as a whole only"),
                Class::Neutral => return None,
            };
            let hazard = Hazard::new(
                RULE.id,
                severity,
                table,
                format!(
                    "{} has no primary key and no unique key on NOT NULL columns: {consequence}.",
                    context.name(table)
                ),
                "Add a primary key.",
            );
            let schema = context.graph.schema();
            let sql = fix::add_primary_key(schema, context.graph.table(table));
            Some(sql.into_iter().fold(hazard, Hazard::with_sql))
        })
        .collect()
}

/// Rows that are alike in all columns. One column that can't be compared leaves it unanswered.
fn look_alikes(context: &Context<'_>, table: TableId) -> Question {
    let columns = context.graph.table(table).columns.iter();
    Question::Duplicates(table, columns.map(|column| column.name.clone()).collect())
}

fn ask(context: &Context<'_>, found: &[Hazard]) -> Vec<Question> {
    found.iter().map(|hazard| look_alikes(context, hazard.table)).collect()
}

fn judge(context: &Context<'_>, found: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    let question = |hazard: &Hazard| Some(look_alikes(context, hazard.table));
    weigh(found, answers, question, |hazard, answer| match *answer {
        Answer::Groups { rows, groups } => {
            let severity = hazard.severity;
            let words = match rows {
                0 => "No two rows look alike now.".to_owned(),
                _ => format!("{} like another one.", counted(rows, "row looks", "rows look")),
            };
            let counts = vec![("rows that look alike", rows), ("groups", groups)];
            if rows == 0 {
                hazard.refuted(&words, counts)
            } else {
                hazard.proven(severity, &words, counts)
            }
        }
        _ => hazard,
    })
}

#[cfg(test)]
mod tests {
    use exodus_schema::Table;

    use super::super::testing::{found, judged};
    use super::*;
    use crate::fixture::{Fixture, id, key};

    fn schema() -> Fixture {
        Fixture::new()
            .relation("visits.client_id clients")
            .relation("visits.page_id? pages")
            .table("log")
            .change("log", drop_key)
    }

    fn drop_key(table: &mut Table) {
        table.primary_key = None;
    }

    #[test]
    fn client_and_context_tables() {
        let schema = schema().change("visits", drop_key).change("pages", drop_key).build();
        assert_eq!(found(&RULE, &schema), ["warning visits", "note pages"]);
    }

    #[test]
    fn a_unique_key_stands_in_only_if_it_holds_for_every_row() {
        let with = |column: &str, total: bool| {
            let key = exodus_schema::Key {
                total,
                ..key("u", &[column])
            };
            let schema = schema()
                .change("visits", drop_key)
                .change("visits", |table| table.unique_keys.push(key))
                .build();
            found(&RULE, &schema)
        };
        assert!(with("client_id", true).is_empty());
        assert_eq!(with("client_id", false), ["warning visits"]);
        assert_eq!(with("page_id", true), ["warning visits"]);
    }

    #[test]
    fn keys_and_neutral_tables_are_no_finding() {
        assert!(found(&RULE, &schema().build()).is_empty());
    }

    #[test]
    fn rows_that_look_alike_are_counted() {
        let schema = schema().change("visits", drop_key).build();
        let visits = id(&exodus_schema::Graph::new(&schema), "visits");
        let with = |groups, rows| {
            let columns = ["id", "client_id", "page_id"].map(str::to_owned).to_vec();
            let question = Question::Duplicates(visits, columns);
            judged(&RULE, &schema, [(question, Answer::Groups { groups, rows })])
        };
        assert_eq!(with(2, 8), ["warning visits: 8 rows that look alike, 2 groups"]);
        assert_eq!(with(0, 0), ["note visits: 0 rows that look alike, 0 groups"]);
    }
}
