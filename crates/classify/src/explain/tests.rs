use exodus_schema::{Cuts, Engine, Graph, Schema};

use super::{Subject, json, markdown, page_text, text};
use crate::fixture::{Fixture, id};
use crate::report::Styles;
use crate::{Filter, Findings, Scope, classify, infer, rules};

fn with<R>(schema: &Schema, cut: &[&str], table: &str, look: impl FnOnce(&Subject<'_>) -> R) -> R {
    let graph = Graph::new(schema);
    let cut = |edge: &&exodus_schema::Edge| cut.contains(&graph.describe(edge.id).as_str());
    let cuts = Cuts {
        relations: graph.edges().iter().filter(cut).map(|edge| edge.id).collect(),
        ..Cuts::default()
    };
    let overrides = [].into();
    let classes = classify(&graph, id(&graph, "clients"), &cuts, &overrides).expect("it can be classified");
    let findings = Findings::new(&graph, &classes.hazards, &[], &Filter::default(), Scope::Part);
    let root_key = ["id".to_owned()];
    look(&Subject {
        graph: &graph,
        classes: &classes,
        cuts: &cuts,
        overrides: &overrides,
        inferred: &[],
        root_key: Some(&root_key),
        findings: &findings,
        table: id(&graph, table),
    })
}

fn explained(schema: &Schema, cut: &[&str], table: &str) -> String {
    with(schema, cut, table, |subject| text(subject, &Styles::default()))
}

/// A section of the text, without its heading.
fn section(text: &str, title: &str) -> String {
    let start = text
        .find(&format!("\n{title}\n"))
        .unwrap_or_else(|| panic!("no {title} in\n{text}"));
    let rest = &text[start + title.len() + 2..];
    rest.split("\n\n").next().unwrap_or_default().trim_end().to_owned()
}

fn forum() -> Schema {
    Fixture::new()
        .relation("posts.client_id clients")
        .relation("comments.post_id posts")
        .relation("comments.author_id? clients")
        .relation("likes.comment_id comments")
        .relation("posts.topic_id topics")
        .relation("topics.area_id areas")
        .relation("jobs.queue_id queues")
        .build()
}

#[test]
fn a_client_table_in_words() {
    let text = explained(&forum(), &[], "likes");
    assert!(
        text.starts_with("likes is a client table: its rows belong to clients and move with them.\n"),
        "{text}"
    );
    let rows = "  \
  A row is the client's if
    comment_id is id of a row of comments of which
      post_id is id of a row of posts of which
        client_id is the client's key";
    assert_eq!(section(&text, "Which rows a client owns"), rows);
    let cuts = "  \
  without likes(comment_id) → comments(id): a neutral table
  without comments(post_id) → posts(id): still a client table, but rows without
  an owner would be possible
  without posts(client_id) → clients(id): still a client table, but rows without
  an owner would be possible";
    assert_eq!(section(&text, "What one cut would change"), cuts);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

/// Two ways of equal worth: no single cut matters, and that is said.
#[test]
fn a_table_with_two_ways_stands_each_cut() {
    let schema = Fixture::new()
        .relation("a.client_id clients")
        .relation("b.client_id clients")
        .relation("c.a_id a")
        .relation("c.b_id b")
        .build();
    let text = explained(&schema, &[], "c");
    assert_eq!(
        section(&text, "What one cut would change").trim(),
        "No single relation: each has another way beside it.\n  without both c(a_id) → a(id) and c(b_id) → b(id): a neutral table"
    );
}

#[test]
fn a_context_table_hangs_on_the_client_table_that_leads_to_it() {
    let text = explained(&forum(), &[], "areas");
    assert!(section(&text, "Why").contains("posts(topic_id) → topics(id)"), "{text}");
    // Without their client the posts are context themselves, and what they refer to with them.
    let cuts = section(&text, "What one cut would change");
    assert!(
        cuts.starts_with("  without topics(area_id) → areas(id): a neutral table"),
        "{cuts}"
    );
    assert!(!text.contains("Which rows a client owns"), "{text}");
}

/// Each relation of a table stands in its explanation once: as a reason, or among the others.
#[test]
fn other_relations_are_listed_by_class() {
    let text = explained(&forum(), &[], "posts");
    let expected = "  \
  It refers to a context table:
    posts(topic_id) → topics(id)
  A client table refers to it:
    comments(post_id) → posts(id)";
    assert_eq!(section(&text, "Its other relations"), expected);
    assert_eq!(
        text.matches("posts(client_id) → clients(id)").count(),
        2,
        "why, and what a cut would change: {text}"
    );
    let cut = explained(&forum(), &["posts(topic_id) → topics(id)"], "topics");
    let expected = "  A client table refers to it:\n    posts(topic_id) → topics(id), ignored by the configuration";
    assert!(section(&cut, "Its other relations").ends_with(expected), "{cut}");
}

/// What was looked for, where nothing was found.
#[test]
fn a_neutral_table_says_what_was_looked_for() {
    let text = explained(&forum(), &[], "jobs");
    let expected = "  \
  Relations from it to any of the 4 client tables: there is none.
  Relations to it from any of the 4 client tables and 2 context tables: there is
  none.
  Columns that look like a foreign key that is missing: there is none.";
    assert_eq!(section(&text, "What was looked for"), expected);
    assert!(text.contains("it refers to queues, and nothing refers to it"), "{text}");
    let cut = explained(
        &forum(),
        &["posts(client_id) → clients(id)", "comments(author_id) → clients(id)"],
        "posts",
    );
    assert!(
        cut.contains("The configuration ignores posts(client_id) → clients(id)."),
        "{cut}"
    );
}

/// Guesses are shown with their confidence, and nothing is made of them.
#[test]
fn columns_that_look_like_a_key_are_shown() {
    let mut schema = Fixture::new()
        .relation("posts.client_id clients")
        .relation("likes.client_id clients")
        .table("notes")
        .build();
    let mut column = schema.tables[0].columns[0].clone();
    column.name = "client_id".to_owned();
    let notes = schema.tables.iter_mut().find(|table| table.name.name == "notes");
    notes.expect("a table").columns.push(column);
    let guesses = infer::infer(&Graph::new(&schema));
    assert_eq!(guesses.len(), 1, "{guesses:?}");
    let text = explained(&schema, &[], "notes");
    assert!(text.starts_with("notes is a neutral table"), "{text}");
    let expected = format!("notes(client_id) → clients(id) ({:.2}): ", guesses[0].confidence);
    assert!(section(&text, "What was looked for").contains(&expected), "{text}");
}

#[test]
fn nullable_ways_and_loops_in_words() {
    let schema = Fixture::new()
        .relation("cars.client_id clients")
        .relation("trailers.client_id? clients")
        .relation("parts.car_id? cars")
        .relation("parts.trailer_id? trailers")
        .relation("albums.client_id? clients")
        .relation("albums.parent_id? albums")
        .build();
    let parts = section(&explained(&schema, &[], "parts"), "Which rows a client owns");
    let expected = "  \
  A row is the client's if
    any of these holds:
      car_id is id of a row of cars of which
        client_id is the client's key
      trailer_id is id of a row of trailers that is the client's";
    assert_eq!(parts, expected);
    let albums = section(&explained(&schema, &[], "albums"), "Which rows a client owns");
    assert!(
        albums.contains("parent_id is id of a row of albums that is the client's"),
        "{albums}"
    );
    assert!(albums.contains("until nothing is added"), "{albums}");
}

#[test]
fn every_form_tells_the_same() {
    let schema = forum();
    with(&schema, &[], "comments", |subject| {
        let value = json(subject);
        assert_eq!(
            (&value["class"], &value["table"]),
            (&"client".into(), &"comments".into())
        );
        assert_eq!(value["cuts"][0]["relation"]["child"], "comments");
        assert_eq!(value["hazards"][0]["table"], "comments");
        assert!(value["words"]["rows"].is_array(), "{value:#}");
        let text = markdown(subject);
        assert!(
            text.starts_with("# comments\n") && text.contains("\n## Which rows a client owns\n"),
            "{text}"
        );
    });
}

/// l10: a ladder of diamonds: explaining its end takes no longer than it takes to read.
#[test]
fn l10_the_end_of_a_ladder_is_explained_quickly() {
    let mut fixture = Fixture::new()
        .engine(Engine::Sqlite)
        .relation("a0.c clients")
        .relation("b0.c? clients");
    for n in 1..200 {
        for (child, parent) in [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")] {
            let nullable = if n % 2 == 0 { "?" } else { "" };
            fixture = fixture.relation(&format!("{child}{n}.{parent}{nullable} {parent}{}", n - 1));
        }
    }
    let schema = fixture.build();
    let start = std::time::Instant::now();
    let text = explained(&schema, &[], "a199");
    assert!(text.len() < 200_000, "{} bytes", text.len());
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
    eprintln!("explained in {:?}", start.elapsed());
}

/// Each rule's page, whatever its author wrote: it fits, and no mark-up is left over.
#[test]
fn every_page_fits_a_terminal() {
    for rule in rules::ALL {
        let text = page_text(rule, &Styles::default());
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{}: {line}", rule.id);
        }
        assert!(
            !text.contains("```") && !text.contains("\n#") && !text.contains("\n\n\n"),
            "{text}"
        );
        assert!(text.contains("\nHow to fix\n"), "{text}");
    }
}
