//! A way that is slow: everything takes longer, and goes well.

use exodus_tests::proxy::Proxy;
use exodus_tests::world::MOVE;

use super::case::{Case, networked};

/// Bytes a second.
const SPEED: u64 = 60_000;

#[test]
fn everything_over_a_slow_way() {
    for server in networked() {
        let mut case = Case::with(server, None);
        case.world.go_by("lease = \"2s\"\n", |_, database| {
            let proxy = Proxy::before(&database.address());
            proxy.slow_down(SPEED);
            proxy.address(&database.address())
        });
        case.world.place.run(&MOVE).expect(0);
        case.ends_well(&format!("{}, slow", server.name()));
    }
}
