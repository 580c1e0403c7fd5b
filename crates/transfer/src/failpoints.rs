//! The places of a move at which a test can hold the program, among those of [`exodus_engine::failpoints`].

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
    /// All of the source's rows are locked, and the journal says so; nothing was read.
    FenceLocked,
    /// All rows are on the target, in a transaction, their relations not proved.
    MoveCopied,
    /// Both sides are equal, and the source's rows removed in a transaction that is open as the target's is.
    LeaveRemoved,
    /// The journal says verified; the target's transaction is open.
    MoveVerified,
    /// The target's transaction is committed; the dispatch row names the source.
    MoveCommitted,
    /// The journal says leaving; the transaction is open in which the source's rows are removed.
    LeaveBegun,
    /// The source's rows are gone; the dispatch row names the source.
    LeaveCommitted,
    /// The dispatch row names the target, in a transaction that is open.
    SwitchOpen,
    /// The dispatch row names the target; nobody was told.
    MoveSwitched,
    /// A purge, or whoever applies late rows, is about to take the move.
    MoveWanted,
    /// The journal says purging; nothing was removed.
    PurgeBegun,
    /// The source's rows are removed, in a transaction that is open.
    PurgeRemoved,
    /// The source's rows are gone; the journal says purging.
    PurgeCommitted,
    /// Late rows are written to the target, in a transaction that is open.
    ReconcileApplied,
    /// They are committed; the journal does not know of it.
    ReconcileCommitted,
    /// The journal says aborting; nothing was removed from the target.
    AbortBegun,
    /// The target is cleaned; the client is still frozen.
    AbortCleaned,
    /// The target is cleaned of a move that begins anew; the journal says what it said.
    RestartCleaned,
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
            Self::FenceLocked => "fence-locked",
            Self::LeaveRemoved => "leave-removed",
            Self::LeaveBegun => "leave-begun",
            Self::LeaveCommitted => "leave-committed",
            Self::MoveCopied => "move-copied",
            Self::MoveVerified => "move-verified",
            Self::MoveCommitted => "move-committed",
            Self::SwitchOpen => "switch-open",
            Self::MoveSwitched => "move-switched",
            Self::MoveWanted => "move-wanted",
            Self::PurgeBegun => "purge-begun",
            Self::PurgeRemoved => "purge-removed",
            Self::PurgeCommitted => "purge-committed",
            Self::ReconcileApplied => "reconcile-applied",
            Self::ReconcileCommitted => "reconcile-committed",
            Self::AbortBegun => "abort-begun",
            Self::AbortCleaned => "abort-cleaned",
            Self::RestartCleaned => "restart-cleaned",
        }
    }

    /// The program has come here.
    pub async fn reach(self) {
        exodus_engine::failpoints::reach(self.name()).await;
    }
}
