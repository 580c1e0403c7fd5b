//! A picture as SVG: presentation attributes for programs that know no style sheet, classes for those that do.

use std::fmt::Write as _;

use crate::font::{FAMILY, Face};
use crate::picture::{Anchor, Area, Item, Picture, Point, Tag, Text};
use crate::style::{Paint, Style};

/// A whole file.
pub fn file(picture: &Picture, title: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}",
        element(picture, title, "width=\"{w}pt\" height=\"{h}pt\"")
    )
}

/// The element `svg` for a page of HTML, which gives it its size.
pub fn inline(picture: &Picture, title: &str) -> String {
    element(picture, title, "id=\"map\"")
}

fn element(picture: &Picture, title: &str, attributes: &str) -> String {
    let (width, height) = (number(picture.width), number(picture.height));
    let attributes = attributes.replace("{w}", &width).replace("{h}", &height);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" {attributes} viewBox=\"0 0 {width} {height}\" role=\"img\" \
         font-family=\"'{FAMILY}','DejaVu Sans',Verdana,sans-serif\">\n<title>{}</title>\n",
        escape(title)
    );
    for item in &picture.items {
        write_item(&mut out, item);
    }
    out.push_str("</svg>\n");
    out
}

/// For text and attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in crate::picture::visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Hundredths are fine enough, and the same on every machine.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A number of a list of ids, in documents that name them.
pub fn tag_id(tag: Tag) -> String {
    match tag {
        Tag::Table(table) => format!("t{}", table.0),
        Tag::Relation(relation) => format!("r{}-{}", relation.child.0, relation.at),
        Tag::Mark(number) => format!("h{number}"),
        Tag::Panel(number) => format!("p{number}"),
    }
}

fn write_item(out: &mut String, item: &Item) {
    // Writing to a string does not fail.
    let _ = match item {
        Item::Rect(area, round, style) => rect(out, area, *round, *style),
        Item::Line { points, closed, style } => {
            writeln!(
                out,
                "<path d=\"{}\"{}/>",
                path(points, *closed),
                painted(*style, *closed)
            )
        }
        Item::Circle(centre, radius, style) => writeln!(
            out,
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{}/>",
            number(centre.x),
            number(centre.y),
            number(*radius),
            painted(*style, true)
        ),
        Item::Text(text) => write_text(out, text),
        Item::Group(tag, items) => {
            let _ = writeln!(out, "<g class=\"{}\" data-id=\"{}\">", tag_class(*tag), tag_id(*tag));
            for item in items {
                write_item(out, item);
            }
            writeln!(out, "</g>")
        }
    };
}

fn tag_class(tag: Tag) -> &'static str {
    match tag {
        Tag::Table(_) => "g-table",
        Tag::Relation(_) => "g-relation",
        Tag::Mark(_) => "g-mark",
        Tag::Panel(_) => "g-panel",
    }
}

fn rect(out: &mut String, area: &Area, round: f64, style: Style) -> std::fmt::Result {
    let round = if round > 0.0 {
        format!(" rx=\"{}\"", number(round))
    } else {
        String::new()
    };
    writeln!(
        out,
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{round}{}/>",
        number(area.x),
        number(area.y),
        number(area.width),
        number(area.height),
        painted(style, true)
    )
}

fn path(points: &[Point], closed: bool) -> String {
    let mut d = String::new();
    for (at, point) in points.iter().enumerate() {
        let letter = if at == 0 { 'M' } else { 'L' };
        let _ = write!(d, "{letter}{} {}", number(point.x), number(point.y));
    }
    if closed {
        d.push('Z');
    }
    d
}

fn write_text(out: &mut String, text: &Text) -> std::fmt::Result {
    if text.text.is_empty() {
        return Ok(());
    }
    let anchor = match text.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let weight = match text.face {
        Face::Regular => "",
        Face::Bold => " font-weight=\"bold\"",
    };
    // With another font it keeps its room.
    writeln!(
        out,
        "<text x=\"{}\" y=\"{}\" font-size=\"{}\"{weight}{anchor} textLength=\"{}\" \
         lengthAdjust=\"spacingAndGlyphs\"{} xml:space=\"preserve\">{}</text>",
        number(text.at.x),
        number(text.at.y),
        number(text.size),
        number(text.width()),
        painted(text.style, true),
        escape(&text.text)
    )
}

/// Class and presentation attributes; an open line has no inside.
fn painted(style: Style, fills: bool) -> String {
    let Paint {
        fill,
        stroke,
        width,
        dash,
    } = style.paint();
    let colour = |colour: Option<crate::style::Colour>| {
        colour.map_or_else(|| "none".to_owned(), |colour| format!("#{:06x}", colour.0))
    };
    let fill = colour(fill.filter(|_| fills));
    let mut out = format!(" class=\"{}\" fill=\"{fill}\"", style.name());
    if stroke.is_some() {
        let _ = write!(out, " stroke=\"{}\" stroke-width=\"{}\"", colour(stroke), number(width));
    }
    if !dash.is_empty() {
        let dash: Vec<_> = dash.iter().map(|&length| number(length)).collect();
        let _ = write!(out, " stroke-dasharray=\"{}\"", dash.join(" "));
    }
    out
}
