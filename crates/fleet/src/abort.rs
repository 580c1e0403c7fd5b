//! Giving up a move that did not reach its switch, and beginning one anew that was interrupted.

use exodus_engine::Session;
use exodus_schema::create::Object;
use exodus_transfer::create::{self, Removed};
use exodus_transfer::failpoints::Failpoint;
use exodus_transfer::{Error, Event, Journal, JournalError, Origin, Result, Rows, Status, purge};
use serde_json::json;

use crate::store::MoveJournal;

/// Gives the move up: no switch can follow, what it wrote to the target is removed, and the client is active where it
/// was. Returns the number of rows removed. May be repeated after any failure.
///
/// `target` is outside any transaction; `rows` selects the client's rows there, of which only those that come from `origin`
/// are the move's: if there are others, nothing is removed. `made` is what the move was to make there
/// first: tables among that which are empty go, too.
pub async fn abort(
    journal: &mut MoveJournal,
    target: &mut Session,
    (rows, origin): (&Rows<'_>, Origin<'_, '_>),
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
    let (removed, tables) = match clean(journal, target, (rows, origin), made).await {
        Err(Error::Journal(JournalError::Conflict {
            found: Status::Aborted, ..
        })) => return Ok((0, Removed::default())),
        cleaned => cleaned?,
    };
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

/// Takes a move up again whose process has ended before the switch: what it wrote to the target is removed, and the client stays
/// frozen. As [`abort`], of which no other process may be at work on the move: the journal has been taken from it.
///
/// Nothing is written down before what was written is gone, so that an `abort` after another crash knows of it.
pub async fn restart(
    journal: &mut MoveJournal,
    target: &mut Session,
    (rows, origin): (&Rows<'_>, Origin<'_, '_>),
    made: &[Object],
) -> Result<(u64, Removed)> {
    let status = journal.status();
    if status != Status::Planned && status.after(Event::Restart).is_none() {
        // It went on while it was taken: what is on the target is in use, or somebody else's to remove.
        let refused = format!("move {} is {status} by now; `exodus moves` shows it", journal.id());
        return Err(JournalError::Refused(refused).into());
    }
    let (mut removed, mut tables) = (0, Removed::default());
    if status.may_have_written() || !made.is_empty() {
        (removed, tables) = clean(journal, target, (rows, origin), made).await?;
    }
    Failpoint::RestartCleaned.reach().await;
    if status != Status::Planned {
        let told = json!({ "rows_removed": removed, "tables_removed": tables.tables });
        journal.record(Event::Restart, told).await?;
    }
    Ok((removed, tables))
}

/// The same two for a move back to a database that had the client's rows before, where nothing is to be removed: either it
/// has them still, or it has them as they are where the client is now.
pub async fn keep(journal: &mut MoveJournal, restart: bool) -> Result<()> {
    let told = json!({ "rows_removed": 0 });
    if restart {
        if journal.status() != Status::Planned {
            journal.record(Event::Restart, told).await?;
        }
        return Ok(());
    }
    if journal.status() != Status::Aborting {
        journal.record(Event::GiveUp, json!({})).await?;
    }
    journal.record(Event::Abort, told).await?;
    Ok(())
}

/// Removes what a move has written to its target, if anything.
async fn clean(
    journal: &mut MoveJournal,
    target: &mut Session,
    (rows, origin): (&Rows<'_>, Origin<'_, '_>),
    made: &[Object],
) -> Result<(u64, Removed)> {
    // Without its tables, the move has written no row: they come first, and all or none of them stay with the rows.
    let removed = if create::all_there(target, made).await? {
        purge::undo(target, rows, origin, journal).await?
    } else {
        0
    };
    Ok((removed, create::remove_empty(target, made).await?))
}
