//! A move step by step, as `Move::run`, `abort` and the commands make it.

use exodus_transfer::{Event, Status};

use crate::facts::Facts;
use crate::next::Next;
use crate::rules::{Bug, Way};
use crate::state::{Open, Purpose, State, Step};
use crate::store;
use crate::{commands, fenced, returning};

/// The next step of this operator.
pub(crate) fn step(next: &mut Next<'_>, who: usize, at: Step) {
    match at {
        Step::Freeze => freeze(next, who),
        Step::Wait => wait(next, who),
        Step::Drain => recorded(next, who, Event::Drain, Step::Begin),
        Step::Begin => begin(next, who),
        Step::LockHome | Step::MakeWay => returning::step(next, who, at),
        Step::Copy => recorded(next, who, Event::Copy, after_the_plan(next, who)),
        Step::Write | Step::WriteRest => write(next, who, at),
        Step::Prove => recorded(next, who, Event::Prove, after_the_proof(next, who)),
        Step::Compare => compare(next, who),
        Step::Verify => verify(next, who),
        Step::Commit => commit(next, who),
        Step::Leave | Step::LeaveCommit | Step::LookAtSource => fenced::step(next, who, at),
        Step::Switch => switch(next, who),
        Step::Settle => settle(next, who),
        Step::Look => look(next, who),
        Step::GiveUp => give_up_is_written(next, who),
        Step::Clean => clean(next, who),
        Step::CleanCommit => cleaned(next, who),
        Step::Abort => next.record(who, &[Event::Abort], |state| state.end(who), |state| state.end(who)),
        Step::Restart => restart(next, who),
        _ => {}
    }
}

/// A step of the move that is one line of the journal.
fn recorded(next: &mut Next<'_>, who: usize, event: Event, then: Step) {
    next.record(who, &[event], |state| state.go(who, then), |state| give_up(state, who));
}

/// The move has failed: what it has open is rolled back; what it has committed has to be removed.
pub(crate) fn give_up(state: &mut State, who: usize) {
    state.roll_back(who);
    let operator = state.operator(who);
    operator.why = Purpose::Undo;
    operator.equal = Facts::NONE;
    operator.at = if operator.committed { Step::GiveUp } else { Step::Abort };
}

/// Something between two lines of the journal fails: a connection, a statement, or the patience of a person.
pub(crate) fn may_fail(next: &mut Next<'_>, who: usize) {
    next.fault(who, "fails, and undoes what it did", |state| give_up(state, who));
}

fn freeze(next: &mut Next<'_>, who: usize) {
    let then = if next.rules.has(Bug::FreezeAfterDrain) {
        Step::Drain
    } else {
        Step::Wait
    };
    recorded(next, who, Event::Freeze, then);
}

fn wait(next: &mut Next<'_>, who: usize) {
    if next.rules.way == Way::Fenced {
        may_fail(next, who);
        return fenced::hold(next, who);
    }
    if next.from.writing != Some(next.from.operators[who].from) || next.rules.has(Bug::DrainSkipped) {
        // With the wrong order it has not frozen yet.
        let frozen = next.from.operators[who].seen != Status::Planned;
        let then = if frozen { Step::Drain } else { Step::Freeze };
        next.does(who, "has waited for open transactions", |state| state.go(who, then));
    }
    may_fail(next, who);
}

fn begin(next: &mut Next<'_>, who: usize) {
    may_fail(next, who);
    let target = next.target_of(who);
    if next.from.claiming[target as usize].is_some() {
        return;
    }
    let back = next.from.operators[who].back;
    if !back && !next.from.on(target).is_empty() {
        return next.does(who, "finds rows on the target", |state| give_up(state, who));
    }
    let then = match next.rules.way {
        _ if back => Step::LockHome,
        Way::Brief => Step::Write,
        Way::OneTransaction | Way::Streams | Way::Fenced => Step::Copy,
    };
    next.does(who, "begins on the target", |state| {
        state.claiming[target as usize] = Some(Open::of(who));
        state.go(who, then);
    });
}

