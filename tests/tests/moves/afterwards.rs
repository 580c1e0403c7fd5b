//! What becomes of the source's rows when their client has moved: `move --purge`, `--purge-after`, `purge --due`.

use exodus_tests::database::Server;
use exodus_tests::dump;
use exodus_tests::world::{MOVE, World, servers};

#[test]
fn a_move_with_purge_leaves_nothing_behind() {
    for server in servers() {
        let mut world = World::new(server);
        let (before, mine) = (world.dumps(), world.mine());
        let output = world.place.run(&[&MOVE[..], &["--purge", "--format", "json"]].concat());
        let told = output.expect(0).json();
        assert_eq!(
            (&told["move"]["rows"], &told["purge"]["rows"]),
            (&3.into(), &3.into()),
            "{told:#}"
        );
        let after = world.dumps();
        dump::assert_equal("the source", &after.0, &dump::minus(&before.0, &mine));
        dump::assert_equal("the target", &after.1, &dump::plus(&before.1, &mine));
        let moves = world.place.run(&["moves", "--format", "json"]).expect(0).json();
        assert_eq!(moves["moves"][0]["status"], "done");
    }
}

/// The process is gone between the switch and the purge.
#[test]
fn a_purge_that_was_asked_for_is_due_after_a_crash() {
    for server in servers() {
        let mut world = World::new(server);
        let (before, mine) = (world.dumps(), world.mine());
        world
            .place
            .hold(&[&MOVE[..], &["--purge"]].concat(), "move-switched")
            .kill();
        let output = world.place.run(&["purge", "--due", "--yes"]).expect(0);
        assert!(
            output.stdout.contains("3 rows of client 42 removed"),
            "{}",
            output.text()
        );
        let after = world.dumps();
        dump::assert_equal("the source", &after.0, &dump::minus(&before.0, &mine));
        dump::assert_equal("the target", &after.1, &dump::plus(&before.1, &mine));
    }
}

#[test]
fn what_is_due_is_purged_and_nothing_else() {
    for server in servers() {
        let mut world = World::new(server);
        let (before, place) = (world.dumps(), &world.place);
        place.run(&[&MOVE[..], &["--purge-after", "0s"]].concat()).expect(0);
        place
            .run(&["move", "--client", "7", "--to", "target", "--purge-after", "7d"])
            .expect(0);
        let moved = world.dumps();
        assert_eq!(moved.0, before.0);

        let place = &world.place;
        let looked = place.run(&["purge", "--due", "--dry-run"]).expect(0);
        assert!(
            looked
                .stdout
                .contains("3 rows in 2 tables of client 42 would be removed")
                && looked.stdout.contains("1 move due, 1 later; the next one is due at"),
            "{}",
            looked.text()
        );
        let looked = place
            .run(&["purge", "2", "--dry-run", "--format", "json"])
            .expect(0)
            .json();
        assert_eq!(looked["purge"]["would_remove"]["rows"], 2, "{looked:#}");
        assert_eq!(world.dumps(), moved, "a dry run removes nothing");
        // Nobody can be asked.
        world.place.run(&["purge", "--due"]).expect(2);
        assert_eq!(world.dumps(), moved);

        let mine = world.mine();
        let purged = world
            .place
            .run(&["purge", "--due", "--yes", "--format", "json"])
            .expect(0)
            .json();
        assert_eq!(
            (&purged["purges"][0]["rows"], &purged["later"]),
            (&3.into(), &1.into()),
            "{purged:#}"
        );
        let after = world.dumps();
        dump::assert_equal("the source", &after.0, &dump::minus(&before.0, &mine));
        assert_eq!(after.1, moved.1);
        let purged = world.place.run(&["purge", "--due", "--yes"]).expect(0);
        assert!(purged.stdout.contains("0 moves due, 1 later"), "{}", purged.text());
    }
}

/// By the store's clock: when the move is due was written down by it, and it says what time it is now.
#[test]
fn what_is_due_is_told_by_the_clock_of_the_store() {
    for server in servers().filter(|server| *server != Server::Postgres18) {
        let mut world = World::with_store(Server::Sqlite, Some(server));
        world
            .place
            .run(&[&MOVE[..], &["--purge-after", "1h"]].concat())
            .expect(0);
        let due = |world: &World| {
            let looked = world.place.run(&["purge", "--due", "--dry-run"]).expect(0);
            looked.stdout.contains("1 move due")
        };
        assert!(!due(&world));
        // Written at another time by a machine whose clock is wrong, and due an hour ago by the store's.
        let details = "SELECT detail FROM exodus_move_events WHERE event = 'switch'";
        let written = world.store().rows(details).expect("the event")[0][0]
            .clone()
            .expect("details");
        let detail: serde_json::Value = serde_json::from_str(&written).expect("JSON");
        let at = detail["purge_due_ms"].as_i64().expect("a time");
        let earlier = serde_json::json!({ "purge_due_ms": at - 2 * 3_600_000 });
        let update = format!(
            "UPDATE exodus_move_events SET happened_at = '2999-01-01T00:00:00.000Z', detail = '{earlier}' WHERE event = 'switch'"
        );
        world.store().run(&update).expect("an update");
        assert!(due(&world));
        world.place.run(&["purge", "--due", "--yes"]).expect(0);
        assert_eq!(world.source.column("SELECT id FROM clients"), ["7"]);
    }
}

/// Of several clients, what to do instead.
#[test]
fn several_are_not_purged_at_once() {
    let mut world = World::new(Server::Sqlite);
    let several = ["move", "--where", "id > 0", "--to", "target", "--purge"];
    let output = world.fails(&several, 2);
    assert!(output.stderr.contains("--purge-after 0s"), "{}", output.stderr);
}

/// One whose rows have changed since is kept, and told; the next one goes.
#[test]
fn one_that_can_not_be_purged_does_not_keep_the_others() {
    for server in servers() {
        let mut world = World::new(server);
        for client in ["42", "7"] {
            world
                .place
                .run(&["move", "--client", client, "--to", "target", "--purge-after", "0s"])
                .expect(0);
        }
        world.source.run("INSERT INTO orders VALUES (9, 42, 'late')");
        let output = world.place.run(&["purge", "--due", "--yes"]).expect(4);
        assert!(output.stderr.contains("move 1 was not purged"), "{}", output.text());
        assert_eq!(world.source.column("SELECT id FROM clients"), ["42"]);
        assert_eq!(
            world.source.column("SELECT id FROM orders ORDER BY id"),
            ["1", "2", "9"]
        );
        world.source.run("DELETE FROM orders WHERE id = 9");
        world.place.run(&["purge", "--due", "--yes"]).expect(0);
        assert!(world.source.column("SELECT id FROM clients").is_empty());
    }
}
