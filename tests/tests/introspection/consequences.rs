//! What triggers do in the end, as foretold from the schema and as the live server does it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use exodus_classify::trigger::{Effects, Session};
use exodus_schema::model::Event;
use exodus_schema::{Graph, Schema, TableName};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::live::{ALL, Database, Server};

/// A trigger in the server's own words; `routine` hides the statement in one, where there are such.
fn trigger(server: Server, name: &str, event: &str, table: &str, statement: &str, routine: bool) -> String {
    match (server.dialect(), routine) {
        ("postgres", false) => format!(
            "create function {name}_f() returns trigger language plpgsql as $$ begin {statement}; return null; end $$;
             create trigger {name} after {event} on {table} for each row execute function {name}_f();\n"
        ),
        ("postgres", true) => format!(
            "create function {name}_g() returns int language plpgsql as $$ begin {statement}; return 1; end $$;
             create function {name}_f() returns trigger language plpgsql as $$ begin perform {name}_g(); return null; end $$;
             create trigger {name} after {event} on {table} for each row execute function {name}_f();\n"
        ),
        ("mysql", true) => format!(
            "create procedure {name}_p() {statement};
             create trigger {name} after {event} on {table} for each row call {name}_p();\n"
        ),
        ("mysql", false) => {
            format!("create trigger {name} after {event} on {table} for each row {statement};\n")
        }
        _ => format!("create trigger {name} after {event} on {table} begin {statement}; end;\n"),
    }
}

/// A table with two rows, whose `ref` refers to the rows of the parent, if there is one.
fn table(name: &str, parent: Option<(&str, &str, &str)>) -> String {
    let reference = parent.map_or(String::new(), |(parent, on_delete, on_update)| {
        format!(", foreign key (ref) references {parent} (id) on delete {on_delete} on update {on_update}")
    });
    let value = if parent.is_some() { "1" } else { "null" };
    format!(
        "create table {name} (id int primary key, n int, ref int{reference});
         insert into {name} values (1, 0, {value}), (2, 0, null);\n"
    )
}

/// A statement that changes any table which has rows.
fn statement(server: Server, kind: usize, table: &str) -> String {
    match (kind % 5, server.dialect()) {
        (0, _) => format!("insert into {table} select max(id) + 1, 0, null from (select id from {table}) as x"),
        (1, _) => format!("update {table} set n = n + 1"),
        (2, "postgres") => format!("update {table} set n = 2, id = 70000 + id where id = 1"),
        (2, _) => format!("update {table} set n = 2, id = 70000 + id where id = (select 1)"),
        (3, _) => format!("delete from {table} where id <> 2"),
        (_, "mysql") => format!("insert into {table} values (2, 0, null) on duplicate key update n = 9"),
        (_, _) => format!("insert into {table} values (2, 0, null) on conflict (id) do update set n = 9"),
    }
}

/// One number for the content of each table.
fn contents(database: &Database, tables: &[String]) -> Vec<String> {
    let one = |(at, table): (usize, &String)| {
        format!("select {at} as k, coalesce(sum(1000003 + id * 7919 + n * 31 + coalesce(ref, 0)), 0) as v from {table}")
    };
    let all: Vec<_> = tables.iter().enumerate().map(one).collect();
    database.ask(&format!("select v from ({}) as x order by k", all.join(" union all ")))
}

/// The tables that differ after the script.
fn changed(database: &Database, tables: &[String], script: &str) -> BTreeSet<String> {
    let before = contents(database, tables);
    let checks = match database.server {
        Server::Sqlite => "pragma foreign_keys = on;",
        _ => "",
    };
    database.load(&format!("{checks}{script};"));
    let after = contents(database, tables);
    assert_eq!((before.len(), after.len()), (tables.len(), tables.len()));
    let pairs = before.iter().zip(&after).zip(tables);
    pairs
        .filter(|((a, b), _)| a != b)
        .map(|(_, table)| table.clone())
        .collect()
}

