//! Operators that move clients, are killed, and tend what they find under way.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use exodus_tests::binary::{Output, Place};
use exodus_tests::dice::Dice;

use crate::shards::{CLIENTS, SHARDS};

/// More statements than a command has that changes something, so that some kills come too late.
const STATEMENTS: usize = 70;
/// More milliseconds than most commands take.
const MILLISECONDS: usize = 400;

/// What is to be done, and what was done.
pub(crate) struct Operations {
    wanted: u64,
    begun: AtomicU64,
    switched: AtomicU64,
    killed: AtomicU64,
    refused: AtomicU64,
    purged: AtomicU64,
    resumed: AtomicU64,
    aborted: AtomicU64,
    rolled_back: AtomicU64,
}

impl fmt::Display for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        write!(
            f,
            "{} moves begun, {} of them went through at once; commands: {} killed, {} refused; then {} resumed, {} aborted, \
             {} rolled back, {} purged",
            of(&self.begun),
            of(&self.switched),
            of(&self.killed),
            of(&self.refused),
            of(&self.resumed),
            of(&self.aborted),
            of(&self.rolled_back),
            of(&self.purged),
        )
    }
}

/// A move that is not at its end.
struct Unfinished {
    id: String,
    status: String,
}

fn unfinished(place: &Place) -> Vec<Unfinished> {
    let moves = place.run(&["moves", "--format", "json"]).expect(0).json();
    let moves = moves["moves"].as_array().expect("moves").clone();
    let open = moves.iter().filter_map(|one| {
        let status = one["status"].as_str()?;
        (!matches!(status, "done" | "aborted" | "returned")).then(|| Unfinished {
            id: one["id"].to_string(),
            status: status.to_owned(),
        })
    });
    open.collect()
}

impl Operations {
    pub(crate) fn new(wanted: u64) -> Self {
        let zero = AtomicU64::default;
        Self {
            wanted,
            begun: zero(),
            switched: zero(),
            killed: zero(),
            refused: zero(),
            purged: zero(),
            resumed: zero(),
            aborted: zero(),
            rolled_back: zero(),
        }
    }

    /// Until enough moves have begun.
    pub(crate) fn run(&self, place: &Place, dice: &mut Dice) {
        while self.begun.load(Ordering::Relaxed) < self.wanted {
            if dice.roll(3) == 0 {
                self.begin(place, dice);
            } else {
                self.tend(place, dice);
            }
        }
    }

    fn begin(&self, place: &Place, dice: &mut Dice) {
        let clients: Vec<_> = (1..=CLIENTS).map(|client| client.to_string()).collect();
        let (client, (to, _)) = (dice.one_of(&clients), dice.one_of(&SHARDS));
        if self.command(
            place,
            dice,
            &["move", "--client", client, "--to", to],
            Some(&self.switched),
        ) {
            self.begun.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Any move that is not at its end, even one that somebody is at work on.
    fn tend(&self, place: &Place, dice: &mut Dice) {
        let open = unfinished(place);
        if open.is_empty() {
            return self.begin(place, dice);
        }
        let Unfinished { id, status } = dice.one_of(&open);
        let (what, count) = match (status.as_str(), dice.roll(3)) {
            ("switched", 0) => ("rollback", &self.rolled_back),
            ("switched" | "purging", _) => ("purge", &self.purged),
            (_, 0) => ("abort", &self.aborted),
            _ => ("resume", &self.resumed),
        };
        self.command(place, dice, &[what, id, "--yes"], Some(count));
    }

    /// Runs a command, which is killed now and then. Whether it was more than a refusal.
    fn command(&self, place: &Place, dice: &mut Dice, arguments: &[&str], count: Option<&AtomicU64>) -> bool {
        let (code, said) = match dice.roll(5) {
            0 => {
                let number = 1 + dice.roll(STATEMENTS);
                let held = place.start(arguments, Some(&format!("statement-{number}")));
                ended(held.kill_when_it_waits())
            }
            1 => {
                let held = place.start(arguments, None);
                // As long as chance has it: it is to be killed in the middle of anything.
                thread::sleep(Duration::from_millis(dice.roll(MILLISECONDS) as u64));
                ended(held.kill_now())
            }
            _ => ended(Some(place.run(arguments))),
        };
        let counter = match code {
            None => &self.killed,
            Some(0) => count.unwrap_or(&self.switched),
            // Another one is at work on it, it has gone on meanwhile, the client is there already.
            Some(2 | 3) => &self.refused,
            Some(code) => panic!("{arguments:?} ended with {code}:\n{said}"),
        };
        counter.fetch_add(1, Ordering::Relaxed);
        !matches!(code, Some(2 | 3))
    }
}

/// Brings every move to its end; nothing may be in the way any more.
pub(crate) fn finish(place: &Place) {
    while let Some(Unfinished { id, status }) = unfinished(place).last() {
        let what = match status.as_str() {
            "switched" | "purging" => "purge",
            _ => "resume",
        };
        place.run(&[what, id, "--yes"]).expect(0);
    }
}

/// The exit code, if it was not killed, and what it said.
fn ended(output: Option<Output>) -> (Option<i32>, String) {
    match output {
        Some(output) => (Some(output.code), output.text()),
        None => (None, String::new()),
    }
}
