//! The tables of the dispatch store, per product: the one place in this crate that asks which product it is.

use exodus_engine::Dialect;
use exodus_schema::{Engine, TableName};

/// What [`MARKER`] holds; raised when an older exodus would misread the tables.
pub(super) const FORMAT: u32 = 2;

/// The most characters a client's key or a shard's name may have. InnoDB's indexes end at 3,072 bytes, 4 per character.
pub(super) const LONGEST: usize = 255;

pub(super) const CLIENTS: &str = "exodus_clients";
pub(super) const MOVES: &str = "exodus_moves";
pub(super) const EVENTS: &str = "exodus_move_events";
/// One row: the format. Whoever changes clients or starts moves locks it first.
pub(super) const MARKER: &str = "exodus_store";

/// The quoted, qualified name of one of the tables.
pub(super) fn table(dialect: Dialect, name: &str) -> String {
    dialect.table(&named(dialect, name))
}

/// The same as a name.
pub(super) fn named(dialect: Dialect, name: &str) -> TableName {
    // Sessions have no search_path.
    let schema = if dialect.engine() == Engine::Postgres {
        "public"
    } else {
        ""
    };
    TableName::new(schema, name)
}

/// A query that gives a row if the marker's table is there.
pub(super) fn exists(dialect: Dialect) -> String {
    let name = dialect.text(MARKER);
    match dialect.engine() {
        Engine::Postgres => format!(
            "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = 'public' AND c.relname = {name}"
        ),
        Engine::MySql | Engine::MariaDb => {
            format!("SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = {name}")
        }
        Engine::Sqlite => format!("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = {name}"),
    }
}

/// The columns that the first format had not. Of [`MOVES`]: the number of its events, the number of its lease, who has the
/// lease, and until when (milliseconds, as [`now`] counts them). Of [`CLIENTS`]: why it was frozen by hand.
pub(super) fn of_format_2(dialect: Dialect) -> [(&'static str, &'static str, String); 5] {
    let Types { key, number, json, .. } = types(dialect.engine());
    let counted = format!("{number} NOT NULL DEFAULT 0");
    [
        (MOVES, "seq", counted.clone()),
        (MOVES, "lease", counted),
        (MOVES, "holder", key.to_owned()),
        (MOVES, "held_until", number.to_owned()),
        (CLIENTS, "reason", json.to_owned()),
    ]
}

/// The store's own clock, in milliseconds.
pub(super) fn now(dialect: Dialect) -> &'static str {
    match dialect.engine() {
        Engine::Postgres => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS bigint)",
        Engine::MySql | Engine::MariaDb => "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)",
        Engine::Sqlite => "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
    }
}

/// How a file that holds nothing but the store commits faster for a while.
pub(super) struct Quickly {
    /// Counts what else is in the database.
    pub(super) others: String,
    /// A commit waits once for the disk, where it otherwise waits four times, in which small moves pass most of their time.
    pub(super) begin: &'static str,
    /// As it was: one file, with everything in it.
    pub(super) end: &'static str,
}

/// `None` where the database is no file.
pub(super) fn quickly(dialect: Dialect) -> Option<Quickly> {
    let own = [CLIENTS, MOVES, EVENTS, MARKER].map(|name| dialect.text(name));
    (dialect.engine() == Engine::Sqlite).then(|| Quickly {
        others: format!(
            "SELECT COUNT(*) FROM sqlite_master WHERE tbl_name NOT IN ({})",
            own.join(", ")
        ),
        begin: "PRAGMA journal_mode = WAL",
        end: "PRAGMA journal_mode = DELETE",
    })
}

/// How the columns' types are written.
struct Types {
    /// Compared byte by byte, trailing spaces included: 'a', 'A' and 'a ' are three clients.
    key: &'static str,
    word: &'static str,
    json: &'static str,
    number: &'static str,
    options: &'static str,
}

fn types(engine: Engine) -> Types {
    match engine {
        Engine::Postgres => Types {
            key: "varchar(255) COLLATE \"C\"",
            word: "varchar(40)",
            json: "text",
            number: "bigint",
            options: "",
        },
        // The plain utf8mb4_bin pads with spaces; the two products name the one that doesn't differently.
        Engine::MySql => Types {
            key: "varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin",
            word: "varchar(40)",
            json: "mediumtext",
            number: "bigint",
            options: " ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4",
        },
        Engine::MariaDb => Types {
            key: "varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
            word: "varchar(40)",
            json: "mediumtext",
            number: "bigint",
            options: " ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4",
        },
        Engine::Sqlite => Types {
            key: "TEXT",
            word: "TEXT",
            json: "TEXT",
            number: "INTEGER",
            options: "",
        },
    }
}

/// The statements that make the tables where they are missing, the marker last: once it is there, all are.
pub(super) fn create(dialect: Dialect) -> [String; 4] {
    let Types {
        key,
        word,
        json,
        number,
        options,
    } = types(dialect.engine());
    let [clients, moves, events, marker] = [CLIENTS, MOVES, EVENTS, MARKER].map(|name| table(dialect, name));
    let later = |of: &str| {
        let columns = of_format_2(dialect).into_iter().filter(|(table, ..)| *table == of);
        let columns = columns.map(|(_, name, kind)| format!(", {name} {kind}"));
        columns.collect::<String>()
    };
    [
        format!(
            "CREATE TABLE IF NOT EXISTS {clients} (\
             client {key} NOT NULL PRIMARY KEY, \
             shard {key} NOT NULL, \
             state {word} NOT NULL, \
             epoch {number} NOT NULL, \
             updated_at {word} NOT NULL\
             {}){options}",
            later(CLIENTS)
        ),
        // While a move is neither done nor aborted, open_client repeats its client: the unique constraint lets each
        // client have one such move, whoever writes.
        format!(
            "CREATE TABLE IF NOT EXISTS {moves} (\
             id {number} NOT NULL PRIMARY KEY, \
             client {key} NOT NULL, \
             source_shard {key} NOT NULL, \
             target_shard {key} NOT NULL, \
             status {word} NOT NULL, \
             open_client {key} UNIQUE, \
             created_at {word} NOT NULL, \
             updated_at {word} NOT NULL, \
             options {json} NOT NULL, \
             summary {json}{}){options}",
            later(MOVES)
        ),
        format!(
            "CREATE TABLE IF NOT EXISTS {events} (\
             move_id {number} NOT NULL, \
             seq {number} NOT NULL, \
             event {word} NOT NULL, \
             status {word} NOT NULL, \
             happened_at {word} NOT NULL, \
             detail {json} NOT NULL, \
             PRIMARY KEY (move_id, seq)){options}"
        ),
        format!(
            "CREATE TABLE IF NOT EXISTS {marker} (\
             id {number} NOT NULL PRIMARY KEY, \
             format {number} NOT NULL){options}"
        ),
    ]
}
