//! Findings as text: by severity, by rule, each with what mends it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Report;
use super::fold::{self, Entry};
use super::layout::{WIDTH, indented, statement, wrap};
use super::style::{Styles, heading};
use crate::accept::{Accept, Stale};
use crate::findings::Finding;
use crate::hazard::Severity;
use crate::rules;

/// Findings of one rule and severity, in the order of the report.
pub(super) struct Group<'a> {
    pub(super) severity: Severity,
    pub(super) rule: &'static str,
    pub(super) summary: &'static str,
    pub(super) findings: Vec<&'a Finding<'a>>,
}

impl Group<'_> {
    /// What can be done, where it is the same for all of several.
    pub(super) fn common_fix(&self) -> Option<&str> {
        let (first, others) = self.findings.split_first()?;
        let same = |finding: &&&Finding<'_>| finding.hazard.fix == first.hazard.fix;
        (!others.is_empty() && others.iter().filter(same).count() == others.len()).then_some(&first.hazard.fix)
    }
}

/// What stands, worst first; inside a severity by rule, in the order of the manual.
pub(super) fn groups<'a>(report: &'a Report<'_>) -> Vec<Group<'a>> {
    let mut groups = vec![];
    for severity in Severity::ALL {
        for rule in rules::ALL {
            let of = |finding: &&Finding<'_>| finding.hazard.severity == severity && finding.hazard.rule == rule.id;
            let findings: Vec<_> = report.findings.standing().filter(of).collect();
            if !findings.is_empty() {
                groups.push(Group {
                    severity,
                    rule: rule.id,
                    summary: rule.summary,
                    findings,
                });
            }
        }
    }
    groups
}

/// All of it; nothing where there is nothing to tell.
pub(super) fn hazards(out: &mut String, report: &Report<'_>, styles: &Styles) {
    let mut last = None;
    for group in groups(report) {
        if last.replace(group.severity) == Some(group.severity) {
            out.push('\n');
        } else {
            let count = report.findings.count(group.severity);
            heading(out, &title(group.severity, count), styles);
        }
        one_group(out, &group, styles);
    }
    accepted(out, report, styles);
    stale(out, report, styles);
}

/// `Errors (2)`
pub(super) fn title(severity: Severity, count: usize) -> String {
    let name = match severity {
        Severity::Error => "Errors",
        Severity::Warning => "Warnings",
        Severity::Note => "Notes",
    };
    format!("{name} ({count})")
}

