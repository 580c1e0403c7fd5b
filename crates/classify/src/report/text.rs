//! The classification as text of at most 80 columns.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use exodus_schema::Graph;

use super::layout::{WIDTH, indented, wrap};
use super::words;
use crate::candidates::Candidate;
use crate::class::{Class, Classification, Evidence, TableClass};
use crate::hazard::{Hazard, Severity};
use crate::trigger::TriggerFact;

/// Colours; empty ones leave plain text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Styles {
    heading: Style,
    error: Style,
    warning: Style,
    note: Style,
}

impl Styles {
    /// For a terminal.
    pub fn coloured() -> Self {
        let bold = |color: AnsiColor| Style::new().bold().fg_color(Some(color.into()));
        Self {
            heading: Style::new().bold(),
            error: bold(AnsiColor::Red),
            warning: bold(AnsiColor::Yellow),
            note: bold(AnsiColor::Cyan),
        }
    }

    fn of(&self, severity: Severity) -> Style {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Note => self.note,
        }
    }
}

/// How many candidates for the root are shown.
const SHOWN: usize = 10;

/// Every table by class, the harmless triggers, the hazards, and a summary.
pub fn classification(graph: &Graph<'_>, found: &Classification, styles: &Styles) -> String {
    let mut out = indented(&format!("Root table: {}", graph.table(found.root).name), 0);
    for class in [Class::Client, Class::Context, Class::Neutral] {
        tables(&mut out, graph, &found.of_class(class), class, styles);
    }
    triggers(&mut out, graph, &found.triggers, styles);
    if !graph.schema().warnings.is_empty() {
        heading(&mut out, "Seen in the schema, but not used", styles);
        out.extend(graph.schema().warnings.iter().map(|warning| indented(warning, 2)));
    }
    if !found.hazards.is_empty() {
        heading(&mut out, "Hazards", styles);
        let hazards: Vec<_> = found.hazards.iter().map(|one| hazard(graph, one, styles)).collect();
        out.push_str(&hazards.join("\n"));
    }
    out.push('\n');
    out.push_str(&indented(&words::summary(found), 0));
    out
}

/// The tables that could be the root.
pub fn candidates(graph: &Graph<'_>, candidates: &[Candidate], styles: &Styles) -> String {
    if candidates.is_empty() {
        return indented(
            "No root table is given, and no table here refers to another, so that none looks like one. Name it with \
             `--root TABLE`, and declare the relations to it in exodus.toml.",
            0,
        );
    }
    let mut out = indented(
        "No root table is given. Its rows are the clients; these tables could be it:",
        0,
    );
    out.push('\n');
    for (at, candidate) in candidates.iter().take(SHOWN).enumerate() {
        let name = &graph.table(candidate.table).name;
        numbered(&mut out, at + 1, &name.to_string(), styles);
        out.push_str(&indented(&candidate.reason, 6));
    }
    let rest = candidates.len().saturating_sub(SHOWN);
    if rest > 0 {
        out.push_str(&indented(&format!("and {rest} more that are less likely"), 6));
    }
    out.push('\n');
    let best = candidates
        .first()
        .map_or(String::new(), |best| graph.table(best.table).name.to_string());
    out.push_str(&indented(
        &format!("Choose one with `--root`, such as `--root {best}`, or as `root` in exodus.toml."),
        0,
    ));
    out
}

fn heading(out: &mut String, text: &str, styles: &Styles) {
    let style = styles.heading;
    for line in wrap(text, WIDTH) {
        let _ = write!(out, "\n{style}{line}{style:#}\n");
    }
}

/// `   3 name`, the name going on under itself.
fn numbered(out: &mut String, number: usize, name: &str, styles: &Styles) {
    let style = styles.heading;
    for (at, line) in wrap(name, WIDTH - 6).iter().enumerate() {
        let margin = if at == 0 {
            format!("{number:>4}")
        } else {
            "    ".to_owned()
        };
        let _ = writeln!(out, "{margin}  {style}{line}{style:#}");
    }
}

fn tables(out: &mut String, graph: &Graph<'_>, tables: &[&TableClass], class: Class, styles: &Styles) {
    let what = match class {
        Class::Client => "Client tables, in copy order",
        Class::Context => "Context tables",
        Class::Neutral => "Neutral tables",
    };
    heading(out, &format!("{what} ({})", tables.len()), styles);
    let unrelated = |table: &&&TableClass| table.evidence == Evidence::Unrelated;
    for table in tables.iter().filter(|table| !unrelated(table)) {
        let name = graph.table(table.table).name.to_string();
        if let Some(order) = table.order {
            numbered(out, order, &name, styles);
        } else {
            out.push_str(&indented(&name, 2));
        }
        out.push_str(&indented(&words::reason(graph, table), 6));
        also_reached(out, graph, table);
    }
    // They all have the same reason: it stands once.
    let unrelated: Vec<_> = tables.iter().filter(unrelated).collect();
    if !unrelated.is_empty() {
        out.push_str(&indented(
            "No relation leads to these from the root, and no client or context table refers to them:",
            2,
        ));
    }
    for table in unrelated {
        out.push_str(&indented(&graph.table(table.table).name.to_string(), 6));
    }
}

/// The relations that reach it and are not part of the reason.
fn also_reached(out: &mut String, graph: &Graph<'_>, table: &TableClass) {
    let shown = match &table.evidence {
        Evidence::Chain(chain) | Evidence::Referenced(chain) => chain.last(),
        _ => None,
    };
    let others: Vec<_> = table
        .reached_by
        .iter()
        .filter(|relation| Some(*relation) != shown)
        .collect();
    if !others.is_empty() {
        let list = others
            .iter()
            .map(|relation| graph.describe(**relation))
            .collect::<Vec<_>>()
            .join(", ");
        out.push_str(&indented(&format!("also by {list}"), 6));
    }
}

fn triggers(out: &mut String, graph: &Graph<'_>, facts: &[TriggerFact], styles: &Styles) {
    let harmless: Vec<_> = facts.iter().filter(|fact| fact.effect.is_harmless()).collect();
    if harmless.is_empty() {
        return;
    }
    heading(
        out,
        &format!(
            "Triggers of client tables that write no other rows ({})",
            harmless.len()
        ),
        styles,
    );
    for fact in harmless {
        let (table, does) = (&graph.table(fact.table).name, words::harmless(&fact.effect));
        out.push_str(&indented(
            &format!("{table}: {} ({}) {does}", fact.name, fact.occasion()),
            2,
        ));
    }
}

fn hazard(graph: &Graph<'_>, hazard: &Hazard, styles: &Styles) -> String {
    let style = styles.of(hazard.severity);
    let label = format!("{}[{}]", hazard.severity, hazard.rule);
    let mut out = String::new();
    for (at, line) in wrap(&format!("{label} {}", graph.table(hazard.table).name), WIDTH)
        .iter()
        .enumerate()
    {
        // Rule ids are short: the label stands in the first line.
        match line.strip_prefix(&label).filter(|_| at == 0) {
            Some(rest) => {
                let _ = writeln!(out, "{style}{label}{style:#}{rest}");
            }
            None => {
                let _ = writeln!(out, "{line}");
            }
        }
    }
    out.push_str(&indented(&hazard.message, 4));
    out.push_str(&indented(&format!("Fix: {}", hazard.fix), 4));
    out
}
