//! Real schemas that nobody here wrote, loaded into their engines, read and classified by the real binary, and held
//! against what is known about them from elsewhere. docs/corpus.md tells of each difference.
//!
//! The schemas are in a folder beside the workspace (`../shared/corpus`, or where EXODUS_CORPUS says); where there is none,
//! or a server is missing, a line that begins with `SKIPPED:` says so.

#[path = "corpus/checks.rs"]
mod checks;
#[path = "corpus/differences.rs"]
mod differences;
#[path = "corpus/hidden.rs"]
mod hidden;
#[path = "corpus/known.rs"]
mod known;
#[path = "introspection/live.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod live;
#[path = "corpus/read.rs"]
mod read;

use checks::Findings;
use read::FOLDERS;

#[test]
fn real_schemas_agree_with_what_is_known() {
    let mut lines = vec![];
    let mut found = Findings::default();
    let mut hidden = hidden::Figures::default();
    for (folder, server) in FOLDERS {
        let Some(corpus) = read::read(folder, server) else {
            continue;
        };
        lines.push(checks::check(&corpus, &mut found));
        hidden.add(&corpus);
    }
    if lines.is_empty() {
        return;
    }
    println!("{}", checks::HEADING);
    for line in &lines {
        println!("{line}");
    }
    println!("\n{hidden}");
    let read: Vec<_> = lines.iter().filter_map(|line| line.split_whitespace().next()).collect();
    found.compare(&read);
    hidden.assert();
}
