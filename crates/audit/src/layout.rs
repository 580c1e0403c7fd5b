//! Which columns of a table are read for the owners of its rows, and where they stand in the row.

use exodus_engine::{Dialect, Match};
use exodus_schema::model::{ColumnPair, Discriminator};
use exodus_schema::{Column, Graph, RelationId, Table, TableId};

use crate::keys::KeyFields;

/// Columns of a table by which others reference it, each with the way in which it is compared; sorted by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyId {
    pub(crate) table: TableId,
    pub(crate) columns: Vec<(String, Match)>,
}

/// What of the child's row references, in the order of the parent's key.
#[derive(Clone, Debug)]
pub(crate) struct Children {
    pairs: Vec<ColumnPair>,
    when: Vec<Discriminator>,
}

/// How a relation's columns match: the parent's key, and the child's side.
pub(crate) fn reference(graph: &Graph<'_>, dialect: Dialect, id: RelationId) -> Option<(KeyId, Children)> {
    let edge = graph.edge(id)?;
    let (child, parent) = (graph.table(id.child), graph.table(edge.parent));
    let relation = graph.relation(id);
    let mut pairs = vec![];
    for pair in &relation.columns {
        let how = match &pair.expression {
            // Nobody knows its type: the database compares.
            Some(_) => Match::StandIn,
            None => dialect.matching(child.column(&pair.child)?, parent.column(&pair.parent)?),
        };
        pairs.push((pair.parent.clone(), how, pair.clone()));
    }
    pairs.sort();
    let children = Children {
        pairs: pairs.iter().map(|(_, _, pair)| pair.clone()).collect(),
        when: relation.when.clone(),
    };
    let columns = pairs.into_iter().map(|(parent, how, _)| (parent, how)).collect();
    Some((
        KeyId {
            table: edge.parent,
            columns,
        },
        children,
    ))
}

/// A table's own columns as a key.
pub(crate) fn own_key(graph: &Graph<'_>, dialect: Dialect, table: TableId, columns: &[String]) -> KeyId {
    let known = graph.table(table);
    let mut columns: Vec<_> = columns
        .iter()
        .filter_map(|name| known.column(name))
        .map(|column| (column.name.clone(), dialect.matching(column, column)))
        .collect();
    columns.sort();
    KeyId { table, columns }
}

/// The select list of one query on one table, under the alias `t`.
#[derive(Debug)]
pub(crate) struct Layout<'a> {
    graph: &'a Graph<'a>,
    dialect: Dialect,
    table: TableId,
    list: Vec<String>,
}

impl<'a> Layout<'a> {
    pub(crate) fn new(graph: &'a Graph<'a>, dialect: Dialect, table: TableId) -> Self {
        Self {
            graph,
            dialect,
            table,
            list: vec![],
        }
    }

    /// The table.
    pub(crate) fn table(&self) -> TableId {
        self.table
    }

    /// The place of an expression.
    pub(crate) fn field(&mut self, expression: String) -> usize {
        if let Some(at) = self.list.iter().position(|known| *known == expression) {
            return at;
        }
        self.list.push(expression);
        self.list.len() - 1
    }

    /// The table's own key.
    pub(crate) fn key(&mut self, id: &KeyId) -> KeyFields {
        let table = self.graph.table(self.table);
        let alone = id.columns.len() == 1;
        let fields = id.columns.iter().filter_map(|(name, how)| {
            let column = table.column(name)?;
            let unique = alone && is_unique(table, name);
            let value = format!("t.{}", self.dialect.quote(name));
            let sql = self.dialect.matched(&value, *how, (&table.name, column), unique);
            Some((sql, *how))
        });
        self.fields(fields.collect())
    }

    /// The values by which the table references a parent's key.
    pub(crate) fn reference(&mut self, id: &KeyId, children: &Children) -> KeyFields {
        let (table, parent) = (self.graph.table(self.table), self.graph.table(id.table));
        let fields = id
            .columns
            .iter()
            .zip(&children.pairs)
            .filter_map(|((name, how), pair)| {
                let value = self.dialect.child_value("t", table, &children.when, pair);
                let sql = self
                    .dialect
                    .matched(&value, *how, (&parent.name, parent.column(name)?), false);
                Some((sql, *how))
            });
        self.fields(fields.collect())
    }

    fn fields(&mut self, fields: Vec<(String, Match)>) -> KeyFields {
        KeyFields(fields.into_iter().map(|(sql, how)| (self.field(sql), how)).collect())
    }

    /// The fields that show people which row it is; empty where nothing tells the table's rows apart.
    pub(crate) fn shown(&mut self) -> Vec<usize> {
        let table = self.graph.table(self.table);
        let columns = table.identity().map_or(&[][..], |key| &key.columns);
        let columns: Vec<&Column> = columns.iter().filter_map(|name| table.column(name)).collect();
        let texts = columns.into_iter().map(|column| self.dialect.key_text("t", column));
        texts
            .collect::<Vec<_>>()
            .into_iter()
            .map(|text| self.field(text))
            .collect()
    }

    /// The number of fields.
    pub(crate) fn width(&self) -> usize {
        self.list.len()
    }

    /// The fields of the list.
    pub(crate) fn list(&self) -> &[String] {
        &self.list
    }
}

fn is_unique(table: &Table, column: &str) -> bool {
    let mut keys = table.primary_key.iter().chain(&table.unique_keys);
    keys.any(|key| key.total && key.columns == [column])
}
