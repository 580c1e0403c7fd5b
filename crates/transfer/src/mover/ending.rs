//! The commit of the target: the last step that can be undone as if nothing had been.

use std::time::Duration;

use exodus_engine::{ErrorKind, Session};

use super::{Failure, Left, Move};
use crate::drain::Deadline;
use crate::error::Error;

/// How long a commit may go on that should have come to its end: it is better to know how it ends than to ask later.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why there is no answer that says committed.
pub(super) enum Uncommitted {
    /// The server said that it was rolled back.
    Certainly(Error),
    /// It may take effect, now or later.
    Perhaps(Error),
}

impl Failure {
    /// Whether the rows are on the target, and the client switched, is not known.
    pub(super) fn unsettled(error: Error) -> Self {
        Self {
            error,
            left: Left::Unsettled,
        }
    }
}

impl Move<'_> {
    /// Commits. A server that doesn't answer must not keep a client frozen for ever: whoever stops the move, and the freeze's
    /// budget, end the waiting, as a lost connection does.
    pub(super) async fn commit(&self, target: &mut Session, deadline: &Deadline) -> Result<(), Uncommitted> {
        let too_late = async {
            tokio::select! {
                () = self.cancel.cancelled() => {}
                () = deadline.passed() => {}
            }
            tokio::time::sleep(PATIENCE).await;
        };
        let done = tokio::select! {
            biased;
            done = target.commit() => Some(done),
            () = too_late => None,
        };
        let error = match done {
            Some(Ok(())) => return Ok(()),
            Some(Err(error)) => error,
            None => exodus_engine::Error::new(ErrorKind::Lost, target.name(), "committing")
                .because("no answer, and it was to be over by now"),
        };
        Err(match error.kind() {
            ErrorKind::Lost => Uncommitted::Perhaps(error.into()),
            _ => Uncommitted::Certainly(error.into()),
        })
    }
}
