//! What somebody meets who has never used it: files that are none, names that are not there, real schemas, a pipe.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::support::{Place, Ran};
use super::{classify, place};

#[test]
fn a_file_that_holds_no_schema_says_what_it_is() {
    let place = Place::new("root = \"clients\"\n");
    fs::create_dir(place.path().join("folder")).expect("a folder");
    for (name, bytes, parts) in [
        (
            "empty.sql",
            &b"  \n"[..],
            &["empty.sql: the file is empty", "pg_dump --schema-only"][..],
        ),
        (
            "noise.bin",
            &[0x00, 0x9f, 0x92, 0x96, 0xfe, 0x01],
            &["neither SQL nor JSON", "exodus schema"],
        ),
        (
            "prose.txt",
            b"Dear all, here is the schema.",
            &["no statement in this file makes a table", "`--engine`"],
        ),
        (
            "odd.json",
            b"{\"tables\": []}",
            &["odd.json: not a schema", "exodus schema"],
        ),
    ] {
        fs::write(place.path().join(name), bytes).expect("a file");
        place.run(&["classify", "--schema", name]).ends(2).says(parts);
    }
    let run = |name: &str| place.run(&["classify", "--schema", name]).ends(2);
    run("folder").says(&["folder: this is a directory", "one file"]);
    run("gone.sql").says(&["gone.sql: ", "path of a file"]);
    place
        .run(&["report", "--schema", "gone.sql"])
        .ends(2)
        .says(&["gone.sql: "]);
    for command in ["classify", "report"] {
        let help = place.run(&[command, "--help"]).ends(0).out;
        let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.contains("2 wrong usage, configuration or --schema file"),
            "{help}"
        );
    }
    // Nothing is said of what to read: both ways are named.
    fs::remove_file(place.path().join("exodus.toml")).expect("it is there");
    place
        .run(&["classify"])
        .ends(2)
        .says(&["no database is named", "`--from`", "`--schema`", "exodus init"]);
}

#[test]
fn a_name_that_is_not_there_suggests_the_near_one() {
    let place = place("");
    classify(&place, &["--root", "client"])
        .ends(2)
        .says(&["--root: there is no table `client`", "`clients`"]);
    classify(&place, &["--table", "skin"])
        .ends(2)
        .says(&["no table matches `skin`", "`skins`"]);
    classify(&place, &["--only", "riddle"])
        .ends(2)
        .says(&["no rule `riddle`", "`horse-riddle`"]);
}

/// `exodus classify | head -1`: whoever has seen enough is no failure.
#[test]
fn a_pipe_may_end_early() {
    let place = place("");
    let args = ["classify", "--schema", "schema.json", "--fail-on", "never"];
    let mut child = place
        .command(&args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut line = String::new();
    let mut reader = BufReader::new(child.stdout.take().expect("a pipe"));
    reader.read_line(&mut line).expect("a line");
    drop(reader);
    assert_eq!(line, "Root table: clients\n");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

/// The folders of real schemas that nobody on this project wrote, where they are, and the root of each.
fn corpus() -> Vec<(PathBuf, String)> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("EXODUS_CORPUS").map_or_else(beside, PathBuf::from);
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("SKIPPED: the real schemas, because {} is not there", folder.display());
        return vec![];
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found: Vec<_> = paths
        .filter_map(|path| {
            let truth: serde_json::Value =
                serde_json::from_str(&fs::read_to_string(path.join("truth.json")).ok()?).ok()?;
            Some((path.join("dump.sql"), truth["root"].as_str()?.to_owned()))
        })
        .collect();
    found.sort();
    found
}

#[track_caller]
fn fits(text: &str, what: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{what}: {line}");
        assert!(line.trim_end() == line, "{what} ends with a space: {line:?}");
    }
    assert!(!text.contains('\u{1b}') && !text.contains("\n\n\n"), "{what}");
}

/// Every form of every real schema: it fits, programs can read it, no finding is told under another's name, a baseline
/// accepts all of it, and every table can be explained.
#[test]
fn real_schemas_read_well_in_every_form() {
    for (dump, root) in corpus() {
        let place = Place::new(&format!("root = \"{root}\"\n"));
        let dump = dump.display().to_string();
        let run = |args: &[&str]| {
            place
                .run(&[&["classify", "--schema", &dump, "--fail-on", "never"], args].concat())
                .ends(0)
        };
        fits(&run(&[]).out, &dump);
        assert!(!run(&["--format", "markdown"]).out.is_empty());
        let value = run(&["--format", "json"]).json();
        let hazards = value["hazards"].as_array().expect("hazards");
        let mut objects: Vec<_> = hazards
            .iter()
            .map(|one| (one["rule"].to_string(), one["object"].to_string()))
            .collect();
        let count = objects.len();
        objects.sort();
        objects.dedup();
        assert_eq!(objects.len(), count, "{dump}: two findings of a rule have one object");
        let placed = |one: &serde_json::Value| one["place"].as_str().is_some_and(|place| place.starts_with(&dump));
        assert!(hazards.iter().all(placed), "{dump}: a finding without a line");
        let results = &run(&["--format", "sarif"]).json()["runs"][0]["results"];
        assert_eq!(results.as_array().map(Vec::len), Some(count));
        assert_eq!(
            run(&["--format", "gitlab"]).json().as_array().map(Vec::len),
            Some(count)
        );
        let lines = run(&["--format", "github"]).out;
        assert_eq!(lines.lines().filter(|line| line.starts_with("::")).count(), count);
        let explained = |table: &str| -> Ran { place.run(&["explain", table, "--schema", &dump]) };
        for table in value["tables"].as_array().expect("tables").iter().step_by(25) {
            let name = table["table"].as_str().expect("a name");
            fits(&explained(name).ends(0).out, &format!("{dump}: {name}"));
        }
        run(&["--write-baseline"]);
        let ran = place.run(&["classify", "--schema", &dump, "--fail-on", "note"]).ends(0);
        fits(&ran.out, &dump);
        assert!(ran.out.contains("no hazards"), "{}", ran.out);
    }
}
