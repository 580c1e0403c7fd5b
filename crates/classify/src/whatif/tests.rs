use exodus_schema::{Cuts, Graph, Schema};

use super::{Change, Difference, Model, WhatIfError, difference};
use crate::fixture::{Fixture, id};
use crate::report::Styles;
use crate::{Class, Override, classify};

/// Comments belong to a client by two ways.
fn schema() -> Schema {
    Fixture::new()
        .relation("posts.client_id clients")
        .relation("comments.post_id posts")
        .relation("comments.author_id? clients")
        .relation("likes.comment_id comments")
        .relation("clients.city cities")
        .table("notes")
        .build()
}

fn model() -> Model {
    Model {
        schema: schema(),
        cuts: Cuts::default(),
        overrides: [].into(),
    }
}

fn supposed(before: &Model, changes: &[&str]) -> Result<(String, Difference), WhatIfError> {
    let mut after = before.clone();
    for change in changes {
        after.suppose(&change.parse()?)?;
    }
    let (old, new) = (Graph::new(&before.schema), Graph::new(&after.schema));
    let found = |graph: &Graph<'_>, model: &Model| {
        classify(graph, id(graph, "clients"), &model.cuts, &model.overrides).expect("it can be classified")
    };
    let (before, after) = (found(&old, before), found(&new, &after));
    let difference = difference((&old, &before), (&new, &after));
    let changes: Vec<_> = changes.iter().map(|&change| change.to_owned()).collect();
    Ok((difference.text(&old, &changes, &Styles::default()), difference))
}

fn classes(before: &Model, changes: &[&str]) -> Vec<String> {
    let (_, difference) = supposed(before, changes).expect("it makes sense");
    let graph = Graph::new(&before.schema);
    let one = |(table, old, new): &(exodus_schema::TableId, Class, Class)| {
        format!("{} {old} {new}", graph.table(*table).name)
    };
    difference.classes.iter().map(one).collect()
}

#[test]
fn every_kind_of_change_changes_classes() {
    let before = model();
    assert_eq!(classes(&before, &["ignore posts(client_id)"]), ["posts client context"]);
    assert_eq!(
        classes(&before, &["ignore comments(post_id)", "ignore comments(author_id)"]),
        ["comments client neutral", "likes client neutral"]
    );
    assert_eq!(
        classes(&before, &["declare notes(id) -> comments(id)"]),
        ["notes neutral client"]
    );
    assert_eq!(classes(&before, &["declare notes(id) → cities"]), [] as [&str; 0]);
    assert_eq!(
        classes(&before, &["class comments neutral"]),
        ["comments client neutral", "likes client neutral"]
    );
}

/// A declared relation takes a place among the others: what was ignored before must not slip to its neighbour.
#[test]
fn what_is_ignored_stays_ignored_when_a_relation_comes_before_it() {
    let mut before = model();
    before.suppose(&"ignore comments(author_id)".parse().unwrap()).unwrap();
    before.suppose(&"ignore comments(post_id)".parse().unwrap()).unwrap();
    assert_eq!(before.cuts.relations.len(), 2);
    before
        .suppose(&"declare comments(id) -> cities(id)".parse().unwrap())
        .unwrap();
    let graph = Graph::new(&before.schema);
    let cut: Vec<_> = before.cuts.relations.iter().map(|&id| graph.describe(id)).collect();
    assert_eq!(
        cut,
        ["comments(post_id) → posts(id)", "comments(author_id) → clients(id)"]
    );
    assert_eq!(
        classes(&before, &["declare comments(id) -> posts"]),
        ["comments neutral client", "likes neutral client"]
    );
}

