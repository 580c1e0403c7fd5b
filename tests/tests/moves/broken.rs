//! Connections that break: in the middle of a move, and where it hurts most, between a commit and its answer.

use exodus_tests::binary::{Output, Place};
use exodus_tests::database::{Database, Server};
use exodus_tests::dump::{self, Dump};
use exodus_tests::least;
use exodus_tests::proxy::{Break, Proxy};
use exodus_tests::world::{MOVE, World, networked};

const PURGE: [&str; 3] = ["purge", "1", "--yes"];

/// A world whose three databases are reached through proxies.
pub(super) struct Broken {
    pub(super) world: World,
    pub(super) source: Proxy,
    target: Proxy,
    pub(super) store: Proxy,
    _store: Database,
    before: (Dump, Dump),
    pub(super) after: (Dump, Dump),
}

impl Broken {
    pub(super) fn new(server: Server) -> Self {
        let (mut world, mut store) = (World::new(server), Database::create(server));
        least::makes_store(&mut store);
        let proxy = |database: &Database| {
            let proxy = Proxy::before(&database.address());
            let address = proxy.address(&database.address());
            (proxy, address)
        };
        let (source, target, dispatch) = (proxy(&world.source), proxy(&world.target), proxy(&store));
        let lines = format!("root = \"clients\"\ndispatch = \"{}\"\n", dispatch.1);
        world.place = Place::new(&lines, &[("source", source.1), ("target", target.1)]);
        world
            .place
            .run(&["dispatch", "init", "--enrol-from", "source"])
            .expect(0);
        let (before, mine) = (world.dumps(), world.mine());
        let after = (dump::minus(&before.0, &mine), dump::plus(&before.1, &mine));
        Self {
            world,
            source: source.0,
            target: target.0,
            store: dispatch.0,
            _store: store,
            before,
            after,
        }
    }

    pub(super) fn status(&self) -> String {
        let moves = self.world.place.run(&["moves", "--format", "json"]).expect(0).json();
        let last = moves["moves"].as_array().and_then(|moves| moves.last());
        last.map_or("none", |last| last["status"].as_str().expect("a word"))
            .to_owned()
    }

    /// The client is on the source and nothing on the target, as before; then it moves as if nothing had been.
    #[track_caller]
    pub(super) fn is_as_before(&mut self, what: &str, output: &Output) {
        assert_eq!(output.code, 3, "{what}: {}", output.text());
        assert_eq!(self.status(), "aborted", "{what}: {}", output.text());
        assert_eq!(
            self.world.place.dispatch("42"),
            ("source".to_owned(), "active".to_owned())
        );
        assert_eq!(self.world.dumps(), self.before, "{what}");
        self.world.place.run(&MOVE).expect(0);
        self.has_moved(what);
    }

    /// It is on the target, and on the source until the purge.
    #[track_caller]
    fn has_moved(&mut self, what: &str) {
        assert_eq!(
            self.world.place.dispatch("42"),
            ("target".to_owned(), "active".to_owned())
        );
        let found = self.world.dumps();
        dump::assert_equal(&format!("{what}: the source"), &found.0, &self.before.0);
        dump::assert_equal(&format!("{what}: the target"), &found.1, &self.after.1);
    }
}

/// l51: a commit without an answer is a failure.
///
/// Whether the target has committed is not known: the move is undone, whichever way it went.
#[test]
fn the_commit_of_the_target() {
    for server in networked() {
        for how in [Break::Request, Break::Answer] {
            let mut broken = Broken::new(server);
            let held = broken.world.place.hold(&MOVE, "move-verified");
            broken.target.break_all(how);
            let output = held.go_on();
            broken.is_as_before(&format!("{} {how:?}", server.name()), &output);
        }
    }
}

/// l45: the switch is one transaction, or did not happen.
///
/// Whether the switch was committed is not known: the dispatch store is asked again, and the move goes the way it says.
#[test]
fn the_commit_of_the_switch() {
    for server in networked() {
        for how in [Break::Request, Break::Answer] {
            let mut broken = Broken::new(server);
            let held = broken.world.place.hold(&MOVE, "switch-open");
            broken.store.break_all(how);
            let output = held.go_on();
            let what = format!("{} {how:?}: {}", server.name(), output.text());
            if how == Break::Request {
                broken.is_as_before(&what, &output);
            } else {
                assert_eq!(output.code, 0, "{what}");
                let said = output.text().split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(said.contains("although an answer was lost"), "{what}");
                assert_eq!(broken.status(), "switched", "{what}");
                broken.has_moved(&what);
            }
        }
    }
}

/// l51: a commit without an answer is a failure.
///
/// Whether the source's rows are gone is not known: the next purge finds out.
#[test]
fn the_commit_of_a_purge() {
    for server in networked() {
        for how in [Break::Request, Break::Answer] {
            let mut broken = Broken::new(server);
            broken.world.place.run(&MOVE).expect(0);
            let held = broken.world.place.hold(&PURGE, "purge-removed");
            broken.source.break_all(how);
            let output = held.go_on();
            let what = format!("{} {how:?}: {}", server.name(), output.text());
            assert_eq!(output.code, 3, "{what}");
            assert_eq!(broken.status(), "purging", "{what}");
            let again = broken.world.place.run(&PURGE).expect(0);
            let found_out = again.stdout.contains("purged already");
            assert_eq!(found_out, how == Break::Answer, "{what}\n{}", again.text());
            assert_eq!(broken.status(), "done", "{what}");
            let found = broken.world.dumps();
            dump::assert_equal(&what, &found.0, &broken.after.0);
            dump::assert_equal(&what, &found.1, &broken.after.1);
        }
    }
}

/// l40: a connection that ends is not the end of the data.
///
/// A connection that breaks after so many bytes, to any of the three: one command leads on from there, and the client is
/// on one side, whole.
#[test]
fn anywhere_in_a_move() {
    for server in networked() {
        let mut ended = 0;
        for role in ["source", "target", "store"] {
            for bytes in [300, 2_500, 8_000, 20_000] {
                let mut broken = Broken::new(server);
                let proxy = match role {
                    "source" => &broken.source,
                    "target" => &broken.target,
                    _ => &broken.store,
                };
                proxy.break_next_after(bytes);
                let output = broken.world.place.run(&MOVE);
                let what = format!("{} {role} after {bytes}: {}", server.name(), output.text());
                assert!(matches!(output.code, 0 | 3), "{what}");
                assert!(!output.text().contains("planted-secret"), "{what}");
                ended += i32::from(output.code == 3);
                match broken.status().as_str() {
                    "switched" => {}
                    "none" | "aborted" => drop(broken.world.place.run(&MOVE).expect(0)),
                    _ => drop(broken.world.place.run(&["resume", "1", "--yes"]).expect(0)),
                }
                broken.has_moved(&what);
            }
        }
        assert!(ended >= 8, "only {ended} moves met the break on {}", server.name());
    }
}
