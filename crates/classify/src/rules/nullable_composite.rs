//! # What it finds
//!
//! A relation over several columns of which some may be NULL, in a client table.
//!
//! # Why it matters
//!
//! The usual rule (`MATCH SIMPLE`) exempts a row from the check as soon as one of the columns is NULL. A half-null key looks as if it
//! referenced something, but nothing checks it, and no owner follows from it: the row belongs to nobody by this
//! relation. The finding is a *warning*; `exodus audit` counts the half-null rows, and makes it a *note* if there are none.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE comments (
//!     id        bigint PRIMARY KEY,
//!     client_id bigint NOT NULL,
//!     post_id   bigint,
//!     FOREIGN KEY (client_id, post_id) REFERENCES posts (client_id, id)
//! );
//! ```
//!
//! # How to fix
//!
//! Make all columns NOT NULL, or demand all or none:
//!
//! ```sql
//! ALTER TABLE comments ADD CHECK ((client_id IS NULL) = (post_id IS NULL));
//! ```

use exodus_schema::Edge;

use super::{Context, Data, Rule, such_rows, weigh};
use crate::hazard::{Hazard, Severity};
use crate::question::{Answer, Answers, Question};

pub(super) const RULE: Rule = Rule {
    id: "nullable-composite",
    severity: Severity::Warning,
    summary: "a relation over several columns that is not checked when one of them is NULL",
    source: include_str!("nullable_composite.rs"),
    check,
    data: Some(Data { ask, judge }),
};

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let edges = context.graph.edges().iter().filter(|edge| context.keeps(edge));
    edges
        .filter(|edge| context.is_client(edge.child()) && half_null(context, edge))
        .map(|edge| hazard(context, edge))
        .collect()
}

fn half_null(context: &Context<'_>, edge: &Edge) -> bool {
    let relation = context.graph.relation(edge.id);
    relation.columns.len() > 1 && !relation.match_full && context.is_nullable(edge.id)
}

fn hazard(context: &Context<'_>, edge: &Edge) -> Hazard {
    let table = context.graph.table(edge.child());
    let columns = context.graph.relation(edge.id).child_columns();
    let nullable: Vec<_> = columns.filter(|column| table.is_nullable(column)).collect();
    Hazard::new(
        RULE.id,
        Severity::Warning,
        edge.child(),
        format!(
            "{} is not checked for rows in which {} is NULL and another column is not.",
            context.describe(edge.id),
            nullable.join(" or ")
        ),
        "Make all its columns NOT NULL, or add a check that either all or none of them are NULL.",
    )
    .at(edge.id)
}

fn question(hazard: &Hazard) -> Option<Question> {
    hazard.relation.map(Question::HalfNull)
}

fn ask(_: &Context<'_>, found: &[Hazard]) -> Vec<Question> {
    found.iter().filter_map(question).collect()
}

fn judge(_: &Context<'_>, found: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    weigh(found, answers, question, |hazard, answer| match answer {
        Answer::Count(0) => hazard.refuted("There is no such row.", vec![("half-null rows", 0)]),
        Answer::Count(rows) => hazard.proven(Severity::Warning, &such_rows(*rows), vec![("half-null rows", *rows)]),
        _ => hazard,
    })
}

#[cfg(test)]
mod tests {
    use exodus_schema::model::ColumnPair;

    use super::super::testing::{found, judged};
    use super::*;
    use crate::fixture::Fixture;

    /// comments(client_id, post_id) → posts(client_id, id)
    fn schema(post: &str, full: bool) -> exodus_schema::Schema {
        Fixture::new()
            .relation("posts.client_id clients")
            .relation("comments.client_id clients")
            .relation(&format!("comments.{post} posts"))
            .change("comments", |table| {
                let relation = &mut table.relations[1];
                relation.match_full = full;
                relation.columns.insert(0, ColumnPair::new("client_id", "client_id"));
            })
            .build()
    }

    #[test]
    fn some_column_may_be_null() {
        assert_eq!(
            found(&RULE, &schema("post_id?", false)),
            ["warning comments client_id,post_id"]
        );
        assert!(found(&RULE, &schema("post_id", false)).is_empty());
        assert!(found(&RULE, &schema("post_id?", true)).is_empty());
        let single = Fixture::new().relation("a.client_id? clients").build();
        assert!(found(&RULE, &single).is_empty());
    }

    #[test]
    fn half_null_rows_are_counted() {
        let schema = schema("post_id?", false);
        let graph = exodus_schema::Graph::new(&schema);
        let relation = graph
            .edges()
            .iter()
            .find(|edge| graph.relation(edge.id).columns.len() == 2);
        let relation = relation.expect("the composite relation").id;
        let with = |rows| judged(&RULE, &schema, [(Question::HalfNull(relation), Answer::Count(rows))]);
        assert_eq!(with(4), ["warning comments client_id,post_id: 4 half-null rows"]);
        assert_eq!(with(0), ["note comments client_id,post_id: 0 half-null rows"]);
    }
}
