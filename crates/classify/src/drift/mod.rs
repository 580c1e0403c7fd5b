//! What came, went or changed since an earlier report: tables, their classes, relations, hazards.
//!
//! The earlier report is the JSON that [`report::json`](crate::report::json) wrote. Both sides are compared by what has
//! a name that lasts: tables by name, relations by the columns they pair, hazards by their fingerprints. Names of
//! constraints don't count, for some products make them up anew in every copy of a schema; nor does wording.

mod old;
mod write;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::class::Class;
use crate::hazard::Severity;
use crate::report::{Names, Report};

pub use old::{Old, OldError};
pub use write::{Group, Line};

/// What became of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It was not there before.
    Came,
    /// It is there no more.
    Went,
    /// It is there still, and not as before.
    Changed,
}

impl Change {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 3] = [Self::Came, Self::Went, Self::Changed];

    /// In a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Came => "came",
            Self::Went => "went",
            Self::Changed => "changed",
        }
    }
}

/// A table that came, went or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableChange {
    /// What became of it.
    pub change: Change,
    /// Its name.
    pub table: String,
    /// What it was before.
    pub before: Option<OldTable>,
    /// What it is now.
    pub after: Option<OldTable>,
}

/// What is compared of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldTable {
    /// Its class.
    pub class: Class,
    /// Of a client table: whether one path finds every row that any client owns.
    pub complete: Option<bool>,
}

/// A relation that came, went or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationChange {
    /// What became of it.
    pub change: Change,
    /// `child(columns) → parent(columns)`.
    pub relation: String,
    /// Its child table.
    pub child: String,
    /// What it was before.
    pub before: Option<OldRelation>,
    /// What it is now.
    pub after: Option<OldRelation>,
}

/// What is compared of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldRelation {
    /// A child column may be NULL.
    pub nullable: bool,
    /// `catalogue`, `declared` or `inferred`.
    pub origin: String,
    /// The configuration leaves it out.
    pub ignored: bool,
}

/// A hazard that came, went or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HazardChange {
    /// What became of it.
    pub change: Change,
    /// What tells it from every other.
    pub fingerprint: String,
    /// As it is now; as it was, if it is there no more.
    pub hazard: OldHazard,
    /// Its severity before, and whether it was accepted then.
    pub before: Option<(Severity, bool)>,
}

/// What is told of a hazard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldHazard {
    /// The rule's id.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// The table it is about.
    pub table: String,
    /// What it is about.
    pub object: String,
    /// What was found.
    pub message: String,
    /// Somebody accepted it.
    pub accepted: bool,
}

impl HazardChange {
    /// Whether somebody has to look at it who saw the earlier report: nobody accepted it, it is more than a note, and it
    /// was not there, or was less bad, or was accepted.
    pub fn is_new(&self) -> bool {
        let worse = match self.before {
            None => true,
            Some((severity, accepted)) => accepted || self.hazard.severity < severity,
        };
        self.change != Change::Went
            && worse
            && !self.hazard.accepted
            && self.hazard.severity.at_least(Severity::Warning)
    }
}

/// All that differs from an earlier report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// The earlier report, as the user named it.
    pub since: String,
    /// Tables, by what became of them and name.
    pub tables: Vec<TableChange>,
    /// Relations, likewise.
    pub relations: Vec<RelationChange>,
    /// Hazards, by what became of them, severity and object.
    pub hazards: Vec<HazardChange>,
}

impl Drift {
    /// What differs between the earlier report and this one, of what this one shows.
    pub fn between(old: &Old, since: &str, now: &Report<'_>) -> Result<Self, OldError> {
        old.is_about(now)?;
        let mut drift = Self {
            since: since.to_owned(),
            tables: tables(old, now),
            relations: relations(old, now),
            hazards: hazards(old, now),
        };
        drift.show_only(now);
        Ok(drift)
    }

