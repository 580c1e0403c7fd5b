//! How a move is made: as the product makes it, or with one mistake.

use exodus_transfer::{Event, Status};

/// What the operators of a search keep to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// The transitions of the journal.
    pub(crate) after: fn(Status, Event) -> Option<Status>,
    /// How rows are written.
    pub(crate) way: Way,
    /// Moves of the client that may be begun, one after the other, those back among them.
    pub(crate) moves: u8,
    /// The mistake.
    pub(crate) bug: Option<Bug>,
}

/// The ways in which moves are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// In one transaction, with every step written down.
    OneTransaction,
    /// By several streams, which commit before the proof.
    Streams,
    /// Under locks on the source's rows, which are removed before the switch.
    Fenced,
    /// As one of many clients: the steps of the copy are written down together, once it is verified.
    Brief,
}

/// Mistakes that a search has to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    /// The dispatch row is switched before both sides were compared.
    SwitchBeforeVerify,
    /// The source rows are removed before the dispatch row is switched.
    PurgeBeforeSwitch,
    /// Writers are waited for first, and stopped then.
    FreezeAfterDrain,
    /// Transactions that were open at the freeze are not waited for.
    DrainSkipped,
    /// Whoever has lost its lease may go on writing the journal.
    NoFencing,
    /// A transition is written whatever the journal has become in the meantime.
    NoCompareAndSet,
    /// An abort leaves on the target what the move has written there.
    AbortLeavesRows,
    /// An abort does not wait for a move that may be about to commit.
    AbortDoesNotWait,
    /// Whoever removes rows from the target does not look whether the move is still its own, once nobody else writes there.
    CleanUnasked,
    /// A purge removes what it finds.
    PurgeWithoutComparing,
    /// A purge does not look whether the move is still its own, once it holds the rows under lock.
    PurgeUnasked,
    /// A purge that has locked no row goes on.
    NothingLocked,
    /// A purge does not wait for the name of the client: its lock waits for rows that go, and does not meet those that come
    /// in their place.
    NameUnasked,
    /// A purge that does not know whether it has committed says that the rows are all there.
    KeepUnknown,
    /// A purge that could not lock the rows says that they are all there, although an earlier one has not ended.
    KeepUnlocked,
    /// Under locks, the dispatch row is switched before the removal of the source's rows is committed.
    SwitchBeforeLeaving,
    /// Under locks, nothing is written down before that is committed.
    LeaveUnwritten,
    /// An abort removes the target's rows whatever has become of the source's.
    AbortWhileLeaving,
    /// Whoever finds a move that was about to remove the source's rows takes it that it has not.
    SourceNotAsked,
    /// Under locks, the source's rows are removed for good before the target's are committed.
    SourceFirst,
    /// What is read is not locked.
    NothingHeld,
    /// A move back switches without the rows that have changed since.
    BackWithoutCopying,
    /// A move back replaces what it finds.
    BackWithoutComparing,
    /// A move back that is made anew does not know what it may have committed before.
    BackForgetful,
    /// A move back that ends, or begins anew, removes rows from where it goes, as other moves do.
    BackCleaned,
    /// A move back may begin while a purge removes the rows that it needs.
    BackWhilePurging,
    /// Late rows are accounted for before they are committed.
    AccountedFirst,
    /// An application asks the dispatcher before it begins its transaction.
    AskedBeforeBegin,
}

impl Rules {
    /// As the product does it.
    pub(crate) fn of(way: Way) -> Self {
        Self {
            after: Status::after,
            way,
            moves: 2,
            bug: None,
        }
    }

    /// The same with a mistake.
    pub(crate) fn with(bug: Bug) -> Self {
        let (way, after): (_, fn(Status, Event) -> Option<Status>) = match bug {
            Bug::AbortWhileLeaving => (Way::Fenced, careless),
            Bug::BackWhilePurging => (Way::OneTransaction, hasty),
            Bug::SwitchBeforeLeaving
            | Bug::LeaveUnwritten
            | Bug::SourceNotAsked
            | Bug::SourceFirst
            | Bug::NothingHeld => (Way::Fenced, Status::after),
            _ => (Way::OneTransaction, Status::after),
        };
        Self {
            after,
            bug: Some(bug),
            ..Self::of(way)
        }
    }

    /// Clients are brought back, and somebody decides about late rows. A move back is made in one transaction, whatever the
    /// way was that it undoes.
    pub(crate) fn goes_back(&self) -> bool {
        self.way == Way::OneTransaction
    }

    pub(crate) fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }
}

/// A journal that lets a move be given up although its source's rows may be gone.
fn careless(status: Status, event: Event) -> Option<Status> {
    match (status, event) {
        (Status::Leaving, Event::GiveUp) => Some(Status::Aborting),
        _ => status.after(event),
    }
}

/// A journal that lets the client be brought back although a purge has begun.
fn hasty(status: Status, event: Event) -> Option<Status> {
    match (status, event) {
        (Status::Purging, Event::Return) => Some(Status::Returning),
        _ => status.after(event),
    }
}
