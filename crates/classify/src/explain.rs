//! Why a table has its class, told to somebody who doubts it; and a rule's page.

mod cuts;
mod page;
mod relations;
mod selector;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use exodus_schema::{Cuts, Edge, Graph, RelationId, TableId};
use serde_json::{Value, json};

use crate::class::{Class, Classification, Evidence, Override, TableClass};
use crate::findings::Findings;
use crate::infer::{self, Inferred};
use crate::report::{self, Names, Styles, words};
use crate::trigger::{TriggerFact, Written};

pub use page::{page_json, page_text};

/// What is known of the table that is asked about.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The schema.
    pub graph: &'a Graph<'a>,
    /// Its classes.
    pub classes: &'a Classification,
    /// What the configuration ignores.
    pub cuts: &'a Cuts,
    /// What the configuration sets by hand.
    pub overrides: &'a BTreeMap<TableId, Override>,
    /// The guessed relations that were taken for real.
    pub inferred: &'a [Inferred],
    /// The columns that tell clients apart, if there are any.
    pub root_key: Option<&'a [String]>,
    /// What was found, in all tables.
    pub findings: &'a Findings<'a>,
    /// The table.
    pub table: TableId,
}

/// Lines under a heading, each with its depth.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    key: &'static str,
    title: &'static str,
    lines: Vec<(usize, String)>,
}

impl Part {
    fn new(key: &'static str, title: &'static str) -> Self {
        Self {
            key,
            title,
            lines: vec![],
        }
    }

    fn line(&mut self, depth: usize, text: impl Into<String>) {
        self.lines.push((depth, text.into()));
    }
}

/// As text of at most 80 columns.
pub fn text(subject: &Subject<'_>, styles: &Styles) -> String {
    let mut out = report::indented(&head(subject), 0);
    for part in parts(subject) {
        report::heading(&mut out, part.title, styles);
        for (depth, line) in &part.lines {
            out.push_str(&report::indented(line, 2 + 2 * depth));
        }
    }
    out
}

/// As Markdown.
pub fn markdown(subject: &Subject<'_>) -> String {
    let name = subject.graph.table(subject.table).name.to_string();
    let mut out = format!(
        "# {}\n\n{}\n",
        report::markdown_text(&name),
        report::markdown_text(&head(subject))
    );
    for part in parts(subject) {
        let _ = write!(out, "\n## {}\n\n", part.title);
        for (depth, line) in &part.lines {
            let _ = writeln!(out, "{}- {}", "  ".repeat(*depth), report::prose(line));
        }
    }
    out
}

/// As JSON: what `classify` says of the table, and each part as lines.
pub fn json(subject: &Subject<'_>) -> Value {
    let names = subject.names();
    let mut value = report::json::table(&names, subject.class());
    value["version"] = report::json::VERSION.into();
    let cutting = cuts::that_change(subject);
    let cut = cutting.changes.iter().map(|(relation, after)| {
        json!({"relation": report::json::relation(&names, *relation), "class": after.class, "complete": after.complete})
    });
    value["cuts"] = cut.collect();
    let own = subject
        .findings
        .all
        .iter()
        .filter(|one| one.hazard.table == subject.table);
    value["hazards"] = own.map(|one| report::json::finding(subject.graph, one)).collect();
    value["triggers"] = triggers_of(subject)
        .map(|fact| report::json::trigger(subject.graph, fact))
        .collect();
    let parts = parts(subject).into_iter().map(|part| {
        let lines: Vec<_> = part
            .lines
            .into_iter()
            .map(|(depth, line)| "  ".repeat(depth) + &line)
            .collect();
        (part.key.to_owned(), json!(lines))
    });
    value["words"] = Value::Object(parts.collect());
    value
}

/// Which of the table's rows a client owns: lines with their depth, none where no client owns any.
pub fn owned_rows(subject: &Subject<'_>) -> Vec<(usize, String)> {
    selector::part(subject).lines
}

/// What the table's triggers do: lines with their depth.
pub fn trigger_lines(subject: &Subject<'_>) -> Vec<(usize, String)> {
    triggers(subject).lines
}

impl<'a> Subject<'a> {
    fn names(&self) -> Names<'a> {
        Names::new(self.graph, self.inferred)
    }

    fn class(&self) -> &'a TableClass {
        &self.classes.tables[self.table.0]
    }
}

fn head(subject: &Subject<'_>) -> String {
    let name = &subject.graph.table(subject.table).name;
    let class = subject.class();
    match (&class.evidence, class.class) {
        (Evidence::Root, _) => format!("{name} is the root table: each of its rows is a client."),
        (_, Class::Client) => format!("{name} is a client table: its rows belong to clients and move with them."),
        (_, Class::Context) => {
            format!("{name} is a context table: it gives clients' rows their meaning and is the same on every shard.")
        }
        (_, Class::Neutral) => format!("{name} is a neutral table: it stays out of the shards."),
    }
}

fn parts(subject: &Subject<'_>) -> Vec<Part> {
    let all = [
        why(subject),
        looked_for(subject),
        selector::part(subject),
        cuts::part(subject),
        relations::part(subject),
        triggers(subject),
        hazards(subject),
    ];
    all.into_iter().filter(|part| !part.lines.is_empty()).collect()
}

