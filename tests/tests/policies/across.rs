//! The same policies between two products: what is set, left behind, given and kept is exactly that, on both sides and in
//! the journal.

use exodus_tests::database::Server;
use exodus_tests::dump::assert_equal;
use serde_json::Value;

use crate::support::{Pair, event, rows_of, treated};
use crate::{context, incoming, outgoing};

/// PostgreSQL to each of the others, and back.
fn directions() -> impl Iterator<Item = (Server, Server)> {
    let there = |server: &Server| server.is_there();
    let others = [Server::MySql, Server::MariaDb, Server::Sqlite]
        .into_iter()
        .filter(there);
    let both = others.flat_map(|other| [(Server::Postgres, other), (other, Server::Postgres)]);
    both.filter(|_| Server::Postgres.is_there())
}

fn named((source, target): (Server, Server)) -> String {
    format!("{} to {}", source.name(), target.name())
}

/// What a plan, the summary and the journal say of the references must be one thing.
#[track_caller]
fn told(pair: &Pair, plan: &Value, moved: &Value) -> Value {
    let references = &moved["move"]["references"];
    assert_eq!(plan["references"], *references, "the plan and the summary");
    assert_eq!(
        event(pair, "copy")["references"],
        *references,
        "the journal and the summary"
    );
    references.clone()
}

/// Every table's number of rows on the target, which the summary tells too.
#[track_caller]
fn arrived(pair: &mut Pair, moved: &Value, rows: &str) {
    let expected = pair.there_with(rows);
    assert_equal("the target", &pair.dumps().1, &expected);
    let tables = moved["move"]["tables"].as_array().into_iter().flatten();
    let sum: u64 = tables.map(|table| table["rows"].as_u64().unwrap_or_default()).sum();
    assert_eq!(moved["move"]["rows"], sum);
}

#[test]
fn references_become_null() {
    const MINE: &str = "
        INSERT INTO clients VALUES (42, 'mine');
        INSERT INTO cars VALUES (1, 42, NULL, NULL, 1), (2, 42, NULL, NULL, 2);
        INSERT INTO cars VALUES (3, 42, NULL, 2, 1), (6, 42, 42, NULL, NULL);
        INSERT INTO cars VALUES (5, 42, NULL, 3, NULL);
        INSERT INTO rides VALUES (1, 1, 1), (2, 2, 2), (3, 1, 2), (4, 2, 3), (5, 6, 6);
        INSERT INTO stops VALUES (1, 'a'), (1, 'a'), (2, 'b'), (2, 'b');
        INSERT INTO notes VALUES (1, 42, 1, 'x'), (2, 42, 2, 'y'), (3, 42, NULL, 'z');
    ";
    let both = "INSERT INTO colours VALUES (1, 'red'), (2, 'blue');";
    for servers in directions() {
        let data = outgoing::DATA.replace("INSERT INTO colours VALUES (2, 'blue');", "");
        let mut pair = Pair::between(servers, "", outgoing::SCHEMA, both, &data);
        let before = pair.dumps();
        pair.moved(&[]).expect(3);
        assert_eq!(pair.dumps(), before, "{}", named(servers));
        let flags = ["--outgoing", "cars(lent_to)=set-null"];
        let plan = pair.planned(&flags);
        let moved = pair.moved(&flags).expect(0).json();
        let said = treated(&told(&pair, &plan, &moved));
        assert_eq!(said, ["cars(lent_to) → clients(id) set-null 1"], "{}", named(servers));
        arrived(&mut pair, &moved, &format!("{both}{MINE}"));
        assert_equal("the source", &pair.dumps().0, &before.0);
        pair.purged(&[]).expect(0);
        assert_equal("the rest", &pair.dumps().0, &pair.with(outgoing::OTHERS));
        // Back, as they have become.
        pair.place.run(&["move", "--client", "42", "--to", "source"]).expect(0);
        pair.purged(&[]).expect(0);
        let back = pair.with(&format!("{}{MINE}", outgoing::OTHERS));
        assert_eq!(pair.dumps(), (back, before.1), "{}", named(servers));
    }
}

#[test]
fn rows_are_left_behind() {
    for servers in directions() {
        let mut pair = Pair::between(servers, "", outgoing::SCHEMA, outgoing::BOTH, outgoing::DATA);
        let before = pair.dumps();
        let flags = ["--outgoing", "cars(lent_to)=skip-row"];
        let plan = pair.planned(&flags);
        let moved = pair.moved(&flags).expect(0).json();
        let references = told(&pair, &plan, &moved);
        let skipped = ["cars 3", "notes 1", "rides 3", "stops 2"];
        assert_eq!(rows_of(&references["skipped"]), skipped, "{}", named(servers));
        assert_eq!(rows_of(&event(&pair, "verify")["skipped"]), skipped);
        arrived(
            &mut pair,
            &moved,
            "INSERT INTO colours VALUES (1, 'red');
             INSERT INTO clients VALUES (42, 'mine');
             INSERT INTO cars VALUES (1, 42, NULL, NULL, 1), (6, 42, 42, NULL, NULL);
             INSERT INTO rides VALUES (1, 1, 1), (5, 6, 6);
             INSERT INTO stops VALUES (1, 'a'), (1, 'a');
             INSERT INTO notes VALUES (1, 42, 1, 'x'), (3, 42, NULL, 'z');",
        );
        let after = pair.dumps();
        assert_equal("the source", &after.0, &before.0);
        pair.purged(&[]).expect(3);
        // What the other product can't have is still compared: a late change to a row that stayed behind.
        pair.source.run("UPDATE stops SET place = 'late' WHERE ride_id = 2");
        pair.purged(&["--drop-skipped"]).expect(4);
        pair.source.run("UPDATE stops SET place = 'b' WHERE ride_id = 2");
        assert_eq!(pair.dumps(), after, "{}", named(servers));
        pair.purged(&["--drop-skipped"]).expect(0);
        assert_eq!(
            pair.dumps(),
            (pair.with(outgoing::OTHERS), after.1),
            "{}",
            named(servers)
        );
    }
}

