//! From every product into every product.

use std::process::Stdio;

use exodus_tests::database::{Database, Server};
use exodus_tests::load::load;
use exodus_tests::secrets;
use exodus_tests::world::servers;

use crate::support::{Ends, client, schema};

/// A row that a product's file lost, or that another product's import took for another one.
#[test]
fn by_exodus() {
    for from in servers() {
        for to in servers().filter(|to| are_worth_it(from, *to)) {
            let mut ends = Ends::new(from, to);
            for (file, format) in [("x.jsonl.zst", "jsonl"), ("folder", "csv"), ("x.parquet", "parquet")] {
                let what = format!("{} → {} as {format}", from.name(), to.name());
                println!("{what}");
                ends.export(&["--to", file, "--format", format]).expect(0);
                ends.place
                    .run(&["import", file, "--to", "target", "--dry-run"])
                    .expect(0);
                ends.assert_only_clients(&[]);
                ends.place.run(&["import", file, "--to", "target"]).expect(0);
                ends.assert_arrived();
                // Once more it would be there twice.
                let again = ends.place.run(&["import", file, "--to", "target"]).expect(3);
                assert!(
                    again.stderr.contains("already has rows of this client"),
                    "{}",
                    again.stderr
                );
                ends.assert_arrived();
                clear(&mut ends.target);
            }
        }
    }
}

/// Two versions of PostgreSQL are tried with each other only.
fn are_worth_it(from: Server, to: Server) -> bool {
    let newer = [from, to].contains(&Server::Postgres18);
    !newer || from.dialect() == to.dialect()
}

/// An SQLite file with the tables, out of each product and back.
#[test]
fn by_way_of_an_sqlite_file() {
    for server in servers().filter(|server| *server != Server::Postgres18) {
        println!("{}", server.name());
        let mut ends = Ends::on(server);
        ends.export(&["--to", "x.sqlite"]).expect(0);
        ends.place.run(&["import", "x.sqlite", "--to", "target"]).expect(0);
        ends.assert_arrived();
        clear(&mut ends.target);
        // One that somebody has changed since is not what was exported.
        let path = ends.place.path().join("x.sqlite");
        let connection = rusqlite::Connection::open(&path).expect("an SQLite file");
        connection
            .execute("UPDATE clients SET phone = ''", ())
            .expect("changed");
        drop(connection);
        ends.place.run(&["import", "x.sqlite", "--to", "target"]).expect(3);
        ends.assert_only_clients(&[]);
    }
}

fn clear(target: &mut Database) {
    let orders = if target.server().dialect() == "mysql" {
        "`Order, “of”`"
    } else {
        "\"Order, “of”\""
    };
    target.run(&format!("DELETE FROM {orders}"));
    target.run("DELETE FROM clients");
}

/// Statements that a product's own client does not read as they were meant.
#[test]
fn by_the_products_own_clients() {
    for from in servers() {
        for to in servers().filter(|to| *to != Server::Postgres18) {
            println!("{} → {} as sql", from.name(), to.name());
            let mut ends = Ends::new(from, to);
            let before = ends.export(&["--to", "x.sql", "--dialect", to.dialect()]).expect(0);
            assert!(before.stdout.contains("4 rows"), "{}", before.text());
            let path = ends.place.path().join("x.sql");
            match load(&ends.target, &path) {
                None => return,
                Some(Ok(said)) => assert_eq!(said, "", "the client has nothing to say"),
                Some(Err(said)) => panic!("{said}"),
            }
            ends.assert_arrived();
            // What exodus wrote for others is told from what is broken.
            let refused = ends.place.run(&["import", "x.sql", "--to", "target"]).expect(2);
            assert!(refused.stderr.contains("load it with"), "{}", refused.stderr);
        }
    }
}

