//! # What it finds
//!
//! A client table that references itself: a category with a parent category, a comment that answers another. (Of the
//! root table it would connect clients: `direct-client-relation` reports that.)
//!
//! # Why it matters
//!
//! A row can refer to a row that comes later in the copy. exodus copies such tables whatever the rows look like: where
//! the target lets a session switch checks off, all rows are written and the relation is proved before the commit. Where
//! it does not, the check is deferred to the commit, or the column is written NULL and set afterwards. Both work always,
//! so the finding is a *note*. A column that is NOT NULL under a check that can't wait leaves only the way of writing
//! parent rows first, which fails where rows refer to each other in a circle: a *warning*.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE comments (
//!     id        bigint PRIMARY KEY,
//!     client_id bigint NOT NULL REFERENCES clients,
//!     answer_to bigint NOT NULL REFERENCES comments
//! );
//! ```
//!
//! # How to fix
//!
//! Nothing has to be done for a note. Otherwise let the check wait, or allow NULL for rows without a parent:
//!
//! ```sql
//! ALTER TABLE comments ALTER CONSTRAINT comments_answer_to_fkey DEFERRABLE;
//! ALTER TABLE comments ALTER COLUMN answer_to DROP NOT NULL;
//! ```

use super::{Context, Rule};
use crate::hazard::{Hazard, Severity};

pub(super) const RULE: Rule = Rule {
    id: "self-loop",
    severity: Severity::Warning,
    summary: "a client table that references itself",
    source: include_str!("self_loop.rs"),
    check,
    data: None,
};

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let root = context.classes.root;
    let loops = context
        .inner_edges()
        .filter(|edge| edge.is_self_loop() && edge.child() != root);
    loops
        .map(|edge| {
            let (way, fix, severity) = if !context.is_enforced(edge.id) || context.can_wait(edge.id) {
                ("the check waits until the commit", "Nothing has to be done.", Severity::Note)
            } else if context.is_nullable(edge.id) {
                ("where checks can't be switched off, its column is set after all rows are there", "Nothing has to be done.", Severity::Note)
            } else {
                (
                    "where checks can't be switched off, parent rows go first, which fails if rows refer to each other in a circle",
                    "Make the constraint deferrable or its column nullable, or move to a target that lets the session switch checks off.",
                    Severity::Warning,
                )
            };
            Hazard {
                severity,
                table: edge.child(),
                rule: RULE.id,
                columns: vec![],
                sql: vec![],
                proof: None,
                relation: Some(edge.id),
                message: format!("{} refers to itself: {}; {way}.", context.name(edge.child()), context.describe(edge.id)),
                fix: fix.to_owned(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use exodus_schema::{Cuts, Engine, Graph};

    use super::super::testing::{found, found_with};
    use super::RULE;
    use crate::fixture::{Fixture, id};

    #[test]
    fn severity_follows_what_always_works() {
        let schema = Fixture::new()
            .relation("a.client_id clients")
            .relation("a.parent? a")
            .relation("a.origin~ a")
            .relation("a.twin a")
            .build();
        assert_eq!(
            found(&RULE, &schema),
            ["warning a twin", "note a parent", "note a origin"]
        );
    }

    #[test]
    fn sqlite_defers_every_key() {
        let schema = Fixture::new()
            .engine(Engine::Sqlite)
            .relation("a.client_id clients")
            .relation("a.twin a")
            .build();
        assert_eq!(found(&RULE, &schema), ["note a twin"]);
    }

    #[test]
    fn other_classes_the_root_and_cut_relations_are_left_alone() {
        let schema = Fixture::new()
            .relation("clients.referred_by? clients")
            .relation("clients.city cities")
            .relation("cities.part_of cities")
            .relation("a.client_id clients")
            .relation("a.twin a")
            .build();
        let graph = Graph::new(&schema);
        let cut = graph.children(id(&graph, "a")).next().unwrap().id;
        assert!(
            found_with(
                &RULE,
                &schema,
                &Cuts {
                    relations: [cut].into(),
                    ..Cuts::default()
                }
            )
            .is_empty()
        );
    }
}
