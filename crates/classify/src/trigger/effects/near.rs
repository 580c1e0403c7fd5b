//! What many triggers do, at once: of each the nearest tables that it writes.
//!
//! A thousand triggers that set each other going write a thousand tables each. All of that takes the square of their
//! number, only to be written down. So the ways are looked for backwards, from all writes at the same time, and every
//! node keeps the nearest few: that is linear in what there is, however it hangs together.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::super::Effect;
use super::super::reaches::{Link, MOST, Reaches, TOLD};
use super::flow::{Leaf, Node, Step};
use super::{Effects, Unit};

/// Everything that the triggers can set going.
struct Flow {
    nodes: Vec<Node>,
    steps: Vec<Step>,
    /// Where a node's next ones are among the nodes.
    next: Vec<Vec<usize>>,
    /// Nodes that set a node going, with the place among their next ones.
    before: Vec<Vec<(usize, usize)>>,
}

/// How a node comes to something: by itself, or by its next of this place.
#[derive(Clone, Copy)]
enum Hop {
    Here(usize),
    Next(usize),
}

/// The nearest things that each node comes to: which, and how.
type Nearest = Vec<Vec<(usize, Hop)>>;

impl Effects<'_> {
    /// What these triggers do, as [`Effects::of`] tells it of one, but of each only the nearest tables and doubts.
    pub fn of_all(&self, triggers: &[(exodus_schema::TableId, usize)]) -> Vec<(Effect, Reaches)> {
        let first: Vec<_> = triggers
            .iter()
            .map(|&(table, at)| Node::Run(Unit::Trigger(table, at)))
            .collect();
        let flow = self.flow(&first);
        let mut leaves = Labels::default();
        let mut doubts = Labels::default();
        let written: Vec<Vec<usize>> =
            flow.labelled(|step| step.writes.iter().map(|leaf| leaves.of(leaf.clone())).collect());
        let doubted: Vec<Vec<usize>> = (0..flow.nodes.len())
            .map(|at| {
                let reasons = flow.steps[at].doubts.iter().enumerate();
                reasons.map(|(place, _)| doubts.of((at, place))).collect()
            })
            .collect();
        let written = flow.nearest(&written);
        let doubted = flow.nearest(&doubted);
        let raising = flow.reaching(|step| step.raises);
        (0..first.len())
            .map(|at| {
                let unit = Unit::Trigger(triggers[at].0, triggers[at].1);
                let code = self.code(unit);
                let reasons = doubted[at].iter().map(|(label, _)| {
                    let (node, place) = doubts.all[*label];
                    let reason = &flow.steps[node].doubts[place];
                    if node == at {
                        reason.clone()
                    } else {
                        self.told(flow.nodes[node], reason)
                    }
                });
                let mut seen = BTreeSet::new();
                let mut unknown: Vec<_> = reasons.filter(|reason| seen.insert(reason.clone())).collect();
                if doubted[at].len() == MOST {
                    unknown.push("there may be more reasons".to_owned());
                }
                let effect = Effect {
                    writes: self.own_writes(unit),
                    sets_new: code.sets_new,
                    raises: raising[at],
                    skips: code.skips,
                    unknown,
                };
                (effect, self.reaches(&flow, &written, &leaves.all, at))
            })
            .collect()
    }

    /// All that can be set going, the triggers first, in their order.
    fn flow(&self, first: &[Node]) -> Flow {
        let mut flow = Flow {
            nodes: first.to_vec(),
            steps: vec![],
            next: vec![],
            before: vec![],
        };
        let mut places: HashMap<Node, usize> = first.iter().enumerate().map(|(at, node)| (*node, at)).collect();
        while let Some(&node) = flow.nodes.get(flow.steps.len()) {
            let step = self.step(node);
            let next = step.next.iter().map(|next| {
                *places.entry(next.node).or_insert_with(|| {
                    flow.nodes.push(next.node);
                    flow.nodes.len() - 1
                })
            });
            let next = next.collect();
            flow.next.push(next);
            flow.steps.push(step);
        }
        flow.before = vec![vec![]; flow.nodes.len()];
        for (node, next) in flow.next.iter().enumerate() {
            for (place, to) in next.iter().enumerate() {
                flow.before[*to].push((node, place));
            }
        }
        flow
    }

    fn reaches(&self, flow: &Flow, nearest: &Nearest, leaves: &[Leaf], first: usize) -> Reaches {
        let mut reaches = Reaches::default();
        for (label, _) in &nearest[first] {
            let chain = self.chain(flow, nearest, first, *label);
            let step = chain
                .into_iter()
                .fold(None, |step, link| Some(reaches.step(step, link)));
            let leaf = &leaves[*label];
            if let Some(step) = step {
                reaches.write(leaf.table, leaf.name.clone(), leaf.verb, step);
            }
        }
        reaches.has_more = nearest[first].len() == MOST;
        reaches
    }

    /// The links on the way to what bears the label; of a long way the middle is only counted.
    fn chain(&self, flow: &Flow, nearest: &Nearest, first: usize, label: usize) -> Vec<Link> {
        let mut way: Vec<Stop<'_>> = vec![];
        let mut at = first;
        let hop = |at: usize| {
            nearest[at]
                .iter()
                .find(|(known, _)| *known == label)
                .map(|(_, hop)| *hop)
        };
        while let Some(hop) = hop(at) {
            let step = &flow.steps[at];
            match hop {
                Hop::Here(place) => {
                    way.push(Stop::Write(&step.writes[place]));
                    break;
                }
                Hop::Next(place) => {
                    way.extend(step.next[place].by.map(|by| Stop::Write(&step.writes[by])));
                    at = flow.next[at][place];
                    way.push(Stop::Node(flow.nodes[at]));
                }
            }
        }
        let link = |stop: &Stop<'_>| match stop {
            Stop::Write(leaf) => leaf.link(),
            Stop::Node(node) => self.link(*node),
        };
        if way.len() <= 2 * TOLD + 1 {
            return way.iter().map(link).collect();
        }
        let (start, rest) = way.split_at(TOLD);
        let (middle, end) = rest.split_at(rest.len() - TOLD);
        let more = [Link::More(middle.len())];
        start.iter().map(link).chain(more).chain(end.iter().map(link)).collect()
    }
}

