//! Annotations of GitHub Actions, one workflow command per line, and the summary.
//!
//! GitHub shows ten of each kind per step; the log has them all.

use exodus_schema::is_control_or_bidi;
use std::fmt::Write as _;

use super::escape::{command_data, command_property};
use super::{Report, hazards, words};
use crate::accept::Place;
use crate::findings::Finding;
use crate::hazard::Severity;

/// The whole of it.
pub(super) fn report(report: &Report<'_>) -> String {
    let mut out = String::new();
    for finding in report.findings.standing() {
        annotation(&mut out, report, finding);
    }
    for stale in &report.findings.stale {
        let text = format!("{} {}", stale.advice(), hazards::what_to_do(stale));
        let title = "exodus: accepts nothing";
        command(
            &mut out,
            "error",
            Some(&stale.entry.place),
            None,
            title,
            text.trim_end(),
        );
    }
    // Accepted ones are known: a line in the log, no annotation.
    for (finding, entry) in report.findings.accepted() {
        let hazard = finding.hazard;
        let line = format!(
            "accepted {}[{}] {}: {}",
            hazard.severity, hazard.rule, finding.object, entry.reason
        );
        plain(&mut out, &line);
    }
    for line in report.sections.iter().flat_map(|section| &section.lines) {
        plain(&mut out, line);
    }
    plain(&mut out, &words::summary(report));
    out
}

/// A line that can't be taken for a command.
fn plain(out: &mut String, line: &str) {
    let line: String = line
        .chars()
        .map(|c| if is_control_or_bidi(c) { ' ' } else { c })
        .collect();
    let _ = writeln!(out, "exodus: {line}");
}

fn annotation(out: &mut String, report: &Report<'_>, finding: &Finding<'_>) {
    let hazard = finding.hazard;
    let level = match hazard.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let title = format!("exodus: {} on {}", hazard.rule, finding.object);
    let mut text = format!("{}\nFix: {}", hazard.message, hazard.fix);
    for sql in &hazard.sql {
        let _ = write!(text, "\n{sql}");
    }
    if let Some(config) = &finding.config {
        let _ = write!(text, "\nOr in exodus.toml:\n{}", config.trim_end());
    }
    let place = report.places.of(hazard);
    command(out, level, place, report.tool.file, &title, &text);
}

fn command(out: &mut String, level: &str, place: Option<&Place>, file: Option<&str>, title: &str, text: &str) {
    let mut properties = vec![];
    if let Some(place) = place {
        properties.push(format!("file={}", command_property(&place.file)));
        properties.push(format!("line={},col={}", place.line, place.column));
    } else if let Some(file) = file {
        properties.push(format!("file={}", command_property(file)));
    }
    properties.push(format!("title={}", command_property(title)));
    let _ = writeln!(out, "::{level} {}::{}", properties.join(","), command_data(text));
}
