//! Triggers that no session can silence: refused with a guard that is ready, and let pass when it is there.

use exodus_tests::database::Server;
use exodus_tests::dump;
use exodus_tests::world::{MOVE, World, networked};

use crate::shape::words;

/// A log that the trigger writes, outside the client's rows.
fn logged(server: Server) -> World {
    let mut world = World::new(server);
    for database in [&mut world.source, &mut world.target] {
        database.run("CREATE TABLE log (n INT NOT NULL)");
    }
    world
}

/// The statement in a text, as a client program would be given it.
fn statement(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    let from = lines.skip_while(|line| *line != "DELIMITER //").skip(1);
    let inside: Vec<&str> = from.take_while(|line| *line != "DELIMITER ;").collect();
    let whole = inside.join("\n");
    let parts = whole.split("//").map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// Refused, guarded by the very statement that the refusal prints, and then moved and purged with nothing else written.
#[test]
fn the_guard_that_is_printed_lets_the_move_and_the_purge_pass() {
    for server in networked().filter(|server| server.dialect() == "mysql") {
        for body in [
            "BEGIN DECLARE n INT DEFAULT 1; IF n > 0 THEN INSERT INTO log VALUES (n); ELSE DELETE FROM log; END IF; END",
            "INSERT INTO log VALUES (1)",
        ] {
            let mut world = logged(server);
            world.target.run(&format!(
                "CREATE TRIGGER on_insert AFTER INSERT ON orders FOR EACH ROW {body}"
            ));
            world.source.run(&format!(
                "CREATE TRIGGER on_delete AFTER DELETE ON orders FOR EACH ROW {body}"
            ));
            let refused = world.fails(&MOVE, 3);
            assert!(
                words(&refused.stderr).contains("trigger on_insert on target writes"),
                "{}",
                refused.stderr
            );
            let guard = statement(&refused.stderr);
            assert!(!guard.is_empty(), "{}", refused.text());
            for part in &guard {
                world.target.run(part);
            }
            let mine = world.mine();
            let before = world.dumps();
            world.place.run(&MOVE).expect(0);
            dump::assert_equal(
                "the target",
                &dump::all(&mut world.target),
                &dump::plus(&before.1, &mine),
            );
            let last = world.place.last_move();
            let kept = world.place.run(&["purge", &last, "--yes"]).expect(3);
            for part in &statement(&kept.text()) {
                world.source.run(part);
            }
            world.place.run(&["purge", &last, "--yes"]).expect(0);
            dump::assert_equal(
                "the source",
                &dump::all(&mut world.source),
                &dump::minus(&before.0, &mine),
            );
            // Whoever is not exodus is logged as before.
            world
                .target
                .run("DELETE FROM orders WHERE id = 1; INSERT INTO orders VALUES (1, 42, NULL)");
            assert_eq!(world.target.column("SELECT n FROM log"), ["1"]);
        }
    }
}

/// A guard that lets something through is none.
#[test]
fn half_a_guard_is_refused() {
    for server in networked().filter(|server| server.dialect() == "mysql") {
        for body in [
            "BEGIN IF @exodus_copy IS NULL THEN SET @x = 1; END IF; INSERT INTO log VALUES (1); END",
            "IF @exodus_copy IS NULL THEN SET @x = 1; ELSE INSERT INTO log VALUES (1); END IF",
        ] {
            let mut world = logged(server);
            world.target.run(&format!(
                "CREATE TRIGGER on_insert AFTER INSERT ON orders FOR EACH ROW {body}"
            ));
            let refused = world.fails(&MOVE, 3);
            assert!(refused.stderr.contains("trigger on_insert"), "{}", refused.stderr);
        }
    }
}

/// Where the role may not keep triggers silent, or is told not to, the guard in the function or in the condition does.
#[test]
fn postgres_guards_are_known_where_checks_are_enforced() {
    const GUARD: &str = "current_setting('exodus.copy', true) IS NULL";
    for server in networked().filter(|server| server.dialect() == "postgres") {
        for (body, when, refused) in [
            ("INSERT INTO public.log VALUES (1);".to_owned(), String::new(), true),
            (
                format!("IF {GUARD} THEN INSERT INTO public.log VALUES (1); END IF;"),
                String::new(),
                false,
            ),
            (
                "INSERT INTO public.log VALUES (1);".to_owned(),
                format!("WHEN ({GUARD})"),
                false,
            ),
            (
                "INSERT INTO public.log VALUES (1);".to_owned(),
                format!("WHEN (NEW.id > 0 AND {GUARD})"),
                false,
            ),
            (
                "INSERT INTO public.log VALUES (1);".to_owned(),
                format!("WHEN (NEW.id > 0 OR {GUARD})"),
                true,
            ),
        ] {
            let mut world = logged(server);
            world.target.run(&format!(
                "CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$;
                 CREATE TRIGGER on_insert AFTER INSERT ON orders FOR EACH ROW {when} EXECUTE FUNCTION noted()"
            ));
            let arguments: Vec<&str> = MOVE.iter().copied().chain(["--integrity", "enforced"]).collect();
            if refused {
                let output = world.fails(&arguments, 3);
                assert!(words(&output.stderr).contains("exodus.copy"), "{}", output.stderr);
            } else {
                world.place.run(&arguments).expect(0);
                assert_eq!(world.target.column("SELECT n FROM log"), Vec::<String>::new());
            }
        }
    }
}

/// What is set before a row is stored differs from what was sent: refused before anything is copied, where no session
/// may silence it, and let pass behind the guard.
#[test]
fn postgres_triggers_that_alter_rows_are_refused_where_checks_are_enforced() {
    const GUARD: &str = "current_setting('exodus.copy', true) IS NULL";
    for server in networked().filter(|server| server.dialect() == "postgres") {
        for set in [
            "NEW.note := 'altered';",
            "NEW.note = lower(NEW.note);",
            "SELECT 'altered' INTO NEW.note;",
            "NEW := ROW(NEW.id, NEW.client_id, 'altered');",
            "SELECT 'altered' INTO STRICT NEW.note;",
            "IF NEW.note IS NULL THEN NEW.note := 'altered'; END IF;",
        ] {
            let mut world = World::new(server);
            world.target.run(&format!(
                "CREATE FUNCTION altered() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {set} RETURN NEW; END $$;
                 CREATE TRIGGER on_insert BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION altered()"
            ));
            let arguments: Vec<&str> = MOVE.iter().copied().chain(["--integrity", "enforced"]).collect();
            let output = world.fails(&arguments, 3);
            let said = words(&output.stderr);
            assert!(
                said.contains("trigger on_insert on target sets columns"),
                "{set}: {said}"
            );
            assert!(
                said.contains("exodus.copy") && !said.contains("copying"),
                "{set}: {said}"
            );
            world.target.run(&format!(
                "CREATE OR REPLACE FUNCTION altered() RETURNS trigger LANGUAGE plpgsql AS $$ \
                 BEGIN IF {GUARD} THEN {set} END IF; RETURN NEW; END $$"
            ));
            world.place.run(&arguments).expect(0);
            let notes = world
                .target
                .column("SELECT note FROM orders WHERE client_id = 42 ORDER BY id");
            assert_eq!(notes, ["planted-secret-row", "NULL"], "{set}");
        }
    }
}
