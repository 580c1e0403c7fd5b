//! All that the page has statements for, with each of them and without.

use exodus_tests::database::Server;
use exodus_tests::least::statements;
use exodus_tests::world::MOVE;

use super::{At, Life, words};

/// All that happens to a client, done by a user who has what the page gives, and nothing else.
fn whole_life(server: Server) {
    if !server.is_there() {
        return;
    }
    let mut life = Life::new(server);
    enrolled(&mut life);
    life.be("u");
    moved(&mut life);
    purged(&mut life);
    interrupted(&mut life);
    made(&mut life);
}

#[test]
fn a_whole_life_on_postgres() {
    whole_life(Server::Postgres);
}

#[test]
fn a_whole_life_on_postgres18() {
    whole_life(Server::Postgres18);
}

#[test]
fn a_whole_life_on_mariadb() {
    whole_life(Server::MariaDb);
}

#[test]
fn a_whole_life_on_mysql() {
    whole_life(Server::MySql);
}

/// The dispatch store is made by its owner.
fn enrolled(life: &mut Life) {
    const INIT: [&str; 4] = ["dispatch", "init", "--enrol-from", "source"];
    life.grant(At::Store, "init");
    for statement in statements(life.server, "look") {
        let sql = life.of(At::Source, statement).replace(&life.user("u"), &life.user("o"));
        life.source.run(&sql);
    }
    life.each_is_needed(At::Store, "init", &INIT);
    life.run(&INIT);
}

/// A move needs each line of what the page gives at both ends and on the store.
fn moved(life: &mut Life) {
    let proven = [&MOVE[..], &["--integrity", "proven"]].concat();
    let network = life.server.dialect() == "mysql";
    life.grant(At::Store, "use");
    life.grant(At::Source, "look");
    life.grant(At::Target, "target");
    life.run(&["classify", "--from", "source", "--fail-on", "never"]);
    life.run(&["audit", "--from", "source", "--fail-on", "never"]);
    life.run(&["export", "--client", "42", "--from", "source", "--to", "42.jsonl"]);
    if network {
        life.grant(At::Source, "drain");
        life.each_is_needed(At::Source, "drain", &proven);
    } else {
        life.run(&[&MOVE[..], &["--dry-run", "--integrity", "enforced"]].concat());
        life.grant(At::Target, "proven");
        life.each_is_needed(At::Target, "proven", &proven);
    }
    if life.server == Server::MySql {
        life.grant(At::Source, "advised");
    }
    for (at, name) in [(At::Source, "look"), (At::Target, "target")] {
        for statement in statements(life.server, name) {
            if statement.contains("TRIGGER") {
                is_missed(life, at, statement);
            } else {
                life.is_needed(at, statement, &[&MOVE[..], &["--dry-run"]].concat());
                life.is_needed(at, statement, &proven);
            }
        }
    }
    let moves = life.run(&["moves", "--format", "json"]).json();
    assert_eq!(moves["moves"], serde_json::json!([]), "something was begun");
    life.is("source");
    life.run(&["freeze", "--client", "42"]);
    life.run(&["unfreeze", "--client", "42"]);
    life.run(&[&MOVE[..], &["--dry-run"]].concat());
    given_up(life, &proven);
    life.run(&proven);
    life.is("target");
}

/// What a move takes is enough to give it up, when its rows are on the target already; what is lacking for that is said before
/// anything is written down.
fn given_up(life: &mut Life, arguments: &[&str]) {
    life.place.hold(arguments, "move-committed").kill();
    let killed = life.place.last_move();
    let abort = ["abort", &killed, "--yes"];
    for statement in statements(life.server, "target") {
        if statement.contains("DELETE") {
            life.is_needed(At::Target, statement, &abort);
            let moves = life.run(&["moves", "--format", "json"]).json();
            assert_eq!(moves["moves"][0]["status"], "verified", "it was begun: {moves:#}");
        }
    }
    life.run(&abort);
    life.is("source");
}

