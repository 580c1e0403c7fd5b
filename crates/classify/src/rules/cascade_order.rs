//! # What it finds
//!
//! A diamond of removals that the server can't resolve: removing a row removes both rows of `a` and rows of `b` by
//! `ON DELETE CASCADE`, and rows of `b` reference rows of `a` by a relation that doesn't cascade.
//!
//! # Why it matters
//!
//! MySQL and MariaDB check `NO ACTION` row by row, as `RESTRICT`: if the cascade comes to `a` before it has come to `b`, the rows of `b` are still there
//! and the whole removal fails, although nothing would be left dangling. SQLite and PostgreSQL wait with `NO ACTION` until the end of the statement, but
//! not with `RESTRICT`. An application that removes a client by removing its root row meets that error.
//!
//! exodus doesn't: a purge never relies on cascades, it removes child rows first, table by table. So the finding is a
//! *note*.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE foo (id bigint PRIMARY KEY, client_id bigint NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE);
//! CREATE TABLE bar (
//!     id        bigint PRIMARY KEY,
//!     client_id bigint NOT NULL,
//!     foo_id    bigint NOT NULL,
//!     FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
//!     FOREIGN KEY (foo_id) REFERENCES foo (id)
//! );
//! ```
//!
//! # How to fix
//!
//! Let the relation between the two cascade as well, or remove child rows explicitly:
//!
//! ```sql
//! ALTER TABLE bar DROP FOREIGN KEY bar_ibfk_2, ADD FOREIGN KEY (foo_id) REFERENCES foo (id) ON DELETE CASCADE;
//! ```

use std::collections::BTreeSet;

use exodus_schema::model::Action;
use exodus_schema::{Edge, Engine, TableId};

use super::{Context, Rule};
use crate::hazard::{Hazard, Severity};

pub(super) const RULE: Rule = Rule {
    id: "cascade-order",
    severity: Severity::Note,
    summary: "a diamond of ON DELETE CASCADE that the server can't resolve",
    source: include_str!("cascade_order.rs"),
    check,
    data: None,
};

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let stops = context
        .inner_edges()
        .filter(|edge| !edge.is_self_loop() && context.is_enforced(edge.id) && stops(context, edge));
    stops
        .filter_map(|edge| {
            let above_child = removers(context, edge.child());
            let mut above_parent = removers(context, edge.parent);
            above_parent.insert(edge.parent);
            let top = above_child.intersection(&above_parent).next().copied()?;
            Some(hazard(context, edge, top))
        })
        .collect()
}

/// The relation keeps its parent row from going while the child row is there.
fn stops(context: &Context<'_>, edge: &Edge) -> bool {
    match context.graph.relation(edge.id).on_delete {
        Action::Restrict => true,
        Action::NoAction => matches!(context.graph.schema().engine, Engine::MySql | Engine::MariaDb),
        Action::Cascade | Action::SetNull | Action::SetDefault => false,
    }
}

/// The tables whose rows take rows of `table` with them when they go.
fn removers(context: &Context<'_>, table: TableId) -> BTreeSet<TableId> {
    let mut found = BTreeSet::new();
    let mut open = vec![table];
    while let Some(table) = open.pop() {
        let cascades = |edge: &&Edge| context.graph.relation(edge.id).on_delete == Action::Cascade;
        for edge in context.graph.parents(table).filter(cascades) {
            if found.insert(edge.parent) {
                open.push(edge.parent);
            }
        }
    }
    found
}

fn hazard(context: &Context<'_>, edge: &Edge, top: TableId) -> Hazard {
    Hazard::new(
        RULE.id,
        Severity::Note,
        edge.child(),
        format!(
            "Removing a row of {} cascades to {} and to {}, but {} stops it where the first comes before the second. A purge is not concerned: it removes child rows first.",
            context.name(top),
            context.name(edge.parent),
            context.name(edge.child()),
            context.describe(edge.id)
        ),
        "Let this relation cascade too, or have the application remove child rows first.",
    )
    .at(edge.id)
}

#[cfg(test)]
mod tests {
    use super::super::testing::found;
    use super::*;
    use crate::fixture::Fixture;

    fn schema(engine: Engine, foo: Action, bar: Action, between: Action) -> exodus_schema::Schema {
        Fixture::new()
            .engine(engine)
            .relation("foo.client_id clients")
            .relation("bar.client_id clients")
            .relation("bar.foo_id foo")
            .change("foo", |table| table.relations[0].on_delete = foo)
            .change("bar", |table| {
                table.relations[0].on_delete = bar;
                table.relations[1].on_delete = between;
            })
            .build()
    }

    /// l48: ON DELETE CASCADE through a diamond fails in MySQL.
    #[test]
    fn l48_the_diamond_of_foo_and_bar() {
        use Action::{Cascade, NoAction, Restrict};
        let my = |foo, bar, between| found(&RULE, &schema(Engine::MySql, foo, bar, between));
        assert_eq!(my(Cascade, Cascade, NoAction), ["note bar foo_id"]);
        assert_eq!(my(Cascade, Cascade, Restrict), ["note bar foo_id"]);
        assert!(my(Cascade, Cascade, Cascade).is_empty());
        assert!(my(NoAction, Cascade, NoAction).is_empty());
        assert!(my(Cascade, NoAction, NoAction).is_empty());
    }

    #[test]
    fn postgres_waits_until_the_end_of_the_statement() {
        use Action::{Cascade, NoAction, Restrict};
        let pg = |between| found(&RULE, &schema(Engine::Postgres, Cascade, Cascade, between));
        assert!(pg(NoAction).is_empty());
        assert_eq!(pg(Restrict), ["note bar foo_id"]);
    }

    #[test]
    fn two_relations_between_the_same_tables() {
        let schema = Fixture::new()
            .engine(Engine::MariaDb)
            .relation("foo.client_id clients")
            .relation("bar.one foo")
            .relation("bar.two foo")
            .change("bar", |table| table.relations[0].on_delete = Action::Cascade)
            .build();
        assert_eq!(found(&RULE, &schema), ["note bar two"]);
    }
}
