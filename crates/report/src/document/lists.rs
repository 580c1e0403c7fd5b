//! Tables in compact lists: the copy order, and those that hold no rows of clients.

use exodus_classify::report;
use exodus_classify::{Class, TableClass};
use exodus_schema::Reach;

use super::{Block, Grid, Line, Part, PartName, Place, Section, Span, amount};
use crate::Content;

/// The client tables, parents first.
pub(super) fn order(content: &Content<'_>) -> Part {
    let mut part = Part::new(PartName::Order);
    part.blocks.push(Block::Paragraph(
        "A move copies a client's rows table by table from the top of this list downward, so that every row finds the \
         rows that it refers to. After the switch, the purge removes them from the bottom upward. Tables with the same \
         order do not wait for each other."
            .into(),
    ));
    let graph = content.graph();
    let mut grid = Grid::new(&[
        ("", -0.6),
        ("Order", -0.9),
        ("Table", 4.0),
        ("Selected by", 2.4),
        ("Rows", -1.6),
        ("Bytes", -1.3),
        ("Hazards", 2.0),
    ]);
    // A table's number is its place among all: others are left out of the list, and not of a move.
    let numbered = content.report.classes.tree.members().iter().zip(1..);
    for (member, number) in numbered.filter(|(member, _)| content.report.filter.shows_table(member.table)) {
        let table = graph.table(member.table);
        grid.row(vec![
            Line::new().faint(format!("{number}")),
            member.order.to_string().into(),
            Line::new().link(content.short_name(member.table), Place::Table(member.table)),
            selected_by(&member.reach).into(),
            table.estimated_rows.map(amount::count).unwrap_or_default().into(),
            table.bytes.map(amount::bytes).unwrap_or_default().into(),
            marks(content, member.table),
        ]);
    }
    part.blocks.push(Block::Grid(grid.without_empty_columns()));
    part
}

fn selected_by(reach: &Reach) -> String {
    match reach {
        Reach::Root => "its key".to_owned(),
        Reach::Complete(chain) if chain.len() == 1 => "complete path".to_owned(),
        Reach::Complete(chain) => format!("complete path of {}", chain.len()),
        Reach::Partial => "disjunction".to_owned(),
        Reach::Closure(_) => "closure".to_owned(),
    }
}

fn marks(content: &Content<'_>, table: exodus_schema::TableId) -> Line {
    let mut line = Line::new();
    for mark in content.marks_of(table) {
        if !line.0.is_empty() {
            line = line.words(" ");
        }
        line = line.span(Span::Mark(mark.number, mark.severity()));
    }
    line
}

/// Context tables, then neutral ones.
pub(super) fn others(content: &Content<'_>) -> Part {
    let mut part = Part::new(PartName::Others);
    let of_context = content.report.classes.of_class(Class::Context);
    let neutral = content.report.classes.of_class(Class::Neutral);
    part.sections.extend(list(
        content,
        Class::Context,
        &of_context,
        "They give clients' rows their meaning, and must be the same on every shard before a client comes.",
    ));
    part.sections.extend(list(
        content,
        Class::Neutral,
        &neutral,
        "They have to do with no client, and stay out of the shards.",
    ));
    part
}

/// Nothing where there are tables and none of them is asked for.
fn list(content: &Content<'_>, class: Class, tables: &[&TableClass], meaning: &str) -> Option<Section> {
    let mut grid = Grid::new(&[
        ("Table", 2.6),
        ("Why", 5.0),
        ("Rows", -1.3),
        ("Bytes", -1.2),
        ("Hazards", 1.4),
    ]);
    let names = content.names();
    let shown = |of: &&&TableClass| content.report.filter.shows_table(of.table);
    for of in tables.iter().filter(shown) {
        let table = content.graph().table(of.table);
        let row = grid.row(vec![
            Line::new().strong(content.short_name(of.table)),
            report::reason(&names, of).into(),
            table.estimated_rows.map(amount::count).unwrap_or_default().into(),
            table.bytes.map(amount::bytes).unwrap_or_default().into(),
            marks(content, of.table),
        ]);
        row.place = Some(Place::Table(of.table));
    }
    let count = match grid.rows.len() {
        0 if !tables.is_empty() => return None,
        shown if shown < tables.len() => format!("{shown} of "),
        _ => String::new(),
    };
    let mut blocks = vec![Block::Paragraph(meaning.into())];
    if grid.rows.is_empty() {
        blocks.push(Block::Paragraph(Line::new().faint("There is none.")));
    } else {
        blocks.push(Block::Grid(grid.without_empty_columns()));
    }
    let all = amount::plural(tables.len(), &format!("{class} table"));
    Some(Section {
        title: Line::new().span(Span::Badge(class)).strong(format!(" {count}{all}")),
        place: None,
        own_page: false,
        blocks,
    })
}
