//! Ending from outside what a session does.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// Ends the running statement, the wait for a lock, and the wait for rows; does nothing when nothing runs.
pub(super) struct Stop {
    interrupt: std::sync::OnceLock<rusqlite::InterruptHandle>,
    /// Times somebody asked.
    asked: AtomicU64,
    /// `asked` when the running piece of work started: a later one is meant for it.
    seen: AtomicU64,
    /// Wakes who waits for rows rather than for SQLite.
    pub(super) wake: Notify,
}

impl Stop {
    pub(super) fn new() -> Self {
        Self {
            interrupt: std::sync::OnceLock::new(),
            asked: AtomicU64::new(0),
            seen: AtomicU64::new(0),
            wake: Notify::new(),
        }
    }

    /// From here on statements of this connection can be ended.
    pub(super) fn watch(&self, interrupt: rusqlite::InterruptHandle) {
        // Set twice only if the same session were opened twice.
        let _ = self.interrupt.set(interrupt);
    }

    pub(super) fn stop(&self) {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if let Some(interrupt) = self.interrupt.get() {
            interrupt.interrupt();
        }
        self.wake.notify_waiters();
    }

    /// A piece of work starts: what was asked before is not meant for it.
    pub(super) fn start(&self) {
        self.seen.store(self.asked.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// Whether the running piece of work should end.
    pub(super) fn asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst) != self.seen.load(Ordering::SeqCst)
    }
}

/// Stops the work if dropped before [`Guard::done`]: the future that waited for it was dropped.
pub(super) struct Guard<'a> {
    stop: Option<&'a Stop>,
    job: tokio::task::AbortHandle,
}

impl<'a> Guard<'a> {
    pub(super) fn new(stop: &'a Stop, job: tokio::task::AbortHandle) -> Self {
        Self { stop: Some(stop), job }
    }

    pub(super) fn done(mut self) {
        self.stop = None;
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Some(stop) = self.stop {
            // Keeps it from starting; if it runs already, the statement ends.
            self.job.abort();
            stop.stop();
        }
    }
}
