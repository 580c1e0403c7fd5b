//! # What it finds
//!
//! A relation that connects one client with another directly: the root table references itself (`referred_by`), or a
//! table references the root twice (a transfer from one client to another).
//!
//! # Why it matters
//!
//! A client whose row refers to another client's row can't be put on a shard without it, and a row that two clients own
//! can't follow either. A move that meets such rows refuses and names them. Where a column may be NULL, it depends on the
//! data: a *warning*. Where all are NOT NULL, every row is concerned: an *error*. `exodus audit` counts the rows and the
//! pairs of clients that they connect: with some it is an *error*, with none a *note*. (Two relations that are held
//! together by sharing the column that carries the client's key always lead to the same client and are not reported.)
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE clients (id bigint PRIMARY KEY, referred_by bigint REFERENCES clients);
//! CREATE TABLE transfers (
//!     from_client bigint NOT NULL REFERENCES clients,
//!     to_client   bigint NOT NULL REFERENCES clients
//! );
//! ```
//!
//! # How to fix
//!
//! Keep what must be known of the other client as a plain value, and drop the relation; or tell exodus to ignore it:
//!
//! ```sql
//! ALTER TABLE clients DROP CONSTRAINT clients_referred_by_fkey;
//! ```

use std::collections::BTreeMap;

use exodus_schema::{Edge, RelationId, TableId};

use super::crossing::{conclude, crossings};
use super::{Context, Data, Rule, weigh};
use crate::fix;
use crate::hazard::{Hazard, Severity};
use crate::question::{Answers, Question};

pub(super) const RULE: Rule = Rule {
    id: "direct-client-relation",
    severity: Severity::Error,
    summary: "a relation that connects one client with another directly",
    source: include_str!("direct_client_relation.rs"),
    check,
    data: Some(Data { ask, judge }),
};

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let root = context.classes.root;
    let own = context
        .inner_edges()
        .filter(|edge| edge.is_self_loop() && edge.child() == root && !is_itself(context, edge))
        .map(|edge| own_hazard(context, edge));
    let doubles = doubles(context).into_iter();
    own.chain(doubles.map(|(table, ways)| double_hazard(context, table, &ways)))
        .collect()
}

/// Every row would refer to itself: the columns are the same.
fn is_itself(context: &Context<'_>, edge: &Edge) -> bool {
    let mut pairs = context.graph.relation(edge.id).columns.iter();
    pairs.all(|pair| pair.child == pair.parent)
}

/// Tables that refer to the root in several ways that can differ, with one way of each kind.
fn doubles(context: &Context<'_>) -> BTreeMap<TableId, Vec<RelationId>> {
    let root = context.classes.root;
    let direct = |group: &Vec<RelationId>| {
        let mut ways = group.iter().filter_map(|&way| context.graph.edge(way));
        ways.find(|edge| edge.parent == root).map(|edge| edge.id)
    };
    let crossings = crossings(context).into_iter();
    crossings
        .filter(|crossing| crossing.table != root)
        .map(|crossing| {
            (
                crossing.table,
                crossing.groups.iter().filter_map(direct).collect::<Vec<_>>(),
            )
        })
        .filter(|(_, ways)| ways.len() > 1)
        .collect()
}

fn own_hazard(context: &Context<'_>, edge: &Edge) -> Hazard {
    let rigid = !context.is_nullable(edge.id);
    let hazard = Hazard::new(
        RULE.id,
        if rigid { Severity::Error } else { Severity::Warning },
        edge.child(),
        format!(
            "{} connects clients with each other: {}; a client that refers to another one, or is referred to, can't be moved alone.",
            context.name(edge.child()),
            context.describe(edge.id)
        ),
        "Ignore the relation in the configuration if the value may stay without its row, or drop it.",
    );
    let (table, relation) = (context.graph.table(edge.child()), context.graph.relation(edge.id));
    let sql = fix::drop_foreign_key(context.graph.schema(), table, relation);
    sql.into_iter().fold(hazard.at(edge.id), Hazard::with_sql)
}

