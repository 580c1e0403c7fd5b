//! Several connections on each side of one move: large tables are divided, and read, written and read again side by side.
//!
//! One transaction can't be written by two sessions. So the rows are committed before they are proved: first the tables
//! above a divided one, then its parts, and so on, in stages. As the tables that a selector goes through are
//! always committed with its table or before it, what a crash leaves on the target is found by the client's selectors,
//! and a move that fails removes it as `abort` does. The session that the move began with keeps its transaction from the
//! preflight to the switch: in it every relation is proved once all parts are there, and as long as it is open, whoever
//! wants to undo the move waits.
//!
//! Readers share one snapshot where the product has such a thing. Elsewhere each begins its own: the client is frozen, so
//! that all of them see the same rows of it, and a writer that does not care is found by the verification, which reads
//! everything again. A lock on the whole source, which would make one snapshot of them, would stop everybody.

mod claim;
mod copy;
mod layout;
mod parts;
mod verify;

use exodus_engine::{Access, Checks, Connection, Session};
use futures_util::future::try_join_all;

use crate::error::Result;

pub(crate) use claim::Claimed;
pub(crate) use copy::{Copying, copy};
pub use layout::{Division, Stages, stages};
pub(crate) use verify::digests;

/// The most streams of one move.
pub const MOST: usize = 16;

/// A pair of sessions that copies: one with the source, one with the target.
pub struct Stream {
    pub(crate) source: Box<dyn Connection>,
    pub(crate) target: Box<dyn Connection>,
    /// What its session with the target holds while it may write.
    claimed: Claimed,
}

impl Stream {
    /// Of two sessions outside any transaction.
    pub fn new(source: Box<dyn Connection>, target: Box<dyn Connection>) -> Self {
        Self {
            source,
            target,
            claimed: Claimed::default(),
        }
    }

    /// Gives back what the session with the target holds, once its transaction has ended.
    pub(crate) async fn release(&mut self) {
        std::mem::take(&mut self.claimed).release(&mut *self.target).await;
    }
}

/// Lets all streams see the source as the first session sees it in its open snapshot, or as it is now where that can't
/// be shared.
async fn look(source: &mut Session, streams: &mut [Stream]) -> Result<()> {
    let shared = source.share_snapshot().await?;
    let looking = streams.iter_mut().map(async |stream| match &shared {
        Some(snapshot) => stream.source.begin_at(snapshot).await,
        None => stream.source.begin(Access::Snapshot, Checks::Enforced).await,
    });
    try_join_all(looking).await?;
    Ok(())
}

/// Ends what the streams see of the source.
async fn look_away(streams: &mut [Stream]) -> Result<()> {
    try_join_all(streams.iter_mut().map(|stream| stream.source.commit())).await?;
    Ok(())
}