fn write(next: &mut Next<'_>, who: usize, at: Step) {
    may_fail(next, who);
    let target = next.target_of(who);
    let source = next.from.on(target.other());
    let (rows, what) = match (next.rules.way, at) {
        (Way::Streams, Step::Write) => (source & Facts::ANY_ROOT, "commits the first tables"),
        (Way::Streams, _) => (source.without(Facts::ANY_ROOT), "commits the other tables"),
        _ => (source, "writes the rows"),
    };
    let then = match (next.rules.way, at) {
        (Way::Streams, Step::Write) => Step::WriteRest,
        (Way::Brief, _) => after_the_proof(next, who),
        _ => Step::Prove,
    };
    let streams = next.rules.way == Way::Streams;
    let arrive = |state: &mut State, rows: Facts| {
        if streams {
            let there = &mut state.rows[target as usize];
            *there = *there | rows;
            state.operator(who).committed = true;
        } else if let Some(open) = &mut state.claiming[target as usize] {
            open.adds = rows;
        }
        state.go(who, then);
    };
    next.does(who, what, |state| arrive(state, rows));
    // A trigger, a stream that took the end of a connection for the end of the rows, a bug.
    if !rows.is_empty() {
        next.fault(who, "writes no row, and does not notice", |state| {
            arrive(state, Facts::NONE);
        });
    }
    if streams {
        next.fault(who, "loses the target when it commits tables", |state| {
            let (by, adds) = (None, rows);
            state.claiming[target as usize] = Some(Open {
                by,
                adds,
                ..Open::of(who)
            });
            state.operator(who).committed = true;
            give_up(state, who);
        });
    }
}

/// A move back that has found both sides equal has nothing to copy.
fn after_the_plan(next: &Next<'_>, who: usize) -> Step {
    if next.from.operators[who].equal.is_empty() {
        Step::Write
    } else {
        Step::Prove
    }
}

fn after_the_proof(next: &Next<'_>, who: usize) -> Step {
    let equal = !next.from.operators[who].equal.is_empty();
    if equal || next.rules.has(Bug::SwitchBeforeVerify) {
        Step::Verify
    } else {
        Step::Compare
    }
}

fn compare(next: &mut Next<'_>, who: usize) {
    may_fail(next, who);
    let target = next.target_of(who);
    let (here, committed) = (next.from.on(target.other()), next.from.on(target));
    let there = next.from.claiming[target as usize].map_or(committed, |open| open.seen(committed));
    if here == there {
        next.does(who, "finds both sides equal", |state| {
            state.operator(who).equal = here;
            fenced::remove(state, target.other(), here);
            state.go(who, Step::Verify);
        });
    } else {
        next.does(who, "finds that the sides differ", |state| give_up(state, who));
    }
}

fn verify(next: &mut Next<'_>, who: usize) {
    let then = if next.rules.has(Bug::SourceFirst) {
        Step::Leave
    } else {
        Step::Commit
    };
    let events: &[Event] = match next.rules.way {
        Way::Brief => &[Event::Copy, Event::Prove, Event::Verify],
        Way::OneTransaction | Way::Streams | Way::Fenced => &[Event::Verify],
    };
    next.record(
        who,
        events,
        |state| {
            state.operator(who).equal = Facts::NONE;
            state.go(who, then);
        },
        |state| give_up(state, who),
    );
}

fn commit(next: &mut Next<'_>, who: usize) {
    let target = next.target_of(who);
    let then = match (next.rules.bug, next.rules.way) {
        (Some(Bug::PurgeBeforeSwitch), _) => Step::Lock,
        (Some(Bug::LeaveUnwritten), _) => Step::LeaveCommit,
        (Some(Bug::SwitchBeforeLeaving | Bug::SourceFirst), _) => Step::Switch,
        (_, Way::Fenced) => Step::Leave,
        _ => Step::Switch,
    };
    next.does(who, "commits on the target", |state| {
        state.commit_claiming(target);
        state.go(who, then);
    });
    next.fault(who, "loses the target when it commits", |state| {
        abandon(&mut state.claiming[target as usize]);
        state.roll_back(who);
        state.go(who, Step::Settle);
    });
}

/// The connection is gone, and the commit under way.
pub(crate) fn abandon(open: &mut Option<Open>) {
    if let Some(open) = open {
        open.by = None;
    }
}

fn switch(next: &mut Next<'_>, who: usize) {
    let removes_then = next.rules.has(Bug::SwitchBeforeLeaving);
    next.record(
        who,
        &[Event::Switch],
        |state| {
            if removes_then {
                state.go(who, Step::LeaveCommit);
            } else {
                state.end(who);
            }
        },
        |state| failed(state, who),
    );
}

