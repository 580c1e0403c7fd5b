//! One page for a browser: the map, which can be moved, searched and filtered, and the booklet below it.
//!
//! It is one file that opens from the disk and asks no network for anything; its security policy forbids it to. Without
//! scripts it is a document with a drawing. Everything that comes from a database is escaped, once, where it is written.

mod blocks;
mod data;
mod theme;

use std::fmt::Write as _;

use exodus_classify::{Class, Severity};
use sha2::{Digest, Sha256};

use crate::document::{Cover, Document, PartName, plural};
use crate::map::Map;
use crate::picture::{Area, Picture};
use crate::style::letter;
use crate::svg::{self, escape};
use crate::{Content, base64};
use blocks::Writer;

const SCRIPT: &str = include_str!("page.js");
const STYLE: &str = include_str!("page.css");

/// The map as the page has it.
#[derive(Clone, Debug, Default)]
pub struct Drawing {
    /// All of it.
    pub picture: Picture,
    /// Its panels by number, where a name in another panel leads to.
    pub panels: Vec<(usize, Area)>,
}

impl Drawing {
    /// Of a map.
    pub fn new(content: &Content<'_>, map: &Map) -> Self {
        Self {
            picture: map.picture(content),
            panels: map.panels.iter().map(|panel| (panel.number, panel.area)).collect(),
        }
    }
}

/// The whole file.
pub fn file(content: &Content<'_>, document: &Document, drawing: &Drawing) -> String {
    let style = format!("{}{STYLE}", theme::css());
    let mut out = head(&document.cover.title, &style);
    out.push_str("<body>\n<a class=\"skip\" href=\"#part-map\">To the map</a>\n<header>\n");
    cover(&mut out, &document.cover);
    contents(&mut out, document);
    out.push_str("</header>\n<main>\n");
    let mut writer = Writer::new(content, &mut out);
    for part in &document.parts {
        let _ = writeln!(writer.out, "<section id=\"part-{}\">", part.name.id());
        let _ = writeln!(writer.out, "<h2>{}</h2>", part.name.title());
        writer.blocks(&part.blocks, 3);
        if part.name == PartName::Map {
            toolbar(writer.out, content);
            writer
                .out
                .push_str(&svg::inline(&drawing.picture, &document.cover.title));
        }
        for section in &part.sections {
            writer.section(section);
        }
        writer.out.push_str("</section>\n");
    }
    let _ = write!(
        out,
        "</main>\n<script type=\"application/json\" id=\"data\">{}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        data::json(content, drawing)
    );
    out
}

fn head(title: &str, style: &str) -> String {
    // Nothing but this style and this script: whatever slipped through an escape would do nothing.
    let digest = |text: &str| base64::encode(&Sha256::digest(text.as_bytes()));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action \
         'none'\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>{}</title>\n\
         <style>{style}</style>\n</head>\n",
        digest(style),
        digest(SCRIPT),
        escape(title)
    )
}

fn cover(out: &mut String, cover: &Cover) {
    let _ = writeln!(
        out,
        "<h1>{}</h1>\n<p class=\"faint\">{}</p>",
        escape(&cover.title),
        escape(&cover.subtitle)
    );
    out.push_str("<ul class=\"counts\">\n");
    for &(class, number) in &cover.classes {
        let _ = writeln!(
            out,
            "<li>{} {}</li>",
            badge(class),
            plural(number, &format!("{class} table"))
        );
    }
    for &(severity, number) in &cover.severities {
        let _ = writeln!(
            out,
            "<li><span class=\"hz {severity}\">{number}</span> {}</li>",
            if number == 1 {
                severity.to_string()
            } else {
                format!("{severity}s")
            }
        );
    }
    out.push_str("</ul>\n<dl>\n");
    for (word, value) in &cover.facts {
        let _ = writeln!(out, "<dt>{word}</dt><dd>{}</dd>", escape(value));
    }
    out.push_str("</dl>\n");
}

fn contents(out: &mut String, document: &Document) {
    out.push_str("<nav aria-label=\"Contents\"><ul>\n");
    for part in &document.parts {
        let _ = writeln!(
            out,
            "<li><a href=\"#part-{}\">{}</a></li>",
            part.name.id(),
            part.name.title()
        );
    }
    out.push_str("</ul></nav>\n");
}

fn badge(class: Class) -> String {
    let letter = letter(class);
    format!(
        "<span class=\"badge {}\" title=\"{class} table\">{letter}</span>",
        letter.to_lowercase()
    )
}

/// What the script works with; without it, it is not shown.
fn toolbar(out: &mut String, content: &Content<'_>) {
    out.push_str(
        "<div class=\"bar\" role=\"toolbar\" aria-label=\"The map\">\n<div class=\"find\"><input id=\"search\" type=\"search\" \
         placeholder=\"Search a table ( / )\" aria-label=\"Search a table\" role=\"combobox\" aria-controls=\"found\" \
         aria-expanded=\"false\" autocomplete=\"off\"><ul id=\"found\" role=\"listbox\" aria-label=\"Tables\"></ul></div>\n\
         <fieldset><legend>Class</legend>",
    );
    for class in [Class::Client, Class::Context, Class::Neutral] {
        let _ = write!(
            out,
            "<label><input type=\"checkbox\" data-class=\"{class}\" checked> {} {class}</label>",
            badge(class)
        );
    }
    out.push_str("</fieldset>\n");
    let rules: std::collections::BTreeSet<_> = content.marks.iter().map(|mark| mark.finding.hazard.rule).collect();
    let found = |severity: &Severity| content.marks.iter().any(|mark| mark.severity() == *severity);
    let severities = Severity::ALL.into_iter().filter(found).map(Severity::as_str);
    let members = content.report.classes.tree.members().iter();
    let members = members.filter(|member| content.report.filter.shows_table(member.table));
    let layers: std::collections::BTreeSet<_> = members.map(|member| member.order).collect();
    select(out, "severity", "Severity", severities.map(str::to_owned));
    select(out, "rule", "Hazard", rules.into_iter().map(str::to_owned));
    select(out, "layer", "Layer", layers.into_iter().map(|layer| layer.to_string()));
    out.push_str(
        "<span><button id=\"less\" type=\"button\" aria-label=\"Smaller\">−</button> <button id=\"in\" type=\"button\" \
         aria-label=\"Larger\">+</button> <button id=\"fit\" type=\"button\">All</button></span>\n<button id=\"theme\" \
         type=\"button\" aria-pressed=\"false\">Light / dark</button>\n<span id=\"said\" role=\"status\" class=\"faint\"></span>\n\
         </div>\n",
    );
}

fn select(out: &mut String, id: &str, words: &str, values: impl Iterator<Item = String>) {
    let _ = write!(
        out,
        "<label>{words} <select id=\"{id}\"><option value=\"\">all</option>"
    );
    for value in values {
        let _ = write!(out, "<option>{}</option>", escape(&value));
    }
    out.push_str("</select></label>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_script_are_small() {
        let size = SCRIPT.len() + STYLE.len() + theme::css().len();
        assert!(size < 25_000, "{size} bytes");
        // Neither may end the element that it stands in.
        for text in [SCRIPT, STYLE] {
            assert!(!text.contains("</") && text.is_ascii());
        }
    }
}