fn one_group(out: &mut String, group: &Group<'_>, styles: &Styles) {
    let style = styles.of(group.severity);
    let label = format!("{}[{}]", group.severity, group.rule);
    for (at, line) in wrap(&format!("{label} {}", group.summary), WIDTH).iter().enumerate() {
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
    let common = group.common_fix();
    for entry in fold::entries(&group.findings) {
        match entry {
            Entry::One(finding) => one(out, finding, common.is_none(), styles),
            Entry::Many(findings) => many(out, &findings, common.is_none(), styles),
        }
    }
    if let Some(fix) = common {
        out.push_str(&indented(&format!("Fix for each: {fix}"), 2));
    }
}

/// Findings that differ in their tables only.
fn many(out: &mut String, findings: &[&Finding<'_>], with_fix: bool, styles: &Styles) {
    let Some(first) = findings.first() else { return };
    object(out, &fold::title(findings), styles);
    let objects: Vec<_> = findings.iter().map(|finding| finding.object.as_str()).collect();
    out.push_str(&indented(&objects.join(", "), 4));
    let example = shorter(&first.hazard.message, &first.object);
    out.push_str(&indented(&format!("For example: {example}"), 4));
    if first.hazard.proof.as_ref().is_some_and(|proof| proof.sampled) {
        out.push_str(&indented(SAMPLED, 4));
    }
    if with_fix {
        out.push_str(&indented(&format!("Fix: {}", first.hazard.fix), 4));
    }
    out.push_str(&indented(fold::hint(findings), 4));
}

fn object(out: &mut String, text: &str, styles: &Styles) {
    let style = styles.heading;
    for line in wrap(text, WIDTH - 2) {
        let _ = writeln!(out, "  {style}{line}{style:#}");
    }
}

/// A message that begins with its object, which need not stand above it too.
fn message_alone(out: &mut String, object: &str, message: &str, styles: &Styles) {
    let style = styles.heading;
    for (at, line) in wrap(message, WIDTH - 4).iter().enumerate() {
        let _ = match (at, line.strip_prefix(object)) {
            (0, Some(rest)) => writeln!(out, "  {style}{object}{style:#}{rest}"),
            (0, None) => writeln!(out, "  {line}"),
            _ => writeln!(out, "    {line}"),
        };
    }
}

/// The message with its own table's relations as `(columns) → parent(columns)`: the table's name stands above them, and
/// with it ten times they are hard to tell apart.
pub(super) fn shorter(message: &str, object: &str) -> String {
    let table = object.split(['(', '[']).next().unwrap_or_default().trim_end();
    let own = format!("{table}(");
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = rest.find(&own) {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        let whole = out.is_empty() || !out.ends_with([' ', '(']);
        let columns = found[own.len()..].split_once(") →").map(|(columns, _)| columns);
        // Of a name that ends like this one, and where it is no relation, it stays; and where the message begins.
        let relation = columns.is_some_and(|columns| !columns.contains(['(', ')']));
        if whole || !relation || table.is_empty() {
            out.push_str(table);
        }
        out.push('(');
        rest = &found[own.len()..];
    }
    out + rest
}

const SAMPLED: &str = "(sampled: counted on a part of the rows)";

fn one(out: &mut String, finding: &Finding<'_>, with_fix: bool, styles: &Styles) {
    let hazard = finding.hazard;
    let message = shorter(&hazard.message, &finding.object);
    if message.starts_with(&finding.object) {
        message_alone(out, &finding.object, &message, styles);
    } else {
        object(out, &finding.object, styles);
        out.push_str(&indented(&message, 4));
    }
    if let Some(proof) = &hazard.proof {
        if proof.sampled {
            out.push_str(&indented(SAMPLED, 4));
        }
        if !proof.keys.is_empty() {
            out.push_str(&indented(&format!("Keys: {}", proof.shown_keys().join(", ")), 4));
        }
    }
    if with_fix {
        out.push_str(&indented(&format!("Fix: {}", hazard.fix), 4));
    }
    hazard.sql.iter().for_each(|sql| out.push_str(&statement(sql, 6)));
    if let Some(config) = &finding.config {
        out.push_str(&indented("Or in exodus.toml:", 4));
        out.push_str(&statement(config, 6));
    }
    if let Some(entry) = finding.expired {
        let day = entry.until.as_deref().unwrap_or_default();
        out.push_str(&indented(&format!("It was accepted until {day}: {}", entry.place), 4));
    }
}

fn accepted(out: &mut String, report: &Report<'_>, styles: &Styles) {
    let count = report.findings.accepted().count();
    if count == 0 {
        return;
    }
    heading(out, &format!("Accepted ({count})"), styles);
    let mut reasons: BTreeMap<String, Vec<&Finding<'_>>> = BTreeMap::new();
    for (finding, entry) in report.findings.accepted() {
        reasons.entry(why(entry)).or_default().push(finding);
    }
    for (finding, entry) in report.findings.accepted() {
        let hazard = finding.hazard;
        let of = reasons.get_mut(&why(entry));
        match of {
            Some(findings) if findings.len() > MANY => alike(out, &why(entry), &std::mem::take(findings)),
            Some(findings) if findings.is_empty() => {}
            _ => {
                let line = format!("{}[{}] {}", hazard.severity, hazard.rule, finding.object);
                out.push_str(&indented(&line, 2));
                out.push_str(&indented(&why(entry), 6));
            }
        }
    }
}

/// More findings than that with one reason, a baseline's, are listed by rule.
const MANY: usize = 3;

fn why(entry: &Accept) -> String {
    let until = entry.until.as_ref();
    let until = until.map_or(String::new(), |day| format!(" (until {day})"));
    format!("{}{until}", entry.reason)
}

/// Accepted for one reason.
fn alike(out: &mut String, reason: &str, findings: &[&Finding<'_>]) {
    out.push_str(&indented(&format!("{reason} ({}):", findings.len()), 2));
    for severity in Severity::ALL {
        for rule in rules::ALL {
            let of = |one: &&&Finding<'_>| one.hazard.severity == severity && one.hazard.rule == rule.id;
            let objects: Vec<_> = findings.iter().filter(of).map(|one| one.object.as_str()).collect();
            if !objects.is_empty() {
                out.push_str(&indented(&format!("{severity}[{}]", rule.id), 4));
                out.push_str(&indented(&objects.join(", "), 6));
            }
        }
    }
}

fn stale(out: &mut String, report: &Report<'_>, styles: &Styles) {
    let stale = &report.findings.stale;
    if stale.is_empty() {
        return;
    }
    heading(
        out,
        &format!("Accept entries that match nothing ({})", stale.len()),
        styles,
    );
    for stale in stale {
        let entry = stale.entry;
        let line = format!("{}: {} on {}", entry.place, entry.rule, entry.object);
        out.push_str(&indented(&line, 2));
        if !stale.instead.is_empty() {
            out.push_str(&indented(&which(stale), 6));
            let objects = stale.instead.iter().map(|object| format!("object = '{object}'"));
            objects.for_each(|line| out.push_str(&statement(&line, 8)));
        }
    }
    if stale.iter().any(|stale| stale.instead.is_empty()) {
        out.push_str(&indented(STALE, 2));
    }
}

/// Why an entry that could mean several findings accepts none.
pub(super) fn which(stale: &Stale<'_>) -> String {
    format!(
        "It could mean any of {} findings. Write an entry for each that may stay:",
        stale.instead.len()
    )
}

/// What to do about an entry, where [`Stale::advice`] doesn't say.
pub(super) fn what_to_do(stale: &Stale<'_>) -> &'static str {
    if stale.instead.is_empty() { STALE } else { "" }
}

/// What to do about entries that match nothing.
pub(super) const STALE: &str = "Take them out: what they accepted is gone. (What only `exodus audit` finds needs \
                                `audit_only = true`.)";
