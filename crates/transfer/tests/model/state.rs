//! Everything that a search tells apart.

use exodus_transfer::Status;

use crate::facts::{Contents, Facts};

/// One moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    /// What is committed on each side.
    pub(crate) rows: [Facts; 2],
    /// The transactions that hold the client's rows under lock: those of purges, and of moves under locks on their source.
    pub(crate) locking: [Option<Open>; 2],
    /// The transactions that hold the client's name: those of moves on their target, and of whoever undoes them.
    pub(crate) claiming: [Option<Open>; 2],
    /// What is committed in the dispatch store.
    pub(crate) store: Store,
    /// A transaction of the store whose commit nobody has an answer to. It holds the move's row.
    pub(crate) store_open: Option<Store>,
    /// The processes of exodus.
    pub(crate) operators: [Operator; 2],
    /// The writer that asks the dispatcher: where its transaction is open.
    pub(crate) writing: Option<Side>,
    /// Where a writer that asks too early will begin its transaction.
    pub(crate) asked: Option<Side>,
    /// The writer that asks nobody has written.
    pub(crate) wrote_late: bool,
    /// What applications were told to be written, as it is now.
    pub(crate) promised: Facts,
}

/// A database. The first move goes from one to two, and where it ended, the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Side {
    One,
    Two,
}

impl Side {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::One => Self::Two,
            Self::Two => Self::One,
        }
    }
}

/// A transaction that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Open {
    /// The operator at its other end; nobody, if its commit is under way and the connection is gone.
    pub(crate) by: Option<u8>,
    pub(crate) adds: Facts,
    pub(crate) removes: Facts,
    /// Of one that holds the client's name: it holds the rows under lock, too.
    pub(crate) locks: bool,
}

impl Open {
    /// A transaction of this operator that has changed nothing yet.
    pub(crate) fn of(who: usize) -> Self {
        Self {
            by: u8::try_from(who).ok(),
            adds: Facts::NONE,
            removes: Facts::NONE,
            locks: false,
        }
    }

    /// What its own process sees where that is committed.
    pub(crate) fn seen(self, rows: Facts) -> Facts {
        rows.without(self.removes) | self.adds
    }

    fn is_of(self, who: usize) -> bool {
        self.by.is_some_and(|by| usize::from(by) == who)
    }
}

/// The dispatch row, and the client's last move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Store {
    pub(crate) shard: Side,
    pub(crate) frozen: bool,
    pub(crate) epoch: u8,
    /// The number of the last move; 0 if there was none.
    pub(crate) number: u8,
    /// Where it goes from.
    pub(crate) from: Side,
    pub(crate) status: Status,
    /// What the journal says to have been equal on both sides.
    pub(crate) verified: Facts,
    /// What the source may have as well: what moves back that were given up have verified, and what is accounted for. Of a
    /// move back, what it has verified itself, as often as it was made.
    pub(crate) others: Contents,
    /// Of a move back: the one whose client it brings back, to where that came from.
    pub(crate) back_of: Option<Base>,
}

impl Store {
    /// The source's rows may be these: nobody has written to them since.
    pub(crate) fn knows(&self, rows: Facts) -> bool {
        rows == self.verified || self.others.has(rows)
    }
}

/// A move that waits for the end of the move back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Base {
    pub(crate) status: Status,
    pub(crate) verified: Facts,
    pub(crate) others: Contents,
}

impl Base {
    /// As [`Store::knows`].
    pub(crate) fn knows(self, rows: Facts) -> bool {
        rows == self.verified || self.others.has(rows)
    }
}

/// A process of exodus: what it knows, and what it does next.
///
/// Two numbers grow without end: the journal's sequence and the fencing number of a lease. What matters is only whether
/// those that a process knows are still the latest ones, so this is what is kept of them. A lease may run out at any
/// moment; so anybody may take it at any moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Operator {
    pub(crate) at: Step,
    pub(crate) why: Purpose,
    /// Its move is the client's last one.
    pub(crate) mine: bool,
    /// Where its move goes from.
    pub(crate) from: Side,
    /// To where the client's rows still are.
    pub(crate) back: bool,
    /// The status it saw last.
    pub(crate) seen: Status,
    /// Nobody has written the journal since.
    pub(crate) fresh: bool,
    /// The lease is its own.
    pub(crate) holds: bool,
    /// It may have committed rows on the target.
    pub(crate) committed: bool,
    /// What it has found to be equal on both sides.
    pub(crate) equal: Facts,
}

/// What a process was started for, or why rows are removed from the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Purpose {
    /// The move was begun here; when it fails, it undoes what it did.
    Undo,
    /// It is given up by whoever looks at it later.
    Abort,
    /// It is taken up again.
    Resume,
    /// Rows are removed from the source.
    Purge,
    /// The same, after a purge that has not ended, as far as anybody knows.
    PurgeAgain,
    /// Late rows are written to the target.
    TakeSource,
    /// Late rows are given up.
    TakeTarget,
}

