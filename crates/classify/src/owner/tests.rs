use std::collections::BTreeMap;
use std::time::Instant;

use exodus_schema::model::Discriminator;
use exodus_schema::{Cuts, Graph, Schema};

use super::Owners;
use crate::fixture::{Fixture, id, key};

/// The groups of ways of a table, as the columns of each way.
fn ways(schema: &Schema, table: &str) -> Vec<String> {
    with(schema, |graph, owners| {
        let text = |group: Vec<exodus_schema::RelationId>| {
            let ways = group
                .into_iter()
                .map(|way| graph.relation(way).child_columns().collect::<Vec<_>>().join("+"));
            ways.collect::<Vec<_>>().join(" = ")
        };
        owners.ways(id(graph, table)).into_iter().map(text).collect()
    })
}

fn columns(schema: &Schema, table: &str) -> Option<String> {
    with(schema, |graph, owners| {
        let columns = owners.columns(id(graph, table))?;
        Some(columns.iter().map(|(_, own)| *own).collect::<Vec<_>>().join(","))
    })
}

fn with<T>(schema: &Schema, then: impl FnOnce(&Graph<'_>, &Owners<'_>) -> T) -> T {
    let graph = Graph::new(schema);
    let classes = crate::classify(&graph, id(&graph, "clients"), &Cuts::default(), &BTreeMap::new()).unwrap();
    then(&graph, &Owners::prove(&graph, &classes.tree, &classes.cuts))
}

#[test]
fn a_composite_key_that_carries_the_client_proves_one_owner() {
    let posts = || Fixture::new().relation("posts.client_id clients");
    let loose = posts()
        .relation("comments.client_id clients")
        .relation("comments.post_id posts")
        .build();
    assert_eq!(ways(&loose, "comments"), ["client_id", "post_id"]);
    let proven = posts()
        .relation("comments.client_id clients")
        .relation("comments.client_id,post_id posts:client_id,id")
        .build();
    assert_eq!(ways(&proven, "comments"), ["client_id = client_id+post_id"]);
    assert_eq!(columns(&proven, "comments").as_deref(), Some("client_id"));
    // Another column than the one that says whose it is proves nothing.
    let crooked = posts()
        .relation("comments.client_id clients")
        .relation("comments.writer_id,post_id posts:client_id,id")
        .build();
    assert_eq!(ways(&crooked, "comments"), ["client_id", "writer_id+post_id"]);
    assert_eq!(columns(&crooked, "comments"), None);
}

#[test]
fn the_client_is_carried_over_several_tables() {
    let schema = Fixture::new()
        .relation("a.client_id clients")
        .relation("b.owner,a_id a:client_id,id")
        .relation("c.tenant,b_id b:owner,id")
        .relation("c.tenant clients")
        .relation("d.c_id c")
        .relation("d.b_id b")
        .build();
    assert_eq!(ways(&schema, "c"), ["tenant+b_id = tenant"]);
    assert_eq!(columns(&schema, "c").as_deref(), Some("tenant"));
    // d names its parents by keys that don't carry the client.
    assert_eq!(columns(&schema, "d"), None);
    assert_eq!(ways(&schema, "d"), ["c_id", "b_id"]);
}

#[test]
fn a_row_that_is_named_twice_has_one_owner_though_no_column_tells_it() {
    // lines → orders by order_id, and lines → items (which carry their order) by the same order_id.
    let schema = Fixture::new()
        .relation("orders.client_id clients")
        .relation("items.order_id orders")
        .relation("lines.order_id orders")
        .relation("lines.order_id,item_id items:order_id,id")
        .build();
    assert_eq!(ways(&schema, "lines"), ["order_id = order_id+item_id"]);
}

#[test]
fn one_row_below_another_is_the_same_row() {
    // Joined inheritance: the key of cars is the key of vehicles.
    let schema = Fixture::new()
        .relation("vehicles.client_id clients")
        .relation("cars.id vehicles")
        .relation("trips.car_id cars")
        .relation("trips.car_id vehicles")
        .build();
    assert_eq!(ways(&schema, "trips"), ["car_id = car_id"]);
}

