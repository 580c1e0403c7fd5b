//! What keeps writers away from a client that don't ask the dispatch store.

use exodus_engine::{ConnectOptions, Session};
use exodus_transfer::plan::Request;
use exodus_transfer::{Freezing, Plan, fence};
use serde_json::Value;

use crate::exit::Failure;
use crate::moving::freezing;

/// The flag.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Fencing {
    /// What keeps writers away while the client is handed over
    #[arg(long, value_name = "HOW", requires = "client", default_value = "dispatch")]
    fence: Fence,
}

/// A way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Fence {
    /// They ask the dispatch store, as docs/freeze.md says
    #[default]
    Dispatch,
    /// Locks on the client's rows hold them up, whether they ask or not; the source's rows go with the move
    Lock,
}

/// The option of a move whose source's rows were locked.
const OPTION: &str = "fence";

impl Fencing {
    /// Whether the client's rows are locked.
    pub(crate) fn locks(self) -> bool {
        self.fence == Fence::Lock
    }

    /// How long writers may wait for locks, if nothing else is said.
    pub(crate) fn settle(self, freezing: Freezing) -> Freezing {
        if !self.locks() {
            return freezing;
        }
        Freezing {
            locks: true,
            budget: Some(freezing.budget.unwrap_or(fence::BUDGET)),
            ..freezing
        }
    }

    /// What does not go together with locks is said before anything is done.
    pub(crate) fn refuse(self, streams: u8, purge: bool) -> Result<(), Failure> {
        if !self.locks() {
            return Ok(());
        }
        if streams > 1 {
            return Err(Failure::usage(
                "--fence lock reads in the transaction that holds the locks: there is one stream",
            )
            .help("leave --streams out"));
        }
        if purge {
            return Err(Failure::usage(
                "--fence lock removes the source's rows with the move: nothing stays to be purged",
            )
            .help("leave --purge and --purge-after out"));
        }
        Ok(())
    }

    /// Looks whether writers can be kept away, before anybody is frozen for nothing. The session is outside of any transaction.
    pub(crate) async fn look(
        self,
        source: &mut Session,
        freezing: &Freezing,
        (request, plan): (&Request<'_>, &mut Plan),
    ) -> Result<(), Failure> {
        if self.locks() {
            fence::judge(source, request, plan).await?;
            return Ok(());
        }
        freezing::try_looking(freezing, source, request.shape, plan).await
    }

    /// How the source is opened.
    pub(crate) fn source(self, dry_run: bool) -> ConnectOptions {
        ConnectOptions {
            read_only: dry_run || !self.locks(),
            ..ConnectOptions::default()
        }
    }

    /// Writes it down with how a move was asked for.
    pub(crate) fn ask(self, asked: &mut Value) {
        if self.locks() {
            asked[OPTION] = "lock".into();
        }
    }
}

/// Whether the source's rows go with the move that was asked for in this way.
pub(crate) fn is_by_locks(asked: &Value) -> bool {
    asked[OPTION] == "lock"
}
