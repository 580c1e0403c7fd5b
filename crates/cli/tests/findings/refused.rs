//! Guesses that somebody has refused: `ignore_relations` takes what looks like a relation, too.

use serde_json::json;

use super::{classify, place};

const REFUSE: &str =
    "\n[[ignore_relations]]\nrelation = \"notes( client_id )\"\nreason = \"an id of the mail server\"\n";

#[test]
fn a_refused_guess_is_known_and_no_longer_found() {
    let place = place(REFUSE);
    let ran = classify(&place, &[]).ends(0);
    assert!(
        ran.out.contains(
            "\nGuesses that the configuration refuses (1)\n  notes(client_id)\n      an id of the mail server\n"
        ),
        "{}",
        ran.out
    );
    assert!(
        !ran.out.contains("missing-foreign-key") && !ran.out.contains("foreign key that is missing"),
        "{}",
        ran.out
    );
    let value = classify(&place, &["--format", "json", "--assume-inferred", "0"])
        .ends(0)
        .json();
    let refused = json!([{"child": "notes", "columns": ["client_id"], "reason": "an id of the mail server"}]);
    assert_eq!((&value["refused"], &value["inferred"]), (&refused, &json!([])));
    let notes = value["tables"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|table| table["table"] == "notes");
    assert_eq!(notes.expect("a table")["class"], "neutral");
    let markdown = classify(&place, &["--format", "markdown"]).ends(0).out;
    assert!(
        markdown.contains("| notes(client\\_id) | an id of the mail server |"),
        "{markdown}"
    );
    let told = place.run(&["explain", "notes", "--schema", "schema.json"]).ends(0).out;
    assert!(
        told.contains("client_id is no reference, though it looks like\n  one: an id of the mail server")
            && told.contains("foreign key that is missing: there is none"),
        "{told}"
    );
}

/// What neither is a relation nor looks like one is a mistake as before.
#[test]
fn what_does_not_look_like_a_relation_can_not_be_refused() {
    classify(&place(&REFUSE.replace("client_id", "id")), &[])
        .ends(2)
        .says(&["exodus.toml:4:12", "no relation `notes( id )`"]);
}

/// A baseline or an entry for the guess that was refused since is told to be gone.
#[test]
fn an_accepted_guess_that_is_refused_is_gone() {
    let accept = "\n[[accept]]\nrule = \"missing-foreign-key\"\nobject = \"notes(client_id)\"\nreason = \"r\"\n";
    classify(&place(accept), &[]).ends(0);
    let ran = classify(&place(&format!("{REFUSE}{accept}")), &[]).ends(1);
    assert!(
        ran.out.contains("missing-foreign-key on notes(client_id)"),
        "{}",
        ran.out
    );
}
