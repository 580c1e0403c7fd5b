//! What is accepted, in the configuration and in the baseline, and what is wrong with entries.

use std::fs;

use super::support::Ran;
use super::{ACCEPT, classify, place, riddles, write};

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

/// What was accepted until a day that is over comes into the baseline like any other, and the old entry is in nobody's way.
#[test]
fn a_baseline_accepts_what_was_accepted_before() {
    let place = place(&format!("{ACCEPT}until = 2020-01-31\n"));
    riddles(&place, &[]).ends(1);
    classify(&place, &["--write-baseline", "--fail-on", "note"]).ends(0);
    let ran = classify(&place, &["--fail-on", "note"]).ends(0);
    assert!(!ran.out.contains("match nothing"), "{}", ran.out);
}

/// An entry from before findings were told apart: it says what to write, and the baseline does it by itself.
#[test]
fn a_shorter_entry_of_several_findings_says_what_to_write() {
    let entry = "\n[[accept]]\nrule = \"horse-riddle\"\nobject = \"posts(client_id)\"\nreason = \"r\"\n";
    let unindexed = entry.replace("horse-riddle", "unindexed-relation");
    let place = place(&unindexed);
    let mut schema = super::schema(true);
    let posts = &mut schema["tables"][3];
    assert_eq!(posts["name"], "posts");
    posts["indexes"] = serde_json::json!([]);
    let mut other = posts["relations"][0].clone();
    other["name"] = "fk_other".into();
    other["parent"] = "skins".into();
    posts["relations"].as_array_mut().expect("relations").push(other);
    fs::write(place.path().join("schema.json"), schema.to_string()).expect("a schema");
    let ran = classify(&place, &["--only", "unindexed-relation", "--fail-on", "note"]).ends(1);
    for part in [
        "exodus.toml:3:1: unindexed-relation on posts(client_id)\n",
        "It could mean any of 2 findings. Write an entry for each that may stay:",
        "        object = 'posts(client_id) → clients(id)'\n",
        "        object = 'posts(client_id) → skins(id)'\n",
    ] {
        assert!(ran.out.contains(part), "{part:?} is not in\n{}", ran.out);
    }
    assert!(!ran.out.contains("Take them out"), "{}", ran.out);
    let stale = &classify(&place, &["--format", "json"]).json()["stale"][0];
    assert_eq!(stale["instead"][1], "posts(client_id) → skins(id)");
    // What it says can be copied.
    let objects = ["clients", "skins"]
        .map(|parent| unindexed.replace("posts(client_id)", &format!("posts(client_id) -> {parent}(id)")));
    fs::write(
        place.path().join("exodus.toml"),
        format!("root = \"clients\"\n{}", objects.concat()),
    )
    .expect("a configuration");
    classify(&place, &["--only", "unindexed-relation", "--fail-on", "note"]).ends(0);
    // And a baseline that a former exodus wrote is mended by writing it again.
    fs::write(place.path().join("exodus.toml"), "root = \"clients\"\n").expect("a configuration");
    fs::write(place.path().join("exodus-baseline.toml"), unindexed).expect("a baseline");
    classify(&place, &["--write-baseline", "--fail-on", "note"]).ends(0);
    classify(&place, &["--fail-on", "note"]).ends(0);
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
