//! Who may work on a move, on every product that is there: one process at a time, and none that was taken for dead.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use exodus_fleet::{MoveJournal, State, Store, StoreError, Take, Worker};
use exodus_transfer::{ClientKey, Event, Journal, JournalError, Status};
use serde_json::json;
use support::{Place, on_every_engine};

fn key(text: &str) -> ClientKey {
    text.parse().expect("a key")
}

fn worker(name: &str, term: Duration) -> Worker {
    Worker {
        name: name.to_owned(),
        term,
        is_gone: |name| name.starts_with("gone"),
    }
}

const LONG: Duration = Duration::from_mins(10);

/// The store as a process of that name has it.
async fn as_process(place: &Place, name: &str, term: Duration) -> Store {
    place.store().await.working_as(worker(name, term))
}

async fn frozen(store: &Store) -> MoveJournal {
    let started = store.start_move(&key("42"), "monolith", "shard3", &json!({})).await;
    let mut journal = started.expect("a move");
    journal.record(Event::Freeze, json!({})).await.expect("frozen");
    journal
}

/// Asks until a lease has run out.
async fn taken(store: &Store, id: i64) -> MoveJournal {
    loop {
        match store.take(id, Take::IfFree).await {
            Ok(journal) => return journal,
            Err(StoreError::Held { seconds, .. }) => assert!(seconds <= 1, "{seconds}"),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_move_that_somebody_is_at_is_not_taken_and_a_dead_ones_is() {
    on_every_engine(async |place: &Place| {
        let store = place.new_store().await.working_as(worker("one", LONG));
        let mut journal = frozen(&store).await;
        let other = as_process(place, "other", LONG).await;
        let held = other.take(journal.id(), Take::IfFree).await.err().expect("held");
        let StoreError::Held {
            ref holder, seconds, ..
        } = held
        else {
            panic!("{held}")
        };
        assert_eq!(holder, "one");
        assert!((590..=600).contains(&seconds), "{seconds}");
        let next = held.next_step().unwrap_or_default();
        assert!(
            next.contains("--take-over") && next.contains(&seconds.to_string()),
            "{next}"
        );
        journal
            .record(Event::Drain, json!({}))
            .await
            .expect("nobody was let in");
        // The same process may take its own.
        store.take(journal.id(), Take::IfFree).await.expect("its own");
        // At the end, and once it is switched, nobody holds it.
        let mut own = store.take(journal.id(), Take::IfFree).await.expect("its own");
        own.record(Event::Abort, json!({})).await.expect("aborted");
        let ended = store.get_move(own.id()).await.expect("the move");
        assert_eq!((ended.holder, ended.held_for_ms), (None, None));

        let dead = as_process(place, "gone 1", LONG).await;
        let journal = frozen(&dead).await;
        other
            .take(journal.id(), Take::IfFree)
            .await
            .expect("of a process that is certainly gone");
    });
}

#[test]
fn who_wakes_up_after_its_lease_is_shut_out() {
    on_every_engine(async |place: &Place| {
        let store = place
            .new_store()
            .await
            .working_as(worker("one", Duration::from_millis(300)));
        let mut asleep = frozen(&store).await;
        let other = as_process(place, "other", LONG).await;
        let mut journal = taken(&other, asleep.id()).await;
        // The status is the same: it is the number that shuts it out.
        let late = asleep.record(Event::Drain, json!({})).await.expect_err("shut out");
        let JournalError::Conflict { found, ref by, .. } = late else {
            panic!("{late}")
        };
        assert_eq!((found, by.as_deref()), (Status::Frozen, Some("other")));
        assert!(late.to_string().contains("other is at work on it"), "{late}");
        assert_eq!(other.events(journal.id()).await.expect("events").len(), 1);
        for event in [Event::Drain, Event::Copy] {
            journal
                .record(event, json!({}))
                .await
                .expect("whoever has taken it goes on");
        }
        // By force as well, at once.
        let third = as_process(place, "third", LONG).await;
        let mut forced = third.take(journal.id(), Take::Anyway).await.expect("taken");
        journal.record(Event::Prove, json!({})).await.expect_err("shut out");
        forced.record(Event::Abort, json!({})).await.expect("aborted");
        let row = store.client(&key("42")).await.expect("read").expect("a row");
        assert_eq!(row.state, State::Active);
    });
}

/// A heart that beats keeps the lease; one that stops loses it, and is told.
#[test]
fn leases_are_prolonged_while_their_process_lives() {
    on_every_engine(async |place: &Place| {
        let term = Duration::from_millis(1_500);
        let store = place.new_store().await.working_as(worker("one", term));
        let journal = frozen(&store).await;
        let lost = Arc::new(AtomicI64::new(0));
        let told = Arc::clone(&lost);
        let keeping = store.keep_leases(move |id| told.store(id, Ordering::Relaxed));
        let other = as_process(place, "other", LONG).await;
        // Twice as long as one lease lasts.
        let since = std::time::Instant::now();
        while since.elapsed() < term * 2 {
            let held = other.take(journal.id(), Take::IfFree).await;
            assert!(matches!(held, Err(StoreError::Held { .. })), "{:?}", since.elapsed());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(lost.load(Ordering::Relaxed), 0, "{}", place.name());
        let other = other.take(journal.id(), Take::Anyway).await.expect("taken");
        while lost.load(Ordering::Relaxed) != other.id() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        drop(keeping);
    });
}

/// A store that an older exodus has made keeps its moves.
#[test]
fn the_first_format_is_brought_to_this_one() {
    on_every_engine(async |place: &Place| {
        let journal = frozen(&place.new_store().await).await;
        let mut connection = place.connect().await;
        let schema = if place.is_postgres() { "public." } else { "" };
        let of_moves = ["seq", "lease", "holder", "held_until"].map(|column| ("moves", column));
        for (table, column) in of_moves.into_iter().chain([("clients", "reason")]) {
            let sql = format!("ALTER TABLE {schema}exodus_{table} DROP COLUMN {column}");
            connection.execute(&sql).await.expect("dropped");
        }
        let sql = format!("UPDATE {schema}exodus_store SET format = 1");
        connection.execute(&sql).await.expect("an old store");
        let old = Store::open(place.connect().await).await.err().expect("too old");
        let next = old.next_step().unwrap_or_default();
        assert!(next.contains("exodus dispatch init"), "{old}; {next}");
        // In the middle of it, a crash: a second time.
        for _ in 0..2 {
            Store::init(place.connect().await).await.expect("brought to this one");
            let sql = format!("UPDATE {schema}exodus_store SET format = 1");
            connection.execute(&sql).await.expect("as if it had not ended");
        }
        let store = Store::init(place.connect().await).await.expect("the last time");
        let stored = store.get_move(journal.id()).await.expect("the move");
        assert_eq!((stored.status, stored.seq, stored.holder), (Status::Frozen, 1, None));
        let mut journal = store.take(journal.id(), Take::IfFree).await.expect("free");
        journal.record(Event::Drain, json!({})).await.expect("it goes on");
    });
}
