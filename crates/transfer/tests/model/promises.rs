//! What must hold in every state, and what must be reachable from it.

use exodus_transfer::Status;

use crate::facts::Facts;
use crate::rules::{Rules, Way};
use crate::state::{Side, State, Store};

/// What an application was told to be written is written.
pub(crate) const NOTHING_LOST: &str = "a row that was acknowledged is on neither side";
/// Whoever asks where the client is finds all of its rows there.
pub(crate) const HOME: &str = "the shard that dispatch names lacks a row of the client";
/// Nobody who asks writes to two shards.
pub(crate) const ONE_SHARD: &str = "a writer that asked is at work on another shard than dispatch names";
/// A move that was given up, or has not begun to write, has left nothing.
pub(crate) const CLEAN_TARGET: &str = "the target has rows of a client whose move has written none, or was given up";
/// What is to be purged is there.
pub(crate) const SOURCE_KEPT: &str = "the journal says that the source still has its rows, and they are gone";
/// What is over is over.
pub(crate) const NOTHING_LEFT: &str = "the move is done, and the source has rows";
/// What a move back has written there, or has left, doesn't keep it from being made again.
pub(crate) const COMES_BACK: &str = "no command leads on from here to a client that is back";
/// Both rows of the store are written in one transaction.
pub(crate) const AGREEMENT: &str = "the dispatch row and the journal disagree";

/// The first promise that a state breaks.
pub(crate) fn broken(state: &State, way: Way) -> Option<&'static str> {
    let store = &state.store;
    let fenced = way == Way::Fenced;
    // Under locks, nobody has to obey.
    let promised = if fenced {
        state.promised
    } else {
        state.promised & Facts::ORDER
    };
    let whole = |side| state.on(side).has(promised) && state.on(side).meets(Facts::ANY_ROOT);
    // Until it is known whether the source's rows are gone, nobody who asks writes.
    let leaving = store.status == Status::Leaving && whole(store.shard.other());
    let kept = [
        ((state.rows[0] | state.rows[1]).has(state.promised), NOTHING_LOST),
        (whole(store.shard) || leaving, HOME),
        // Under locks, whoever is at work where the client was can't end it.
        (
            fenced || state.writing.is_none_or(|side| side == store.shard),
            ONE_SHARD,
        ),
        (!has_written_nothing(store) || state.target().is_empty(), CLEAN_TARGET),
        (store.status != Status::Done || state.source().is_empty(), NOTHING_LEFT),
        (
            kept_for_later(state).is_none_or(|side| state.on(side).meets(Facts::ANY_ROOT)),
            SOURCE_KEPT,
        ),
        (dispatch_agrees(state), AGREEMENT),
    ];
    let broken = kept.into_iter().find(|(holds, _)| !holds);
    broken.map(|(_, promise)| promise)
}

/// Nothing of the client may be on the target.
fn has_written_nothing(store: &Store) -> bool {
    let early = matches!(
        store.status,
        Status::Planned | Status::Frozen | Status::Drained | Status::Aborted
    );
    // A move back goes to where rows are.
    early && store.back_of.is_none()
}

/// Where rows have to be that are not in use: the source's until they are purged, those that a move back goes to
/// until it has switched.
fn kept_for_later(state: &State) -> Option<Side> {
    let store = &state.store;
    match store.back_of {
        Some(_) => Some(store.from.other()),
        None => (store.status == Status::Switched).then_some(store.from),
    }
}

fn dispatch_agrees(state: &State) -> bool {
    let store = &state.store;
    let switched = store.shard != store.from;
    let expected = match store.status {
        // A client that was never moved counts as one whose move was given up.
        Status::Planned | Status::Aborted => !switched && !store.frozen,
        Status::Frozen | Status::Drained | Status::Copying | Status::Copied | Status::Verified | Status::Leaving => {
            !switched && store.frozen
        }
        // Given up before or after the freeze.
        Status::Aborting => !switched,
        Status::Switched | Status::Purging | Status::Done => switched && !store.frozen,
        Status::Returning | Status::Returned => false,
    };
    let waits = store
        .back_of
        .is_none_or(|of| of.status == Status::Returning && !switched);
    expected && waits && store.epoch % 2 == u8::from(store.shard == Side::Two)
}

/// The move has come to an end, or to where a person has to decide, if nobody does: the source has rows that came too late.
pub(crate) fn has_ended(state: &State, rules: &Rules) -> bool {
    match state.store.status {
        Status::Done | Status::Aborted => true,
        Status::Switched => has_late_rows(state) && !rules.goes_back(),
        _ => false,
    }
}

/// The move is done, or as good as that.
pub(crate) fn is_done(state: &State, rules: &Rules) -> bool {
    has_ended(state, rules) && state.store.status != Status::Aborted
}

/// From here the client can still get to the target: nobody has given the move up.
pub(crate) fn can_be_done(state: &State) -> bool {
    !matches!(state.store.status, Status::Aborting | Status::Aborted)
}

/// From here the move can be given up.
pub(crate) fn can_be_aborted(state: &State) -> bool {
    state.store.number > 0 && state.store.status.may_be_aborted() && state.store.back_of.is_none()
}

/// A client that can still be left where it is, instead of being brought back by the move that leads to this epoch.
pub(crate) fn can_stay(state: &State, epoch: u8) -> bool {
    comes_back(state, epoch) && state.store.status.may_be_aborted()
}

/// It was left there: nobody brings it back any more.
pub(crate) fn has_stayed(state: &State, epoch: u8) -> bool {
    let store = &state.store;
    store.status == Status::Switched && store.back_of.is_none() && store.epoch + 1 == epoch
}

/// A client that can be brought back: nobody has given that up, and what is where it goes was verified once.
pub(crate) fn can_return(state: &State, epoch: u8) -> bool {
    let (store, there) = (&state.store, state.target());
    let known = store.others.has(there) || store.back_of.is_some_and(|of| of.knows(there));
    comes_back(state, epoch) && known && store.status != Status::Aborting
}

/// It is back.
pub(crate) fn has_returned(state: &State, epoch: u8) -> bool {
    state.store.epoch >= epoch
}

fn comes_back(state: &State, epoch: u8) -> bool {
    state.store.back_of.is_some() && state.store.epoch + 1 == epoch
}

/// A purge would keep rows, and report them.
pub(crate) fn has_late_rows(state: &State) -> bool {
    let source = state.source();
    !source.is_empty() && source != state.target() && !state.store.knows(source)
}
