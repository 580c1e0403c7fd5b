//! A soak: random clients are moved among four databases of four products, by two operators whose processes are killed at
//! random, while writers that honour the freeze write to them. In the end every client is on exactly one shard, the one
//! that the dispatch store names, and what is there is what the writers were told they had stored.
//!
//! `just soak` makes 500 moves; CI a few dozen. EXODUS_SOAK_MOVES and EXODUS_SOAK_SEED say otherwise.

mod operators;
mod shards;
mod writers;

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use exodus_tests::dice::Dice;
use operators::Operations;
use shards::Shards;
use writers::{Office, Writer};

/// Who writes, and who moves.
const WRITERS: u32 = 3;
const OPERATORS: u64 = 2;

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

#[test]
fn every_client_is_in_one_place_with_all_that_was_written() {
    let moves = number("EXODUS_SOAK_MOVES", 40);
    let seed = number("EXODUS_SOAK_SEED", u64::from(std::process::id()));
    println!("EXODUS_SOAK_MOVES={moves} EXODUS_SOAK_SEED={seed}");
    let since = Instant::now();
    let mut shards = Shards::new();
    let office = Office::default();
    let operations = Operations::new(moves);
    let sessions: Vec<_> = (0..WRITERS).map(|which| Writer::new(&shards, which)).collect();
    thread::scope(|scope| {
        let (office, operations, place) = (&office, &operations, &shards.place);
        let closing = office.closing();
        let writers = sessions.into_iter().map(|writer| {
            let mut dice = Dice::new(seed ^ 0x5eed, u64::from(writer.which));
            scope.spawn(move || office.write(&writer, &mut dice))
        });
        let writers: Vec<_> = writers.collect();
        let operators = (0..OPERATORS).map(|which| {
            let mut dice = Dice::new(seed, which);
            scope.spawn(move || operations.run(place, &mut dice))
        });
        for operator in operators.collect::<Vec<_>>() {
            operator.join().expect("an operator whom nothing has surprised");
        }
        // What is left over is brought to its end while the writers go on.
        operators::finish(place);
        office.until_written(Duration::from_mins(1));
        drop(closing);
        for writer in writers {
            writer.join().expect("a writer that obeys");
        }
    });
    println!("{} in {:.0} s", operations, since.elapsed().as_secs_f64());
    println!("{office}");
    assert!(
        office.told_to_wait.load(Ordering::Relaxed) > 0 || moves < 20,
        "nobody has ever met a freeze"
    );
    shards.are(&office.image());
}
