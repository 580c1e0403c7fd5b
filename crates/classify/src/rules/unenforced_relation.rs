//! # What it finds
//!
//! A relation of a client table that the database doesn't vouch for: a constraint that is NOT VALID or NOT ENFORCED, or a
//! relation that is only declared in the configuration or inferred from names. On data it also finds enforced
//! foreign keys that are violated all the same: rows loaded with `foreign_key_checks = 0`, or written to SQLite by a connection that didn't switch
//! `foreign_keys` on.
//!
//! # Why it matters
//!
//! A row whose parent does not exist has no owner by this relation, so that it stays behind; and on the target, where
//! the relation may be enforced, it could not be written. exodus never takes such a relation for a complete path, and
//! a move that meets an orphan refuses. On the schema alone the finding is a *warning*; `exodus audit` makes it an *error* where it
//! finds orphans and a *note* where there are none.
//!
//! # Example
//!
//! ```sql
//! ALTER TABLE rentals ADD CONSTRAINT rentals_client FOREIGN KEY (client_id) REFERENCES clients NOT VALID;
//! ```
//!
//! # How to fix
//!
//! Repair or remove the orphans, then let the server check:
//!
//! ```sql
//! ALTER TABLE rentals VALIDATE CONSTRAINT rentals_client;
//! ```

use exodus_schema::model::Origin;
use exodus_schema::{Edge, Engine};

use super::{Context, Data, Rule, weigh};
use crate::fix;
use crate::hazard::{Hazard, Severity};
use crate::question::{Answer, Answers, Question};

pub(super) const RULE: Rule = Rule {
    id: "unenforced-relation",
    severity: Severity::Error,
    summary: "a relation of a client table that the database doesn't vouch for",
    source: include_str!("unenforced_relation.rs"),
    check,
    data: Some(Data { ask, judge }),
};

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let unsure = outgoing(context).filter(|edge| !context.graph.relation(edge.id).validated);
    unsure.map(|edge| hazard(context, edge)).collect()
}

/// Relations of client tables, wherever they lead.
fn outgoing<'a>(context: &Context<'a>) -> impl Iterator<Item = &'a Edge> {
    let edges = context.graph.edges().iter();
    edges.filter(move |edge| context.keeps(edge) && context.is_client(edge.child()))
}

fn hazard(context: &Context<'_>, edge: &Edge) -> Hazard {
    let relation = context.graph.relation(edge.id);
    let (state, fix) = match relation.origin {
        Origin::Catalogue => (
            "does not vouch for its old rows",
            "Repair or remove rows without a parent, then let the server check the constraint.",
        ),
        Origin::Declared if !relation.is_plain() => (
            "can have no foreign key for it",
            "Repair or remove rows without a parent, and see to it that no new ones are written.",
        ),
        Origin::Declared | Origin::Inferred => (
            "has no foreign key for it",
            "Repair or remove rows without a parent, then add the foreign key.",
        ),
    };
    let hazard = Hazard::new(
        RULE.id,
        Severity::Warning,
        edge.child(),
        format!("{}: the database {state}.", context.describe(edge.id)),
        fix,
    );
    let child = context.graph.table(edge.child());
    let sql = fix::enforce(context.graph.schema(), child, relation);
    sql.into_iter().fold(hazard.at(edge.id), Hazard::with_sql)
}

fn violated(context: &Context<'_>, edge: &Edge) -> Hazard {
    Hazard::new(
        RULE.id,
        Severity::Error,
        edge.child(),
        format!(
            "{} is violated although the database has a foreign key for it.",
            context.describe(edge.id)
        ),
        "Repair or remove the rows without a parent; they were written while checks were off.",
    )
    .at(edge.id)
}

/// Where a foreign key can be violated by ordinary means, all of them are looked at.
fn may_lie(context: &Context<'_>) -> bool {
    context.graph.schema().engine != Engine::Postgres
}

fn ask(context: &Context<'_>, found: &[Hazard]) -> Vec<Question> {
    if may_lie(context) {
        return outgoing(context).filter_map(|edge| context.parents(edge.id)).collect();
    }
    found.iter().filter_map(|hazard| context.parents_of(hazard)).collect()
}

fn judge(context: &Context<'_>, found: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    let question = |hazard: &Hazard| context.parents_of(hazard);
    let mut weighed = weigh(found, answers, question, |hazard, answer| match answer {
        Answer::Parents { missing: 0, set } => hazard.refuted("No row is without its parent.", vec![("rows", *set)]),
        Answer::Parents { missing, set } => orphans(hazard, *missing, *set),
        _ => hazard,
    });
    let vouched = outgoing(context).filter(|edge| context.graph.relation(edge.id).validated);
    weighed.extend(vouched.filter_map(|edge| {
        let told = answers.get(&context.parents(edge.id)?)?;
        match told.answer {
            Answer::Parents { missing, set } if missing > 0 => {
                Some(orphans(violated(context, edge), missing, set).according_to(told))
            }
            _ => None,
        }
    }));
    weighed
}

fn orphans(hazard: Hazard, missing: u64, set: u64) -> Hazard {
    let words = format!("{missing} of {set} rows have no parent.");
    hazard.proven(Severity::Error, &words, vec![("orphans", missing), ("rows", set)])
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, judged};
    use super::*;
    use crate::fixture::{Fixture, id};
    use crate::question::Reference;
    use exodus_schema::model::ColumnPair;

    fn schema(engine: Engine, validated: bool) -> exodus_schema::Schema {
        Fixture::new()
            .engine(engine)
            .relation("rentals.client_id clients")
            .change("rentals", |table| table.relations[0].validated = validated)
            .build()
    }

    fn with(schema: &exodus_schema::Schema, missing: u64) -> Vec<String> {
        let graph = exodus_schema::Graph::new(schema);
        let columns = vec![ColumnPair::new("client_id", "id")];
        let reference = Reference::new(id(&graph, "rentals"), columns, id(&graph, "clients"));
        judged(
            &RULE,
            schema,
            [(Question::Parents(reference), Answer::Parents { set: 9, missing })],
        )
    }

    #[test]
    fn constraints_that_are_not_valid() {
        assert_eq!(
            found(&RULE, &schema(Engine::Postgres, false)),
            ["warning rentals client_id"]
        );
        assert!(found(&RULE, &schema(Engine::Postgres, true)).is_empty());
    }

    #[test]
    fn orphans_prove_it() {
        let schema = schema(Engine::Postgres, false);
        assert_eq!(with(&schema, 2), ["error rentals client_id: 2 orphans, 9 rows"]);
        assert_eq!(with(&schema, 0), ["note rentals client_id: 9 rows"]);
    }

    /// l29: a source whose foreign keys are already violated.
    #[test]
    fn l29_enforced_and_violated() {
        let schema = schema(Engine::MariaDb, true);
        assert!(found(&RULE, &schema).is_empty());
        assert_eq!(with(&schema, 2), ["error rentals client_id: 2 orphans, 9 rows"]);
        assert!(with(&schema, 0).is_empty());
    }
}
