//! # What it finds
//!
//! Client tables that reference each other in a circle: an account has an owner among its users, each user has an
//! account.
//!
//! # Why it matters
//!
//! No order of the tables satisfies every foreign key. Where the target lets a session switch checks off, exodus writes
//! all rows and proves every relation before the commit; any circle can be copied so. Where it does not, one relation of
//! the circle must be able to wait: because its constraint is deferrable, or because its column may be NULL and is set
//! afterwards. If there is one in every circle the finding is a *note*. A circle of relations that are all NOT NULL and
//! checked at once is an *error*: only a target that switches checks off can take it. (The rows of such a circle can't
//! have been inserted one by one either.)
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE accounts (id bigint PRIMARY KEY, owner_id bigint NOT NULL);
//! CREATE TABLE users (id bigint PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts);
//! ALTER TABLE accounts ADD CONSTRAINT accounts_owner FOREIGN KEY (owner_id) REFERENCES users;
//! ```
//!
//! # How to fix
//!
//! Nothing has to be done for a note. Otherwise let one relation of the circle wait:
//!
//! ```sql
//! ALTER TABLE accounts ALTER CONSTRAINT accounts_owner DEFERRABLE;
//! ALTER TABLE accounts ALTER COLUMN owner_id DROP NOT NULL;
//! ```

use exodus_schema::{Edge, RelationId, TableId};

use super::{Context, Data, Rule, self_loop, weigh};
use crate::hazard::{Hazard, Severity};
use crate::question::{Answers, Question};

pub(super) const RULE: Rule = Rule {
    id: "relation-cycle",
    severity: Severity::Error,
    summary: "client tables that reference each other in a circle",
    source: include_str!("relation_cycle.rs"),
    check,
    data: Some(Data { ask, judge }),
};

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let inside = |edge: &Edge| {
        context.keeps(edge) && !edge.is_self_loop() && context.is_client(edge.child()) && context.is_client(edge.parent)
    };
    let rigid =
        |edge: &Edge| context.is_enforced(edge.id) && !context.is_nullable(edge.id) && !context.can_wait(edge.id);
    let cycles = context.graph.components(inside);
    let rigid_cycles = context.graph.components(|edge| inside(edge) && rigid(edge));
    let is_rigid = |table: &TableId| !rigid_cycles.loop_of(*table).is_empty();
    cycles
        .cycles()
        .into_iter()
        .map(|tables| {
            let together: Vec<&Edge> = context
                .inner_edges()
                .filter(|e| !e.is_self_loop() && cycles.together(e.child(), e.parent) && tables.contains(&e.parent))
                .collect();
            match tables.iter().find(|table| is_rigid(table)) {
                Some(&first) => stuck(context, first, rigid_cycles.loop_of(first)),
                None => copyable(context, tables, &together, &rigid),
            }
        })
        .collect()
}

fn stuck(context: &Context<'_>, first: TableId, tables: &[TableId]) -> Hazard {
    Hazard::new(
        RULE.id,
        Severity::Error,
        first,
        format!(
            "{} refer to each other in a circle of relations that are all NOT NULL and checked at once: they can be copied only where the target lets the session switch checks off.",
            list(tables.iter().map(|&table| context.name(table)))
        ),
        "Make one constraint of the circle deferrable, or one of its columns nullable.",
    )
}

fn copyable(context: &Context<'_>, tables: &[TableId], together: &[&Edge], rigid: &dyn Fn(&Edge) -> bool) -> Hazard {
    // The copy order leaves some relation running backwards; one that can wait is the natural one to name.
    let back = context.classes.tree.back_relations();
    let waits = together.iter().find(|edge| back.contains(&edge.id) && !rigid(edge));
    let waits: Option<RelationId> = waits
        .or_else(|| together.iter().find(|edge| !rigid(edge)))
        .map(|edge| edge.id);
    let how = waits.map_or_else(String::new, |relation| {
        let way = if !context.is_enforced(relation) {
            "no server checks"
        } else if context.can_wait(relation) {
            "can be deferred to the commit"
        } else {
            "can be written NULL and set afterwards"
        };
        format!("; {} {way}", context.describe(relation))
    });
    let hazard = Hazard::new(
        RULE.id,
        Severity::Note,
        waits.map_or(tables[0], |relation| relation.child),
        format!(
            "{} refer to each other in a circle: {}{how}. It is copied with checks off or so: that is always possible.",
            list(tables.iter().map(|&table| context.name(table))),
            together
                .iter()
                .map(|edge| context.describe(edge.id))
                .collect::<Vec<_>>()
                .join(", "),
        ),
        "Nothing has to be done.",
    );
    match waits {
        Some(relation) => hazard.at(relation),
        None => hazard,
    }
}

