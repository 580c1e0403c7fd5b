//! Two small databases with a client to move, 42, and one to leave alone, 7.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::beside::Beside;
use crate::binary::{Output, Place};
use crate::database::{Database, Server};
use crate::dump::{self, Dump};
use crate::least::{self, Tables};

const SCHEMA: &str = "
    CREATE TABLE cities (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL);
    CREATE TABLE clients (id INT PRIMARY KEY, city_id INT NOT NULL, email VARCHAR(60) NOT NULL UNIQUE,
        FOREIGN KEY (city_id) REFERENCES cities (id));
    CREATE TABLE orders (id INT PRIMARY KEY, client_id INT NOT NULL, note VARCHAR(60),
        FOREIGN KEY (client_id) REFERENCES clients (id));
";
const CONTEXT: &str = "INSERT INTO cities VALUES (1, 'Riga'), (2, 'Bergen');";
const DATA: &str = "
    INSERT INTO clients VALUES (42, 1, 'planted-secret-42@example.org'), (7, 2, 'seven@example.org');
    INSERT INTO orders VALUES (1, 42, 'planted-secret-row'), (2, 42, NULL), (3, 7, 'x');
";

/// The move that most tests make.
pub const MOVE: [&str; 5] = ["move", "--client", "42", "--to", "target"];

/// The databases and the configuration that names them.
#[derive(Debug)]
pub struct World {
    /// It has both clients.
    pub source: Database,
    /// It has the context rows.
    pub target: Database,
    /// Where commands run.
    pub place: Place,
    /// The database of the dispatch store, if that is no SQLite file beside the configuration.
    store: Option<Database>,
}

impl World {
    /// With the dispatch store in an SQLite file.
    pub fn new(server: Server) -> Self {
        Self::with_store(server, None)
    }

    /// From one server to another.
    pub fn between(source: Server, target: Server) -> Self {
        Self::of(Database::create(source), Database::create(target), None)
    }

    /// With the dispatch store on that server.
    pub fn with_store(server: Server, store: Option<Server>) -> Self {
        let store = store.map(Database::create);
        Self::of(Database::create(server), Database::create(server), store)
    }

    /// From one server to another, with other tables; their root table is `clients`, too.
    pub fn with_schema((source, target): (Server, Server), schema: &str, context: &str, data: &str) -> Self {
        let ends = (Database::create(source), Database::create(target));
        Self::made(ends, None, (schema, context, data))
    }

    /// In these databases; the dispatch store is in the third one, if there is one.
    pub fn of(source: Database, target: Database, store: Option<Database>) -> Self {
        Self::made((source, target), store, (SCHEMA, CONTEXT, DATA))
    }

    fn made(
        (mut source, mut target): (Database, Database),
        mut store: Option<Database>,
        (schema, context, data): (&str, &str, &str),
    ) -> Self {
        source.run(&format!("{schema}{context}{data}"));
        target.run(&format!("{schema}{context}"));
        let lines = lines(store.as_ref().map(Database::address));
        let place = Place::of(&lines, &source, &target);
        place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
        let context: Vec<&str> = context
            .split("INSERT INTO ")
            .skip(1)
            .filter_map(|rest| rest.split(' ').next())
            .collect();
        let tables = Tables {
            root: "clients",
            context: &context,
        };
        least::moves_between(&mut source, &mut target, tables);
        if let Some(store) = &mut store {
            least::uses_store(store, &source);
        }
        let world = Self {
            source,
            target,
            place,
            store,
        };
        world.configure();
        world
    }

    /// Names the databases as they are found now.
    fn configure(&self) {
        let databases = [("source", self.source.address()), ("target", self.target.address())];
        let lines = lines(self.store.as_ref().map(Database::address));
        self.place.configure(&lines, &databases);
    }

    /// One more section of docs/privileges.md for both ends.
    #[must_use]
    pub fn also(mut self, section: &'static str) -> Self {
        self.source.also(section);
        self.target.also(section);
        self
    }

    /// Exodus comes as the administrator that tests are: for tests that have a user of their own, and grant it what they are
    /// about.
    #[must_use]
    pub fn by_administrator(mut self) -> Self {
        for database in [&mut self.source, &mut self.target].into_iter().chain(&mut self.store) {
            least::stop(database);
        }
        self.configure();
        self
    }

