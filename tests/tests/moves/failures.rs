//! What a user can run into: everything that goes wrong must say so, end with its exit code, and leave source, target and
//! dispatch as they were.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};
use exodus_tests::world::{MOVE, World, networked, servers, waiting};

#[test]
fn a_collision_names_the_table_and_no_value() {
    for server in servers() {
        let mut world = World::new(server);
        world
            .target
            .run("INSERT INTO clients VALUES (9, 1, 'nine@example.org'); INSERT INTO orders VALUES (2, 9, 'taken')");
        let output = world.fails(&MOVE, 3);
        assert!(output.stderr.contains("orders"), "{}", output.stderr);

        let mut world = World::new(server);
        world
            .target
            .run("INSERT INTO clients VALUES (9, 1, 'planted-secret-42@example.org')");
        let output = world.fails(&MOVE, 3);
        assert!(output.stderr.contains("clients"), "{}", output.stderr);
    }
}

#[test]
fn context_rows_must_be_there_and_equal() {
    for server in servers() {
        let mut world = World::new(server);
        world.target.run("DELETE FROM cities WHERE id = 1");
        assert!(world.fails(&MOVE, 3).stderr.contains("missing on target"));
        world.target.run("INSERT INTO cities VALUES (1, 'Rīga')");
        assert!(world.fails(&MOVE, 3).stderr.contains("differ on target"));
        // A context row that this client doesn't need may differ.
        world
            .target
            .run("UPDATE cities SET name = 'Riga' WHERE id = 1; DELETE FROM cities WHERE id = 2");
        world.place.run(&MOVE).expect(0);
    }
}

#[test]
fn the_target_must_be_free_of_the_client_and_have_its_tables() {
    for server in servers() {
        let mut world = World::new(server);
        world
            .target
            .run("INSERT INTO clients VALUES (42, 1, 'other@example.org')");
        assert!(
            world
                .fails(&MOVE, 3)
                .stderr
                .contains("already has rows of this client: 1")
        );
        world.target.run("DELETE FROM clients; DROP TABLE orders");
        assert!(world.fails(&MOVE, 3).stderr.contains("no table"));
        world.target.run(
            "CREATE TABLE orders (id INT PRIMARY KEY, client_id INT NOT NULL, note VARCHAR(9) NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id))",
        );
        assert!(world.fails(&MOVE, 3).stderr.contains("note"));
    }
}

#[test]
fn a_dry_run_writes_nothing_and_needs_no_dispatch_store() {
    for server in servers() {
        let mut world = World::new(server);
        let output = world.fails(&["move", "--client", "42", "--to", "target", "--dry-run"], 0);
        for words in ["orders", "2 rows", "Nothing stands against it"] {
            assert!(output.stdout.contains(words), "{}", output.stdout);
        }
        assert!(
            output.stdout.lines().all(|line| line.chars().count() <= 80),
            "{}",
            output.stdout
        );
        assert!(
            world.place.run(&["moves", "--format", "json"]).expect(0).json()["moves"]
                .as_array()
                .is_some_and(Vec::is_empty)
        );
        let bare = Place::of("root = \"clients\"", &world.source, &world.target);
        bare.run(&[
            "move",
            "--client",
            "42",
            "--from",
            "source",
            "--to",
            "target",
            "--dry-run",
        ])
        .expect(0);
        assert!(!bare.path().join("exodus-dispatch.sqlite").exists());
    }
}

