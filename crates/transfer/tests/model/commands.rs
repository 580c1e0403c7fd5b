//! What a person can start where no process is.

use exodus_transfer::{Event, Status};

use crate::facts::Facts;
use crate::next::Next;
use crate::rules::{Bug, Rules, Way};
use crate::state::{Purpose, Step};
use crate::{reconciling, store};

/// Every command that would not be refused at its beginning.
pub(crate) fn begin(next: &mut Next<'_>, who: usize) {
    if next.from.store_open.is_some() {
        // The move's row is locked: whoever wants its lease waits.
        return;
    }
    let it = next.from.store;
    let first = first(next.rules);
    if it.status.is_final() {
        if it.number < next.rules.moves && !it.frozen {
            next.does(who, "`move`", |state| store::begin_move(state, who, first));
        }
        return;
    }
    bring_back(next, who);
    reconciling::begin(next, who);
    let back = it.back_of.is_some() && !next.rules.has(Bug::BackCleaned);
    let (why, at) = match it.status {
        Status::Planned => (Purpose::Resume, first),
        Status::Frozen | Status::Drained => (Purpose::Resume, Step::Restart),
        // What both sides have was equal under locks that are gone.
        Status::Verified if next.rules.way == Way::Fenced => (Purpose::Resume, Step::Clean),
        Status::Verified => (Purpose::Resume, Step::Look),
        Status::Leaving => (Purpose::Resume, Step::LookAtSource),
        Status::Aborting => (Purpose::Abort, give_up(it.status, back)),
        Status::Switched => (Purpose::Purge, Step::Purge),
        // An earlier purge has committed.
        Status::Purging if !next.from.source().meets(Facts::ANY_ROOT) => (Purpose::PurgeAgain, Step::Finish),
        Status::Purging => (Purpose::PurgeAgain, Step::Lock),
        // Where a client comes back to, nothing is removed.
        _ if back => (Purpose::Resume, Step::Restart),
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
            let at = give_up(it.status, back);
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

/// `rollback`: the client is to come back to where its rows still are.
fn bring_back(next: &mut Next<'_>, who: usize) {
    let it = next.from.store;
    let Some(returning) = (next.rules.after)(it.status, Event::Return) else {
        return;
    };
    if !next.rules.goes_back() || it.number == next.rules.moves {
        return;
    }
    next.made.insert((it.status, Event::Return));
    let first = (first(next.rules), returning);
    next.does(who, "`rollback`", |state| store::begin_return(state, who, first));
}

/// How a process begins to give up a move that stands there. `back`: nothing is to be removed.
pub(crate) fn give_up(seen: Status, back: bool) -> Step {
    match seen {
        Status::Aborting if back => Step::Abort,
        Status::Aborting => Step::Clean,
        _ => Step::GiveUp,
    }
}
