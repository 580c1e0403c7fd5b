//! The section of a client table.

mod relations;

use std::collections::BTreeMap;

use exodus_classify::Class;
use exodus_classify::explain::{self, Subject};
use exodus_classify::report::Names;
use exodus_schema::model::{Column, Generator};
use exodus_schema::{Key, Reach, Table, TableId};

use super::{Block, Grid, Line, Place, Section, Span, amount, hazards};
use crate::Content;

/// One for each client table that is asked for, in copy order.
pub(super) fn sections(content: &Content<'_>) -> Vec<Section> {
    let members = content.report.classes.tree.members();
    let names = content.names();
    members
        .iter()
        .filter(|member| content.report.filter.shows_table(member.table))
        .map(|member| section(content, &names, member.table))
        .collect()
}

fn section(content: &Content<'_>, names: &Names<'_>, id: TableId) -> Section {
    let table = content.graph().table(id);
    let mut blocks = vec![];
    if let Some(comment) = table.comment.as_deref().filter(|comment| !comment.trim().is_empty()) {
        blocks.push(Block::Paragraph(Line::new().faint(comment)));
    }
    blocks.push(facts(content, id, table));
    part(&mut blocks, "Path from the root", path(content, id));
    part(&mut blocks, "Which rows a client owns", owned(content, id));
    part(&mut blocks, "Columns", vec![columns(table)]);
    part(&mut blocks, "Refers to", relations::parents(content, names, id));
    part(&mut blocks, "Referred to by", relations::children(content, names, id));
    part(&mut blocks, "Triggers", triggers(content, id));
    part(&mut blocks, "Hazards", hazards::of_table(content, id));
    Section {
        title: Line::new()
            .span(Span::Badge(Class::Client))
            .strong(format!(" {}", content.short_name(id))),
        place: Some(Place::Table(id)),
        own_page: true,
        blocks,
    }
}

/// Blocks under a heading, if there are any.
fn part(blocks: &mut Vec<Block>, title: &str, of: Vec<Block>) {
    if !of.is_empty() {
        blocks.push(Block::Heading(title.to_owned()));
        blocks.extend(of);
    }
}

/// What explains a table, with what a report knows.
fn subject<'s>(
    content: &'s Content<'_>,
    table: TableId,
    none: &'s BTreeMap<TableId, exodus_classify::Override>,
) -> Subject<'s> {
    Subject {
        graph: content.report.graph,
        classes: content.report.classes,
        cuts: &content.report.classes.cuts,
        // They only matter for what a cut would change.
        overrides: none,
        inferred: content.report.inferred,
        root_key: Some(content.root_key.as_slice()).filter(|key| !key.is_empty()),
        findings: &content.report.findings,
        table,
    }
}

fn facts(content: &Content<'_>, id: TableId, table: &Table) -> Block {
    let classes = content.report.classes;
    let mut grid = Grid::new(&[("", 1.0), ("", 5.0)]);
    let mut fact = |word: &str, line: Line| {
        grid.row(vec![Line::new().strong(word), line]);
    };
    let all = classes.tree.members().len();
    let place = classes.tree.members().iter().position(|member| member.table == id);
    if let (Some(place), Some(order)) = (place, classes.tables[id.0].order) {
        fact(
            "Copied",
            format!("as number {} of {all}, in order {order}; parents first", place + 1).into(),
        );
        fact(
            "Purged",
            format!("as number {} of {all}; children first", all - place).into(),
        );
    }
    if let Some(rows) = table.estimated_rows {
        let bytes = table
            .bytes
            .map_or_else(String::new, |bytes| format!(", {}", amount::bytes(bytes)));
        fact("Holds", format!("about {}{bytes}", amount::rows(rows)).into());
    }
    if let Some(key) = &table.primary_key {
        fact("Primary key", key.columns.join(", ").into());
    }
    for key in &table.unique_keys {
        fact("Unique", unique(key).into());
    }
    for backwards in relations::backwards(content, id) {
        fact("In a loop", backwards);
    }
    Block::Grid(grid)
}

