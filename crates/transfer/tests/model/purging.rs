//! A purge step by step, as `purge::source` and the command make it.

use exodus_transfer::Event;

use crate::facts::Facts;
use crate::moving::abandon;
use crate::next::Next;
use crate::rules::Bug;
use crate::state::{Open, Purpose, State, Step};
use crate::store;

/// The next step of this operator.
pub(crate) fn step(next: &mut Next<'_>, who: usize, at: Step) {
    match at {
        Step::Purge => next.record(
            who,
            &[Event::Purge],
            |state| state.go(who, Step::Lock),
            |state| state.end(who),
        ),
        Step::Lock => lock(next, who),
        Step::LockMeeting => meet(next, who),
        Step::Weigh => weigh(next, who),
        Step::Remove => remove(next, who),
        Step::Finish => ending(next, who, Event::Finish),
        Step::Keep => ending(next, who, Event::Keep),
        _ => {}
    }
}

/// The last line that a purge writes; if that fails, the next one finds out by itself.
fn ending(next: &mut Next<'_>, who: usize, event: Event) {
    next.record(who, &[event], |state| state.end(who), |state| state.end(who));
}

/// Locks the rows, or waits: a row that is being written holds its parents.
fn lock(next: &mut Next<'_>, who: usize) {
    let alone = next.from.operators[who].why == Purpose::Purge || next.rules.has(Bug::KeepUnlocked);
    next.fault(who, "fails to lock the source's rows", |state| {
        // A purge before this one may be about to commit.
        if alone { keep(state, who) } else { state.end(who) }
    });
    let source = next.from.operators[who].from;
    let comes = next.from.claiming[source as usize].map_or(Facts::NONE, |open| open.adds);
    if next.from.is_locked(source) && !comes.is_empty() && next.rules.has(Bug::NameUnasked) {
        return next.does(who, "waits for the lock of each row that it sees", |state| {
            state.operator(who).equal = comes;
            state.go(who, Step::LockMeeting);
        });
    }
    if next.from.is_locked(source) || next.from.writing == Some(source) {
        return;
    }
    // Whoever has lost the move in the meantime may hold rows that are in use again.
    if !store::expected(&next.from, next.rules, who) && !next.rules.has(Bug::PurgeUnasked) {
        return next.does(who, "finds that the move is somebody else's by now", |state| {
            state.end(who);
        });
    }
    if next.from.on(source).is_empty() && !next.rules.has(Bug::NothingLocked) {
        // Where nothing is locked, rows could come before they are looked at.
        return next.does(who, "finds no row to lock on the source", |state| {
            state.go(who, Step::Finish);
        });
    }
    next.does(who, "locks the source's rows", |state| {
        state.locking[source as usize] = Some(Open::of(who));
        state.go(who, Step::Weigh);
    });
}

/// Others have come in the place of the rows that the lock waits for: it meets none.
fn meet(next: &mut Next<'_>, who: usize) {
    let it = next.from.operators[who];
    if next.from.is_locked(it.from) {
        return;
    }
    let have_come = next.from.on(it.from).has(it.equal);
    let (what, then) = if have_come {
        ("finds no row to lock on the source", Step::Finish)
    } else {
        ("has waited for rows that are still there", Step::Lock)
    };
    next.does(who, what, |state| state.go(who, then));
}

/// Nothing was removed.
fn keep(state: &mut State, who: usize) {
    state.roll_back(who);
    state.go(who, Step::Keep);
}

fn weigh(next: &mut Next<'_>, who: usize) {
    let source = next.from.operators[who].from;
    let rows = next.from.on(source);
    let proved = rows == next.from.on(source.other()) || next.from.store.knows(rows);
    if proved || next.rules.has(Bug::PurgeWithoutComparing) {
        return next.does(who, "removes the source's rows", |state| {
            if let Some(open) = &mut state.locking[source as usize] {
                open.removes = rows;
            }
            state.go(who, Step::Remove);
        });
    }
    next.does(
        who,
        "finds that the source's rows are others than were verified",
        |state| {
            keep(state, who);
        },
    );
}

fn remove(next: &mut Next<'_>, who: usize) {
    let source = next.from.operators[who].from;
    let too_early = next.rules.has(Bug::PurgeBeforeSwitch) && next.from.store.shard == source;
    next.does(who, "commits on the source", |state| {
        state.commit_locking(source);
        state.go(who, if too_early { Step::Switch } else { Step::Finish });
    });
    let says_kept = next.rules.has(Bug::KeepUnknown);
    next.fault(who, "loses the source when it commits", |state| {
        abandon(&mut state.locking[source as usize]);
        if says_kept {
            state.go(who, Step::Keep);
        } else {
            state.end(who);
        }
    });
}
