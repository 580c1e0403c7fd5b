//! A report as text of at most 80 columns.

use exodus_schema::Graph;

use super::layout::indented;
use super::style::{Styles, heading, numbered};
use super::{Report, hazards, tables, words};
use crate::candidates::Candidate;
use crate::trigger::TriggerFact;

/// How many candidates for the root are shown.
const SHOWN: usize = 10;

/// Every table by class, the harmless triggers, the hazards, and a summary.
pub(super) fn report(report: &Report<'_>, styles: &Styles) -> String {
    let graph = report.graph;
    let mut out = indented(&format!("Root table: {}", graph.table(report.classes.root).name), 0);
    if report.tables && !report.filter.is_about_rules() {
        tables::all(&mut out, report, styles);
        triggers(&mut out, report, styles);
        inferred(&mut out, report, styles);
        refused(&mut out, report, styles);
        if !graph.schema().warnings.is_empty() {
            heading(&mut out, "Seen in the schema, but not used", styles);
            out.extend(graph.schema().warnings.iter().map(|warning| indented(warning, 2)));
        }
    }
    hazards::hazards(&mut out, report, styles);
    for section in &report.sections {
        if section.title.is_empty() {
            out.push('\n');
            out.extend(section.lines.iter().map(|line| indented(line, 0)));
        } else {
            heading(&mut out, &section.title, styles);
            out.extend(section.lines.iter().map(|line| indented(line, 2)));
        }
    }
    out.push('\n');
    out.push_str(&indented(&words::summary(report), 0));
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

fn triggers(out: &mut String, report: &Report<'_>, styles: &Styles) {
    let shown = |fact: &&TriggerFact| fact.effect.is_harmless() && report.filter.shows_table(fact.table);
    let harmless: Vec<_> = report.classes.triggers.iter().filter(shown).collect();
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
        let (table, does) = (&report.graph.table(fact.table).name, words::harmless(&fact.effect));
        out.push_str(&indented(
            &format!("{table}: {} ({}) {does}", fact.name, fact.occasion()),
            2,
        ));
    }
}

/// Nor is what somebody said of guesses.
fn refused(out: &mut String, report: &Report<'_>, styles: &Styles) {
    let refused = words::refused(report);
    if refused.is_empty() {
        return;
    }
    heading(out, &format!("{} ({})", words::REFUSED, refused.len()), styles);
    for (object, reason) in refused {
        out.push_str(&indented(&object, 2));
        out.push_str(&indented(reason, 6));
    }
}

/// What was guessed and taken for real is never silent.
fn inferred(out: &mut String, report: &Report<'_>, styles: &Styles) {
    if report.inferred.is_empty() {
        return;
    }
    let title = format!("Inferred relations, taken for real ({})", report.inferred.len());
    heading(out, &title, styles);
    for guess in report.inferred {
        out.push_str(&indented(&guess.describe(), 2));
        let why = format!("{:.2}: {}", guess.confidence, guess.reasons.join("; "));
        out.push_str(&indented(&why, 6));
    }
}
