//! What changed since an earlier report.

use std::fs;

use serde_json::{Value, json};

use super::support::{Place, Ran};
use super::{ACCEPT, classify, place, schema, write};

/// A folder with the report of its schema as `old.json`.
fn with_old(more: &str) -> Place {
    let place = place(more);
    keep(&place, "old.json");
    place
}

fn keep(place: &Place, name: &str) {
    let report = classify(place, &["--format", "json", "--fail-on", "never"]).ends(0).out;
    fs::write(place.path().join(name), report).expect("a report");
}

fn compare(place: &Place, args: &[&str]) -> Ran {
    classify(place, &[&["--diff", "old.json", "--fail-on", "new"], args].concat())
}

fn change(place: &Place, change: impl FnOnce(&mut Value)) {
    let mut schema = schema(true);
    change(&mut schema);
    fs::write(place.path().join("schema.json"), schema.to_string()).expect("a schema");
}

/// Comments lose their NOT NULL, notes get a relation, skins lose theirs; the table `posts` stays as it is.
fn drifted(place: &Place) {
    change(place, |schema| {
        schema["tables"][1]["columns"][1]["nullable"] = json!(true);
        schema["tables"][2]["relations"] = json!([{"name": "fk_any", "parent": "clients", "validated": true, "columns": [{"child": "client_id", "parent": "id"}]}]);
        schema["tables"][4]["relations"] = json!([]);
        let mut more = schema["tables"][2].clone();
        more["name"] = json!("more");
        schema["tables"].as_array_mut().expect("tables").insert(2, more);
    });
}

#[test]
fn nothing_new_is_clean_whatever_was_there_before() {
    let place = with_old("");
    classify(&place, &["--fail-on", "warning"]).ends(1);
    let ran = compare(&place, &[]).ends(0);
    assert!(ran.out.contains("Nothing changed since old.json"), "{ran:?}");
    assert!(ran.out.contains("4 client, 0 context and 1 neutral tables"), "{ran:?}");
    // Names of constraints and the order of tables are no change.
    change(&place, |schema| {
        for table in schema["tables"].as_array_mut().expect("tables") {
            for relation in table["relations"].as_array_mut().expect("relations") {
                relation["name"] = json!(format!("other_{}", relation["name"].as_str().unwrap_or_default()));
            }
        }
    });
    let ran = compare(&place, &["--format", "json"]).ends(0);
    assert_eq!(
        ran.json()["drift"],
        json!({"since": "old.json", "hazards": [], "tables": [], "relations": []})
    );
}

