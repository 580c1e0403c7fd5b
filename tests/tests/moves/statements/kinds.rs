//! The same for the other kinds of moves, and for late rows: under locks, with tables that are made, with loops that the
//! server checks, by two streams, and what `reconcile` applies.

use std::collections::BTreeMap;

use exodus_tests::database::Server;
use exodus_tests::dump;
use exodus_tests::world::World;

use super::{BACK, Came, Case, FEWEST, MOVE, killed, purge};

/// A kind of move.
struct Kind {
    name: &'static str,
    flags: &'static [&'static str],
    world: fn(Server) -> Case,
    /// What makes the target ready for it.
    before: fn(&mut Case),
    /// The source's rows go with it.
    leaves: bool,
    /// Tables that it has made go when it is given up.
    makes: bool,
}

const FENCED: Kind = Kind {
    name: "a move under locks",
    flags: &["--fence", "lock"],
    world: plain,
    before: |_| {},
    leaves: true,
    makes: false,
};

const MAKING: Kind = Kind {
    name: "a move that makes tables",
    flags: &["--create-tables"],
    world: plain,
    before: |case| {
        let target = &mut case.world.target;
        target.run("DROP TABLE IF EXISTS orders; DROP TABLE IF EXISTS clients");
        target.also("create");
        target.also("create-beside");
    },
    leaves: false,
    makes: true,
};

const ENFORCED: Kind = Kind {
    name: "a move whose server checks loops",
    flags: &["--integrity", "enforced"],
    world: looped,
    before: |_| {},
    leaves: false,
    makes: false,
};

const STREAMED: Kind = Kind {
    name: "a move by two streams",
    flags: &["--streams", "2"],
    world: large,
    before: |_| {},
    leaves: false,
    makes: false,
};

fn plain(server: Server) -> Case {
    // Who acts by locks, waits for them, and makes tables, differs most where the store is in the same product.
    let store = (server != Server::Sqlite).then_some(server);
    Case::of(World::with_store(server, store), &[])
}

/// Teams have a lead, who is a member of a team.
fn looped(server: Server) -> Case {
    let schema = "
        CREATE TABLE clients (id INT PRIMARY KEY, email VARCHAR(60));
        CREATE TABLE teams (id INT PRIMARY KEY, client_id INT NOT NULL, lead_id INT,
            FOREIGN KEY (client_id) REFERENCES clients (id));
        CREATE TABLE members (id INT PRIMARY KEY, team_id INT NOT NULL, FOREIGN KEY (team_id) REFERENCES teams (id));
    ";
    let closed = "
        CREATE TABLE teams (id INT PRIMARY KEY, client_id INT NOT NULL,
            lead_id INT REFERENCES members (id), FOREIGN KEY (client_id) REFERENCES clients (id));
        CREATE TABLE members (id INT PRIMARY KEY, team_id INT NOT NULL, FOREIGN KEY (team_id) REFERENCES teams (id));
    ";
    let schema = if server == Server::Sqlite {
        format!("CREATE TABLE clients (id INT PRIMARY KEY, email VARCHAR(60)); {closed}")
    } else {
        format!("{schema} ALTER TABLE teams ADD FOREIGN KEY (lead_id) REFERENCES members (id);")
    };
    let data = "
        INSERT INTO clients VALUES (42, 'planted-secret-42@example.org'), (7, 'seven@example.org');
        INSERT INTO teams VALUES (1, 42, NULL), (2, 7, NULL), (3, 42, NULL);
        INSERT INTO members VALUES (1, 1), (2, 2), (3, 3);
        UPDATE teams SET lead_id = 4 - id WHERE client_id = 42; UPDATE teams SET lead_id = 2 WHERE id = 2;
    ";
    let world = World::with_schema((server, server), &schema, "", data).also("loops");
    let conditions = [
        ("clients", "id = 42"),
        ("teams", "client_id = 42"),
        ("members", "team_id IN (1, 3)"),
    ];
    Case::of(world, &conditions)
}

/// More orders than one stream copies.
fn large(server: Server) -> Case {
    let mut world = World::new(server);
    let order = |id: u32| format!("({id}, 42, 'planted-secret')");
    let orders: Vec<String> = (100..10_101).map(order).collect();
    for some in orders.chunks(1000) {
        world
            .source
            .run(&format!("INSERT INTO orders VALUES {}", some.join(", ")));
    }
    Case::of(world, &[])
}

impl Case {
    /// The client's rows are those of its world, or these.
    fn of(mut world: World, conditions: &[(&str, &str)]) -> Self {
        let before = world.dumps();
        let mine = if conditions.is_empty() {
            world.mine()
        } else {
            let conditions = conditions
                .iter()
                .map(|&(table, sql)| (table.to_owned(), sql.to_owned()));
            dump::only(&mut world.source, &conditions.collect::<BTreeMap<_, _>>())
        };
        let after = (dump::minus(&before.0, &mine), dump::plus(&before.1, &mine));
        Self { world, before, after }
    }
}

/// Every so manyth statement, beginning with this one.
type Some = (usize, usize);
const EVERY: Some = (1, 1);

