//! The colours of both themes as variables of a style sheet, and what they are for in the map.

use std::fmt::Write as _;

use crate::style::{Paint, Style};

/// Variables and the map's rules: a light theme, and a dark one where the reader's system or the switch says so. On
/// paper there is only the light one.
pub(super) fn css() -> String {
    let (light, dark) = (variables(Style::paint), variables(Style::dark));
    let mut out = format!(
        ":root{{color-scheme:light;{light}}}\n@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n@media screen{{:root[data-theme=dark]{{color-scheme:dark;{dark}}}}}\n"
    );
    for style in Style::all() {
        let (name, paint) = (style.name(), style.paint());
        let classes = name.replace(' ', ".");
        let _ = write!(out, "#map .{classes}{{");
        if paint.fill.is_some() {
            let _ = write!(out, "fill:var({});", variable(style, "fill"));
        }
        if paint.stroke.is_some() {
            let _ = write!(out, "stroke:var({});", variable(style, "line"));
        }
        out.push_str("}\n");
    }
    out
}

fn variable(style: Style, of: &str) -> String {
    format!("--{}-{of}", style.name().replace(' ', "-"))
}

fn variables(paint: impl Fn(Style) -> Paint) -> String {
    let mut out = String::new();
    for style in Style::all() {
        let Paint { fill, stroke, .. } = paint(style);
        for (colour, of) in [(fill, "fill"), (stroke, "line")] {
            if let Some(colour) = colour {
                let _ = write!(out, "{}:#{:06x};", variable(style, of), colour.0);
            }
        }
    }
    out
}
