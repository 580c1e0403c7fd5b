//! Guesses, suppositions and explanations.

use serde_json::json;

use super::support::Place;
use super::{ACCEPT, classify, place};

#[test]
fn guesses_are_told_and_used_on_demand_only() {
    let place = place("");
    let ran = classify(&place, &[]).ends(0);
    assert!(
        ran.out.contains("1 column looks like a foreign key that is missing"),
        "{ran:?}"
    );
    assert!(ran.out.contains("4 client, 0 context and 1 neutral tables"), "{ran:?}");
    let shown = classify(&place, &["--only", "missing-foreign-key"]).ends(0).out;
    let entry: String = shown
        .lines()
        .skip_while(|line| line.trim() != "[[declare]]")
        .take_while(|line| !line.is_empty())
        .map(|line| line.trim_start().to_owned() + " ")
        .collect();
    assert!(
        entry.starts_with("[[declare]] child = \"notes\" columns = [\"client_id\"] parent = \"clients\""),
        "{shown}"
    );
    let ran = classify(&place, &["--assume-inferred"]).ends(0);
    assert!(
        ran.out
            .contains("owned by way of notes(client_id) → clients(id) (inferred, 0."),
        "{ran:?}"
    );
    assert!(ran.out.contains("Inferred relations, taken for real (1)"), "{ran:?}");
    let value = classify(&place, &["--assume-inferred", "0.5", "--format", "json"])
        .ends(0)
        .json();
    let notes = value["tables"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|table| table["table"] == "notes");
    let relation = &notes.expect("it is there")["reached_by"][0];
    assert_eq!(relation["origin"], "inferred");
    assert!(
        relation["confidence"].as_f64().is_some_and(|sure| sure >= 0.5),
        "{relation}"
    );
    let ran = classify(&place, &["--assume-inferred", "1"]).ends(0);
    assert!(ran.out.contains("1 neutral tables"), "no guess is that sure: {ran:?}");
}

#[test]
fn suppositions_change_nothing() {
    let place = place("");
    let ran = classify(
        &place,
        &[
            "--what-if",
            "ignore posts(client_id)",
            "--what-if",
            "class notes context",
        ],
    )
    .ends(0);
    assert!(
        ran.out.contains("comments: client → neutral\n") && ran.out.contains("notes: neutral → context\n"),
        "{ran:?}"
    );
    let ran = classify(&place, &["--what-if", "class posts neutral", "--format", "json"]).ends(0);
    assert_eq!(
        ran.json()["classes"][0],
        json!({"table": "comments", "before": "client", "after": "neutral"})
    );
    for (text, parts) in [
        ("forget posts(client_id)", &["--what-if: ", "ignore child(column)"][..]),
        ("ignore post(client_id)", &["no table `post`", "`posts`"]),
        ("class clients neutral", &["the root table clients"]),
        ("class notes client", &["no relation leads to it", "[[declare]]"]),
    ] {
        classify(&place, &["--what-if", text]).ends(2).says(parts);
    }
}

#[test]
fn explanations_of_rules_need_no_database() {
    let place = Place::new("");
    let ran = place.run(&["explain", "horse-riddle"]).ends(0);
    assert!(
        ran.out.contains("\nWhy it matters\n") && ran.out.contains("CREATE TABLE"),
        "{ran:?}"
    );
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{ran:?}");
    let value = place
        .run(&["explain", "horse-riddle", "--format", "json"])
        .ends(0)
        .json();
    assert_eq!(value["rule"], "horse-riddle");
    let page = place
        .run(&["explain", "horse-riddle", "--format", "markdown"])
        .ends(0)
        .out;
    let headings: Vec<_> = page.lines().filter(|line| line.starts_with('#')).collect();
    let expected = [
        "# horse-riddle",
        "## What it finds",
        "## Why it matters",
        "## Example",
        "## How to fix",
    ];
    assert_eq!(headings, expected);
    place
        .run(&["explain", "horse-ridle"])
        .ends(2)
        .says(&["no rule", "`horse-riddle`", "--from"]);
}

#[test]
fn explanations_of_tables() {
    let place = place(ACCEPT);
    let explain = |args: &[&str]| place.run(&[&["explain", "--schema", "schema.json"], args].concat());
    let ran = explain(&["skins"]).ends(0);
    for part in [
        "skins is a client table",
        "client_id is the client's key",
        "without skins(client_id) → clients(id): a neutral table",
        "Accepted: they stay (exodus.toml:3:1)",
    ] {
        assert!(ran.out.contains(part), "{part:?} is missing in {}", ran.out);
    }
    let ran = explain(&["notes", "--format", "json"]).ends(0);
    assert_eq!(
        (&ran.json()["class"], &ran.json()["evidence"]),
        (&json!("neutral"), &json!("unrelated"))
    );
    assert!(
        explain(&["notes", "--assume-inferred"])
            .ends(0)
            .out
            .contains("(inferred, 0.")
    );
    // Near names of both.
    explain(&["self-post"])
        .ends(2)
        .says(&["neither a table nor a rule `self-post`"]);
    explain(&["skin"]).ends(2).says(&["the table `skins`"]);
    explain(&["self-lop"]).ends(2).says(&["the rule `self-loop`"]);
}
