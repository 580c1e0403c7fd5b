//! The foreign-key graph for programs that lay it out by themselves: Graphviz, Mermaid and D2.

pub mod d2;
pub mod dot;
pub mod mermaid;

use exodus_classify::Class;
use exodus_schema::{Edge, TableId};

use crate::Content;
use crate::picture::visible;
use crate::style::{Stroke, letter};

/// A table as a node.
struct Node {
    id: TableId,
    class: Class,
    name: String,
    /// `C 2`: the class's letter, and the place in the copy order.
    place: String,
    /// The numbers of its hazards.
    marks: Vec<usize>,
}

impl Node {
    /// `!3 !7`, or nothing.
    fn hazards(&self) -> String {
        let marks: Vec<_> = self.marks.iter().map(|number| format!("!{number}")).collect();
        marks.join(" ")
    }
}

/// A relation as an edge.
struct Arrow {
    child: TableId,
    parent: TableId,
    stroke: Stroke,
    label: String,
}

/// The classes with their tables: client tables in copy order, others by name.
fn nodes(content: &Content<'_>) -> Vec<(Class, Vec<Node>)> {
    let of_class = |class| {
        let tables = content.report.classes.of_class(class).into_iter();
        let shown = tables.filter(|one| content.report.filter.shows_table(one.table));
        let node = |one: &exodus_classify::TableClass| Node {
            id: one.table,
            class,
            name: visible(&content.short_name(one.table)),
            place: match one.order {
                Some(order) => format!("{} {order}", letter(class)),
                None => letter(class).to_owned(),
            },
            marks: content.marks_of(one.table).map(|mark| mark.number).collect(),
        };
        shown.map(node).collect()
    };
    [Class::Client, Class::Context, Class::Neutral]
        .map(|class| (class, of_class(class)))
        .into()
}

/// The relations between tables that are shown.
fn arrows<'c>(content: &'c Content<'_>) -> impl Iterator<Item = Arrow> + 'c {
    let shown = |table| content.report.filter.shows_table(table);
    let edges = content.graph().edges().iter();
    edges
        .filter(move |edge| shown(edge.child()) && shown(edge.parent))
        .map(|edge| arrow(content, edge))
}

fn arrow(content: &Content<'_>, edge: &Edge) -> Arrow {
    let columns: Vec<_> = content.graph().relation(edge.id).child_columns().collect();
    Arrow {
        child: edge.child(),
        parent: edge.parent,
        stroke: content.stroke(edge.id),
        label: visible(&columns.join(", ")),
    }
}

/// What heads the tables of a class.
fn heading(class: Class) -> &'static str {
    match class {
        Class::Client => "client tables, in copy order",
        Class::Context => "context tables",
        Class::Neutral => "neutral tables",
    }
}

/// `#rrggbb`.
fn colour(class: Class) -> String {
    format!("#{:06x}", crate::style::strong(class).0)
}
