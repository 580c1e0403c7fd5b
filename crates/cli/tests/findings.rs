//! Findings through the real binary: what is accepted, filtered, explained and supposed, and in which forms it is told.

mod support;

use std::fs;

use serde_json::{Value, json};
use support::{Place, Ran};

/// A schema file: clients, their posts and comments, and skins of which nobody knows whose they are.
fn schema(skins_nullable: bool) -> Value {
    let column = |name: &str, nullable: bool| json!({"name": name, "native_type": "bigint", "kind": "integer", "nullable": nullable});
    let key = json!({"name": "pk", "columns": ["id"], "total": true});
    let relation = |column: &str, parent: &str| json!({"name": format!("fk_{column}"), "parent": parent, "validated": true, "columns": [{"child": column, "parent": "id"}]});
    let table = |name: &str, columns: Value, relations: Value| json!({"name": name, "columns": columns, "primary_key": key, "indexes": [["client_id"], ["post_id"]], "relations": relations});
    let id = column("id", false);
    json!({"version": 1, "engine": "sqlite", "server_version": "3", "tables": [
        table("clients", json!([id]), json!([])),
        table("comments", json!([id, column("post_id", false)]), json!([relation("post_id", "posts")])),
        table("notes", json!([id, column("client_id", false)]), json!([])),
        table("posts", json!([id, column("client_id", false)]), json!([relation("client_id", "clients")])),
        table("skins", json!([id, column("client_id", skins_nullable)]), json!([relation("client_id", "clients")])),
    ]})
}

fn place(more: &str) -> Place {
    let place = Place::new(&format!("root = \"clients\"\n{more}"));
    write(&place, true);
    place
}

fn write(place: &Place, skins_nullable: bool) {
    let text = schema(skins_nullable).to_string();
    fs::write(place.path().join("schema.json"), text).expect("a schema file");
}

fn classify(place: &Place, args: &[&str]) -> Ran {
    place.run(&[&["classify", "--schema", "schema.json"], args].concat())
}

/// Only one rule, so that these tests don't hang on what others find.
fn riddles(place: &Place, args: &[&str]) -> Ran {
    classify(
        place,
        &[&["--only", "horse-riddle", "--fail-on", "warning"], args].concat(),
    )
}

const ACCEPT: &str = "\n[[accept]]\nrule = \"horse-riddle\"\nobject = \"skins(client_id)\"\nreason = \"they stay\"\n";

#[test]
fn l64_an_accepted_hazard_that_is_gone_fails_the_check_until_it_is_removed() {
    riddles(&place(""), &[]).ends(1);
    let place = place(ACCEPT);
    let ran = riddles(&place, &[]).ends(0);
    assert!(
        ran.out
            .contains("Accepted (1)\n  warning[horse-riddle] skins(client_id)\n      they stay"),
        "{ran:?}"
    );
    write(&place, false);
    let ran = riddles(&place, &[]).ends(1);
    assert!(
        ran.out.contains("exodus.toml:3:1: horse-riddle on skins(client_id)"),
        "{ran:?}"
    );
    // Whatever is filtered, and at whatever severity: the entry is wrong.
    classify(&place, &["--skip", "horse-riddle"]).ends(1);
    classify(&place, &["--fail-on", "never"]).ends(0);
    let ran = riddles(&place, &["--format", "json"]).ends(1);
    assert_eq!(ran.json()["stale"][0]["place"], "exodus.toml:3:1");
    fs::write(place.path().join("exodus.toml"), "root = \"clients\"\n").expect("a configuration");
    riddles(&place, &[]).ends(0);
}

#[test]
fn acceptance_ends_with_its_day() {
    for (until, code) in [
        ("2020-01-31", 1),
        ("\"2020-01-31\"", 1),
        ("9999-01-31", 0),
        ("\"9999-01-31\"", 0),
    ] {
        let ran = riddles(&place(&format!("{ACCEPT}until = {until}\n")), &[]).ends(code);
        let over = ran.out.contains("It was accepted until 2020-01-31: exodus.toml:3:1");
        assert_eq!(over, code == 1, "{ran:?}");
    }
}

