//! Writers that ask nobody, while their client is moved to and fro with `--fence lock`: what was acknowledged is where the
//! client is in the end, and nothing else.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use exodus_tests::database::{Database, Server};
use exodus_tests::world::World;

use super::desk::Desk;

/// How often the client is moved.
const MOVES: usize = 4;
/// Transactions of the client's that are acknowledged between two moves, at least.
const BETWEEN: usize = 100;
/// Those who write to the client, each this often: 200 transactions in a second, together with the neighbour.
const WRITERS: u32 = 4;
const PACE: Duration = Duration::from_millis(25);
const PATIENCE: Duration = Duration::from_mins(1);

const SCHEMA: &str = "
    CREATE TABLE items (id INT PRIMARY KEY, order_id INT NOT NULL, number INT NOT NULL,
        FOREIGN KEY (order_id) REFERENCES orders (id));
    CREATE TABLE folders (id INT PRIMARY KEY, client_id INT, parent_id INT, number INT NOT NULL,
        FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (parent_id) REFERENCES folders (id));
    CREATE INDEX orders_client ON orders (client_id);
    CREATE INDEX items_order ON items (order_id);
    CREATE INDEX folders_client ON folders (client_id);
    CREATE INDEX folders_parent ON folders (parent_id);
";

/// A world with rows on three levels, and a tree of folders that only its root says whose they are.
pub(super) fn world(server: Server) -> World {
    let store = (server != Server::Sqlite).then_some(server);
    let mut world = World::with_store(server, store).also("loops");
    for database in [&mut world.source, &mut world.target] {
        if server == Server::Sqlite {
            // As applications have them that write while others read.
            database.rows("PRAGMA journal_mode = WAL");
        }
        database.run(SCHEMA);
    }
    world.source.run("INSERT INTO folders VALUES (1, 42, NULL, 0)");
    world
}

/// What all writers share.
#[derive(Default)]
struct Office {
    stop: AtomicBool,
    /// Acknowledged transactions of the client's.
    written: AtomicUsize,
    /// The longest that a statement took: the client's, and the neighbour's.
    longest: Mutex<[Duration; 2]>,
}

impl Office {
    fn waited(&self, whose: usize, since: Instant) {
        let mut longest = self.longest.lock().expect("no panic");
        longest[whose] = longest[whose].max(since.elapsed());
    }

