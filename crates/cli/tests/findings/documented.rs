//! docs/classify-json.md against what the program prints: each object has the keys that its section lists, and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use super::support::Place;
use super::{ACCEPT, classify, place, schema};

const PAGE: &str = include_str!("../../../../docs/classify-json.md");

type Keys = BTreeSet<String>;

/// The keys that each section's tables list.
fn documented() -> BTreeMap<String, Keys> {
    let mut sections: BTreeMap<String, Keys> = BTreeMap::new();
    let mut title = String::new();
    for line in PAGE.lines() {
        if let Some(text) = line.strip_prefix("## ") {
            text.clone_into(&mut title);
        } else if let Some(key) = line.strip_prefix("| `").and_then(|rest| rest.split('`').next()) {
            sections.entry(title.clone()).or_default().insert(key.to_owned());
        }
    }
    sections
}

fn keys(value: &Value) -> Keys {
    value.as_object().expect("an object").keys().cloned().collect()
}

/// Everything of the array, and of the arrays that it is made of.
fn each<'v>(value: &'v Value, pointer: &str) -> Vec<&'v Value> {
    let found = value
        .pointer(pointer)
        .unwrap_or_else(|| panic!("no {pointer} in {value:#}"));
    found.as_array().expect("an array").iter().collect()
}

#[track_caller]
fn same<'v>(section: &str, values: impl IntoIterator<Item = &'v Value>, besides: &[&str]) {
    let expected: Keys = documented()[section].clone();
    let mut any = false;
    for value in values {
        any = true;
        let mut found = keys(value);
        found.extend(besides.iter().map(|&key| key.to_owned()));
        assert_eq!(found, expected, "{section}: {value:#}");
    }
    assert!(any, "nothing shows {section}");
}

/// A schema with everything: a trigger, a loop, something accepted, something expired, something gone, and a guess.
fn full() -> Place {
    let over = ACCEPT
        .replace("horse-riddle", "self-loop")
        .replace("skins(client_id)", "clients(next)")
        + "until = 2020-01-01\n";
    let gone = ACCEPT.replace("skins(client_id)", "gone");
    let place = place(&format!("{ACCEPT}{over}{gone}"));
    let mut schema = schema(true);
    let clients = &mut schema["tables"][0];
    let next = json!({"name": "next", "native_type": "bigint", "kind": "integer", "nullable": true});
    clients["columns"].as_array_mut().expect("columns").push(next);
    clients["relations"] = json!([{"name": "fk_next", "parent": "clients", "validated": true, "columns": [{"child": "next", "parent": "id"}]}]);
    clients["triggers"] = json!([{
        "name": "touch", "timing": "after", "events": ["insert"], "per_row": true, "body": "BEGIN INSERT INTO notes VALUES (1, 1); END"
    }]);
    fs::write(place.path().join("schema.json"), schema.to_string()).expect("a schema");
    place
}

#[test]
fn every_object_has_the_keys_that_the_page_lists() {
    let place = full();
    let value = classify(&place, &["--format", "json", "--assume-inferred"]).json();
    same("At the top", [&value], &["candidates", "drift"]);
    assert_eq!(value["version"], 1);
    assert!(PAGE.contains("| `version` | 1 |"));
    same("A table", each(&value, "/tables"), &[]);
    let relations = each(&value, "/tables")
        .into_iter()
        .flat_map(|table| each(table, "/reached_by"));
    same("A relation", relations, &["ignored"]);
    same("A relation", each(&value, "/relations"), &[]);
    same("A hazard", each(&value, "/hazards"), &[]);
    same("An inferred relation", each(&value, "/inferred"), &[]);
    same("The summary", [&value["summary"]], &[]);
    same("An accept entry", each(&value, "/stale"), &[]);
    let accepted = each(&value, "/hazards")
        .into_iter()
        .flat_map(|hazard| [&hazard["accepted"], &hazard["expired"]]);
    same(
        "An accept entry",
        accepted.filter(|entry| entry.is_object()),
        &["instead"],
    );
    let own = each(&value, "/triggers");
    same("A trigger", own.iter().copied(), &["verb"]);
    let written = own.iter().flat_map(|trigger| each(trigger, "/writes")).map(keys);
    assert_eq!(
        written.collect::<Vec<_>>(),
        [["table".to_owned(), "verb".to_owned()].into()]
    );
}

#[test]
fn so_have_the_other_answers() {
    let place = full();
    let value = classify(
        &place,
        &[
            "--format",
            "json",
            "--what-if",
            "class notes context",
            "--what-if",
            "ignore skins(client_id)",
        ],
    )
    .json();
    let mut all = keys(&value);
    all.extend(each(&value, "/classes").into_iter().flat_map(keys));
    let own = documented()["With `--what-if`"].clone();
    assert!(own.is_subset(&all), "{own:?} {value:#}");
    let known: Keys = documented().into_values().flatten().collect();
    all.extend(each(&value, "/gone").into_iter().flat_map(keys));
    assert!(all.is_subset(&known), "{value:#}");

    // What changed since a report in which nothing was found.
    let mut old = classify(&place, &["--format", "json"]).json();
    old["hazards"] = json!([]);
    fs::write(place.path().join("old.json"), old.to_string()).expect("a report");
    let drift = classify(&place, &["--format", "json", "--diff", "old.json"]).json()["drift"].clone();
    let of = documented()["With `--diff`"].clone();
    let mut all = keys(&drift);
    all.extend(each(&drift, "/hazards").into_iter().flat_map(keys));
    assert!(of.is_subset(&all), "{of:?} {drift:#}");
    assert!(all.is_subset(&known), "{drift:#}");

    fs::write(place.path().join("exodus.toml"), "").expect("a configuration");
    let value = classify(&place, &["--format", "json"]).json();
    let top = documented()["At the top"].clone();
    assert!(
        keys(&value).is_subset(&top) && value["candidates"].is_array(),
        "{value:#}"
    );
    same("A candidate", each(&value, "/candidates"), &[]);

    let explain = |args: &[&str]| {
        place
            .run(&[&["explain", "--format", "json"], args].concat())
            .ends(0)
            .json()
    };
    let of = documented()["Of `exodus explain`"].clone();
    let table = explain(&["comments", "--schema", "schema.json", "--root", "clients"]);
    let both = |value: &Value| keys(value).difference(&of).cloned().collect::<Keys>();
    assert!(both(&table).is_subset(&documented()["A table"]), "{table:#}");
    let cut: Keys = ["relation", "class", "complete"].map(str::to_owned).into();
    assert!(!each(&table, "/cuts").is_empty() && each(&table, "/cuts").into_iter().all(|one| keys(one) == cut));
    let rule = explain(&["self-loop"]);
    assert!(both(&rule).is_empty(), "{rule:#}");
}

/// The example on the page is what the program would print, key for key.
#[test]
fn the_example_has_the_shape_of_the_real_thing() {
    let text = PAGE
        .split("```json\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("an example");
    let example: Value = serde_json::from_str(text).expect("JSON");
    same("At the top", [&example], &["candidates", "drift"]);
    same("A table", each(&example, "/tables"), &[]);
    same("A relation", each(&example, "/tables/0/reached_by"), &["ignored"]);
    same("A relation", each(&example, "/relations"), &[]);
    same("A hazard", each(&example, "/hazards"), &[]);
    same("The summary", [&example["summary"]], &[]);
}
