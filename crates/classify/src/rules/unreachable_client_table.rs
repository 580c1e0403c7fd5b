//! # What it finds
//!
//! A context table whose rows each serve one client, though no relation says so: the album that is made whenever a
//! client uploads photos, which refer to it, while it refers to nobody. Two shapes are candidates: a table whose rows
//! can be referred to by one row only, because the referring column is unique; and a table that only one relation of a
//! client table refers to, whose rows are made as time goes by (they have a generated key and the time of their making)
//! and which no key but that one tells apart.
//!
//! # Why it matters
//!
//! Relations lead from such a row to the client, but none from the client to it, so that it is taken for context: all
//! shards would hold all clients' albums, nothing moves them with their client, and a move refuses where the target
//! lacks one. When the last photo of an album goes, the album becomes a zombie, which nothing leads to or removes.
//!
//! `exodus audit` counts, for every context table that client tables refer to, the rows that serve one client, several,
//! and none. A table of which each row in use serves one client is an *error*; it reports tables that have no such shape,
//! too, if there are so many clients and rows that it can't be chance. Otherwise it is a *note*.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE albums (id bigserial PRIMARY KEY, name text NOT NULL, created_at timestamptz NOT NULL);
//! CREATE TABLE photos (
//!     id        bigserial PRIMARY KEY,
//!     client_id bigint NOT NULL REFERENCES clients,
//!     album_id  bigint NOT NULL REFERENCES albums
//! );
//! ```
//!
//! # How to fix
//!
//! Let the row say whose it is. Rows that remain without a client are zombies: remove them, then forbid them.
//!
//! ```sql
//! ALTER TABLE albums ADD COLUMN client_id bigint;
//! UPDATE albums SET client_id = (SELECT client_id FROM photos WHERE album_id = albums.id LIMIT 1);
//! ALTER TABLE albums ADD FOREIGN KEY (client_id) REFERENCES clients (id);
//! DELETE FROM albums WHERE client_id IS NULL;
//! ALTER TABLE albums ALTER COLUMN client_id SET NOT NULL;
//! ```

use std::fmt::Write as _;

use exodus_schema::{Column, Edge, Kind, RelationId, Table, TableId};

use super::{Context, Data, Rule, counted};
use crate::class::{Class, Evidence};
use crate::fix;
use crate::hazard::{Hazard, Severity};
use crate::owner::Owners;
use crate::question::{Answer, Answers, Question};

pub(super) const RULE: Rule = Rule {
    id: "unreachable-client-table",
    severity: Severity::Error,
    summary: "a context table whose rows each serve one client",
    source: include_str!("unreachable_client_table.rs"),
    check,
    data: Some(Data { ask, judge }),
};

/// How often rows would have to be met by several clients, if clients took them by chance, before a table without the
/// shape is reported because they are not.
const ENOUGH: u64 = 50;

/// Clients from which such a table is reported: with fewer, each may well have its own.
const CLIENTS: u64 = 10;

/// One row in so many may serve several clients, by mistake, before it is taken for what the table is for.
const TOLERATED: u64 = 50;

/// Why a table is a candidate.
enum Shape {
    /// This relation's columns are unique in the referring table.
    OneToOne,
    /// Its rows are made as time goes by.
    Growing,
}

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let owners = owners(context);
    let tables = context.graph.tables().filter_map(|table| {
        let users = users(context, table);
        let shape = shape(context, table, &users)?;
        let why = match shape {
            Shape::OneToOne => "at most one row can refer to each of its rows",
            Shape::Growing => "its rows look made one by one, and only one table refers to them",
        };
        Some(hazard(context, &owners, table, &users, why))
    });
    tables.collect()
}

fn owners<'a>(context: &Context<'a>) -> Owners<'a> {
    Owners::prove(context.graph, &context.classes.tree, &context.classes.cuts)
}

