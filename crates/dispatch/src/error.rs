//! Why a client can't be written to, or where it is can't be told.

use std::fmt;
use std::time::Duration;

/// Why a client can't be written to, or where it is can't be told. `E` is the error of the application's own closures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error<E> {
    /// The dispatch store could not be asked. Then nobody knows whether the client may be written to: don't.
    Store(E),
    /// No transaction could be begun on the shard.
    Shard(E),
    /// The dispatch store has no such client.
    NoSuchClient,
    /// The client must not be written to now; it may be read on its shard.
    Frozen {
        /// Where it is.
        shard: String,
        /// How often that has changed.
        epoch: i64,
        /// When to come again: for a `Retry-After`, or to wait for.
        retry_after: Duration,
    },
    /// The client is on another shard than it was.
    Moved {
        /// Where it is now.
        shard: String,
        /// How often that has changed.
        epoch: i64,
    },
    /// The dispatch store knows a state that this version doesn't: the exodus that moves is newer. Don't write.
    UnknownState {
        /// What it says.
        state: String,
    },
}

impl<E: fmt::Display> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => write!(f, "the dispatch store could not be asked: {error}"),
            Self::Shard(error) => write!(f, "no transaction on the client's shard: {error}"),
            Self::NoSuchClient => {
                f.write_str("the dispatch store doesn't know the client; `exodus dispatch set` tells it")
            }
            Self::Frozen { shard, retry_after, .. } => write!(
                f,
                "the client is frozen on {shard}: it is being moved, or was frozen by hand; try again in {} s",
                retry_after.as_secs_f64()
            ),
            Self::Moved { shard, .. } => write!(f, "the client is on {shard} now: begin again there"),
            Self::UnknownState { state } => write!(
                f,
                "the dispatch store says that the client is `{state}`, which this version doesn't know: take the version of exodus that moves"
            ),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for Error<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) | Self::Shard(error) => Some(error),
            Self::NoSuchClient | Self::Frozen { .. } | Self::Moved { .. } | Self::UnknownState { .. } => None,
        }
    }
}