/// What a process does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Step {
    /// Nothing: it has ended, or was not started.
    Idle,
    Freeze,
    /// Until all transactions have ended that were open at the freeze.
    Wait,
    Drain,
    /// The target's transaction, under the client's name.
    Begin,
    /// Of a move back: the rows that are there still.
    LockHome,
    MakeWay,
    Copy,
    Write,
    /// What the streams commit in a second stage.
    WriteRest,
    Prove,
    Compare,
    Verify,
    Commit,
    /// Under locks: it is written down that the source's rows are about to be removed.
    Leave,
    LeaveCommit,
    /// Whether they have been.
    LookAtSource,
    Switch,
    /// Looks up how it ended.
    Settle,
    /// Whether nothing but the switch was left to do.
    Look,
    GiveUp,
    /// Begins to remove what is on the target, under the client's name.
    Clean,
    CleanCommit,
    Abort,
    Restart,
    Purge,
    Lock,
    /// By mistake, for rows that go.
    LockMeeting,
    Weigh,
    Remove,
    Finish,
    Keep,
    /// What is late.
    Decide,
    Apply,
    Account,
}

impl Operator {
    pub(crate) const IDLE: Self = Self {
        at: Step::Idle,
        why: Purpose::Undo,
        mine: false,
        from: Side::One,
        back: false,
        seen: Status::Planned,
        fresh: false,
        holds: false,
        committed: false,
        equal: Facts::NONE,
    };
}

impl State {
    /// A client that was never moved.
    pub(crate) const FIRST: Self = Self {
        rows: [Facts::ROOT, Facts::NONE],
        locking: [None; 2],
        claiming: [None; 2],
        store: Store {
            shard: Side::One,
            frozen: false,
            epoch: 0,
            number: 0,
            from: Side::One,
            status: Status::Aborted,
            verified: Facts::NONE,
            others: Contents::NONE,
            back_of: None,
        },
        store_open: None,
        operators: [Operator::IDLE; 2],
        writing: None,
        asked: None,
        wrote_late: false,
        promised: Facts::ROOT,
    };

    /// What is committed there.
    pub(crate) fn on(&self, side: Side) -> Facts {
        self.rows[side as usize]
    }

    /// What is committed where the last move goes from.
    pub(crate) fn source(&self) -> Facts {
        self.on(self.store.from)
    }

    /// What is committed where the last move goes to.
    pub(crate) fn target(&self) -> Facts {
        self.on(self.store.from.other())
    }

    /// The client's rows are under lock there.
    pub(crate) fn is_locked(&self, side: Side) -> bool {
        let claiming = self.claiming[side as usize];
        self.locking[side as usize].is_some() || claiming.is_some_and(|open| open.locks)
    }

    pub(crate) fn operator(&mut self, who: usize) -> &mut Operator {
        &mut self.operators[who]
    }

    pub(crate) fn go(&mut self, who: usize, to: Step) {
        self.operators[who].at = to;
    }

    /// The process has ended, in whatever way: what it had open is rolled back, what it knew is gone.
    pub(crate) fn end(&mut self, who: usize) {
        self.roll_back(who);
        self.operators[who] = Operator::IDLE;
    }

    pub(crate) fn roll_back(&mut self, who: usize) {
        for open in self.locking.iter_mut().chain(&mut self.claiming) {
            if open.is_some_and(|open| open.is_of(who)) {
                *open = None;
            }
        }
    }

    /// The transaction under the client's name commits.
    pub(crate) fn commit_claiming(&mut self, side: Side) {
        let open = self.claiming[side as usize].take();
        self.commit(side, open);
    }

    /// The transaction that holds the rows under lock commits.
    pub(crate) fn commit_locking(&mut self, side: Side) {
        let open = self.locking[side as usize].take();
        self.commit(side, open);
    }

    fn commit(&mut self, side: Side, open: Option<Open>) {
        if let Some(open) = open {
            let rows = &mut self.rows[side as usize];
            *rows = open.seen(*rows);
        }
    }

    /// A process takes the lease, from whoever has it, and with it reads how the move stands.
    pub(crate) fn take(&mut self, who: usize, why: Purpose, at: Step) {
        for operator in &mut self.operators {
            operator.holds = false;
        }
        let Store {
            status: seen,
            from,
            back_of,
            ..
        } = self.store;
        *self.operator(who) = Operator {
            at,
            why,
            mine: true,
            from,
            back: back_of.is_some(),
            seen,
            fresh: true,
            holds: true,
            ..Operator::IDLE
        };
    }

    /// The same with the operators in order: who of two has which name makes no difference. Tells whether they were
    /// exchanged.
    pub(crate) fn sorted(mut self) -> (Self, bool) {
        let [first, second] = self.operators;
        if first <= second {
            return (self, false);
        }
        self.operators = [second, first];
        for open in self.locking.iter_mut().chain(&mut self.claiming).flatten() {
            open.by = open.by.map(|by| 1 - by);
        }
        (self, true)
    }
}