#[test]
fn a_baseline_accepts_what_is_there_and_lets_go_of_what_is_gone() {
    let place = place("# mine\n");
    let configuration = fs::read_to_string(place.path().join("exodus.toml")).expect("it is there");
    let baseline = place.path().join("exodus-baseline.toml");
    classify(&place, &["--fail-on", "note"]).ends(1);
    let ran = classify(&place, &["--write-baseline", "--fail-on", "note"]).ends(0);
    assert!(ran.err.contains("Wrote exodus-baseline.toml: "), "{ran:?}");
    classify(&place, &["--fail-on", "note"]).ends(0);
    assert_eq!(
        fs::read_to_string(place.path().join("exodus.toml")).expect("it is there"),
        configuration
    );
    // Found from a folder below, as the configuration is.
    let below = place.path().join("below");
    fs::create_dir_all(&below).expect("a folder");
    let mut command = place.command(&["classify", "--schema", "../schema.json", "--fail-on", "note"]);
    Ran::of(command.current_dir(&below).output().expect("it runs")).ends(0);

    let text = fs::read_to_string(&baseline).expect("a baseline") + "# looked at by the storage team\n";
    fs::write(&baseline, &text).expect("a baseline");
    classify(&place, &["--write-baseline"]).ends(0);
    assert_eq!(
        fs::read_to_string(&baseline).expect("a baseline"),
        text,
        "there was nothing to change"
    );
    write(&place, false);
    classify(&place, &["--fail-on", "note"]).ends(1);
    classify(&place, &["--write-baseline", "--fail-on", "note"]).ends(0);
    let text = fs::read_to_string(&baseline).expect("a baseline");
    assert!(
        !text.contains("horse-riddle") && text.contains("storage team"),
        "{text}"
    );
    classify(&place, &["--fail-on", "note"]).ends(0);
    // Where there is no configuration, nobody would read it.
    fs::remove_file(place.path().join("exodus.toml")).expect("it is there");
    classify(&place, &["--root", "clients", "--write-baseline"])
        .ends(2)
        .says(&["exodus init"]);
}

/// l61: a key, a rule, a table that is mistyped is an error that suggests the near one, wherever it stands.
#[test]
fn l61_mistyped_names_are_errors_that_suggest_the_near_one() {
    for (text, parts) in [
        (
            "[[acept]]\nrule = \"self-loop\"",
            &["exodus.toml:2:3", "unknown key `acept`", "`accept`"][..],
        ),
        (
            "[[accept]]\nrul = \"self-loop\"",
            &["exodus.toml:3:1", "unknown key `rul`", "`rule`"],
        ),
        (
            "[[accept]]\nrule = \"self-lop\"\nobject = \"a\"\nreason = \"r\"",
            &["exodus.toml:3:8", "no rule `self-lop`", "`self-loop`"],
        ),
        (
            "[[accept]]\nrule = \"self-loop\"\nobject = \"a\"\nreason = \" \"",
            &["exodus.toml:5:10", "the reason is empty"],
        ),
        (
            "[[accept]]\nrule = \"self-loop\"\nobject = \"a\"",
            &["exodus.toml:2:1", "`reason` is missing"],
        ),
        (
            "[[accept]]\nrule = \"self-loop\"\nobject = \"a\"\nreason = \"r\"\nuntil = \"soon\"",
            &["exodus.toml:6:9", "a day, such as 2027-01-31"],
        ),
        (
            "[[declare]]\nchild = \"notes\"\ncolumns = [\"client_id\"]\nparent = \"clients\"",
            &["exodus.toml:2:1", "`reason` is missing"],
        ),
    ] {
        classify(&place(text), &[]).ends(2).says(parts);
    }
    let place = place("");
    classify(&place, &["--only", "horse-ridle"])
        .ends(2)
        .says(&["no rule `horse-ridle`", "`horse-riddle`"]);
    classify(&place, &["--skip", "horse_riddle"])
        .ends(2)
        .says(&["`horse-riddle`"]);
    classify(&place, &["--table", "comment"])
        .ends(2)
        .says(&["no table matches", "`comments`"]);
    classify(&place, &["--assume-inferred", "2"])
        .ends(2)
        .says(&["from 0 to 1"]);
    fs::write(place.path().join("exodus-baseline.toml"), "[[acept]]\n").expect("a baseline");
    classify(&place, &[])
        .ends(2)
        .says(&["exodus-baseline.toml:1:3", "`accept`"]);
}

/// Entries that match nothing in the schema stop the command, with their place.
#[test]
fn l64_what_no_longer_matches_the_schema_is_an_error() {
    for (text, parts) in [
        (
            "[[ignore_relations]]\nrelation = \"posts(id)\"\nreason = \"r\"",
            &["exodus.toml:3:12", "no relation `posts(id)`"][..],
        ),
        (
            "[[class]]\ntable = \"gone\"\nclass = \"neutral\"\nreason = \"r\"",
            &["exodus.toml:3:9", "no table `gone`"],
        ),
        (
            "[[declare]]\nchild = \"notes\"\ncolumns = [\"owner\"]\nparent = \"clients\"\nreason = \"r\"",
            &["exodus.toml:4:12", "no column `owner`"],
        ),
    ] {
        classify(&place(text), &[]).ends(2).says(parts);
    }
}