#[test]
fn what_is_not_there_is_named() {
    for server in servers() {
        let mut world = World::new(server);
        let no_client = ["move", "--client", "43", "--from", "source", "--to", "target"];
        assert!(world.fails(&no_client, 3).stderr.contains("no such client"));
        assert!(
            world
                .fails(&["move", "--client", "43", "--to", "target"], 3)
                .stderr
                .contains("knows no client 43")
        );
        assert!(
            world
                .fails(&["move", "--client", "4x", "--from", "source", "--to", "target"], 2)
                .stderr
                .contains("whole number")
        );
        assert!(
            world
                .fails(&["move", "--client", "4,2", "--from", "source", "--to", "target"], 2)
                .stderr
                .contains("2 parts")
        );
        assert!(
            world
                .fails(&["move", "--client", "42", "--to", "targe"], 2)
                .stderr
                .contains("target")
        );
        let root = ["move", "--client", "42", "--to", "target", "--root", "client"];
        assert!(
            world.fails(&root, 2).stderr.contains("clients"),
            "the near name is not suggested"
        );
        assert!(world.fails(&["purge", "1", "--yes"], 2).stderr.contains("no move 1"));
    }
}

#[test]
fn a_wrong_password_is_told_apart_and_never_shown() {
    for server in networked() {
        let world = World::new(server);
        let wrong = world.target.address_with_password(Some("planted-secret-wrong"));
        let place = Place::new(
            "root = \"clients\"",
            &[("source", world.source.address()), ("target", wrong)],
        );
        place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
        for arguments in [
            &MOVE[..],
            &["classify", "--from", "target"],
            &["move", "-vvv", "--client", "42", "--to", "target"],
        ] {
            let output = place.run(arguments).expect(3);
            assert!(
                output.stderr.contains("refused the user or password"),
                "{}",
                output.stderr
            );
            assert!(!output.text().contains("planted-secret"), "{}", output.text());
        }
    }
}

#[test]
fn a_database_or_server_that_is_not_there_is_named() {
    for server in networked() {
        let world = World::new(server);
        let elsewhere = world
            .target
            .address()
            .replace(world.target.name(), "exodus_no_such_database");
        let place = Place::new(
            "root = \"clients\"",
            &[("source", world.source.address()), ("target", elsewhere)],
        );
        let output = place.run(&["classify", "--from", "target"]).expect(3);
        assert!(output.stderr.contains("exodus_no_such_database"), "{}", output.stderr);
    }
    let nobody = [("target", "postgres://me:pw@127.0.0.1:1/db".to_owned())];
    let output = Place::new("root = \"clients\"", &nobody)
        .run(&["classify", "--from", "target"])
        .expect(3);
    assert!(output.stderr.contains("127.0.0.1:1"), "{}", output.stderr);
}

#[test]
fn a_client_can_be_moved_by_one_at_a_time() {
    for server in networked() {
        let mut world = World::new(server);
        let held = Held::new(&mut world, &[]);
        let output = world.place.run(&MOVE).expect(3);
        assert!(output.stderr.contains("move 1 of this client"), "{}", output.stderr);
        held.let_go(&mut world.target);
    }
}

#[test]
fn ctrl_c_in_the_middle_leaves_nothing() {
    for server in networked() {
        let mut world = World::new(server);
        let before = world.dumps();
        let held = Held::new(&mut world, &[]);
        held.signal("INT");
        let code = held.end(&mut world.target);
        assert_eq!(code, Some(130), "{server:?}");
        assert_eq!(world.dumps(), before);
        world.untouched();
        world.place.run(&MOVE).expect(0);
    }
}

#[test]
fn a_killed_move_is_undone_by_abort() {
    for server in networked() {
        let mut world = World::new(server);
        let before = world.dumps();
        let held = Held::new(&mut world, &[]);
        held.signal("KILL");
        held.end(&mut world.target);
        assert_eq!(world.place.dispatch("42").1, "frozen");
        let id = world.place.last_move();
        assert!(
            world.place.run(&MOVE).expect(3).stderr.contains("move 1"),
            "a second move was begun"
        );
        world.place.run(&["abort", &id]).expect(2);
        world.place.run(&["abort", &id, "--yes"]).expect(0);
        assert_eq!(world.dumps(), before);
        world.untouched();
        world.place.run(&MOVE).expect(0);
    }
}

