//! What a person can start where no process is.

use exodus_transfer::Status;

use crate::facts::Facts;
use crate::next::Next;
use crate::rules::{Bug, Rules, Way};
use crate::state::{MOVES, Purpose, Step};
use crate::store;

/// Every command that would not be refused at its beginning.
pub(crate) fn begin(next: &mut Next<'_>, who: usize) {
    if next.from.store_open.is_some() {
        // The move's row is locked: whoever wants its lease waits.
        return;
    }
    let it = next.from.store;
    let first = first(next.rules);
    if it.status.is_final() {
        if it.number < MOVES && !it.frozen {
            next.does(who, "`move`", |state| store::begin_move(state, who, first));
        }
        return;
    }
    let (why, at) = match it.status {
        Status::Planned => (Purpose::Resume, first),
        Status::Frozen | Status::Drained => (Purpose::Resume, Step::Restart),
        // What both sides have was equal under locks that are gone.
        Status::Verified if next.rules.way == Way::Fenced => (Purpose::Resume, Step::Clean),
        Status::Verified => (Purpose::Resume, Step::Look),
        Status::Leaving => (Purpose::Resume, Step::LookAtSource),
        Status::Aborting => (Purpose::Abort, Step::Clean),
        Status::Switched => (Purpose::Purge, Step::Purge),
        // An earlier purge has committed.
        Status::Purging if !next.from.source().meets(Facts::ANY_ROOT) => (Purpose::PurgeAgain, Step::Finish),
        Status::Purging => (Purpose::PurgeAgain, Step::Lock),
        _ => (Purpose::Resume, Step::Clean),
    };
    // What is on the source is in use where the dispatch row names it.
    let purges = matches!(why, Purpose::Purge | Purpose::PurgeAgain);
    if !purges || it.shard != it.from {
        let what = if purges { "`purge`" } else { "`resume`" };
        next.does(who, what, |state| state.take(who, why, at));
    }
    if it.status == Status::Leaving {
        let careless = next.rules.has(Bug::AbortWhileLeaving);
        next.does(who, "`abort`", |state| {
            let at = if careless { Step::GiveUp } else { Step::LookAtSource };
            state.take(who, Purpose::Abort, at);
        });
    }
    if it.status.may_be_aborted() {
        next.does(who, "`abort`", |state| {
            let at = give_up(it.status);
            state.take(who, Purpose::Abort, at);
        });
    }
}

/// What a move begins with.
fn first(rules: &Rules) -> Step {
    if rules.has(Bug::FreezeAfterDrain) {
        Step::Wait
    } else {
        Step::Freeze
    }
}

/// How a process begins to give up a move that stands there.
pub(crate) fn give_up(seen: Status) -> Step {
    if seen == Status::Aborting {
        Step::Clean
    } else {
        Step::GiveUp
    }
}