#[test]
fn filters_leave_out_findings_and_tables() {
    let place = place("");
    let all = classify(&place, &["--format", "json"]).json();
    let count = |value: &Value| value["hazards"].as_array().map_or(0, Vec::len);
    let some = classify(
        &place,
        &["--format", "json", "--table", "s*", "--only", "horse-riddle,self-loop"],
    )
    .json();
    assert_eq!(count(&some), 1, "{some:#}");
    assert_eq!(
        some["summary"]["filtered_out"].as_u64(),
        u64::try_from(count(&all) - 1).ok()
    );
    assert_eq!(some["tables"].as_array().map(Vec::len), Some(1));
    assert_eq!(some["summary"]["client"], all["summary"]["client"]);
    let text = classify(&place, &["--table", "skins", "--skip", "horse-riddle"]).out;
    assert!(
        text.contains("(1 of 4)") && text.contains("filtered out") && !text.contains("posts"),
        "{text}"
    );
}

/// l65: what was accepted stays in SARIF, marked suppressed, with the same fingerprint as before.
#[test]
fn l65_accepted_findings_stay_in_sarif() {
    let result = |ran: Ran| {
        let log = ran.json();
        let results = log["runs"][0]["results"].as_array().expect("results").clone();
        assert_eq!(results.len(), 1, "{log:#}");
        results[0].clone()
    };
    let before = result(riddles(&place(""), &["--format", "sarif"]).ends(1));
    let after = result(riddles(&place(ACCEPT), &["--format", "sarif"]).ends(0));
    assert_eq!(before["suppressions"], json!([]));
    assert_eq!(after["suppressions"][0]["justification"], "they stay");
    assert_eq!(before["partialFingerprints"], after["partialFingerprints"]);
    assert_eq!(
        before["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "schema.json"
    );
}

/// The log is read by types that are made from the standard's own JSON schema, and says the same when they write it.
#[test]
fn sarif_is_what_the_standard_describes() {
    let stale = ACCEPT.replace("skins(client_id)", "gone");
    for (more, args) in [("", &[][..]), (ACCEPT, &[]), (&stale, &["--assume-inferred"])] {
        let ran = classify(&place(more), &[&["--format", "sarif"], args].concat());
        let log: serde_sarif::sarif::Sarif =
            serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}\n{}", ran.out));
        assert_eq!(
            serde_json::to_value(&log).expect("JSON"),
            ran.json(),
            "something was not understood"
        );
        assert!(log.runs[0].results.as_ref().is_some_and(|results| !results.is_empty()));
    }
}

#[test]
fn forms_are_for_commands_that_find_something() {
    let place = place("");
    for form in ["markdown", "sarif", "github", "gitlab"] {
        let ran = classify(&place, &["--format", form]).ends(0);
        assert!(
            ran.out.contains("horse-riddle") && !ran.out.contains('\u{1b}'),
            "{form}: {}",
            ran.out
        );
        place.run(&["moves", "--format", form]).ends(2).says(&["--format text"]);
    }
    // What has no room for a summary has it on the other stream.
    assert!(
        classify(&place, &["--format", "gitlab"])
            .err
            .contains("4 client, 0 context and 1 neutral tables")
    );
    assert!(
        !classify(&place, &["--format", "gitlab", "--quiet"])
            .err
            .contains("client")
    );
    classify(&place, &["--format", "sarif", "--what-if", "ignore posts(client_id)"]).ends(2);
    place.run(&["explain", "self-loop", "--format", "sarif"]).ends(2);
}

#[test]
fn without_a_root_nothing_is_classified_and_nothing_is_called_clean() {
    let place = Place::new("");
    write(&place, true);
    let ran = classify(&place, &[]).ends(2);
    assert!(
        ran.out.starts_with("No root table is given") && ran.out.contains("   1  clients\n"),
        "{ran:?}"
    );
    let ran = classify(&place, &["--format", "json"]).ends(2);
    assert_eq!(
        (&ran.json()["root"], &ran.json()["candidates"][0]["table"]),
        (&Value::Null, &json!("clients"))
    );
    classify(&place, &["--format", "github"])
        .ends(2)
        .says(&["no root table", "`clients`"]);
}

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
