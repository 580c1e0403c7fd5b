//! What rows have to wait for: a rate that all moves of this process keep together, and reasons to pause.
//!
//! A [`Throttle`] is shared by all moves; each of them has a [`Pace`] of its own, which knows how long it has stood
//! still. Rows wait between two chunks of a table, and a move that has not begun waits before it freezes its client.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// How far the rows may run ahead to make up for time in which none were copied: other steps, other statements.
const CATCH_UP: Duration = Duration::from_millis(250);

/// How much may be copied per second, by all moves together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Rows.
    pub rows_per_second: Option<NonZeroU64>,
    /// Encoded bytes.
    pub bytes_per_second: Option<NonZeroU64>,
}

/// Who wants everything to pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Somebody at the keyboard, or a signal.
    Asked,
    /// A file that is there.
    File,
    /// A replica that is behind.
    Lag,
    /// A server that has too much to do.
    Load,
}

/// What all moves of this process wait for.
#[derive(Debug)]
pub struct Throttle {
    limits: Limits,
    schedule: Mutex<Option<Instant>>,
    paused: Mutex<Stood>,
    holds: watch::Sender<BTreeMap<Cause, String>>,
}

impl Throttle {
    /// One that keeps these limits, and pauses for nothing yet.
    pub fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            schedule: Mutex::new(None),
            paused: Mutex::default(),
            holds: watch::Sender::new(BTreeMap::new()),
        })
    }

    /// Pauses everything for a reason in words, until [`release`](Self::release).
    pub fn hold(&self, cause: Cause, why: impl Into<String>) {
        let why = why.into();
        self.holds.send_if_modified(|holds| {
            let before = holds.insert(cause, why.clone());
            if before.is_none() {
                lock(&self.paused).begin();
            }
            before.as_ref() != Some(&why)
        });
    }

    /// This cause is gone; what waits for no other goes on.
    pub fn release(&self, cause: Cause) {
        self.holds.send_if_modified(|holds| {
            let held = holds.remove(&cause).is_some();
            if held {
                lock(&self.paused).end();
            }
            held
        });
    }

    /// How long everything was paused so far.
    pub fn paused(&self) -> Duration {
        lock(&self.paused).total()
    }

    /// What everything waits for, in words; `None` while nothing does.
    pub fn reason(&self) -> Option<String> {
        reason(&self.holds.borrow())
    }

    /// The reason, whenever it changes.
    pub fn watch(&self) -> Watch {
        Watch {
            holds: self.holds.subscribe(),
            told: None,
        }
    }

    /// Waits until nothing holds.
    async fn released(&self) {
        // The sender lives as long as this, so that there is always an answer.
        drop(self.holds.subscribe().wait_for(BTreeMap::is_empty).await);
    }

    fn is_held(&self) -> bool {
        !self.holds.borrow().is_empty()
    }

    /// When these rows may go.
    fn book(&self, rows: u64, bytes: u64) -> Option<Instant> {
        let cost = cost(self.limits, rows, bytes);
        if cost.is_zero() {
            return None;
        }
        let now = Instant::now();
        let mut schedule = lock(&self.schedule);
        let at = booked(*schedule, now, cost);
        *schedule = Some(at);
        Some(at)
    }

    /// Nothing is made up for after a pause.
    fn restart(&self) {
        let now = Instant::now();
        let mut schedule = lock(&self.schedule);
        *schedule = schedule.map(|at| at.max(now));
    }
}

/// How long rows take at this rate.
fn cost(limits: Limits, rows: u64, bytes: u64) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "a duration is precise enough with 52 bits")]
    let at = |amount: u64, rate: Option<NonZeroU64>| rate.map_or(0.0, |rate| amount as f64 / rate.get() as f64);
    let seconds = at(rows, limits.rows_per_second).max(at(bytes, limits.bytes_per_second));
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// The end of the time that is taken by rows costing this much, after those that were booked before.
fn booked(before: Option<Instant>, now: Instant, cost: Duration) -> Instant {
    let earliest = now.checked_sub(CATCH_UP).unwrap_or(now);
    let begin = before.map_or(now, |before| before.max(earliest));
    // Beyond what a clock can show there is no difference any more.
    begin.checked_add(cost).unwrap_or(begin + Duration::from_hours(24))
}

fn reason(holds: &BTreeMap<Cause, String>) -> Option<String> {
    let reasons: Vec<&str> = holds.values().map(String::as_str).collect();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells each change of the reason once.
#[derive(Debug)]
pub struct Watch {
    holds: watch::Receiver<BTreeMap<Cause, String>>,
    told: Option<String>,
}

impl Watch {
    /// Waits for a change; `None` when the throttle is gone.
    pub async fn changed(&mut self) -> Option<Change> {
        loop {
            let now = reason(&self.holds.borrow_and_update());
            if now != self.told {
                self.told.clone_from(&now);
                return Some(now.map_or(Change::GoesOn, Change::Paused));
            }
            self.holds.changed().await.ok()?;
        }
    }
}

/// What has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Everything waits, for these reasons.
    Paused(String),
    /// Nothing waits any more.
    GoesOn,
}

/// How one move keeps to a throttle.
#[derive(Debug)]
pub struct Pace {
    throttle: Arc<Throttle>,
    stood: Mutex<Stood>,
}

