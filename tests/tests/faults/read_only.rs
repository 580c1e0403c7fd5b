//! A server that an administrator makes read-only.

use exodus_tests::beside::Beside;
use exodus_tests::database::Server;
use exodus_tests::private::Private;
use exodus_tests::world::MOVE;

use super::case::{Case, PURGE, Role};

const POINTS: [(Role, &[&str], &str); 4] = [
    (Role::Target, &MOVE, "move-frozen"),
    (Role::Target, &MOVE, "move-verified"),
    (Role::Store, &MOVE, "switch-open"),
    (Role::Source, &PURGE, "purge-removed"),
];

/// The statements that do it, and that undo it.
fn statements(server: Server) -> [&'static str; 2] {
    match server {
        // For whoever hasn't said that he wants to write; exodus has.
        Server::Postgres => [
            "ALTER SYSTEM SET default_transaction_read_only = on",
            "ALTER SYSTEM SET default_transaction_read_only = off",
        ],
        _ => ["SET GLOBAL read_only = 1", "SET GLOBAL read_only = 0"],
    }
}

pub(super) fn in_the_middle(private: &Private, server: Server) {
    for (role, arguments, point) in POINTS {
        let what = format!("{} {role:?} read-only at {point}", server.name());
        // Exodus is no administrator, who may write to a server that is read-only.
        let mut case = Case::with(server, Some((role, private)));
        let helper = private.database();
        let mut administrator = Beside::of(&helper);
        if arguments == PURGE {
            case.world.place.run(&MOVE).expect(0);
        }
        let held = case.world.place.hold(arguments, point);
        let [on, off] = statements(server);
        switch(&mut administrator, server, on);
        let output = held.go_on();
        let outcome = case.outcome(&output);
        switch(&mut administrator, server, off);
        println!("{what}: {outcome}");
        case.is_told(&what, role, &output);
        assert_eq!(
            output.code == 0,
            server == Server::Postgres,
            "{what}: {}",
            output.text()
        );
        if role == Role::Target {
            let undone = if server == Server::Postgres {
                "switched"
            } else {
                "aborted"
            };
            assert_eq!(case.status(), undone, "{what}: {}", output.text());
        }
        case.ends_well(&what);
    }
}

fn switch(administrator: &mut Beside, server: Server, statement: &str) {
    administrator.run(statement).expect("an administrator may");
    if server == Server::Postgres {
        administrator
            .run("SELECT pg_reload_conf()")
            .expect("an administrator may");
    }
}
