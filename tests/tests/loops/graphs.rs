//! Random rows: what the server, checking row by row, lets in and out in our order, and what has no order.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use exodus_tests::database::Server;
use exodus_tests::dump;
use exodus_tests::world::servers;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::shape::{Shape, World, key, words};

/// Three tables, each row of which must have one of the next; `up` and `also` within the first.
const SHAPE: Shape = Shape {
    name: "random rows",
    tables: &[
        ("clients", "id BIGINT NOT NULL PRIMARY KEY"),
        (
            "t0",
            "id BIGINT NOT NULL PRIMARY KEY, client_id BIGINT, next BIGINT NOT NULL, up BIGINT NOT NULL, also BIGINT NOT NULL",
        ),
        (
            "t1",
            "id BIGINT NOT NULL PRIMARY KEY, client_id BIGINT, next BIGINT NOT NULL",
        ),
        (
            "t2",
            "id BIGINT NOT NULL PRIMARY KEY, client_id BIGINT, next BIGINT NOT NULL",
        ),
    ],
    keys: &[
        key("t0", "client_id", "clients", ""),
        key("t0", "next", "t1", ""),
        key("t0", "up", "t0", ""),
        key("t0", "also", "t0", ""),
        key("t1", "client_id", "clients", ""),
        key("t1", "next", "t2", ""),
        key("t2", "client_id", "clients", ""),
        key("t2", "next", "t0", ""),
    ],
    // Rows of nobody, on both sides, at which all chains can end.
    context: "INSERT INTO t0 VALUES (0, NULL, 0, 0, 0); INSERT INTO t1 VALUES (0, NULL, 0); INSERT INTO t2 VALUES (0, NULL, 0);",
    data: "",
    has_own_parents: true,
    mine: &[
        ("clients", "id = 42"),
        ("t0", "id > 0 AND client_id = 42"),
        ("t1", "id > 0 AND client_id = 42"),
        ("t2", "id > 0 AND client_id = 42"),
    ],
};

/// A row: its table, and the numbers of the rows that it references, 0 for the one that is there already.
#[derive(Clone, Debug)]
struct Row {
    table: usize,
    next: usize,
    up: usize,
    also: usize,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (0..3_usize, 0..100_usize, 0..100_usize, 0..100_usize);
    let row = row.prop_map(|(table, next, up, also)| Row { table, next, up, also });
    prop::collection::vec(row, 1..25)
}

/// Makes the numbers rows that are there: of the right table, mostly earlier ones, so that some graphs have an order.
fn settled(mut rows: Vec<Row>) -> Vec<Row> {
    let tables: Vec<usize> = rows.iter().map(|row| row.table).collect();
    for (at, row) in rows.iter_mut().enumerate() {
        // One in ten looks at all rows, the others behind themselves only.
        let choose = |number: usize, table: usize| {
            let reach = if number.is_multiple_of(10) { tables.len() } else { at };
            let all: Vec<usize> = (0..reach)
                .filter(|&other| tables[other] == table)
                .map(|other| other + 1)
                .collect();
            if all.is_empty() || number.is_multiple_of(7) {
                0
            } else {
                all[number % all.len()]
            }
        };
        row.next = choose(row.next, (row.table + 1) % 3);
        row.up = choose(row.up, 0);
        row.also = choose(row.also, 0);
    }
    rows
}

/// The rows that can be written, one after the other.
fn writable(rows: &[Row]) -> usize {
    let mut there = BTreeSet::from([0]);
    loop {
        let can = |at: &usize| {
            let row = &rows[at - 1];
            let has = |other: usize| other == *at || there.contains(&other);
            !there.contains(at) && has(row.next) && (row.table != 0 || (has(row.up) && has(row.also)))
        };
        match (1..=rows.len()).find(can) {
            Some(at) => there.insert(at),
            None => return there.len() - 1,
        };
    }
}

fn fill(world: &mut World, rows: &[Row], server: Server) {
    let mut sql = "INSERT INTO clients VALUES (42);\n".to_owned();
    // Ids that run against the order.
    let id = |number: usize| if number == 0 { 0 } else { 1000 - number };
    for (at, row) in rows.iter().enumerate() {
        let more = if row.table == 0 {
            format!(", {}, {}", id(row.up), id(row.also))
        } else {
            String::new()
        };
        let _ = writeln!(
            sql,
            "INSERT INTO t{} VALUES ({}, 42, {}{more});",
            row.table,
            id(at + 1),
            id(row.next)
        );
    }
    let off = match server.dialect() {
        "postgres" => "SET session_replication_role = replica",
        "mysql" => "SET foreign_key_checks = 0",
        _ => "SELECT 1",
    };
    world.source.run(&format!("{off};\n{sql}"));
    world.place.run(&["dispatch", "enrol", "42", "--shard", "source"]);
}

/// The server is the oracle: it checks each row that is written and removed.
#[test]
fn the_server_takes_random_rows_in_our_order_and_lets_them_go() {
    let ordered = Cell::new(0);
    for server in servers().filter(|server| *server != Server::Postgres18 && *server != Server::Sqlite) {
        let config = Config {
            cases: 6,
            failure_persistence: None,
            max_shrink_iters: 8,
            ..Config::default()
        };
        let mut runner = TestRunner::new(config);
        let tried = runner.run(&rows().prop_map(settled), |rows| {
            let mut world = SHAPE.world(server);
            fill(&mut world, &rows, server);
            let before = world.dumps();
            let mine = SHAPE.mine(&mut world.source);
            let stuck = rows.len() - writable(&rows);
            let more = ["--from", "source"];
            let moved = world.moves("enforced", &more);
            if stuck > 0 {
                prop_assert_eq!(moved.code, 3, "{}", moved.text());
                let said = words(&moved.text());
                prop_assert!(
                    said.contains(&format!("or hang below such rows: {stuck};")),
                    "{}: {}",
                    stuck,
                    said
                );
                prop_assert_eq!(world.dumps(), before);
                return Ok(());
            }
            ordered.set(ordered.get() + 1);
            prop_assert_eq!(moved.code, 0, "{}", moved.text());
            prop_assert_eq!(dump::all(&mut world.target), dump::plus(&before.1, &mine));
            let own = rows
                .iter()
                .zip(1..)
                .any(|(row, at)| row.table == 0 && (row.up == at || row.also == at));
            let refused = own && server.dialect() == "mysql";
            let purged = world.purges(if refused { "proven" } else { "enforced" });
            prop_assert_eq!(purged.code, 0, "{}", purged.text());
            prop_assert_eq!(dump::all(&mut world.source), dump::minus(&before.0, &mine));
            Ok(())
        });
        if let Err(error) = tried {
            panic!("{}: {error}", server.name());
        }
    }
    assert!(ordered.get() > 0, "no graph had an order");
}
