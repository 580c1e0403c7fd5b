//! docs/moves.md and its picture are made from the journal's state machine; this keeps them current.

mod picture;
mod words;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use exodus_transfer::Status;

fn page() -> String {
    let mut text = include_str!("head.md").to_owned();
    text.push_str("| status | source | target | dispatch | what a crash leaves | what goes on from there |\n");
    text.push_str("|---|---|---|---|---|---|\n");
    for status in Status::all() {
        let row = words::of(status);
        let commands: Vec<String> = row.commands.iter().map(|command| format!("`{command}`")).collect();
        let commands = match &commands[..] {
            [] => "nothing has to".to_owned(),
            some => some.join(", "),
        };
        let _ = writeln!(
            text,
            "| **{status}** | {} | {} | {} | {} | {commands} |",
            row.source, row.target, row.dispatch, row.crash
        );
    }
    text.push_str(include_str!("foot.md"));
    text
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

/// `UPDATE=1 cargo test -p exodus-transfer --test life_page` writes them anew.
#[test]
fn the_page_is_current() {
    for (name, current) in [("moves.md", page()), ("moves.svg", picture::draw())] {
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(file(name), &current).expect("docs can be written");
        }
        let written = std::fs::read_to_string(file(name)).unwrap_or_default();
        assert!(
            written == current,
            "docs/{name} is not current: UPDATE=1 cargo test -p exodus-transfer --test life_page"
        );
    }
}

/// What the page offers is what the state machine allows.
#[test]
fn commands_are_offered_where_they_can_be_given() {
    use exodus_transfer::Event;
    for status in Status::all() {
        let offered = |command: &str| words::of(status).commands.contains(&command);
        assert_eq!(offered("exodus abort"), status.may_be_aborted(), "{status}");
        let purged = status.after(Event::Purge).is_some() || status.after(Event::Finish).is_some();
        assert_eq!(offered("exodus purge"), purged, "{status}");
        assert_eq!(
            offered("exodus rollback"),
            status.after(Event::Return).is_some(),
            "{status}"
        );
        assert_eq!(
            offered("exodus reconcile"),
            status.after(Event::Reconcile).is_some(),
            "{status}"
        );
        let restarted = status.after(Event::Restart).is_some();
        assert!(!restarted || offered("exodus resume"), "{status}");
        assert!(!status.is_final() || words::of(status).commands.is_empty(), "{status}");
    }
}
