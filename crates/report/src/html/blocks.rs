//! The document's blocks as elements.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::badge;
use crate::Content;
use crate::document::{Block, Grid, Line, Look, Place, Row, Section, Span, Task};
use crate::picture::Tag;
use crate::style::{Stroke, Style};
use crate::svg::{escape, number, tag_id};

/// Writes blocks one after the other.
pub(super) struct Writer<'w> {
    pub(super) out: &'w mut String,
    /// Places that an element stands for already: an id stands once.
    known: BTreeSet<Place>,
    /// Tables that the map shows.
    tables: usize,
}

impl<'w> Writer<'w> {
    pub(super) fn new(content: &Content<'_>, out: &'w mut String) -> Self {
        Self {
            out,
            known: BTreeSet::new(),
            tables: content.graph().tables().len(),
        }
    }

    /// A section under its heading.
    pub(super) fn section(&mut self, section: &Section) {
        let place = self.place(section.place);
        let _ = write!(self.out, "<section{place}>\n<h3>");
        self.line(&section.title);
        self.on_map(section.place);
        self.out.push_str("</h3>\n");
        self.blocks(&section.blocks, 4);
        self.out.push_str("</section>\n");
    }

    /// What leads from a table's section to its box.
    fn on_map(&mut self, place: Option<Place>) {
        if let Some(Place::Table(table)) = place.filter(|_| self.tables > 0) {
            let id = tag_id(Tag::Table(table));
            let _ = write!(
                self.out,
                " <a class=\"on-map\" href=\"#part-map\" data-find=\"{id}\">on the map</a>"
            );
        }
    }

    /// The attributes by which links and filters find an element.
    fn place(&mut self, place: Option<Place>) -> String {
        let Some(place) = place else {
            return String::new();
        };
        let mut out = match place {
            Place::Table(table) => format!(" data-t=\"{}\"", tag_id(Tag::Table(table))),
            Place::Mark(number) => format!(" data-h=\"{number}\""),
            Place::Part(_) => String::new(),
        };
        if self.known.insert(place) {
            let _ = write!(out, " id=\"{}\"", anchor(place));
        }
        out
    }

    /// Blocks; headings among them are of that level.
    pub(super) fn blocks(&mut self, blocks: &[Block], level: usize) {
        for block in blocks {
            match block {
                Block::Heading(text) => {
                    let _ = writeln!(self.out, "<h{level}>{}</h{level}>", escape(text));
                }
                Block::Paragraph(line) => {
                    self.out.push_str("<p>");
                    self.line(line);
                    self.out.push_str("</p>\n");
                }
                Block::List(lines) => self.list(lines),
                Block::Grid(grid) => self.grid(grid),
                Block::Code(text) => {
                    let lines: Vec<_> = text.lines().map(escape).collect();
                    let _ = writeln!(self.out, "<pre>{}</pre>", lines.join("\n"));
                }
                Block::Task(task) => self.task(task),
            }
        }
    }

    fn list(&mut self, lines: &[(usize, Line)]) {
        self.out.push_str("<ul class=\"d\">\n");
        for (depth, line) in lines {
            let _ = match (*depth).min(3) {
                0 => write!(self.out, "<li>"),
                depth => write!(self.out, "<li class=\"d{depth}\">"),
            };
            self.line(line);
            self.out.push_str("</li>\n");
        }
        self.out.push_str("</ul>\n");
    }

    fn grid(&mut self, grid: &Grid) {
        self.out.push_str("<div class=\"scroll\"><table>\n");
        if grid.columns.iter().any(|column| !column.title.is_empty()) {
            self.out.push_str("<thead><tr>");
            for column in &grid.columns {
                let _ = write!(
                    self.out,
                    "<th scope=\"col\"{}>{}</th>",
                    right(column.right),
                    escape(column.title)
                );
            }
            self.out.push_str("</tr></thead>\n");
        }
        self.out.push_str("<tbody>\n");
        for row in &grid.rows {
            self.row(grid, row);
        }
        self.out.push_str("</tbody></table></div>\n");
    }

    fn row(&mut self, grid: &Grid, row: &Row) {
        let place = self.place(row.place);
        let _ = write!(self.out, "<tr{place}>");
        for (at, cell) in row.cells.iter().enumerate() {
            let right = right(grid.columns.get(at).is_some_and(|column| column.right));
            let _ = write!(self.out, "<td{right}>");
            self.line(cell);
            if at == 0 {
                self.on_map(row.place);
            }
            self.out.push_str("</td>");
        }
        self.out.push_str("</tr>\n");
    }

    fn task(&mut self, task: &Task) {
        let place = self.place(task.place);
        let name = escape(&task.head.plain());
        let _ = write!(
            self.out,
            "<div class=\"task\"{place}><input type=\"checkbox\" aria-label=\"Done: {name}\"><div>\n<p>"
        );
        self.line(&task.head);
        self.out.push_str("</p>\n");
        self.blocks(&task.body, 4);
        self.out.push_str("</div></div>\n");
    }

    fn line(&mut self, line: &Line) {
        for span in &line.0 {
            match span {
                Span::Words { text, look, to } => self.words(text, *look, *to),
                Span::Badge(class) => self.out.push_str(&badge(*class)),
                Span::Mark(number, severity) => {
                    let _ = write!(
                        self.out,
                        "<a class=\"hz {severity}\" href=\"#hazard-{number}\" title=\"{severity}\">{number}</a>"
                    );
                }
                Span::Stroke(stroke) => self.stroke(*stroke),
            }
        }
    }

    fn words(&mut self, text: &str, look: Look, to: Option<Place>) {
        let text = escape(text);
        let text = match look {
            Look::Plain => text,
            Look::Strong => format!("<strong>{text}</strong>"),
            Look::Faint => format!("<span class=\"faint\">{text}</span>"),
            Look::Code => format!("<code>{text}</code>"),
        };
        let _ = match to {
            Some(place) => write!(self.out, "<a href=\"#{}\">{text}</a>", anchor(place)),
            None => write!(self.out, "{text}"),
        };
    }

    fn stroke(&mut self, stroke: Stroke) {
        let paint = Style::Relation(stroke).paint();
        let dash: Vec<_> = paint.dash.iter().map(|&length| number(length)).collect();
        let colour = paint.stroke.map_or(0, |colour| colour.0);
        let _ = write!(
            self.out,
            "<svg class=\"stroke\" viewBox=\"0 0 28 6\" role=\"img\" aria-label=\"{}\"><path d=\"M0 3H28\" fill=\"none\" \
             stroke=\"#{colour:06x}\" stroke-width=\"{}\" stroke-dasharray=\"{}\"/></svg>",
            stroke.words(),
            number(paint.width * 1.4),
            dash.join(" ")
        );
    }
}

fn right(is: bool) -> &'static str {
    if is { " class=\"right\"" } else { "" }
}

/// The id of the element that stands for a place.
fn anchor(place: Place) -> String {
    match place {
        Place::Table(table) => format!("table-{}", table.0),
        Place::Mark(number) => format!("hazard-{number}"),
        Place::Part(name) => format!("part-{}", name.id()),
    }
}