/// A move that died with everything done but the switch has no more to do than that.
fn look(next: &mut Next<'_>, who: usize) {
    next.fault(who, "fails to look at the target", |state| state.end(who));
    let target = next.target_of(who);
    if next.from.claiming[target as usize].is_some() {
        return;
    }
    let rows = next.from.on(target);
    if rows.meets(Facts::ANY_ROOT) && rows == next.from.on(target.other()) {
        next.does(who, "finds all rows on the target", |state| state.go(who, Step::Switch));
    } else {
        let then = if removes_nothing(next, who) {
            Step::Restart
        } else {
            Step::Clean
        };
        next.does(who, "finds that not all rows are on the target", |state| {
            state.go(who, then);
        });
    }
}

/// Looks the journal up again, over a new connection, and undoes the move unless it has switched.
fn settle(next: &mut Next<'_>, who: usize) {
    let it = next.from.operators[who];
    let status = next.from.store.status;
    if it.mine && it.holds && status == Status::Leaving {
        return next.does(who, "looks the move up, which was leaving", |state| {
            let operator = state.operator(who);
            (operator.seen, operator.fresh, operator.why) = (status, true, Purpose::Abort);
            operator.at = Step::LookAtSource;
        });
    }
    if !it.mine || !status.may_be_aborted() {
        return next.does(who, "finds that the move has ended, or has switched", |state| {
            state.end(who);
        });
    }
    if !it.holds && !next.rules.has(Bug::NoFencing) {
        return next.does(who, "finds that somebody else has taken the move over", |state| {
            state.end(who);
        });
    }
    let back = removes_nothing(next, who);
    next.does(who, "looks the move up, and gives it up", |state| {
        let operator = state.operator(who);
        (operator.seen, operator.fresh) = (status, true);
        operator.why = Purpose::Abort;
        operator.at = commands::give_up(status, back);
    });
}

/// A move back leaves where it goes what is there: the rows as they are now, or as they were.
fn removes_nothing(next: &Next<'_>, who: usize) -> bool {
    next.from.operators[who].back && !next.rules.has(Bug::BackCleaned)
}

fn give_up_is_written(next: &mut Next<'_>, who: usize) {
    let it = next.from.operators[who];
    let undoing = it.why == Purpose::Undo;
    let written = (undoing || it.seen.may_have_written()) && !removes_nothing(next, who);
    next.record(
        who,
        &[Event::GiveUp],
        |state| state.go(who, if written { Step::Clean } else { Step::Abort }),
        |state| failed(state, who),
    );
}

/// What undoes has failed: a move looks how it stands, a command ends.
pub(crate) fn failed(state: &mut State, who: usize) {
    state.roll_back(who);
    if state.operator(who).why == Purpose::Undo {
        state.go(who, Step::Settle);
    } else {
        state.end(who);
    }
}

fn clean(next: &mut Next<'_>, who: usize) {
    next.fault(who, "fails to remove rows from the target", |state| failed(state, who));
    let target = next.target_of(who);
    if next.rules.has(Bug::AbortDoesNotWait) {
        return next.does(who, "removes what it sees on the target", |state| {
            state.rows[target as usize] = Facts::NONE;
            has_cleaned(state, who);
        });
    }
    if next.from.claiming[target as usize].is_some() {
        return;
    }
    // Once nobody else writes there: whoever has lost the move in the meantime would remove rows of somebody else.
    if !store::expected(&next.from, next.rules, who) && !next.rules.has(Bug::CleanUnasked) {
        return next.does(who, "finds that the move is somebody else's by now", |state| {
            failed(state, who);
        });
    }
    let removes = match next.from.operators[who].why {
        Purpose::Undo | Purpose::Abort if next.rules.has(Bug::AbortLeavesRows) => Facts::NONE,
        _ => next.from.on(target),
    };
    next.does(who, "removes rows from the target", |state| {
        state.claiming[target as usize] = Some(Open {
            removes,
            ..Open::of(who)
        });
        state.go(who, Step::CleanCommit);
    });
}

fn cleaned(next: &mut Next<'_>, who: usize) {
    let target = next.target_of(who);
    next.does(who, "commits the removal on the target", |state| {
        state.commit_claiming(target);
        has_cleaned(state, who);
    });
    next.fault(who, "loses the target when it commits the removal", |state| {
        abandon(&mut state.claiming[target as usize]);
        failed(state, who);
    });
}

fn has_cleaned(state: &mut State, who: usize) {
    let resuming = state.operator(who).why == Purpose::Resume;
    state.go(who, if resuming { Step::Restart } else { Step::Abort });
}

fn restart(next: &mut Next<'_>, who: usize) {
    next.record(
        who,
        &[Event::Restart],
        |state| {
            state.operator(who).why = Purpose::Undo;
            state.go(who, Step::Wait);
        },
        |state| state.end(who),
    );
}
