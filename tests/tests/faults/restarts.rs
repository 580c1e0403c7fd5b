//! A server that crashes: before the target's commit, after it, in the transaction of the switch, and in a purge.

use exodus_tests::database::Server;
use exodus_tests::private::Private;
use exodus_tests::world::MOVE;

use super::case::{Case, PURGE, Role};

/// Whose server, what runs, where it stands, and whether the server is there again before exodus notices: otherwise exodus
/// finds nobody there.
const CRASHES: [(Role, &[&str], &str, bool); 13] = [
    (Role::Source, &MOVE, "move-copied", true),
    (Role::Target, &MOVE, "move-copied", false),
    (Role::Source, &MOVE, "move-verified", false),
    (Role::Target, &MOVE, "move-verified", true),
    (Role::Target, &MOVE, "move-verified", false),
    (Role::Store, &MOVE, "move-verified", false),
    (Role::Target, &MOVE, "move-committed", false),
    (Role::Store, &MOVE, "move-committed", false),
    (Role::Store, &MOVE, "switch-open", true),
    (Role::Source, &PURGE, "purge-removed", true),
    (Role::Source, &PURGE, "purge-removed", false),
    (Role::Target, &PURGE, "purge-removed", false),
    (Role::Store, &PURGE, "purge-removed", false),
];

fn crashes(private: &Private, server: Server, (role, arguments, point, back): (Role, &[&str], &str, bool)) {
    let what = format!(
        "{} {role:?} at {point}, {}",
        server.name(),
        if back { "back" } else { "gone" }
    );
    let mut case = Case::with(server, Some((role, private)));
    if arguments == PURGE {
        case.world.place.run(&MOVE).expect(0);
    }
    let held = case.world.place.hold(arguments, point);
    private.crash();
    if back {
        private.again();
    }
    let output = held.go_on();
    if !back {
        private.again();
    }
    case.reconnect(role);
    case.is_told(&what, role, &output);
    println!("{what}: {}", case.outcome(&output));
    case.ends_well(&what);
}

pub(super) fn everywhere(private: &Private, server: Server) {
    for crash in CRASHES {
        crashes(private, server, crash);
    }
}
