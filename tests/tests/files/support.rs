//! Two small databases that may be of different products, with rows that files tend to lose.

use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};

/// Two tables that depend on each other's order, one without rows, and names that have to be quoted everywhere.
pub(crate) fn schema(server: Server) -> String {
    let (blob, double, quote) = match server.dialect() {
        "postgres" => ("bytea", "double precision", '"'),
        "mysql" => ("longblob", "double", '`'),
        _ => ("blob", "double", '"'),
    };
    let sql = format!(
        "CREATE TABLE cities (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL);
         INSERT INTO cities VALUES (1, 'Riga'), (2, 'Bergen');
         CREATE TABLE clients (id INT PRIMARY KEY, city_id INT NOT NULL, email VARCHAR(60) NOT NULL UNIQUE, phone VARCHAR(20),
             FOREIGN KEY (city_id) REFERENCES cities (id));
         CREATE TABLE #Order, \"of\"# (id BIGINT PRIMARY KEY, #select# INT NOT NULL, note TEXT, #a'b\\c# {blob}, price DECIMAL(20,4),
             ratio {double}, at TIMESTAMP NULL, FOREIGN KEY (#select#) REFERENCES clients (id));
         CREATE TABLE empties (id INT PRIMARY KEY, client_id INT NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id));"
    );
    match quote {
        '`' => sql.replace("\"of\"", "“of”").replace('#', "`"),
        quote => sql.replace("\"of\"", "“of”").replace('#', &quote.to_string()),
    }
}

/// Rows of two clients, which mean the same in every product.
pub(crate) fn rows(server: Server) -> String {
    let every_byte = (0..=255_u8).fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let bytes = |hex: &str| match server.dialect() {
        "postgres" => format!("'\\x{hex}'"),
        _ => format!("x'{hex}'"),
    };
    let table = match server.dialect() {
        "mysql" => "`Order, “of”`",
        _ => "\"Order, “of”\"",
    };
    let backslash = if server.dialect() == "mysql" { "\\\\" } else { "\\" };
    format!(
        "INSERT INTO clients VALUES (42, 1, 'planted-secret-42@example.org', NULL), (7, 2, 'seven@example.org', '');
         INSERT INTO {table} VALUES
             (0, 42, '', {all}, 0, 0, NULL),
             (-9007199254740993, 42, NULL, {empty}, NULL, NULL, '2024-02-29 12:34:56'),
             (9007199254740993, 42, 'a''b\"c,d;{backslash}N {backslash}. \t | 😀 é
-- {backslash}x41', NULL, -12345678901.7891, 0.1, '2001-01-01 00:00:00'),
             (3, 7, 'x', NULL, 1, 1, NULL);",
        all = bytes(&every_byte),
        empty = bytes(""),
    )
}

/// A source with the rows, and a target without; both have the context rows.
pub(crate) struct Ends {
    pub(crate) source: Database,
    pub(crate) target: Database,
    pub(crate) place: Place,
}

impl Ends {
    pub(crate) fn new(from: Server, to: Server) -> Self {
        let (mut source, mut target) = (Database::create(from), Database::create(to));
        source.run(&schema(from));
        source.run(&rows(from));
        target.run(&schema(to));
        let place = Place::of("root = \"clients\"", &source, &target);
        Self { source, target, place }
    }

    /// Of the same product.
    pub(crate) fn on(server: Server) -> Self {
        Self::new(server, server)
    }

    pub(crate) fn export(&self, more: &[&str]) -> exodus_tests::binary::Output {
        let mut arguments = vec!["export", "--client", "42", "--from", "source"];
        arguments.extend(more);
        self.place.run(&arguments)
    }

    /// The client's rows on the target, in words that all products share.
    #[track_caller]
    pub(crate) fn assert_arrived(&mut self) {
        let expected = client(&mut self.source);
        assert_eq!(expected.len(), 4, "{expected:?}");
        assert_eq!(client(&mut self.target), expected);
        self.assert_only_clients(&["42"]);
    }

    /// The clients that are on the target, and nothing of others.
    #[track_caller]
    pub(crate) fn assert_only_clients(&mut self, clients: &[&str]) {
        assert_eq!(self.target.column("SELECT id FROM clients ORDER BY id"), clients);
        let rows = self
            .target
            .column(&format!("SELECT count(*) FROM {}", orders(self.target.server())));
        let expected = if clients.is_empty() { "0" } else { "3" };
        assert_eq!(rows, [expected]);
    }
}

fn orders(server: Server) -> &'static str {
    match server.dialect() {
        "mysql" => "`Order, “of”`",
        _ => "\"Order, “of”\"",
    }
}

/// Every column of every row of client 42.
pub(crate) fn client(database: &mut Database) -> Vec<Vec<Option<String>>> {
    let server = database.server();
    let (hex, char, q) = match server.dialect() {
        "postgres" => ("encode(#, 'hex')", "text", '"'),
        "mysql" => ("lower(hex(#))", "char", '`'),
        _ => ("lower(hex(#))", "text", '"'),
    };
    let blob = format!("{q}a'b\\c{q}");
    let hex = hex.replace('#', &blob);
    let when = match server.dialect() {
        "postgres" => "to_char(at, 'YYYY-MM-DD HH24:MI:SS')".to_owned(),
        _ => "substr(at, 1, 19)".to_owned(),
    };
    let number = |sql: &str| format!("CAST({sql} AS {char})");
    let mut rows = database.rows("SELECT id, city_id, email, phone FROM clients WHERE id = 42");
    let sql = format!(
        "SELECT {}, note, length(note), CASE WHEN {blob} IS NOT NULL THEN {hex} END, CASE WHEN price = 0 THEN 0 ELSE 1 END, \
         CASE WHEN price < -12345678901 THEN 'large' WHEN price IS NULL THEN 'null' ELSE 'small' END, \
         CASE WHEN ratio = 0.1 THEN 'tenth' WHEN ratio = 0 THEN 'zero' WHEN ratio IS NULL THEN 'null' ELSE 'other' END, {when} \
         FROM {} WHERE {q}select{q} = 42 ORDER BY id",
        number("id"),
        orders(server),
    );
    // MySQL's length is in bytes.
    let sql = if server.dialect() == "mysql" {
        sql.replace("length(note)", "char_length(note)")
    } else {
        sql
    };
    rows.extend(database.rows(&sql));
    rows
}
