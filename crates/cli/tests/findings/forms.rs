//! The forms that findings are told in, and what is left out of them.

use serde_json::{Value, json};

use super::support::{Place, Ran};
use super::{ACCEPT, classify, place, riddles, write};

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
    let text = classify(&place, &["--only", "horse-riddle"]).out;
    assert!(text.starts_with("Root table: clients\n\nWarnings (1)\n"), "{text}");
    let text = classify(&place, &["--table", "skins", "--skip", "horse-riddle"]).out;
    assert!(!text.contains("Neutral tables"), "{text}");
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
