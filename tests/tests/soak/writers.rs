//! Writers that ask the dispatch store as docs/freeze.md tells them to, and remember what they were told was stored.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use exodus_dispatch::{Client, Error, Row};
use exodus_tests::beside::Beside;
use exodus_tests::dice::Dice;

use crate::shards::{CLIENTS, Image, Owned, Shards};

/// What all writers share.
#[derive(Default)]
pub(crate) struct Office {
    stop: AtomicBool,
    /// Keys that were given out.
    keys: AtomicU32,
    /// What COMMIT was answered for.
    image: Mutex<Image>,
    acknowledged: AtomicU32,
    /// How often somebody was told to come again.
    pub(crate) told_to_wait: AtomicU32,
}

impl fmt::Display for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let acknowledged = self.acknowledged.load(Ordering::Relaxed);
        let waited = self.told_to_wait.load(Ordering::Relaxed);
        write!(f, "{acknowledged} transactions acknowledged, {waited} told to wait")
    }
}

/// Sends everybody home, whatever ends the test.
pub(crate) struct Closing<'a>(&'a Office);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

/// A session on a shard, and how a transaction begins there that the server knows of.
struct Shard {
    session: RefCell<Beside>,
    begin: &'static str,
}

/// A transaction on a shard; rolled back unless it was committed.
struct Transaction<'a>(&'a Shard);

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        self.0.session.borrow_mut().run("ROLLBACK").ok();
    }
}

/// One thread's sessions.
pub(crate) struct Writer {
    pub(crate) which: u32,
    store: RefCell<Beside>,
    table: &'static str,
    shards: BTreeMap<&'static str, Shard>,
}

impl Writer {
    pub(crate) fn new(shards: &Shards, which: u32) -> Self {
        let (store, table) = shards.dispatch();
        let shards = shards.databases.iter().map(|(name, database)| {
            let begin = match database.server().dialect() {
                "postgres" => "BEGIN",
                "mysql" => "START TRANSACTION WITH CONSISTENT SNAPSHOT",
                _ => "BEGIN IMMEDIATE",
            };
            let session = RefCell::new(Beside::of(database));
            (*name, Shard { session, begin })
        });
        Self {
            which,
            store: RefCell::new(store),
            table,
            shards: shards.collect(),
        }
    }

    fn ask(&self, client: &str) -> Result<Option<Row>, String> {
        let query = format!(
            "SELECT shard, state, epoch FROM {} WHERE client = '{client}'",
            self.table
        );
        let rows = self.store.borrow_mut().rows(&query)?;
        Ok(rows.into_iter().next().map(|row| {
            let mut cells = row.into_iter().flatten();
            let mut cell = || cells.next().expect("three columns");
            Row::new(cell(), cell(), cell().parse().expect("a number"))
        }))
    }

    fn begin(&self, shard: &str) -> Result<Transaction<'_>, String> {
        let shard = &self.shards[shard];
        shard.session.borrow_mut().run(shard.begin)?;
        Ok(Transaction(shard))
    }
}

/// What one transaction does.
enum Change {
    /// A new order with one item, of the same key.
    Order { client: u32, key: u32 },
    /// Another note for an order.
    Note { order: u32, key: u32 },
    /// One item less.
    Removal { item: u32 },
}

impl Change {
    /// Each writer changes what is its own only: what it knows of that is what is there.
    fn any(owned: &Owned, (client, which, key): (u32, u32, u32), dice: &mut Dice) -> Self {
        let mine = |key: &u32| key % crate::WRITERS == which;
        let orders: Vec<u32> = owned.orders.keys().copied().filter(mine).collect();
        let items: Vec<u32> = owned.items.keys().copied().filter(mine).collect();
        match dice.roll(4) {
            0 if !orders.is_empty() => Self::Note {
                order: *dice.one_of(&orders),
                key,
            },
            1 if !items.is_empty() => Self::Removal {
                item: *dice.one_of(&items),
            },
            _ => Self::Order { client, key },
        }
    }

    fn statements(&self) -> Vec<String> {
        match self {
            Self::Order { client, key } => vec![
                format!("INSERT INTO orders (id, client_id, note) VALUES ({key}, {client}, 'order {key}')"),
                format!(
                    "INSERT INTO items (id, order_id, amount) VALUES ({key}, {key}, {})",
                    key % 97
                ),
            ],
            Self::Note { order, key } => {
                vec![format!("UPDATE orders SET note = 'note {key}' WHERE id = {order}")]
            }
            Self::Removal { item } => vec![format!("DELETE FROM items WHERE id = {item}")],
        }
    }

    fn apply(&self, owned: &mut Owned) {
        match *self {
            Self::Order { key, .. } => {
                owned.orders.insert(key, format!("order {key}"));
                owned.items.insert(key, (key, key % 97));
            }
            Self::Note { order, key } => {
                owned.orders.insert(order, format!("note {key}"));
            }
            Self::Removal { item } => {
                owned.items.remove(&item);
            }
        }
    }
}

impl Office {
    pub(crate) fn closing(&self) -> Closing<'_> {
        Closing(self)
    }

    pub(crate) fn image(&self) -> Image {
        self.image.lock().expect("no panic").clone()
    }

    /// Writes for one client after the other until it is told to stop.
    pub(crate) fn write(&self, writer: &Writer, dice: &mut Dice) {
        let _closing = self.closing();
        let dispatch = Client::new(|client: &str| writer.ask(client)).retry_after(Duration::from_millis(5));
        while !self.stop.load(Ordering::Relaxed) {
            let clients: Vec<u32> = (1..=CLIENTS).collect();
            let client = *dice.one_of(&clients);
            match dispatch.begin_write(&client.to_string(), |shard| writer.begin(shard)) {
                Ok((transaction, _)) => self.order(client, writer.which, dice, &transaction),
                // Somebody else may be served meanwhile.
                Err(Error::Frozen { .. }) => {
                    self.told_to_wait.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => assert!(is_passing(&error.to_string()), "{error}"),
            }
            // As often as a busy application does, so that the moves have something of the machine.
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn order(&self, client: u32, which: u32, dice: &mut Dice, transaction: &Transaction<'_>) {
        let key = self.keys.fetch_add(1, Ordering::Relaxed) * crate::WRITERS + which;
        let owned = self.image().remove(&client).unwrap_or_default();
        let change = Change::any(&owned, (client, which, key), dice);
        let statements = change.statements();
        let mut session = transaction.0.session.borrow_mut();
        let mut statements = statements.iter().map(String::as_str).chain(["COMMIT"]);
        match statements.try_for_each(|sql| session.run(sql)) {
            Ok(()) => {
                // The others may have written for this client since.
                change.apply(self.image.lock().expect("no panic").entry(client).or_default());
                self.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => assert!(is_passing(&error), "{error}"),
        }
    }

    /// Waits until something more was acknowledged.
    pub(crate) fn until_written(&self, patience: Duration) {
        let (from, since) = (self.acknowledged.load(Ordering::Relaxed), Instant::now());
        while self.acknowledged.load(Ordering::Relaxed) == from {
            let writing = !self.stop.load(Ordering::Relaxed) && since.elapsed() < patience;
            assert!(writing, "nobody writes");
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// What servers say when they have to choose between two transactions.
fn is_passing(error: &str) -> bool {
    ["Deadlock", "Lock wait timeout", "is locked", "Record has changed"]
        .iter()
        .any(|words| error.contains(words))
}