enum Stop<'f> {
    Write(&'f Leaf),
    Node(Node),
}

impl Flow {
    fn labelled(&self, label: impl FnMut(&Step) -> Vec<usize>) -> Vec<Vec<usize>> {
        self.steps.iter().map(label).collect()
    }

    /// Of every node the nearest of what some nodes have by themselves, at most [`MOST`], with the next step to each.
    fn nearest(&self, own: &[Vec<usize>]) -> Nearest {
        let mut nearest: Nearest = vec![vec![]; self.nodes.len()];
        let mut queue = VecDeque::new();
        let add = |nearest: &mut Nearest, queue: &mut VecDeque<(usize, usize)>, node: usize, label, hop| {
            let list = &mut nearest[node];
            if list.len() < MOST && !list.iter().any(|(known, _)| *known == label) {
                list.push((label, hop));
                queue.push_back((node, label));
            }
        };
        for (node, labels) in own.iter().enumerate() {
            for (place, label) in labels.iter().enumerate() {
                add(&mut nearest, &mut queue, node, *label, Hop::Here(place));
            }
        }
        // In order of distance, so that whoever's list is full knows nothing nearer.
        while let Some((node, label)) = queue.pop_front() {
            for &(before, place) in &self.before[node] {
                add(&mut nearest, &mut queue, before, label, Hop::Next(place));
            }
        }
        nearest
    }

    /// Which nodes come to one of a kind.
    fn reaching(&self, is: impl Fn(&Step) -> bool) -> Vec<bool> {
        let mut found: Vec<bool> = self.steps.iter().map(is).collect();
        let mut open: Vec<usize> = (0..found.len()).filter(|at| found[*at]).collect();
        while let Some(at) = open.pop() {
            for &(before, _) in &self.before[at] {
                if !std::mem::replace(&mut found[before], true) {
                    open.push(before);
                }
            }
        }
        found
    }
}

/// Numbers for different things.
struct Labels<T> {
    all: Vec<T>,
    known: BTreeMap<T, usize>,
}

impl<T> Default for Labels<T> {
    fn default() -> Self {
        Self {
            all: vec![],
            known: BTreeMap::new(),
        }
    }
}

impl<T: Ord + Clone> Labels<T> {
    fn of(&mut self, one: T) -> usize {
        *self.known.entry(one.clone()).or_insert_with(|| {
            self.all.push(one);
            self.all.len() - 1
        })
    }
}
