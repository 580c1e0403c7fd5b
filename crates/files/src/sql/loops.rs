//! Rows that reference rows of tables behind theirs.
//!
//! PostgreSQL checks a foreign key when a COPY ends, so that a table may reference itself; the columns of other loops are
//! NULL at first, and set when all rows are there. MySQL checks row by row: its checks are off for such files. SQLite
//! checks at the end of the transaction, if at all.

use exodus_schema::model::{Deferral, Origin};
use exodus_schema::{Edge, TableId};
use exodus_transfer::Shape;

use crate::error::{Error, Result};
use crate::format::SqlDialect;

/// Columns that are set when all rows are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Late {
    /// How a row is found again.
    pub(crate) key: Vec<String>,
    /// The columns, sorted.
    pub(crate) columns: Vec<String>,
}

/// The foreign keys of client tables whose parents come no earlier than their children; cut ones too, for the server checks
/// them. The order is that of the file.
pub(super) fn backward(shape: Shape<'_>) -> Vec<Edge> {
    let order: Vec<TableId> = shape.tables().collect();
    let place = |id: TableId| order.iter().position(|one| *one == id);
    let edges = shape.graph.edges().iter();
    let backward = edges.filter(|edge| {
        let enforced = shape.graph.relation(edge.id).origin == Origin::Catalogue;
        enforced && matches!((place(edge.child()), place(edge.parent)), (Some(child), Some(parent)) if parent >= child)
    });
    backward.copied().collect()
}

/// For each table in the file's order: what is set late.
pub(super) fn late(shape: Shape<'_>, dialect: SqlDialect) -> Result<Vec<Option<Late>>> {
    let backward = match dialect {
        SqlDialect::Postgres => backward(shape),
        SqlDialect::MySql | SqlDialect::Sqlite => vec![],
    };
    shape.tables().map(|id| of_table(shape, id, &backward)).collect()
}

fn of_table(shape: Shape<'_>, id: TableId, backward: &[Edge]) -> Result<Option<Late>> {
    let table = shape.graph.table(id);
    let mut columns = vec![];
    let mut waiting = backward
        .iter()
        .filter(|edge| edge.child() == id && !edge.is_self_loop());
    for edge in &mut waiting {
        let relation = shape.graph.relation(edge.id);
        if relation.deferral != Deferral::NotDeferrable {
            continue;
        }
        let nullable: Vec<_> = relation
            .child_columns()
            .filter(|column| table.is_nullable(column))
            .collect();
        let enough = if relation.match_full {
            nullable.len() == relation.columns.len()
        } else {
            !nullable.is_empty()
        };
        if !enough {
            return Err(Error::asked(
                format!(
                    "the rows of a loop can't be written in an order that PostgreSQL takes: {}",
                    shape.graph.describe(edge.id)
                ),
                "export it as jsonl: `exodus import` proves such relations when all rows are there; or make the foreign key deferrable",
            ));
        }
        columns.extend(nullable.into_iter().map(str::to_owned));
    }
    if columns.is_empty() {
        return Ok(None);
    }
    columns.sort();
    columns.dedup();
    let Some(identity) = table.identity() else {
        return Err(Error::asked(
            format!(
                "{} is part of a loop and has no key by which its rows could be found again",
                table.name
            ),
            "give it a primary key, or export it as jsonl",
        ));
    };
    let key = identity.columns.clone();
    if key.iter().any(|column| columns.contains(column)) {
        return Err(Error::asked(
            format!("the key of {} is part of a loop", table.name),
            "export it as jsonl: `exodus import` proves such relations when all rows are there",
        ));
    }
    Ok(Some(Late { key, columns }))
}
