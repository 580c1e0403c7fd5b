//! One of them fails: the others go on, and it is as if it had never been tried.

use exodus_tests::database::Server;
use exodus_tests::world::servers;

use crate::crowd::{Crowd, lines, outcomes};

/// A dry run tells it; the move itself finds it when it copies.
#[test]
fn a_collision_stops_nobody_else() {
    for server in servers() {
        let mut crowd = Crowd::new(server, 12);
        crowd
            .world
            .target
            .run("INSERT INTO clients VALUES (9, 1, 'nine@example.org'); INSERT INTO orders VALUES (1052, 9, 'taken')");
        crowd.before = crowd.world.dumps();
        let dry = crowd.run(&["--jobs", "4", "--format", "json", "--dry-run"]).expect(3);
        assert_eq!(
            outcomes(&dry),
            [("planned".to_owned(), 11), ("refused".to_owned(), 1)].into()
        );
        let output = crowd.run(&["--jobs", "4", "--format", "json"]).expect(3);
        assert_eq!(
            outcomes(&output),
            [("failed".to_owned(), 1), ("moved".to_owned(), 11)].into()
        );
        assert!(
            lines(&output).0["105"]["error"]["message"]
                .as_str()
                .is_some_and(|text| text.contains("orders"))
        );
        let others: Vec<u32> = crowd.clients.iter().copied().filter(|client| *client != 105).collect();
        crowd.moved("a collision", &others);
        // Whatever stood in the way is gone: the same command takes the one that is left.
        crowd
            .world
            .target
            .run("DELETE FROM orders WHERE id = 1052; DELETE FROM clients WHERE id = 9");
        let output = crowd.run(&["--jobs", "4", "--format", "json"]).expect(0);
        assert_eq!(
            outcomes(&output),
            [("moved".to_owned(), 1), ("skipped".to_owned(), 11)].into()
        );
    }
}

/// Servers that can be given a check which only the rows meet; with one job each session serves the next client, and what
/// the failed one left in it (an open transaction, a temporary table, checks that are off) would be seen.
#[test]
fn a_session_that_failed_serves_nobody_else() {
    for server in servers().filter(|server| *server != Server::Sqlite) {
        for integrity in ["proven", "enforced"] {
            let mut crowd = Crowd::new(server, 5);
            crowd
                .world
                .source
                .run("UPDATE orders SET note = 'poison' WHERE id = 1021");
            crowd
                .world
                .target
                .run("ALTER TABLE orders ADD CONSTRAINT no_poison CHECK (note <> 'poison')");
            crowd.before = crowd.world.dumps();
            let more = ["--jobs", "1", "--format", "json", "--integrity", integrity];
            let fast = crowd.run(&[&more[..], &["--fail-fast"]].concat()).expect(3);
            assert_eq!(
                outcomes(&fast),
                [("failed".to_owned(), 1), ("moved".to_owned(), 2)].into()
            );
            assert_eq!(lines(&fast).1["not_begun"], 2);
            crowd.moved("the first failure", &[100, 101]);
            let output = crowd.run(&more).expect(3);
            let expected = [("failed", 1), ("moved", 2), ("skipped", 2)].map(|(word, n)| (word.to_owned(), n));
            assert_eq!(outcomes(&output), expected.into(), "{output:#?}");
            crowd.moved("all but one", &[100, 101, 103, 104]);
        }
    }
}
