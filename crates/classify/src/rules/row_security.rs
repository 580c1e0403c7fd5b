//! # What it finds
//!
//! A client or context table with row-level security.
//!
//! # Why it matters
//!
//! Policies hide rows from roles that they apply to. A tool that reads as such a role gets fewer rows than there are, or
//! none, and no error. exodus asks the server for an error instead (`row_security = off`), so that nothing is lost
//! silently: but with a role that the policies apply to, neither an audit nor a move can run. On the target a policy can refuse rows. The finding is a
//! *warning*. `exodus audit` asks whether policies apply to its own role: if they do it is an *error*, else a *note*. How
//! many rows they hide, nobody can count whom they are hidden from.
//!
//! # Example
//!
//! ```sql
//! ALTER TABLE rentals ENABLE ROW LEVEL SECURITY;
//! CREATE POLICY own ON rentals USING (client_id = current_setting('app.client')::bigint);
//! ```
//!
//! # How to fix
//!
//! Use a role that owns the tables (unless security is forced on owners too), or one that may pass by policies:
//!
//! ```sql
//! ALTER ROLE mover BYPASSRLS;
//! ```

use super::{Context, Data, Rule, weigh};
use crate::class::Class;
use crate::hazard::{Hazard, Severity};
use crate::question::{Answer, Answers, Question};

pub(super) const RULE: Rule = Rule {
    id: "row-security",
    severity: Severity::Error,
    summary: "a client or context table of which policies can hide rows",
    source: include_str!("row_security.rs"),
    check,
    data: Some(Data { ask, judge }),
};

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let tables = context.graph.tables();
    let hiding = tables
        .filter(|&table| context.graph.table(table).row_security && context.classes.class_of(table) != Class::Neutral);
    hiding
        .map(|table| {
            Hazard::new(
                RULE.id,
                Severity::Warning,
                table,
                format!(
                    "{} has row-level security: reading it with a role that the policies apply to is an error.",
                    context.name(table)
                ),
                "Use a role that owns the table or has BYPASSRLS, on both ends of a move.",
            )
        })
        .collect()
}

#[expect(clippy::unnecessary_wraps, reason = "not every finding of every rule has a question")]
fn hidden(hazard: &Hazard) -> Option<Question> {
    Some(Question::Hidden(hazard.table))
}

fn ask(_: &Context<'_>, found: &[Hazard]) -> Vec<Question> {
    found.iter().filter_map(hidden).collect()
}

fn judge(_: &Context<'_>, found: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    weigh(found, answers, hidden, |hazard, answer| match answer {
        Answer::Count(0) => hazard.refuted(
            "The role that asked passes by the policies: no row is hidden from it.",
            vec![],
        ),
        Answer::Count(_) => hazard.proven(
            Severity::Error,
            "The policies apply to the role that asked: its rows are not all there.",
            vec![],
        ),
        _ => hazard,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, judged};
    use super::RULE;
    use crate::fixture::{Fixture, id};
    use crate::question::{Answer, Question};

    #[test]
    fn client_and_context_tables() {
        let schema = |table: &str| {
            Fixture::new()
                .relation("rentals.client_id clients")
                .relation("rentals.city cities")
                .table("jobs")
                .change(table, |table| table.row_security = true)
                .build()
        };
        assert_eq!(found(&RULE, &schema("rentals")), ["warning rentals"]);
        assert_eq!(found(&RULE, &schema("cities")), ["warning cities"]);
        assert!(found(&RULE, &schema("jobs")).is_empty());
    }

    #[test]
    fn the_server_knows_whom_policies_apply_to() {
        let schema = Fixture::new().relation("rentals.client_id clients");
        let schema = schema.change("rentals", |table| table.row_security = true).build();
        let question = Question::Hidden(id(&exodus_schema::Graph::new(&schema), "rentals"));
        let with = |applies| judged(&RULE, &schema, [(question.clone(), Answer::Count(applies))]);
        assert_eq!(with(0), ["note rentals: "]);
        assert_eq!(with(1), ["error rentals: "]);
    }
}