    fn until_written(&self, more: usize) {
        let (from, since) = (self.written.load(Ordering::Relaxed), Instant::now());
        while self.written.load(Ordering::Relaxed) < from + more {
            let writing = !self.stop.load(Ordering::Relaxed) && since.elapsed() < PATIENCE;
            assert!(writing, "nobody writes");
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Sends everybody home, whatever ends the test.
struct Closing<'a>(&'a Office);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

/// What one writer was told to be written: by table and key the parent and the number.
type Told = BTreeMap<(&'static str, u32), (u32, u32)>;

struct Writer<'a> {
    office: &'a Office,
    /// Where it was written last is tried first.
    desks: [Desk; 2],
    told: Told,
    next: u32,
    random: u32,
}

impl Writer<'_> {
    fn pick(&mut self, table: &str) -> Option<(u32, (u32, u32))> {
        self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let own: Vec<_> = self.told.iter().filter(|((of, _), _)| *of == table).collect();
        let at = usize::try_from(self.random >> 8).expect("small") % own.len().max(1);
        own.get(at).map(|((_, id), row)| (*id, **row))
    }

    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// One transaction, at the first desk that takes it.
    fn write(&mut self, statements: &[String]) -> bool {
        for at in 0..2 {
            let since = Instant::now();
            let written = self.desks[at].write(statements);
            self.office.waited(0, since);
            if written {
                self.desks.swap(0, at);
                self.office.written.fetch_add(1, Ordering::Relaxed);
                return true;
            }
        }
        false
    }

    fn order(&mut self, with_item: bool) {
        let (order, item) = (self.fresh(), self.fresh());
        let mut statements = vec![format!(
            "INSERT INTO orders (id, client_id, note) VALUES ({order}, 42, '1')"
        )];
        if with_item {
            statements.push(format!(
                "INSERT INTO items (id, order_id, number) VALUES ({item}, {order}, 1)"
            ));
        }
        if self.write(&statements) {
            self.told.insert(("orders", order), (42, 1));
            if with_item {
                self.told.insert(("items", item), (order, 1));
            }
        }
    }

    fn item(&mut self, order: u32, first: u32) {
        let item = self.fresh();
        // Order 3 is the neighbour's: it becomes the client's in a second transaction.
        let insert = format!("INSERT INTO items (id, order_id, number) VALUES ({item}, {first}, 1)");
        if self.write(&[insert]) {
            self.told.insert(("items", item), (first, 1));
            let update = format!("UPDATE items SET order_id = {order} WHERE id = {item}");
            if first != order && self.write(&[update]) {
                self.told.insert(("items", item), (order, 1));
            }
        }
    }

    fn folder(&mut self, parent: u32) {
        let folder = self.fresh();
        let insert = format!("INSERT INTO folders (id, parent_id, number) VALUES ({folder}, {parent}, 1)");
        if self.write(&[insert]) {
            self.told.insert(("folders", folder), (parent, 1));
        }
    }

    fn change(&mut self, table: &'static str) {
        let Some((id, (parent, number))) = self.pick(table) else {
            return;
        };
        let column = if table == "orders" { "note" } else { "number" };
        let number = number + 1;
        let value = if table == "orders" {
            format!("'{number}'")
        } else {
            number.to_string()
        };
        if self.write(&[format!("UPDATE {table} SET {column} = {value} WHERE id = {id}")]) {
            self.told.insert((table, id), (parent, number));
        }
    }

    fn remove(&mut self) {
        let Some((id, _)) = self.pick("items") else { return };
        if self.write(&[format!("DELETE FROM items WHERE id = {id}")]) {
            self.told.remove(&("items", id));
        }
    }

    fn work(mut self) -> Told {
        let _closing = Closing(self.office);
        for turn in 0.. {
            if self.office.stop.load(Ordering::Relaxed) {
                break;
            }
            let since = Instant::now();
            let order = self.pick("orders").map(|(id, _)| id);
            match (turn % 8, order) {
                (1, _) => self.order(true),
                (2, Some(order)) => self.item(order, order),
                (3, Some(order)) => self.item(order, 3),
                (4, _) => self.change("items"),
                (5, _) => {
                    let parent = self.pick("folders").map_or(1, |(id, _)| id);
                    self.folder(parent);
                }
                (6, _) => self.change("orders"),
                (7, _) => self.remove(),
                _ => self.order(false),
            }
            thread::sleep(PACE.saturating_sub(since.elapsed()));
        }
        self.told
    }
}

/// Writes to a client that stays where it is; every write must go through.
fn neighbour(office: &Office, mut desk: Desk) -> usize {
    let _closing = Closing(office);
    let mut written = 0;
    while !office.stop.load(Ordering::Relaxed) {
        let since = Instant::now();
        let id = 900_000_000 + written;
        let told = desk.write(&[
            format!("INSERT INTO orders (id, client_id, note) VALUES ({id}, 7, 'x')"),
            "UPDATE clients SET email = 'seven@example.org ' WHERE id = 7".to_owned(),
            "UPDATE clients SET email = 'seven@example.org' WHERE id = 7".to_owned(),
        ]);
        office.waited(1, since);
        assert!(told, "a write to another client has failed");
        written += 1;
        thread::sleep(PACE.saturating_sub(since.elapsed()));
    }
    written
}

fn found(database: &mut Database, client: &str) -> Told {
    let mut found = Told::new();
    for (table, sql) in [
        (
            "orders",
            format!("SELECT id, client_id, note FROM orders WHERE client_id = {client}"),
        ),
        ("items", "SELECT id, order_id, number FROM items".to_owned()),
        (
            "folders",
            "SELECT id, parent_id, number FROM folders WHERE parent_id IS NOT NULL".to_owned(),
        ),
    ] {
        for row in database.rows(&sql) {
            let mut cells = row
                .into_iter()
                .map(|cell| cell.and_then(|cell| cell.parse().ok()).unwrap_or(0));
            let mut cell = || cells.next().expect("three columns");
            found.insert((table, cell()), (cell(), cell()));
        }
    }
    found.retain(|(_, id), _| *id >= 1_000_000);
    found
}

fn storm(server: Server) {
    let mut world = world(server);
    let office = Office::default();
    let (mut told, mut seconds) = (Told::new(), vec![]);
    thread::scope(|scope| {
        let (office, of) = (&office, &world);
        let writers: Vec<_> = (1..=WRITERS)
            .map(|at| {
                let writer = Writer {
                    office,
                    desks: [Desk::at(&of.source), Desk::at(&of.target)],
                    told: Told::new(),
                    next: at * 1_000_000,
                    random: at,
                };
                scope.spawn(move || writer.work())
            })
            .collect();
        let desk = Desk::at(&of.source);
        let other = scope.spawn(move || neighbour(office, desk));
        let closing = Closing(office);
        for at in 0..MOVES {
            office.until_written(BETWEEN);
            let to = if at % 2 == 0 { "target" } else { "source" };
            let moving = [
                "move", "--client", "42", "--to", to, "--fence", "lock", "--format", "json",
            ];
            let moved = of.place.run(&moving).expect(0).json();
            seconds.push(moved["move"]["frozen_seconds"].as_f64().expect("seconds"));
        }
        office.until_written(BETWEEN);
        of.place
            .run(&["move", "--client", "42", "--to", "target", "--fence", "lock"])
            .expect(0);
        drop(closing);
        for writer in writers {
            told.extend(writer.join().expect("a writer"));
        }
        assert!(other.join().expect("a neighbour") > 0, "nobody else has written");
    });
    let longest = office.longest.into_inner().expect("no panic");
    println!(
        "{}: {} transactions of 42; frozen {seconds:.2?} s; longest wait {:.2?}, of others {:.2?}",
        server.name(),
        office.written.into_inner(),
        longest[0],
        longest[1],
    );
    assert_eq!(world.place.dispatch("42"), ("target".to_owned(), "active".to_owned()));
    // Items of the neighbour's order stay with it.
    let (mine, others): (Told, Told) = told
        .into_iter()
        .partition(|((table, _), (parent, _))| !(*table == "items" && *parent == 3));
    let (here, there) = (found(&mut world.target, "42"), found(&mut world.source, "42"));
    assert_eq!(mine.len(), here.len(), "not as many as were acknowledged");
    for (key, row) in &mine {
        assert_eq!(here.get(key), Some(row), "acknowledged, and not there: {key:?}");
    }
    assert_eq!(there, others, "rows that the client has left");
}

#[test]
fn on_postgres() {
    for server in [Server::Postgres, Server::Postgres18] {
        if server.is_there() {
            storm(server);
        }
    }
}

#[test]
fn on_mariadb() {
    if Server::MariaDb.is_there() {
        storm(Server::MariaDb);
    }
}

#[test]
fn on_mysql() {
    if Server::MySql.is_there() {
        storm(Server::MySql);
    }
}

#[test]
fn on_sqlite() {
    storm(Server::Sqlite);
}
