//! Breadth first through every state that can be reached.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

use exodus_transfer::{Event, Status};

use crate::action::{Action, Sort, Who};
use crate::next::Next;
use crate::promises;
use crate::rules::Rules;
use crate::state::State;

/// All states of a search in which no promise was broken.
pub(crate) struct Seen {
    pub(crate) states: usize,
    /// The length of the longest of all shortest ways to a state.
    pub(crate) depth: u32,
    /// Transitions of the journal that were made.
    pub(crate) made: HashSet<(Status, Event)>,
}

/// The shortest way to a state that breaks a promise, or from which no way leads on.
pub(crate) struct Broken {
    pub(crate) promise: &'static str,
    pub(crate) trace: Vec<Action>,
    pub(crate) state: State,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:", self.promise)?;
        for (number, action) in self.trace.iter().enumerate() {
            writeln!(f, "{:>4}. {action}", number + 1)?;
        }
        write!(f, "{:#?}", self.state)
    }
}

/// Looks at everything that can happen under these rules.
pub(crate) fn search(rules: &Rules) -> Result<Seen, Box<Broken>> {
    let mut graph = Graph::default();
    let mut next = Next::new(rules);
    graph.add(State::FIRST, None);
    let mut at = 0;
    while at < graph.states.len() {
        let state = graph.states[at];
        if let Some(promise) = promises::broken(&state, rules.way) {
            return Err(Box::new(graph.broken(promise, at)));
        }
        next.look(state);
        for (action, state) in next.found.drain(..) {
            graph.add(state, Some((index(at), action)));
        }
        graph.ends.push(graph.steps.len());
        at += 1;
    }
    graph.leads_on(rules)?;
    Ok(Seen {
        states: graph.states.len(),
        depth: graph.came.iter().map(|came| came.depth).max().unwrap_or(0),
        made: next.made,
    })
}

/// Where a state was met first.
struct Came {
    from: u32,
    action: Option<Action>,
    /// The operators have changed their places.
    exchanged: bool,
    /// How far it is from the beginning.
    depth: u32,
}

#[derive(Default)]
struct Graph {
    states: Vec<State>,
    numbers: HashMap<State, u32, BuildHasherDefault<Mix>>,
    came: Vec<Came>,
    /// The steps that can be counted on, those from one state behind those from the one before.
    steps: Vec<u32>,
    /// Where the steps from each state end.
    ends: Vec<usize>,
}

impl Graph {
    fn add(&mut self, state: State, by: Option<(u32, Action)>) {
        let (state, exchanged) = state.sorted();
        let new = index(self.states.len());
        let number = *self.numbers.entry(state).or_insert(new);
        if number == new {
            self.states.push(state);
            let (from, action) = by.unzip();
            let from = from.unwrap_or(0);
            let depth = action.map_or(0, |_| self.came[from as usize].depth + 1);
            self.came.push(Came {
                from,
                action,
                exchanged,
                depth,
            });
        }
        if by.is_some_and(|(_, action)| action.sort == Sort::Ordinary) {
            self.steps.push(number);
        }
    }

    fn broken(&self, promise: &'static str, at: usize) -> Broken {
        let (mut trace, mut here) = (vec![], at);
        while let Some(action) = self.came[here].action {
            trace.push((action, self.came[here].exchanged));
            here = self.came[here].from as usize;
        }
        trace.reverse();
        let trace = named(trace);
        let state = self.states[at];
        Broken { promise, trace, state }
    }

    /// From every state, commands and patience lead to an end, and to each end that is still open.
    fn leads_on(&self, rules: &Rules) -> Result<(), Box<Broken>> {
        let aborted = |state: &State| state.store.status == Status::Aborted;
        self.all_reach(
            "no command leads on from here to an end of the move",
            |_| true,
            |state| promises::has_ended(state, rules),
        )?;
        self.all_reach(
            "no command leads on from here to a move that is done",
            promises::can_be_done,
            |state| promises::is_done(state, rules),
        )?;
        self.all_reach(
            "no command leads from here to a move that is given up",
            promises::can_be_aborted,
            aborted,
        )?;
        // A move back does what it does to an epoch, and another one to another.
        let mut epochs = 1..=rules.moves;
        epochs.try_for_each(|epoch| self.leads_back(epoch))
    }

    /// The same of moves back.
    fn leads_back(&self, epoch: u8) -> Result<(), Box<Broken>> {
        self.all_reach(
            "no command leads from here to a move back that is given up",
            |state| promises::can_stay(state, epoch),
            |state| promises::has_stayed(state, epoch),
        )?;
        self.all_reach(
            promises::COMES_BACK,
            |state| promises::can_return(state, epoch),
            |state| promises::has_returned(state, epoch),
        )
    }

    fn all_reach(
        &self,
        promise: &'static str,
        of: impl Fn(&State) -> bool,
        goal: impl Fn(&State) -> bool,
    ) -> Result<(), Box<Broken>> {
        let mut reaches: Vec<bool> = self.states.iter().map(goal).collect();
        let mut changed = true;
        while changed {
            changed = false;
            for at in (0..self.states.len()).rev() {
                if !reaches[at] && self.steps_from(at).iter().any(|&to| reaches[to as usize]) {
                    (reaches[at], changed) = (true, true);
                }
            }
        }
        let stuck = (0..self.states.len()).find(|&at| of(&self.states[at]) && !reaches[at]);
        stuck.map_or(Ok(()), |at| Err(Box::new(self.broken(promise, at))))
    }

    fn steps_from(&self, at: usize) -> &[u32] {
        let begin = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.steps[begin..self.ends[at]]
    }
}

/// The same with each operator's name as it was at the beginning.
fn named(trace: Vec<(Action, bool)>) -> Vec<Action> {
    let mut turned = false;
    let named = trace.into_iter().map(|(mut action, exchanged)| {
        if let Who::Operator(who) = action.who
            && turned
        {
            action.who = Who::Operator(1 - who);
        }
        turned ^= exchanged;
        action
    });
    named.collect()
}

fn index(number: usize) -> u32 {
    u32::try_from(number).expect("fewer states than 4 billion")
}

/// A hash for small numbers: the standard one, made for keys of strangers, would take half of the time.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(u64::from(number));
    }

    fn write_u16(&mut self, number: u16) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u64(number.unsigned_abs() as u64);
    }

    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }
}
