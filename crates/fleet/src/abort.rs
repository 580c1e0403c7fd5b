//! Giving up a move that did not reach its switch.

use exodus_engine::Session;
use exodus_schema::create::Object;
use exodus_transfer::create::{self, Removed};
use exodus_transfer::failpoints::Failpoint;
use exodus_transfer::{Event, Journal, JournalError, Result, Rows, Status, purge};
use serde_json::json;

use crate::store::MoveJournal;

/// Gives the move up: no switch can follow, what it wrote to the target is removed, and the client is active where it
/// was. Returns the number of rows removed. May be repeated after any failure.
///
/// `target` is outside any transaction; `rows` selects the client's rows there. `made` is what the move was to make there
/// first: tables among that which are empty go, too.
pub async fn abort(
    journal: &mut MoveJournal,
    target: &mut Session,
    rows: &Rows<'_>,
    made: &[Object],
) -> Result<(u64, Removed)> {
    if journal.status() != Status::Aborting {
        // Written down before anything is removed: another exodus that is still at work on this move can't switch to
        // rows that are about to go.
        let written = journal.status().may_have_written() || (!made.is_empty() && journal.status() == Status::Drained);
        journal.record(Event::GiveUp, json!({})).await?;
        if !written {
            journal.record(Event::Abort, json!({ "rows_removed": 0 })).await?;
            return Ok((0, Removed::default()));
        }
    }
    Failpoint::AbortBegun.reach().await;
    // Without its tables, the move has written no row: they come first, and all or none of them stay with the rows.
    let removed = if create::all_there(target, made).await? {
        purge::undo(target, rows).await?
    } else {
        0
    };
    let tables = create::remove_empty(target, made).await?;
    Failpoint::AbortCleaned.reach().await;
    let told = json!({ "rows_removed": removed, "tables_removed": tables.tables });
    match journal.record(Event::Abort, told).await {
        // Whoever was at work on the move has come to the same end.
        Ok(_)
        | Err(JournalError::Conflict {
            found: Status::Aborted, ..
        }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok((removed, tables))
}