/// The relations of client tables to a context table; none of any other table.
fn users(context: &Context<'_>, table: TableId) -> Vec<RelationId> {
    let class = &context.classes.tables[table.0];
    // Who overrode the class has thought about it.
    if class.class != Class::Context || matches!(class.evidence, Evidence::Override { .. }) {
        return vec![];
    }
    let used = |edge: &&Edge| context.keeps(edge) && context.is_client(edge.child());
    context.graph.children(table).filter(used).map(|edge| edge.id).collect()
}

fn shape(context: &Context<'_>, table: TableId, users: &[RelationId]) -> Option<Shape> {
    let [user] = users else { return None };
    let others = context
        .graph
        .children(table)
        .filter(|edge| edge.id != *user && !edge.is_self_loop());
    if others.count() > 0 {
        return None;
    }
    let (child, columns) = (context.graph.table(user.child), context.graph.relation(*user));
    let mut keys = child.primary_key.iter().chain(&child.unique_keys);
    let unique = keys.any(|key| {
        let mut of_key = key.columns.iter();
        key.total && !key.columns.is_empty() && of_key.all(|key| columns.child_columns().any(|column| column == key))
    });
    match () {
        () if unique => Some(Shape::OneToOne),
        () if is_growing(context.graph.table(table)) => Some(Shape::Growing),
        () => None,
    }
}

fn is_growing(table: &Table) -> bool {
    let made = |column: &Column| {
        let name = column.name.to_lowercase();
        matches!(column.kind, Kind::DateTime | Kind::Timestamp)
            && ["creat", "insert", "made", "added"]
                .iter()
                .any(|word| name.contains(word))
    };
    let generated = |name: &String| {
        let column = table.column(name);
        column.is_some_and(|column| column.generator.is_some() || column.default.is_some() && column.kind == Kind::Uuid)
    };
    let key = table.primary_key.as_ref().map(|key| key.columns.as_slice());
    table.unique_keys.is_empty() && matches!(key, Some([one]) if generated(one)) && table.columns.iter().any(made)
}

fn hazard(context: &Context<'_>, owners: &Owners<'_>, table: TableId, users: &[RelationId], why: &str) -> Hazard {
    let described: Vec<_> = users.iter().map(|&user| context.describe(user)).collect();
    let name = context.name(table);
    let hazard = Hazard::new(
        RULE.id,
        Severity::Note,
        table,
        format!(
            "{name} is a context table, and each of its rows may serve one client: {why} ({}).",
            described.join(", ")
        ),
        "Add a column that references the client, fill it, and remove the rows that stay without a client; or say in the configuration that it is a context table.",
    );
    let from = users.first().map(|&user| fix::Backfill::Referring(table, user));
    let sql = from.map(|from| fix::owner_column(context.graph, &context.classes.tree, owners, from));
    sql.into_iter().flatten().fold(hazard, Hazard::with_sql)
}

fn questions<'a>(context: &'a Context<'_>) -> impl Iterator<Item = (TableId, Vec<RelationId>)> + 'a {
    let tables = context.graph.tables().map(|table| (table, users(context, table)));
    tables.filter(|(_, users)| !users.is_empty())
}

fn ask(context: &Context<'_>, _: &[Hazard]) -> Vec<Question> {
    let served = questions(context).map(|(table, users)| Question::Clients(table, users));
    served.chain([Question::Rows(context.classes.root)]).collect()
}

