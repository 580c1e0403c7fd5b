//! Copying rows in an order of their own, across the tables of a loop, for servers that check each row as it comes.

use exodus_schema::{Schema, TableId};

use crate::copy::{self, Ends};
use crate::error::Result;
use crate::order::{Direction, Order};
use crate::plan::{Plan, PlannedTable};
use crate::progress::{MovedTable, Progress};
use crate::shape::Rows;

/// Copies the rows of the order's tables level by level: those of the first table, of the second, and so on, and then those of
/// the next level.
pub(crate) async fn copy(
    ends: &mut Ends<'_>,
    (rows, there): (&Rows<'_>, &Rows<'_>),
    plan: &Plan,
    order: &mut Order,
    target_schema: &Schema,
    progress: &dyn Progress,
) -> Result<Vec<MovedTable>> {
    let tables: Vec<&PlannedTable> = order.tables().iter().filter_map(|&id| plan.table(id)).collect();
    let ways: Vec<copy::Way> = tables
        .iter()
        .map(|planned| copy::way(rows, there, planned, target_schema))
        .collect();
    let mut moved: Vec<MovedTable> = tables.iter().map(|planned| copy::nothing_of(planned)).collect();
    let mut turn: Option<TableId> = None;
    order.rewind();
    while let Some(batch) = order.next(Direction::Down)? {
        let Some(at) = tables.iter().position(|planned| planned.id == batch.table) else {
            continue;
        };
        if turn.replace(batch.table) != Some(batch.table) {
            progress.table(&tables[at].table, tables[at].rows.saturating_sub(moved[at].rows));
        }
        let select = batch.of(&ways[at].select);
        copy::stored(ends, &select, &ways[at], &mut moved[at], progress).await?;
    }
    for (planned, done) in tables.iter().zip(&moved) {
        copy::expect(ends.target.name(), planned, "copying", done.rows)?;
        progress.table_done(&planned.table, done.rows);
    }
    Ok(moved)
}
