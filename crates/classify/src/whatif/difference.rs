//! What two classifications of the same tables differ in, and how that is written.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use exodus_schema::{Graph, TableId};
use serde_json::{Value, json};

use crate::class::{Class, Classification};
use crate::filter::Filter;
use crate::hazard::Hazard;
use crate::report::{self, Styles};

/// What a change would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Tables with another class than before.
    pub classes: Vec<(TableId, Class, Class)>,
    /// Hazards that would go, with what they are about.
    pub gone: Vec<(String, Hazard)>,
    /// Hazards that would come.
    pub come: Vec<(String, Hazard)>,
    /// How many tables of each class and hazards there are before, and after.
    summaries: [String; 2],
}

/// What differs. A hazard is the same if rule, object and severity are: wording may change with what is around it.
pub fn difference(before: (&Graph<'_>, &Classification), after: (&Graph<'_>, &Classification)) -> Difference {
    let tables = before.1.tables.iter().zip(&after.1.tables);
    let changed = tables.filter(|(old, new)| old.class != new.class);
    let (old, new) = (hazards(before), hazards(after));
    Difference {
        classes: changed.map(|(old, new)| (old.table, old.class, new.class)).collect(),
        gone: missing(&old, &new),
        come: missing(&new, &old),
        summaries: [before, after].map(|(graph, found)| report::summary(&report::Report::new(graph, found))),
    }
}

type Key = (&'static str, String, &'static str);

fn hazards<'a>((graph, found): (&Graph<'_>, &'a Classification)) -> BTreeMap<Key, Vec<&'a Hazard>> {
    let mut all: BTreeMap<Key, Vec<&Hazard>> = BTreeMap::new();
    for hazard in &found.hazards {
        let key = (hazard.rule, hazard.object(graph), hazard.severity.as_str());
        all.entry(key).or_default().push(hazard);
    }
    all
}

/// What is in `one` and not in `other`; where there are several of a kind, the number counts.
fn missing(one: &BTreeMap<Key, Vec<&Hazard>>, other: &BTreeMap<Key, Vec<&Hazard>>) -> Vec<(String, Hazard)> {
    let mut found: Vec<_> = one
        .iter()
        .flat_map(|(key, hazards)| {
            let known = other.get(key).map_or(0, Vec::len);
            hazards
                .iter()
                .skip(known)
                .map(|&hazard| (key.1.clone(), hazard.clone()))
        })
        .collect();
    found.sort_by(|(x, a), (y, b)| (a.severity, x, a.rule).cmp(&(b.severity, y, b.rule)));
    found
}

impl Difference {
    /// Leaves out what the filter does.
    #[must_use]
    pub fn filtered(mut self, filter: &Filter) -> Self {
        self.classes.retain(|(table, ..)| filter.shows_table(*table));
        self.gone.retain(|(_, hazard)| filter.shows(hazard));
        self.come.retain(|(_, hazard)| filter.shows(hazard));
        self
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty() && self.gone.is_empty() && self.come.is_empty()
    }

    /// As text of at most 80 columns.
    pub fn text(&self, graph: &Graph<'_>, changes: &[String], styles: &Styles) -> String {
        let mut out = report::indented(&format!("What if: {}", changes.join("; ")), 0);
        if !self.classes.is_empty() {
            report::heading(
                &mut out,
                &format!("Classes that change ({})", self.classes.len()),
                styles,
            );
        }
        for (table, old, new) in &self.classes {
            let name = &graph.table(*table).name;
            out.push_str(&report::indented(&format!("{name}: {old} → {new}"), 2));
        }
        for (what, hazards) in [("go", &self.gone), ("come", &self.come)] {
            if !hazards.is_empty() {
                report::heading(&mut out, &format!("Hazards that {what} ({})", hazards.len()), styles);
            }
            for (object, hazard) in hazards {
                out.push_str(&report::indented(
                    &format!("{}[{}] {object}", hazard.severity, hazard.rule),
                    2,
                ));
                if what == "come" {
                    out.push_str(&report::indented(&hazard.message, 6));
                }
            }
        }
        out.push('\n');
        if self.is_empty() {
            out.push_str(&report::indented("Nothing would change: no class, and no hazard.", 0));
        }
        let [before, after] = &self.summaries;
        out.push_str(&report::indented(&format!("Before: {before}"), 0));
        out.push_str(&report::indented(&format!("After:  {after}"), 0));
        out
    }

    /// As Markdown.
    pub fn markdown(&self, graph: &Graph<'_>, changes: &[String]) -> String {
        let escaped = report::markdown_text;
        let mut out = format!("# exodus: what if {}\n", escaped(&changes.join("; ")));
        let [before, after] = &self.summaries;
        let _ = write!(out, "\nBefore: {}\n\nAfter: {}\n", escaped(before), escaped(after));
        if !self.classes.is_empty() {
            out.push_str("\n| table | before | after |\n|---|---|---|\n");
        }
        for (table, old, new) in &self.classes {
            let name = graph.table(*table).name.to_string();
            let _ = writeln!(out, "| {} | {old} | {new} |", escaped(&name));
        }
        for (what, hazards) in [("go", &self.gone), ("come", &self.come)] {
            if !hazards.is_empty() {
                let _ = write!(out, "\n## Hazards that {what}\n\n");
            }
            for (object, hazard) in hazards {
                let _ = writeln!(out, "- {} {}: {}", hazard.severity, hazard.rule, escaped(object));
            }
        }
        out
    }

    /// As JSON.
    pub fn json(&self, graph: &Graph<'_>, changes: &[String]) -> Value {
        let classes = self
            .classes
            .iter()
            .map(|(table, old, new)| json!({"table": graph.table(*table).name, "before": old, "after": new}));
        let hazards = |list: &[(String, Hazard)]| -> Vec<Value> {
            list.iter()
                .map(|(object, hazard)| {
                    json!({
                        "rule": hazard.rule,
                        "severity": hazard.severity,
                        "table": graph.table(hazard.table).name,
                        "object": object,
                        "message": hazard.message,
                        "fix": hazard.fix,
                    })
                })
                .collect()
        };
        json!({
            "version": report::json::VERSION,
            "what_if": changes,
            "classes": classes.collect::<Vec<_>>(),
            "gone": hazards(&self.gone),
            "come": hazards(&self.come),
        })
    }
}