fn judge(context: &Context<'_>, mut hazards: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    let owners = owners(context);
    let told = answers.get(&Question::Rows(context.classes.root));
    let clients = told.and_then(|told| match told.answer {
        Answer::Count(clients) => Some(clients),
        _ => None,
    });
    for (table, users) in questions(context) {
        let told = answers.get(&Question::Clients(table, users.clone()));
        let Some((told, [none, one, many])) = told.and_then(|told| match told.answer {
            Answer::Owners { none, one, many } => Some((told, [none, one, many])),
            _ => None,
        }) else {
            continue;
        };
        let known = hazards.iter().position(|hazard| hazard.table == table);
        let serves_one = one > 0 && many.saturating_mul(TOLERATED) <= one;
        let found = match known {
            // Of one client everything is.
            Some(_) if clients.is_some_and(|clients| clients < 2) => continue,
            Some(_) if answers.are_of_one_client() && one + many == 0 => continue,
            Some(at) => hazards.swap_remove(at),
            // What one client uses alone may be used by others tomorrow: it takes all of them to see the shape.
            None if answers.are_of_one_client() => continue,
            None if serves_one && clients >= Some(CLIENTS) && is_no_chance([none, one, many]) => {
                hazard(context, &owners, table, &users, "the data look so")
            }
            None => continue,
        };
        let mut others = context
            .graph
            .children(table)
            .filter(|edge| context.keeps(edge) && !edge.is_self_loop());
        let shared = others.any(|edge| !context.is_client(edge.child()));
        let idle = if shared {
            "used by other tables, or by nobody"
        } else {
            "zombies, or not used yet"
        };
        let found = if answers.are_of_one_client() {
            of_one_client(found, serves_one, one, many)
        } else {
            conclude(found, serves_one, [none, one, many], idle)
        };
        hazards.push(found.according_to(told));
    }
    hazards
}

/// Whether many more rows would serve several clients if clients took any row: of n that are in use out of N, about n²/N
/// are met once more.
fn is_no_chance([none, one, many]: [u64; 3]) -> bool {
    let used = u128::from(one) + u128::from(many);
    used * used >= u128::from(ENOUGH) * (used + u128::from(none))
}

/// Of one client only the rows that it uses were looked at. They show less than those of all clients.
fn of_one_client(hazard: Hazard, serves_one: bool, one: u64, many: u64) -> Hazard {
    let counts = vec![("rows of this client only", one), ("rows of others, too", many)];
    let words = format!(
        "This client uses {}, {many} of them with others.",
        counted(one + many, "row", "rows")
    );
    if serves_one {
        hazard.proven(Severity::Warning, &words, counts)
    } else {
        hazard.refuted(&words, counts)
    }
}

fn conclude(hazard: Hazard, serves_one: bool, [none, one, many]: [u64; 3], idle: &str) -> Hazard {
    let counts = vec![
        ("rows of one client", one),
        ("rows of several clients", many),
        ("rows of no client", none),
    ];
    if !serves_one {
        let words = match many {
            0 => "No row of a client refers to it.".to_owned(),
            _ => format!(
                "{many} of the {} in use serve several clients.",
                counted(one + many, "row", "rows")
            ),
        };
        return hazard.refuted(&words, counts);
    }
    let mut words = format!(
        "{} of one client only",
        if one == 1 {
            "1 row is".to_owned()
        } else {
            format!("{one} rows are")
        }
    );
    if many > 0 {
        let _ = write!(words, ", {many} of several");
    }
    if none > 0 {
        let _ = write!(words, ", and {none} of none: {idle}");
    }
    hazard.proven(Severity::Error, &format!("{words}."), counts)
}

#[cfg(test)]
mod tests {
    use exodus_schema::model::Generator;
    use exodus_schema::{Column, Cuts, Graph, Kind, Schema, Table};

    use super::super::testing::{found, judged};
    use super::RULE;
    use crate::fixture::{Fixture, id, key};
    use crate::question::{Answer, Question};

    fn growing(table: &mut Table) {
        let made = Column {
            name: "created_at".to_owned(),
            kind: Kind::Timestamp,
            ..table.columns[0].clone()
        };
        table.columns[0].generator = Some(Generator::Sequence);
        table.columns.push(made);
    }

    fn photos() -> Fixture {
        Fixture::new()
            .relation("photos.client_id clients")
            .relation("photos.album_id albums")
    }

