//! # What it finds
//!
//! A client or context table with row-level security.
//!
//! # Why it matters
//!
//! Policies hide rows from roles that they apply to. A tool that reads as such a role gets fewer rows than there are, or
//! none, and no error. exodus asks the server for an error instead (`row_security = off`), so that nothing is lost
//! silently: but with a role that the policies apply to, neither an audit nor a move can run. On the target a policy can refuse rows. The finding is a
//! *warning*.
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

use super::{Context, Rule};
use crate::class::Class;
use crate::hazard::{Hazard, Severity};

pub(super) const RULE: Rule = Rule {
    id: "row-security",
    severity: Severity::Warning,
    summary: "a client or context table of which policies can hide rows",
    source: include_str!("row_security.rs"),
    check,
    data: None,
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

#[cfg(test)]
mod tests {
    use super::super::testing::found;
    use super::RULE;
    use crate::fixture::Fixture;

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
}