/// Missing context, rows of client tables that nobody owns among it.
#[test]
fn context_is_given() {
    for servers in directions() {
        let mut pair = Pair::between(servers, "", context::SCHEMA, context::BOTH, context::DATA);
        let before = pair.dumps();
        pair.moved(&[]).expect(3);
        assert_eq!(pair.dumps(), before, "{}", named(servers));
        let plan = pair.planned(&["--with-context"]);
        let moved = pair.moved(&["--with-context"]).expect(0).json();
        let given = ["albums 2", "cities 1", "regions 3"];
        assert_eq!(
            rows_of(&told(&pair, &plan, &moved)["context"]),
            given,
            "{}",
            named(servers)
        );
        assert_eq!(moved["move"]["rows"], 2);
        let rows = format!("{}{}", context::BOTH, context::GIVEN);
        arrived(
            &mut pair,
            &moved,
            &format!("{rows} INSERT INTO clients VALUES (42, 2, 'BGO'); INSERT INTO albums VALUES (10, 42, 2);"),
        );
        pair.purged(&[]).expect(0);
        // It is the same context there now, and is neither given nor taken on the way back.
        pair.place
            .run(&["move", "--client", "42", "--to", "source", "--with-context"])
            .expect(0);
        pair.purged(&[]).expect(0);
        assert_eq!(pair.dumps(), (before.0, pair.there_with(&rows)), "{}", named(servers));
    }
}

#[test]
fn rows_that_others_reference_are_kept() {
    for servers in directions() {
        let mut pair = Pair::between(servers, "", incoming::SCHEMA, "", incoming::DATA);
        let before = pair.dumps();
        let flags = ["--incoming", "rides(car_id)=keep"];
        let plan = pair.planned(&flags);
        let moved = pair.moved(&flags).expect(0).json();
        let references = told(&pair, &plan, &moved);
        let kept = ["clients 1", "garages 2", "cars 2"];
        assert_eq!(rows_of(&references["kept"]), kept, "{}", named(servers));
        assert_eq!(treated(&references), ["rides(car_id) → cars(id) keep 1"]);
        arrived(&mut pair, &moved, incoming::MINE);
        assert_equal("the source", &pair.dumps().0, &before.0);
        pair.purged(&[]).expect(0);
        assert_eq!(rows_of(&event(&pair, "finish")["kept"]), kept);
        assert_equal("what stays", &pair.dumps().0, &pair.with(incoming::KEPT));
        // Nobody needs it any more: what stayed goes.
        pair.source.run("UPDATE rides SET car_id = NULL WHERE id = 2");
        pair.purged(&[]).expect(0);
        let rest = pair.with(
            "INSERT INTO clients VALUES (7, 'other'); INSERT INTO garages VALUES (4, 7);
             INSERT INTO rides VALUES (2, 7, NULL), (3, 7, NULL);",
        );
        assert_eq!(
            pair.dumps(),
            (rest, pair.there_with(incoming::MINE)),
            "{}",
            named(servers)
        );
    }
}

/// A row that nobody owns stays on the source; where a client's row needs it, it has to be on the target, and equal.
#[test]
fn rows_of_nobody_stay_and_are_compared() {
    let schema = "
        CREATE TABLE clients (id INT PRIMARY KEY);
        CREATE TABLE albums (id INT PRIMARY KEY, client_id INT, template_id INT, name VARCHAR(20),
            FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (template_id) REFERENCES albums (id));
    ";
    for servers in directions() {
        let both = "INSERT INTO albums VALUES (1, NULL, NULL, 'plain');";
        let rest = "INSERT INTO clients VALUES (7); INSERT INTO albums VALUES (2, 7, 1, 'b'), (9, NULL, 1, 'nobody');";
        let mine = "INSERT INTO clients VALUES (42); INSERT INTO albums VALUES (3, 42, 1, 'c');
                    INSERT INTO albums VALUES (4, 42, 3, NULL);";
        let mut pair = Pair::between(servers, "", schema, both, &format!("{rest}{mine}"));
        pair.target.run("UPDATE albums SET name = 'other' WHERE id = 1");
        let before = pair.dumps();
        let refused = pair.moved(&[]);
        pair.refused(&refused, 3, &["albums", "differ on target: 1"], &before);
        pair.target.run("DELETE FROM albums");
        let before = pair.dumps();
        let refused = pair.moved(&[]);
        pair.refused(&refused, 3, &["albums", "missing on target: 1"], &before);
        pair.target.run(both);
        let moved = pair.moved(&[]).expect(0).json();
        arrived(&mut pair, &moved, &format!("{both}{mine}"));
        pair.purged(&[]).expect(0);
        assert_equal("the source", &pair.dumps().0, &pair.with(&format!("{both}{rest}")));
    }
}