#[test]
fn tables_relations_classes_and_hazards() {
    let place = with_old("");
    drifted(&place);
    let ran = compare(&place, &["--format", "json"]).ends(1);
    let drift = &ran.json()["drift"];
    let told = |list: &str, key: &str| -> Vec<String> {
        let all = drift[list].as_array().expect("a list").iter();
        all.map(|one| {
            format!(
                "{} {}",
                one["change"].as_str().unwrap_or_default(),
                one[key].as_str().unwrap_or_default()
            )
        })
        .collect()
    };
    assert_eq!(
        told("tables", "table"),
        ["came more", "changed comments", "changed notes", "changed skins"]
    );
    assert_eq!(
        drift["tables"][3],
        json!({"change": "changed", "table": "skins", "before": {"class": "client", "complete": false}, "after": {"class": "neutral", "complete": null}})
    );
    assert_eq!(
        told("relations", "relation"),
        [
            "came more(client_id) → clients(id)",
            "came notes(client_id) → clients(id)",
            "went skins(client_id) → clients(id)",
            "changed comments(post_id) → posts(id)",
        ]
    );
    let riddles: Vec<_> = drift["hazards"]
        .as_array()
        .expect("hazards")
        .iter()
        .filter(|one| one["rule"] == "horse-riddle")
        .map(|one| (one["change"].clone(), one["object"].clone(), one["new"].clone()))
        .collect();
    assert_eq!(
        riddles,
        [
            (json!("came"), json!("comments(post_id)"), json!(true)),
            (json!("went"), json!("skins(client_id)"), json!(false)),
        ]
    );
    let text = compare(&place, &[]).ends(1).out;
    for part in [
        "Hazards that came (",
        "skins\n      client → neutral\n",
        "      NOT NULL → nullable\n",
        "Since old.json: ",
    ] {
        assert!(text.contains(part), "{part:?} is missing in {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let markdown = compare(&place, &["--format", "markdown"]).ends(1).out;
    assert!(
        markdown.starts_with("# What changed\n") && markdown.contains("- **skins**: client → neutral\n"),
        "{markdown}"
    );
    // Annotations are of what is new.
    let told = compare(&place, &["--format", "github", "--only", "horse-riddle"])
        .ends(1)
        .out;
    assert!(told.contains("comments") && !told.contains("skins"), "{told}");
    // What is gone counts by its name.
    change(&place, |schema| {
        drop(schema["tables"].as_array_mut().expect("tables").pop());
    });
    for (pattern, shown) in [("*s", 1), ("posts", 0)] {
        let ran = compare(&place, &["--format", "json", "--table", pattern])
            .ends(0)
            .json();
        let tables = ran["drift"]["tables"].as_array().expect("tables").clone();
        assert_eq!(tables.len(), shown, "{pattern}: {tables:?}");
        assert!(
            tables
                .iter()
                .all(|one| one["change"] == "went" && one["table"] == "skins")
        );
    }
}

#[test]
fn what_is_accepted_is_not_new_until_it_is_accepted_no_more() {
    let place = with_old(ACCEPT);
    compare(&place, &[]).ends(0);
    fs::write(place.path().join("exodus.toml"), "root = \"clients\"\n").expect("a configuration");
    let ran = compare(&place, &[]).ends(1);
    assert!(ran.out.contains("warning, accepted → warning: "), "{ran:?}");
    // And the other way round.
    keep(&place, "old.json");
    fs::write(
        place.path().join("exodus.toml"),
        format!("root = \"clients\"\n{ACCEPT}"),
    )
    .expect("a configuration");
    let ran = compare(&place, &[]).ends(0);
    assert!(ran.out.contains("warning → warning, accepted: "), "{ran:?}");
}

#[test]
fn a_file_that_is_no_such_report_is_refused_with_what_to_do() {
    let place = with_old("");
    let path = place.path().join("old.json");
    let old: Value = serde_json::from_str(&fs::read_to_string(&path).expect("a report")).expect("JSON");
    let with = |key: &str, value: Value| {
        let mut other = old.clone();
        other[key] = value;
        other.to_string()
    };
    let part = classify(&place, &["--format", "json", "--table", "posts"]).out;
    let skipped = classify(&place, &["--format", "json", "--skip", "horse-riddle"]).out;
    let mut without = old.clone();
    without.as_object_mut().map(|object| object.shift_remove("relations"));
    for (text, says) in [
        ("SELECT 1;".to_owned(), &["not JSON"][..]),
        ("[]".to_owned(), &["no report"]),
        (schema(true).to_string(), &["a schema, as `exodus schema`"]),
        (with("version", json!(2)), &["version 2", "reads version 1"]),
        (
            with("root", json!("posts")),
            &["its root table is posts, and here it is clients", "--root"],
        ),
        (with("root", Value::Null), &["without a root table"]),
        (with("engine", json!("postgres")), &["postgres", "sqlite"]),
        (with("hazards", json!([{"rule": 1}])), &["no report"]),
        (part, &["only a part", "without `--only`"]),
        (skipped, &["only a part"]),
        (without.to_string(), &["lists no relations"]),
    ] {
        fs::write(&path, text).expect("a file");
        compare(&place, &[])
            .ends(2)
            .says(&["error: --diff: old.json", "help: "])
            .says(says);
    }
    classify(&place, &["--diff", "nowhere.json"])
        .ends(2)
        .says(&["nowhere.json", "can't be read"]);
    classify(&place, &["--fail-on", "new"])
        .ends(2)
        .says(&["--diff OLD.json"]);
    write(&place, true);
    classify(&place, &["--diff", "old.json", "--what-if", "class notes context"]).ends(2);
}
