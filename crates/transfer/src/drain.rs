//! Waiting, between the freeze and the copy, until nobody can still be writing to the client.

use std::time::{Duration, Instant};

use exodus_engine::{ErrorKind, Fence, OpenTransaction, Session};
use serde_json::json;

use crate::error::{Error, Result};
use crate::progress::{Progress, Step, millis};

/// The pause before the second look; the next ones are longer, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(150);

/// How long it must last before it is told.
const WORTH_TELLING: Duration = Duration::from_millis(250);

/// After so many seconds a transaction is not expected to end by itself at any moment.
const LONG: u64 = 60;

/// The most transactions that are named.
const NAMED: usize = 10;

/// How long a client may be frozen, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freezing {
    /// For applications that keep what the dispatch row has said for so long.
    pub drain: Duration,
    /// How long transactions are waited for after that.
    pub limit: Duration,
    /// Where the server doesn't show its transactions, `drain` alone will do.
    pub blind: bool,
    /// Within this time after its freeze the client is on the target, or the move is undone.
    pub budget: Option<Duration>,
    /// Writers are held up by locks on the client's rows, whether or not they ask the dispatch store.
    pub locks: bool,
}

impl Default for Freezing {
    fn default() -> Self {
        Self {
            drain: Duration::ZERO,
            limit: Duration::from_secs(30),
            blind: false,
            budget: None,
            locks: false,
        }
    }
}

impl Freezing {
    /// Whether the transactions on the source can be seen, asked before anybody is frozen for nothing. Gives those that a move
    /// would probably wait for: prepared ones, and those that have been open for long.
    pub async fn try_looking(&self, source: &mut Session, schemas: &[String]) -> Result<Vec<OpenTransaction>> {
        let open = self.look(source, schemas).await?.unwrap_or_default();
        Ok(open.into_iter().filter(|one| one.holds_on(LONG)).collect())
    }

    /// The transactions that are open now; `None` where they need not be known.
    async fn look(&self, source: &mut Session, schemas: &[String]) -> Result<Option<Vec<OpenTransaction>>> {
        match source.open_transactions(schemas).await {
            Ok(open) => Ok(Some(open)),
            Err(error) if matches!(error.kind(), ErrorKind::Privilege | ErrorKind::Unsupported) => {
                if self.blind {
                    return Ok(None);
                }
                Err(Error::Unseen(error))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What was waited for, as the journal keeps it.
#[derive(Debug, Default)]
struct Waited {
    transactions: usize,
    /// Those that were not gone at once.
    held_up_by: Vec<String>,
    unseen: bool,
}

/// Waits until every transaction has ended that was open after the freeze, at the end of the drain time. Gives the detail
/// of [`Event::Drain`](crate::Event::Drain).
///
/// `source` is outside of any transaction; the client's tables are in `schemas`. What was committed before this returns is seen by whatever begins after it.
pub(crate) async fn wait(
    (source, schemas): (&mut Session, &[String]),
    freezing: &Freezing,
    progress: &dyn Progress,
) -> Result<serde_json::Value> {
    let began = Instant::now();
    if !freezing.drain.is_zero() {
        progress.step(Step::Drain);
        tokio::time::sleep(freezing.drain).await;
    }
    let waited = transactions((source, schemas), freezing, progress).await?;
    let mut told = json!({ "waited_seconds": millis(began.elapsed()), "waited_for": waited.transactions });
    if !waited.held_up_by.is_empty() {
        told["held_up_by"] = json!(waited.held_up_by);
    }
    if waited.unseen {
        told["transactions"] = json!("not seen");
    }
    Ok(told)
}

async fn transactions(
    (source, schemas): (&mut Session, &[String]),
    freezing: &Freezing,
    progress: &dyn Progress,
) -> Result<Waited> {
    let began = Instant::now();
    let Some(open) = freezing.look(source, schemas).await? else {
        return Ok(Waited {
            unseen: true,
            ..Waited::default()
        });
    };
    let mut fence = Fence::of(open);
    let mut waited = Waited {
        transactions: fence.open().len(),
        ..Waited::default()
    };
    let (mut pause, mut told) = (FIRST_PAUSE, 0);
    while !fence.open().is_empty() {
        let left = freezing.limit.saturating_sub(began.elapsed());
        if left.is_zero() {
            return Err(Error::NotDrained {
                database: source.name().to_owned(),
                limit: freezing.limit,
                holders: holders(fence.open()),
                ends: fence
                    .open()
                    .iter()
                    .filter_map(|one| one.end().map(str::to_owned))
                    .collect(),
            });
        }
        if began.elapsed() >= WORTH_TELLING && told != fence.open().len() {
            if told == 0 {
                progress.step(Step::Drain);
            }
            told = fence.open().len();
            progress.waiting(&holders(fence.open()));
        }
        tokio::time::sleep(pause.min(left)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
        // It could be looked at before, and must be now.
        fence.look(source.open_transactions(schemas).await?);
        if waited.held_up_by.is_empty() {
            waited.held_up_by = holders(fence.open());
        }
    }
    Ok(waited)
}

/// Whose they are, in words; of many the first ones.
fn holders(open: &[OpenTransaction]) -> Vec<String> {
    let mut words: Vec<_> = open.iter().take(NAMED).map(OpenTransaction::described).collect();
    if open.len() > NAMED {
        words.push(format!("{} more", open.len() - NAMED));
    }
    words
}

/// Until when a client may stay frozen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deadline {
    budget: Duration,
    at: Option<tokio::time::Instant>,
}

impl Deadline {
    /// The client is frozen from now on.
    pub(crate) fn from_now(freezing: &Freezing) -> Self {
        Self {
            budget: freezing.budget.unwrap_or_default(),
            at: freezing.budget.map(|budget| tokio::time::Instant::now() + budget),
        }
    }

    /// Waits for it; for ever, if there is none.
    pub(crate) async fn passed(&self) {
        match self.at {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    /// The move must have done better, in this step.
    pub(crate) fn error(&self, step: Step) -> Error {
        Error::OverBudget {
            budget: self.budget,
            step,
        }
    }

    /// An error once it has passed.
    pub(crate) fn check(&self, step: Step) -> Result<()> {
        match self.at {
            Some(at) if at <= tokio::time::Instant::now() => Err(self.error(step)),
            _ => Ok(()),
        }
    }
}
