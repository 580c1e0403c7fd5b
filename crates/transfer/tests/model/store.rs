//! The dispatch store: one transaction for each transition of the journal.

use exodus_transfer::{Event, Status};

use crate::facts::{Contents, Facts};
use crate::rules::{Bug, Rules};
use crate::state::{Base, Purpose, State, Step, Store};

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
        if event == Event::Reconcile || (event == Event::Verify && store.back_of.is_some()) {
            store.others = store.others.with(operator.equal);
        }
    }
    store.status = status;
    let last = events.last();
    last.map_or(Some(store), |&event| end_return(store, rules, event))
}

/// What the end of a move back means for the one whose client it brings back.
fn end_return(store: Store, rules: &Rules, event: Event) -> Option<Store> {
    let (Some(of), Some(means)) = (store.back_of, for_the_other(event)) else {
        return Some(store);
    };
    let status = (rules.after)(of.status, means)?;
    if event == Event::Switch {
        return Some(Store {
            others: Contents::NONE,
            back_of: None,
            ..store
        });
    }
    Some(Store {
        status,
        from: store.from.other(),
        verified: of.verified,
        others: of.others.and(store.others),
        back_of: None,
        ..store
    })
}

/// The event of the move whose client comes back that an event of the move back brings with it.
pub(crate) fn for_the_other(event: Event) -> Option<Event> {
    match event {
        Event::Switch => Some(Event::Arrive),
        Event::Abort => Some(Event::Stay),
        _ => None,
    }
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
    // A move back was given up: the client's last move is the other one again.
    let other = state.store.from != store.from;
    state.store = store;
    for (who, operator) in state.operators.iter_mut().enumerate() {
        operator.fresh = by == Some(who);
        operator.mine &= !other;
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
    state.store.others = Contents::NONE;
    state.take(who, Purpose::Undo, first);
}

/// A move back is written down, and in the same transaction how the one stands from then on whose client it brings back.
pub(crate) fn begin_return(state: &mut State, who: usize, (first, status): (Step, Status)) {
    let Store { verified, others, .. } = state.store;
    state.store.back_of = Some(Base {
        status,
        verified,
        others,
    });
    begin_move(state, who, first);
}