    #[test]
    fn albums_are_candidates_and_cities_are_not() {
        assert_eq!(
            found(&RULE, &photos().change("albums", growing).build()),
            ["note albums"]
        );
        assert!(found(&RULE, &photos().build()).is_empty());
        // A name that tells rows apart, as cities and cars have.
        let named = photos()
            .change("albums", growing)
            .change("albums", |table| table.unique_keys.push(key("name", &["created_at"])));
        assert!(found(&RULE, &named.build()).is_empty());
        // More than one table refers to it.
        let shared = photos().change("albums", growing).relation("clients.album_id? albums");
        assert!(found(&RULE, &shared.build()).is_empty());
        let listed = photos().change("albums", growing).relation("covers.album_id albums");
        assert!(found(&RULE, &listed.build()).is_empty());
    }

    #[test]
    fn a_unique_reference_serves_one_row() {
        let one_to_one = photos().change("photos", |table| table.unique_keys.push(key("u", &["album_id"])));
        assert_eq!(found(&RULE, &one_to_one.build()), ["note albums"]);
        let in_a_pair = photos().change("photos", |table| {
            table.unique_keys.push(key("u", &["album_id", "client_id"]));
        });
        assert!(found(&RULE, &in_a_pair.build()).is_empty());
    }

    fn with(schema: &Schema, rows: [u64; 3]) -> Vec<String> {
        with_clients(schema, 10, rows)
    }

    fn with_clients(schema: &Schema, clients: u64, [none, one, many]: [u64; 3]) -> Vec<String> {
        let graph = Graph::new(schema);
        let albums = id(&graph, "albums");
        let users = graph.children(albums).map(|edge| edge.id).collect();
        let answers = [
            (Question::Clients(albums, users), Answer::Owners { none, one, many }),
            (Question::Rows(id(&graph, "clients")), Answer::Count(clients)),
        ];
        judged(&RULE, schema, answers)
    }

    #[test]
    fn the_data_decide() {
        let line = |severity, [none, one, many]: [u64; 3]| {
            vec![format!(
                "{severity} albums: {one} rows of one client, {many} rows of several clients, {none} rows of no client"
            )]
        };
        let candidate = photos().change("albums", growing).build();
        assert_eq!(with(&candidate, [2, 9, 0]), line("error", [2, 9, 0]));
        assert_eq!(with(&candidate, [0, 9, 1]), line("note", [0, 9, 1]));
        assert_eq!(with(&candidate, [0, 100, 1]), line("error", [0, 100, 1]));
        assert_eq!(with(&candidate, [3, 0, 0]), line("note", [3, 0, 0]));
        assert_eq!(with_clients(&candidate, 1, [0, 9, 0]), ["note albums: "]);
        // Without the shape it takes more rows, and more clients.
        let plain = photos().build();
        assert_eq!(with(&plain, [0, 50, 0]), line("error", [0, 50, 0]));
        assert!(with(&plain, [0, 49, 0]).is_empty());
        assert!(with_clients(&plain, 9, [0, 50, 0]).is_empty());
        // Sixty of a thousand cars are rented by one client each, by chance.
        assert!(with(&plain, [940, 60, 0]).is_empty());
        assert_eq!(with(&plain, [4, 599, 0]), line("error", [4, 599, 0]));
        assert!(with(&plain, [0, 50, 20]).is_empty());
    }

    #[test]
    fn the_statements_climb_to_the_client() {
        let schema = Fixture::new()
            .relation("devices.client_id clients")
            .relation("photos.device_id devices")
            .relation("photos.album_id albums")
            .change("albums", growing)
            .build();
        let graph = Graph::new(&schema);
        let classes = crate::classify(&graph, id(&graph, "clients"), &Cuts::default(), &[].into()).unwrap();
        let found = classes
            .hazards
            .into_iter()
            .find(|hazard| hazard.rule == RULE.id)
            .unwrap();
        assert_eq!(
            found.sql[1],
            "UPDATE \"albums\" SET \"client_id\" = (SELECT o1.\"client_id\" FROM \"photos\" o0 \
             JOIN \"devices\" o1 ON o1.\"id\" = o0.\"device_id\" WHERE o0.\"album_id\" = \"albums\".\"id\" LIMIT 1);"
        );
    }
}
