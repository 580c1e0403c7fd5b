//! A server that says nothing any more, over a connection that stays open: no client stays frozen for it longer than is
//! allowed.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use exodus_tests::binary::Held;
use exodus_tests::database::Server;
use exodus_tests::proxy::{Break, Proxy};
use exodus_tests::world::MOVE;

use super::case::{Case, PURGE, Role, networked};

/// With a lease that runs out soon, if nobody prolongs it.
fn case(server: Server) -> (Case, Vec<Proxy>) {
    let (mut case, mut proxies) = (Case::with(server, None), vec![]);
    case.world.go_by("lease = \"2s\"\n", |_, database| {
        let proxy = Proxy::before(&database.address());
        let address = proxy.address(&database.address());
        proxies.push(proxy);
        address
    });
    (case, proxies)
}

/// Most of it is waiting.
fn side_by_side(test: impl Fn(Server) + Sync) {
    thread::scope(|scope| {
        for server in networked() {
            let test = &test;
            scope.spawn(move || test(server));
        }
    });
}

fn of(proxies: &[Proxy], role: Role) -> &Proxy {
    &proxies[role as usize]
}

fn interrupt(held: &Held) {
    let pid = held.pid().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status();
    assert!(sent.is_ok_and(|status| status.success()));
}

/// Where it stalls, and how: in the middle of the copy, of the verification, and of the commit.
const POINTS: [(Role, &str, Break); 5] = [
    (Role::Source, "move-frozen", Break::StalledAnswer),
    (Role::Target, "move-frozen", Break::StalledRequest),
    (Role::Source, "move-copied", Break::StalledRequest),
    (Role::Target, "move-verified", Break::StalledRequest),
    (Role::Target, "move-verified", Break::StalledAnswer),
];

#[test]
fn the_budget_ends_it() {
    let budget = [&MOVE[..], &["--freeze-budget", "2s"]].concat();
    side_by_side(|server| {
        for (role, point, how) in POINTS {
            let what = format!("{} {role:?} {how:?} at {point}, with a budget", server.name());
            let (mut case, proxies) = case(server);
            let held = case.world.place.hold(&budget, point);
            let begun = Instant::now();
            of(&proxies, role).break_all(how);
            let output = held.go_on();
            println!("{what}: {:?}, {}", begun.elapsed(), case.outcome(&output));
            assert_eq!(output.code, 3, "{what}: {}", output.text());
            assert_eq!(case.status(), "aborted", "{what}: {}", output.text());
            case.is_as_before(&what);
            case.ends_well(&what);
        }
    });
}

/// In the middle of a request: of a statement, of the rows, of the commit.
#[test]
fn at_any_byte() {
    let budget = [&MOVE[..], &["--freeze-budget", "2s"]].concat();
    side_by_side(|server| {
        for (role, bytes) in [
            (Role::Source, 400),
            (Role::Target, 3),
            (Role::Target, 1_000),
            (Role::Target, 6_000),
        ] {
            let what = format!("{} {role:?} stalled after {bytes} bytes", server.name());
            let (mut case, proxies) = case(server);
            let held = case.world.place.hold(&budget, "move-frozen");
            of(&proxies, role).stall_all_after(bytes);
            let output = held.go_on();
            println!("{what}: {}", case.outcome(&output));
            if output.code != 0 {
                assert_eq!(output.code, 3, "{what}: {}", output.text());
                assert_eq!(case.status(), "aborted", "{what}: {}", output.text());
                case.is_as_before(&what);
            }
            case.ends_well(&what);
        }
    });
}

#[test]
fn whoever_waits_can_end_it() {
    side_by_side(|server| {
        for (role, point, how) in [POINTS[1], POINTS[3], POINTS[4]] {
            let what = format!("{} {role:?} {how:?} at {point}, interrupted", server.name());
            let (mut case, proxies) = case(server);
            let mut held = case.world.place.hold(&MOVE, point);
            of(&proxies, role).break_all(how);
            held.release();
            still_held(&case, &what);
            interrupt(&held);
            let output = held.go_on();
            println!("{what}: {}", case.outcome(&output));
            assert!(matches!(output.code, 3 | 130), "{what}: {}", output.text());
            assert_eq!(case.status(), "aborted", "{what}: {}", output.text());
            case.is_as_before(&what);
            case.ends_well(&what);
        }
    });
}

/// For longer than a lease lasts, which somebody prolongs meanwhile: nobody else may take the move.
fn still_held(case: &Case, what: &str) {
    let mut store = case.world.store();
    let table = match case.world.source.server().dialect() {
        "postgres" => "public.exodus_moves",
        _ => "exodus_moves",
    };
    let mut until = || {
        let rows = store
            .rows(&format!("SELECT held_until FROM {table}"))
            .expect("the store's rows");
        rows[0][0]
            .as_deref()
            .and_then(|text| text.parse::<i64>().ok())
            .expect("a time")
    };
    let (begun, first) = (Instant::now(), until());
    while until() < first + 2_500 {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{what}: the lease is not prolonged"
        );
        thread::sleep(Duration::from_millis(50));
    }
    let taken = case.world.place.run(&["resume", "1", "--yes"]);
    assert_eq!(taken.code, 3, "{what}: {}", taken.text());
    assert!(taken.text().contains("--take-over"), "{what}: {}", taken.text());
}

/// Nobody but the dispatch store can let the client go: exodus gives it up after a while, says so, and one command leads on.
#[test]
fn the_dispatch_store() {
    side_by_side(|server| {
        for (point, how) in [
            ("move-copied", Break::StalledRequest),
            ("move-committed", Break::StalledRequest),
            ("switch-open", Break::StalledAnswer),
        ] {
            let what = format!("{} store {how:?} at {point}", server.name());
            let (mut case, proxies) = case(server);
            let held = case.world.place.hold(&MOVE, point);
            of(&proxies, Role::Store).break_all(how);
            let output = held.go_on();
            println!("{what}: {}", case.outcome(&output));
            case.is_told(&what, Role::Store, &output);
            case.ends_well(&what);
        }
    });
}

/// A purge freezes nobody, and can be stopped.
#[test]
fn a_purge() {
    side_by_side(|server| {
        let what = format!("{} source stalled in a purge", server.name());
        let (mut case, proxies) = case(server);
        case.world.place.run(&MOVE).expect(0);
        let mut held = case.world.place.hold(&PURGE, "purge-begun");
        of(&proxies, Role::Source).break_all(Break::StalledRequest);
        held.release();
        still_held(&case, &what);
        interrupt(&held);
        let output = held.go_on();
        println!("{what}: {}", case.outcome(&output));
        assert_eq!(output.code, 130, "{what}: {}", output.text());
        case.ends_well(&what);
    });
}
