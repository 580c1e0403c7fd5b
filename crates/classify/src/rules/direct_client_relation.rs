//! # What it finds
//!
//! A relation that connects one client with another directly: the root table references itself (`referred_by`), or a
//! table references the root twice (a transfer from one client to another).
//!
//! # Why it matters
//!
//! A client whose row refers to another client's row can't be put on a shard without it, and a row that two clients own
//! can't follow either. A move that meets such rows refuses and names them. Where a column may be NULL, it depends on the
//! data: a *warning*. Where all are NOT NULL, every row is concerned: an *error*. (Two relations that are held together
//! by sharing the column that carries the client's key always lead to the same client and are not reported.)
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

use exodus_schema::{Edge, RelationId, TableId};

use super::{Context, Rule};
use crate::hazard::{Hazard, Severity};

pub(super) const RULE: Rule = Rule {
    id: "direct-client-relation",
    severity: Severity::Error,
    summary: "a relation that connects one client with another directly",
    source: include_str!("direct_client_relation.rs"),
    check,
    data: None,
};

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let root = context.classes.root;
    let to_root: Vec<&Edge> = context.inner_edges().filter(|edge| edge.parent == root).collect();
    let own = to_root
        .iter()
        .filter(|edge| edge.is_self_loop())
        .map(|edge| own_hazard(context, edge));
    let others = context.client_tables().filter(|&table| table != root);
    let doubles = others.filter_map(|table| {
        let ways: Vec<RelationId> = to_root
            .iter()
            .filter(|edge| edge.child() == table)
            .map(|edge| edge.id)
            .collect();
        (!all_same_owner(context, &ways)).then(|| double_hazard(context, table, &ways))
    });
    own.chain(doubles).collect()
}

fn own_hazard(context: &Context<'_>, edge: &Edge) -> Hazard {
    let rigid = !context.is_nullable(edge.id);
    Hazard {
        severity: if rigid { Severity::Error } else { Severity::Warning },
        table: edge.child(),
        rule: RULE.id,
        columns: vec![],
        sql: vec![],
        proof: None,
        relation: Some(edge.id),
        message: format!(
            "{} connects clients with each other: {}; a client that refers to another one, or is referred to, can't be moved alone.",
            context.name(edge.child()),
            context.describe(edge.id)
        ),
        fix: "Ignore the relation in the configuration if the value may stay without its row, or drop it.".to_owned(),
    }
}

fn double_hazard(context: &Context<'_>, table: TableId, ways: &[RelationId]) -> Hazard {
    let rigid = ways.iter().filter(|&&relation| !context.is_nullable(relation)).count() > 1;
    let described: Vec<_> = ways.iter().map(|&relation| context.describe(relation)).collect();
    Hazard {
        severity: if rigid { Severity::Error } else { Severity::Warning },
        table,
        rule: RULE.id,
        columns: vec![],
        sql: vec![],
        proof: None,
        relation: None,
        message: format!(
            "A row of {} can belong to several clients: {}; such rows can't be moved with any of them.",
            context.name(table),
            described.join(", ")
        ),
        fix: "Decide which relation owns the row and ignore the others in the configuration.".to_owned(),
    }
}

/// Fewer than two relations, or all of them take some unique key of the root from the same columns.
fn all_same_owner(context: &Context<'_>, ways: &[RelationId]) -> bool {
    let Some((first, rest)) = ways.split_first() else {
        return true;
    };
    let root = context.graph.table(context.classes.root);
    let keys: Vec<_> = root
        .primary_key
        .iter()
        .chain(&root.unique_keys)
        .filter(|key| key.total && !key.columns.is_empty())
        .collect();
    let source = |relation: RelationId, column: &str| {
        let pairs = &context.graph.relation(relation).columns;
        pairs
            .iter()
            .find(|pair| pair.parent == column)
            .map(|pair| pair.child.as_str())
    };
    let same = |relation: RelationId| {
        keys.iter().any(|key| {
            key.columns.iter().all(|column| {
                let columns = (source(*first, column), source(relation, column));
                columns.0.is_some() && columns.0 == columns.1
            })
        })
    };
    rest.iter().all(|&relation| same(relation))
}

#[cfg(test)]
mod tests {
    use exodus_schema::model::ColumnPair;
    use exodus_schema::{Cuts, Graph};

    use super::super::testing::{found, found_with};
    use super::RULE;
    use crate::fixture::{Fixture, id};

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
                t.relations[1].columns.push(ColumnPair {
                    child: "region".to_owned(),
                    parent: "region".to_owned(),
                });
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
}