    /// Whether all is as it was.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.relations.is_empty() && self.hazards.is_empty()
    }

    /// The hazards that somebody has to look at; see [`HazardChange::is_new`].
    pub fn new_hazards(&self) -> impl Iterator<Item = &HazardChange> {
        self.hazards.iter().filter(|hazard| hazard.is_new())
    }

    /// Leaves out what the filter of the report does. What is there no more is judged by its name, as the filter would.
    fn show_only(&mut self, now: &Report<'_>) {
        let table = |name: &str| now.filter.shows_name(now.graph, name);
        self.tables.retain(|change| table(&change.table));
        self.relations.retain(|change| table(&change.child));
        self.hazards
            .retain(|change| now.filter.shows_rule(&change.hazard.rule) && table(&change.hazard.table));
        if now.filter.is_about_rules() {
            self.tables.clear();
            self.relations.clear();
        }
    }
}

/// What is on one side, on the other, or differs, by what became of it and key.
fn compared<'m, K: Ord, V: PartialEq>(
    before: &'m BTreeMap<K, V>,
    after: &'m BTreeMap<K, V>,
) -> Vec<(Change, &'m K, Option<&'m V>, Option<&'m V>)> {
    let mut all = vec![];
    for (key, now) in after {
        match before.get(key) {
            None => all.push((Change::Came, key, None, Some(now))),
            Some(then) if then != now => all.push((Change::Changed, key, Some(then), Some(now))),
            Some(_) => {}
        }
    }
    let went = before.iter().filter(|(key, _)| !after.contains_key(key));
    all.extend(went.map(|(key, then)| (Change::Went, key, Some(then), None)));
    all.sort_by_key(|(change, ..)| *change);
    all
}

fn tables(old: &Old, now: &Report<'_>) -> Vec<TableChange> {
    let of_now = now.classes.tables.iter().map(|table| {
        let complete = (table.class == Class::Client).then_some(table.complete);
        let class = table.class;
        (
            now.graph.table(table.table).name.to_string(),
            OldTable { class, complete },
        )
    });
    let of_now: BTreeMap<_, _> = of_now.collect();
    let changes = compared(&old.tables, &of_now).into_iter();
    let change = |(change, table, before, after): (_, &String, Option<&OldTable>, Option<&OldTable>)| TableChange {
        change,
        table: table.clone(),
        before: before.copied(),
        after: after.copied(),
    };
    changes.map(change).collect()
}

fn relations(old: &Old, now: &Report<'_>) -> Vec<RelationChange> {
    let names = Names::new(now.graph, now.inferred);
    let (of_old, of_now) = (&old.relations, old::relations_of(now, &names));
    let changes = compared(of_old, &of_now).into_iter();
    changes
        .map(|(change, (child, relation), before, after)| RelationChange {
            change,
            relation: relation.clone(),
            child: child.clone(),
            before: before.cloned(),
            after: after.cloned(),
        })
        .collect()
}

fn hazards(old: &Old, now: &Report<'_>) -> Vec<HazardChange> {
    let of_now: BTreeMap<_, _> = now
        .findings
        .all
        .iter()
        .map(|finding| (finding.fingerprint.clone(), OldHazard::of(now.graph, finding)))
        .collect();
    // Wording is no change.
    let state = |hazard: &OldHazard| (hazard.severity, hazard.accepted);
    let states = |all: &BTreeMap<String, OldHazard>| -> BTreeMap<String, (Severity, bool)> {
        all.iter()
            .map(|(print, hazard)| (print.clone(), state(hazard)))
            .collect()
    };
    let (before, after) = (states(&old.hazards), states(&of_now));
    let changes = compared(&before, &after).into_iter();
    let mut all: Vec<_> = changes
        .filter_map(|(change, print, before, _)| {
            let hazard = of_now.get(print).or_else(|| old.hazards.get(print))?;
            Some(HazardChange {
                change,
                fingerprint: print.clone(),
                hazard: hazard.clone(),
                before: before.copied(),
            })
        })
        .collect();
    let key = |change: &HazardChange| (change.change, change.hazard.severity);
    all.sort_by(|one, other| {
        (key(one), &one.hazard.object, &one.hazard.rule).cmp(&(key(other), &other.hazard.object, &other.hazard.rule))
    });
    all
}
