//! `exodus report` through the real binary: formats, places, dates.

#[path = "gallery/mod.rs"]
mod gallery;
mod support;

use std::fs;

use serde_json::{Value, json};
use support::{Place, Ran};

const SCHEMA: &str = "CREATE TABLE clients (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE posts (id INTEGER PRIMARY KEY, client_id INTEGER NOT NULL REFERENCES clients (id));
CREATE TABLE \"=cmd|'/c calc'!A1\" (id INTEGER PRIMARY KEY, client_id INTEGER REFERENCES clients (id));
CREATE TABLE settings (id INTEGER PRIMARY KEY, value TEXT);
";

fn place() -> Place {
    let place = Place::new("root = \"clients\"\n");
    fs::write(place.path().join("shop.sql"), SCHEMA).expect("a schema");
    place
}

fn report(place: &Place, args: &[&str]) -> Ran {
    place.run(
        &[
            &[
                "report",
                "--schema",
                "shop.sql",
                "--engine",
                "sqlite",
                "--date",
                "2026-11-23",
            ],
            args,
        ]
        .concat(),
    )
}

fn read(place: &Place, name: &str) -> String {
    fs::read_to_string(place.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn the_name_of_the_file_tells_the_format() {
    let place = place();
    let ran = report(&place, &[]).ends(0);
    assert!(
        ran.out.contains("Wrote report.html: ") && ran.err.contains(" s."),
        "{ran:?}"
    );
    assert!(read(&place, "report.html").starts_with("<!DOCTYPE html>"));
    report(&place, &["--out", "a.md"]).ends(0);
    let text = read(&place, "a.md");
    assert!(text.starts_with("# exodus report: clients\n"), "{text}");
    assert!(
        text.contains("| Date | 2026-11-23 |") && text.contains("## The order of a move\n"),
        "{text}"
    );
    report(&place, &["--out", "a.json"]).ends(0);
    let value: Value = serde_json::from_str(&read(&place, "a.json")).expect("JSON");
    assert_eq!(value["about"]["source"], "shop.sql");
    assert_eq!(value["copy_order"], json!(["clients", "=cmd|'/c calc'!A1", "posts"]));
    // It can be compared with; and so can what classify wrote.
    let ran = report(&place, &["--diff", "a.json", "--format", "markdown"]).ends(0);
    assert!(
        ran.out.contains("## What changed\n\nNothing changed since a.json"),
        "{ran:?}"
    );
    place
        .run(&[
            "classify",
            "--schema",
            "shop.sql",
            "--engine",
            "sqlite",
            "--diff",
            "a.json",
            "--fail-on",
            "new",
        ])
        .ends(0);
    report(&place, &["--out", "report.xyz"])
        .ends(2)
        .says(&["as what", "--format", "html"]);
}

#[test]
fn several_formats_go_to_a_folder() {
    let place = place();
    let ran = report(&place, &["--format", "html,markdown,json,csv", "--out", "wall"]).ends(0);
    assert_eq!(ran.out.lines().count(), 6, "{ran:?}");
    let cells = read(&place, "wall/tables.csv");
    let lines: Vec<_> = cells.split("\r\n").collect();
    assert!(lines[0].starts_with("table,class,order,"), "{cells}");
    assert!(
        lines[2].starts_with("'=cmd|'/c calc'!A1,client,1,false,"),
        "no formula: {cells}"
    );
    assert!(read(&place, "wall/relations.csv").contains("\r\nposts,client_id,clients,id,false,firm,"));
    assert!(read(&place, "wall/hazards.csv").contains(",horse-riddle,"));
    // Nothing of it is replaced unless that is asked for, and then all of it.
    report(&place, &["--format", "json,html", "--out", "wall"])
        .ends(2)
        .says(&["is there already", "--force"]);
    report(
        &place,
        &["--format", "json", "--format", "html", "--out", "wall", "--force"],
    )
    .ends(0);
    for (args, says) in [
        (&["--format", "html,json"][..], "name a folder with `--out`"),
        (&["--format", "csv"], "name a folder"),
        (&["--format", "html,json", "--out", "-"], "standard output"),
        (&["--format", "html,json", "--out", "shop.sql"], "is no folder"),
        (&["--format", "sarif"], "not written as sarif"),
        (&["--format", "html", "--out", "shop.sql"], "is there already"),
        (&["--only", "no-rule", "--out", "b.html"], "no rule `no-rule`"),
    ] {
        report(&place, args).ends(2).says(&[says]);
    }
    let undated = [
        "report", "--schema", "shop.sql", "--engine", "sqlite", "--date", "tomorrow",
    ];
    place.run(&undated).ends(2).says(&["2026-11-23"]);
    let ran = report(&place, &["--out", "no/such/a.html"]).ends(3);
    assert!(!ran.err.contains(".exodus-report-"), "{ran:?}");
    ran.says(&["no/such/a.html", "folder"]);
    // Others take one format, and say who takes the rest.
    place
        .run(&["moves", "--format", "html"])
        .ends(2)
        .says(&["exodus report"]);
    place
        .run(&["moves", "--format", "json,text"])
        .ends(2)
        .says(&["exodus report"]);
}

/// What `--table` leaves out is nowhere in the report but in relations of what it shows, and nothing leads there.
#[test]
fn the_filter_goes_through_the_whole_report() {
    let place = place();
    let page = report(&place, &["--table", "posts", "--format", "html", "--out", "-"])
        .ends(0)
        .out;
    let ids: Vec<_> = page
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(ids.iter().filter(|id| id.starts_with("table-")).count(), 1, "{ids:?}");
    for link in page
        .split(" href=\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        assert!(ids.contains(&link), "#{link} leads nowhere");
    }
    assert!(
        page.contains("\"name\":\"posts\"") && !page.contains("\"name\":\"clients\""),
        "what the search finds"
    );
    assert!(!page.contains("settings"), "a neutral table is left out");
    assert!(page.contains("<dt>Tables shown</dt><dd>1 of 4</dd>"), "it says so");
    let neutral = report(&place, &["--table", "settings", "--format", "html", "--out", "-"]).out;
    assert!(neutral.contains("part-others") && !neutral.contains("part-order"));
    let text = report(&place, &["--table", "posts", "--format", "markdown"])
        .ends(0)
        .out;
    let (_, order) = text.split_once("## The order of a move").expect("the order");
    assert!(
        order.contains("| 3 | 1 | posts |") && !order.contains("| clients |"),
        "{order}"
    );
}

/// The program's font is not all of the world's: that is said once, and not for each character.
#[test]
fn signs_that_the_font_lacks_are_told_once() {
    let place = place();
    fs::write(
        place.path().join("shop.sql"),
        SCHEMA
            .replace("settings", "\"客户设置\"")
            .replace("posts", "\"📮日本語\""),
    )
    .expect("a schema");
    for name in ["a.png", "a.pdf"] {
        let ran = report(&place, &["--out", name]).ends(0);
        assert_eq!(ran.err.matches("no sign for some characters").count(), 1, "{ran:?}");
        assert!(ran.err.lines().count() <= 4 && !ran.err.contains("U+"), "{ran:?}");
    }
    for name in ["a.svg", "a.html"] {
        let ran = report(&place, &["--out", name]).ends(0);
        assert!(!ran.err.contains("warning"), "{ran:?}");
    }
    fs::write(place.path().join("shop.sql"), SCHEMA).expect("a schema");
    let ran = report(&place, &["--out", "b.png"]).ends(0);
    assert!(!ran.err.contains("warning"), "{ran:?}");
}

/// A flag that would do nothing is refused, and so is a name that says another thing than the format.
#[test]
fn what_would_come_out_otherwise_than_asked_for_is_refused() {
    let place = place();
    for (args, says) in [
        (
            &["--poster", "--format", "svg", "--out", "a"][..],
            "`--poster` does nothing to svg",
        ),
        (&["--sheets", "2", "--out", "a.html"], "`--sheets` does nothing to html"),
        (&["--split", "cluster"], "`--split` does nothing to html"),
        (
            &["--landscape", "--format", "html,json", "--out", "a"],
            "`--landscape` does nothing to html and json",
        ),
        (
            &["--weights", "rows", "--format", "d2"],
            "`--weights` does nothing to d2",
        ),
        (
            &["--detail", "all", "--format", "dot"],
            "--format` html, pdf, svg or png",
        ),
        (
            &["--format", "csv", "--out", "one.csv"],
            "csv is several files, and one.csv is the name of one",
        ),
        (
            &["--format", "html,json", "--out", "a.html"],
            "several files, and a.html is the name of one",
        ),
        (
            &["--format", "markdown", "--out", "a.json"],
            "the file's name says json, and `--format` says markdown",
        ),
    ] {
        report(&place, args).ends(2).says(&[says]);
    }
    let left: Vec<_> = fs::read_dir(place.path()).expect("a folder").flatten().collect();
    assert_eq!(left.len(), 2, "nothing was written: {left:?}");
    report(&place, &["--format", "csv", "--out", "one.csv/"]).ends(0);
    assert!(place.path().join("one.csv/tables.csv").is_file());
    report(
        &place,
        &[
            "--format",
            "html,json,pdf",
            "--poster",
            "--paper",
            "A4",
            "--out",
            "wall",
        ],
    )
    .ends(0);
    report(&place, &["--format", "svg", "--out", "map"]).ends(0);
    let ran = report(&place, &["--weights", "rows", "--out", "b.svg"]).ends(0);
    assert_eq!(ran.err.matches("`--weights` has nothing to show").count(), 1, "{ran:?}");
}

#[test]
fn text_goes_to_the_standard_output() {
    let place = place();
    let ran = report(&place, &["--format", "json"]).ends(0);
    assert_eq!(ran.json()["root"], "clients");
    let ran = report(&place, &["--format", "html", "--out", "-"]).ends(0);
    assert!(
        ran.out.starts_with("<!DOCTYPE html>") && ran.err.is_empty(),
        "{}",
        ran.err
    );
    let failed = report(&place, &["--format", "json", "--root", "nobody"]).ends(2);
    assert_eq!(failed.json()["error"]["kind"], "usage");
    let ran = report(&place, &["--format", "json", "--out", "a.json"]).ends(0);
    assert_eq!(ran.json()["report"]["files"][0]["file"], "a.json");
}

#[test]
fn the_same_schema_gives_the_same_bytes() {
    let place = place();
    let once = report(&place, &["--out", "-", "--format", "html"]).out;
    assert_eq!(report(&place, &["--out", "-", "--format", "html"]).out, once);
    let of_epoch = |epoch: &str| {
        let mut command = place.command(&[
            "report", "--schema", "shop.sql", "--engine", "sqlite", "--format", "html", "--out", "-",
        ]);
        Ran::of(
            command
                .env("SOURCE_DATE_EPOCH", epoch)
                .output()
                .expect("the binary runs"),
        )
    };
    assert_eq!(of_epoch("1795395600").ends(0).out, once);
    of_epoch("soon").ends(2).says(&["SOURCE_DATE_EPOCH", "--date"]);
    // Rows and the server's version are no part of the schema.
    let schema = place.run(&["schema", "--from", "sqlite:empty.sqlite"]);
    assert_eq!(schema.code, Some(3), "{schema:?}");
    let print = |sql: &str| {
        fs::write(place.path().join("other.sql"), sql).expect("a schema");
        let ran = place
            .run(&[
                "report",
                "--schema",
                "other.sql",
                "--engine",
                "sqlite",
                "--format",
                "json",
            ])
            .ends(0);
        ran.json()["about"]["fingerprint"].as_str().expect("a text").to_owned()
    };
    assert_eq!(print(SCHEMA), print(&SCHEMA.replace(";\n", ";\n\n-- more\n")));
    assert_ne!(print(SCHEMA), print(&SCHEMA.replace("value TEXT", "value BLOB")));
}

/// It tells where a schema is weak: nobody else reads it, and it goes nowhere that a link leads to.
#[cfg(unix)]
#[test]
fn only_its_owner_reads_it() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let place = place();
    report(&place, &["--out", "a.html"]).ends(0);
    let mode = |name: &str| {
        fs::metadata(place.path().join(name))
            .expect("a file")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("a.html"), 0o600);
    fs::write(place.path().join("precious"), "mine").expect("a file");
    symlink("precious", place.path().join("b.html")).expect("a link");
    report(&place, &["--out", "b.html"]).ends(2);
    report(&place, &["--out", "b.html", "--force"]).ends(0);
    assert_eq!(read(&place, "precious"), "mine");
    let left: Vec<_> = fs::read_dir(place.path()).expect("a folder").flatten().collect();
    assert!(
        left.iter()
            .all(|one| !one.file_name().to_string_lossy().starts_with(".exodus")),
        "{left:?}"
    );
}

#[test]
fn without_a_root_there_is_no_report() {
    let place = Place::new("");
    fs::write(place.path().join("shop.sql"), SCHEMA).expect("a schema");
    report(&place, &["--out", "a.html"])
        .ends(2)
        .says(&["no root table", "--root"]);
    assert!(!place.path().join("a.html").exists());
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn its_help_fits() {
    let place = Place::new("");
    for args in [["report", "--help"], ["classify", "--help"]] {
        let ran = place.run(&args).ends(0);
        assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
        assert!(ran.out.contains("--diff <OLD.json>"), "{}", ran.out);
    }
    let help = place.run(&["report", "--help"]).out;
    assert!(words(&help).contains("not counting the index"), "{help}");
    // It lists what it writes, and nothing that only others write.
    let (_, formats) = help.split_once("--format <FORMAT>").expect("its flag");
    let (formats, _) = formats
        .split_once("\n\n  ")
        .expect("the text")
        .1
        .split_once("\n\n  ")
        .expect("more flags");
    for own in [
        "html:",
        "pdf:",
        "svg:",
        "png:",
        "dot:",
        "mermaid:",
        "d2:",
        "markdown:",
        "json:",
        "csv:",
    ] {
        assert!(formats.contains(own), "{own} {formats}");
    }
    assert_eq!(help.matches("--format <FORMAT>").count(), 1, "{help}");
    assert!(!help.contains("sarif") && !help.contains("gitlab"), "{help}");
}
