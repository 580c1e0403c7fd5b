//! What the store does while many moves are under way.

mod support;

use exodus_fleet::{MoveFilter, Store};
use exodus_transfer::ClientKey;
use serde_json::{Value, json};
use support::{Place, on_every_engine};

fn key(text: &str) -> ClientKey {
    text.parse().expect("a key")
}

async fn summaries(store: &Store) -> Vec<Option<Value>> {
    let moves = store.moves(&MoveFilter::default()).await.expect("the moves");
    moves.into_iter().map(|it| it.summary).collect()
}

/// The mode of SQLite's journal; `None` elsewhere.
async fn journal_mode(place: &Place) -> Option<String> {
    if place.name() != "SQLite" {
        return None;
    }
    let rows = place
        .connect()
        .await
        .query("PRAGMA journal_mode")
        .await
        .expect("a mode");
    rows.into_iter().flatten().flatten().next()
}

/// A summary that waits is written with the next move's beginning or at the end, and isn't lost with a transaction that
/// fails.
#[test]
fn summaries_wait_and_are_not_lost() {
    on_every_engine(async |place: &Place| {
        let store = place.new_store().await;
        let start = async |client: &str| {
            let options = json!({});
            store.start_frozen(&key(client), "a", "b", &options).await
        };
        store.begin_many().await;
        let first = start("1").await.expect("a move").id();
        store.summarize_later(first, &json!({"rows": 1}));
        assert_eq!(summaries(&store).await, [None], "it waits");
        start("1").await.err().expect("the client is frozen");
        assert_eq!(summaries(&store).await, [None], "{}", place.name());
        let second = start("2").await.expect("a move").id();
        store.summarize_later(second, &json!({"rows": 2}));
        assert_eq!(
            summaries(&place.store().await).await,
            [Some(json!({"rows": 1})), None],
            "{}",
            place.name()
        );
        store.end_many().await.expect("the end");
        let all = [Some(json!({"rows": 1})), Some(json!({"rows": 2}))];
        assert_eq!(summaries(&place.store().await).await, all, "{}", place.name());
        store.end_many().await.expect("nothing is left to be done");
    });
}

/// While moves are under way a file of the store's own has its newest pages beside it, and none at the end: whoever copies
/// the one file has everything. A file that holds others' tables is let alone.
#[test]
fn one_file_is_left_behind() {
    on_every_engine(async |place: &Place| {
        let store = place.new_store().await;
        let before = journal_mode(place).await;
        store.begin_many().await;
        store
            .start_frozen(&key("1"), "a", "b", &json!({}))
            .await
            .expect("a move");
        assert_eq!(journal_mode(place).await, before.as_ref().map(|_| "wal".to_owned()));
        store.end_many().await.expect("the end");
        assert_eq!(journal_mode(place).await, before);
        let schema = if place.is_postgres() { "public." } else { "" };
        let mut other = place.connect().await;
        let others = format!("CREATE TABLE {schema}others (id INT PRIMARY KEY)");
        other.execute(&others).await.expect("a table");
        drop(other);
        store.begin_many().await;
        assert_eq!(journal_mode(place).await, before);
        store.end_many().await.expect("the end");
        assert_eq!(summaries(&place.store().await).await, [None]);
    });
}
