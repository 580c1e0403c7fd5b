//! docs/hazards is made from the rules; this keeps it current.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use exodus_classify::rules::{self, Rule};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/hazards")
}

/// A rule's page, its headings one level down below the rule's name.
fn page(rule: &Rule) -> String {
    let mut fenced = false;
    let mut text = format!("# {}\n\n*{}*: {}.\n\n", rule.id, rule.severity, rule.summary);
    for line in rule.page().lines() {
        fenced ^= line.starts_with("```");
        let mark = if !fenced && line.starts_with("# ") { "#" } else { "" };
        let _ = writeln!(text, "{mark}{line}");
    }
    text
}

fn index() -> String {
    let mut text = "# Hazards\n\n\
        What `exodus classify` finds on the schema and `exodus audit` on the data, in the order of the manual. The severity is the\n\
        worst that the rule reports. `exodus explain RULE` prints the same pages.\n\n\
        | rule | at worst | what it finds |\n|---|---|---|\n"
        .to_owned();
    for rule in rules::ALL {
        let _ = writeln!(
            text,
            "| [{0}]({0}.md) | {1} | {2} |",
            rule.id, rule.severity, rule.summary
        );
    }
    text
}

fn written() -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder()).into_iter().flatten().flatten();
    let file = |entry: std::fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
        (name, text)
    };
    entries.map(file).collect()
}

/// `UPDATE=1 cargo test -p exodus-classify the_pages` writes them anew.
#[test]
fn the_pages_are_current() {
    let mut current: BTreeMap<_, _> = rules::ALL
        .iter()
        .map(|rule| (format!("{}.md", rule.id), page(rule)))
        .collect();
    current.insert("README.md".to_owned(), index());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(folder()).expect("docs/hazards can be made");
        for name in written().keys().filter(|name| !current.contains_key(*name)) {
            std::fs::remove_file(folder().join(name)).expect("a page of no rule can be removed");
        }
        for (name, text) in &current {
            std::fs::write(folder().join(name), text).expect("a page can be written");
        }
    }
    let written = written();
    let names = |pages: &BTreeMap<String, String>| pages.keys().cloned().collect::<Vec<_>>();
    let hint = "is not current: UPDATE=1 cargo test -p exodus-classify the_pages";
    assert_eq!(names(&written), names(&current), "docs/hazards {hint}");
    for (name, text) in &current {
        assert!(written[name] == *text, "docs/hazards/{name} {hint}");
    }
}
