//! One small monolith with something to find for every question, written for each engine.

use exodus_tests::database::{Database, Server};

/// Clients known by two columns of which one is a text with blanks and letters of both cases, names that need quotes, a
/// key of bytes or UUIDs, an empty table, NULLs everywhere.
pub(crate) fn database(server: Server) -> Database {
    let mut database = Database::create(server);
    database.run(&script(server));
    database
}

struct Words {
    /// A text by which upper and lower case are the same, where the engine has that.
    text: &'static str,
    uuid: &'static str,
    quote: char,
    time: &'static str,
    json: &'static str,
}

fn words(server: Server) -> Words {
    match server.dialect() {
        "postgres" => Words {
            text: "varchar(20)",
            uuid: "uuid",
            quote: '"',
            time: "timestamp",
            json: "json",
        },
        "sqlite" => Words {
            text: "varchar(20) COLLATE NOCASE",
            uuid: "char(36)",
            quote: '"',
            time: "timestamp",
            json: "text",
        },
        _ => Words {
            text: "varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
            uuid: "char(36) CHARACTER SET ascii",
            quote: '`',
            time: "datetime",
            json: "text",
        },
    }
}

/// Whether texts that differ in the case of their letters are equal.
pub(crate) fn folds_case(server: Server) -> bool {
    server.dialect() != "postgres"
}

fn script(server: Server) -> String {
    let Words {
        text,
        uuid,
        quote,
        time,
        json,
    } = words(server);
    let odd = format!("{quote}odd \"\"''.Näme{quote}").replace("\"\"", if quote == '"' { "\"\"" } else { "\"" });
    // One quoting rule for all: the name has a blank, a double quote, two single ones, a dot and an umlaut.
    let order = format!("{quote}order{quote}");
    format!(
        "CREATE TABLE clients (region {text} NOT NULL, no int NOT NULL, referrer_region {text}, referrer_no int,
           PRIMARY KEY (region, no), FOREIGN KEY (referrer_region, referrer_no) REFERENCES clients (region, no));
         CREATE TABLE kinds (code {text} NOT NULL PRIMARY KEY, label varchar(20));
         CREATE TABLE {odd} (id {uuid} NOT NULL PRIMARY KEY, region {text}, no int, kind {text}, made {time},
           FOREIGN KEY (region, no) REFERENCES clients (region, no), FOREIGN KEY (kind) REFERENCES kinds (code));
         CREATE TABLE notes (id bigint NOT NULL PRIMARY KEY, {order} {uuid}, region {text}, no int, about varchar(20), about_id int, body {json},
           FOREIGN KEY ({order}) REFERENCES {odd} (id), FOREIGN KEY (region, no) REFERENCES clients (region, no));
         CREATE TABLE empty_one (id int NOT NULL PRIMARY KEY, note_id bigint NOT NULL, FOREIGN KEY (note_id) REFERENCES notes (id));
         CREATE TABLE tags (note_id bigint, word varchar(20), FOREIGN KEY (note_id) REFERENCES notes (id));
         INSERT INTO clients VALUES ('North', 1, NULL, NULL), ('North', 2, 'North', 1), ('South', 1, 'North', 1), ('South', 2, 'South', 2);
         INSERT INTO kinds VALUES ('a', 'A'), ('b', 'B'), ('c', NULL);
         INSERT INTO {odd} VALUES
           ('11111111-1111-1111-1111-111111111111', 'North', 1, 'a', '1970-01-02 00:00:00'),
           ('22222222-2222-2222-2222-222222222222', 'North', 2, 'a', '2000-01-01 12:00:00'),
           ('33333333-3333-3333-3333-333333333333', NULL, 1, 'b', NULL),
           ('44444444-4444-4444-4444-444444444444', NULL, NULL, NULL, '1969-12-31 23:59:59');
         INSERT INTO notes VALUES
           (-5, '11111111-1111-1111-1111-111111111111', 'North', 1, 'Order', 1, '1'),
           (0, '11111111-1111-1111-1111-111111111111', 'South', 1, 'Order', 2, '1'),
           (7, '22222222-2222-2222-2222-222222222222', NULL, NULL, 'Client', 3, NULL),
           (8, '33333333-3333-3333-3333-333333333333', NULL, 4, 'order', 3, NULL),
           (9, NULL, NULL, NULL, NULL, NULL, NULL),
           (4611686018427387904, NULL, 'South', 2, '', 9, NULL);
         INSERT INTO tags VALUES (-5, 'x'), (-5, 'x'), (0, NULL), (0, NULL), (7, 'y'), (9, 'y'), (NULL, 'X'), (NULL, 'x');
         {}",
        if folds_case(server) {
            // The same client, written otherwise.
            format!(
                "INSERT INTO {odd} VALUES ('55555555-5555-5555-5555-555555555555', 'NORTH', 1, 'A', NULL);
                 INSERT INTO notes VALUES (10, '55555555-5555-5555-5555-555555555555', 'north', 1, NULL, NULL, NULL);"
            )
        } else {
            String::new()
        }
    )
}