/// How long something has stood still. What waits at the same time, or for several reasons, waits once.
#[derive(Debug, Default)]
struct Stood {
    waiting: u32,
    since: Option<Instant>,
    before: Duration,
}

impl Stood {
    fn begin(&mut self) {
        self.waiting += 1;
        self.since.get_or_insert_with(Instant::now);
    }

    fn end(&mut self) {
        self.waiting = self.waiting.saturating_sub(1);
        if self.waiting == 0
            && let Some(since) = self.since.take()
        {
            self.before += since.elapsed();
        }
    }

    fn total(&self) -> Duration {
        self.before + self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}

impl Pace {
    /// For one move.
    pub fn new(throttle: &Arc<Throttle>) -> Self {
        Self {
            throttle: Arc::clone(throttle),
            stood: Mutex::default(),
        }
    }

    /// Waits while everything is paused.
    pub async fn ready(&self) {
        // What is released may be held again before it was noticed.
        while self.throttle.is_held() {
            let standing = Standing::new(self);
            self.throttle.released().await;
            drop(standing);
            self.throttle.restart();
        }
    }

    /// Waits until these rows may go.
    pub async fn pass(&self, rows: u64, bytes: u64) {
        self.ready().await;
        if let Some(at) = self.throttle.book(rows, bytes) {
            tokio::time::sleep_until(at).await;
            self.ready().await;
        }
    }

    /// How long it was paused so far. What the limits cost is not in it.
    pub fn paused(&self) -> Duration {
        lock(&self.stood).total()
    }
}

/// A part of a move waits; one that is given up waits no more.
struct Standing<'p>(&'p Pace);

impl<'p> Standing<'p> {
    fn new(pace: &'p Pace) -> Self {
        lock(&pace.stood).begin();
        Self(pace)
    }
}

impl Drop for Standing<'_> {
    fn drop(&mut self) {
        lock(&self.0.stood).end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(rows: u64, bytes: u64) -> Limits {
        Limits {
            rows_per_second: NonZeroU64::new(rows),
            bytes_per_second: NonZeroU64::new(bytes),
        }
    }

    /// The narrower limit counts, and none is no limit.
    #[test]
    fn the_narrower_limit_counts() {
        assert_eq!(cost(limits(100, 0), 50, 1 << 40), Duration::from_millis(500));
        assert_eq!(cost(limits(100, 1000), 50, 2000), Duration::from_secs(2));
        assert_eq!(cost(limits(0, 0), 50, 50), Duration::ZERO);
        assert_eq!(cost(limits(1, 0), u64::MAX, 0), Duration::MAX, "no overflow");
    }

    /// Rows of several moves come after each other, and a long rest is not made up for.
    #[test]
    fn bookings_follow_each_other_and_rest_is_lost() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let first = booked(None, now, second);
        assert_eq!(first, now + second);
        assert_eq!(booked(Some(first), now, second), now + 2 * second);
        let later = now + 10 * second;
        assert_eq!(booked(Some(first), later, second), later + second - CATCH_UP);
        // A cost that no clock can hold doesn't end the program.
        assert!(booked(None, now, Duration::MAX) > now);
    }

    #[tokio::test]
    async fn paused_time_is_counted_once_however_many_wait() {
        let throttle = Throttle::new(Limits::default());
        let pace = Pace::new(&throttle);
        pace.pass(1, 1).await;
        assert_eq!(pace.paused(), Duration::ZERO);
        throttle.hold(Cause::File, "a file");
        throttle.hold(Cause::Lag, "a replica");
        assert_eq!(throttle.reason().as_deref(), Some("a file; a replica"));
        let started = Instant::now();
        let free = async {
            // Both wait before the first cause goes; the other one still holds them.
            tokio::task::yield_now().await;
            throttle.release(Cause::File);
            assert!(pace.paused() > Duration::ZERO);
            tokio::time::sleep(Duration::from_millis(20)).await;
            throttle.release(Cause::Lag);
        };
        tokio::join!(pace.pass(1, 1), pace.pass(1, 1), free);
        assert!(throttle.reason().is_none());
        assert!(pace.paused() >= Duration::from_millis(20));
        assert!(pace.paused() <= started.elapsed());
    }

    /// A move that is given up while it waits leaves no clock running.
    #[tokio::test]
    async fn who_stops_waiting_is_not_counted_on() {
        let throttle = Throttle::new(Limits::default());
        let pace = Pace::new(&throttle);
        throttle.hold(Cause::Asked, "SIGUSR1");
        tokio::select! {
            biased;
            () = pace.ready() => panic!("it did not wait"),
            () = tokio::task::yield_now() => {}
        }
        let stood = pace.paused();
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert_eq!(pace.paused(), stood);
    }

    #[tokio::test]
    async fn every_change_of_the_reason_is_told_once() {
        let throttle = Throttle::new(Limits::default());
        let mut watch = throttle.watch();
        throttle.hold(Cause::Load, "busy");
        throttle.hold(Cause::Load, "busy");
        assert_eq!(watch.changed().await, Some(Change::Paused("busy".to_owned())));
        throttle.release(Cause::Load);
        throttle.release(Cause::Load);
        assert_eq!(watch.changed().await, Some(Change::GoesOn));
        drop(throttle);
        assert!(watch.changed().await.is_none());
    }
}
