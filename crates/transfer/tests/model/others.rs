//! The applications, and what servers do when nobody is at the other end.

use crate::action::{Sort, Who};
use crate::facts::Facts;
use crate::next::Next;
use crate::rules::{Bug, Way};
use crate::state::{Open, Side, State};
use crate::store;

/// Everything of this that can happen now.
pub(crate) fn all(next: &mut Next<'_>) {
    if next.from.writing.is_some() {
        commit(next);
    } else {
        ask(next);
    }
    late(next);
    abandoned(next);
}

/// A writer that asks where the client is, within the transaction in which it writes.
fn ask(next: &mut Next<'_>) {
    let from = &next.from;
    if let Some(side) = from.asked {
        return next.push(Who::Writer, "begins to write", Sort::Ordinary, |state| {
            (state.writing, state.asked) = (Some(side), None);
        });
    }
    if from.store.frozen || from.promised.has(Facts::ORDER) {
        return;
    }
    let early = next.rules.has(Bug::AskedBeforeBegin);
    let what = "asks the dispatcher, which names a shard";
    next.push(Who::Writer, what, Sort::Chance, |state| {
        let side = Some(state.store.shard);
        if early {
            state.asked = side;
        } else {
            state.writing = side;
        }
    });
}

fn commit(next: &mut Next<'_>) {
    let from = next.from;
    let Some(side) = from.writing else { return };
    if from.is_locked(side) {
        // A foreign key check waits for the lock on the parent.
        return;
    }
    // Under locks nobody is waited for who was at it where the client was before; but nobody writes where it is not yet.
    let early = next.rules.way == Way::Fenced && side != from.store.from && from.store.shard == from.store.from;
    let has_parent = from.on(side).meets(Facts::ANY_ROOT) && !early;
    next.push(Who::Writer, "commits an order, or can't", Sort::Ordinary, |state| {
        state.writing = None;
        if has_parent {
            for facts in [&mut state.rows[side as usize], &mut state.promised] {
                *facts = *facts | Facts::ORDER;
            }
        }
    });
}

/// A writer that knows only where the client comes from. It writes once.
fn late(next: &mut Next<'_>) {
    let store = next.from.store;
    write_late(next, store.from);
    if store.back_of.is_some() {
        // Or where it came from at first.
        write_late(next, store.from.other());
    }
}

fn write_late(next: &mut Next<'_>, side: Side) {
    let from = next.from;
    if from.wrote_late || from.is_locked(side) || !from.on(side).has(Facts::ROOT) {
        return;
    }
    next.push(Who::LateWriter, "adds an order where it was", Sort::Chance, |state| {
        state.wrote_late = true;
        for facts in [&mut state.rows[side as usize], &mut state.promised] {
            *facts = *facts | Facts::LATE;
        }
    });
    next.push(Who::LateWriter, "changes a row where it was", Sort::Chance, |state| {
        state.wrote_late = true;
        for facts in [&mut state.rows[side as usize], &mut state.promised] {
            *facts = facts.without(Facts::ROOT) | Facts::CHANGED;
        }
    });
}

/// Commits that were under way when a connection broke: what they asked for is done, or not.
fn abandoned(next: &mut Next<'_>) {
    let from = next.from;
    let nobody = |open: Option<Open>| open.is_some_and(|open| open.by.is_none());
    for side in [Side::One, Side::Two] {
        if nobody(from.claiming[side as usize]) {
            either(
                next,
                "target",
                |state| state.commit_claiming(side),
                |state| {
                    state.claiming[side as usize] = None;
                },
            );
        }
        if nobody(from.locking[side as usize]) {
            either(
                next,
                "source",
                |state| state.commit_locking(side),
                |state| {
                    state.locking[side as usize] = None;
                },
            );
        }
    }
    if let Some(written) = from.store_open {
        either(
            next,
            "dispatch store",
            |state| {
                state.store_open = None;
                store::commit(state, written, None);
            },
            |state| state.store_open = None,
        );
    }
}

fn either(
    next: &mut Next<'_>,
    whose: &'static str,
    commits: impl FnOnce(&mut State),
    forgets: impl FnOnce(&mut State),
) {
    let who = Who::Server(whose);
    next.push(who, "commits what a lost connection asked for", Sort::Ordinary, commits);
    next.push(who, "rolls back what a lost connection left", Sort::Ordinary, forgets);
}
