//! What must hold in every state, and what must be reachable from it.

use exodus_transfer::Status;

use crate::facts::Facts;
use crate::rules::Way;
use crate::state::{Side, State};

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
        (
            !has_written_nothing(store.status) || state.target().is_empty(),
            CLEAN_TARGET,
        ),
        (
            store.status != Status::Done || state.source().is_empty(),
            "the move is done, and the source has rows",
        ),
        (
            store.status != Status::Switched || state.source().meets(Facts::ANY_ROOT),
            SOURCE_KEPT,
        ),
        (dispatch_agrees(state), AGREEMENT),
    ];
    let broken = kept.into_iter().find(|(holds, _)| !holds);
    broken.map(|(_, promise)| promise)
}

/// Nothing of the client may be on the target.
fn has_written_nothing(status: Status) -> bool {
    matches!(
        status,
        Status::Planned | Status::Frozen | Status::Drained | Status::Aborted
    )
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
    expected && store.epoch % 2 == u8::from(store.shard == Side::Two)
}

/// The move has come to an end, or to where a person has to decide: the source has rows that came too late.
pub(crate) fn has_ended(state: &State) -> bool {
    match state.store.status {
        Status::Done | Status::Aborted => true,
        Status::Switched => has_late_rows(state),
        _ => false,
    }
}

/// The move is done, or as good as that.
pub(crate) fn is_done(state: &State) -> bool {
    has_ended(state) && state.store.status != Status::Aborted
}

/// From here the client can still get to the target: nobody has given the move up.
pub(crate) fn can_be_done(state: &State) -> bool {
    !matches!(state.store.status, Status::Aborting | Status::Aborted)
}

/// From here the move can be given up.
pub(crate) fn can_be_aborted(state: &State) -> bool {
    state.store.number > 0 && state.store.status.may_be_aborted()
}

/// A purge would keep rows, and report them.
fn has_late_rows(state: &State) -> bool {
    let source = state.source();
    !source.is_empty() && source != state.target() && source != state.store.verified
}
