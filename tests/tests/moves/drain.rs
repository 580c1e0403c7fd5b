//! Between the freeze and the copy: whoever may still be writing to the client is waited for, and named; nobody else is.

mod settings;

use std::process::Command;

use exodus_tests::binary::{Held, Output, Place};
use exodus_tests::database::{Database, Server};
use exodus_tests::world::{MOVE, World, networked, servers};

const WAITS: &str = "waiting until nobody writes to it any more";
const LATE: &str = "INSERT INTO orders VALUES (9, 42, 'late')";

/// What a transaction has done when the client is frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    /// It has read; it will write.
    Read,
    /// It has written an order of the client's.
    Written,
    /// The same, and is prepared.
    Prepared,
}

/// A transaction on the source that is open.
struct Writer {
    session: Database,
    done: Done,
    name: String,
}

impl Writer {
    fn new(source: &Database, done: Done) -> Self {
        let mut session = source.again();
        let (server, name) = (session.server(), session.name().to_owned());
        let xa = done == Done::Prepared && server.dialect() == "mysql";
        session.run(&match server {
            Server::Sqlite => "BEGIN IMMEDIATE".to_owned(),
            _ if xa => format!("XA START '{name}'"),
            _ => "BEGIN".to_owned(),
        });
        match done {
            Done::Read => drop(session.rows("SELECT COUNT(*) FROM cities")),
            Done::Written | Done::Prepared => session.run(LATE),
        }
        if done == Done::Prepared {
            session.run(&if xa {
                format!("XA END '{name}'; XA PREPARE '{name}'")
            } else {
                format!("PREPARE TRANSACTION '{name}'")
            });
        }
        Self { session, done, name }
    }

    /// It writes, if it hasn't, and commits.
    fn commits(&mut self) {
        let name = &self.name;
        match self.done {
            Done::Read => self.session.run(&format!("{LATE}; COMMIT")),
            Done::Written => self.session.run("COMMIT"),
            Done::Prepared if self.session.server().dialect() == "mysql" => {
                self.session.run(&format!("XA COMMIT '{name}'"));
            }
            Done::Prepared => self.session.run(&format!("COMMIT PREPARED '{name}'")),
        }
    }

    fn gives_up(mut self) {
        let name = &self.name;
        self.session.run(&match self.done {
            Done::Prepared if self.session.server().dialect() == "mysql" => format!("XA ROLLBACK '{name}'"),
            Done::Prepared => format!("ROLLBACK PREPARED '{name}'"),
            _ => "ROLLBACK".to_owned(),
        });
    }

    /// How people are told of it.
    fn told(&mut self) -> String {
        match (self.session.server().dialect(), self.done) {
            ("sqlite", _) => "somebody who holds the write lock of the file".to_owned(),
            ("postgres", Done::Prepared) => format!("prepared transaction '{}' of user exodus", self.name),
            ("postgres", _) => format!(
                "session {} of user exodus",
                self.session.column("SELECT pg_backend_pid()::text")[0]
            ),
            (_, Done::Prepared) if self.session.server() == Server::MySql => {
                "prepared transaction, which XA RECOVER lists".to_owned()
            }
            (_, _) => format!(
                "session {} of user exodus from",
                self.session.column("SELECT CONNECTION_ID()")[0]
            ),
        }
    }
}

/// Every engine with everything that can be done there.
fn cases() -> impl Iterator<Item = (Server, Done)> {
    let all = servers().flat_map(|server| [Done::Read, Done::Written, Done::Prepared].map(|done| (server, done)));
    all.filter(|(server, done)| *server != Server::Sqlite || *done == Done::Written)
}

