//! Progress of many moves: a line for each that is under way and one for all of them at a terminal; elsewhere only what
//! has ended is told.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use exodus_schema::TableName;
use exodus_transfer::{ClientKey, Pace, Plan, Progress, Step, Throttle};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::moving::standing::Frozen;
use crate::moving::warnings;
use crate::output;
use crate::progress::words;
use crate::text::{grouped, short};

/// How often the total is drawn anew.
const TICK: Duration = Duration::from_millis(500);

/// All moves of a command.
pub(super) struct Board {
    throttle: Arc<Throttle>,
    frozen: Frozen,
    drawn: Option<Drawn>,
    /// Nothing is told on the way.
    quiet: bool,
    clients: u64,
    done: AtomicU64,
    rows: AtomicU64,
    began: Instant,
    /// How long everything was paused before that.
    paused_before: Duration,
}

struct Drawn {
    multi: MultiProgress,
    total: ProgressBar,
}

impl Board {
    /// For so many clients; drawn at a terminal, unless nobody wants to see it.
    pub(super) fn new(clients: u64, throttle: &Arc<Throttle>, frozen: &Frozen, quiet: bool) -> Self {
        let drawn = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let multi = MultiProgress::new();
            let total = multi.add(ProgressBar::new(clients));
            if let Ok(style) = ProgressStyle::with_template("[{bar:20}] {pos}/{len} {wide_msg}") {
                total.set_style(style.progress_chars("=> "));
            }
            Drawn { multi, total }
        });
        Self {
            throttle: Arc::clone(throttle),
            frozen: frozen.clone(),
            drawn,
            quiet,
            clients,
            done: AtomicU64::new(0),
            rows: AtomicU64::new(0),
            began: Instant::now(),
            paused_before: throttle.paused(),
        }
    }

    /// Whether lines are drawn anew, so that what has ended well needs none of its own.
    pub(super) fn is_drawn(&self) -> bool {
        self.drawn.is_some()
    }

    /// Does something that writes to the terminal.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.drawn {
            Some(drawn) => drawn.multi.suspend(write),
            None => write(),
        }
    }

    /// A client's turn.
    pub(super) fn begin(&self, client: &ClientKey) -> Line<'_> {
        let bar = self.drawn.as_ref().map(|drawn| {
            let bar = drawn.multi.insert_before(&drawn.total, ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix:<16} {wide_msg}") {
                bar.set_style(style);
            }
            bar.set_prefix(short(&client.to_string(), 16));
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Line {
            board: self,
            client: client.to_string(),
            pace: Pace::new(&self.throttle),
            bar,
            table: Mutex::default(),
            frozen: Mutex::new(false),
            warnings: Mutex::default(),
        }
    }

    /// A client is done with, well or badly.
    pub(super) fn ended(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.draw();
    }

    /// Draws the total anew from time to time, until it is dropped.
    pub(super) async fn tick(&self) {
        loop {
            tokio::time::sleep(TICK).await;
            self.draw();
        }
    }

    /// Seconds in which something could be done.
    pub(super) fn working_seconds(&self) -> f64 {
        self.began.elapsed().saturating_sub(self.paused()).as_secs_f64()
    }

    /// How long everything was paused since the first client's turn.
    pub(super) fn paused(&self) -> Duration {
        self.throttle.paused().saturating_sub(self.paused_before)
    }

    fn draw(&self) {
        let seconds = self.working_seconds();
        let Some(drawn) = &self.drawn else { return };
        let done = self.done.load(Ordering::Relaxed);
        drawn.total.set_position(done);
        drawn.total.set_message(match self.throttle.reason() {
            Some(why) => format!("paused: {why}{}", self.frozen.note()),
            None => self.rates(done, seconds),
        });
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rates for people"
    )]
    fn rates(&self, done: u64, seconds: f64) -> String {
        let rows = self.rows.load(Ordering::Relaxed);
        let rate = done as f64 / seconds.max(1e-3);
        let mut text = format!(
            "{rate:.1} clients/s, {} rows/s",
            grouped((rows as f64 / seconds.max(1e-3)) as u64)
        );
        if done > 0 && done < self.clients {
            let left = Duration::from_secs_f64(((self.clients - done) as f64 / rate).min(1e9));
            let _ = write!(text, ", {} left", spoken(left));
        }
        text
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        if let Some(drawn) = &self.drawn {
            drawn.total.finish_and_clear();
        }
    }
}

/// `1 h 5 min`, `5 min`, `12 s`.
fn spoken(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min", seconds / 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// One client of them.
pub(super) struct Line<'b> {
    board: &'b Board,
    client: String,
    pace: Pace,
    bar: Option<ProgressBar>,
    /// The table whose turn it is: name, rows done, rows expected.
    table: Mutex<(String, u64, u64)>,
    frozen: Mutex<bool>,
    warnings: Mutex<Vec<String>>,
}

impl Line<'_> {
    /// What is done at the moment.
    pub(super) fn say(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(what.to_owned());
        }
    }

    /// What its plan has warned of, once.
    pub(super) fn warnings(&self) -> Vec<String> {
        std::mem::take(&mut self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn table_line(&self, change: impl FnOnce(&mut (String, u64, u64))) {
        let Some(bar) = &self.bar else { return };
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut table);
        let (name, done, all) = &*table;
        bar.set_message(match all {
            0 => format!("{} {name}", words(Step::Verify)),
            _ => format!("copying {name}: {} of {} rows", grouped(*done), grouped(*all)),
        });
    }
}

impl Progress for Line<'_> {
    fn step(&self, step: Step) {
        if step == Step::Freeze
            && !std::mem::replace(&mut *self.frozen.lock().unwrap_or_else(PoisonError::into_inner), true)
        {
            self.board.frozen.add();
        }
        self.say(words(step));
    }

    fn planned(&self, plan: &Plan) {
        *self.warnings.lock().unwrap_or_else(PoisonError::into_inner) = warnings(plan);
    }

    fn waiting(&self, holders: &[String]) {
        let who = holders.join("; ");
        if self.bar.is_some() {
            self.say(&format!("waiting for {who}"));
        } else if !self.board.quiet {
            note(self.board, &format!("{}: waiting for {who}", self.client));
        }
    }

    fn table(&self, table: &TableName, expected: u64) {
        self.table_line(|line| *line = (table.to_string(), 0, expected));
    }

    fn rows(&self, rows: u64) {
        self.board.rows.fetch_add(rows, Ordering::Relaxed);
        self.table_line(|line| line.1 += rows);
    }

    fn pace(&self) -> Option<&Pace> {
        Some(&self.pace)
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if *self.frozen.lock().unwrap_or_else(PoisonError::into_inner) {
            self.board.frozen.remove();
        }
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Tells a line on the standard error above what is drawn.
pub(super) fn note(board: &Board, line: &str) {
    board.aside(|| output::note(line));
}
