//! Telling why everything stands still.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use exodus_transfer::Throttle;
use exodus_transfer::throttle::Change;

use crate::text::count;

/// How many clients are frozen at the moment: a pause prolongs that.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frozen(Arc<AtomicU64>);

impl Frozen {
    /// One more.
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// One less.
    pub(crate) fn remove(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// What to add to the reason of a pause.
    pub(crate) fn note(&self) -> String {
        match self.0.load(Ordering::Relaxed) {
            0 => String::new(),
            number => format!(
                "; {} in the middle of the copy, frozen meanwhile",
                count(number, "client")
            ),
        }
    }
}

/// Tells each pause and its end, as long as it is polled.
pub(crate) async fn tell(throttle: &Throttle, frozen: &Frozen, say: impl Fn(&str)) {
    let mut watch = throttle.watch();
    let mut since = None;
    while let Some(change) = watch.changed().await {
        match change {
            Change::Paused(why) => {
                since.get_or_insert_with(Instant::now);
                say(&format!("paused: {why}{}", frozen.note()));
            }
            Change::GoesOn => {
                let paused = since.take().map_or(0.0, |since: Instant| since.elapsed().as_secs_f64());
                say(&format!("going on after a pause of {paused:.1} s"));
            }
        }
    }
}

/// Does some work, and tells beside it.
pub(crate) async fn beside<T>(telling: impl Future<Output = ()>, work: impl Future<Output = T>) -> T {
    let telling = async {
        telling.await;
        std::future::pending::<T>().await
    };
    tokio::select! {
        biased;
        done = work => done,
        done = telling => done,
    }
}