/// A move that is under way and has said that it waits.
fn waiting(world: &World, more: &[&str]) -> Held {
    let mut held = world.place.start(&[&MOVE, more].concat(), None);
    held.until(WAITS);
    held
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn says(output: &Output, words: &str) {
    let said = flat(&output.text());
    assert!(said.contains(words), "`{words}` is not said:\n{}", output.text());
}

/// The detail of an event of the last move.
fn detail(place: &Place, event: &str) -> serde_json::Value {
    let shown = place.run(&["moves", "show", &place.last_move(), "--format", "json"]);
    let shown = shown.expect(0).json();
    let events = shown["events"].as_array().cloned().unwrap_or_default();
    let found = events.into_iter().find(|one| one["event"] == event);
    found.unwrap_or_else(|| panic!("no {event} in {shown:#}"))["detail"].clone()
}

/// Its row is committed after the freeze, and arrives.
#[test]
fn who_was_at_it_is_waited_for_and_the_row_arrives() {
    for (server, done) in cases() {
        let mut world = World::new(server);
        let mut writer = Writer::new(&world.source, done);
        let mut held = waiting(&world, &["--drain-limit", "60s"]);
        let told = writer.told();
        held.until(&told);
        assert_eq!(
            world.place.dispatch("42"),
            ("source".to_owned(), "frozen".to_owned()),
            "{server:?} {done:?}"
        );
        writer.commits();
        held.go_on().expect(0);
        assert_eq!(
            world.target.column("SELECT id FROM orders ORDER BY id"),
            ["1", "2", "9"],
            "{server:?} {done:?}"
        );
        let detail = detail(&world.place, "drain");
        assert!(detail["waited_for"].as_u64() >= Some(1), "{detail:#}");
        assert!(detail["held_up_by"].to_string().contains(&told), "{detail:#}");
        world.place.run(&["purge", "1", "--yes"]).expect(0);
    }
}

/// A transaction that becomes a prepared one after the freeze is still the same.
#[test]
fn one_that_is_prepared_after_the_freeze_is_waited_for() {
    for server in networked() {
        let mut world = World::new(server);
        let (mut session, name) = (world.source.again(), world.source.name().to_owned());
        let is_mysql = server.dialect() == "mysql";
        session.run(&if is_mysql {
            format!("XA START '{name}'")
        } else {
            "BEGIN".to_owned()
        });
        session.rows("SELECT COUNT(*) FROM cities");
        let held = waiting(&world, &["--drain-limit", "60s"]);
        session.run(LATE);
        session.run(&if is_mysql {
            format!("XA END '{name}'; XA PREPARE '{name}'")
        } else {
            format!("PREPARE TRANSACTION '{name}'")
        });
        // Somebody else's, which ends before it.
        let mut other = Writer::new(&world.source, Done::Read);
        other.session.run("ROLLBACK");
        assert_eq!(world.place.dispatch("42").1, "frozen");
        session.run(&if is_mysql {
            format!("XA COMMIT '{name}'")
        } else {
            format!("COMMIT PREPARED '{name}'")
        });
        held.go_on().expect(0);
        assert_eq!(
            world.target.column("SELECT id FROM orders ORDER BY id"),
            ["1", "2", "9"]
        );
    }
}

/// At the limit nothing has happened, and it is told whose fault that is.
#[test]
fn at_the_limit_the_move_is_undone() {
    for (server, done) in cases() {
        let mut world = World::new(server);
        let before = world.dumps();
        let mut writer = Writer::new(&world.source, done);
        let output = world
            .place
            .run(&[&MOVE[..], &["--drain-limit", "600ms"]].concat())
            .expect(3);
        says(&output, "has not ended within 0.6 s");
        says(&output, &writer.told());
        says(&output, "wait longer with --drain-limit");
        if server.dialect() == "postgres" && done != Done::Prepared {
            says(&output, "SELECT pg_terminate_backend(");
        }
        let reason = detail(&world.place, "abort")["reason"].to_string();
        assert!(reason.contains(&writer.told()), "{reason}");
        assert!(!output.text().contains("planted-secret"), "{}", output.text());
        world.untouched();
        writer.gives_up();
        assert_eq!(world.dumps(), before);
        world.place.run(&MOVE).expect(0);
    }
}

/// A budget that runs out while somebody is waited for.
#[test]
fn the_budget_ends_the_wait() {
    for server in servers() {
        let mut world = World::new(server);
        let before = world.dumps();
        let writer = Writer::new(&world.source, Done::Written);
        let output = world
            .place
            .run(&[&MOVE[..], &["--freeze-budget", "700ms"]].concat())
            .expect(3);
        says(
            &output,
            "not on the target 0.7 s after its freeze, while open transactions were waited for",
        );
        world.untouched();
        writer.gives_up();
        assert_eq!(world.dumps(), before);
    }
}

/// Neither the next transaction of the same session nor another one's.
#[test]
fn who_begins_after_the_freeze_is_not_waited_for() {
    for server in networked() {
        let mut world = World::new(server);
        let mut writer = Writer::new(&world.source, Done::Written);
        let held = waiting(&world, &["--drain-limit", "60s"]);
        let _later = Writer::new(&world.source, Done::Read);
        writer.commits();
        writer.session.run("BEGIN");
        writer.session.rows("SELECT COUNT(*) FROM cities");
        held.go_on().expect(0);
        assert_eq!(
            world.target.column("SELECT id FROM orders ORDER BY id"),
            ["1", "2", "9"]
        );
    }
}

/// Nor a session that uses another database of the server, nor one that can't write.
#[test]
fn who_can_not_write_to_the_client_is_not_waited_for() {
    for server in networked() {
        let world = World::new(server);
        let mut elsewhere = Database::create(server);
        elsewhere.run("CREATE TABLE t (id INT PRIMARY KEY)");
        elsewhere.run("BEGIN; INSERT INTO t VALUES (1)");
        let mut reader = world.source.again();
        if server.dialect() == "mysql" {
            reader.run("START TRANSACTION READ ONLY");
            reader.rows("SELECT COUNT(*) FROM orders");
        }
        // Others' prepared transactions may be open on the same server.
        let output = world
            .place
            .run(&[&MOVE[..], &["--drain-limit", "20s"]].concat())
            .expect(0);
        // While many look at MariaDB's list of who can't write, it is an old one: somebody may be waited for until it isn't.
        let waits = server != Server::MariaDb && output.text().contains("session ");
        assert!(!waits, "{}", output.text());
        elsewhere.run("ROLLBACK");
    }
}

/// Something keeps the target from answering after the freeze.
#[test]
fn a_move_that_takes_longer_than_its_budget_is_undone() {
    for server in networked() {
        let mut world = World::new(server);
        let before = world.dumps();
        let held = world
            .place
            .hold(&[&MOVE[..], &["--freeze-budget", "3s"]].concat(), "move-frozen");
        let mut other = world.target.again();
        other.run(match server.dialect() {
            "postgres" => "BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE",
            _ => "LOCK TABLES orders WRITE",
        });
        let output = held.go_on().expect(3);
        says(
            &output,
            "not on the target 3 s after its freeze, while it was planned once more",
        );
        says(&output, "--freeze-budget");
        drop(other);
        world.untouched();
        assert_eq!(world.dumps(), before);
        world.place.run(&MOVE).expect(0);
    }
}

/// The very last moment: the target's transaction is complete, and about to be committed.
#[test]
fn a_budget_that_is_over_before_the_commit_is_kept() {
    let mut world = World::new(Server::Sqlite);
    let before = world.dumps();
    let began = std::time::Instant::now();
    let budget = std::time::Duration::from_secs(4);
    let held = world
        .place
        .hold(&[&MOVE[..], &["--freeze-budget", "4s"]].concat(), "move-verified");
    // Nothing but time is waited for; the freeze was after the beginning.
    while began.elapsed() < budget * 2 {
        world.place.dispatch("42");
    }
    let output = held.go_on().expect(3);
    says(&output, "while the client was about to be switched");
    world.untouched();
    assert_eq!(world.dumps(), before);
}

/// Ctrl-C while it waits.
#[test]
fn an_interruption_ends_the_wait() {
    for server in servers() {
        let mut world = World::new(server);
        let before = world.dumps();
        let writer = Writer::new(&world.source, Done::Written);
        let held = waiting(&world, &["--drain-limit", "60s"]);
        let stopped = Command::new("kill").args(["-INT", &held.pid().to_string()]).status();
        assert!(stopped.expect("kill").success());
        held.go_on().expect(130);
        world.untouched();
        writer.gives_up();
        assert_eq!(world.dumps(), before);
    }
}

/// The same among many clients.
#[test]
fn many_clients_are_drained_each() {
    for server in servers() {
        let mut world = World::new(server);
        let arguments = ["move", "--where", "t.id = 42", "--to", "target", "--drain-limit"];
        let writer = Writer::new(&world.source, Done::Written);
        let refused = world.place.run(&[&arguments[..], &["600ms"]].concat()).expect(3);
        says(
            &refused,
            "42 failed: source: what was open there when the client was frozen has not ended",
        );
        world.untouched();
        writer.gives_up();
        let mut writer = Writer::new(&world.source, Done::Written);
        let told = writer.told();
        let mut held = world.place.start(&[&arguments[..], &["60s"]].concat(), None);
        held.until(&format!("42: waiting for {told}"));
        assert_eq!(world.place.dispatch("42").1, "frozen");
        writer.commits();
        held.go_on().expect(0);
        assert_eq!(
            world.target.column("SELECT id FROM orders ORDER BY id"),
            ["1", "2", "9"]
        );
        let detail = detail(&world.place, "drain");
        assert!(detail["held_up_by"].to_string().contains(&told), "{detail:#}");
    }
}

/// The drain time comes first, whoever is there.
#[test]
fn the_drain_time_is_waited_for_and_what_begins_in_it() {
    for server in servers() {
        let mut world = World::new(server);
        let held = waiting(&world, &["--drain", "1500ms", "--drain-limit", "60s"]);
        // It goes by what the dispatch row said before.
        world.source.run(LATE);
        held.go_on().expect(0);
        let waited = detail(&world.place, "drain")["waited_seconds"].as_f64();
        assert!(waited >= Some(1.5), "{waited:?}");
        assert_eq!(
            world.target.column("SELECT id FROM orders ORDER BY id"),
            ["1", "2", "9"]
        );
    }
}
