//! The graph's formats: what they are is pinned for small schemas, and their own programs read them.

mod common;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::{Case, cases, hostile};
use exodus_report::graph::{d2, dot, mermaid};
use exodus_report::map::{self, MapOptions};
use exodus_report::{Content, svg};

fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, text).expect("written");
    }
    let pinned = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        pinned == text,
        "{} is no longer what is written; look at it, and run this with UPDATE=1",
        path.display()
    );
}

fn map(content: &Content<'_>) -> String {
    let drawn = map::arrange(content, &MapOptions::default()).expect("a map");
    svg::file(&drawn.picture(content), "The map")
}

#[test]
fn small_schemas_are_written_as_they_were() {
    for (case, name) in [(common::sample(), "car-rental"), (hostile(), "hostile")] {
        case.with(|content| {
            golden(&format!("{name}.dot"), &dot::file(content));
            golden(&format!("{name}.mmd"), &mermaid::file(content));
            golden(&format!("{name}.d2"), &d2::file(content));
            golden(&format!("{name}.svg"), &map(content));
        });
    }
}

#[test]
fn graphviz_reads_it() {
    let found = Command::new("dot").arg("-V").output();
    if found.is_err() {
        eprintln!("SKIPPED: Graphviz (dot) is not installed");
        return;
    }
    for case in cases() {
        let text = case.with(dot::file);
        let mut running = Command::new("dot")
            .args(["-Tplain"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        running
            .stdin
            .take()
            .expect("a pipe")
            .write_all(text.as_bytes())
            .expect("written");
        let output = running.wait_with_output().expect("ended");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{case}: {said}");
        assert!(
            !said.contains("syntax error") && !said.contains("Error"),
            "{case}: {said}"
        );
        let plain = String::from_utf8_lossy(&output.stdout);
        let nodes = plain.lines().filter(|line| line.starts_with("node ")).count();
        assert_eq!(nodes, case.schema.tables.len(), "{case}: a node for each table");
    }
}

/// A folder with Mermaid in it, if there is one or npm can make one.
fn mermaid_folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mermaid");
    if folder.join("node_modules/mermaid/package.json").is_file() {
        return Some(folder);
    }
    std::fs::create_dir_all(&folder).ok()?;
    let installed = Command::new("npm")
        .args([
            "install",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "mermaid@11",
            "jsdom@26",
        ])
        .current_dir(&folder)
        .output()
        .ok()?;
    installed.status.success().then_some(folder)
}

const READER: &str = "
import { JSDOM } from 'jsdom';
import { readFileSync } from 'node:fs';
const { window } = new JSDOM('');
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import('mermaid');
mermaid.initialize({ maxTextSize: 1e7, maxEdges: 1e5 });
for (const file of process.argv.slice(2)) {
  await mermaid.parse(readFileSync(file, 'utf8'));
  console.log('read', file);
}
";

#[test]
fn mermaid_reads_it() {
    let Some(folder) = mermaid_folder() else {
        eprintln!("SKIPPED: npm is not installed, or can't install Mermaid");
        return;
    };
    std::fs::write(folder.join("read.mjs"), READER).expect("written");
    let mut files = vec![];
    for (number, case) in cases().into_iter().enumerate() {
        let file = folder.join(format!("{number}.mmd"));
        std::fs::write(&file, case.with(mermaid::file)).expect("written");
        files.push(file);
    }
    let output = Command::new("node")
        .arg("read.mjs")
        .args(&files)
        .current_dir(&folder)
        .output()
        .expect("node");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let read = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| line.starts_with("read "))
        .count();
    assert_eq!(read, files.len());
}

/// What looks like a name is one: nothing of the schema is in a file as anything but text.
#[test]
fn names_command_nothing() {
    let case: Case = hostile();
    case.with(|content| {
        let svg = map(content);
        assert!(
            !svg.contains("<script") && !svg.contains("<o>"),
            "an element of its own"
        );
        let tree = resvg::usvg::Tree::from_str(&svg, &resvg::usvg::Options::default());
        assert!(tree.is_ok(), "{:?}", tree.err());
        // A page draws it; in the others a quoted string is text to its end.
        let page = mermaid::file(content);
        assert!(!page.contains("<script") && !page.contains("%%{"), "{page}");
        for text in [dot::file(content), page, d2::file(content)] {
            assert!(!text.contains('\u{202e}'), "{text}");
        }
    });
}
