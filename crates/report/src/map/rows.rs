//! What stands in a table's box.

use std::collections::{BTreeMap, BTreeSet};

use exodus_schema::model::{Column, Table};
use exodus_schema::{RelationId, TableId};

use super::{Detail, MapOptions, Weight};
use crate::Content;
use crate::document::{bytes, rows as rows_in_words};

/// A line of a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `PK`, `FK`, or nothing.
    pub key: &'static str,
    /// The column, or what else there is to say.
    pub text: String,
    /// Its type, where all columns are shown.
    pub about: String,
    /// The relation that it is the child's end of.
    pub relation: Option<RelationId>,
    /// The panels where it goes on.
    pub leads_to: Vec<usize>,
    /// Numbers of hazards.
    pub marks: Vec<usize>,
}

/// How much a table holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// From 0 to 1, on a logarithmic scale.
    pub share: f64,
    /// The number.
    pub text: String,
}

/// What is drawn where.
pub(super) struct Places<'p> {
    /// The number of each table's panel.
    pub(super) panels: &'p BTreeMap<TableId, usize>,
    /// The relations that have a line.
    pub(super) lines: BTreeSet<RelationId>,
}

/// Everything that stands below a table's name.
pub(super) fn rows(content: &Content<'_>, options: &MapOptions, places: &Places<'_>, id: TableId) -> Vec<Row> {
    let table = content.graph().table(id);
    let keys: Vec<&str> = table
        .primary_key
        .iter()
        .flat_map(|key| key.columns.iter().map(String::as_str))
        .collect();
    let relations = relations(content, options, places, id, &keys);
    let of_relations: BTreeSet<&str> = relations
        .iter()
        .filter_map(|row| row.relation)
        .map(|relation| content.graph().relation(relation))
        .filter(|relation| relation.columns.len() == 1)
        .flat_map(exodus_schema::model::Relation::child_columns)
        .collect();
    let plain = |column: &&Column| {
        let is_key = keys.contains(&column.name.as_str());
        (is_key || options.detail == Detail::All) && !of_relations.contains(column.name.as_str())
    };
    let columns = table.columns.iter().filter(plain).map(|column| Row {
        key: if keys.contains(&column.name.as_str()) { "PK" } else { "" },
        text: column.name.clone(),
        about: about(options, column),
        relation: None,
        leads_to: vec![],
        marks: vec![],
    });
    let (keyed, others): (Vec<_>, Vec<_>) = columns.partition(|row| row.key == "PK");
    let mut rows: Vec<_> = keyed.into_iter().chain(relations).chain(others).collect();
    // The key's columns first, those that are a relation among them.
    rows.sort_by_key(|row| row.key != "PK");
    rows.extend(coming(content, places.panels, id));
    rows.extend(of_table(content, id));
    rows
}

fn about(options: &MapOptions, column: &Column) -> String {
    match options.detail {
        Detail::Keys => String::new(),
        Detail::All => format!("{}{}", column.native_type, if column.nullable { " null" } else { "" }),
    }
}

fn about_named(options: &MapOptions, table: &Table, name: &str) -> String {
    let column = table.columns.iter().find(|column| column.name == name);
    column.map(|column| about(options, column)).unwrap_or_default()
}

/// A row for each relation in which the table is the child.
fn relations(content: &Content<'_>, options: &MapOptions, places: &Places<'_>, id: TableId, keys: &[&str]) -> Vec<Row> {
    let graph = content.graph();
    // A column of the key stands there once as such.
    let mut known = BTreeSet::new();
    let here = places.panels.get(&id);
    let of_child = graph.parents(id).map(|edge| {
        let relation = graph.relation(edge.id);
        let columns: Vec<_> = relation.child_columns().collect();
        let there = places.panels.get(&edge.parent);
        let columns_text = columns.join(", ");
        // A relation of several columns is no key, even where all of them are the key's: they have rows of their own.
        let (key, about) = match columns[..] {
            [one] if keys.contains(&one) && known.insert(one) => ("PK", about_named(options, graph.table(id), one)),
            [one] => ("FK", about_named(options, graph.table(id), one)),
            _ => ("FK", String::new()),
        };
        Row {
            key,
            // Where there is a line, it tells.
            text: if places.lines.contains(&edge.id) {
                columns_text
            } else {
                format!("{columns_text} → {}", content.short_name(edge.parent))
            },
            about,
            relation: Some(edge.id),
            leads_to: there.copied().filter(|_| there != here).into_iter().collect(),
            marks: content
                .marks_of(id)
                .filter(|mark| mark.finding.hazard.relation == Some(edge.id))
                .map(|mark| mark.number)
                .collect(),
        }
    });
    of_child.collect()
}

/// Where the children are that are in other panels.
fn coming(content: &Content<'_>, panels: &BTreeMap<TableId, usize>, id: TableId) -> Vec<Row> {
    let here = panels.get(&id);
    let children: BTreeSet<_> = content.graph().children(id).map(exodus_schema::Edge::child).collect();
    let away = |child: &&TableId| panels.get(child).is_some_and(|there| Some(there) != here);
    let children: Vec<_> = children.iter().filter(away).collect();
    let there: BTreeSet<_> = children.iter().filter_map(|child| panels.get(child)).copied().collect();
    let there: Vec<_> = there.into_iter().collect();
    let row = |(at, panels): (usize, &[usize])| Row {
        key: "",
        text: match &children[..] {
            _ if at > 0 => "←".to_owned(),
            [only] => format!("← {}", content.short_name(**only)),
            more => format!("← {}", more.len()),
        },
        about: String::new(),
        relation: None,
        leads_to: panels.to_vec(),
        marks: vec![],
    };
    there.chunks(PER_ROW).enumerate().map(row).collect()
}

/// The hazards that are the table's own; a row has room for [`PER_ROW`].
fn of_table(content: &Content<'_>, id: TableId) -> Vec<Row> {
    let marks: Vec<_> = content
        .marks_of(id)
        .filter(|mark| mark.finding.hazard.relation.is_none_or(|relation| relation.child != id))
        .map(|mark| mark.number)
        .collect();
    let row = |marks: &[usize]| Row {
        key: "",
        text: String::new(),
        about: String::new(),
        relation: None,
        leads_to: vec![],
        marks: marks.to_vec(),
    };
    marks.chunks(PER_ROW).map(row).collect()
}

const PER_ROW: usize = 5;

/// The bar below a table's name.
pub(super) fn bar(content: &Content<'_>, options: &MapOptions, table: &Table) -> Option<Bar> {
    let of = |table: &Table| match options.weight {
        Weight::None => None,
        Weight::Rows => table.estimated_rows,
        Weight::Bytes => table.bytes,
    };
    let most = content.graph().schema().tables.iter().filter_map(of).max()?;
    let own = of(table)?;
    #[expect(clippy::cast_precision_loss, reason = "a bar shows no more than that")]
    let log = |number: u64| (number as f64 + 1.0).ln();
    let text = match options.weight {
        Weight::Bytes => bytes(own),
        _ => rows_in_words(own),
    };
    Some(Bar {
        share: log(own) / log(most.max(1)),
        text,
    })
}

#[cfg(test)]
mod tests;
