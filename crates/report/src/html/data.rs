//! What the script knows: the path of each table from the root, its neighbours, and what filters ask.

use std::collections::BTreeMap;

use exodus_classify::{Class, Evidence};
use exodus_schema::{Edge, Reach, RelationId, TableId};
use serde_json::{Map, Value, json};

use super::Drawing;
use crate::Content;
use crate::picture::{Tag, visible};
use crate::svg::tag_id;

/// As JSON that can stand in an element of HTML: nothing in it ends the element or begins a comment.
pub(super) fn json(content: &Content<'_>, drawing: &Drawing) -> String {
    let graph = content.graph();
    let shown = |table: &TableId| content.report.filter.shows_table(*table);
    let by_table = content
        .marks
        .iter()
        .fold(BTreeMap::<_, Vec<_>>::new(), |mut all, mark| {
            all.entry(mark.finding.hazard.table).or_default().push(mark.number);
            all
        });
    let tables = graph.tables().filter(shown).map(|id| {
        let class = &content.report.classes.tables[id.0];
        json!({
            "id": tag_id(Tag::Table(id)),
            "name": visible(&content.short_name(id)),
            "class": class.class,
            "order": class.order,
            "path": path(content, id),
            "near": near(content, id),
            "hazards": by_table.get(&id).map_or(&[][..], Vec::as_slice),
        })
    });
    let both = |edge: &&Edge| shown(&edge.child()) && shown(&edge.parent);
    let relations = graph.edges().iter().filter(both).map(|edge| {
        json!({
            "id": tag_id(Tag::Relation(edge.id)),
            "child": tag_id(Tag::Table(edge.child())),
            "parent": tag_id(Tag::Table(edge.parent)),
        })
    });
    let hazards = content.marks.iter().map(|mark| {
        let hazard = mark.finding.hazard;
        json!({
            "number": mark.number,
            "rule": hazard.rule,
            "severity": hazard.severity,
            "table": tag_id(Tag::Table(hazard.table)),
        })
    });
    let panels: Map<_, _> = drawing
        .panels
        .iter()
        .map(|&(number, area)| {
            let shape = json!({"x": area.x, "y": area.y, "width": area.width, "height": area.height});
            (tag_id(Tag::Panel(number)), shape)
        })
        .collect();
    let value = json!({
        "tables": tables.collect::<Vec<_>>(),
        "relations": relations.collect::<Vec<_>>(),
        "hazards": hazards.collect::<Vec<_>>(),
        "panels": Value::Object(panels),
    });
    value
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

/// Tables and relations from the root to the table; none for a table that has nothing to do with clients.
fn path(content: &Content<'_>, table: TableId) -> Vec<String> {
    let graph = content.graph();
    let mut ids = vec![];
    for relation in chain(content, table) {
        ids.push(tag_id(Tag::Relation(relation)));
        ids.push(tag_id(Tag::Table(relation.child)));
        if let Some(edge) = graph.edge(relation) {
            ids.push(tag_id(Tag::Table(edge.parent)));
        }
    }
    ids.sort();
    ids.dedup();
    ids
}

fn chain(content: &Content<'_>, table: TableId) -> Vec<RelationId> {
    let classes = content.report.classes;
    if let Some(member) = classes.tree.member(table) {
        return match &member.reach {
            Reach::Complete(chain) => chain.clone(),
            _ => member.witness.clone(),
        };
    }
    match &classes.tables[table.0].evidence {
        // A context table: by way of the client table that leads to it.
        Evidence::Referenced(chain) if classes.class_of(table) == Class::Context => {
            let client = chain.first().and_then(|first| classes.tree.member(first.child));
            let mut all = client.map_or(vec![], |client| client.witness.clone());
            all.extend(chain);
            all
        }
        _ => vec![],
    }
}

fn near(content: &Content<'_>, table: TableId) -> Vec<String> {
    let graph = content.graph();
    let mut ids = vec![];
    for edge in graph.parents(table).chain(graph.children(table)) {
        ids.extend([
            tag_id(Tag::Relation(edge.id)),
            tag_id(Tag::Table(edge.child())),
            tag_id(Tag::Table(edge.parent)),
        ]);
    }
    ids.sort();
    ids.dedup();
    ids
}
