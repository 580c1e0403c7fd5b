//! What changed, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Change, Drift, HazardChange, OldRelation, OldTable, RelationChange, TableChange};
use crate::report::{self, Styles};

/// A group of changes under its heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `Hazards that came`.
    pub title: String,
    /// One change each.
    pub lines: Vec<Line>,
}

/// One change in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub subject: String,
    /// What became of it; may be empty.
    pub detail: String,
}

impl Drift {
    /// In words: hazards first, for that is what somebody has to look at.
    pub fn groups(&self) -> Vec<Group> {
        let mut groups = vec![];
        let mut add = |what: &str, change: Change, lines: Vec<Line>| {
            if !lines.is_empty() {
                let title = format!("{what} that {} ({})", change.as_str(), lines.len());
                groups.push(Group { title, lines });
            }
        };
        for change in Change::ALL {
            let of = self.hazards.iter().filter(|one| one.change == change);
            add("Hazards", change, of.map(HazardChange::line).collect());
        }
        for change in Change::ALL {
            let of = self.tables.iter().filter(|one| one.change == change);
            add("Tables", change, of.map(TableChange::line).collect());
        }
        for change in Change::ALL {
            let of = self.relations.iter().filter(|one| one.change == change);
            add("Relations", change, of.map(RelationChange::line).collect());
        }
        groups
    }

    /// In one sentence.
    pub fn summary(&self) -> String {
        if self.is_empty() {
            return format!(
                "Nothing changed since {}: no table, no class, no relation and no hazard.",
                self.since
            );
        }
        let new = match self.new_hazards().count() {
            0 => "no error or warning is new".to_owned(),
            1 => "1 error or warning is new".to_owned(),
            n => format!("{n} errors or warnings are new"),
        };
        let changes = |n: usize, what: &str| report::plural(n, what);
        format!(
            "Since {}: {}, {} and {} came, went or changed; {new}.",
            self.since,
            changes(self.hazards.len(), "hazard"),
            changes(self.tables.len(), "table"),
            changes(self.relations.len(), "relation"),
        )
    }

    /// As text of at most 80 columns; `all` is the summary of what stands now.
    pub fn text(&self, all: &str, styles: &Styles) -> String {
        let mut out = report::indented(&format!("What changed since {}", self.since), 0);
        for group in self.groups() {
            report::heading(&mut out, &group.title, styles);
            for line in group.lines {
                out.push_str(&report::indented(&line.subject, 2));
                if !line.detail.is_empty() {
                    out.push_str(&report::indented(&line.detail, 6));
                }
            }
        }
        out.push('\n');
        out.push_str(&report::indented(&self.summary(), 0));
        out.push_str(&report::indented(&format!("Now: {all}"), 0));
        out
    }

    /// As sections of Markdown, with headings of that level.
    pub fn markdown(&self, level: usize) -> String {
        let escaped = report::markdown_text;
        let hashes = "#".repeat(level);
        let mut out = format!("{hashes} What changed\n\n{}\n", escaped(&self.summary()));
        for group in self.groups() {
            let _ = write!(out, "\n{hashes}# {}\n\n", escaped(&group.title));
            for line in group.lines {
                let subject = escaped(&line.subject);
                let _ = match line.detail.as_str() {
                    "" => writeln!(out, "- {subject}"),
                    detail => writeln!(out, "- **{subject}**: {}", report::prose(detail)),
                };
            }
        }
        out
    }

    /// As JSON; docs/classify-json.md describes the shape.
    pub fn json(&self) -> Value {
        let tables = self.tables.iter().map(|one| {
            json!({
                "change": one.change,
                "table": one.table,
                "before": one.before.map(table),
                "after": one.after.map(table),
            })
        });
        let relations = self.relations.iter().map(|one| {
            json!({
                "change": one.change,
                "relation": one.relation,
                "child": one.child,
                "before": one.before.as_ref().map(relation),
                "after": one.after.as_ref().map(relation),
            })
        });
        json!({
            "since": self.since,
            "hazards": self.hazards.iter().map(hazard).collect::<Vec<_>>(),
            "tables": tables.collect::<Vec<_>>(),
            "relations": relations.collect::<Vec<_>>(),
        })
    }
}

fn table(of: OldTable) -> Value {
    json!({"class": of.class, "complete": of.complete})
}

fn relation(of: &OldRelation) -> Value {
    json!({"nullable": of.nullable, "origin": of.origin, "ignored": of.ignored})
}

fn hazard(one: &HazardChange) -> Value {
    let before = one
        .before
        .map(|(severity, accepted)| json!({"severity": severity, "accepted": accepted}));
    let after =
        (one.change != Change::Went).then(|| json!({"severity": one.hazard.severity, "accepted": one.hazard.accepted}));
    json!({
        "change": one.change,
        "new": one.is_new(),
        "rule": one.hazard.rule,
        "table": one.hazard.table,
        "object": one.hazard.object,
        "message": one.hazard.message,
        "fingerprint": one.fingerprint,
        "before": before,
        "after": after,
    })
}

impl HazardChange {
    fn line(&self) -> Line {
        let hazard = &self.hazard;
        let now = state(hazard.severity.as_str(), hazard.accepted);
        let detail = match (self.change, self.before) {
            (Change::Changed, Some((severity, accepted))) => {
                format!("{} → {now}: {}", state(severity.as_str(), accepted), hazard.message)
            }
            (Change::Went, _) => String::new(),
            _ if hazard.accepted => format!("accepted: {}", hazard.message),
            _ => hazard.message.clone(),
        };
        Line {
            subject: format!("{}[{}] {}", hazard.severity, hazard.rule, hazard.object),
            detail,
        }
    }
}

fn state(severity: &str, accepted: bool) -> String {
    format!("{severity}{}", if accepted { ", accepted" } else { "" })
}

impl TableChange {
    fn line(&self) -> Line {
        let detail = match (self.before, self.after) {
            (Some(before), Some(after)) if before.class != after.class => {
                format!("{} → {}", before.class, after.class)
            }
            (Some(_), Some(after)) if after.complete == Some(true) => {
                "one path of NOT NULL relations now finds all of a client's rows".to_owned()
            }
            (Some(_), Some(_)) => "rows without an owner are possible now".to_owned(),
            (None, Some(of)) | (Some(of), None) => format!("a {} table", of.class),
            (None, None) => String::new(),
        };
        Line {
            subject: self.table.clone(),
            detail,
        }
    }
}

impl RelationChange {
    fn line(&self) -> Line {
        let words = |of: &OldRelation| {
            let nullable = if of.nullable { "nullable" } else { "NOT NULL" };
            let origin = match of.origin.as_str() {
                "catalogue" => String::new(),
                other => format!(", {other}"),
            };
            let ignored = if of.ignored { ", ignored" } else { "" };
            format!("{nullable}{origin}{ignored}")
        };
        let detail = match (&self.before, &self.after) {
            (Some(before), Some(after)) => format!("{} → {}", words(before), words(after)),
            (None, Some(of)) | (Some(of), None) => words(of),
            (None, None) => String::new(),
        };
        Line {
            subject: self.relation.clone(),
            detail,
        }
    }
}
