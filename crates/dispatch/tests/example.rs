//! The example of docs/freeze.md: it is the one that is compiled here, and it does what the page says.

use std::collections::BTreeMap;
use std::thread;

use exodus_dispatch::{Client, Error};
use rusqlite::Connection;
use tempfile::TempDir;

#[expect(dead_code, reason = "its main function has files of its own")]
#[path = "../examples/orders.rs"]
mod orders;

#[test]
fn the_page_shows_this_file() {
    let page = include_str!("../../../docs/freeze.md");
    let shown = page.split_once("```rust orders.rs\n").map(|(_, rest)| rest);
    let shown = shown.and_then(|rest| rest.split_once("```\n")).map(|(shown, _)| shown);
    assert_eq!(shown, Some(include_str!("../examples/orders.rs")));
}

#[test]
fn an_order_goes_where_the_client_is_and_waits_while_it_is_frozen() {
    let folder = TempDir::new().expect("a folder");
    let open = |name: &str| Connection::open(folder.path().join(name)).expect("a file");
    let (store, waiting_store, other_store) = (open("store"), open("store"), open("store"));
    store
        .execute_batch(
            "CREATE TABLE exodus_clients (client TEXT PRIMARY KEY, shard TEXT, state TEXT, epoch INTEGER);
             INSERT INTO exodus_clients VALUES ('42', 'a', 'active', 0)",
        )
        .expect("a store");
    let shards: BTreeMap<_, _> = ["a", "b"]
        .map(|name| (name.to_owned(), folder.path().join(name)))
        .into();
    for name in shards.keys() {
        open(name)
            .execute_batch("CREATE TABLE orders (id INTEGER PRIMARY KEY, client_id INTEGER, note TEXT)")
            .expect("a shard");
    }
    let orders = |name: &str| -> Vec<i64> {
        let shard = open(name);
        let mut query = shard.prepare("SELECT id FROM orders ORDER BY id").expect("a query");
        let rows = query.query_map((), |row| row.get(0)).expect("rows");
        rows.collect::<Result<_, _>>().expect("numbers")
    };
    let dispatch = Client::new(move |client: &str| orders::ask(&store, client));
    orders::place_order(&dispatch, &shards, (42, 1)).expect("it is active");
    assert_eq!(orders("a"), [1]);

    other_store
        .execute_batch("UPDATE exodus_clients SET state = 'frozen'")
        .expect("a freeze");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let dispatch = Client::new(move |client: &str| orders::ask(&waiting_store, client));
            orders::place_order(&dispatch, &shards, (42, 2))
        });
        other_store
            .execute_batch("UPDATE exodus_clients SET shard = 'b', state = 'active', epoch = 1")
            .expect("a switch");
        let placed = waiting.join().expect("no panic");
        assert!(
            !matches!(placed, Err(Error::Frozen { .. })),
            "it waits for longer than that"
        );
        placed.expect("it is active there");
    });
    assert_eq!((orders("a"), orders("b")), (vec![1], vec![2]));
}
