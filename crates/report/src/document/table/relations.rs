//! The relations of a table.

use exodus_classify::report::Names;
use exodus_schema::model::{Action, Relation};
use exodus_schema::{Edge, RelationId, TableId};

use super::super::{Block, Grid, Line, Place, Span};
use crate::Content;

/// A step of a path: the relation's line, and what refers to what.
pub(super) fn step(content: &Content<'_>, id: RelationId) -> Line {
    let relation = content.graph().relation(id);
    let line = Line::new()
        .span(Span::Stroke(content.stroke(id)))
        .words(" ")
        .link(content.short_name(id.child), Place::Table(id.child));
    let line = line.words(format!("({}) → ", columns(relation.child_columns())));
    let parent = content.graph().edge(id).map(|edge| edge.parent);
    let line = match parent {
        Some(parent) => line.link(content.short_name(parent), Place::Table(parent)),
        None => line.words(relation.parent.to_string()),
    };
    line.words(format!(
        "({}){}",
        columns(relation.parent_columns()),
        relation.condition()
    ))
}

/// The relations in which the table is the child.
pub(super) fn parents(content: &Content<'_>, names: &Names<'_>, id: TableId) -> Vec<Block> {
    let table = content.graph().table(id);
    let mut grid = Grid::new(&[("", 0.6), ("By", 2.4), ("To", 3.0), ("How", 4.0)]);
    for at in 0..table.relations.len() {
        let relation = RelationId { child: id, at };
        let parent = content.graph().edge(relation).map(|edge| edge.parent);
        let (known, of) = (&table.relations[at], &table.relations[at].parent);
        let to = match parent {
            Some(parent) => other(content, parent),
            None => Line::from(of.to_string()),
        };
        grid.row(vec![
            Line::new().span(Span::Stroke(content.stroke(relation))),
            format!("{}{}", columns(known.child_columns()), known.condition()).into(),
            to.words(format!("({})", columns(known.parent_columns()))),
            how(content, names, relation).into(),
        ]);
    }
    shown(grid)
}

/// The relations of others to the table; of itself they are told already.
pub(super) fn children(content: &Content<'_>, names: &Names<'_>, id: TableId) -> Vec<Block> {
    let graph = content.graph();
    let mut grid = Grid::new(&[("", 0.6), ("By", 4.4), ("How", 5.0)]);
    for edge in graph.children(id).filter(|edge| !edge.is_self_loop()) {
        let relation = graph.relation(edge.id);
        grid.row(vec![
            Line::new().span(Span::Stroke(content.stroke(edge.id))),
            other(content, edge.child()).words(format!(
                "({}){}",
                columns(relation.child_columns()),
                relation.condition()
            )),
            how(content, names, edge.id).into(),
        ]);
    }
    shown(grid)
}

fn shown(grid: Grid) -> Vec<Block> {
    if grid.rows.is_empty() {
        vec![]
    } else {
        vec![Block::Grid(grid)]
    }
}

/// Another table, with its class.
fn other(content: &Content<'_>, id: TableId) -> Line {
    Line::new()
        .span(Span::Badge(content.report.classes.class_of(id)))
        .words(" ")
        .link(content.short_name(id), Place::Table(id))
}

/// In the words of the legend, with what matters besides.
fn how(content: &Content<'_>, names: &Names<'_>, id: RelationId) -> String {
    let (graph, relation) = (content.graph(), content.graph().relation(id));
    let table = graph.table(id.child);
    let mut words = vec![content.stroke(id).words().to_owned()];
    if let Some(sure) = names.confidence(id) {
        words.push(format!("sure to {sure:.2}"));
    }
    // Who reads that it lies in a loop wants to know this as well.
    if content.stroke(id) == crate::style::Stroke::Loop && table.relation_is_nullable(relation) {
        words.push("nullable".to_owned());
    }
    words.extend(actions(relation));
    if !relation.validated && relation.origin == exodus_schema::model::Origin::Catalogue {
        words.push("not enforced for old rows".to_owned());
    }
    if table.lacks_index_for(relation) {
        words.push("no index".to_owned());
    }
    words.join(", ")
}

fn actions(relation: &Relation) -> Vec<String> {
    let word = |action| match action {
        Action::NoAction | Action::Restrict => None,
        Action::Cascade => Some("CASCADE"),
        Action::SetNull => Some("SET NULL"),
        Action::SetDefault => Some("SET DEFAULT"),
    };
    let delete = word(relation.on_delete).map(|word| format!("ON DELETE {word}"));
    let update = word(relation.on_update).map(|word| format!("ON UPDATE {word}"));
    delete.into_iter().chain(update).collect()
}

/// The relations of the table that no order of tables satisfies.
pub(super) fn backwards(content: &Content<'_>, id: TableId) -> Vec<Line> {
    let back = content.report.classes.tree.back_relations();
    let own = content.graph().parents(id).filter(|edge| back.contains(&edge.id));
    let line = |edge: &Edge| {
        let relation = content.graph().relation(edge.id);
        let parent = content.short_name(edge.parent);
        Line::from(format!(
            "no order of tables satisfies {} → {parent}: rows are proved as a whole, or where the target checks each \
             row, deferred, sorted, or written with NULL and set afterwards",
            columns(relation.child_columns())
        ))
    };
    own.map(line).collect()
}

fn columns<'c>(names: impl Iterator<Item = &'c str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
