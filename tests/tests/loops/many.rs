//! Loops of many rows: what is set late is set in several parts, and what waits for the commit is not looked for row by row.

use std::time::{Duration, Instant};

use exodus_tests::database::Server;
use exodus_tests::dump;
use exodus_tests::world::servers;

use crate::shape::{Key, Shape, key};

/// Each row references a later one by a column without an index, and a row of another table that references it back.
const KEYS: [Key; 4] = [
    key("nodes", "client_id", "clients", ""),
    key("nodes", "up", "nodes", ""),
    key("nodes", "leaf_id", "leaves", ""),
    key("leaves", "node_id", "nodes", ""),
];

/// The client has a number of nodes, the other one two that stay.
fn data(server: Server, rows: usize) -> String {
    let digit = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL \
                  SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
    let id = "1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d";
    let half = if server.dialect() == "mysql" { "DIV" } else { "/" };
    format!(
        "INSERT INTO clients VALUES (42), (7);
         INSERT INTO nodes SELECT {id}, 42, NULL, NULL FROM {digit} AS a, {digit} AS b, {digit} AS c, {digit} AS e, {digit} AS f \
             WHERE {id} <= {rows};
         INSERT INTO nodes VALUES (100001, 7, NULL, NULL), (100002, 7, 100001, NULL);
         INSERT INTO leaves SELECT id, id FROM nodes WHERE id <= 1000 OR id > 100000;
         UPDATE nodes SET up = CASE WHEN id % 100 = 0 THEN NULL ELSE {rows} + 1 - id END, leaf_id = 1 + id {half} 100 \
             WHERE client_id = 42;
         UPDATE nodes SET leaf_id = 100002 WHERE client_id = 7;"
    )
}

#[test]
fn many_rows_of_loops_are_copied_with_the_servers_checks() {
    for server in servers().filter(|server| *server != Server::Postgres18) {
        // More than one part everywhere; on SQLite so many that time by their square would be a minute.
        let rows = if server.dialect() == "mysql" { 25_000 } else { 50_000 };
        let shape = Shape {
            name: "many rows",
            tables: &[
                ("clients", "id BIGINT NOT NULL PRIMARY KEY"),
                (
                    "nodes",
                    "id BIGINT NOT NULL PRIMARY KEY, client_id BIGINT NOT NULL, up BIGINT, leaf_id BIGINT",
                ),
                ("leaves", "id BIGINT NOT NULL PRIMARY KEY, node_id BIGINT NOT NULL"),
            ],
            keys: &KEYS,
            context: "",
            data: data(server, rows).leak(),
            has_own_parents: false,
            mine: &[
                ("clients", "id = 42"),
                ("nodes", "client_id = 42"),
                ("leaves", "id <= 1000"),
            ],
        };
        let mut world = shape.world(server);
        let mine = shape.mine(&mut world.source);
        let catalogue = "SELECT name FROM sqlite_master ORDER BY name";
        let made = (server == Server::Sqlite).then(|| world.target.column(catalogue));
        let before = world.dumps();
        let begun = Instant::now();
        world.moves("enforced", &[]).expect(0);
        let took = begun.elapsed();
        let after = world.dumps();
        dump::assert_equal(server.name(), &after.0, &before.0);
        dump::assert_equal(server.name(), &after.1, &dump::plus(&before.1, &mine));
        assert!(took < Duration::from_secs(30), "{}: {took:?}", server.name());
        if let Some(made) = made {
            assert_eq!(world.target.column(catalogue), made, "an index was left behind");
            let begun = Instant::now();
            world
                .place
                .run(&["purge", &world.place.last_move(), "--yes", "--integrity", "enforced"])
                .expect(0);
            let took = begun.elapsed();
            assert!(took < Duration::from_secs(30), "the removal: {took:?}");
            assert_eq!(world.source.column(catalogue), made, "an index was left behind");
            assert_eq!(
                world.source.column("SELECT id FROM nodes ORDER BY id"),
                ["100001", "100002"]
            );
        }
    }
}
