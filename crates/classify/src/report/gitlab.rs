//! GitLab's report of code quality: an array of issues. What was accepted is left out: the format has no word for it.

use serde_json::{Value, json};

use super::{Report, hazards};
use crate::fingerprint::fingerprint;
use crate::hazard::Severity;

/// The file that is named where there is none: every issue must name one.
const FALLBACK: &str = "exodus.toml";

/// The array.
pub(super) fn report(report: &Report<'_>) -> Value {
    let file = report.tool.file.unwrap_or(FALLBACK);
    let found = report.findings.standing().map(|finding| {
        let hazard = finding.hazard;
        let place = report.places.of(hazard);
        let (file, line) = place.map_or((file, 1), |place| (place.file.as_str(), place.line));
        json!({
            "description": format!("{}: {} Fix: {}", finding.object, hazard.message, hazard.fix),
            "check_name": hazard.rule,
            "fingerprint": finding.fingerprint,
            "severity": severity(hazard.severity),
            "location": {"path": path(file), "lines": {"begin": line}},
        })
    });
    let stale = report.findings.stale.iter().map(|stale| {
        let entry = stale.entry;
        let text = format!("{} {}", stale.advice(), hazards::what_to_do(stale));
        json!({
            "description": text.trim_end(),
            "check_name": "accepts-nothing",
            "fingerprint": fingerprint("accepts-nothing", &format!("{}\0{}", entry.rule, entry.object), 0),
            "severity": severity(Severity::Error),
            "location": {"path": path(&entry.place.file), "lines": {"begin": entry.place.line}},
        })
    });
    found.chain(stale).collect()
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "critical",
        Severity::Warning => "major",
        Severity::Note => "info",
    }
}

/// GitLab wants it relative to the repository, without `./` in front.
fn path(file: &str) -> &str {
    file.strip_prefix("./").unwrap_or(file)
}
