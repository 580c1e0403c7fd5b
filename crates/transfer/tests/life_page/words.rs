//! What is true in each status.

use exodus_transfer::Status;

/// A row of the page's table.
pub(crate) struct Row {
    pub(crate) source: &'static str,
    pub(crate) target: &'static str,
    pub(crate) dispatch: &'static str,
    pub(crate) crash: &'static str,
    pub(crate) commands: &'static [&'static str],
}

const ALL_ROWS: &str = "all rows";
const NOTHING: &str = "nothing of the client";
const FROZEN: &str = "source, frozen";
const BEFORE_THE_SWITCH: &[&str] = &["exodus resume", "exodus abort"];

/// What is true there.
pub(crate) fn of(status: Status) -> Row {
    match status {
        Status::Planned => Row {
            source: "all rows, in use",
            target: NOTHING,
            dispatch: "source, moving: it may be written to",
            crash: "a move that has done nothing",
            commands: BEFORE_THE_SWITCH,
        },
        Status::Frozen => Row {
            source: "all rows; transactions that were open at the freeze may still commit",
            target: NOTHING,
            dispatch: FROZEN,
            crash: "a client that can't be written to",
            commands: BEFORE_THE_SWITCH,
        },
        Status::Drained => Row {
            source: "all rows; nobody who asks the dispatch store writes",
            target: "nothing, but for tables that the move has made",
            dispatch: FROZEN,
            crash: "a client that can't be written to",
            commands: BEFORE_THE_SWITCH,
        },
        Status::Copying => Row {
            source: ALL_ROWS,
            target: "rows in an open transaction; with several streams, committed ones too",
            dispatch: FROZEN,
            crash: "what streams have committed; the server rolls back the rest",
            commands: BEFORE_THE_SWITCH,
        },
        Status::Copied => Row {
            source: ALL_ROWS,
            target: "all rows, and every relation holds; committed with several streams only",
            dispatch: FROZEN,
            crash: "as in copying",
            commands: BEFORE_THE_SWITCH,
        },
        Status::Verified => Row {
            source: ALL_ROWS,
            target: "the same rows, committed or about to be",
            dispatch: FROZEN,
            crash: "all rows on both sides, or on the source only",
            commands: BEFORE_THE_SWITCH,
        },
        Status::Leaving => Row {
            source: "with `--fence lock`: all rows or none; their removal is one transaction",
            target: "the same rows, committed",
            dispatch: FROZEN,
            crash: "all rows on both sides, or on the target only; whoever goes on finds out which",
            commands: &["exodus resume"],
        },
        Status::Switched => Row {
            source: "the rows as they were, and rows of writers that did not ask",
            target: "all rows, in use",
            dispatch: "target, active; the epoch has grown by 1",
            crash: "nothing to repair",
            commands: &["exodus purge", "exodus rollback", "exodus reconcile"],
        },
        Status::Purging => Row {
            source: "all rows or none: their removal is one transaction",
            target: "all rows, in use",
            dispatch: "target, active",
            crash: "all rows or none; the next purge finds out which",
            commands: &["exodus purge", "exodus resume"],
        },
        Status::Done => Row {
            source: "nothing, but for rows that others reference",
            target: "all rows, in use",
            dispatch: "target, active",
            crash: "nothing to repair",
            commands: &[],
        },
        Status::Aborting => Row {
            source: ALL_ROWS,
            target: "what the move had committed, less and less",
            dispatch: "source, frozen if it was",
            crash: "some of these rows, or none",
            commands: &["exodus abort", "exodus resume"],
        },
        Status::Aborted => Row {
            source: "all rows, in use",
            target: NOTHING,
            dispatch: "source, active",
            crash: "nothing to repair",
            commands: &[],
        },
        Status::Returning => Row {
            source: "what the move back makes of the rows",
            target: "all rows, in use until that move freezes the client",
            dispatch: "target, as the move back says",
            crash: "a move back that stands somewhere in this table",
            commands: &["exodus resume of the move back", "exodus abort of the move back"],
        },
        Status::Returned => Row {
            source: "all rows, in use",
            target: "what the move back has left, until that is purged",
            dispatch: "source, active; the epoch has grown by 1 again",
            crash: "nothing to repair",
            commands: &[],
        },
    }
}