fn why(subject: &Subject<'_>) -> Part {
    let (names, class) = (subject.names(), subject.class());
    let mut part = Part::new("why", "Why");
    match &class.evidence {
        Evidence::Chain(chain) => {
            part.line(0, "From the root, each row by the one before it:");
            for &relation in chain {
                part.line(1, step(subject, &names, relation));
            }
        }
        Evidence::Referenced(chain) => {
            part.line(0, "From a client table, each row by the one before it:");
            for &relation in chain {
                part.line(1, step(subject, &names, relation));
            }
        }
        _ => {
            let mut reason = words::reason(&names, class);
            reason.push('.');
            part.line(0, capital(&reason));
        }
    }
    let last = match &class.evidence {
        Evidence::Chain(chain) | Evidence::Referenced(chain) => chain.last(),
        _ => None,
    };
    for relation in class.reached_by.iter().filter(|relation| Some(*relation) != last) {
        part.line(0, format!("also by {}", step(subject, &names, *relation)));
    }
    if class.class == Class::Client && !class.complete {
        part.line(
            0,
            "No way of NOT NULL relations leads to it: rows without an owner are possible.",
        );
    }
    if let Some(order) = class.order {
        part.line(
            0,
            format!("In the copy order it is number {order}; parents have smaller numbers."),
        );
    }
    part
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// A relation, with what matters of it.
fn step(subject: &Subject<'_>, names: &Names<'_>, id: RelationId) -> String {
    let (table, relation) = (subject.graph.table(id.child), subject.graph.relation(id));
    let mut marks = vec![];
    // Of a relation of some rows, its condition says so already.
    if table.relation_is_nullable(relation) && relation.when.is_empty() {
        marks.push("may be NULL");
    }
    if !relation.validated {
        marks.push("not enforced");
    }
    if table.lacks_index_for(relation) {
        marks.push("no index");
    }
    let marks = if marks.is_empty() {
        String::new()
    } else {
        format!(" ({})", marks.join(", "))
    };
    format!("{}{marks}", names.relation(id))
}

/// For a neutral table: what would have made it another one.
fn looked_for(subject: &Subject<'_>) -> Part {
    let mut part = Part::new("looked_for", "What was looked for");
    if subject.class().evidence != Evidence::Unrelated {
        return part;
    }
    let (graph, classes) = (subject.graph, subject.classes);
    let count = |class| classes.of_class(class).len();
    part.line(
        0,
        format!(
            "Relations from it to any of the {}: there is none.",
            words::plural(count(Class::Client), "client table")
        ),
    );
    let context = match count(Class::Context) {
        0 => String::new(),
        n => format!(" and {}", words::plural(n, "context table")),
    };
    part.line(
        0,
        format!(
            "Relations to it from any of the {}{context}: there is none.",
            words::plural(count(Class::Client), "client table")
        ),
    );
    let ignored = |edge: &&Edge| subject.cuts.relations.contains(&edge.id);
    let edges = graph.parents(subject.table).chain(graph.children(subject.table));
    for edge in edges.filter(ignored) {
        part.line(0, format!("The configuration ignores {}.", graph.describe(edge.id)));
    }
    let name = &graph.table(subject.table).name;
    let guesses = infer::infer_unrefused(graph, &subject.classes.cuts);
    let near: Vec<_> = guesses
        .iter()
        .filter(|guess| guess.child == *name || guess.parent == *name)
        .collect();
    if near.is_empty() {
        part.line(
            0,
            "Columns that look like a foreign key that is missing: there is none.",
        );
    } else {
        part.line(0, "Columns that look like a foreign key that is missing:");
    }
    for guess in near.iter().take(8) {
        part.line(
            1,
            format!(
                "{} ({:.2}): {}",
                guess.describe(),
                guess.confidence,
                guess.reasons.join("; ")
            ),
        );
    }
    if near.len() > 8 {
        part.line(1, format!("and {} that are less likely", near.len() - 8));
    }
    part
}

fn triggers_of<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a TriggerFact> {
    let table = subject.table;
    subject.classes.triggers.iter().filter(move |fact| fact.table == table)
}

fn triggers(subject: &Subject<'_>) -> Part {
    let mut part = Part::new("triggers", "Triggers");
    for fact in triggers_of(subject) {
        let does = |written: &Written| {
            let way = fact.reaches.way(subject.graph, written);
            let way = way.map_or_else(String::new, |way| format!(", by way of {way}"));
            format!("does {} on {}{way}", written.verb.as_str(), written.name)
        };
        let mut does: Vec<String> = fact.reaches.written().iter().map(does).collect();
        does.extend(fact.effect.unknown.iter().map(|reason| format!("unknown: {reason}")));
        if does.is_empty() {
            does.push(words::harmless(&fact.effect).to_owned());
        }
        part.line(0, format!("{} ({}): {}", fact.name, fact.occasion(), does.join("; ")));
    }
    if subject.class().class != Class::Client && !subject.graph.table(subject.table).triggers.is_empty() {
        part.line(
            0,
            "Triggers of such a table are looked at only where those of client tables fire them.",
        );
    }
    part
}

fn hazards(subject: &Subject<'_>) -> Part {
    let mut part = Part::new("hazards", "Hazards");
    for finding in subject
        .findings
        .all
        .iter()
        .filter(|one| one.hazard.table == subject.table)
    {
        let hazard = finding.hazard;
        part.line(0, format!("{}[{}] {}", hazard.severity, hazard.rule, finding.object));
        part.line(1, hazard.message.clone());
        if let Some(entry) = finding.accepted {
            part.line(1, format!("Accepted: {} ({})", entry.reason, entry.place));
            continue;
        }
        part.line(1, format!("Fix: {}", hazard.fix));
        hazard.sql.iter().for_each(|sql| part.line(2, sql));
    }
    part
}

#[cfg(test)]
mod tests;
