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
//! `exodus audit` counts the rows that have no way, one, and several, and of a table without a key those that look
//! alike: where each row has exactly one way and none looks like another, it is a *note*.
//!
//! A table with a key and one nullable way that other clients' rows refer to is reported as `polymorphic-table` instead.
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

use std::fmt::Write as _;

use exodus_schema::{Member, Reach, RelationId, TableId};

use super::{Context, Data, Rule, counted, polymorphic_table};
use crate::fix;
use crate::hazard::{Hazard, Severity};
use crate::owner::Owners;
use crate::question::{Answer, Answers, Question};

pub(super) const RULE: Rule = Rule {
    id: "horse-riddle",
    severity: Severity::Error,
    summary: "a client table whose rows reach their owner through nullable columns only",
    source: include_str!("horse_riddle.rs"),
    check,
    data: Some(Data { ask, judge }),
};

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let owners = Owners::prove(context.graph, &context.classes.tree, &context.classes.cuts);
    let members = context.classes.tree.members().iter();
    members
        .filter_map(|member| {
            let ways = nullable_ways(context, member)?;
            let polymorphic = !polymorphic_table::users(context, member.table).is_empty();
            let riddle = is_keyless(context, member.table) || ways.len() > 1 || !polymorphic;
            riddle.then(|| hazard(context, &owners, member.table, &ways))
        })
        .collect()
}

/// The nullable ways into the table, if all are. Ways that come out of a loop the table lies on don't count: they lead
/// to an owner only once a row of the loop has one. A table that must have a parent is not reported for its parent.
pub(super) fn nullable_ways(context: &Context<'_>, member: &Member) -> Option<Vec<RelationId>> {
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
    let nullable = !from_outside.is_empty() && from_outside.iter().all(|edge| edge.optional);
    nullable.then(|| from_outside.iter().map(|edge| edge.id).collect())
}

fn is_keyless(context: &Context<'_>, table: TableId) -> bool {
    context.graph.table(table).identity().is_none()
}

fn hazard(context: &Context<'_>, owners: &Owners<'_>, table: TableId, ways: &[RelationId]) -> Hazard {
    let (name, keyless) = (context.name(table), is_keyless(context, table));
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
    let message = format!(
        "{ways_text}{key}. exodus selects each row once, if any way leads to the client; rows without one stay."
    );
    let fix = if keyless {
        "Add a primary key, and a NOT NULL column that references the client."
    } else {
        "Make one way NOT NULL, add a NOT NULL column that references the client, or accept that rows without an owner stay."
    };
    let severity = if keyless { Severity::Error } else { Severity::Warning };
    let hazard = Hazard::new(RULE.id, severity, table, message, fix);
    let hazard = statements(context, owners, table, ways)
        .into_iter()
        .fold(hazard, Hazard::with_sql);
    match ways {
        [one] => hazard.at(*one),
        _ => hazard,
    }
}

/// A key, if there is none, and a column that says whose the row is.
fn statements(context: &Context<'_>, owners: &Owners<'_>, table: TableId, ways: &[RelationId]) -> Vec<String> {
    let (graph, tree) = (context.graph, &context.classes.tree);
    let key = is_keyless(context, table).then(|| fix::add_primary_key(graph.schema(), graph.table(table)));
    // One nullable way to the root is the client's column already.
    let at_once = |way: &RelationId| {
        let edge = graph.edge(*way);
        edge.is_some_and(|edge| edge.parent == context.classes.root) && graph.relation(*way).is_plain()
    };
    let column = match ways {
        [one] if at_once(one) => vec![],
        _ => fix::owner_column(graph, tree, owners, fix::Backfill::Ways(table, ways)),
    };
    key.flatten().into_iter().chain(column).collect()
}

fn ways_of(context: &Context<'_>, table: TableId) -> Option<Vec<RelationId>> {
    nullable_ways(context, context.classes.tree.member(table)?)
}

fn look_alikes(context: &Context<'_>, table: TableId) -> Question {
    let columns = &context.graph.table(table).columns;
    let names = columns.iter().map(|column| column.name.clone());
    Question::Duplicates(table, names.collect())
}

