//! The dispatch store: one transaction for each transition of the journal.

use exodus_transfer::{Event, Status};

use crate::facts::Facts;
use crate::rules::{Bug, Rules};
use crate::state::{Purpose, State, Step, Store};

/// What the store makes of these events, or nothing where it refuses them. Nothing is committed.
pub(crate) fn written(from: &State, rules: &Rules, who: usize, events: &[Event]) -> Option<Store> {
    if !expected(from, rules, who) {
        return None;
    }
    let operator = &from.operators[who];
    let mut store = from.store;
    let mut status = operator.seen;
    for &event in events {
        status = (rules.after)(status, event)?;
        store = dispatched(store, event)?;
        if event == Event::Verify {
            store.verified = operator.equal;
        }
    }
    store.status = status;
    Some(store)
}

/// The journal is as this operator saw it last, and the lease its own.
pub(crate) fn expected(from: &State, rules: &Rules, who: usize) -> bool {
    let operator = &from.operators[who];
    let unchanged = operator.fresh || rules.has(Bug::NoCompareAndSet);
    let in_time = operator.holds || rules.has(Bug::NoFencing);
    operator.mine && unchanged && in_time
}

/// What an event means for the dispatch row.
fn dispatched(store: Store, event: Event) -> Option<Store> {
    match event {
        Event::Freeze => (store.shard == store.from && !store.frozen).then_some(Store { frozen: true, ..store }),
        Event::Switch => (store.shard == store.from && store.frozen).then_some(Store {
            shard: store.from.other(),
            frozen: false,
            epoch: store.epoch + 1,
            ..store
        }),
        Event::Abort => Some(Store { frozen: false, ..store }),
        _ => Some(store),
    }
}

/// The store's new content is committed. `by` has got an answer.
pub(crate) fn commit(state: &mut State, store: Store, by: Option<usize>) {
    state.store = store;
    for (who, operator) in state.operators.iter_mut().enumerate() {
        operator.fresh = by == Some(who);
        if operator.fresh {
            operator.seen = store.status;
        }
    }
}

/// A new move is written down.
pub(crate) fn begin_move(state: &mut State, who: usize, first: Step) {
    for operator in &mut state.operators {
        (operator.mine, operator.fresh) = (false, false);
    }
    state.store.number += 1;
    state.store.status = Status::Planned;
    state.store.from = state.store.shard;
    state.store.verified = Facts::NONE;
    state.take(who, Purpose::Undo, first);
}
