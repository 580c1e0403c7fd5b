//! Two small databases with a client to move, 42, and one to leave alone, 7.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::binary::{Output, Place};
use crate::database::{Database, Server};
use crate::dump::{self, Dump};

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
    _store: Option<Database>,
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
        Self::of(Database::create(server), Database::create(server), store)
    }

    fn of(mut source: Database, mut target: Database, store: Option<Server>) -> Self {
        source.run(&format!("{SCHEMA}{CONTEXT}{DATA}"));
        target.run(&format!("{SCHEMA}{CONTEXT}"));
        let store = store.map(Database::create);
        let mut lines = "root = \"clients\"\n".to_owned();
        if let Some(store) = &store {
            let _ = writeln!(lines, "dispatch = {}", toml::Value::from(store.address()));
        }
        let place = Place::of(&lines, &source, &target);
        place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
        Self {
            source,
            target,
            place,
            _store: store,
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
    } else {
        helper.column(&format!(
            "SELECT t.trx_mysql_thread_id FROM information_schema.innodb_trx t
             JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
             WHERE p.db = '{name}' AND t.trx_state = 'LOCK WAIT'"
        ))
    }
}
