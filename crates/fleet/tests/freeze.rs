//! Freezing by hand, and the states that a move goes through, on a SQLite file and on every server that the environment
//! names.

mod support;

use exodus_fleet::{Client, State, Store, StoreError};
use exodus_transfer::{ClientKey, Event, Journal, Status};
use serde_json::json;

use support::{Place, on_every_engine};

fn key() -> ClientKey {
    ClientKey::new(["42"])
}

async fn row(store: &Store) -> Client {
    store.client(&key()).await.expect("read").expect("a row")
}

#[test]
fn by_hand_twice_is_once_and_the_epoch_stays() {
    on_every_engine(async |place: &Place| {
        let store = place.new_store().await;
        store.set(&key(), "a").await.expect("set");
        store.set(&key(), "monolith").await.expect("set");
        let reason = "it's \\ being looked at 😀";

        let (frozen, changed) = store.freeze(&key(), Some(reason)).await.expect("freeze");
        assert!(changed);
        assert_eq!((frozen.state, frozen.epoch), (State::Frozen, 1), "{}", place.name());
        assert_eq!(frozen.reason.as_deref(), Some(reason));
        let again = store.freeze(&key(), None).await.expect("freeze");
        assert_eq!(
            again,
            (frozen.clone(), false),
            "neither the time nor the reason is forgotten"
        );
        let (other, changed) = store.freeze(&key(), Some("x")).await.expect("freeze");
        assert_eq!((other.reason.as_deref(), changed), (Some("x"), false));
        assert_eq!(other.updated_at, frozen.updated_at, "it is frozen since it was");
        assert_eq!(row(&place.store().await).await, other);
        // As applications ask, in a session of theirs.
        let schema = if place.is_postgres() { "public." } else { "" };
        let asked = format!("SELECT shard, state, epoch FROM {schema}exodus_clients WHERE client = '42'");
        let found = place.connect().await.query(&asked).await.expect("a row");
        assert_eq!(found, [["monolith", "frozen", "1"].map(|text| Some(text.to_owned()))]);

        // Where it is can be written down, and it stays frozen.
        let moved = store.set(&key(), "b").await.expect("set");
        assert_eq!((moved.state, moved.epoch, &*moved.shard), (State::Frozen, 2, "b"));

        let (active, changed) = store.unfreeze(&key()).await.expect("unfreeze");
        assert_eq!((active.state, active.epoch, changed), (State::Active, 2, true));
        assert_eq!(active.reason, None);
        assert_eq!(store.unfreeze(&key()).await.expect("unfreeze"), (active, false));

        let long = store.freeze(&key(), Some(&"x".repeat(256))).await;
        assert!(matches!(long, Err(StoreError::TooLong { .. })));
        let unknown = ClientKey::new(["43"]);
        for refused in [store.freeze(&unknown, None).await, store.unfreeze(&unknown).await] {
            assert!(matches!(refused, Err(StoreError::NoSuchClient(_))), "{refused:?}");
        }
    });
}

#[test]
fn a_client_frozen_by_hand_is_not_moved() {
    on_every_engine(async |place: &Place| {
        let store = place.new_store().await;
        store.set(&key(), "monolith").await.expect("set");
        store.freeze(&key(), Some("an audit")).await.expect("freeze");
        let before = row(&store).await;
        let refused = store.start_move(&key(), "monolith", "shard3", &json!({})).await;
        let Err(error @ StoreError::FrozenByHand { .. }) = refused.map(drop) else {
            panic!("it was moved on {}", place.name());
        };
        assert!(error.to_string().contains("an audit"), "{error}");
        assert!(
            error
                .next_step()
                .is_some_and(|step| step.contains("exodus unfreeze --client 42"))
        );
        let refused = store.start_frozen(&key(), "monolith", "shard3", &json!({})).await;
        assert!(refused.is_err());
        assert_eq!(row(&store).await, before);
        store.unfreeze(&key()).await.expect("unfreeze");
        store
            .start_move(&key(), "monolith", "shard3", &json!({}))
            .await
            .expect("now it can be");
    });
}

/// Until its switch the state is the move's own; a freeze that somebody lifts under it would lose writes.
#[test]
fn a_move_under_way_is_left_alone() {
    use Event::{Copy, Drain, Finish, Freeze, Prove, Purge, Switch, Verify};
    on_every_engine(async |place: &Place| {
        let store = place.new_store().await;
        store.set(&key(), "monolith").await.expect("set");
        let started = store.start_move(&key(), "monolith", "shard3", &json!({})).await;
        let mut journal = started.expect("start");
        assert_eq!(row(&store).await.state, State::Moving);
        for event in [Freeze, Drain, Copy, Prove, Verify, Switch, Purge, Finish] {
            let before = row(&store).await;
            if matches!(journal.status(), Status::Switched | Status::Purging) {
                // It has arrived; what is left to do on the source is nothing to those who write.
                assert!(store.freeze(&key(), None).await.expect("freeze").1);
                assert!(store.unfreeze(&key()).await.expect("unfreeze").1);
            } else {
                for refused in [store.freeze(&key(), None).await, store.unfreeze(&key()).await] {
                    let Err(StoreError::UnderWay { id, .. }) = refused else {
                        panic!("{} before {event} on {}", journal.status(), place.name());
                    };
                    assert_eq!(id, journal.id());
                }
                assert_eq!(row(&store).await, before, "before {event}");
            }
            journal.record(event, json!({})).await.expect("record");
        }
        let row = row(&store).await;
        assert_eq!((row.state, row.epoch, &*row.shard), (State::Active, 1, "shard3"));
    });
}

#[test]
fn many_moves_freeze_at_once_and_giving_up_makes_active() {
    on_every_engine(async |place: &Place| {
        let store = place.new_store().await;
        for begun in ["planned", "frozen", "at once"] {
            let mut journal = if begun == "at once" {
                let started = store.start_frozen(&key(), "monolith", "shard3", &json!({})).await;
                started.expect("start")
            } else {
                let started = store.start_move(&key(), "monolith", "shard3", &json!({})).await;
                started.expect("start")
            };
            if begun == "frozen" {
                journal.record(Event::Freeze, json!({})).await.expect("record");
            }
            let expected = if begun == "planned" {
                State::Moving
            } else {
                State::Frozen
            };
            assert_eq!(row(&store).await.state, expected, "{begun} on {}", place.name());
            journal.record(Event::Abort, json!({})).await.expect("abort");
            assert_eq!(row(&store).await.state, State::Active);
            assert_eq!(row(&store).await.epoch, 0);
        }
    });
}
