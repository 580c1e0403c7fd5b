//! A model of a move: source, target, dispatch store, two operators, a writer that asks the dispatcher and one that asks
//! nobody; every process may be killed between any two steps, every answer may get lost. All that can happen is looked at,
//! and in each state the promises of [`promises`] are checked.
//!
//! The journal's transitions are those of the product: [`exodus_transfer::Status::after`].

mod action;
mod commands;
mod facts;
mod fenced;
mod moving;
mod next;
mod others;
mod promises;
mod purging;
mod reconciling;
mod returning;
mod rules;
mod search;
mod state;
mod store;

use std::collections::HashSet;
use std::panic::resume_unwind;
use std::thread;
use std::time::Instant;

use exodus_transfer::{Event, Status};
use rules::{Bug, Rules, Way};
use search::search;

/// Whatever happens, every promise is kept; and every transition of the journal is made somewhere, so that a change of
/// one changes what is looked at.
#[test]
fn no_promise_is_broken() {
    let mut made = HashSet::new();
    thread::scope(|scope| {
        let ways = [Way::OneTransaction, Way::Streams, Way::Brief, Way::Fenced];
        for searching in ways.map(|way| scope.spawn(move || whole(&Rules::of(way)))) {
            made.extend(searching.join().unwrap_or_else(|broken| resume_unwind(broken)));
        }
    });
    for status in Status::all() {
        for event in Event::all() {
            let expected = status.after(event).is_some() && !elsewhere(status, event);
            assert_eq!(made.contains(&(status, event)), expected, "{status}: {event}");
        }
    }
}

/// Nor with one move more: a client is brought back again after that was given up, or moves on after it.
#[test]
#[ignore = "several minutes and 3 GB"]
fn no_promise_is_broken_by_a_third_move() {
    whole(&Rules {
        moves: 3,
        ..Rules::of(Way::OneTransaction)
    });
}

/// The transitions that are made in this way.
fn whole(rules: &Rules) -> HashSet<(Status, Event)> {
    let started = Instant::now();
    let seen = search(rules).unwrap_or_else(|broken| panic!("{broken}"));
    println!(
        "{:?}: {} states, up to {} steps from the first, {:.1} s",
        rules.way,
        seen.states,
        seen.depth,
        started.elapsed().as_secs_f64()
    );
    seen.made
}

/// What the journal allows, and no operator of the model does.
fn elsewhere(status: Status, event: Event) -> bool {
    match event {
        // From there on it is written down first that a move is given up.
        Event::Abort => status == Status::Verified,
        _ => false,
    }
}

/// The search finds the mistake, and shows the shortest way to what it does.
#[track_caller]
fn is_found(bug: Bug, promise: &str) {
    let Err(broken) = search(&Rules::with(bug)) else {
        panic!("{bug:?} was not found");
    };
    println!("{bug:?}: {broken}");
    assert!(!broken.trace.is_empty(), "the mistake is there from the beginning");
    assert_eq!(broken.promise, promise, "{broken}");
}

#[test]
fn switch_before_verify() {
    is_found(Bug::SwitchBeforeVerify, promises::HOME);
}

#[test]
fn purge_before_switch() {
    is_found(Bug::PurgeBeforeSwitch, promises::HOME);
}

#[test]
fn freeze_after_drain() {
    is_found(Bug::FreezeAfterDrain, promises::ONE_SHARD);
}

#[test]
fn a_drain_that_is_skipped() {
    is_found(Bug::DrainSkipped, promises::ONE_SHARD);
}

#[test]
fn a_writer_that_asks_before_it_begins() {
    is_found(Bug::AskedBeforeBegin, promises::ONE_SHARD);
}

#[test]
fn no_fencing() {
    is_found(Bug::NoFencing, promises::HOME);
}

#[test]
fn no_compare_and_set() {
    is_found(Bug::NoCompareAndSet, promises::AGREEMENT);
}

#[test]
fn an_abort_that_leaves_rows() {
    is_found(Bug::AbortLeavesRows, promises::CLEAN_TARGET);
}

#[test]
fn an_abort_that_does_not_wait() {
    is_found(Bug::AbortDoesNotWait, promises::CLEAN_TARGET);
}

#[test]
fn a_removal_on_the_target_by_somebody_who_has_lost_the_move() {
    is_found(Bug::CleanUnasked, promises::HOME);
}

#[test]
fn a_purge_that_does_not_compare() {
    is_found(Bug::PurgeWithoutComparing, promises::NOTHING_LOST);
}

#[test]
fn a_purge_by_somebody_who_has_lost_the_move() {
    is_found(Bug::PurgeUnasked, promises::SOURCE_KEPT);
}

#[test]
fn a_purge_that_does_not_wait_for_the_clients_name() {
    is_found(Bug::NameUnasked, promises::NOTHING_LEFT);
}

#[test]
fn a_purge_that_has_locked_nothing() {
    is_found(Bug::NothingLocked, promises::SOURCE_KEPT);
}

#[test]
fn a_purge_whose_end_is_not_known() {
    is_found(Bug::KeepUnknown, promises::SOURCE_KEPT);
}

#[test]
fn a_purge_beside_one_that_has_not_ended() {
    is_found(Bug::KeepUnlocked, promises::SOURCE_KEPT);
}

#[test]
fn a_switch_before_the_source_has_committed() {
    is_found(Bug::SwitchBeforeLeaving, promises::SOURCE_KEPT);
}

#[test]
fn a_removal_that_is_not_written_down_first() {
    is_found(Bug::LeaveUnwritten, promises::HOME);
}

#[test]
fn an_abort_after_the_source_has_committed() {
    is_found(Bug::AbortWhileLeaving, promises::HOME);
}

#[test]
fn a_resume_that_does_not_look_at_the_source() {
    is_found(Bug::SourceNotAsked, promises::HOME);
}

#[test]
fn a_source_that_commits_before_the_target() {
    is_found(Bug::SourceFirst, promises::NOTHING_LOST);
}

#[test]
fn a_fence_that_locks_nothing() {
    is_found(Bug::NothingHeld, promises::NOTHING_LOST);
}

#[test]
fn a_move_back_that_copies_nothing() {
    is_found(Bug::BackWithoutCopying, promises::HOME);
}

#[test]
fn a_move_back_that_does_not_compare() {
    is_found(Bug::BackWithoutComparing, promises::NOTHING_LOST);
}

#[test]
fn a_move_back_that_does_not_know_its_own_rows() {
    is_found(Bug::BackForgetful, promises::COMES_BACK);
}

#[test]
fn a_move_back_that_is_undone_as_others_are() {
    is_found(Bug::BackCleaned, promises::SOURCE_KEPT);
}

#[test]
fn a_move_back_beside_a_purge() {
    is_found(Bug::BackWhilePurging, promises::SOURCE_KEPT);
}

#[test]
fn late_rows_that_are_accounted_for_too_early() {
    is_found(Bug::AccountedFirst, promises::NOTHING_LOST);
}
