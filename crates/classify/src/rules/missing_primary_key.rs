//! # What it finds
//!
//! A client or context table without a primary key, and without a unique key on NOT NULL columns that could stand in.
//!
//! # Why it matters
//!
//! Rows that look alike can't be told apart. A client's rows are still copied, counted, compared as a whole and removed
//! rightly. What can't be done: name a row that differs, follow changes while a copy runs, or remove one of two equal
//! rows. For a client table that is a *warning*; for a context table, which is only compared, a *note*.
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

use super::{Context, Rule};
use crate::class::Class;
use crate::hazard::{Hazard, Severity};

pub(super) const RULE: Rule = Rule {
    id: "missing-primary-key",
    severity: Severity::Warning,
    summary: "a client or context table whose rows have no identity",
    source: include_str!("missing_primary_key.rs"),
    check,
    data: None,
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
                    "its rows can be copied, but not followed while they change",
                ),
                Class::Context => (Severity::Note, "it can be compared as a whole only"),
                Class::Neutral => return None,
            };
            Some(Hazard {
                severity,
                table,
                rule: RULE.id,
                columns: vec![],
                sql: vec![],
                proof: None,
                relation: None,
                message: format!(
                    "{} has no primary key and no unique key on NOT NULL columns: {consequence}.",
                    context.name(table)
                ),
                fix: "Add a primary key.".to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use exodus_schema::Table;

    use super::super::testing::found;
    use super::RULE;
    use crate::fixture::{Fixture, key};

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
}
