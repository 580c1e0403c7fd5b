//! Places at which a test can hold the program: to kill it exactly there, to look at it, or to do something beside it.
//!
//! A debug build that finds a point's name in the variable `EXODUS_FAILPOINT` says `failpoint NAME` on the standard error
//! when it comes there, and goes on when its standard input has a line or ends. Release builds pass all points.

/// A place between two steps, where what was done and what was written down about it differ most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failpoint {
    /// The move is written down; the client is not frozen.
    MovePlanned,
    /// The client is frozen; nothing was read.
    MoveFrozen,
    /// The tables that were missing are made, as far as anybody can see that before the commit.
    TablesMade,
    /// Several streams: the tables above a divided one are committed.
    StageCommitted,
    /// One of several streams has committed its part of a table, the others have not.
    StreamCommitted,
    /// All rows are on the target, in a transaction, their relations not proved.
    MoveCopied,
    /// The journal says verified; the target's transaction is open.
    MoveVerified,
    /// The target's transaction is committed; the dispatch row names the source.
    MoveCommitted,
    /// The dispatch row names the target, in a transaction that is open.
    SwitchOpen,
    /// The dispatch row names the target; nobody was told.
    MoveSwitched,
    /// The journal says purging; nothing was removed.
    PurgeBegun,
    /// The source's rows are removed, in a transaction that is open.
    PurgeRemoved,
    /// The source's rows are gone; the journal says purging.
    PurgeCommitted,
    /// The journal says aborting; nothing was removed from the target.
    AbortBegun,
    /// The target is cleaned; the client is still frozen.
    AbortCleaned,
}

impl Failpoint {
    /// What it is called in the variable.
    pub fn name(self) -> &'static str {
        match self {
            Self::MovePlanned => "move-planned",
            Self::MoveFrozen => "move-frozen",
            Self::TablesMade => "tables-made",
            Self::StageCommitted => "stage-committed",
            Self::StreamCommitted => "stream-committed",
            Self::MoveCopied => "move-copied",
            Self::MoveVerified => "move-verified",
            Self::MoveCommitted => "move-committed",
            Self::SwitchOpen => "switch-open",
            Self::MoveSwitched => "move-switched",
            Self::PurgeBegun => "purge-begun",
            Self::PurgeRemoved => "purge-removed",
            Self::PurgeCommitted => "purge-committed",
            Self::AbortBegun => "abort-begun",
            Self::AbortCleaned => "abort-cleaned",
        }
    }

    /// The program has come here.
    pub async fn reach(self) {
        if cfg!(debug_assertions) && std::env::var_os("EXODUS_FAILPOINT").is_some_and(|name| name == self.name()) {
            eprintln!("failpoint {}", self.name());
            // Beside the runtime: connections go on working.
            let waiting = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
            drop(waiting.await);
        }
    }
}
