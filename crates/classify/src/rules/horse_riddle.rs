//! # What it finds
//!
//! A client table whose rows reach their owner through nullable columns only, so that no single path finds them all:
//! accessories that belong to a car, or to a trailer, or to neither.
//!
//! # Why it matters
//!
//! A car has four tires and four plugs. Joined with both, it seems to have sixteen of each; and a union of two queries
//! drops rows that look alike. exodus never joins: it selects a row once if *any* of its ways leads to the client
//! (`EXISTS … OR EXISTS …`), so that four tires and four plugs arrive as eight rows, alike or not.
//!
//! What remains to be decided: a row of which every way is NULL belongs to nobody and stays behind, and one whose ways
//! lead to two clients can't be moved. The finding is a *warning*; without a primary or unique key it is an *error*,
//! because rows that look alike can't then be told apart when the copy is compared with the source row by row.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE accessories (
//!     car_id     bigint REFERENCES cars,
//!     trailer_id bigint REFERENCES trailers,
//!     name       text NOT NULL
//! );
//! ```
//!
//! # How to fix
//!
//! Give every row its client, and a key:
//!
//! ```sql
//! ALTER TABLE accessories ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
//! ALTER TABLE accessories ADD COLUMN client_id bigint REFERENCES clients;
//! UPDATE accessories a SET client_id = c.client_id FROM cars c WHERE c.id = a.car_id;
//! ALTER TABLE accessories ALTER COLUMN client_id SET NOT NULL;
//! ```

use exodus_schema::{Member, Reach, RelationId};

use super::{Context, Rule};
use crate::hazard::{Hazard, Severity};

pub(super) const RULE: Rule = Rule {
    id: "horse-riddle",
    severity: Severity::Error,
    summary: "a client table whose rows reach their owner through nullable columns only",
    source: include_str!("horse_riddle.rs"),
    check,
    data: None,
};

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let members = context.classes.tree.members().iter();
    members
        .filter_map(|member| ways(context, member).map(|ways| hazard(context, member, &ways)))
        .collect()
}

/// The nullable ways into the table, if all are. Ways that come out of a loop the table lies on don't count: they lead
/// to an owner only once a row of the loop has one. A table that must have a parent is not reported for its parent.
fn ways(context: &Context<'_>, member: &Member) -> Option<Vec<RelationId>> {
    let inside = match &member.reach {
        Reach::Root | Reach::Complete(_) => return None,
        Reach::Partial => &[][..],
        Reach::Closure(tables) => tables,
    };
    let edges = member
        .owners
        .iter()
        .filter_map(|&relation| context.graph.edge(relation));
    let from_outside: Vec<_> = edges.filter(|edge| !inside.contains(&edge.parent)).collect();
    let riddle = !from_outside.is_empty() && from_outside.iter().all(|edge| edge.optional);
    riddle.then(|| from_outside.iter().map(|edge| edge.id).collect())
}

fn hazard(context: &Context<'_>, member: &Member, ways: &[RelationId]) -> Hazard {
    let keyless = context.graph.table(member.table).identity().is_none();
    let name = context.name(member.table);
    let described: Vec<_> = ways.iter().map(|&relation| context.describe(relation)).collect();
    let ways_text = match &described[..] {
        [one] => format!("Rows of {name} have an owner only by {one}, which may be empty"),
        all => format!(
            "Rows of {name} have an owner by any of {}, and each of these may be empty",
            all.join(", ")
        ),
    };
    let key = if keyless {
        "; without a primary or unique key, rows that look alike can't be told apart"
    } else {
        ""
    };
    Hazard {
        severity: if keyless { Severity::Error } else { Severity::Warning },
        table: member.table,
        rule: RULE.id,
        columns: vec![],
        sql: vec![],
        proof: None,
        relation: if let [one] = ways { Some(*one) } else { None },
        message: format!("{ways_text}{key}. exodus selects each row once, if any way leads to the client; rows without one stay."),
        fix: if keyless {
            "Add a primary key, and a NOT NULL column that references the client."
        } else {
            "Make one way NOT NULL, add a NOT NULL column that references the client, or accept that rows without an owner stay."
        }
        .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::found;
    use super::RULE;
    use crate::fixture::Fixture;

    fn parts() -> Fixture {
        Fixture::new()
            .relation("cars.client_id clients")
            .relation("trailers.client_id clients")
            .relation("parts.car_id? cars")
            .relation("parts.trailer_id? trailers")
    }

    #[test]
    fn nullable_ways_only() {
        assert_eq!(found(&RULE, &parts().build()), ["warning parts"]);
        let keyless = parts().change("parts", |table| table.primary_key = None).build();
        assert_eq!(found(&RULE, &keyless), ["error parts"]);
        let single = Fixture::new().relation("skins.client_id? clients").build();
        assert_eq!(found(&RULE, &single), ["warning skins client_id"]);
    }

    #[test]
    fn a_loop_of_its_own_is_no_way() {
        let schema = Fixture::new()
            .relation("albums.client_id? clients")
            .relation("albums.parent_id albums")
            .build();
        assert_eq!(found(&RULE, &schema), ["warning albums client_id"]);
    }

    #[test]
    fn one_complete_way_settles_it() {
        assert!(found(&RULE, &parts().relation("parts.client_id clients").build()).is_empty());
    }

    #[test]
    fn only_the_table_where_it_begins_is_reported() {
        let schema = parts().relation("screws.part_id parts").build();
        assert_eq!(found(&RULE, &schema), ["warning parts"]);
    }

    #[test]
    fn context_tables_are_left_alone() {
        let schema = Fixture::new()
            .relation("clients.city cities")
            .relation("cities.x? x")
            .build();
        assert!(found(&RULE, &schema).is_empty());
    }
}
