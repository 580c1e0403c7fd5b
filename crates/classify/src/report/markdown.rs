//! A report as Markdown, in the dialect that code hosts show.

use std::fmt::Write as _;

use super::escape::{fenced, markdown, prose};
use super::fold::{self, Entry};
use super::hazards::{STALE, groups, shorter, title, which};
use super::names::Names;
use super::{Report, words};
use crate::class::{Class, TableClass};
use crate::findings::Finding;

/// The whole of it: what stands first, for that is what somebody has to look at.
pub(super) fn report(report: &Report<'_>) -> String {
    let root = &report.graph.table(report.classes.root).name;
    let mut out = format!("# exodus {}: {}\n\n", report.tool.command, markdown(&root.to_string()));
    let _ = writeln!(out, "{}", markdown(&words::summary(report)));
    hazards(&mut out, report);
    accepted(&mut out, report);
    stale(&mut out, report);
    for section in &report.sections {
        if !section.title.is_empty() {
            let _ = write!(out, "\n## {}\n", markdown(&section.title));
        }
        for line in &section.lines {
            let _ = write!(out, "\n{}\n", prose(line));
        }
    }
    if report.tables && !report.filter.is_about_rules() {
        tables(&mut out, report);
        inferred(&mut out, report);
        refused(&mut out, report);
    }
    out
}

fn hazards(out: &mut String, report: &Report<'_>) {
    let mut last = None;
    for group in groups(report) {
        if last.replace(group.severity) != Some(group.severity) {
            let _ = write!(
                out,
                "\n## {}\n",
                title(group.severity, report.findings.count(group.severity))
            );
        }
        let _ = write!(out, "\n### {}\n\n{}\n\n", group.rule, prose(group.summary));
        let common = group.common_fix();
        for entry in fold::entries(&group.findings) {
            match entry {
                Entry::One(finding) => one(out, finding, common.is_none()),
                Entry::Many(findings) => many(out, &findings, common.is_none()),
            }
        }
        if let Some(fix) = common {
            let _ = write!(out, "\n**Fix for each:** {}\n", prose(fix));
        }
    }
}

/// Findings that differ in their tables only.
fn many(out: &mut String, findings: &[&Finding<'_>], with_fix: bool) {
    let Some(first) = findings.first() else { return };
    let objects: Vec<_> = findings.iter().map(|finding| markdown(&finding.object)).collect();
    let _ = writeln!(out, "- **{}** {}", markdown(&fold::title(findings)), objects.join(", "));
    let _ = writeln!(
        out,
        "  For example: {}",
        prose(&shorter(&first.hazard.message, &first.object))
    );
    if with_fix {
        let _ = writeln!(out, "  **Fix:** {}", prose(&first.hazard.fix));
    }
    let _ = writeln!(out, "  {}", prose(fold::hint(findings)));
}

fn one(out: &mut String, finding: &Finding<'_>, with_fix: bool) {
    let hazard = finding.hazard;
    // A message may begin with its object.
    let message = shorter(&hazard.message, &finding.object);
    let message = message.strip_prefix(&finding.object).unwrap_or(&message);
    let _ = writeln!(
        out,
        "- **{}** {}",
        markdown(&finding.object),
        prose(message.trim_start())
    );
    if let Some(proof) = hazard.proof.as_ref().filter(|proof| !proof.keys.is_empty()) {
        let _ = writeln!(out, "  Keys: {}", markdown(&proof.shown_keys().join(", ")));
    }
    if let Some(entry) = finding.expired {
        let day = entry.until.as_deref().unwrap_or_default();
        let _ = writeln!(
            out,
            "  It was accepted until {day}: {}",
            markdown(&entry.place.to_string())
        );
    }
    if with_fix {
        let _ = writeln!(out, "  **Fix:** {}", prose(&hazard.fix));
    }
    if !hazard.sql.is_empty() {
        let _ = write!(out, "\n{}\n", fenced(&hazard.sql, "sql"));
    }
    if let Some(config) = &finding.config {
        let _ = write!(
            out,
            "\n  Or in exodus.toml:\n\n{}\n",
            fenced(std::slice::from_ref(config), "toml")
        );
    }
}

fn accepted(out: &mut String, report: &Report<'_>) {
    let mut rows = report.findings.accepted().peekable();
    if rows.peek().is_none() {
        return;
    }
    out.push_str("\n## Accepted\n\n| hazard | object | reason | until |\n|---|---|---|---|\n");
    for (finding, entry) in rows {
        let _ = writeln!(
            out,
            "| {} {} | {} | {} | {} |",
            finding.hazard.severity,
            finding.hazard.rule,
            markdown(&finding.object),
            markdown(&entry.reason),
            entry.until.as_deref().unwrap_or_default()
        );
    }
}

fn stale(out: &mut String, report: &Report<'_>) {
    if report.findings.stale.is_empty() {
        return;
    }
    out.push_str("\n## Accept entries that match nothing\n\n");
    if report.findings.stale.iter().any(|stale| stale.instead.is_empty()) {
        let _ = write!(out, "{}\n\n", prose(STALE));
    }
    for stale in &report.findings.stale {
        let entry = stale.entry;
        let text = format!("{}: {} on {}", entry.place, entry.rule, entry.object);
        let _ = writeln!(out, "- {}", markdown(&text));
        if !stale.instead.is_empty() {
            let objects: Vec<_> = stale
                .instead
                .iter()
                .map(|object| format!("object = '{object}'"))
                .collect();
            let _ = write!(out, "  {}\n\n{}\n", markdown(&which(stale)), fenced(&objects, "toml"));
        }
    }
}

fn tables(out: &mut String, report: &Report<'_>) {
    let names = report.names();
    for class in [Class::Client, Class::Context, Class::Neutral] {
        let mut of = report.classes.of_class(class);
        of.retain(|table| report.filter.shows_table(table.table));
        if of.is_empty() {
            continue;
        }
        let _ = write!(out, "\n## {} tables ({})\n\n", capital(class.as_str()), of.len());
        out.push_str(if class == Class::Client {
            "| order | table | why |\n|---:|---|---|\n"
        } else {
            "| table | why |\n|---|---|\n"
        });
        for table in of {
            row(out, &names, table);
        }
    }
}

fn row(out: &mut String, names: &Names<'_>, table: &TableClass) {
    let name = markdown(&names.graph().table(table.table).name.to_string());
    let why = prose(&words::reason(names, table));
    let _ = match table.order {
        Some(order) => writeln!(out, "| {order} | {name} | {why} |"),
        None => writeln!(out, "| {name} | {why} |"),
    };
}

fn inferred(out: &mut String, report: &Report<'_>) {
    if report.inferred.is_empty() {
        return;
    }
    out.push_str("\n## Inferred relations, taken for real\n\n| relation | confidence | why |\n|---|---|---|\n");
    for guess in report.inferred {
        let (relation, why) = (markdown(&guess.describe()), prose(&guess.reasons.join("; ")));
        let _ = writeln!(out, "| {relation} | {:.2} | {why} |", guess.confidence);
    }
}

fn refused(out: &mut String, report: &Report<'_>) {
    let refused = words::refused(report);
    if refused.is_empty() {
        return;
    }
    let _ = write!(out, "\n## {}\n\n| columns | why |\n|---|---|\n", words::REFUSED);
    for (object, reason) in refused {
        let _ = writeln!(out, "| {} | {} |", markdown(&object), markdown(reason));
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}
