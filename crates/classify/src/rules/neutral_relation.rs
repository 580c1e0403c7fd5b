//! # What it finds
//!
//! A relation between a neutral table and a client or context table.
//!
//! # Why it matters
//!
//! Neutral tables stay where they are when the clients leave for the shards. A foreign key between the two sides can't
//! stay: no server checks a reference to another database. The application has to do without it, or the table has
//! another class than it seems. That takes a decision: the finding is a *warning*. `exodus audit` counts the rows that
//! use the relation; if none does, it is a *note*.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE blacklisted_credit_cards (number text PRIMARY KEY, country_id bigint REFERENCES countries);
//! -- countries is a context table, because client tables refer to it
//! ```
//!
//! # How to fix
//!
//! Copy what the neutral table needs of the row, or only its key, and drop the foreign key; or say in `exodus.toml` that the table is a context
//! table, which then is on every shard:
//!
//! ```sql
//! ALTER TABLE blacklisted_credit_cards DROP CONSTRAINT blacklisted_credit_cards_country_id_fkey;
//! ```

use exodus_schema::Edge;

use super::{Context, Data, Rule, weigh};
use crate::class::Class;
use crate::fix;
use crate::hazard::{Hazard, Severity};
use crate::question::{Answer, Answers, Question};

pub(super) const RULE: Rule = Rule {
    id: "neutral-relation",
    severity: Severity::Warning,
    summary: "a relation between a neutral table and a client or context table",
    source: include_str!("neutral_relation.rs"),
    check,
    data: Some(Data { ask, judge }),
};

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let class = |table| context.classes.class_of(table);
    let crosses = |edge: &&Edge| (class(edge.child()) == Class::Neutral) != (class(edge.parent) == Class::Neutral);
    let edges = context.graph.edges().iter().filter(|edge| context.keeps(edge));
    edges.filter(crosses).map(|edge| hazard(context, edge)).collect()
}

fn hazard(context: &Context<'_>, edge: &Edge) -> Hazard {
    let class = |table| context.classes.class_of(table);
    let hazard = Hazard::new(
        RULE.id,
        Severity::Warning,
        edge.child(),
        format!(
            "{} leads from a {} table to a {} one: when the neutral tables stay behind, it is cut.",
            context.describe(edge.id),
            class(edge.child()),
            class(edge.parent),
        ),
        "Drop the foreign key and keep the value, or set the class of one of the tables in the configuration.",
    );
    let child = context.graph.table(edge.child());
    let sql = fix::drop_foreign_key(context.graph.schema(), child, context.graph.relation(edge.id));
    sql.into_iter().fold(hazard.at(edge.id), Hazard::with_sql)
}

fn ask(context: &Context<'_>, found: &[Hazard]) -> Vec<Question> {
    found.iter().filter_map(|hazard| context.parents_of(hazard)).collect()
}

fn judge(context: &Context<'_>, found: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    let question = |hazard: &Hazard| context.parents_of(hazard);
    weigh(found, answers, question, |hazard, answer| match answer {
        Answer::Parents { set: 0, .. } => hazard.refuted("No row uses it.", vec![("rows", 0)]),
        Answer::Parents { set, .. } => {
            hazard.proven(Severity::Warning, &format!("{set} rows use it."), vec![("rows", *set)])
        }
        _ => hazard,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, judged};
    use super::*;
    use crate::fixture::{Fixture, id};
    use crate::question::Reference;

    fn schema() -> exodus_schema::Schema {
        Fixture::new()
            .relation("rentals.client_id clients")
            .relation("rentals.country countries")
            .relation("cards.country? countries")
            .relation("log.card cards")
            .build()
    }

    #[test]
    fn only_relations_between_the_sides() {
        assert_eq!(found(&RULE, &schema()), ["warning cards country"]);
    }

    #[test]
    fn rows_that_use_it_are_counted() {
        let schema = schema();
        let graph = exodus_schema::Graph::new(&schema);
        let columns = vec![exodus_schema::model::ColumnPair::new("country", "id")];
        let reference = || Reference::new(id(&graph, "cards"), columns.clone(), id(&graph, "countries"));
        let with = |set| {
            let answer = Answer::Parents { set, missing: 0 };
            judged(&RULE, &schema, [(Question::Parents(reference()), answer)])
        };
        assert_eq!(with(7), ["warning cards country: 7 rows"]);
        assert_eq!(with(0), ["note cards country: 0 rows"]);
    }
}
