//! Writers that ask the dispatch store as docs/freeze.md tells them to, while their client is moved to and fro: what was
//! acknowledged is there in the end, once, where the dispatch store says.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use exodus_dispatch::{Client, Error, Row};
use exodus_tests::beside::Beside;
use exodus_tests::database::{Database, Server};
use exodus_tests::world::{World, servers};

/// How often the client is moved.
const MOVES: usize = 6;
/// How many of its orders come between two moves, at least.
const BETWEEN: usize = 20;
/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// What all writers share.
#[derive(Default)]
struct Office {
    stop: AtomicBool,
    /// How many orders were begun.
    begun: AtomicU32,
    /// By client: orders whose COMMIT was answered.
    acknowledged: Mutex<BTreeMap<u32, BTreeSet<u32>>>,
    /// How often somebody was told to come again.
    frozen: AtomicU32,
}

/// A transaction on a shard; rolled back unless it was committed.
struct Transaction<'a>(&'a RefCell<Beside>);

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().run("ROLLBACK").ok();
    }
}

/// Sends everybody home, whatever ends the test.
struct Closing<'a>(&'a Office);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

/// One thread's sessions.
struct Writer {
    whose: u32,
    store: RefCell<Beside>,
    shards: BTreeMap<&'static str, RefCell<Beside>>,
    begin: &'static str,
    query: String,
}

impl Writer {
    fn new(world: &World, whose: u32) -> Self {
        let shards = [("source", &world.source), ("target", &world.target)];
        let (begin, schema) = match world.source.server().dialect() {
            "postgres" => ("BEGIN", "public."),
            "mysql" => ("START TRANSACTION WITH CONSISTENT SNAPSHOT", ""),
            _ => ("BEGIN IMMEDIATE", ""),
        };
        Self {
            whose,
            store: RefCell::new(world.store()),
            shards: shards
                .map(|(name, shard)| (name, RefCell::new(Beside::of(shard))))
                .into(),
            begin,
            query: format!("SELECT shard, state, epoch FROM {schema}exodus_clients WHERE client = '{whose}'"),
        }
    }

    fn ask(&self) -> Result<Option<Row>, String> {
        let rows = self.store.borrow_mut().rows(&self.query)?;
        Ok(rows.into_iter().next().map(|row| {
            let mut cells = row.into_iter().flatten();
            let mut cell = || cells.next().expect("three columns");
            Row::new(cell(), cell(), cell().parse().expect("a number"))
        }))
    }

    fn begin(&self, shard: &str) -> Result<Transaction<'_>, String> {
        let session = &self.shards[shard];
        session.borrow_mut().run(self.begin)?;
        Ok(Transaction(session))
    }
}

impl Office {
    /// Writes orders for a client until it is told to stop.
    fn write(&self, writer: &Writer) {
        let _closing = Closing(self);
        let dispatch = Client::new(|_: &str| writer.ask()).retry_after(Duration::from_millis(5));
        while !self.stop.load(Ordering::Relaxed) {
            match dispatch.begin_write(&writer.whose.to_string(), |shard| writer.begin(shard)) {
                Ok((transaction, _)) => self.order(writer.whose, &transaction),
                // What an application does that has nothing better to do.
                Err(Error::Frozen { retry_after, .. }) => {
                    self.frozen.fetch_add(1, Ordering::Relaxed);
                    thread::sleep(retry_after);
                }
                Err(error) => assert!(is_passing(&error.to_string()), "{error}"),
            }
        }
    }

    fn order(&self, whose: u32, transaction: &Transaction<'_>) {
        let id = 1000 + self.begun.fetch_add(1, Ordering::Relaxed);
        let mut session = transaction.0.borrow_mut();
        let insert = format!("INSERT INTO orders (id, client_id, note) VALUES ({id}, {whose}, 'two tickets')");
        match session.run(&insert).and_then(|()| session.run("COMMIT")) {
            Ok(()) => {
                let mut acknowledged = self.acknowledged.lock().expect("no panic");
                acknowledged.entry(whose).or_default().insert(id);
            }
            Err(error) => assert!(is_passing(&error), "{error}"),
        }
    }

    fn orders(&self, whose: u32) -> usize {
        let acknowledged = self.acknowledged.lock().expect("no panic");
        acknowledged.get(&whose).map_or(0, BTreeSet::len)
    }