/// A statement file that was cut off anywhere must leave nothing, whatever its client does at the end of its input.
#[test]
fn a_statement_file_that_was_cut_off_loads_nothing() {
    for server in servers().filter(|server| *server != Server::Postgres18) {
        let mut ends = Ends::on(server);
        ends.export(&["--to", "x.sql"]).expect(0);
        let whole = std::fs::read(ends.place.path().join("x.sql")).expect("the file");
        let begin = whole.windows(5).position(|part| part == b"BEGIN").unwrap_or(0);
        let lines = whole
            .iter()
            .enumerate()
            .filter(|(at, byte)| *at > begin && **byte == b'\n')
            .map(|(at, _)| at + 1);
        // Behind this all rows are there, and what follows ends the transaction.
        let last = if server.dialect() == "postgres" {
            "DELETE FROM exodus_end"
        } else {
            "COMMIT;"
        };
        let end = whole
            .windows(last.len())
            .rposition(|part| part == last.as_bytes())
            .expect("an end");
        let mut cuts: Vec<usize> = lines.filter(|at| *at < end).collect();
        cuts.extend([begin + 100, end / 2, end - 3].into_iter().filter(|at| *at < end));
        for cut in cuts {
            let path = ends.place.path().join("cut.sql");
            std::fs::write(&path, &whole[..cut]).expect("written");
            if load(&ends.target, &path).is_none() {
                return;
            }
            assert!(
                client(&mut ends.target).is_empty(),
                "{}: cut at {cut} of {}",
                server.name(),
                whole.len()
            );
        }
    }
}

/// Progress or a summary among the rows would break the file for whoever reads the pipe.
#[test]
fn through_a_pipe() {
    for server in servers() {
        let mut ends = Ends::on(server);
        let mut export = ends
            .place
            .command(&["export", "--client", "42", "--from", "source", "--to", "-"]);
        let mut export = export
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let rows = export.stdout.take().expect("a pipe");
        let import = ends
            .place
            .command(&["import", "-", "--to", "target"])
            .stdin(rows)
            .output()
            .expect("it runs");
        let said = export.wait_with_output().expect("it ends");
        secrets::none_in("export", &said.stderr);
        secrets::none_in_output("import", &import.stdout, &import.stderr);
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        assert!(import.status.success(), "{}", String::from_utf8_lossy(&import.stderr));
        ends.assert_arrived();
    }
}

/// The dispatch store learns of a client only when it is told to.
#[test]
fn enrolled_on_demand() {
    let mut ends = Ends::on(Server::Sqlite);
    ends.place
        .run(&["dispatch", "init", "--enrol-from", "source"])
        .expect(0);
    ends.place
        .run(&["export", "--client", "42", "--to", "x.jsonl"])
        .expect(0);
    ends.place.run(&["import", "x.jsonl", "--to", "target"]).expect(0);
    assert_eq!(ends.place.dispatch("42").0, "source");
    clear(&mut ends.target);
    ends.place
        .run(&["import", "x.jsonl", "--to", "target", "--enrol"])
        .expect(0);
    assert_eq!(ends.place.dispatch("42").0, "target");
}

/// Context rows that the client needs and the target lacks.
#[test]
fn without_its_context_nothing_arrives() {
    for server in servers() {
        let mut ends = Ends::on(server);
        ends.target.run("DELETE FROM cities WHERE id = 1");
        ends.export(&["--to", "x.jsonl"]).expect(0);
        let refused = ends.place.run(&["import", "x.jsonl", "--to", "target"]).expect(3);
        assert!(!refused.text().contains("planted-secret"), "{}", refused.text());
        ends.assert_only_clients(&[]);
    }
}

/// Tables that differ are found before a row is written.
#[test]
fn other_tables_are_refused() {
    for server in servers() {
        let ends = Ends::on(server);
        ends.export(&["--to", "x.jsonl"]).expect(0);
        let mut empty = Database::create(server);
        let address = empty.address();
        // Where lines are broken depends on how long the address is.
        let refused = || {
            let refused = ends.place.run(&["import", "x.jsonl", "--to", &address]).expect(3);
            refused.stderr.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let said = refused();
        assert!(said.contains("has no table"), "{said}");
        empty.run(&schema(server).replace("phone VARCHAR(20),", ""));
        let said = refused();
        assert!(said.contains("column phone is missing"), "{said}");
    }
}
