//! Follows what a trigger does through routines, the triggers of the tables it writes, and relations that cascade.

use std::cell::OnceCell;
use std::collections::{BTreeSet, VecDeque};

use exodus_schema::model::{Action, Enabled, Event};
use exodus_schema::{Engine, Graph, Relation, RelationId, TableId, TableName, Trigger};

use super::code::{Code, Statement};
use super::names::Names;
use super::reaches::{Link, Reaches};
use super::{Effect, Verb};

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
/// Following one trigger is linear in what it can reach: every routine, trigger and relation is met once, however they
/// call each other.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

    /// What the trigger does that is the `at`-th of the table, if it fires: by itself and through routines, and the
    /// tables that are written in the end.
    pub fn of(&self, table: TableId, at: usize) -> (Effect, Reaches) {
        let mut walk = Walk {
            effects: self,
            first: Unit::Trigger(table, at),
            effect: Effect::default(),
            reaches: Reaches::default(),
            units: BTreeSet::new(),
            written: BTreeSet::new(),
            lost: BTreeSet::new(),
            fired: BTreeSet::new(),
            passed: BTreeSet::new(),
            queue: VecDeque::new(),
        };
        walk.enter(Unit::Trigger(table, at), None, true);
        while let Some((task, from)) = walk.queue.pop_front() {
            match task {
                Task::Run { unit, own } => walk.run(unit, from, own),
                Task::Touch(touch) => walk.touch(&touch, from),
            }
        }
        walk.finish()
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

/// Rows of a table that are written.
struct Touch {
    table: TableId,
    verb: Verb,
    /// The columns that an update sets, where they are known.
    columns: Option<BTreeSet<String>>,
    /// TRUNCATE … CASCADE.
    cascades: bool,
    /// A relation wrote them, which fires triggers on some engines only.
    passed_on: bool,
}

enum Task {
    Run { unit: Unit, own: bool },
    Touch(Touch),
}

/// One trigger, followed breadth first, so that the way to each table is a shortest one.
struct Walk<'e, 'a> {
    effects: &'e Effects<'a>,
    first: Unit,
    effect: Effect,
    reaches: Reaches,
    /// Texts that were met.
    units: BTreeSet<Unit>,
    /// What is among the reached already.
    written: BTreeSet<(TableId, Verb)>,
    /// The same for tables that were not read.
    lost: BTreeSet<(TableName, Verb)>,
    /// Events of tables whose triggers were met.
    fired: BTreeSet<(TableId, Verb)>,
    /// Relations that passed a removal, or a new key, on.
    passed: BTreeSet<(RelationId, Verb)>,
    queue: VecDeque<(Task, Option<usize>)>,
}

impl Walk<'_, '_> {
    /// Has a text run once; `own` if it is the trigger's own, or a routine's that it calls.
    fn enter(&mut self, unit: Unit, from: Option<usize>, own: bool) {
        if self.units.insert(unit) {
            self.queue.push_back((Task::Run { unit, own }, from));
        }
    }

    fn run(&mut self, unit: Unit, from: Option<usize>, own: bool) {
        let effects = self.effects;
        let code = effects.code(unit);
        let homes = effects.homes(unit);
        let homes: Vec<&str> = homes.iter().map(String::as_str).collect();
        self.effect.raises |= code.raises;
        if unit == self.first {
            self.effect.sets_new = code.sets_new;
            self.effect.skips = code.skips;
        }
        for reason in &code.unknown {
            self.doubt(unit, reason);
        }
        for call in &code.calls {
            let called = effects.names.routines(call, &homes);
            if (called.groups.is_empty() || called.doubtful) && !call.built_in {
                self.doubt(unit, &call.reason());
            }
            for group in called.groups {
                if !self.units.contains(&Unit::Routine(group)) {
                    let name = effects.names.group(group)[0].name.clone();
                    let step = self.reaches.step(from, Link::Routine(name));
                    self.enter(Unit::Routine(group), Some(step), own);
                }
            }
        }
        for statement in &code.statements {
            if own {
                self.effect.writes.push(statement.write.clone());
            }
            self.write(unit, statement, &homes, from);
        }
    }

    fn doubt(&mut self, unit: Unit, reason: &str) {
        let graph = self.effects.graph;
        let text = match unit {
            unit if unit == self.first => reason.to_owned(),
            Unit::Trigger(table, at) => {
                let table = graph.table(table);
                format!("trigger {} of {}: {reason}", table.triggers[at].name, table.name)
            }
            Unit::Routine(at) => format!("{}: {reason}", self.effects.names.group(at)[0].name),
            Unit::Defaults(table) => format!("a default of {}: {reason}", graph.table(table).name),
        };
        self.effect.unknown.push(text);
    }

    fn write(&mut self, unit: Unit, statement: &Statement, homes: &[&str], from: Option<usize>) {
        let (name, verb) = (&statement.write.table, statement.write.verb);
        let tables = self.effects.names.tables(name, homes);
        if tables.is_empty() && self.lost.insert((name.clone(), verb)) {
            let link = Link::Write {
                table: None,
                name: name.clone(),
                verb,
            };
            let step = self.reaches.step(from, link);
            self.reaches.write(None, name.clone(), verb, step);
            self.doubt(unit, &format!("it writes {name}, which is no table that was read"));
        }
        for table in tables {
            let touch = Touch {
                table,
                verb,
                columns: statement.columns.clone(),
                cascades: statement.cascades,
                passed_on: false,
            };
            self.touch(&touch, from);
        }
    }

    fn touch(&mut self, touch: &Touch, from: Option<usize>) {
        let (table, verb, graph) = (touch.table, touch.verb, self.effects.graph);
        let name = &graph.table(table).name;
        let link = Link::Write {
            table: Some(table),
            name: name.clone(),
            verb,
        };
        let step = self.reaches.step(from, link);
        if self.written.insert((table, verb)) {
            self.reaches.write(Some(table), name.clone(), verb, step);
        }
        // MySQL and MariaDB cascade below the level at which triggers are.
        let silent = touch.passed_on && matches!(self.effects.engine(), Engine::MySql | Engine::MariaDb);
        if !silent && self.fired.insert((table, verb)) {
            self.fire(table, verb, step);
        }
        if self.effects.session == Session::Ordinary {
            self.pass_on(touch, step);
        }
    }

    fn fire(&mut self, table: TableId, verb: Verb, step: usize) {
        let effects = self.effects;
        let events = effects.events(verb, table);
        for (at, trigger) in effects.graph.table(table).triggers.iter().enumerate() {
            let unit = Unit::Trigger(table, at);
            let fires = effects.session.fires(trigger) && trigger.events.iter().any(|event| events.contains(event));
            if fires && !self.units.contains(&unit) {
                let name = trigger.name.clone();
                let step = self.reaches.step(Some(step), Link::Trigger { table, name });
                self.enter(unit, Some(step), false);
            }
        }
        let unit = Unit::Defaults(table);
        if events.contains(&Event::Insert) && !self.units.contains(&unit) && !effects.code(unit).calls.is_empty() {
            let step = self.reaches.step(Some(step), Link::Defaults(table));
            self.enter(unit, Some(step), false);
        }
    }

    /// What the relations to the written rows make of it.
    fn pass_on(&mut self, touch: &Touch, step: usize) {
        let graph = self.effects.graph;
        for edge in graph.children(touch.table) {
            let relation = graph.relation(edge.id);
            for (cause, verb) in consequences(touch, relation) {
                if !self.passed.insert((edge.id, cause)) {
                    continue;
                }
                let step = self.reaches.step(Some(step), Link::Cascade(edge.id));
                let next = Touch {
                    table: edge.child(),
                    verb,
                    columns: Some(relation.child_columns().map(str::to_lowercase).collect()),
                    cascades: touch.cascades,
                    passed_on: true,
                };
                self.queue.push_back((Task::Touch(next), Some(step)));
            }
        }
    }

    fn finish(self) -> (Effect, Reaches) {
        let mut effect = self.effect;
        effect.writes.sort();
        effect.writes.dedup();
        let mut seen = BTreeSet::new();
        effect.unknown.retain(|reason| seen.insert(reason.clone()));
        (effect, self.reaches)
    }
}

/// What happens to the rows that refer to written ones: by which kind of change, and how they are written.
fn consequences(touch: &Touch, relation: &Relation) -> Vec<(Verb, Verb)> {
    let removes = matches!(touch.verb, Verb::Delete | Verb::Replace | Verb::Merge);
    let key = |column: &str| match &touch.columns {
        Some(columns) => columns.contains(&column.to_lowercase()),
        None => true,
    };
    let rekeys = matches!(touch.verb, Verb::Update | Verb::Merge) && relation.parent_columns().any(key);
    let by = |action: Action, cascaded: Verb| match action {
        Action::Cascade => Some(cascaded),
        Action::SetNull | Action::SetDefault => Some(Verb::Update),
        Action::NoAction | Action::Restrict => None,
    };
    let deleted = removes.then(|| by(relation.on_delete, Verb::Delete)).flatten();
    let updated = rekeys.then(|| by(relation.on_update, Verb::Update)).flatten();
    let truncated = (touch.verb == Verb::Truncate && touch.cascades).then_some(Verb::Truncate);
    let caused = [
        (Verb::Delete, deleted),
        (Verb::Update, updated),
        (Verb::Truncate, truncated),
    ];
    caused
        .into_iter()
        .filter_map(|(cause, verb)| Some((cause, verb?)))
        .collect()
}

#[cfg(test)]
mod tests;
