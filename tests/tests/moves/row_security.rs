//! Policies that hide rows from the user who moves: nobody takes what it sees for all there is.

use exodus_tests::database::Server;
use exodus_tests::world::{MOVE, World};

use super::permissions::{ALL, TABLES, User, know, nothing_is_left, place, says};

const HIDE: &str = "ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
    CREATE POLICY seen ON orders USING (id <> 2)";
const SHOW: &str = "DROP POLICY seen ON orders; ALTER TABLE orders DISABLE ROW LEVEL SECURITY";

/// Named with the other things that a user lacks, at either end, before anything is begun; whoever owns the table is not
/// concerned, unless it is forced on owners.
#[test]
fn hidden_rows_are_named_before_anything_begins() {
    for server in [Server::Postgres, Server::Postgres18] {
        if !server.is_there() {
            continue;
        }
        let mut world = World::new(server).by_administrator();
        let before = world.dumps();
        let (source, target) = (world.source.address(), world.target.address());
        let place = place(&source, &target);
        let dry = [&MOVE[..], &["--dry-run"]].concat();
        let export = ["export", "--client", "42", "--from", "source", "--to", "42.jsonl"];
        {
            let user = User::new(&mut world.source, &[(ALL, &TABLES)]);
            know(&place, &user.url, &target);
            place.run(&export).expect(0);
            user.database.run(HIDE);
            let grant = format!("ALTER ROLE {} BYPASSRLS;", user.name);
            let again = [&export[..6], &["again.jsonl"]].concat();
            for arguments in [&MOVE[..], &dry, &again] {
                says(
                    &place.run(arguments).expect(3),
                    &[
                        "orders: source: this user lacks BYPASSRLS: row-level security is in force",
                        &grant,
                    ],
                );
            }
            user.database.run(&format!("ALTER TABLE orders OWNER TO {}", user.name));
            place.run(&dry).expect(0);
            user.database.run("ALTER TABLE orders FORCE ROW LEVEL SECURITY");
            says(&place.run(&dry).expect(3), &["in force, on its owner too", &grant]);
            user.database
                .run("ALTER TABLE orders NO FORCE ROW LEVEL SECURITY; ALTER TABLE orders OWNER TO CURRENT_USER");
            user.database.run(SHOW);
        }
        {
            let user = User::new(&mut world.target, &[(ALL, &TABLES)]);
            know(&place, &source, &user.url);
            user.database.run(HIDE);
            let dry = place.run(&dry).expect(3);
            let text = dry.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains("orders: target: this user lacks BYPASSRLS"), "{text}");
            for arguments in [&MOVE[..], &["import", "42.jsonl", "--to", "target"]] {
                says(
                    &place.run(arguments).expect(3),
                    &["orders: target: this user lacks BYPASSRLS", "ALTER ROLE"],
                );
            }
            user.database.run(SHOW);
        }
        nothing_is_left(&place, &mut world, &before);
        // What was moved is not purged by somebody who does not see all of it.
        know(&place, &source, &target);
        place.run(&MOVE).expect(0);
        let moved = world.dumps();
        let user = User::new(&mut world.source, &[(ALL, &TABLES)]);
        know(&place, &user.url, &target);
        user.database.run(HIDE);
        let id = place.last_move();
        let output = place.run(&["purge", &id, "--yes"]).expect(3);
        says(&output, &["orders: source: this user lacks BYPASSRLS"]);
        user.database.run(SHOW);
        drop(user);
        assert_eq!(world.dumps(), moved);
    }
}
