//! Deadlocks with another session: one of the two is the victim, and either way nothing is lost.

use std::thread;

use exodus_tests::beside::Beside;
use exodus_tests::database::{Database, Server};
use exodus_tests::world::MOVE;

use super::case::{Case, PURGE, Role, networked};
use super::ended::until_waiting;

/// A session that has what exodus wants next, and then wants what exodus has.
struct Rival {
    role: Role,
    arguments: &'static [&'static str],
    has: &'static str,
    wants: &'static str,
}

const RIVALS: [Rival; 3] = [
    Rival {
        role: Role::Target,
        arguments: &MOVE,
        has: "INSERT INTO clients VALUES (9, 1, 'nine@example.org'); INSERT INTO orders VALUES (1, 9, 'x')",
        wants: "INSERT INTO clients VALUES (42, 1, 'b@example.org')",
    },
    // It has changed something, and is the one that a server rather keeps.
    Rival {
        role: Role::Source,
        arguments: &PURGE,
        has: "UPDATE orders SET note = 'changed' WHERE id = 1",
        wants: "UPDATE clients SET email = 'b@example.org' WHERE id = 42",
    },
    // It has changed nothing.
    Rival {
        role: Role::Source,
        arguments: &PURGE,
        has: "SELECT * FROM orders WHERE id = 1 FOR UPDATE",
        wants: "SELECT * FROM clients WHERE id = 42 FOR UPDATE",
    },
];

#[test]
fn with_another_session() {
    for server in networked() {
        let mut victims = [0, 0];
        for rival in &RIVALS {
            // PostgreSQL ends whoever looks for a deadlock first.
            let patience: &[&str] = match server.dialect() {
                "postgres" => &["SET deadlock_timeout = '10min';", "SET deadlock_timeout = '10ms';"],
                _ => &[""],
            };
            for patience in patience {
                victims[usize::from(meets(server, rival, patience))] += 1;
            }
        }
        println!(
            "{}: the other one was the victim {} times, exodus {}",
            server.name(),
            victims[0],
            victims[1]
        );
        assert!(victims.iter().all(|&times| times > 0), "{}: {victims:?}", server.name());
    }
}

/// Whether exodus was the victim.
fn meets(server: Server, rival: &Rival, patience: &str) -> bool {
    let what = format!("{} {:?}, deadlock in {}", server.name(), rival.role, rival.arguments[0]);
    let (mut case, mut helper) = (Case::with(server, None), Database::create(server));
    if rival.arguments == PURGE {
        case.world.place.run(&MOVE).expect(0);
    }
    let mut beside = match rival.role {
        Role::Target => Beside::of(&case.world.target),
        _ => Beside::of(&case.world.source),
    };
    beside.run(&format!("{patience} BEGIN; {}", rival.has)).expect("locks");
    let running = case.world.place.start(rival.arguments, None);
    let ended = thread::spawn(move || running.go_on());
    until_waiting(&mut helper, &case.name(rival.role));
    let had = beside.run(rival.wants);
    // What it has changed is not to stay.
    beside.run("ROLLBACK").expect("a rollback");
    let output = ended.join().expect("no panic");
    println!("{what}: the other one: {had:?}; {}", case.outcome(&output));
    case.is_told(&what, rival.role, &output);
    assert_eq!(
        output.code == 0,
        had.is_err(),
        "{what}: one of the two: {}",
        output.text()
    );
    case.ends_well(&what);
    output.code != 0
}