#[test]
fn a_target_that_dies_in_the_middle_leaves_nothing() {
    for server in networked() {
        let mut world = World::new(server);
        let before = world.dumps();
        let held = Held::new(&mut world, &[]);
        let mut helper = Database::create(server);
        for id in waiting(&mut helper, &world.target) {
            let kill = if server.dialect() == "postgres" {
                format!("SELECT pg_terminate_backend({id})")
            } else {
                format!("KILL CONNECTION {id}")
            };
            helper.run(&kill);
        }
        assert_eq!(held.end(&mut world.target), Some(3), "{server:?}");
        assert_eq!(world.dumps(), before);
        world.untouched();
        world.place.run(&MOVE).expect(0);
    }
}

/// l49: what stays behind is told.
#[test]
fn late_rows_are_never_purged() {
    for server in servers() {
        let mut world = World::new(server);
        world.place.run(&MOVE).expect(0);
        let id = world.place.last_move();
        world
            .source
            .run("INSERT INTO orders VALUES (4, 42, 'written too late')");
        let before = world.dumps();
        let output = world.place.run(&["purge", &id, "--yes"]).expect(4);
        assert!(output.stderr.contains("orders"), "{}", output.stderr);
        assert_eq!(world.dumps(), before);
        let keys = world.place.run(&["moves", "show", &id]).expect(0);
        assert!(keys.stdout.contains("switched"), "{}", keys.stdout);
        // The client goes on living on the target: what it changes there does not keep the source's rows.
        world.source.run("DELETE FROM orders WHERE id = 4");
        world.target.run("INSERT INTO orders VALUES (5, 42, 'new life')");
        world.place.run(&["purge", &id, "--yes"]).expect(0);
        assert_eq!(world.source.column("SELECT id FROM orders ORDER BY id"), ["3"]);
        assert_eq!(
            world.target.column("SELECT id FROM orders ORDER BY id"),
            ["1", "2", "5"]
        );
    }
}

#[test]
fn a_trigger_that_writes_rows_keeps_a_move_from_beginning_where_it_cannot_be_silenced() {
    for server in [Server::MariaDb, Server::MySql]
        .into_iter()
        .filter(|server| server.is_there())
    {
        let mut world = World::new(server);
        world.target.run(
            "CREATE TABLE audit (what VARCHAR(20));
             CREATE TRIGGER orders_audit AFTER INSERT ON orders FOR EACH ROW INSERT INTO audit VALUES ('insert');",
        );
        let output = world.fails(&MOVE, 3);
        assert!(output.stderr.contains("orders_audit"), "{}", output.stderr);
    }
}

/// A move that waits in the middle of its copy: another session has stored a row with the same key and not committed it.
struct Held {
    child: Child,
}

impl Held {
    fn new(world: &mut World, extra: &[&str]) -> Self {
        world.target.run("BEGIN");
        world
            .target
            .run("INSERT INTO clients VALUES (8, 1, 'eight@example.org')");
        world.target.run("INSERT INTO orders VALUES (2, 8, 'in the way')");
        let mut arguments = MOVE.to_vec();
        arguments.extend(extra);
        let child = world
            .place
            .command(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut held = Self { child };
        let mut helper = Database::create(world.target.server());
        let patience = Instant::now() + Duration::from_mins(1);
        while waiting(&mut helper, &world.target).is_empty() {
            let ended = held.child.try_wait().expect("a child");
            assert!(
                ended.is_none(),
                "the move ended before it met the row in its way: {ended:?}"
            );
            assert!(Instant::now() < patience, "the move never came to the row in its way");
            std::thread::sleep(Duration::from_millis(20));
        }
        held
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status();
        assert!(status.is_ok_and(|status| status.success()));
    }

    /// Waits for its end, and takes the row out of its way after that.
    fn end(mut self, target: &mut Database) -> Option<i32> {
        let status = self.child.wait().expect("a child");
        target.run("ROLLBACK");
        status.code()
    }

    /// Takes the row out of its way and waits for a good end.
    fn let_go(mut self, target: &mut Database) {
        target.run("ROLLBACK");
        assert!(self.child.wait().expect("a child").success());
    }
}
