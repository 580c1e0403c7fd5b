//! An application whose clients are in SQLite files, and which writes their orders.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use exodus_dispatch::{Client, Error, QUERY, Row};
use rusqlite::{Connection, OptionalExtension};

/// How long an order waits for a client that is frozen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends the query to the dispatch store. Outside of a transaction, so that each answer is new.
pub(crate) fn ask(store: &Connection, client: &str) -> rusqlite::Result<Option<Row>> {
    let row = store.query_row(QUERY, [client], |row| {
        let (shard, state): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(Row::new(shard, state, row.get(2)?))
    });
    row.optional()
}

/// Begins a transaction on a shard. A connection that is dropped rolls back.
fn begin(shards: &BTreeMap<String, PathBuf>, shard: &str) -> rusqlite::Result<Connection> {
    let path = shards.get(shard).ok_or(rusqlite::Error::InvalidQuery)?;
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    Ok(connection)
}

/// Writes an order where the client is; while the client is frozen, it waits.
pub(crate) fn place_order(
    dispatch: &Client<impl Fn(&str) -> rusqlite::Result<Option<Row>>>,
    shards: &BTreeMap<String, PathBuf>,
    (client, order): (i64, i64),
) -> Result<(), Error<rusqlite::Error>> {
    let until = Instant::now() + PATIENCE;
    let connection = loop {
        match dispatch.begin_write(&client.to_string(), |shard| begin(shards, shard)) {
            Ok((connection, _)) => break connection,
            Err(Error::Frozen { retry_after, .. }) if Instant::now() + retry_after < until => {
                thread::sleep(retry_after);
            }
            Err(error) => return Err(error),
        }
    };
    let insert = "INSERT INTO orders (id, client_id, note) VALUES (?, ?, 'two tickets')";
    connection.execute(insert, [order, client]).map_err(Error::Shard)?;
    connection.execute_batch("COMMIT").map_err(Error::Shard)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = Connection::open("exodus-dispatch.sqlite")?;
    let shards = ["monolith", "shard3"].map(|name| (name.to_owned(), PathBuf::from(format!("{name}.sqlite"))));
    // One for the whole application: it remembers where clients are.
    let dispatch = Client::new(|client: &str| ask(&store, client));
    place_order(&dispatch, &BTreeMap::from(shards), (42, 4711))?;
    Ok(())
}
