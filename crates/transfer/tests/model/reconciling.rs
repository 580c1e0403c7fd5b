//! What a person decides about late rows, step by step, as `reconcile::apply` and the command do it.

use exodus_transfer::{Event, Status};

use crate::facts::Facts;
use crate::moving::abandon;
use crate::next::Next;
use crate::promises;
use crate::rules::Bug;
use crate::state::{Open, Purpose, State, Step};
use crate::store;

/// All that a late writer can have written.
const LATE: Facts = Facts::LATE.or(Facts::CHANGED);

/// `reconcile` of a move whose source has late rows.
pub(crate) fn begin(next: &mut Next<'_>, who: usize) {
    let from = &next.from;
    if from.store.status != Status::Switched || !next.rules.goes_back() || !promises::has_late_rows(from) {
        return;
    }
    // What was taken before, by a process that has ended then, is not late any more.
    if !to_take(from).is_empty() {
        next.does(who, "`reconcile --take source`", |state| {
            state.take(who, Purpose::TakeSource, Step::Decide);
        });
    }
    next.does(who, "`reconcile --take target`", |state| {
        state.take(who, Purpose::TakeTarget, Step::Decide);
    });
}

fn to_take(state: &State) -> Facts {
    (state.source() & LATE).without(state.target())
}

/// The next step of this operator.
pub(crate) fn step(next: &mut Next<'_>, who: usize, at: Step) {
    match at {
        Step::Decide => decide(next, who),
        Step::Apply => apply(next, who),
        Step::Account => account(next, who),
        _ => {}
    }
}

/// Locks the rows where the client is, and looks once more at what was decided about.
fn decide(next: &mut Next<'_>, who: usize) {
    next.fault(who, "fails to lock the target's rows", |state| state.end(who));
    let it = next.from.operators[who];
    let target = it.from.other();
    if next.from.is_locked(target) || next.from.writing == Some(target) {
        return;
    }
    if !store::expected(&next.from, next.rules, who) {
        return next.does(who, "finds that the move is somebody else's by now", |state| {
            state.end(who);
        });
    }
    let (rows, adds) = (next.from.on(it.from), to_take(&next.from));
    let takes = it.why == Purpose::TakeSource;
    if !promises::has_late_rows(&next.from) || (takes && adds.is_empty()) {
        return next.does(who, "finds other rows than were decided about", |state| {
            state.end(who);
        });
    }
    let then = if next.rules.has(Bug::AccountedFirst) {
        Step::Account
    } else {
        Step::Apply
    };
    let what = if takes {
        "writes the late rows to the target"
    } else {
        "gives the late rows up"
    };
    next.does(who, what, |state| {
        let mut open = Open::of(who);
        let (goes, comes) = if takes {
            (open.removes, open.adds) = (replaced(adds), adds);
            (replaced(adds), adds)
        } else {
            (adds, replaced(adds))
        };
        // From now on a person has said which of the two it is; somebody may say something else later.
        state.promised = state.promised.without(goes) | comes;
        state.locking[target as usize] = Some(open);
        state.operator(who).equal = rows;
        state.go(who, then);
    });
}

/// What the client's row was before it was changed.
fn replaced(late: Facts) -> Facts {
    if late.has(Facts::CHANGED) {
        Facts::ROOT
    } else {
        Facts::NONE
    }
}

fn apply(next: &mut Next<'_>, who: usize) {
    let target = next.target_of(who);
    let accounted = next.rules.has(Bug::AccountedFirst);
    next.does(who, "commits on the target", |state| {
        state.commit_locking(target);
        if accounted {
            state.end(who);
        } else {
            state.go(who, Step::Account);
        }
    });
    next.fault(who, "loses the target when it commits", |state| {
        abandon(&mut state.locking[target as usize]);
        state.end(who);
    });
}

/// By this a purge knows what the source has.
fn account(next: &mut Next<'_>, who: usize) {
    let first = next.rules.has(Bug::AccountedFirst);
    next.record(
        who,
        &[Event::Reconcile],
        |state| {
            if first {
                state.go(who, Step::Apply);
            } else {
                state.end(who);
            }
        },
        |state| state.end(who),
    );
}
