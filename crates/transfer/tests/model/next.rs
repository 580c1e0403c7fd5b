//! All that can happen next.

use std::collections::HashSet;

use exodus_transfer::{Event, Status};

use crate::action::{Action, Sort, Who};
use crate::rules::Rules;
use crate::state::{Side, State, Step};
use crate::{commands, moving, others, purging, reconciling, store};

/// Collects what can happen next in a state.
pub(crate) struct Next<'a> {
    pub(crate) from: State,
    pub(crate) rules: &'a Rules,
    pub(crate) found: Vec<(Action, State)>,
    /// Transitions of the journal that were made anywhere.
    pub(crate) made: HashSet<(Status, Event)>,
}

impl<'a> Next<'a> {
    pub(crate) fn new(rules: &'a Rules) -> Self {
        Self {
            from: State::FIRST,
            rules,
            found: vec![],
            made: HashSet::new(),
        }
    }

    /// Fills `found` anew.
    pub(crate) fn look(&mut self, from: State) {
        self.from = from;
        self.found.clear();
        for who in 0..from.operators.len() {
            match from.operators[who].at {
                Step::Idle => commands::begin(self, who),
                at => {
                    self.step(who, at);
                    self.fault(who, "is killed", |state| state.end(who));
                }
            }
        }
        others::all(self);
    }

    fn step(&mut self, who: usize, at: Step) {
        match at {
            Step::Idle => {}
            Step::Purge | Step::Lock | Step::LockMeeting | Step::Weigh | Step::Remove | Step::Finish | Step::Keep => {
                purging::step(self, who, at);
            }
            Step::Decide | Step::Apply | Step::Account => reconciling::step(self, who, at),
            _ => moving::step(self, who, at),
        }
    }

    /// Where this operator's move goes to.
    pub(crate) fn target_of(&self, who: usize) -> Side {
        self.from.operators[who].from.other()
    }

    /// Something that an operator does.
    pub(crate) fn does(&mut self, who: usize, what: &'static str, change: impl FnOnce(&mut State)) {
        self.push(Who::Operator(who), what, Sort::Ordinary, change);
    }

    /// Something that goes wrong.
    pub(crate) fn fault(&mut self, who: usize, what: &'static str, change: impl FnOnce(&mut State)) {
        self.push(Who::Operator(who), what, Sort::Chance, change);
    }

    pub(crate) fn push(&mut self, who: Who, what: &'static str, sort: Sort, change: impl FnOnce(&mut State)) {
        let mut state = self.from;
        change(&mut state);
        let event = None;
        self.found.push((Action { who, what, event, sort }, state));
    }

    /// Writes events down, in one transaction: then `done`, or `failed` if the store refuses or its answer is lost.
    pub(crate) fn record(
        &mut self,
        who: usize,
        events: &[Event],
        done: impl FnOnce(&mut State),
        failed: impl Fn(&mut State),
    ) {
        if self.from.store_open.is_some() {
            // Its row is locked; this waits.
            return;
        }
        let from = self.from;
        let Some(written) = store::written(&from, self.rules, who, events) else {
            return self.does(who, "is refused by the journal", failed);
        };
        let mut seen = from.operators[who].seen;
        for &event in events {
            self.made.insert((seen, event));
            seen = (self.rules.after)(seen, event).unwrap_or(seen);
            if let (Some(of), Some(means)) = (from.store.back_of, store::for_the_other(event)) {
                self.made.insert((of.status, means));
            }
        }
        let event = events.last().copied();
        self.does(who, "writes down", |state| {
            store::commit(state, written, Some(who));
            done(state);
        });
        self.name_last(event);
        self.fault(who, "loses the store when it writes down", |state| {
            state.store_open = Some(written);
            failed(state);
        });
        self.name_last(event);
    }

    fn name_last(&mut self, event: Option<Event>) {
        if let Some((action, _)) = self.found.last_mut() {
            action.event = event;
        }
    }
}
