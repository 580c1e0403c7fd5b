//! One table of a plan.

use exodus_engine::{Format, Session, value};
use exodus_schema::{Column, Reach, TableId, TableName};
use serde::Serialize;

use super::{LoopMethod, PlannedLoop};
use crate::shape::{Rows, copied_columns};

/// A table of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedTable {
    /// Its place in the graph.
    #[serde(skip)]
    pub id: TableId,
    /// Its name.
    pub table: TableName,
    /// Copy order.
    pub order: usize,
    /// By which relations rows are selected.
    pub reached_by: Vec<String>,
    /// The client's rows, counted.
    pub rows: u64,
    /// The server's estimate for the whole table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_rows: Option<u64>,
    /// The bulk path.
    pub method: &'static str,
    /// What is done about loops.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub loops: Vec<PlannedLoop>,
}

impl PlannedTable {
    /// A table with so many of the client's rows.
    pub(super) fn of((source, target): (&Session, &Session), rows: &Rows<'_>, id: TableId, number: u64) -> Self {
        let graph = rows.shape.graph;
        let table = graph.table(id);
        let member = rows.shape.tree.member(id);
        let columns = copied_columns(table);
        let reached_by = match member.map(|member| &member.reach) {
            Some(Reach::Complete(path)) => path.iter().rev().map(|&relation| graph.describe(relation)).collect(),
            _ => member
                .map_or(&[][..], |m| &m.owners)
                .iter()
                .map(|&relation| graph.describe(relation))
                .collect(),
        };
        Self {
            id,
            table: table.name.clone(),
            order: member.map_or(0, |member| member.order),
            reached_by,
            rows: number,
            estimated_rows: table.estimated_rows,
            method: method(source, target, &columns),
            loops: vec![],
        }
    }

    /// The columns that are written as NULL and set when all rows are there, each once.
    pub fn late_columns(&self) -> Vec<String> {
        let mut late: Vec<String> = vec![];
        for one in &self.loops {
            if let LoopMethod::NullThenSet(columns) = &one.method {
                late.extend(columns.iter().cloned());
            }
        }
        late.sort();
        late.dedup();
        late
    }
}

/// How rows of these columns travel.
fn method(source: &Session, target: &Session, columns: &[Column]) -> &'static str {
    if source.dialect().passes_rows_to(target.dialect()) {
        return match source.format(columns) {
            Format::PostgresBinary => "binary COPY",
            Format::PostgresText => "text COPY",
            Format::MySqlLoad | Format::MySqlUtf8 => "LOAD DATA",
            Format::Sqlite => "prepared INSERT",
        };
    }
    match value::wire(target.engine()) {
        Format::PostgresBinary | Format::PostgresText => "translated, text COPY",
        Format::MySqlLoad | Format::MySqlUtf8 => "translated, LOAD DATA",
        Format::Sqlite => "translated, prepared INSERT",
    }
}
