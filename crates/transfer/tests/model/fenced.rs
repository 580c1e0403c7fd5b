//! A move under locks step by step, as `Move::run` and whoever finds what it has left make it.

use exodus_transfer::Event;

use crate::commands;
use crate::facts::Facts;
use crate::moving::{abandon, failed, give_up};
use crate::next::Next;
use crate::rules::Bug;
use crate::state::{Open, Purpose, Side, State, Step};

/// The next step of this operator.
pub(crate) fn step(next: &mut Next<'_>, who: usize, at: Step) {
    match at {
        Step::Leave => next.record(
            who,
            &[Event::Leave],
            |state| state.go(who, Step::LeaveCommit),
            |state| failed(state, who),
        ),
        Step::LeaveCommit => commit(next, who),
        Step::LookAtSource => look(next, who),
        _ => {}
    }
}

/// Locks the rows. Nobody has to be waited for who has begun and not written: what he writes waits for the locks.
pub(crate) fn hold(next: &mut Next<'_>, who: usize) {
    let source = next.from.operators[who].from;
    if next.from.locking[source as usize].is_some() {
        return next.does(who, "can't lock the source's rows, and gives up", |state| {
            give_up(state, who);
        });
    }
    let held = !next.rules.has(Bug::NothingHeld);
    next.does(who, "locks the source's rows", |state| {
        if held {
            state.locking[source as usize] = Some(Open::of(who));
        }
        state.go(who, Step::Drain);
    });
}

/// Removes what both sides have, in the transaction that holds the locks.
pub(crate) fn remove(state: &mut State, source: Side, rows: Facts) {
    if let Some(open) = &mut state.locking[source as usize] {
        open.removes = rows;
    }
}

fn commit(next: &mut Next<'_>, who: usize) {
    let source = next.from.operators[who].from;
    let then = if next.rules.has(Bug::SourceFirst) {
        Step::Commit
    } else {
        Step::Switch
    };
    let switched = next.from.store.shard != source;
    let unlocked = next.rules.has(Bug::NothingHeld);
    next.does(who, "commits the removal on the source", |state| {
        if unlocked {
            state.rows[source as usize] = Facts::NONE;
        }
        state.commit_locking(source);
        if switched {
            state.end(who);
        } else {
            state.go(who, then);
        }
    });
    next.fault(who, "fails to commit the removal on the source", |state| {
        failed(state, who);
    });
    next.fault(who, "loses the source when it commits the removal", |state| {
        abandon(&mut state.locking[source as usize]);
        failed(state, who);
    });
}

/// Whether the source's rows are gone, once nobody can be about to commit that.
fn look(next: &mut Next<'_>, who: usize) {
    let it = next.from.operators[who];
    next.fault(who, "fails to look at the source", |state| state.end(who));
    let unasked = next.rules.has(Bug::SourceNotAsked);
    if next.from.locking[it.from as usize].is_some() && !unasked {
        return next.does(who, "waits too long for the source's lock", |state| state.end(who));
    }
    if !next.from.on(it.from).meets(Facts::ANY_ROOT) && !unasked {
        return next.does(who, "finds that the rows have left the source", |state| {
            state.go(who, Step::Switch);
        });
    }
    next.record(
        who,
        &[Event::Keep],
        |state| {
            let seen = state.operator(who).seen;
            let gives_up = it.why == Purpose::Abort;
            state.go(
                who,
                if gives_up {
                    commands::give_up(seen, false)
                } else {
                    Step::Clean
                },
            );
        },
        |state| state.end(who),
    );
}
