//! Progress on the standard error: a bar per table on a terminal, plain lines elsewhere.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use exodus_schema::TableName;
use exodus_transfer::{Pace, Progress, Step, Throttle};
use indicatif::{ProgressBar, ProgressStyle};

use crate::moving::standing::Frozen;
use crate::output;
use crate::text::{count, short};

/// How a move is shown while it runs.
pub(crate) struct Show {
    how: How,
    pace: Option<Pace>,
    frozen: Frozen,
}

enum How {
    /// Not at all.
    Quiet,
    /// One line per table and step.
    Lines,
    /// A bar that is drawn anew.
    Bar(Mutex<ProgressBar>),
}

impl Show {
    /// What fits the terminal and the flags.
    pub(crate) fn new(quiet: bool) -> Self {
        let how = if quiet {
            How::Quiet
        } else if console_is_terminal() {
            How::Bar(Mutex::new(ProgressBar::hidden()))
        } else {
            How::Lines
        };
        Self {
            how,
            pace: None,
            frozen: Frozen::default(),
        }
    }

    /// Rows wait for this throttle; `frozen` is told while the client is.
    #[must_use]
    pub(crate) fn throttled(mut self, throttle: &Arc<Throttle>, frozen: &Frozen) -> Self {
        self.pace = Some(Pace::new(throttle));
        self.frozen = frozen.clone();
        self
    }

    /// Tells a line above what is drawn.
    pub(crate) fn line(&self, text: &str) {
        match &self.how {
            How::Quiet => {}
            How::Lines => output::note(text),
            How::Bar(bar) => bar
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .suspend(|| output::note(text)),
        }
    }

    /// A piece of an audit begins.
    pub(crate) fn working(&self, what: &str, done: usize, all: usize) {
        self.bar(|bar| {
            if bar.is_hidden() || bar.is_finished() {
                *bar = ProgressBar::new(0);
                if let Ok(style) = ProgressStyle::with_template("  [{bar:20}] {pos}/{len} {wide_msg}") {
                    bar.set_style(style.progress_chars("=> "));
                }
                bar.enable_steady_tick(Duration::from_millis(200));
            }
            bar.set_length(all as u64);
            bar.set_position(done as u64);
            bar.set_message(short(what, 50));
        });
    }

    /// It has ended; where there is no bar, those are told that took a while.
    pub(crate) fn worked(&self, what: &str, took: Duration) {
        match self.how {
            How::Quiet => {}
            How::Lines if took < Duration::from_secs(1) => {}
            How::Lines => self.line(&format!("  {what}: {:.1} s", took.as_secs_f64())),
            How::Bar(_) => self.bar(|bar| bar.inc(1)),
        }
    }

    fn bar(&self, change: impl FnOnce(&mut ProgressBar)) {
        if let How::Bar(bar) = &self.how {
            change(&mut bar.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

impl Drop for Show {
    fn drop(&mut self) {
        self.bar(|bar| bar.finish_and_clear());
    }
}

fn console_is_terminal() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stderr())
}

/// What is done in a step.
pub(crate) fn words(step: Step) -> &'static str {
    match step {
        Step::Preflight => "checking",
        Step::Freeze => "freezing the client",
        Step::Drain => "waiting until nobody writes to it any more",
        Step::Copy => "copying",
        Step::Prove => "proving every relation",
        Step::Verify => "reading both sides again",
        Step::Switch => "switching",
        Step::Lock => "locking",
        Step::Remove => "removing",
    }
}

impl Progress for Show {
    fn step(&self, step: Step) {
        if step == Step::Freeze {
            self.frozen.add();
        }
        self.bar(|bar| {
            bar.finish_and_clear();
            *bar = ProgressBar::hidden();
        });
        self.line(words(step));
    }

    fn waiting(&self, holders: &[String]) {
        for holder in holders {
            self.line(&format!("  {holder}"));
        }
    }

    fn table(&self, table: &TableName, expected: u64) {
        self.bar(|bar| {
            bar.finish_and_clear();
            *bar = ProgressBar::new(expected);
            let template = if expected > 0 {
                "  {msg:<32} [{bar:20}] {human_pos} rows"
            } else {
                "  {msg:<32} {spinner}"
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_message(short(&table.to_string(), 32));
            bar.enable_steady_tick(Duration::from_millis(200));
        });
    }

    fn rows(&self, rows: u64) {
        self.bar(|bar| bar.inc(rows));
    }

    fn table_done(&self, table: &TableName, number: u64) {
        self.bar(|bar| bar.finish_and_clear());
        self.line(&format!("  {table}: {}", count(number, "row")));
    }

    fn pace(&self) -> Option<&Pace> {
        self.pace.as_ref()
    }
}
