//! For Graphviz: `dot -Tsvg`.

use std::fmt::Write as _;

use exodus_classify::Class;

use super::{Arrow, Node, arrows, colour, heading, nodes};
use crate::Content;
use crate::style::Stroke;

/// The whole graph, a cluster for each class. Arrows point at parents.
pub fn file(content: &Content<'_>) -> String {
    let mut out = String::from(
        "digraph exodus {\n  rankdir=BT;\n  node [shape=plain, fontname=\"DejaVu Sans Condensed, sans-serif\", \
         fontsize=10];\n  edge [fontname=\"DejaVu Sans Condensed, sans-serif\", fontsize=8, color=\"#333b45\"];\n",
    );
    for (class, nodes) in nodes(content).iter().filter(|(_, nodes)| !nodes.is_empty()) {
        // Writing to a string does not fail.
        let _ = writeln!(
            out,
            "  subgraph cluster_{class} {{\n    label={};\n    color=\"{}\";",
            quoted(heading(*class)),
            colour(*class)
        );
        for node in nodes {
            let _ = writeln!(out, "    t{} [label=<{}>];", node.id.0, label(node));
        }
        out.push_str("  }\n");
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
            "  t{} -> t{} [label={}{}];",
            child.0,
            parent.0,
            quoted(&label),
            style(stroke)
        );
    }
    out.push_str("}\n");
    out
}

/// A table of HTML, as Graphviz reads it.
fn label(node: &Node) -> String {
    let border = match node.class {
        Class::Context => 3,
        Class::Client => 2,
        Class::Neutral => 1,
    };
    let style = if node.class == Class::Neutral {
        " STYLE=\"DASHED\""
    } else {
        ""
    };
    let hazards = node.hazards();
    let marks = if hazards.is_empty() {
        String::new()
    } else {
        format!("<TR><TD COLSPAN=\"2\" ALIGN=\"RIGHT\">{hazards}</TD></TR>")
    };
    format!(
        "<TABLE BORDER=\"{border}\" CELLBORDER=\"0\" CELLSPACING=\"0\" COLOR=\"{}\"{style}>\
         <TR><TD><B>{}</B></TD><TD>{}</TD></TR>{marks}</TABLE>",
        colour(node.class),
        text(&node.name),
        node.place
    )
}

fn style(stroke: Stroke) -> &'static str {
    match stroke {
        Stroke::Firm => "",
        Stroke::Nullable => ", style=dashed",
        Stroke::Declared => ", style=dashed, color=\"#007a5a\", arrowhead=empty",
        Stroke::Inferred => ", style=dotted, color=\"#8a3f9e\", arrowhead=empty",
        Stroke::Ignored => ", style=dotted, color=\"#8c959f\", arrowhead=empty, constraint=false",
        Stroke::Loop => ", penwidth=2.5, color=\"#b00020\"",
    }
}

/// A string: only quotes and backslashes mean something in it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Text in a label of HTML. An empty one is an error there.
fn text(text: &str) -> String {
    if text.is_empty() {
        return " ".to_owned();
    }
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
