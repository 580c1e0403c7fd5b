//! For Mermaid, as wikis and forges draw it.

use std::fmt::Write as _;

use exodus_classify::Class;

use super::{Arrow, arrows, colour, heading, nodes};
use crate::Content;
use crate::style::Stroke;

/// A flowchart: parents above their children, arrows point at parents.
pub fn file(content: &Content<'_>) -> String {
    let mut out = String::from("flowchart BT\n");
    let all = nodes(content);
    for (class, nodes) in all.iter().filter(|(_, nodes)| !nodes.is_empty()) {
        // Writing to a string does not fail.
        let _ = writeln!(out, "  subgraph {class}[\"{}\"]", heading(*class));
        for node in nodes {
            let hazards = match node.hazards() {
                none if none.is_empty() => none,
                some => format!("<br/>{}", text(&some)),
            };
            let _ = writeln!(
                out,
                "    t{}[\"<b>{}</b> {}{hazards}\"]:::{class}",
                node.id.0,
                text(&node.name),
                node.place
            );
        }
        out.push_str("  end\n");
    }
    let mut loops = vec![];
    for (number, arrow) in arrows(content).enumerate() {
        let Arrow { child, parent, .. } = arrow;
        let _ = writeln!(
            out,
            "  t{} {}|\"{}\"| t{}",
            child.0,
            line(arrow.stroke),
            text(&arrow.label),
            parent.0
        );
        if arrow.stroke == Stroke::Loop {
            loops.push(number.to_string());
        }
    }
    for (class, fill, extra) in [
        (Class::Client, "#cfe4f5", "stroke-width:2px"),
        (Class::Context, "#fbe3c4", "stroke-width:1px"),
        (Class::Neutral, "#eeeff1", "stroke-dasharray:4 3"),
    ] {
        let _ = writeln!(
            out,
            "  classDef {class} fill:{fill},stroke:{},color:#1b1f24,{extra}",
            colour(class)
        );
    }
    if !loops.is_empty() {
        let _ = writeln!(out, "  linkStyle {} stroke:#b00020", loops.join(","));
    }
    out
}

fn line(stroke: Stroke) -> &'static str {
    match stroke {
        Stroke::Firm => "-->",
        Stroke::Nullable => "-.->",
        Stroke::Declared | Stroke::Inferred => "-.-o",
        Stroke::Ignored => "-.-x",
        Stroke::Loop => "==>",
    }
}

/// Text between quotes. All that could mean something there is written as its number.
fn text(text: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | ',' | '.');
    if text.is_empty() {
        return " ".to_owned();
    }
    text.chars()
        .map(|c| {
            if safe(c) {
                c.to_string()
            } else {
                format!("#{};", u32::from(c))
            }
        })
        .collect()
}
