//! How long writers wait that ask nobody.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use exodus_tests::beside::Beside;
use exodus_tests::world::servers;

use super::desk::Desk;
use super::storm::world;

/// `EXODUS_TEST_BIN=…/release/exodus cargo test -p exodus-tests --test moves -- --ignored --nocapture how_long_writers_wait`
#[test]
#[ignore = "a measurement"]
fn how_long_writers_wait() {
    for server in servers() {
        let world = world(server);
        let mut session = Beside::of(&world.source);
        for first in (0..10_000).step_by(1000) {
            let row = |at| format!("({}, 42, 'two tickets')", 1000 + first + at);
            let rows: Vec<_> = (0..1000).map(row).collect();
            let insert = format!("INSERT INTO orders (id, client_id, note) VALUES {}", rows.join(", "));
            session.run(&insert).expect("rows");
        }
        let stop = AtomicBool::new(false);
        let longest = Mutex::new(Duration::ZERO);
        let mut waits: Vec<_> = thread::scope(|scope| {
            for database in [&world.source, &world.target] {
                let (mut desk, stop, longest) = (Desk::at(database), &stop, &longest);
                scope.spawn(move || {
                    for note in 0.. {
                        let since = Instant::now();
                        desk.write(&[format!("UPDATE orders SET note = '{note}' WHERE id = 5000")]);
                        let mut longest = longest.lock().expect("no panic");
                        *longest = (*longest).max(since.elapsed());
                        if stop.load(Ordering::Relaxed) {
                            break;
                        }
                        drop(longest);
                        thread::sleep(Duration::from_millis(5));
                    }
                });
            }
            let move_to = |to| {
                *longest.lock().expect("no panic") = Duration::ZERO;
                world
                    .place
                    .run(&["move", "--client", "42", "--to", to, "--fence", "lock"])
                    .expect(0);
                *longest.lock().expect("no panic")
            };
            let waits = (0..21).map(|at| move_to(if at % 2 == 0 { "target" } else { "source" }));
            let waits = waits.collect();
            stop.store(true, Ordering::Relaxed);
            waits
        });
        waits.sort();
        println!("{}: median {:.0?}, worst {:.0?}", server.name(), waits[10], waits[20]);
    }
}
