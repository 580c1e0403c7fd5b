//! The four databases, the clients on them, and what must be there in the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use exodus_tests::beside::Beside;
use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};

/// How many clients there are.
pub(crate) const CLIENTS: u32 = 16;

/// The names of the shards, and which products they are of.
pub(crate) const SHARDS: [(&str, Server); 4] = [
    ("alpha", Server::Postgres),
    ("beta", Server::MariaDb),
    ("gamma", Server::MySql),
    ("delta", Server::Sqlite),
];

const SCHEMA: &str = "
    CREATE TABLE cities (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL);
    CREATE TABLE clients (id INT PRIMARY KEY, city_id INT NOT NULL, email VARCHAR(60) NOT NULL UNIQUE,
        FOREIGN KEY (city_id) REFERENCES cities (id));
    CREATE TABLE orders (id INT PRIMARY KEY, client_id INT NOT NULL, note VARCHAR(60),
        FOREIGN KEY (client_id) REFERENCES clients (id));
    CREATE TABLE items (id INT PRIMARY KEY, order_id INT NOT NULL, amount INT NOT NULL,
        FOREIGN KEY (order_id) REFERENCES orders (id));
    CREATE INDEX orders_client ON orders (client_id);
    CREATE INDEX items_order ON items (order_id);
    INSERT INTO cities VALUES (1, 'Riga'), (2, 'Bergen');
";

/// What a client has: its orders with their notes, and the amounts of their items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Owned {
    pub(crate) orders: BTreeMap<u32, String>,
    pub(crate) items: BTreeMap<u32, (u32, u32)>,
}

pub(crate) type Image = BTreeMap<u32, Owned>;

pub(crate) struct Shards {
    pub(crate) databases: Vec<(&'static str, Database)>,
    pub(crate) place: Place,
    store: Option<Database>,
}

impl Shards {
    /// Each client is on one of them; a server that isn't there is an SQLite file more.
    pub(crate) fn new() -> Self {
        let there = |server: Server| if server.is_there() { server } else { Server::Sqlite };
        let mut databases: Vec<_> = SHARDS
            .iter()
            .map(|(name, server)| (*name, Database::create(there(*server))))
            .collect();
        for (at, (_, database)) in (0u32..).zip(&mut databases) {
            database.run(SCHEMA);
            let mine: Vec<_> = (1..=CLIENTS).filter(|client| client % 4 == at).collect();
            let rows: Vec<_> = mine
                .iter()
                .map(|client| format!("({client}, {}, 'client{client}@example.org')", 1 + client % 2))
                .collect();
            database.run(&format!("INSERT INTO clients VALUES {}", rows.join(", ")));
        }
        let store = Server::Postgres.is_there().then(|| Database::create(Server::Postgres));
        let mut lines = "root = \"clients\"\n".to_owned();
        if let Some(store) = &store {
            let _ = writeln!(lines, "dispatch = {}", toml::Value::from(store.address()));
        }
        let addresses: Vec<_> = databases
            .iter()
            .map(|(name, database)| (*name, database.address()))
            .collect();
        let place = Place::new(&lines, &addresses);
        for (name, _) in &databases {
            place.run(&["dispatch", "init", "--enrol-from", name]).expect(0);
        }
        Self {
            databases,
            place,
            store,
        }
    }

    /// A session on the dispatch store, and the name of its table of clients.
    pub(crate) fn dispatch(&self) -> (Beside, &'static str) {
        match &self.store {
            Some(store) => (Beside::of(store), "public.exodus_clients"),
            None => (
                Beside::file(&self.place.path().join("exodus-dispatch.sqlite")),
                "exodus_clients",
            ),
        }
    }

    /// Every client is where the dispatch store says, and nowhere else, with just this.
    #[track_caller]
    pub(crate) fn are(&mut self, image: &Image) {
        let place = &self.place;
        let said: BTreeMap<u32, String> = (1..=CLIENTS)
            .map(|client| {
                let (shard, state) = place.dispatch(&client.to_string());
                assert_eq!(state, "active", "client {client}");
                (client, shard)
            })
            .collect();
        for (name, database) in &mut self.databases {
            let here = said.iter().filter(|(_, shard)| *shard == *name);
            let wanted: Image = here
                .map(|(client, _)| (*client, image.get(client).cloned().unwrap_or_default()))
                .collect();
            assert_eq!(found(database), wanted, "what is on {name}");
        }
    }
}

fn numbers<const N: usize>(row: &[Option<String>]) -> [u32; N] {
    std::array::from_fn(|at| {
        let text = row[at].as_deref().expect("a number");
        text.parse().expect("a number")
    })
}

fn found(database: &mut Database) -> Image {
    let mut image = Image::new();
    for row in database.rows("SELECT id, city_id FROM clients") {
        let [client, city] = numbers(&row);
        assert_eq!(city, 1 + client % 2, "the city of client {client}");
        image.insert(client, Owned::default());
    }
    let mut whose = BTreeMap::new();
    for row in database.rows("SELECT id, client_id, note FROM orders") {
        let [order, client] = numbers(&row);
        whose.insert(order, client);
        let owned = image.get_mut(&client).expect("the client of an order");
        owned.orders.insert(order, row[2].clone().unwrap_or_default());
    }
    for row in database.rows("SELECT id, order_id, amount FROM items") {
        let [item, order, amount] = numbers(&row);
        let owned = image.get_mut(&whose[&order]).expect("the client of a item");
        owned.items.insert(item, (order, amount));
    }
    image
}
