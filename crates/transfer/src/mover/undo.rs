//! Undoing a move that failed before its switch.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use exodus_engine::{Canceller, Session};
use futures_util::future::join_all;
use serde_json::json;
use tokio::sync::Mutex;

use super::{Failure, Left};
use crate::create::{self, Made};
use crate::error::{Error, Result};
use crate::journal::{Event, Journal};
use crate::origin::{Origin, Own};
use crate::plan::Request;
use crate::purge;
use crate::shape::Rows;
use crate::streams::{Claimed, Stream};

/// How long a connection that may be broken is given to roll back.
const ROLLBACK_PATIENCE: Duration = Duration::from_secs(10);

/// What a move may leave behind that a rollback of its transaction does not take back.
#[derive(Debug, Default)]
pub(super) struct Traces {
    /// Tables that were made.
    pub(super) made: Made,
    /// Rows may have been committed.
    pub(super) committed: AtomicBool,
    /// Names that the session with the target holds.
    claimed: Mutex<Claimed>,
}

impl Traces {
    /// Takes the client's name for the session, where its transaction can't hold it.
    pub(super) async fn claim(&self, target: &mut Session, there: &Rows<'_>) -> Result<()> {
        *self.claimed.lock().await = Claimed::by_mover(target, there).await?;
        Ok(())
    }

    pub(super) async fn release(&self, target: &mut Session) {
        std::mem::take(&mut *self.claimed.lock().await).release(target).await;
    }
}

type Ends<'e> = (&'e mut Session, &'e mut Session, Vec<Stream>);

/// What ends a statement that runs on any of the connections.
pub(super) fn cancellers((source, target): (&Session, &Session), streams: &[Stream]) -> Vec<Canceller> {
    let both = streams
        .iter()
        .flat_map(|stream| [stream.source.canceller(), stream.target.canceller()]);
    [source.canceller(), target.canceller()]
        .into_iter()
        .chain(both)
        .collect()
}

/// Ends them all.
pub(super) async fn cancel(cancellers: &[Canceller]) {
    join_all(cancellers.iter().map(|cancel| cancel())).await;
}

/// Undoes a move that was not switched.
pub(super) async fn give_up(
    (source, target, streams): Ends<'_>,
    journal: &mut dyn Journal,
    error: Error,
    (request, traces): (&Request<'_>, &Traces),
) -> Failure {
    // The streams first: as long as the target's transaction is open, nobody else undoes what they are about to commit.
    // Their sessions end here: what a server does not roll back when it is told, it does when nobody is there any more.
    join_all(streams.into_iter().map(async |mut stream| {
        tokio::join!(roll_back(&mut *stream.source), roll_back(&mut *stream.target));
        stream.release().await;
    }))
    .await;
    tokio::join!(roll_back(source), roll_back(target));
    traces.release(target).await;
    let reason = error.to_string();
    // Where both sides were found to differ, the move's own rows do.
    let own = match error {
        Error::Mismatch { .. } => Own::SameKey,
        _ if request.policies.alter_rows() => Own::SameKey,
        _ => Own::Equal,
    };
    let left = match undo((source, target), own, journal, &reason, (request, traces)).await {
        Ok(left) => left,
        Err(undone) => {
            tracing::warn!(error = %undone, "what was written to the target is still there");
            Left::Unsettled
        }
    };
    Failure { error, left }
}

/// Rolls back whatever is open. A connection that can't any more has lost its transaction, or does when the server notices.
pub(super) async fn roll_back(session: &mut Session) {
    match tokio::time::timeout(ROLLBACK_PATIENCE, session.rollback()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::debug!(database = session.name(), %error, "no rollback; the server undoes it");
        }
        Err(_) => tracing::debug!(
            database = session.name(),
            "no answer to the rollback; the server undoes it"
        ),
    }
}

/// Takes back what was committed, and ends the journal.
async fn undo(
    (source, target): (&mut Session, &mut Session),
    own: Own,
    journal: &mut dyn Journal,
    reason: &str,
    (request, traces): (&Request<'_>, &Traces),
) -> Result<Left> {
    let mut told = json!({ "reason": reason });
    if traces.committed.load(Ordering::Relaxed) {
        // Written down before anything is removed, as `abort` does.
        journal.record(Event::GiveUp, json!({})).await?;
        let there = Rows::of(request.there, target.dialect(), request.client)?;
        let rows = &Rows::of(request.shape, source.dialect(), request.client)?;
        let origin = Origin { source, rows, own };
        told["rows_removed"] = json!(Box::pin(purge::undo(target, &there, origin, journal)).await?);
    }
    if let Some(tables) = request.creating.filter(|_| !target.dialect().rolls_back_tables()) {
        create::remove_empty(target, &tables.made(&traces.made)).await?;
    }
    Ok(match journal.record(Event::Abort, told).await {
        Ok(_) => Left::Nothing,
        Err(error) => Left::Frozen(error),
    })
}
