//! Who writes with several streams, and who undoes that, must not meet.
//!
//! The session that a move began with holds the client's name to its end, and each stream a name of its own for as long as
//! it may write. Whoever undoes the move takes the first, and then all of the others: so it sees everything that the
//! streams have committed, and none of them writes on, even if the move's first session is lost under it.

use exodus_engine::{ErrorKind, Session, SessionClaim};

use super::MOST;
use crate::error::Result;
use crate::shape::Rows;

/// Names that a session holds over its transactions, where those can't hold them.
#[derive(Debug, Default)]
pub(crate) struct Claimed(Option<SessionClaim>);

impl Claimed {
    /// The client's name, for a move that writes with several streams. Where a transaction can hold it, that of the
    /// session does.
    pub(crate) async fn by_mover(target: &mut Session, rows: &Rows<'_>) -> Result<Self> {
        take(target, rows, &[rows.claim_name()]).await
    }

    /// The name of the stream at this place, whose write transaction is open.
    pub(super) async fn by_stream(target: &mut Session, rows: &Rows<'_>, at: usize) -> Result<Self> {
        let name = [stream_name(rows, at)];
        if let Some(sql) = rows.dialect.claims(&name) {
            target.query(&sql).await?;
        }
        take(target, rows, &name).await
    }

    /// All names, for whoever undoes a move and has a write transaction open.
    pub(crate) async fn by_undoer(target: &mut Session, rows: &Rows<'_>) -> Result<Self> {
        rows.claim(target).await?;
        let names = (0..MOST).map(|at| stream_name(rows, at));
        if let Some(sql) = rows.dialect.claims(&names.clone().collect::<Vec<_>>()) {
            target.query(&sql).await?;
        }
        let all: Vec<String> = std::iter::once(rows.claim_name()).chain(names).collect();
        match take(target, rows, &all).await {
            // Where the server has no such names, no move was begun that needs them.
            Err(crate::Error::Database(error)) if error.kind() == ErrorKind::Statement => {
                tracing::debug!(%error, "the server has no named locks");
                Ok(Self(None))
            }
            other => other,
        }
    }

    /// Gives them back. A session that can't is gone, and they with it.
    pub(crate) async fn release(self, target: &mut Session) {
        if let Some(claim) = self.0
            && let Err(error) = target.query(&claim.release).await
        {
            tracing::debug!(%error, "named locks go with the session");
        }
    }
}

fn stream_name(rows: &Rows<'_>, at: usize) -> String {
    format!("{}, stream {at}", rows.claim_name())
}

async fn take(target: &mut Session, rows: &Rows<'_>, names: &[String]) -> Result<Claimed> {
    let Some(claim) = rows.dialect.session_claim(names) else {
        return Ok(Claimed(None));
    };
    let answer = target.query(&claim.take).await?;
    let got = answer.first().and_then(|row| row.first()?.as_deref());
    if got == Some(&*names.len().to_string()) {
        return Ok(Claimed(Some(claim)));
    }
    // Some of them may have been got.
    Claimed(Some(claim)).release(target).await;
    Err(exodus_engine::Error::new(ErrorKind::Cancelled, target.name(), WAITING)
        .because("it is at work on this client's rows")
        .help("`exodus moves` shows what it does; try again when it has ended")
        .into())
}

const WAITING: &str = "waiting for another session of exodus to end";
