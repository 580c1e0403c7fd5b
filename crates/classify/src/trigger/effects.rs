//! Follows what a trigger does through routines, the triggers of the tables it writes, and relations that cascade.

mod flow;
mod near;

use std::cell::OnceCell;
use std::collections::{BTreeSet, VecDeque};

use exodus_schema::model::{Enabled, Event};
use exodus_schema::{Engine, Graph, TableId, TableName, Trigger};

use self::flow::{Leaf, Node};
use super::code::Code;
use super::names::Names;
use super::reaches::Reaches;
use super::{Effect, Verb, Write};

/// The kind of session in which triggers fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Session {
    /// As applications have it.
    Ordinary,
    /// PostgreSQL's `session_replication_role = replica`: only triggers made for it fire, and relations don't cascade.
    Replica,
}

impl Session {
    fn fires(self, trigger: &Trigger) -> bool {
        match trigger.enabled {
            Enabled::Always => true,
            Enabled::Origin => self == Self::Ordinary,
            Enabled::Replica => self == Self::Replica,
            Enabled::Disabled => false,
        }
    }
}

/// What the triggers of a schema do, to the end. Bodies are read when they are needed, and once.
///
/// Every routine, trigger and relation is met once, however they call each other.
#[derive(Debug)]
pub struct Effects<'a> {
    graph: &'a Graph<'a>,
    session: Session,
    names: Names<'a>,
    triggers: Vec<Vec<OnceCell<Code>>>,
    routines: Vec<OnceCell<Code>>,
    defaults: Vec<OnceCell<Code>>,
}

/// A text that is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Unit {
    Trigger(TableId, usize),
    Routine(usize),
    Defaults(TableId),
}

impl<'a> Effects<'a> {
    /// Of the triggers of this schema, in such a session.
    pub fn new(graph: &'a Graph<'a>, session: Session) -> Self {
        let names = Names::new(graph);
        let cells = |number: usize| vec![OnceCell::new(); number];
        Self {
            graph,
            session,
            triggers: graph.tables().map(|t| cells(graph.table(t).triggers.len())).collect(),
            routines: cells(names.groups()),
            defaults: cells(graph.tables().len()),
            names,
        }
    }

    /// What the trigger does that is the `at`-th of the table, if it fires: by itself and through routines, and all
    /// tables that are written in the end. Linear in what it can reach; for many triggers take [`Effects::of_all`].
    pub fn of(&self, table: TableId, at: usize) -> (Effect, Reaches) {
        let first = Node::Run(Unit::Trigger(table, at));
        let mut walk = Walk::new(self, first);
        while let Some((node, from)) = walk.queue.pop_front() {
            walk.take(node, from);
        }
        let (mut effect, reaches) = walk.finish();
        let code = self.code(Unit::Trigger(table, at));
        (effect.sets_new, effect.skips) = (code.sets_new, code.skips);
        effect.writes = self.own_writes(Unit::Trigger(table, at));
        (effect, reaches)
    }

    /// What a text and the routines that it calls write, as they name it.
    fn own_writes(&self, first: Unit) -> Vec<Write> {
        let mut found = BTreeSet::new();
        let mut met = BTreeSet::from([Node::Run(first)]);
        let mut open = vec![first];
        while let Some(unit) = open.pop() {
            found.extend(self.code(unit).statements.iter().map(|statement| &statement.write));
            for called in self.called(unit) {
                if met.insert(Node::Run(called)) {
                    open.push(called);
                }
            }
        }
        found.into_iter().cloned().collect()
    }

    fn code(&self, unit: Unit) -> &Code {
        let engine = self.graph.schema().engine;
        match unit {
            Unit::Trigger(table, at) => self.triggers[table.0][at]
                .get_or_init(|| Code::of_trigger(engine, &self.graph.table(table).triggers[at])),
            Unit::Routine(at) => self.routines[at].get_or_init(|| {
                let overloads = self.names.group(at).iter();
                let codes = overloads.map(|routine| Code::of_routine(engine, routine));
                codes.reduce(Code::join).unwrap_or_default()
            }),
            Unit::Defaults(table) => {
                self.defaults[table.0].get_or_init(|| Code::of_defaults(engine, &self.graph.table(table).columns))
            }
        }
    }

