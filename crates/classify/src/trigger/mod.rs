//! What triggers do: write rows, set columns of the row at hand, refuse it, or something that can't be told.
//!
//! Bodies are read by sqlparser's tokenizer, which skips comments and strings rightly; its parser fails on most of them.
//! What can't be read is `unknown`, never safe: SQL put together at run time, calls of functions and procedures that
//! were not read and aren't built in, other languages.
//!
//! [`Effects`] follows what a trigger does to its end: through the routines that it calls, the triggers that its
//! statements fire, and the relations that pass a removal or a new key on. Whatever may happen counts: every branch of a
//! body, every overload of a name, every trigger whatever its condition. Only what a guard keeps from happening in
//! exodus's own sessions ([`guarded`]) does not count.

mod code;
mod effects;
mod functions;
mod guard;
mod header;
mod names;
mod reaches;
mod scan;
mod tokens;
mod write;

use std::collections::BTreeMap;

use exodus_schema::model::{Enabled, Event, Timing};
use exodus_schema::{Engine, Graph, TableId, TableName, Tree, Trigger};
use serde::{Deserialize, Serialize};

pub use effects::{Effects, Session};
pub use guard::{guard_help, guarded};
pub use reaches::{Link, Reaches, Written};

use code::Code;

/// How a statement changes rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// INSERT.
    Insert,
    /// UPDATE.
    Update,
    /// DELETE.
    Delete,
    /// REPLACE.
    Replace,
    /// MERGE.
    Merge,
    /// TRUNCATE.
    Truncate,
    /// COPY … FROM.
    Copy,
}

impl Verb {
    /// As SQL writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Replace => "REPLACE",
            Self::Merge => "MERGE",
            Self::Truncate => "TRUNCATE",
            Self::Copy => "COPY",
        }
    }
}

/// A table that a body writes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Write {
    /// The table as the body names it: without a schema where none is written.
    pub table: TableName,
    /// How.
    pub verb: Verb,
}

/// What a trigger does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// The tables that it and the routines it calls write, sorted, each verb once. A statement that joins several tables
    /// counts for all of them.
    pub writes: Vec<Write>,
    /// It may change the row at hand before it is written.
    pub sets_new: bool,
    /// It may refuse the change with an error, or what it calls and fires may.
    pub raises: bool,
    /// It may silently keep the row at hand from being written.
    pub skips: bool,
    /// Why it can't be told what else it does; empty when everything was read.
    pub unknown: Vec<String>,
}

impl Effect {
    /// It writes no rows but the one at hand, for certain.
    pub fn is_harmless(&self) -> bool {
        self.writes.is_empty() && self.unknown.is_empty() && !self.skips
    }
}

/// A trigger of a client table, with what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerFact {
    /// Its table.
    pub table: TableId,
    /// Its name.
    pub name: String,
    /// When it runs.
    pub timing: Timing,
    /// What fires it.
    pub events: Vec<Event>,
    /// Whether it fires.
    pub enabled: Enabled,
    /// The condition under which it fires, as the catalogue prints it. What it does counts whatever the condition is:
    /// rows that a move copies may well meet it.
    pub condition: Option<String>,
    /// What it does.
    pub effect: Effect,
    /// The tables that are written in the end, with the way to each.
    pub reaches: Reaches,
}

impl TriggerFact {
    /// `before insert or update, when (old.n > 1)`.
    pub fn occasion(&self) -> String {
        let timing = match self.timing {
            Timing::Before => "before",
            Timing::After => "after",
            Timing::InsteadOf => "instead of",
        };
        let events: Vec<_> = self.events.iter().map(|&event| event_name(event)).collect();
        let condition = self.condition.as_ref().map_or_else(String::new, |condition| {
            let plain: Vec<_> = condition.split_whitespace().collect();
            format!(", when {}", shortened(&plain.join(" ")))
        });
        format!("{timing} {}{condition}", events.join(" or "))
    }
}

/// Conditions can be longer than all that is said about them.
fn shortened(text: &str) -> String {
    const MOST: usize = 160;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

pub(crate) fn event_name(event: Event) -> &'static str {
    match event {
        Event::Insert => "insert",
        Event::Update => "update",
        Event::Delete => "delete",
        Event::Truncate => "truncate",
    }
}

/// What the triggers of the client tables do, sorted by table and name.
pub(crate) fn facts(graph: &Graph<'_>, tree: &Tree) -> Vec<TriggerFact> {
    let tables = graph.tables().filter(|&table| tree.contains(table));
    let all: Vec<_> = tables
        .flat_map(|table| (0..graph.table(table).triggers.len()).map(move |at| (table, at)))
        .collect();
    // What fires in replicating sessions only fires what fires there.
    let trigger = |(table, at): (TableId, usize)| &graph.table(table).triggers[at];
    let (replica, ordinary): (Vec<_>, Vec<_>) = all.iter().partition(|&&of| trigger(of).enabled == Enabled::Replica);
    let follow = |session, of: Vec<(TableId, usize)>| {
        let done = Effects::new(graph, session).of_all(&of);
        of.into_iter().zip(done).collect::<BTreeMap<_, _>>()
    };
    let mut done = follow(Session::Ordinary, ordinary);
    done.extend(follow(Session::Replica, replica));
    let fact = |((table, at), (effect, reaches))| {
        let trigger = trigger((table, at));
        TriggerFact {
            table,
            name: trigger.name.clone(),
            timing: trigger.timing,
            events: trigger.events.clone(),
            enabled: trigger.enabled,
            condition: trigger.condition.clone(),
            effect,
            reaches,
        }
    };
    done.into_iter().map(fact).collect()
}

/// Reads a trigger's body by itself: what it calls is unknown, and what it writes is not followed.
pub fn analyse(engine: Engine, trigger: &Trigger) -> Effect {
    Code::of_trigger(engine, trigger).alone()
}

#[cfg(test)]
mod tests;