    /// Other ways to the databases: `way` gives the address of each, source, target and store, that stands in the
    /// configuration from now on. More lines may go in front of it. The store is not a file.
    pub fn go_by(&mut self, more: &str, mut way: impl FnMut(usize, &Database) -> String) {
        let (source, target) = (way(0, &self.source), way(1, &self.target));
        let store = self.store.as_ref().map(|store| way(2, store));
        let lines = format!("{}{more}", lines(store));
        self.place = Place::new(&lines, &[("source", source), ("target", target)]);
    }

    /// A session on the dispatch store.
    pub fn store(&self) -> Beside {
        match &self.store {
            Some(store) => Beside::of(store),
            None => Beside::file(&self.place.path().join("exodus-dispatch.sqlite")),
        }
    }

    /// Makes a new session with the store's database, where the server has ended the one that was.
    pub fn reconnect_store(&mut self) {
        if let Some(store) = &mut self.store {
            store.reconnect();
        }
    }

    /// Everything in both databases.
    pub fn dumps(&mut self) -> (Dump, Dump) {
        (dump::all(&mut self.source), dump::all(&mut self.target))
    }

    /// The rows of client 42 on the source.
    pub fn mine(&mut self) -> Dump {
        let conditions = [("clients", "id = 42"), ("orders", "client_id = 42")];
        let conditions = conditions.map(|(table, condition)| (table.to_owned(), condition.to_owned()));
        dump::only(&mut self.source, &BTreeMap::from(conditions))
    }

    /// Runs what must fail with this code, leave everything as it was, and show no value of a row.
    #[track_caller]
    pub fn fails(&mut self, arguments: &[&str], code: i32) -> Output {
        let before = self.dumps();
        let output = self.place.run(arguments).expect(code);
        assert_eq!(self.dumps(), before, "something was changed");
        self.untouched();
        assert!(
            !output.text().contains("planted-secret"),
            "a row's value is shown: {}",
            output.text()
        );
        output
    }

    /// The dispatch store says that nothing has happened.
    #[track_caller]
    pub fn untouched(&self) {
        assert_eq!(self.place.dispatch("42"), ("source".to_owned(), "active".to_owned()));
    }
}

/// The first lines of a configuration.
fn lines(store: Option<String>) -> String {
    let mut lines = "root = \"clients\"\n".to_owned();
    if let Some(store) = store {
        let _ = writeln!(lines, "dispatch = {}", toml::Value::from(store));
    }
    lines
}

/// The servers that are there.
pub fn servers() -> impl Iterator<Item = Server> {
    Server::ALL.into_iter().filter(|server| server.is_there())
}

/// The same without SQLite.
pub fn networked() -> impl Iterator<Item = Server> {
    servers().filter(|server| *server != Server::Sqlite)
}

/// The sessions on a database of a server that wait for another one's lock.
pub fn waiting(helper: &mut Database, on: &Database) -> Vec<String> {
    waiting_on(helper, on.name())
}

/// The same by the name of a database on the helper's server.
pub fn waiting_on(helper: &mut Database, name: &str) -> Vec<String> {
    if helper.server().dialect() == "postgres" {
        helper.column(&format!(
            "SELECT pid::text FROM pg_stat_activity WHERE datname = '{name}' AND wait_event_type = 'Lock'"
        ))
    } else if helper.server() == Server::MySql {
        // Its monitor leaves out who waits before having written anything.
        helper.column(&format!(
            "SELECT DISTINCT t.PROCESSLIST_ID FROM performance_schema.data_lock_waits w
             JOIN performance_schema.threads t ON t.THREAD_ID = w.REQUESTING_THREAD_ID
             WHERE t.PROCESSLIST_DB = '{name}'"
        ))
    } else {
        let here = helper.column(&format!(
            "SELECT id FROM information_schema.processlist WHERE db = '{name}'"
        ));
        let mut waiting = innodb_transactions(helper);
        waiting.retain(|(session, text)| text.contains("LOCK WAIT") && here.contains(session));
        waiting.into_iter().map(|(session, _)| session).collect()
    }
}

/// The sessions that have a transaction, and what InnoDB's monitor says of each. `information_schema.innodb_trx` is a copy
/// that stays what it was as long as anybody reads it, as other tests do.
pub fn innodb_transactions(helper: &mut Database) -> Vec<(String, String)> {
    let status = helper.rows("SHOW ENGINE INNODB STATUS").remove(0).remove(2);
    let status = status.expect("a text");
    let transactions = status.split("---TRANSACTION ").skip(1);
    let session = |text: &str| {
        let number = text.split("thread id ").nth(1)?.split(',').next()?;
        text.contains("ACTIVE").then(|| (number.to_owned(), text.to_owned()))
    };
    transactions.filter_map(session).collect()
}
