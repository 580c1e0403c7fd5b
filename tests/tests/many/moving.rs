//! Everybody arrives, once.

use exodus_tests::database::Server;
use exodus_tests::world::{World, servers};

use crate::crowd::{Crowd, lines, outcomes};

/// Jobs that shared a session or a prepared statement would mix rows; SQLite's writers would lock each other out.
fn forty_with_four_jobs(server: Server) {
    if !server.is_there() {
        return;
    }
    let mut crowd = Crowd::new(server, 40);
    let dry = crowd.run(&["--jobs", "4", "--format", "json", "--dry-run"]).expect(0);
    assert_eq!(outcomes(&dry), [("planned".to_owned(), 40)].into());
    crowd.moved("a dry run", &[]);
    let output = crowd.run(&["--jobs", "4", "--format", "json"]).expect(0);
    assert_eq!(outcomes(&output), [("moved".to_owned(), 40)].into());
    let (clients, total) = lines(&output);
    assert_eq!(total["rows"], 40 * 6, "{total:#}");
    assert!(
        clients.values().all(|client| client["move"]["rows"] == 6),
        "{clients:#?}"
    );
    let everybody = crowd.clients.clone();
    crowd.moved("the moves", &everybody);
    // The same command again is no second move of anybody.
    let again = crowd.run(&["--jobs", "4", "--format", "json"]).expect(0);
    assert_eq!(outcomes(&again), [("skipped".to_owned(), 40)].into());
    crowd.moved("the same command again", &everybody);
    crowd.world.place.run(&["purge", "1", "--yes"]).expect(0);
}

#[test]
fn forty_with_four_jobs_on_postgres() {
    forty_with_four_jobs(Server::Postgres);
}

#[test]
fn forty_with_four_jobs_on_mariadb() {
    forty_with_four_jobs(Server::MariaDb);
}

#[test]
fn forty_with_four_jobs_on_mysql() {
    forty_with_four_jobs(Server::MySql);
}

#[test]
fn forty_with_four_jobs_on_sqlite() {
    forty_with_four_jobs(Server::Sqlite);
}

/// The store's one connection is shared by all jobs, and serves a server's transactions one by one.
#[test]
fn with_the_store_on_a_server() {
    for server in servers().filter(|server| matches!(server, Server::Postgres | Server::MariaDb)) {
        let mut crowd = Crowd::in_world(World::with_store(server, Some(server)).by_administrator(), 12);
        let output = crowd.run(&["--jobs", "4", "--format", "json"]).expect(0);
        assert_eq!(outcomes(&output), [("moved".to_owned(), 12)].into());
        let everybody = crowd.clients.clone();
        crowd.moved("the moves", &everybody);
    }
}

/// A condition takes those it names, and no row that a moved client has left behind.
#[test]
fn those_who_satisfy_a_condition() {
    for server in servers() {
        let mut crowd = Crowd::new(server, 6);
        let arguments = |condition| {
            [
                "move", "--where", condition, "--to", "target", "--jobs", "2", "--format", "json",
            ]
        };
        let three = arguments("t.id BETWEEN 101 AND 103 -- no more");
        let output = crowd.world.place.run(&three).expect(0);
        assert_eq!(outcomes(&output), [("moved".to_owned(), 3)].into());
        crowd.moved("three", &[101, 102, 103]);
        let output = crowd.world.place.run(&arguments("t.id BETWEEN 103 AND 104")).expect(0);
        assert_eq!(
            outcomes(&output),
            [("moved".to_owned(), 1), ("skipped".to_owned(), 1)].into()
        );
        crowd.moved("one more", &[101, 102, 103, 104]);
        let wrong = crowd.world.place.run(&arguments("t.no_such_column = 1")).expect(3);
        assert!(wrong.text().contains("--where"), "{}", wrong.text());
        crowd.moved("a condition that can't be asked", &[101, 102, 103, 104]);
    }
}

/// A file has comments, blank lines, the same client twice, and once more in another spelling.
#[test]
fn a_client_that_is_named_twice_moves_once() {
    for server in servers() {
        let mut crowd = Crowd::new(server, 2);
        let keys = crowd.world.place.path().join("keys");
        std::fs::write(keys, "\u{feff}100\r\n\n  # nobody\n0100\n100\n101\n999\n").expect("keys");
        let output = crowd
            .run(&["--from", "source", "--jobs", "3", "--format", "json"])
            .expect(3);
        let expected = [("failed", 1), ("moved", 2), ("skipped", 1)].map(|(word, n)| (word.to_owned(), n));
        assert_eq!(outcomes(&output), expected.into(), "{output:#?}");
        let (clients, _) = lines(&output);
        assert_eq!(clients["999"]["outcome"], "failed", "there is no such client");
        crowd.moved("a file with repetitions", &[100, 101]);
    }
}

/// Where nobody watches, a line per client and the total are all there is.
#[test]
fn a_line_for_each_client_and_a_total() {
    let mut crowd = Crowd::new(Server::Sqlite, 3);
    let output = crowd.run(&["--jobs", "2"]).expect(0);
    // A warning is told once, however many it is about.
    assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
    assert!(
        output.stderr.starts_with("warning: unindexed-relation"),
        "{}",
        output.stderr
    );
    let told: Vec<&str> = output.stdout.lines().collect();
    assert!(
        told[..3].iter().all(|line| line.contains("  moved: 6 rows, ")),
        "{told:#?}"
    );
    assert!(
        output.stdout.contains("3 clients moved to target, 18 rows, in "),
        "{told:#?}"
    );
    let again = crowd.run(&[]).expect(0);
    assert_eq!(
        again.stdout.matches("  skipped: it is on target already").count(),
        3,
        "{again:#?}"
    );
    crowd.moved("all", &[100, 101, 102]);
    for (arguments, code) in [
        (&["move", "--to", "target"][..], 2),
        (&["move", "--client", "7", "--jobs", "2", "--to", "target"], 2),
        (
            &["move", "--client", "7", "--clients-file", "keys", "--to", "target"],
            2,
        ),
        (&["move", "--clients-file", "nowhere", "--to", "target"], 2),
        (
            &["move", "--clients-file", "keys", "--to", "source", "--from", "source"],
            2,
        ),
    ] {
        crowd.world.place.run(arguments).expect(code);
    }
}