#[test]
fn ways_held_together_by_a_third_one() {
    let with = |third: &str| {
        Fixture::new()
            .relation("posts.client_id clients")
            .relation("tags.post_id posts")
            .relation("t.client_id clients")
            .relation(third)
            .relation("t.tag_id,post_id tags:id,post_id")
            .build()
    };
    let sure = with("t.client_id,post_id posts:client_id,id");
    assert_eq!(ways(&sure, "t"), ["client_id = client_id+post_id = tag_id+post_id"]);
    // Where the third one may be empty, the others can differ.
    let unsure = with("t.client_id,post_id? posts:client_id,id");
    assert_eq!(ways(&unsure, "t").len(), 2);
}

#[test]
fn the_root_is_its_own_owner() {
    let loose = Fixture::new()
        .relation("users.account_id clients")
        .relation("clients.owner_id? users")
        .build();
    assert_eq!(ways(&loose, "clients"), ["", "owner_id"]);
    let proven = Fixture::new()
        .relation("users.account_id clients")
        .relation("clients.id,owner_id? users:account_id,id")
        .build();
    assert_eq!(ways(&proven, "clients"), ["id+owner_id"]);
}

#[test]
fn a_loop_that_carries_the_client_proves_it_around() {
    let schema = Fixture::new()
        .relation("teams.client_id clients")
        .relation("teams.client_id,lead_id? members:client_id,id")
        .relation("members.client_id,team_id teams:client_id,id")
        .build();
    assert_eq!(ways(&schema, "teams"), ["client_id = client_id+lead_id"]);
    assert_eq!(columns(&schema, "members").as_deref(), Some("client_id"));
    let loose = Fixture::new()
        .relation("teams.client_id clients")
        .relation("teams.lead_id? members")
        .relation("members.team_id teams")
        .build();
    assert_eq!(ways(&loose, "teams"), ["client_id", "lead_id"]);
}

#[test]
fn keys_that_are_not_unique_prove_nothing_about_one_row() {
    let by_code = |total: bool| {
        let code = exodus_schema::Key {
            total,
            ..key("u", &["code"])
        };
        let schema = Fixture::new()
            .relation("posts.client_id clients")
            .relation("t.code posts:code")
            .relation("t.code,region posts:code,region")
            .change("posts", |table| {
                table.unique_keys.extend([code, key("v", &["code", "region"])]);
            });
        ways(&schema.build(), "t")
    };
    assert_eq!(by_code(true), ["code = code+region"]);
    // By a partial index two posts may share a code, and the region tells only one of them.
    assert_eq!(by_code(false), ["code", "code+region"]);
}

#[test]
fn l10_ladders_and_chains_of_keys_take_no_time() {
    let mut fixture = Fixture::new().relation("a0.id clients").relation("b0.id clients");
    for n in 1..150 {
        for child in ["a", "b"] {
            for parent in ["a", "b"] {
                fixture = fixture.relation(&format!("{child}{n}.id {parent}{}", n - 1));
            }
        }
    }
    let schema = fixture.build();
    let begun = Instant::now();
    assert_eq!(columns(&schema, "a149").as_deref(), Some("id"));
    assert_eq!(ways(&schema, "b149"), ["id = id"]);
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}

/// A row has one type: what it references by one type and by another can't disagree. With types that some collation
/// takes for equal, it can.
#[test]
fn ways_of_different_types_never_disagree() {
    let typed = |types: [&str; 2]| {
        let mut schema = Fixture::new()
            .relation("photos.client_id clients")
            .relation("posts.client_id clients")
            .relation("comments.post_id? posts")
            .relation("comments.photo_id? photos")
            .build();
        let comments = schema
            .tables
            .iter_mut()
            .find(|table| table.name.name == "comments")
            .unwrap();
        for (relation, value) in comments.relations.iter_mut().zip(types) {
            relation.when = vec![Discriminator {
                column: "kind".into(),
                values: vec![value.into()],
            }];
        }
        ways(&schema, "comments")
    };
    assert_eq!(typed(["Post", "Photo"]), ["post_id = photo_id"]);
    assert_eq!(typed(["Post", "POST"]), ["post_id", "photo_id"]);
}
