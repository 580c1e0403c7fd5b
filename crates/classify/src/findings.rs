//! Findings as they are shown: filtered, with what was accepted, and with a fingerprint each.

use std::collections::HashMap;

use exodus_schema::Graph;

use crate::accept::{Accept, Index, Scope};
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
    pub stale: Vec<&'a Accept>,
}

impl<'a> Findings<'a> {
    /// Looks at all hazards (so that fingerprints and entries don't depend on filters), and keeps those to show.
    pub fn new(graph: &Graph<'_>, hazards: &'a [Hazard], accepts: &'a [Accept], filter: &Filter, scope: Scope) -> Self {
        let mut index = Index::new(graph, accepts);
        let mut seen: HashMap<(&str, String), usize> = HashMap::new();
        let guesses = guesses(graph, hazards);
        let mut findings = Self::default();
        for hazard in hazards {
            let object = hazard.object(graph);
            let entry = index.find(hazard, &object);
            let same = seen.entry((hazard.rule, object.clone())).or_default();
            let fingerprint = fingerprint(hazard.rule, &object, *same);
            *same += 1;
            if !filter.shows(hazard) {
                findings.hidden += 1;
                continue;
            }
            findings.all.push(Finding {
                hazard,
                config: config(&guesses, hazard, &object),
                object,
                fingerprint,
                accepted: entry.filter(|entry| !entry.expired),
                expired: entry.filter(|entry| entry.expired),
            });
        }
        findings.stale = index.stale(scope);
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
mod tests {
    use super::*;
    use crate::accept::Place;
    use crate::fixture::{Fixture, id};

    fn accept(rule: &str, object: &str) -> Accept {
        Accept {
            rule: rule.to_owned(),
            object: object.to_owned(),
            reason: "looked at".to_owned(),
            until: None,
            expired: false,
            audit_only: false,
            place: Place::default(),
        }
    }

    fn with(accepts: &[Accept], scope: Scope, look: impl FnOnce(&Findings<'_>)) {
        let schema = Fixture::new()
            .relation("s.a.x s.clients")
            .relation("s.b.x s.clients")
            .build();
        let graph = Graph::new(&schema);
        let hazards = [
            Hazard::new("horse-riddle", Severity::Error, id(&graph, "s.a"), "one", ""),
            Hazard::new("horse-riddle", Severity::Warning, id(&graph, "s.b"), "two", "").on(["x"]),
            Hazard::new("horse-riddle", Severity::Warning, id(&graph, "s.b"), "three", "").on(["x"]),
        ];
        look(&Findings::new(&graph, &hazards, accepts, &Filter::default(), scope));
    }

    #[test]
    fn accepted_hazards_do_not_fail_and_stay_visible() {
        with(&[accept("horse-riddle", "a")], Scope::Schema, |found| {
            assert_eq!(
                (found.all.len(), found.accepted().count(), found.standing().count()),
                (3, 1, 2)
            );
            assert!(found.fails(Severity::Warning) && !found.fails(Severity::Error));
        });
        with(&[accept("self-loop", "a")], Scope::Schema, |found| {
            assert_eq!(found.standing().count(), 3, "another rule's entry");
        });
    }

    /// l64: an accepted hazard that is gone fails the check until it is removed.
    #[test]
    fn l64_an_entry_that_matches_nothing_fails_the_check() {
        let gone = [
            accept("horse-riddle", "a"),
            accept("horse-riddle", "b(x)"),
            accept("self-loop", "gone"),
        ];
        with(&gone, Scope::Schema, |found| {
            assert_eq!(found.stale, [&gone[2]]);
            assert_eq!(found.standing().count(), 0);
            assert!(found.fails(Severity::Error));
        });
        with(&gone, Scope::Part, |found| assert!(!found.fails(Severity::Note)));
    }

    #[test]
    fn what_only_data_show_is_not_judged_by_the_schema() {
        let mut entry = accept("self-loop", "a");
        entry.audit_only = true;
        let entries = [entry];
        with(&entries, Scope::Schema, |found| assert!(found.stale.is_empty()));
        with(&entries, Scope::Data, |found| assert_eq!(found.stale.len(), 1));
    }

    #[test]
    fn an_entry_whose_day_is_over_accepts_nothing_and_is_not_called_stale() {
        let mut entry = accept("horse-riddle", "a");
        entry.expired = true;
        with(&[entry.clone()], Scope::Schema, |found| {
            assert!(found.fails(Severity::Error) && found.stale.is_empty());
            assert_eq!(found.all[0].expired, Some(&entry));
        });
        // Where there is another one in force, that one counts.
        with(&[entry.clone(), accept("horse-riddle", "a")], Scope::Part, |found| {
            assert!(found.all[0].accepted.is_some());
        });
    }

    /// What is shown can be copied into the configuration as it is.
    #[test]
    fn a_missing_key_comes_with_the_entry_that_declares_it() {
        let mut schema = Fixture::new()
            .relation("posts.client_id clients")
            .relation("likes.client_id clients")
            .table("notes")
            .build();
        let column = schema.tables[0].columns[0].clone();
        let notes = schema.tables.iter_mut().find(|table| table.name.name == "notes");
        notes.expect("a table").columns.push(exodus_schema::Column {
            name: "client_id".to_owned(),
            ..column
        });
        let graph = Graph::new(&schema);
        let classes = crate::classify(
            &graph,
            id(&graph, "clients"),
            &exodus_schema::Cuts::default(),
            &[].into(),
        );
        let classes = classes.expect("it can be classified");
        let found = Findings::new(&graph, &classes.hazards, &[], &Filter::default(), Scope::Schema);
        let missing = found
            .all
            .iter()
            .find(|one| one.hazard.rule == MISSING)
            .expect("it is found");
        let entry = missing.config.as_deref().expect("an entry");
        assert!(
            entry.starts_with("[[declare]]\nchild = \"notes\"\n") && entry.contains("reason = "),
            "{entry}"
        );
        assert!(
            found
                .all
                .iter()
                .all(|one| one.hazard.rule == MISSING || one.config.is_none())
        );
    }

    #[test]
    fn fingerprints_tell_findings_apart_and_do_not_hang_on_words() {
        let mut seen = vec![];
        with(&[], Scope::Schema, |found| {
            seen = found.all.iter().map(|finding| finding.fingerprint.clone()).collect();
            let mut unique = seen.clone();
            unique.sort();
            unique.dedup();
            assert_eq!(unique.len(), 3);
        });
        assert!(seen.iter().all(|print| print.len() == 32), "{seen:?}");
        // Written down: an alert somewhere hangs on it, so a change of this value reopens alerts of all users.
        assert_eq!(seen[0], fingerprint("horse-riddle", "s.a", 0));
    }
}
