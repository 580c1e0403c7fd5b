//! For D2.

use std::fmt::Write as _;

use exodus_classify::Class;

use super::{Arrow, arrows, colour, heading, nodes};
use crate::Content;
use crate::style::Stroke;

/// The whole graph, a container for each class. Arrows point at parents.
pub fn file(content: &Content<'_>) -> String {
    let mut out = String::from("direction: up\nclasses: {\n");
    for (class, fill, extra) in [
        (Class::Client, "#cfe4f5", "stroke-width: 2"),
        (Class::Context, "#fbe3c4", "double-border: true"),
        (Class::Neutral, "#eeeff1", "stroke-dash: 3"),
    ] {
        // Writing to a string does not fail.
        let _ = writeln!(
            out,
            "  {class}: {{ style: {{ fill: \"{fill}\"; stroke: \"{}\"; {extra} }} }}",
            colour(class)
        );
    }
    out.push_str("}\n");
    let all = nodes(content);
    let container = |table| {
        all.iter()
            .find(|(_, nodes)| nodes.iter().any(|node| node.id == table))
            .map_or(Class::Neutral, |(class, _)| *class)
    };
    for (class, nodes) in all.iter().filter(|(_, nodes)| !nodes.is_empty()) {
        let _ = writeln!(out, "{class}: {} {{", quoted(heading(*class)));
        for node in nodes {
            let label = format!("{}  {}  {}", node.name, node.place, node.hazards());
            let _ = writeln!(
                out,
                "  t{}: {} {{ class: {class} }}",
                node.id.0,
                quoted(label.trim_end())
            );
        }
        out.push_str("}\n");
    }
    for Arrow {
        child,
        parent,
        stroke,
        label,
    } in arrows(content)
    {
        let _ = writeln!(
            out,
            "{}.t{} -> {}.t{}: {}{}",
            container(child),
            child.0,
            container(parent),
            parent.0,
            quoted(&label),
            style(stroke)
        );
    }
    out
}

fn style(stroke: Stroke) -> &'static str {
    match stroke {
        Stroke::Firm => "",
        Stroke::Nullable => " { style.stroke-dash: 4 }",
        Stroke::Declared => " { style: { stroke: \"#007a5a\"; stroke-dash: 6 } }",
        Stroke::Inferred => " { style: { stroke: \"#8a3f9e\"; stroke-dash: 2 } }",
        Stroke::Ignored => " { style: { stroke: \"#8c959f\"; stroke-dash: 1 } }",
        Stroke::Loop => " { style: { stroke: \"#b00020\"; stroke-width: 3 } }",
    }
}

/// A string; `$` begins a substitution otherwise.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
    format!("\"{text}\"")
}
