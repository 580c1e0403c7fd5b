//! Tables that somebody alters while a move is under way: what it copies is no longer what it has planned.

use exodus_tests::database::Server;
use exodus_tests::world::{MOVE, World, servers};

/// Products whose tables can be altered, and the statements that do it.
fn alterations(server: Server) -> Vec<(&'static str, &'static str)> {
    let type_of = |sql| ("note", sql);
    let added = ("extra", "ALTER TABLE orders ADD COLUMN extra VARCHAR(9) DEFAULT 'x'");
    match server.dialect() {
        "postgres" => vec![
            added,
            type_of("ALTER TABLE orders ALTER COLUMN note TYPE bytea USING convert_to(note, 'UTF8')"),
            ("note", "ALTER TABLE orders DROP COLUMN note"),
        ],
        "mysql" => vec![
            added,
            type_of("ALTER TABLE orders MODIFY note BLOB"),
            ("note", "ALTER TABLE orders DROP COLUMN note"),
        ],
        _ => vec![added, ("note", "ALTER TABLE orders DROP COLUMN note")],
    }
}

/// Every pair of one product and some of two: what differs is how the source is read and the target written.
fn pairs() -> impl Iterator<Item = (Server, Server)> {
    let there = |server: Server| servers().any(|other| other == server);
    let pairs = [
        (Server::Postgres, Server::Postgres),
        (Server::MariaDb, Server::MariaDb),
        (Server::Sqlite, Server::Sqlite),
        (Server::Postgres, Server::MySql),
        (Server::MySql, Server::Postgres),
        (Server::Sqlite, Server::MariaDb),
    ];
    pairs
        .into_iter()
        .filter(move |(source, target)| there(*source) && there(*target))
}

/// A column that came would stay behind, and a type that changed could make another value of what is copied: `bytea`
/// arrived in MariaDB as the text `\x68656c6c6f`, and was found equal.
#[test]
fn tables_altered_after_the_plan_are_not_copied() {
    for (source, target) in pairs() {
        for on_source in [true, false] {
            let side = if on_source { source } else { target };
            for (at, (column, sql)) in alterations(side).into_iter().enumerate() {
                let mut world = World::between(source, target);
                let point = ["move-planned", "move-frozen"][at % 2];
                let held = world.place.hold(&MOVE, point);
                let database = if on_source {
                    &mut world.source
                } else {
                    &mut world.target
                };
                database.run(sql);
                let before = world.dumps();
                let output = held.go_on();
                let what = format!("{} to {}: {sql}\n{}", source.name(), target.name(), output.text());
                assert_eq!(output.code, 3, "{what}");
                let named = format!("orders: column {column}: added, removed or altered");
                let said = output.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(said.contains(&named) && said.contains("try again"), "{what}");
                assert_eq!(world.dumps(), before, "{what}");
                world.untouched();
                let moves = world.place.run(&["moves", "--format", "json"]).expect(0).json();
                assert_eq!(moves["moves"][0]["status"], "aborted", "{what}");
            }
        }
    }
}
