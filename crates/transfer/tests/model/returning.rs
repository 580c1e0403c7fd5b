//! A move back where it differs from others: it goes to where the client's rows still are, as `purge::make_way` sees them.

use crate::facts::Facts;
use crate::moving::{give_up, may_fail};
use crate::next::Next;
use crate::rules::Bug;
use crate::state::Step;

/// The next step of this operator.
pub(crate) fn step(next: &mut Next<'_>, who: usize, at: Step) {
    may_fail(next, who);
    match at {
        Step::LockHome => lock(next, who),
        Step::MakeWay => make_way(next, who),
        _ => {}
    }
}

/// Locks the rows that are there, in the transaction under the client's name.
fn lock(next: &mut Next<'_>, who: usize) {
    let home = next.target_of(who);
    if next.from.is_locked(home) || next.from.writing == Some(home) {
        return;
    }
    next.does(who, "locks the rows where the client goes back to", |state| {
        if let Some(open) = &mut state.claiming[home as usize] {
            open.locks = true;
        }
        state.go(who, Step::MakeWay);
    });
}

/// Leaves them where they are what the client has now; removes them where they are what was verified once, for then
/// nobody else has written them.
fn make_way(next: &mut Next<'_>, who: usize) {
    let home = next.target_of(who);
    let rows = next.from.on(home);
    let has_changed = rows != next.from.on(home.other());
    let is_known = knows(next, rows) || next.rules.has(Bug::BackWithoutComparing);
    if !has_changed || (is_known && next.rules.has(Bug::BackWithoutCopying)) {
        return next.does(who, "finds the same rows there", |state| {
            state.operator(who).equal = rows;
            state.go(who, Step::Copy);
        });
    }
    if !is_known {
        return next.does(who, "finds other rows there than were verified", |state| {
            give_up(state, who);
        });
    }
    next.does(
        who,
        "removes the rows there, which the client has changed since",
        |state| {
            if let Some(open) = &mut state.claiming[home as usize] {
                open.removes = rows;
            }
            state.go(who, Step::Copy);
        },
    );
}

/// The rows there may be these. Whoever has lost the move back is refused by its journal before it writes.
fn knows(next: &Next<'_>, rows: Facts) -> bool {
    let store = &next.from.store;
    let of_the_other = store.back_of.is_some_and(|of| of.knows(rows));
    of_the_other || (store.knows(rows) && !next.rules.has(Bug::BackForgetful))
}