    /// The schemas in which a text's names are looked for first.
    fn homes(&self, unit: Unit) -> Vec<String> {
        match unit {
            Unit::Trigger(table, at) => {
                let table = self.graph.table(table);
                let function = table.triggers[at].function.as_deref();
                let function = function.and_then(|name| name.parse::<TableName>().ok());
                let mut homes: Vec<_> = function.into_iter().map(|name| name.schema).collect();
                homes.push(table.name.schema.clone());
                homes
            }
            Unit::Routine(at) => self
                .names
                .group(at)
                .iter()
                .take(1)
                .map(|r| r.name.schema.clone())
                .collect(),
            Unit::Defaults(table) => vec![self.graph.table(table).name.schema.clone()],
        }
    }

    fn engine(&self) -> Engine {
        self.graph.schema().engine
    }

    /// The events that a statement with this verb causes.
    fn events(&self, verb: Verb, table: TableId) -> &'static [Event] {
        match verb {
            Verb::Insert | Verb::Copy => &[Event::Insert],
            // A new key may move a row to another partition.
            Verb::Update if self.engine() == Engine::Postgres && !self.graph.table(table).partitions.is_empty() => {
                &[Event::Update, Event::Delete, Event::Insert]
            }
            Verb::Update => &[Event::Update],
            Verb::Delete => &[Event::Delete],
            Verb::Replace => &[Event::Insert, Event::Delete],
            Verb::Merge => &[Event::Insert, Event::Update, Event::Delete],
            Verb::Truncate => &[Event::Truncate],
        }
    }
}

/// One trigger, followed breadth first, so that the way to each table is a shortest one.
struct Walk<'e, 'a> {
    effects: &'e Effects<'a>,
    first: Node,
    effect: Effect,
    reaches: Reaches,
    /// What was met.
    nodes: BTreeSet<Node>,
    /// What is among the reached already.
    written: BTreeSet<Leaf>,
    queue: VecDeque<(Node, Option<usize>)>,
}

impl<'e, 'a> Walk<'e, 'a> {
    fn new(effects: &'e Effects<'a>, first: Node) -> Self {
        Self {
            effects,
            first,
            effect: Effect::default(),
            reaches: Reaches::default(),
            nodes: BTreeSet::from([first]),
            written: BTreeSet::new(),
            queue: VecDeque::from([(first, None)]),
        }
    }

    fn take(&mut self, node: Node, from: Option<usize>) {
        let step = self.effects.step(node);
        self.effect.raises |= step.raises;
        for reason in &step.doubts {
            let own = node == self.first;
            let text = if own {
                reason.clone()
            } else {
                self.effects.told(node, reason)
            };
            self.effect.unknown.push(text);
        }
        // Every write is a step of the way only where something follows from it.
        let mut places: Vec<Option<usize>> = vec![None; step.writes.len()];
        for (at, leaf) in step.writes.iter().enumerate() {
            if self.written.insert(leaf.clone()) {
                let place = self.reaches.step(from, leaf.link());
                self.reaches.write(leaf.table, leaf.name.clone(), leaf.verb, place);
                places[at] = Some(place);
            }
        }
        for next in &step.next {
            if !self.nodes.insert(next.node) {
                continue;
            }
            let from = match next.by {
                Some(by) => Some(*places[by].get_or_insert_with(|| self.reaches.step(from, step.writes[by].link()))),
                None => from,
            };
            let place = self.reaches.step(from, self.effects.link(next.node));
            self.queue.push_back((next.node, Some(place)));
        }
    }

    fn finish(self) -> (Effect, Reaches) {
        let mut effect = self.effect;
        let mut seen = BTreeSet::new();
        effect.unknown.retain(|reason| seen.insert(reason.clone()));
        (effect, self.reaches)
    }
}

#[cfg(test)]
mod tests;