/// The tables that the triggers of `table` reach when a row is inserted into it.
fn foretold(schema: &Schema, table: &str) -> BTreeSet<String> {
    let graph = Graph::new(schema);
    let effects = Effects::new(&graph, Session::Ordinary);
    let mut tables = BTreeSet::new();
    let named = |name: &&TableName| name.name == table;
    let id = schema
        .tables
        .iter()
        .map(|table| &table.name)
        .find(named)
        .and_then(|name| graph.find(name));
    let id = id.expect("the table is there");
    for (at, trigger) in graph.table(id).triggers.iter().enumerate() {
        if trigger.events.contains(&Event::Insert) {
            let (effect, reaches) = effects.of(id, at);
            assert_eq!(effect.unknown, Vec::<String>::new(), "{table}");
            tables.extend(reaches.written().iter().map(|written| written.name.name.clone()));
        }
    }
    tables
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Removals, SET NULL and new keys that relations pass on: foretold exactly, with triggers fired by them or not.
#[tokio::test]
async fn l48_what_relations_pass_on_fires_triggers_where_the_engine_says_so() {
    for server in ALL {
        let fire = |name: &str, event: &str, table: &str, kind: usize, target: &str| {
            trigger(server, name, event, table, &statement(server, kind, target), false)
        };
        let sql = [
            table("a", None),
            table("log", None),
            table("log2", None),
            table("log3", None),
            table("p", None),
            table("q", None),
            table("c", Some(("p", "cascade", "cascade"))),
            table("d", Some(("c", "set null", "set null"))),
            table("e", Some(("q", "cascade", "cascade"))),
            table("f", Some(("q", "cascade", "set null"))),
            fire("a_p", "insert", "a", 3, "p"),
            fire("a_q", "insert", "a", 2, "q"),
            fire("gone", "delete", "c", 0, "log"),
            fire("nulled", "update", "d", 1, "log2"),
            fire("new_key", "update", "e", 4, "log3"),
        ];
        let Some(database) = Database::with(server, &sql.concat()) else {
            continue;
        };
        let tables = owned(&["c", "d", "e", "f", "log", "log2", "log3", "p", "q"]);
        let told = foretold(&database.read().await, "a");
        let seen = changed(&database, &tables, "insert into a values (7, 0, null)");
        assert_eq!(told, seen, "{server:?}");
        let cascades_fire = server.dialect() != "mysql";
        assert_eq!(seen.contains("log"), cascades_fire, "{server:?}");
        assert_eq!(seen.len(), if cascades_fire { 9 } else { 6 }, "{server:?}: {seen:?}");
    }
}

/// What only PostgreSQL has: routines in conditions and defaults, overloads, moves between partitions, TRUNCATE … CASCADE.
#[tokio::test]
async fn ways_to_write_that_postgres_has() {
    let sql = [
        ["a", "l1", "l2", "l3", "l4", "l5", "l6"]
            .map(|name| table(name, None))
            .concat(),
        "create table parts (id int, n int, ref int) partition by list (id);
         create table parts_1 partition of parts for values in (1);
         create table parts_2 partition of parts default;
         insert into parts values (1, 0, null);
         create function noted(t text) returns boolean language sql volatile
             as $$ update l1 set n = n + 1 returning true $$;
         create function noted(i int) returns int language plpgsql as $$ begin update l2 set n = 1; return 1; end $$;
         create function once() returns int language sql begin atomic update l3 set n = 1 returning 5; end;
         alter table l4 alter n set default once();
         create table l7 (id int primary key, n int, ref int references l6 on delete cascade);
         insert into l7 values (1, 0, 1);
         create function on_a() returns trigger language plpgsql as $$ begin
             insert into l4 (id) values (9); update parts set id = 2; truncate l6 cascade; return null; end $$;
         create function on_part() returns trigger language plpgsql as $$ begin
             update l5 set n = noted(1); return null; end $$;
         create trigger t after insert on a for each row when (noted('x') is not null) execute function on_a();
         create trigger t after delete on parts for each row execute function on_part();"
            .to_owned(),
    ];
    let tables = owned(&["l1", "l2", "l3", "l4", "l5", "l6", "l7", "parts"]);
    for server in [Server::Postgres, Server::Postgres18] {
        let Some(database) = Database::with(server, &sql.concat()) else {
            continue;
        };
        let told = foretold(&database.read().await, "a");
        let seen = changed(&database, &tables, "insert into a values (7, 0, null)");
        assert_eq!(told, seen, "{server:?}");
        assert_eq!(seen.len(), tables.len(), "{server:?}: {seen:?}");
    }
}

/// Tables, relations and triggers at random; each writes, and refers to, later ones only, so that every insert ends.
#[derive(Clone, Debug)]
struct Web {
    /// For each table but the first: whether it refers to which earlier one, and what that passes on.
    parents: Vec<Option<(prop::sample::Index, bool, bool)>>,
    /// Table, event, kind of statement, target, in a routine.
    triggers: Vec<(prop::sample::Index, usize, usize, prop::sample::Index, bool)>,
}

const TABLES: usize = 6;

fn web() -> impl Strategy<Value = Web> {
    let index = any::<prop::sample::Index>;
    let parent = prop::option::of((index(), any::<bool>(), any::<bool>()));
    let trigger = (index(), 0..3_usize, 0..5_usize, index(), any::<bool>());
    let triggers = prop::collection::vec(trigger, 2..9);
    (prop::collection::vec(parent, TABLES - 1), triggers).prop_map(|(parents, triggers)| Web { parents, triggers })
}

fn name(web: usize, table: usize) -> String {
    format!("w{web}_t{table}")
}

impl Web {
    fn ddl(&self, server: Server, web: usize) -> String {
        let action = |cascade: bool| if cascade { "cascade" } else { "set null" };
        let mut out = table(&name(web, 0), None);
        for (at, parent) in self.parents.iter().enumerate() {
            let child = at + 1;
            // Of the first table nothing is changed: the insert alone starts it all.
            let parent = parent.filter(|_| child > 1).map(|(index, deleted, updated)| {
                let parent = name(web, 1 + index.index(child - 1));
                (parent, action(deleted), action(updated))
            });
            let parent = parent
                .as_ref()
                .map(|(parent, deleted, updated)| (parent.as_str(), *deleted, *updated));
            out += &table(&name(web, child), parent);
        }
        for (number, (from, event, kind, to, routine)) in self.triggers.iter().enumerate() {
            // The first starts from the first table, or nothing would happen.
            let from = if number == 0 { 0 } else { from.index(TABLES - 1) };
            let to = from + 1 + to.index(TABLES - 1 - from);
            let event = if from == 0 {
                "insert"
            } else {
                ["insert", "update", "delete"][*event]
            };
            let does = statement(server, *kind, &name(web, to));
            let called = format!("w{web}_g{number}");
            out += &trigger(server, &called, event, &name(web, from), &does, *routine);
        }
        out
    }
}

#[test]
fn no_table_is_written_that_was_not_foretold() {
    const WEBS: usize = 10;
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for server in ALL {
        let config = Config {
            cases: if server == Server::Sqlite { 6 } else { 1 },
            failure_persistence: None,
            ..Config::default()
        };
        let counts = std::cell::Cell::new((0, 0));
        let outcome = TestRunner::new(config).run(&prop::collection::vec(web(), WEBS), |webs| {
            let ddl: String = webs.iter().enumerate().map(|(at, web)| web.ddl(server, at)).collect();
            let Some(database) = Database::with(server, &ddl) else {
                return Ok(());
            };
            let schema = runtime.block_on(database.read());
            let tables: Vec<String> = (0..WEBS)
                .flat_map(|web| (1..TABLES).map(move |table| name(web, table)))
                .collect();
            let mut script = String::new();
            let mut expected = BTreeSet::new();
            for web in 0..WEBS {
                let start = name(web, 0);
                // Writing to a String can't fail.
                let _ = writeln!(script, "insert into {start} values (7, 0, null);");
                expected.extend(foretold(&schema, &start));
            }
            let found = changed(&database, &tables, &script);
            let missed: Vec<_> = found.difference(&expected).collect();
            prop_assert!(missed.is_empty(), "{server:?}: {missed:?} were written");
            let (told, seen) = counts.get();
            counts.set((told + expected.len(), seen + found.len()));
            Ok(())
        });
        let (told, seen) = counts.get();
        eprintln!("{server:?}: {told} tables foretold, {seen} of them written");
        // What is foretold may meet no row; most of it does, or it would be worth nothing.
        assert!(
            seen * 10 >= told * 7,
            "{server:?}: {told} tables foretold, {seen} of them written"
        );
        if let Err(failure) = outcome {
            panic!("{server:?}: {failure}");
        }
    }
}