/// Without it, something can't be seen, and that is told.
fn is_missed(life: &mut Life, at: At, statement: &str) {
    let (grant, revoke) = life.both(at, statement);
    life.database(at).run(&revoke);
    let output = life.run(&[&MOVE[..], &["--dry-run"]].concat());
    life.database(at).run(&grant);
    assert!(words(&output.text()).contains("can't be seen"), "{}", output.text());
    let output = life.run(&[&MOVE[..], &["--dry-run"]].concat());
    assert!(!words(&output.text()).contains("can't be seen"), "{}", output.text());
}

/// A purge, and a move back and forth before it.
fn purged(life: &mut Life) {
    life.grant(At::Source, "purge");
    let moved = life.place.last_move();
    life.each_is_needed(At::Source, "purge", &["purge", &moved, "--yes"]);
    // The source is written, too, and the target is purged.
    life.grant(At::Source, "target");
    life.grant(At::Target, "purge");
    if life.server.dialect() == "mysql" {
        life.grant(At::Target, "drain");
    } else {
        // The parameter is the role's on the whole server.
        life.grant(At::Source, "proven");
    }
    life.target
        .run("UPDATE orders SET note = 'planted-secret, changed' WHERE id = 2");
    life.run(&["rollback", &moved, "--yes"]);
    life.is("source");
    let back = life.place.last_move();
    life.run(&["purge", &back, "--yes"]);
    life.run(&MOVE);
    life.is("target");
    let again = life.place.last_move();
    life.run(&["purge", &again, "--yes"]);
    assert_eq!(life.source.column("SELECT id FROM clients"), ["7"]);
    life.run(&["export", "--client", "42", "--from", "target", "--to", "moved.jsonl"]);
}

/// Killed, and gone on with or given up.
fn interrupted(life: &mut Life) {
    const OTHER: [&str; 5] = ["move", "--client", "7", "--to", "target"];
    life.place.hold(&OTHER, "move-committed").kill();
    let killed = life.place.last_move();
    life.run(&["abort", &killed, "--yes"]);
    life.place.hold(&OTHER, "move-committed").kill();
    let killed = life.place.last_move();
    life.run(&["resume", &killed, "--yes"]);
    assert_eq!(life.place.dispatch("7"), ("target".to_owned(), "active".to_owned()));
    life.run(&["rollback", &killed, "--yes"]);
    let back = life.place.last_move();
    life.run(&["purge", &back, "--yes"]);
    life.each_is_needed(At::Store, "use", &OTHER);
    life.run(&OTHER);
    let moved = life.place.last_move();
    life.run(&["rollback", &moved, "--yes"]);
    let back = life.place.last_move();
    life.run(&["purge", &back, "--yes"]);
}

/// Tables and context rows that a move makes, and a file that is read in.
fn made(life: &mut Life) {
    const OTHER: [&str; 6] = ["move", "--client", "7", "--to", "target", "--with-context"];
    life.target.run("DELETE FROM orders; DELETE FROM clients");
    life.run(&["import", "42.jsonl", "--to", "target"]);
    life.target
        .run("DELETE FROM orders; DELETE FROM clients; DELETE FROM cities");
    life.grant(At::Target, "context");
    life.each_is_needed(At::Target, "context", &OTHER);
    life.target
        .run("DROP TABLE orders; DROP TABLE clients; DROP TABLE cities");
    if life.server.dialect() == "mysql" {
        // There, what was granted on a table outlives it.
        for statement in ["target", "context"].map(|name| statements(life.server, name)).concat() {
            let (_, revoke) = life.both(At::Target, statement);
            life.target.run(&revoke);
        }
    }
    life.grant(At::Target, "create");
    let making = [&OTHER[..], &["--create-tables"]].concat();
    life.each_is_needed(At::Target, "create", &making);
    life.place.hold(&making, "tables-made").kill();
    let killed = life.place.last_move();
    life.run(&["abort", &killed, "--yes"]);
    life.run(&making);
    assert_eq!(life.place.dispatch("7"), ("target".to_owned(), "active".to_owned()));
}
