//! Giving up a move that did not reach its switch.

use exodus_engine::Session;
use exodus_transfer::failpoints::Failpoint;
use exodus_transfer::{Error, Event, Journal, Result, Rows, Status, purge};
use serde_json::json;

use crate::store::MoveJournal;

/// Gives the move up: no switch can follow, what it wrote to the target is removed, and the client is active where it
/// was. Returns the number of rows removed. May be repeated after any failure.
///
/// `target` is outside any transaction; `rows` selects the client's rows there.
pub async fn abort(journal: &mut MoveJournal, target: &mut Session, rows: &Rows<'_>) -> Result<u64> {
    if journal.status() != Status::Aborting {
        // Written down before anything is removed: another exodus that is still at work on this move can't switch to
        // rows that are about to go.
        let written = journal.status().may_have_written();
        journal.record(Event::GiveUp, json!({})).await?;
        if !written {
            journal.record(Event::Abort, json!({ "rows_removed": 0 })).await?;
            return Ok(0);
        }
    }
    Failpoint::AbortBegun.reach().await;
    let removed = purge::undo(target, rows).await?;
    Failpoint::AbortCleaned.reach().await;
    journal
        .record(Event::Abort, json!({ "rows_removed": removed }))
        .await
        .map_err(Error::from)?;
    Ok(removed)
}