    /// Waits until so many more orders of a client were acknowledged.
    fn until_written(&self, whose: u32, more: usize) {
        let (from, since) = (self.orders(whose), Instant::now());
        while self.orders(whose) < from + more {
            let writing = !self.stop.load(Ordering::Relaxed) && since.elapsed() < PATIENCE;
            assert!(writing, "nobody writes for {whose}");
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

/// Moves the client and removes what it leaves. Those who were at it when it was frozen are waited for: no move meets a row
/// that came late.
fn carry(world: &World, to: &str) {
    world.place.run(&["move", "--client", "42", "--to", to]).expect(0);
    world.place.run(&["purge", &world.place.last_move(), "--yes"]).expect(0);
}

fn orders_on(database: &mut Database, whose: u32) -> BTreeSet<u32> {
    let ids = database.column(&format!(
        "SELECT id FROM orders WHERE client_id = {whose} AND id >= 1000"
    ));
    let found: BTreeSet<u32> = ids.iter().map(|id| id.parse().expect("a number")).collect();
    assert_eq!(found.len(), ids.len(), "an order is there twice");
    found
}

fn to_and_fro(server: Server) {
    let store = (server != Server::Sqlite).then_some(server);
    let mut world = World::with_store(server, store);
    let office = Office::default();
    let writers = [42, 42, 7].map(|whose| Writer::new(&world, whose));
    thread::scope(|scope| {
        let office = &office;
        let writers = writers.map(|writer| scope.spawn(move || office.write(&writer)));
        let closing = Closing(office);
        for at in 0..MOVES {
            office.until_written(42, BETWEEN);
            carry(&world, if at % 2 == 0 { "target" } else { "source" });
        }
        office.until_written(42, BETWEEN);
        // And one more, so that what was written last moves, too.
        carry(&world, "target");
        drop(closing);
        for writer in writers {
            writer.join().expect("a writer that obeys");
        }
    });
    let (frozen, acknowledged) = (
        office.frozen.into_inner(),
        office.acknowledged.into_inner().expect("no panic"),
    );
    println!(
        "{}: {} orders of 42, {} of 7, told to wait {frozen} times",
        server.name(),
        acknowledged[&42].len(),
        acknowledged[&7].len()
    );
    assert!(frozen > 0, "nobody has ever met the freeze");
    assert_eq!(world.place.dispatch("42"), ("target".to_owned(), "active".to_owned()));
    for whose in [42, 7] {
        let (mut here, mut there) = (&mut world.target, &mut world.source);
        if whose == 7 {
            std::mem::swap(&mut here, &mut there);
        }
        let found = orders_on(here, whose);
        let missing: Vec<_> = acknowledged[&whose].difference(&found).collect();
        let unknown: Vec<_> = found.difference(&acknowledged[&whose]).collect();
        assert!(missing.is_empty(), "lost: {missing:?} of {whose}");
        assert!(unknown.is_empty(), "never acknowledged: {unknown:?} of {whose}");
        assert_eq!(orders_on(there, whose), BTreeSet::new(), "{whose} is on both");
    }
}

#[test]
fn on_postgres() {
    [Server::Postgres, Server::Postgres18]
        .into_iter()
        .filter(|server| server.is_there())
        .for_each(to_and_fro);
}

#[test]
fn on_mariadb() {
    Some(Server::MariaDb)
        .filter(|server| server.is_there())
        .into_iter()
        .for_each(to_and_fro);
}

#[test]
fn on_mysql() {
    Some(Server::MySql)
        .filter(|server| server.is_there())
        .into_iter()
        .for_each(to_and_fro);
}

#[test]
fn on_sqlite() {
    to_and_fro(Server::Sqlite);
}

/// `EXODUS_TEST_BIN=…/release/exodus cargo test -p exodus-tests --test moves -- --ignored --nocapture freeze_length`
#[test]
#[ignore = "a measurement"]
fn freeze_length() {
    for server in servers() {
        let store = (server != Server::Sqlite).then_some(server);
        let mut world = World::with_store(server, store);
        for database in [&mut world.source, &mut world.target] {
            database.run("CREATE INDEX orders_client ON orders (client_id)");
        }
        for first in (0..10_000).step_by(1000) {
            let rows: Vec<_> = (0..1000)
                .map(|at| format!("({}, 42, 'two tickets')", 1000 + first + at))
                .collect();
            world.source.run(&format!(
                "INSERT INTO orders (id, client_id, note) VALUES {}",
                rows.join(", ")
            ));
        }
        let mut seconds: Vec<f64> = (0..21)
            .map(|at| {
                let to = if at % 2 == 0 { "target" } else { "source" };
                let moved = world
                    .place
                    .run(&["move", "--client", "42", "--to", to, "--format", "json"])
                    .expect(0)
                    .json();
                world.place.run(&["purge", &world.place.last_move(), "--yes"]).expect(0);
                moved["move"]["frozen_seconds"].as_f64().expect("seconds")
            })
            .collect();
        seconds.sort_by(f64::total_cmp);
        println!(
            "{}: median {:.3} s, worst {:.3} s",
            server.name(),
            seconds[10],
            seconds[20]
        );
    }
}