fn double_hazard(context: &Context<'_>, table: TableId, ways: &[RelationId]) -> Hazard {
    let rigid = ways.iter().filter(|&&relation| !context.is_nullable(relation)).count() > 1;
    let described: Vec<_> = ways.iter().map(|&relation| context.describe(relation)).collect();
    Hazard::new(
        RULE.id,
        if rigid { Severity::Error } else { Severity::Warning },
        table,
        format!(
            "A row of {} can belong to several clients: {}; such rows can't be moved with any of them.",
            context.name(table),
            described.join(", ")
        ),
        "Decide which relation owns the row and ignore the others in the configuration.",
    )
}

fn ask(context: &Context<'_>, hazards: &[Hazard]) -> Vec<Question> {
    let doubles = doubles(context);
    hazards.iter().filter_map(|hazard| question(&doubles, hazard)).collect()
}

fn question(doubles: &BTreeMap<TableId, Vec<RelationId>>, hazard: &Hazard) -> Option<Question> {
    let ways = match hazard.relation {
        Some(own) => vec![own],
        None => doubles.get(&hazard.table)?.clone(),
    };
    Some(Question::Crossed(hazard.table, ways))
}

fn judge(context: &Context<'_>, hazards: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    let doubles = doubles(context);
    weigh(hazards, answers, |hazard| question(&doubles, hazard), conclude)
}

#[cfg(test)]
mod tests {
    use exodus_schema::model::ColumnPair;
    use exodus_schema::{Cuts, Graph};

    use super::super::testing::{found, found_with, judged};
    use super::RULE;
    use crate::fixture::{Fixture, id};
    use crate::question::{Answer, Question};

    #[test]
    fn the_root_refers_to_itself() {
        let schema = Fixture::new()
            .relation("clients.referred_by? clients")
            .relation("clients.head clients")
            .build();
        assert_eq!(
            found(&RULE, &schema),
            ["error clients head", "warning clients referred_by"]
        );
    }

    #[test]
    fn a_table_refers_to_two_clients() {
        let both = Fixture::new()
            .relation("t.giver clients")
            .relation("t.taker clients")
            .build();
        assert_eq!(found(&RULE, &both), ["error t"]);
        let one = Fixture::new()
            .relation("t.giver clients")
            .relation("t.taker? clients")
            .build();
        assert_eq!(found(&RULE, &one), ["warning t"]);
    }

    #[test]
    fn a_shared_column_proves_one_owner() {
        let schema = Fixture::new()
            .relation("t.client_id clients")
            .relation("t.client_id clients")
            .build();
        assert!(found(&RULE, &schema).is_empty());
        // The pair (client_id, region) takes the client from the same column.
        let schema = Fixture::new()
            .relation("t.client_id clients")
            .relation("t.client_id clients")
            .change("t", |t| {
                t.relations[1].columns.push(ColumnPair::new("region", "region"));
            })
            .build();
        assert!(found(&RULE, &schema).is_empty());
    }

    #[test]
    fn one_way_is_the_rule_and_a_cut_one_does_not_count() {
        let schema = Fixture::new()
            .relation("t.giver clients")
            .relation("t.taker clients")
            .build();
        let graph = Graph::new(&schema);
        let cut = graph.children(id(&graph, "clients")).last().unwrap().id;
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
    fn a_post_proves_that_both_are_the_same() {
        let schema = Fixture::new()
            .relation("posts.client_id clients")
            .relation("t.giver clients")
            .relation("t.taker clients")
            .relation("t.giver,post_id posts:client_id,id")
            .relation("t.taker,post_id posts:client_id,id");
        assert!(found(&RULE, &schema.build()).is_empty());
    }

    #[test]
    fn the_data_decide() {
        let schema = Fixture::new()
            .relation("clients.referred_by? clients")
            .relation("t.giver clients")
            .relation("t.taker clients")
            .build();
        let graph = Graph::new(&schema);
        let ask = |table: &str| {
            let table = id(&graph, table);
            Question::Crossed(table, graph.parents(table).map(|edge| edge.id).collect())
        };
        let crossed = |rows, pairs| Answer::Crossed { rows, pairs };
        assert_eq!(
            judged(
                &RULE,
                &schema,
                [(ask("clients"), crossed(3, 2)), (ask("t"), crossed(0, 0))]
            ),
            [
                "error clients referred_by: 3 crossed rows, 2 pairs of clients",
                "note t: 0 crossed rows"
            ]
        );
        assert_eq!(
            judged(&RULE, &schema, []),
            ["error t: ", "warning clients referred_by: "]
        );
    }
}