fn ask(context: &Context<'_>, hazards: &[Hazard]) -> Vec<Question> {
    let of = |hazard: &Hazard| {
        let ways = ways_of(context, hazard.table).map(|ways| Question::Ways(hazard.table, ways));
        let alike = is_keyless(context, hazard.table).then(|| look_alikes(context, hazard.table));
        ways.into_iter().chain(alike).collect::<Vec<_>>()
    };
    hazards.iter().flat_map(of).collect()
}

fn judge(context: &Context<'_>, hazards: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    let weighed = hazards.into_iter().map(|hazard| {
        let ways = ways_of(context, hazard.table).map(|ways| Question::Ways(hazard.table, ways));
        let Some(told) = ways.and_then(|question| answers.get(&question)) else {
            return hazard;
        };
        let Answer::Owners { none, one, many } = told.answer else {
            return hazard;
        };
        let alike = if is_keyless(context, hazard.table) {
            match answers
                .get(&look_alikes(context, hazard.table))
                .map(|told| &told.answer)
            {
                Some(Answer::Groups { rows, .. }) => Some(*rows),
                // Whether rows look alike was not answered: the finding can't become milder.
                _ => return hazard,
            }
        } else {
            None
        };
        conclude(hazard, [none, one, many], alike).according_to(told)
    });
    weighed.collect()
}

fn conclude(mut hazard: Hazard, [none, one, many]: [u64; 3], alike: Option<u64>) -> Hazard {
    let mut counts = vec![
        ("rows without a way", none),
        ("rows with one way", one),
        ("rows with several ways", many),
    ];
    counts.extend(alike.map(|rows| ("rows that look alike", rows)));
    let rows = |number| counted(number, "row", "rows");
    let mut words = format!(
        "There are {} without a way, {} with one, {} with several",
        rows(none),
        one,
        many
    );
    if let Some(alike) = alike {
        let _ = write!(words, "; {} look like another", rows(alike));
    }
    words.push('.');
    match alike {
        Some(1..) => hazard.proven(Severity::Error, &words, counts),
        _ if none == 0 && many == 0 => hazard.refuted(&words, counts),
        _ => {
            // Rows that can't be told apart were what made it an error.
            hazard.severity = Severity::Warning;
            hazard.proven(Severity::Warning, &words, counts)
        }
    }
}

#[cfg(test)]
mod tests {
    use exodus_schema::{Cuts, Engine, Graph, Schema};

    use super::super::testing::{found, judged};
    use super::RULE;
    use crate::fixture::{Fixture, id};
    use crate::question::{Answer, Question};

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

    #[test]
    fn a_table_of_two_classes_is_reported_as_such() {
        let skins = || {
            Fixture::new()
                .relation("skins.client_id? clients")
                .relation("blogs.client_id clients")
                .relation("blogs.skin_id skins")
        };
        assert!(found(&RULE, &skins().build()).is_empty());
        let keyless = skins().change("skins", |table| table.primary_key = None).build();
        assert_eq!(found(&RULE, &keyless), ["error skins client_id"]);
    }

    fn with(schema: &Schema, [none, one, many]: [u64; 3], alike: Option<u64>) -> Vec<String> {
        let graph = Graph::new(schema);
        let table = id(&graph, "parts");
        let ways = graph.parents(table).map(|edge| edge.id).collect();
        let names = graph.table(table).columns.iter().map(|column| column.name.clone());
        let alike = alike.map(|rows| {
            let groups = Answer::Groups { groups: rows / 2, rows };
            (Question::Duplicates(table, names.collect()), groups)
        });
        let ways = (Question::Ways(table, ways), Answer::Owners { none, one, many });
        judged(&RULE, schema, [ways].into_iter().chain(alike))
    }