#[test]
fn hazards_that_go_and_come_are_told() {
    let before = model();
    let (text, difference) = supposed(&before, &["ignore comments(post_id)"]).unwrap();
    let come: Vec<_> = difference
        .come
        .iter()
        .map(|(object, hazard)| format!("{} {object}", hazard.rule))
        .collect();
    assert!(
        come.contains(&"horse-riddle comments(author_id)".to_owned()),
        "{come:?}"
    );
    assert!(text.starts_with("What if: ignore comments(post_id)\n"), "{text}");
    assert!(text.contains("warning[horse-riddle] comments(author_id)"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let (text, nothing) = supposed(&before, &["class comments client"]).unwrap();
    assert!(nothing.is_empty() && text.contains("Nothing would change"), "{text}");
}

#[test]
fn what_makes_no_sense_is_told_with_what_was_meant() {
    for (change, error, help) in [
        ("ignore", "no change", "write `ignore child(column)`"),
        ("ignore comments", "no change", "declare"),
        ("forget comments(post_id)", "no change", "write"),
        ("class comments blue", "no change", "client|context|neutral"),
        ("declare a(b)", "no change", "->"),
        ("declare comments(post_id) -> posts()", "no change", "->"),
        ("ignore coments(post_id)", "no table `coments`", "`comments`"),
        ("ignore comments(post)", "no column `post`", "`post_id`"),
        (
            "ignore comments(id)",
            "no relation `comments(id)`",
            "comments(post_id) → posts(id)",
        ),
        ("ignore cities(id)", "no relation", "references no other"),
        (
            "declare comments(id, post_id) -> posts",
            "2 columns can't reference 1",
            "pairs",
        ),
        (
            "declare comments(post_id) -> posts",
            "posts(id) is there already",
            "nothing has to be",
        ),
        ("class zzz neutral", "no table `zzz`", "lists the tables"),
    ] {
        let failed = supposed(&model(), &[change]).expect_err(change);
        let (said, helped) = (failed.to_string(), failed.help());
        assert!(
            said.contains(error) && helped.contains(help),
            "{change}: {said}; {helped}"
        );
    }
}

#[test]
fn names_with_spaces_and_dots_are_read() {
    let change: Change = " class  odd \"x.y\"  neutral".parse().unwrap();
    assert_eq!(
        change,
        Change::Class {
            table: "odd \"x.y\"".to_owned(),
            class: Class::Neutral
        }
    );
    let change: Change = "declare a.b( c , d ) ->  e(f,g)".parse().unwrap();
    assert!(matches!(change, Change::Declare { child, columns, .. } if child == "a.b" && columns == ["c", "d"]));
}

#[test]
fn an_override_of_before_gives_way_to_the_supposed_one() {
    let mut before = model();
    let graph = Graph::new(&before.schema);
    let over = Override {
        class: Class::Neutral,
        reason: "r".to_owned(),
    };
    let comments = id(&graph, "comments");
    before.overrides.insert(comments, over);
    assert_eq!(
        classes(&before, &["class comments client"]),
        ["comments neutral client", "likes neutral client"]
    );
}

#[test]
fn a_polymorphic_link_is_declared_type_by_type() {
    let change: Change = "declare notes(of_id) -> posts when of_type = Post, 'Draft' and live = 1"
        .parse()
        .unwrap();
    let Change::Declare { when, parent, .. } = change else {
        panic!("{change:?}")
    };
    assert_eq!(parent, "posts");
    let told: Vec<_> = when
        .iter()
        .map(|part| (part.column.as_str(), part.values.join("|")))
        .collect();
    assert_eq!(told, [("of_type", "Post|Draft".to_owned()), ("live", "1".to_owned())]);
    for text in ["declare a(b) -> c when d", "declare a(b) -> c when d ="] {
        assert!(text.parse::<Change>().is_err(), "{text}");
    }
}

/// As in the configuration: what is no relation but looks like one is refused, and the finding about it goes.
#[test]
fn a_guess_can_be_supposed_to_be_wrong() {
    let mut before = model();
    let column = before.schema.tables[0].columns[0].clone();
    let notes = before.schema.tables.iter_mut().find(|table| table.name.name == "notes");
    notes.expect("a table").columns.push(exodus_schema::Column {
        name: "post_id".to_owned(),
        ..column
    });
    let (text, _) = supposed(&before, &["ignore notes(post_id)"]).expect("it looks like a relation");
    assert!(
        text.contains("missing-foreign-key") && text.contains("notes(post_id)"),
        "{text}"
    );
    let wrong = supposed(&before, &["ignore notes(id)"]).expect_err("nothing looks like that");
    assert!(matches!(wrong, WhatIfError::NoRelation(..)), "{wrong}");
}
