//! All of the client's rows under lock.

use std::collections::BTreeMap;

use exodus_engine::Session;
use exodus_schema::{Reach, TableId};

use crate::error::Result;
use crate::key_lists::{self, LookUp};
use crate::shape::{Rows, Shape};

/// So many rows of each client table.
pub(crate) type Numbers = BTreeMap<TableId, u64>;

/// Locks all of the client's rows; gives the way in which they are found, and how many of each table there are.
pub(crate) async fn locked_rows<'r>(source: &mut Session, rows: &Rows<'r>) -> Result<(Rows<'r>, Numbers)> {
    let tables = key_lists::needed(source, rows).await?;
    let mut before = None;
    loop {
        let mut looking = LookUp::new(rows, &tables);
        // Parents first: once a row is locked no new child can come, so that the next table's lock meets all there are.
        let mut locked = Numbers::new();
        for id in rows.shape.tables() {
            looking.reach(source, id).await?;
            locked.insert(id, source.lock(&looking.rows.select(id, vec![])).await?);
        }
        // In a loop of tables children may have come before the statement got as far as their parents: once that has locked
        // no other number of rows than before, none has.
        if !in_loops(rows.shape) || before.as_ref() == Some(&locked) {
            return Ok((looking.rows, locked));
        }
        before = Some(locked);
    }
}

/// Whether rows can be the client's through rows of their own table, or of a loop of tables.
fn in_loops(shape: Shape<'_>) -> bool {
    let closure = |id| {
        matches!(
            shape.tree.member(id).map(|member| &member.reach),
            Some(Reach::Closure(_))
        )
    };
    shape.tables().any(closure)
}