    #[test]
    fn the_data_decide() {
        let line = |severity: &str, [none, one, many]: [u64; 3]| {
            format!(
                "{severity} parts: {none} rows without a way, {one} rows with one way, {many} rows with several ways"
            )
        };
        let keyed = parts().build();
        assert_eq!(with(&keyed, [0, 8, 0], None), [line("note", [0, 8, 0])]);
        assert_eq!(with(&keyed, [1, 8, 0], None), [line("warning", [1, 8, 0])]);
        assert_eq!(with(&keyed, [0, 4, 4], None), [line("warning", [0, 4, 4])]);
        let keyless = parts().change("parts", |table| table.primary_key = None).build();
        let alike = |rows: u64, line: String| [format!("{line}, {rows} rows that look alike")];
        assert_eq!(with(&keyless, [0, 4, 4], Some(8)), alike(8, line("error", [0, 4, 4])));
        assert_eq!(with(&keyless, [0, 4, 4], Some(0)), alike(0, line("warning", [0, 4, 4])));
        assert_eq!(with(&keyless, [0, 8, 0], Some(0)), alike(0, line("note", [0, 8, 0])));
        // Half an answer changes nothing.
        assert_eq!(with(&keyless, [0, 8, 0], None), ["error parts: "]);
    }

    fn sql_of(schema: &Schema) -> Vec<String> {
        let graph = Graph::new(schema);
        let classes = crate::classify(&graph, id(&graph, "clients"), &Cuts::default(), &[].into());
        let hazards = classes.unwrap().hazards.into_iter();
        let of_rule = hazards.filter(|hazard| hazard.rule == RULE.id);
        of_rule.flat_map(|hazard| hazard.sql).collect()
    }

    /// The same key means another row in another type: without a look at it, a row would get somebody else's client.
    #[test]
    fn the_statements_look_at_the_type() {
        let when = |column: &str, value: &str| exodus_schema::model::Discriminator {
            column: column.into(),
            values: vec![value.into()],
        };
        let typed = parts().change("parts", |table| {
            table.relations[0].when = vec![when("trailer_id", "7")];
            table.relations[1].when = vec![when("kind", "it's")];
        });
        let fill = sql_of(&typed.build())[1].clone();
        let cars = "FROM \"cars\" o0 WHERE \"parts\".\"trailer_id\" = 7 AND o0.\"id\" = \"parts\".\"car_id\" LIMIT 1";
        assert!(fill.contains(cars), "{fill}");
        let trailers = "FROM \"trailers\" o0 WHERE \"parts\".\"kind\" = 'it''s' AND o0.\"id\" = ";
        assert!(fill.contains(trailers), "{fill}");
        let direct = Fixture::new()
            .relation("parts.of_id? clients")
            .change("parts", |table| {
                table.relations[0].when = vec![when("kind", "Client")];
            });
        let fill = sql_of(&direct.build())[1].clone();
        assert!(
            fill.ends_with("= CASE WHEN \"parts\".\"kind\" = 'Client' THEN \"parts\".\"of_id\" END;"),
            "{fill}"
        );
    }

    #[test]
    fn the_statements_give_each_row_its_client() {
        let sql = |engine| sql_of(&parts().engine(engine).build());
        assert_eq!(
            sql(Engine::Postgres),
            [
                "ALTER TABLE \"parts\" ADD COLUMN \"client_id\" bigint;",
                "UPDATE \"parts\" SET \"client_id\" = COALESCE(\
                 (SELECT o0.\"client_id\" FROM \"cars\" o0 WHERE o0.\"id\" = \"parts\".\"car_id\" LIMIT 1), \
                 (SELECT o0.\"client_id\" FROM \"trailers\" o0 WHERE o0.\"id\" = \"parts\".\"trailer_id\" LIMIT 1));",
                "ALTER TABLE \"parts\" ADD FOREIGN KEY (\"client_id\") REFERENCES \"clients\" (\"id\");",
                "CREATE INDEX CONCURRENTLY \"parts_client_id_idx\" ON \"parts\" (\"client_id\");",
                "ALTER TABLE \"parts\" ALTER COLUMN \"client_id\" SET NOT NULL;"
            ]
        );
        // SQLite takes the reference with the column, and no constraint later.
        assert_eq!(
            sql(Engine::Sqlite)[0],
            "ALTER TABLE \"parts\" ADD COLUMN \"client_id\" bigint REFERENCES \"clients\" (\"id\");"
        );
        assert_eq!(sql(Engine::Sqlite).len(), 3);
    }
}
