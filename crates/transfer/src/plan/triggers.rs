//! What the triggers on client tables would do to rows that exodus writes or removes.

use exodus_classify::trigger::{Effect, Effects, Session};
use exodus_engine::Session as Connected;
use exodus_schema::model::{Enabled, Event, Timing, Trigger};
use exodus_schema::{Graph, Schema, TableName};

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
    let there = Triggers::of(there, target_schema, silenced, target.name());
    let mut writing = there.writing(Event::Insert);
    let set_late = |problem: &Problem| {
        let mut tables = plan.tables.iter().filter(|table| !table.late_columns().is_empty());
        tables.any(|table| table.table == problem.table) && !writing.contains(problem)
    };
    // Where columns are set when all rows are there, triggers on updates fire, too.
    let late: Vec<Problem> = there.writing(Event::Update).into_iter().filter(set_late).collect();
    writing.extend(late);
    plan.problems.extend(writing);
    plan.warnings.extend(there.altering());
    let can = source.capabilities();
    let silenced = can.checks_off && can.silences_triggers;
    let here = Triggers::of(shape, shape.graph.schema(), silenced, source.name());
    plan.warnings.extend(here.in_the_way_of_a_purge());
}

/// The triggers on the client tables of one database that fire in our session, each with what it does.
pub(crate) struct Triggers<'a> {
    database: &'a str,
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
            Problem::new(
                Check::Trigger,
                table,
                format!(
                    "trigger {} on {} {what} when exodus works on {table}, and can't be silenced",
                    trigger.name, self.database
                ),
                "disable the trigger for the time of the move, or let it do nothing in exodus's sessions",
            )
        };
        self.found.iter().filter(writing).map(problem).collect()
    }

    /// Those that a purge of the source would meet, which would be refused.
    fn in_the_way_of_a_purge(&self) -> Vec<Problem> {
        let mut problems = self.writing(Event::Delete);
        for problem in &mut problems {
            "the client can be moved, but its rows stay on the source until the trigger is disabled or does nothing in exodus's sessions"
                .clone_into(&mut problem.help);
        }
        problems
    }

    /// Those that may change the columns of a row that is inserted. A trigger that only brings values into a form which
    /// they have already changes nothing, so that this is no reason to refuse: the verification tells.
    pub(crate) fn altering(&self) -> Vec<Problem> {
        let altering = |(_, trigger, effect): &&(&TableName, &Trigger, Effect)| {
            let before_insert = trigger.timing == Timing::Before && trigger.events.contains(&Event::Insert);
            before_insert && effect.sets_new && effect.is_harmless()
        };
        let warning = |(table, trigger, _): &(&TableName, &Trigger, Effect)| {
            Problem::new(
                Check::Trigger,
                table,
                format!(
                    "trigger {} on {} sets columns of the rows that are inserted into {table}, and can't be silenced: where it changes one, the verification fails",
                    trigger.name, self.database
                ),
                "if it does more than bring values into their usual form, disable it for the time of the move, or let it do nothing in exodus's sessions",
            )
        };
        self.found.iter().filter(altering).map(warning).collect()
    }
}
