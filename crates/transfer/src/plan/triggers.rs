//! What the triggers on client tables would do to rows that exodus writes or removes.

use std::collections::BTreeSet;

use exodus_classify::trigger::{Effect, Effects, Session, guard_help, guarded};
use exodus_engine::Session as Connected;
use exodus_schema::model::{Enabled, Event, Timing, Trigger};
use exodus_schema::{Engine, Graph, Schema, TableName};

use super::{Check, Integrity, Plan, Problem};
use crate::shape::Shape;

/// What triggers would do to the move, and to the purge after it.
pub(super) fn look(
    (source, shape): (&Connected, Shape<'_>),
    (target, there): (&Connected, Shape<'_>),
    target_schema: &Schema,
    plan: &mut Plan,
) {
    let silenced = plan.integrity == Integrity::Proven && target.capabilities().silences_triggers;
    let late = plan.tables.iter().filter(|table| !table.late_columns().is_empty());
    let late: BTreeSet<&TableName> = late.map(|table| &there.graph.table(table.id).name).collect();
    let there = Triggers::of(there, target_schema, silenced, target.name());
    let mut writing = there.writing(Event::Insert);
    // Where columns are set when all rows are there, triggers on updates fire, too.
    let updated = there.writing(Event::Update).into_iter();
    let updated: Vec<_> = updated
        .filter(|problem| late.contains(&problem.table) && !writing.contains(problem))
        .collect();
    writing.extend(updated);
    plan.problems.extend(writing);
    plan.problems.extend(there.altering(&late));
    let can = source.capabilities();
    let silenced = can.checks_off && can.silences_triggers;
    let here = Triggers::of(shape, shape.graph.schema(), silenced, source.name());
    plan.warnings.extend(here.in_the_way_of_a_purge());
}

/// The triggers on the client tables of one database that fire in our session, each with what it does.
pub(crate) struct Triggers<'a> {
    database: &'a str,
    engine: Engine,
    found: Vec<(&'a TableName, &'a Trigger, Effect)>,
}

impl<'a> Triggers<'a> {
    /// Those of the tables in `schema` that have the names of client tables; with `silenced`, of a session that keeps
    /// ordinary ones from firing.
    pub(crate) fn of(shape: Shape<'_>, schema: &'a Schema, silenced: bool, database: &'a str) -> Self {
        let graph = Graph::new(schema);
        let session = if silenced { Session::Replica } else { Session::Ordinary };
        let mut fired = vec![];
        for id in shape.tables() {
            let Some(id) = graph.find(&shape.graph.table(id).name) else {
                continue;
            };
            let table = &schema.tables[id.0];
            for (at, trigger) in table.triggers.iter().enumerate() {
                let is_on = match trigger.enabled {
                    Enabled::Disabled => false,
                    Enabled::Always => true,
                    Enabled::Origin => !silenced,
                    Enabled::Replica => silenced,
                };
                if is_on {
                    fired.push(((id, at), (&table.name, trigger)));
                }
            }
        }
        let (places, named): (Vec<_>, Vec<_>) = fired.into_iter().unzip();
        let effects = Effects::new(&graph, session).of_all(&places).into_iter();
        let found = named.into_iter().zip(effects);
        let found = found.map(|((table, trigger), (effect, _))| (table, trigger, effect));
        Self {
            database,
            engine: schema.engine,
            found: found.collect(),
        }
    }

    /// Those that write other rows when `event` happens to one, or withhold it.
    pub(crate) fn writing(&self, event: Event) -> Vec<Problem> {
        let writing = |(_, trigger, effect): &&(&TableName, &Trigger, Effect)| {
            trigger.events.contains(&event) && !effect.is_harmless()
        };
        let problem = |(table, trigger, effect): &(&TableName, &Trigger, Effect)| {
            let what = if effect.unknown.is_empty() {
                "writes or withholds rows"
            } else {
                "may write rows (not all of its code can be read)"
            };
            let does = format!("{what} when exodus works on {table}, and can't be silenced");
            self.problem(table, trigger, &does)
        };
        self.found.iter().filter(writing).map(problem).collect()
    }

    /// Those that a purge of the source would meet, which would be refused.
    fn in_the_way_of_a_purge(&self) -> Vec<Problem> {
        let mut problems = self.writing(Event::Delete);
        for problem in &mut problems {
            problem.help = format!(
                "the client can be moved, but its rows stay on the source until then: {}",
                problem.help
            );
        }
        problems
    }

    /// Those that may change the columns of a row that is inserted or, in the tables of `late`, updated. One that only
    /// brings values into a form which they have already changes nothing, but that can't be told from its code; the
    /// verification would, when everything is copied.
    fn altering(&self, late: &BTreeSet<&TableName>) -> Vec<Problem> {
        let altering = |(table, trigger, effect): &&(&TableName, &Trigger, Effect)| {
            let on = |event| trigger.events.contains(&event);
            let fires = on(Event::Insert) || (late.contains(table) && on(Event::Update));
            trigger.timing == Timing::Before && fires && effect.sets_new && effect.is_harmless()
        };
        let problem = |(table, trigger, _): &(&TableName, &Trigger, Effect)| {
            let does = format!(
                "sets columns of the rows that are written into {table}, and can't be silenced: where it changed one, the \
                 copy would not be equal"
            );
            self.problem(table, trigger, &does)
        };
        self.found.iter().filter(altering).map(problem).collect()
    }

    fn problem(&self, table: &TableName, trigger: &Trigger, does: &str) -> Problem {
        let message = format!("trigger {} on {} {does}", trigger.name, self.database);
        Problem {
            statement: guarded(self.engine, table, trigger),
            ..Problem::new(Check::Trigger, table, message, guard_help(self.engine))
        }
    }
}
