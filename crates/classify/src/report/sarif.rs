//! SARIF 2.1.0, which code scanning reads.
//!
//! A finding is about a table, so its place is a logical location. Where a file makes the table, its line is told besides;
//! else the file is named for programs that show nothing without one. What was accepted stays, marked as suppressed: a result that vanished would count as fixed, and be
//! opened anew when the entry goes.

use serde_json::{Value, json};

use super::Report;
use super::escape::uri;
use crate::accept::{Accept, Place};
use crate::findings::Finding;
use crate::hazard::{Hazard, Part, Proof, Severity};
use crate::rules::{self, Rule};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The log, with one run.
pub(super) fn report(report: &Report<'_>) -> Value {
    let mut driver = json!({
        "name": "exodus",
        "rules": rules::ALL.iter().map(rule).collect::<Vec<_>>(),
    });
    if !report.tool.version.is_empty() {
        driver["semanticVersion"] = report.tool.version.into();
    }
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": driver},
            // Results of different commands are different alerts.
            "automationDetails": {"id": format!("exodus/{}/", report.tool.command)},
            "invocations": [invocation(report)],
            "results": report.findings.all.iter().map(|finding| result(report, finding)).collect::<Vec<_>>(),
            "columnKind": "unicodeCodePoints",
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn rule(rule: &Rule) -> Value {
    let page = rule.page();
    json!({
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": first_paragraph(&page)},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": level(rule.severity)},
    })
}

/// What the page says under its first heading.
fn first_paragraph(page: &str) -> String {
    let lines = page.lines().skip_while(|line| line.is_empty() || line.starts_with('#'));
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn result(report: &Report<'_>, finding: &Finding<'_>) -> Value {
    let hazard = finding.hazard;
    let mut text = format!("{}\nFix: {}", hazard.message, hazard.fix);
    for sql in &hazard.sql {
        text.push('\n');
        text.push_str(sql);
    }
    if let Some(config) = &finding.config {
        text.push_str("\nOr in exodus.toml:\n");
        text.push_str(config.trim_end());
    }
    json!({
        "ruleId": hazard.rule,
        "ruleIndex": rules::ALL.iter().position(|rule| rule.id == hazard.rule).map_or(-1, |at| i64::try_from(at).unwrap_or(-1)),
        "level": level(hazard.severity),
        "message": {"text": text},
        "locations": [location(report, finding)],
        "partialFingerprints": {
            "ruleAndObject/v1": finding.fingerprint,
            // Without it, code scanning makes one out of a line of the file, which is the same for all.
            "primaryLocationLineHash": finding.fingerprint,
        },
        // Present on every result, as the standard wants it if it is on any; empty means: not suppressed.
        "suppressions": finding.accepted.map_or(vec![], |entry| vec![suppression(entry)]),
        "properties": properties(hazard, &finding.object),
    })
}

fn location(report: &Report<'_>, finding: &Finding<'_>) -> Value {
    let table = &report.graph.table(finding.hazard.table).name;
    let whole = finding.object == table.to_string();
    let mut location = json!({
        "logicalLocations": [{
            "name": if whole { table.name.clone() } else { finding.object.clone() },
            "fullyQualifiedName": finding.object,
            "kind": kind(finding.hazard),
        }],
    });
    if let Some(place) = report.places.of(finding.hazard) {
        location["physicalLocation"] = physical(place);
    } else if let Some(file) = report.tool.file {
        // GitHub shows nothing without a line.
        location["physicalLocation"] = json!({
            "artifactLocation": {"uri": uri(file)},
            "region": {"startLine": 1},
        });
    }
    location
}

fn kind(hazard: &Hazard) -> &'static str {
    match hazard.part {
        Some(Part::Trigger(_)) => "trigger",
        _ if hazard.relation.is_some() || !hazard.columns.is_empty() => "columns",
        _ => "table",
    }
}

fn suppression(entry: &Accept) -> Value {
    json!({
        "kind": "external",
        "status": "accepted",
        "justification": entry.reason,
        "location": {"physicalLocation": physical(&entry.place)},
    })
}

fn physical(place: &Place) -> Value {
    json!({
        "artifactLocation": {"uri": uri(&place.file)},
        "region": {"startLine": place.line, "startColumn": place.column},
    })
}

fn properties(hazard: &Hazard, object: &str) -> Value {
    let mut properties = json!({"object": object});
    if !hazard.sql.is_empty() {
        properties["sql"] = hazard.sql.clone().into();
    }
    if let Some(Proof { verdict, sampled, .. }) = &hazard.proof {
        properties["verdict"] = json!(verdict);
        properties["sampled"] = json!(sampled);
    }
    properties
}

/// Entries that match nothing are no results: nothing is wrong with the schema. They are told as what is wrong with the
/// configuration of the run.
fn invocation(report: &Report<'_>) -> Value {
    let stale = report.findings.stale.iter().map(|stale| {
        json!({
            "level": "error",
            "message": {"text": stale.advice()},
            "locations": [{"physicalLocation": physical(&stale.entry.place)}],
        })
    });
    let notes = report.sections.iter().flat_map(|section| &section.lines);
    let notes = notes.map(|line| json!({"level": "note", "message": {"text": line}}));
    json!({
        "executionSuccessful": true,
        "toolConfigurationNotifications": stale.collect::<Vec<_>>(),
        "toolExecutionNotifications": notes.collect::<Vec<_>>(),
    })
}
