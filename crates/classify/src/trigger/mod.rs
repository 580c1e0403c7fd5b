//! What triggers do: write rows, set columns of the row at hand, refuse it, or something that can't be told.
//!
//! Bodies are read by sqlparser's tokenizer, which skips comments and strings rightly; its parser fails on most of them.
//! What can't be read is `unknown`, never safe: SQL put together at run time, calls of functions and procedures that
//! aren't built in, other languages.

mod functions;
mod header;
mod scan;
mod tokens;
mod write;

use exodus_schema::model::{Enabled, Event, Timing};
use exodus_schema::{Engine, Graph, TableId, TableName, Tree, Trigger};
use serde::{Deserialize, Serialize};

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
    /// The tables it writes, sorted, each verb once. A statement that joins several tables counts for all of them.
    pub writes: Vec<Write>,
    /// It may change the row at hand before it is written.
    pub sets_new: bool,
    /// It may refuse the change with an error.
    pub raises: bool,
    /// It may silently keep the row at hand from being written.
    pub skips: bool,
    /// Why it can't be told what else it does; empty when everything was read.
    pub unknown: Vec<String>,
}

impl Effect {
    pub(crate) fn unknown(reason: impl Into<String>) -> Self {
        Self {
            unknown: vec![reason.into()],
            ..Self::default()
        }
    }

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
    /// What it does.
    pub effect: Effect,
}

impl TriggerFact {
    /// `before insert or update`.
    pub fn occasion(&self) -> String {
        let timing = match self.timing {
            Timing::Before => "before",
            Timing::After => "after",
            Timing::InsteadOf => "instead of",
        };
        let events: Vec<_> = self.events.iter().map(|&event| event_name(event)).collect();
        format!("{timing} {}", events.join(" or "))
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
    let triggers = tables.flat_map(|table| graph.table(table).triggers.iter().map(move |trigger| (table, trigger)));
    triggers
        .map(|(table, trigger)| TriggerFact {
            table,
            name: trigger.name.clone(),
            timing: trigger.timing,
            events: trigger.events.clone(),
            enabled: trigger.enabled,
            effect: analyse(graph.schema().engine, trigger),
        })
        .collect()
}

/// Reads a trigger's body.
pub fn analyse(engine: Engine, trigger: &Trigger) -> Effect {
    let language = trigger.language.as_deref().unwrap_or("sql").to_lowercase();
    let mut effect = match language.as_str() {
        "sql" | "plpgsql" => body(engine, &trigger.body),
        "internal" | "c" => compiled(trigger.function.as_deref()),
        other => Effect::unknown(format!("it is written in {other}")),
    };
    // Returning no row means something before the change only.
    effect.skips &= trigger.timing != Timing::After;
    effect
}

/// The functions that PostgreSQL and its contributed modules have for triggers.
fn compiled(function: Option<&str>) -> Effect {
    let name = function.unwrap_or_default();
    let name = name.split('(').next().unwrap_or(name);
    match name.rsplit('.').next().unwrap_or(name).trim_matches('"') {
        "tsvector_update_trigger"
        | "tsvector_update_trigger_column"
        | "moddatetime"
        | "autoinc"
        | "insert_username" => Effect {
            sets_new: true,
            ..Effect::default()
        },
        // It skips updates that change nothing: no row is kept from being what it should be.
        "suppress_redundant_updates_trigger" => Effect::default(),
        "" => Effect::unknown("it calls compiled code"),
        name => Effect::unknown(format!("it calls the compiled function {name}")),
    }
}

fn body(engine: Engine, text: &str) -> Effect {
    if text.trim().is_empty() {
        return Effect::unknown("its body can't be seen");
    }
    let Some(all) = tokens::tokens(engine, text) else {
        return Effect::unknown("its body can't be read");
    };
    match header::split(&all) {
        header::Body::Here(tokens) => scan::scan(engine, tokens),
        header::Body::Quoted(inner) => match tokens::tokens(engine, inner) {
            Some(tokens) => scan::scan(engine, &tokens),
            None => Effect::unknown("its body can't be read"),
        },
        header::Body::Missing => Effect::unknown("its body can't be seen"),
    }
}

#[cfg(test)]
mod tests;
