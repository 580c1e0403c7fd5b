//! The report for programs: what `exodus classify` writes, and where it comes from. It can be compared with later.

use exodus_classify::report::json;
use serde_json::{Value, json};

use crate::Content;

/// The whole file.
pub fn file(content: &Content<'_>) -> String {
    let mut value = json::report(content.report);
    let (about, graph) = (&content.about, content.graph());
    value["about"] = json!({
        "source": about.source,
        "date": about.date,
        "fingerprint": about.fingerprint,
        "exodus": about.version,
    });
    let members = content.report.classes.tree.members().iter();
    let copied = members.map(|member| Value::String(graph.table(member.table).name.to_string()));
    value["copy_order"] = copied.collect();
    if let Some(drift) = &content.drift {
        value["drift"] = drift.json();
    }
    format!("{value:#}\n")
}
