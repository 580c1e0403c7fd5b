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
//! parent rows first, which fails where rows refer to each other in a circle: a *warning*. `exodus audit` looks at the
//! rows: such circles make it an *error*, and so do rows below a row of another owner, which connect two clients.
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

use super::{Context, Data, Rule, weigh};
use crate::hazard::{Hazard, Severity};
use crate::question::{Answer, Answers, Question};

pub(super) const RULE: Rule = Rule {
    id: "self-loop",
    severity: Severity::Error,
    summary: "a client table that references itself",
    source: include_str!("self_loop.rs"),
    check,
    data: Some(Data { ask, judge }),
};

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let root = context.classes.root;
    let loops = context
        .inner_edges()
        .filter(|edge| edge.is_self_loop() && edge.child() != root);
    loops
        .map(|edge| {
            let (way, fix, severity) = if !context.is_enforced(edge.id) {
                ("it is copied with checks off or, because no server checks it, in any order: that is always possible", "Nothing has to be done.", Severity::Note)
            } else if context.can_wait(edge.id) {
                ("it is copied with checks off, or deferred to the commit: that is always possible", "Nothing has to be done.", Severity::Note)
            } else if context.is_nullable(edge.id) {
                ("it is copied with checks off, or its column written NULL and set after all rows are there: that is always possible", "Nothing has to be done.", Severity::Note)
            } else {
                (
                    "it is copied with checks off, or sorted, parent rows first, which is not possible if rows refer to each other in a circle",
                    "Make the constraint deferrable or its column nullable, or move to a target that lets the session switch checks off.",
                    Severity::Warning,
                )
            };
            let message = format!("{} refers to itself: {}; {way}.", context.name(edge.child()), context.describe(edge.id));
            Hazard::new(RULE.id, severity, edge.child(), message, fix).at(edge.id)
        })
        .collect()
}

fn question(hazard: &Hazard) -> Option<Question> {
    hazard.relation.map(|relation| Question::Loop(vec![relation]))
}

fn ask(_: &Context<'_>, found: &[Hazard]) -> Vec<Question> {
    found.iter().filter_map(question).collect()
}

fn judge(_: &Context<'_>, found: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    weigh(found, answers, question, hang_together)
}

/// A loop in the light of its rows; the same for a loop of one table and of several.
pub(super) fn hang_together(hazard: Hazard, answer: &Answer) -> Hazard {
    let &Answer::Loop { depth, cyclic, foreign } = answer else {
        return hazard;
    };
    let counts = vec![
        ("deep", depth),
        ("rows in circles", cyclic),
        ("rows below another owner", foreign),
    ];
    // Only what can't wait minds circles of rows.
    let rigid = hazard.severity < Severity::Note;
    if foreign > 0 {
        let words = format!("{foreign} rows have a parent that belongs to another client.");
        hazard.proven(Severity::Error, &words, counts)
    } else if cyclic > 0 && rigid {
        let words = format!("{cyclic} rows refer to each other in circles.");
        hazard.proven(Severity::Error, &words, counts)
    } else {
        let words = format!("Its rows hang {depth} deep, {cyclic} of them in circles, each below its own owner.");
        hazard.refuted(&words, counts)
    }
}

#[cfg(test)]
mod tests {
    use exodus_schema::{Cuts, Engine, Graph};

    use super::super::testing::{found, found_with, judged};
    use super::*;
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

    #[test]
    fn the_rows_tell_whether_it_works() {
        let schema = Fixture::new()
            .relation("a.client_id clients")
            .relation("a.parent? a")
            .relation("a.twin a")
            .build();
        let graph = Graph::new(&schema);
        let with = |at, cyclic, foreign| {
            let child = id(&graph, "a");
            let question = Question::Loop(vec![exodus_schema::RelationId { child, at }]);
            let answer = Answer::Loop {
                depth: 4,
                cyclic,
                foreign,
            };
            judged(&RULE, &schema, [(question, answer)])
                .into_iter()
                .find(|line| !line.ends_with(": "))
        };
        let line = |text: &str| Some(text.to_owned());
        let counts = |cyclic, foreign| format!("4 deep, {cyclic} rows in circles, {foreign} rows below another owner");
        assert_eq!(with(1, 2, 0), line(&format!("note a parent: {}", counts(2, 0))));
        assert_eq!(with(2, 2, 0), line(&format!("error a twin: {}", counts(2, 0))));
        assert_eq!(with(2, 0, 0), line(&format!("note a twin: {}", counts(0, 0))));
        assert_eq!(with(1, 0, 7), line(&format!("error a parent: {}", counts(0, 7))));
    }
}
