//! Findings as they are shown: filtered, with what was accepted, and with a fingerprint each.

use std::collections::HashMap;

use exodus_schema::Graph;

use crate::accept::{Accept, Index, Scope, Stale};
use crate::filter::Filter;
use crate::fingerprint::fingerprint;
use crate::hazard::{Hazard, Severity};
use crate::infer::{self, Inferred};

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding<'a> {
    /// What was found.
    pub hazard: &'a Hazard,
    /// What it is about; see [`Hazard::object`].
    pub object: String,
    /// The same on every run for the same finding.
    pub fingerprint: String,
    /// What to put into the configuration instead, complete with its line breaks, where that would help.
    pub config: Option<String>,
    /// The entry that accepts it.
    pub accepted: Option<&'a Accept>,
    /// The entry that accepted it until a day that is over.
    pub expired: Option<&'a Accept>,
}

/// All findings that are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings<'a> {
    /// Those that stand, worst first, and accepted ones, in the same order.
    pub all: Vec<Finding<'a>>,
    /// How many the filter left out.
    pub hidden: usize,
    /// Entries that accept what is not there any more.
    pub stale: Vec<Stale<'a>>,
}

impl<'a> Findings<'a> {
    /// Looks at all hazards (so that fingerprints and entries don't depend on filters), and keeps those to show.
    pub fn new(graph: &Graph<'_>, hazards: &'a [Hazard], accepts: &'a [Accept], filter: &Filter, scope: Scope) -> Self {
        let mut index = Index::new(graph, accepts, hazards);
        let mut seen: HashMap<(&str, String), usize> = HashMap::new();
        let guesses = guesses(graph, hazards);
        let mut findings = Self::default();
        for hazard in hazards {
            let object = hazard.object(graph);
            let entry = index.find(graph, hazard, &object);
            let same = seen.entry((hazard.rule, object.clone())).or_default();
            let fingerprint = fingerprint(hazard.rule, &object, *same);
            *same += 1;
            if !filter.shows(hazard) {
                findings.hidden += 1;
                continue;
            }
            findings.all.push(Finding {
                hazard,
                config: hazard.config.clone().or_else(|| config(&guesses, hazard, &object)),
                object,
                fingerprint,
                accepted: entry.filter(|entry| !entry.expired),
                expired: entry.filter(|entry| entry.expired),
            });
        }
        findings.stale = index.stale(graph, scope);
        findings
    }

    /// Those that nobody accepted, worst first.
    pub fn standing(&self) -> impl Iterator<Item = &Finding<'a>> {
        self.all.iter().filter(|finding| finding.accepted.is_none())
    }

    /// Those that somebody accepted.
    pub fn accepted(&self) -> impl Iterator<Item = (&Finding<'a>, &'a Accept)> {
        self.all.iter().filter_map(|finding| Some((finding, finding.accepted?)))
    }

    /// How many of a severity stand.
    pub fn count(&self, severity: Severity) -> usize {
        self.standing()
            .filter(|finding| finding.hazard.severity == severity)
            .count()
    }

    /// Whether a check fails: something at least that bad stands, or an entry accepts what is not there any more.
    pub fn fails(&self, least: Severity) -> bool {
        !self.stale.is_empty() || self.standing().any(|finding| finding.hazard.severity.at_least(least))
    }
}

/// What could be declared, by child and columns; only looked for where something was found missing.
fn guesses(graph: &Graph<'_>, hazards: &[Hazard]) -> HashMap<String, Vec<Inferred>> {
    let mut by_object: HashMap<String, Vec<Inferred>> = HashMap::new();
    if hazards.iter().any(|hazard| hazard.rule == MISSING) {
        for guess in infer::infer(graph) {
            let object = format!("{}({})", guess.child, guess.columns.join(", "));
            by_object.entry(object).or_default().push(guess);
        }
    }
    by_object
}

/// The rule whose findings can be mended in the configuration.
const MISSING: &str = "missing-foreign-key";

fn config(guesses: &HashMap<String, Vec<Inferred>>, hazard: &Hazard, object: &str) -> Option<String> {
    let guesses = guesses.get(object).filter(|_| hazard.rule == MISSING)?;
    // Columns can look like references to several tables: the finding says which one it is about.
    let meant = guesses
        .iter()
        .find(|guess| hazard.message.starts_with(&guess.describe()))?;
    // The finding gives the reasons at length; here a line must stay a line, whoever wraps the text.
    let entry = meant.config_line();
    let mut lines: Vec<_> = entry.lines().filter(|line| !line.starts_with("reason = ")).collect();
    let short = format!("reason = \"inferred ({:.2})\"\n", meant.confidence);
    lines.push(&short);
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests;