fn unique(key: &Key) -> String {
    match (key.columns.is_empty(), key.total) {
        (true, _) => format!("{} (on expressions)", key.name),
        (false, true) => key.columns.join(", "),
        (false, false) => format!("{} (of some rows)", key.columns.join(", ")),
    }
}

fn path(content: &Content<'_>, id: TableId) -> Vec<Block> {
    let tree = &content.report.classes.tree;
    let Some(member) = tree.member(id) else {
        return vec![];
    };
    let (chain, words) = match &member.reach {
        Reach::Root => {
            return vec![Block::Paragraph(
                "It is the root table: each of its rows is a client.".into(),
            )];
        }
        Reach::Complete(chain) => (chain, "It is complete: no relation on it can be NULL."),
        Reach::Partial | Reach::Closure(_) => (
            &member.witness,
            "It is not complete: rows without an owner are possible. No path of NOT NULL relations leads here.",
        ),
    };
    let steps = chain.iter().map(|&relation| (0, relations::step(content, relation)));
    vec![Block::List(steps.collect()), Block::Paragraph(Line::new().faint(words))]
}

fn owned(content: &Content<'_>, id: TableId) -> Vec<Block> {
    let Some(member) = content.report.classes.tree.member(id) else {
        return vec![];
    };
    let how = match &member.reach {
        Reach::Root => "The one row with the client's key.",
        Reach::Complete(_) => "Selected by the complete path, each step a semi-join: no row comes twice.",
        Reach::Partial => "Selected by a disjunction: any one of its relations into the tree gives a row its owner.",
        Reach::Closure(_) => "Selected by a closure: rows are added from parent to child until nothing is added.",
    };
    let none = BTreeMap::new();
    let lines = explain::owned_rows(&subject(content, id, &none));
    let list = lines.into_iter().map(|(depth, line)| (depth, line.into()));
    let mut blocks = vec![Block::Paragraph(how.into())];
    if member.reach != Reach::Root {
        blocks.push(Block::List(list.collect()));
    }
    blocks
}

fn columns(table: &Table) -> Block {
    let mut grid = Grid::new(&[
        ("Column", 2.6),
        ("Type", 2.4),
        ("Null", 0.7),
        ("Default", 1.8),
        ("Remark", 2.8),
    ]);
    for column in &table.columns {
        let key = table
            .primary_key
            .as_ref()
            .is_some_and(|key| key.columns.contains(&column.name));
        let name = if key {
            Line::new().strong(&column.name)
        } else {
            Line::from(column.name.clone())
        };
        grid.row(vec![
            name,
            column.native_type.clone().into(),
            if column.nullable { "yes" } else { "" }.into(),
            Line::new().code(column.default.clone().unwrap_or_default()),
            remark(column).into(),
        ]);
    }
    Block::Grid(grid.without_empty_columns())
}

fn remark(column: &Column) -> String {
    let mut remarks = vec![];
    if let Some(generator) = column.generator {
        remarks.push(
            match generator {
                Generator::IdentityAlways => "identity, always",
                Generator::IdentityByDefault => "identity",
                Generator::Sequence => "from a sequence",
                Generator::AutoIncrement => "auto-increment",
            }
            .to_owned(),
        );
    }
    if let Some(generated) = &column.generated {
        let stored = if generated.stored { "stored" } else { "on reading" };
        remarks.push(format!("computed ({stored}): {}", generated.expression));
    }
    if column.invisible {
        remarks.push("invisible".to_owned());
    }
    remarks.extend(column.comment.clone());
    remarks.join("; ")
}

fn triggers(content: &Content<'_>, id: TableId) -> Vec<Block> {
    let none = BTreeMap::new();
    let lines = explain::trigger_lines(&subject(content, id, &none));
    if lines.is_empty() {
        return vec![];
    }
    let list = lines.into_iter().map(|(depth, line)| (depth, line.into()));
    vec![Block::List(list.collect())]
}