/// Killed before its statements and taken up; and given up after the same kill.
fn every_statement(kind: &Kind, server: Server, (first, step): Some) {
    let refused = server == Server::Sqlite && kind.name == STREAMED.name;
    if refused || !server.is_there() {
        return;
    }
    let mut case = (kind.world)(server);
    let arguments = [&MOVE[..], kind.flags].concat();
    let (mut number, mut tried) = (first, 0);
    while is_taken_up(&mut case, kind, &arguments, number) {
        is_given_up(&mut case, kind, &arguments, number);
        (number, tried) = (number + step, tried + 2);
    }
    println!("{} on {}: {tried} kills, {number} statements", kind.name, server.name());
    assert!(number > FEWEST, "only {number} statements");
}

fn is_taken_up(case: &mut Case, kind: &Kind, arguments: &[&str], number: usize) -> bool {
    (kind.before)(case);
    let end = killed(case, arguments, number);
    match &end {
        Came::Through => {}
        Came::Nothing => case.run(arguments, 0, ""),
        Came::Written(id) => case.run(&["resume", id, "--yes"], 0, ""),
    }
    returns(case, kind, &format!("after the resume at {number}"));
    !matches!(end, Came::Through)
}

fn is_given_up(case: &mut Case, kind: &Kind, arguments: &[&str], number: usize) {
    (kind.before)(case);
    let what = format!("after the abort at {number}");
    match killed(case, arguments, number) {
        // Of several streams, another one may have come there in the other order.
        Came::Through => return returns(case, kind, &what),
        Came::Nothing => {}
        Came::Written(id) => {
            let output = case.world.place.run(&["abort", &id, "--yes"]);
            if case.world.place.dispatch("42").0 == "target" {
                assert_eq!(output.code, 2, "{what}: {}", output.text());
                return returns(case, kind, &what);
            }
            assert_eq!(output.code, 0, "{what}: {}", output.text());
        }
    }
    case.dispatch("source", "active");
    if kind.makes {
        let made = case.world.target.try_rows("SELECT id FROM orders");
        assert!(made.is_err(), "{what}: a table that was made is still there");
        dump::assert_equal(&what, &dump::all(&mut case.world.source), &case.before.0);
    } else {
        case.is(&what, true, false);
    }
}

/// It has arrived, and comes back without a fault.
fn returns(case: &mut Case, kind: &Kind, what: &str) {
    case.dispatch("target", "active");
    case.is(what, !kind.leaves, true);
    if !kind.leaves {
        purge(case);
        case.is("after the purge", false, true);
    }
    case.run(&BACK, 0, "");
    purge(case);
    case.is("after the way back", true, false);
}

const LATE: &str = "INSERT INTO orders VALUES (9, 42, 'planted-secret-late'); DELETE FROM orders WHERE id = 2;
    UPDATE orders SET note = 'planted-secret-changed' WHERE id = 1; UPDATE clients SET city_id = 2 WHERE id = 42";
const AS_IT_WAS: &str = "DELETE FROM orders WHERE id = 9; INSERT INTO orders VALUES (2, 42, NULL);
    UPDATE orders SET note = 'planted-secret-row' WHERE id = 1; UPDATE clients SET city_id = 1 WHERE id = 42";

/// Late rows that are applied: said again, it comes to the same.
fn reconciled(server: Server, (first, step): Some) {
    if !server.is_there() {
        return;
    }
    let mut case = plain(server);
    case.world.target.also("reconcile");
    let (mut number, mut tried, mut killed) = (first, 0, true);
    while killed {
        case.run(&MOVE, 0, "");
        let id = case.world.place.last_move();
        case.world.source.run(LATE);
        let wanted = case.world.mine();
        let arguments = ["reconcile", &id, "--take", "source", "--yes"];
        killed = case.world.place.kill_at_statement(&arguments, number);
        if killed {
            (number, tried) = (number + step, tried + 1);
            case.run(&[&arguments[..], &["--take-over"]].concat(), 0, "");
        }
        let there = dump::all(&mut case.world.target);
        let what = format!("the target after what was applied at {number}");
        dump::assert_equal(&what, &there, &dump::plus(&case.before.1, &wanted));
        purge(&case);
        case.run(&BACK, 0, "");
        purge(&case);
        case.world.source.run(AS_IT_WAS);
        case.is("in the end", true, false);
    }
    println!("reconcile on {}: killed before {tried} statements", server.name());
    assert!(number > FEWEST, "only {number} statements");
}

macro_rules! on_each_server {
    ($($(#[$attribute:meta])? $name:ident: $server:expr, $some:expr;)*) => { $(mod $name {
        use super::*;

        #[test]
        $(#[$attribute])?
        fn under_locks() {
            every_statement(&FENCED, $server, $some);
        }

        #[test]
        $(#[$attribute])?
        fn making_tables() {
            every_statement(&MAKING, $server, $some);
        }

        #[test]
        $(#[$attribute])?
        fn with_loops() {
            every_statement(&ENFORCED, $server, $some);
        }

        #[test]
        $(#[$attribute])?
        fn by_streams() {
            every_statement(&STREAMED, $server, $some);
        }

        #[test]
        $(#[$attribute])?
        fn late_rows() {
            reconciled($server, $some);
        }
    })* };
}

on_each_server! {
    postgres: Server::Postgres, (1, 6);
    mariadb: Server::MariaDb, (4, 6);
}

/// `just kills`
mod each {
    use super::*;

    on_each_server! {
        #[ignore = "minutes"]
        postgres: Server::Postgres, EVERY;
        #[ignore = "minutes"]
        mariadb: Server::MariaDb, EVERY;
        #[ignore = "minutes"]
        mysql: Server::MySql, EVERY;
        #[ignore = "minutes"]
        sqlite: Server::Sqlite, EVERY;
    }
}
