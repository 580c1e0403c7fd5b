//! l11: hundreds of tables, in the same order everywhere and each time, and soon.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use exodus_classify::trigger::{Effects, Session};
use exodus_schema::{Graph, Schema, TableId};
use exodus_tests::binary::Place;

use crate::live::{ALL, Database, Server};

const TABLES: usize = 1000;

/// Tables `t0` to `t999` in the order of `numbers`; each but the first references an earlier one and itself.
fn ddl(numbers: impl Iterator<Item = usize>) -> String {
    let mut out = String::new();
    for n in numbers {
        let up = n.saturating_sub(1) / 2;
        // Writing to a String can't fail.
        let _ = writeln!(
            out,
            "create table t{n} (id integer primary key, up_id integer not null, own_id integer, name varchar(40) unique, \
             amount decimal(10, 2) default 0, constraint t{n}_own foreign key (own_id) references t{n} (id), \
             constraint t{n}_up foreign key (up_id) references t{up} (id));"
        );
    }
    out
}

/// What must not depend on the engine.
fn outline(schema: &Schema) -> Vec<String> {
    let mut out = vec![];
    for table in &schema.tables {
        out.push(table.name.name.clone());
        for relation in &table.relations {
            out.push(format!(
                "{} {} {:?}",
                relation.name, relation.parent.name, relation.columns
            ));
        }
        out.extend(
            table
                .indexes
                .iter()
                .filter(|index| index[0] != "up_id" && index[0] != "own_id")
                .map(|i| i.join(",")),
        );
    }
    out
}

#[tokio::test]
async fn l11_a_thousand_tables_in_one_order_and_in_time() {
    let mut outlines: Vec<(String, Vec<String>)> = vec![];
    for server in ALL {
        let Some(database) = Database::with(server, &in_one_transaction(&ddl(0..TABLES))) else {
            continue;
        };
        let mut times = vec![];
        let mut schemas = vec![];
        for _ in 0..3 {
            let start = Instant::now();
            schemas.push(database.read_with(&[]).await.expect("the schema can be read"));
            times.push(start.elapsed());
        }
        eprintln!("{server:?}: {TABLES} tables read in {times:?}, connecting included");
        let fastest = times.iter().min().copied().unwrap_or_default();
        assert!(fastest < Duration::from_secs(6), "{server:?} took {fastest:?}");
        assert_eq!(schemas[0].tables.len(), TABLES);
        assert!(schemas[0].tables.is_sorted_by(|a, b| a.name < b.name));
        let prints: Vec<_> = schemas.iter().map(outline).collect();
        assert!(
            prints.iter().all(|print| *print == prints[0]),
            "{server:?}: two readings differ"
        );
        outlines.push((format!("{server:?}"), outline(&schemas[0])));
        // What is asked of it is what is asked of the older one.
        if server != Server::Postgres18 {
            let took = audited(&database);
            eprintln!("{server:?}: audited in {took:?}");
            assert!(took < Duration::from_mins(1), "{server:?} took {took:?}");
        }
    }
    let (first, outline) = &outlines[0];
    for (other, same) in &outlines[1..] {
        let difference = outline.iter().zip(same).find(|(a, b)| a != b);
        assert_eq!(difference, None, "{first} and {other} differ");
        assert_eq!(outline.len(), same.len(), "{first} and {other} differ");
    }
}

/// How long the audit of all of them takes, without a row in any: that is what it asks of the server for each table.
fn audited(database: &Database) -> Duration {
    let place = Place::new("root = \"t0\"", &[("here", database.url())]);
    let start = Instant::now();
    let arguments = ["audit", "--from", "here", "--format", "json", "--fail-on", "never"];
    let told = place.run(&arguments).expect(0).json();
    let took = start.elapsed();
    assert_eq!(told["audit"]["owners"].as_array().map(Vec::len), Some(TABLES));
    assert_eq!(told["audit"]["unanswered"], serde_json::json!([]));
    took
}

/// A thousand commits take SQLite and PostgreSQL longer than the reading; MySQL commits each statement anyway.
fn in_one_transaction(ddl: &str) -> String {
    format!("begin;\n{ddl}commit;\n")
}

/// A trigger on each table that writes the next by way of a routine of its own, where there are routines.
fn triggers(server: Server) -> String {
    let mut out = ddl(0..TABLES);
    for n in 0..TABLES {
        let does = format!("update t{} set amount = amount + 1", (n + 1) % TABLES);
        // Writing to a String can't fail.
        let _ = match server.dialect() {
            "postgres" => writeln!(
                out,
                "create function f{n}() returns int language plpgsql as $$ begin {does}; return 1; end $$;
                 create function on_t{n}() returns trigger language plpgsql as $$ begin perform f{n}(); return new; end $$;
                 create trigger tr{n} after update on t{n} for each row execute function on_t{n}();"
            ),
            "mysql" => writeln!(
                out,
                "create procedure f{n}() {does}; create trigger tr{n} after update on t{n} for each row call f{n}();"
            ),
            _ => writeln!(out, "create trigger tr{n} after update on t{n} begin {does}; end;"),
        };
    }
    in_one_transaction(&out)
}

#[tokio::test]
async fn a_thousand_triggers_are_read_and_followed_in_time() {
    // MySQL and MariaDB take half a minute to make them; they were measured at no more than a second, too.
    for server in [Server::Postgres, Server::Sqlite] {
        let Some(database) = Database::with(server, &triggers(server)) else {
            continue;
        };
        let mut read = vec![];
        let mut schemas = vec![];
        for _ in 0..3 {
            let start = Instant::now();
            schemas.push(database.read_with(&[]).await.expect("the schema can be read"));
            read.push(start.elapsed());
        }
        let schema = &schemas[0];
        let routines = if server == Server::Sqlite { 0 } else { TABLES };
        assert_eq!(schema.routines.len(), routines, "{server:?}");
        let graph = Graph::new(schema);
        let start = Instant::now();
        let effects = Effects::new(&graph, Session::Ordinary);
        // Each reaches every table.
        let reached = (0..20).map(|table| effects.of(TableId(table), 0).1.written().len());
        assert_eq!(reached.sum::<usize>(), 20 * TABLES, "{server:?}");
        let followed = start.elapsed();
        eprintln!("{server:?}: read in {read:?}, 20 triggers followed to 1,000 tables each in {followed:?}");
        let fastest = read.iter().min().copied().unwrap_or_default();
        assert!(fastest < Duration::from_secs(6), "{server:?} took {fastest:?}");
        assert!(followed < Duration::from_secs(4), "{server:?} took {followed:?}");
    }
}