fn list(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<_> = names.collect();
    match names.pop() {
        Some(last) if !names.is_empty() => format!("{} and {last}", names.join(", ")),
        last => last.unwrap_or_default(),
    }
}

/// The relations of the circle that a finding's table lies on.
fn question(context: &Context<'_>, hazard: &Hazard) -> Option<Question> {
    let inside = |edge: &Edge| {
        context.keeps(edge) && !edge.is_self_loop() && context.is_client(edge.child()) && context.is_client(edge.parent)
    };
    let cycles = context.graph.components(inside);
    let tables = cycles.loop_of(hazard.table);
    let edges = context
        .inner_edges()
        .filter(|edge| !edge.is_self_loop() && tables.contains(&edge.child()) && tables.contains(&edge.parent));
    let relations: Vec<_> = edges.map(|edge| edge.id).collect();
    (!relations.is_empty()).then_some(Question::Loop(relations))
}

fn ask(context: &Context<'_>, found: &[Hazard]) -> Vec<Question> {
    found.iter().filter_map(|hazard| question(context, hazard)).collect()
}

fn judge(context: &Context<'_>, found: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    weigh(
        found,
        answers,
        |hazard| question(context, hazard),
        self_loop::hang_together,
    )
}

#[cfg(test)]
mod tests {
    use exodus_schema::Engine;

    use super::super::testing::found;
    use super::RULE;
    use crate::fixture::Fixture;

    /// l06: the commonest tenant cycle of all.
    #[test]
    fn l06_accounts_and_users() {
        let schema = |owner: &str| Fixture::new().relation("users.client_id clients").relation(owner);
        assert_eq!(
            found(&RULE, &schema("clients.owner_id? users").build()),
            ["note clients owner_id"]
        );
        assert_eq!(
            found(&RULE, &schema("clients.owner_id~ users").build()),
            ["note clients owner_id"]
        );
        assert_eq!(
            found(&RULE, &schema("clients.owner_id users").build()),
            ["error clients"]
        );
        assert_eq!(
            found(&RULE, &schema("clients.owner_id users").engine(Engine::Sqlite).build()).len(),
            1
        );
    }

    #[test]
    fn a_rigid_circle_inside_a_larger_one_counts() {
        let schema = Fixture::new()
            .relation("a.client_id clients")
            .relation("b.a a")
            .relation("c.b b")
            .relation("b.c c")
            .relation("a.c? c")
            .build();
        assert_eq!(found(&RULE, &schema), ["error b"]);
    }

    #[test]
    fn several_circles_are_several_findings() {
        let schema = Fixture::new()
            .relation("a.client_id clients")
            .relation("b.a a")
            .relation("a.b? b")
            .relation("c.client_id clients")
            .relation("d.c? c")
            .relation("c.d d")
            .build();
        assert_eq!(found(&RULE, &schema), ["note a b", "note d c"]);
    }

    #[test]
    fn self_loops_diamonds_and_context_tables_are_no_circles() {
        let schema = Fixture::new()
            .relation("a.client_id clients")
            .relation("a.a? a")
            .relation("b.client_id clients")
            .relation("c.a a")
            .relation("c.b b")
            .relation("a.x x")
            .relation("x.y y")
            .relation("y.x x")
            .build();
        assert!(found(&RULE, &schema).is_empty());
    }
}
