//! What the rules say before a move: the same as the audit of the client says, errors refuse, and what a move copes with
//! does not.

use exodus_tests::database::Server;
use exodus_tests::world::{MOVE, World, servers};
use serde_json::Value;

/// The dry run, which is refused as the move is.
const LOOK: [&str; 6] = ["move", "--client", "42", "--to", "target", "--dry-run"];

/// Rows that name a client, and an order that may be another's.
const GIFTS: &str = "
    CREATE TABLE gifts (id INT PRIMARY KEY, client_id INT NOT NULL, order_id INT NOT NULL,
        FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (order_id) REFERENCES orders (id));
";

/// The world with more tables on both sides, and rows in them on the source.
fn world(server: Server, schema: &str, rows: &str) -> World {
    let mut world = World::new(server);
    world.source.run(&format!("{schema}{rows}"));
    world.target.run(schema);
    world
}

fn configured(world: &World, lines: &str) {
    let (source, target) = (world.source.address(), world.target.address());
    let text = format!("root = \"clients\"\n{lines}\n[databases]\nsource = '{source}'\ntarget = '{target}'\n");
    std::fs::write(world.place.path().join("exodus.toml"), text).expect("a configuration");
}

fn list<'v>(value: &'v Value, key: &str) -> Vec<&'v Value> {
    value[key].as_array().into_iter().flatten().collect()
}

fn json(world: &World, arguments: &[&str], code: i32) -> Value {
    let arguments: Vec<&str> = arguments.iter().chain(&["--format", "json"]).copied().collect();
    world.place.run(&arguments).expect(code).json()
}

fn audit(world: &World, code: i32) -> Value {
    json(world, &["audit", "--from", "source", "--client", "42"], code)
}

/// Rule, object and message of errors.
fn errors(hazards: &[&Value]) -> Vec<[String; 2]> {
    let errors = hazards.iter().filter(|hazard| hazard["severity"] == "error");
    let texts = errors.map(|hazard| ["rule", "message"].map(|key| hazard[key].as_str().unwrap_or_default().to_owned()));
    texts.collect()
}

#[test]
fn a_dry_run_and_an_audit_of_the_client_find_the_same_in_the_same_words() {
    for server in servers() {
        // A gift of 42 with an order of 7, and one of 7 with an order of 42: either end of a crossed row.
        for (row, tie) in [
            ("(1, 42, 3)", "another client owns: 1"),
            ("(1, 7, 1)", "not this client's reference its rows: 1"),
        ] {
            let mut world = world(server, GIFTS, &format!("INSERT INTO gifts VALUES {row}"));
            let found = audit(&world, 1);
            let told = errors(&list(&found, "hazards"));
            assert_eq!(told.len(), 1, "{found:#}");
            assert!(told[0][1].to_lowercase().contains(tie), "{told:?}");
            let plan = json(&world, &LOOK, 3)["plan"].clone();
            let problems = list(&plan, "problems");
            assert_eq!(problems.len(), 1, "it is told once: {plan:#}");
            assert_eq!(
                [&problems[0]["rule"], &problems[0]["message"]],
                [&told[0][0], &told[0][1]]
            );
            assert_eq!(errors(&list(&plan, "hazards")), told);
            let ties = list(&found["audit"], "ties");
            assert_eq!(ties.len(), 1, "{found:#}");
            assert_eq!(
                (&ties[0]["rows"], &ties[0]["rule"]),
                (&1.into(), &told[0][0].as_str().into())
            );
            let refused = world.fails(&MOVE, 3);
            assert!(refused.stderr.contains(&told[0][0]), "{}", refused.stderr);
        }
    }
}

#[test]
fn a_rule_can_be_accepted_and_a_tie_can_not() {
    for server in servers() {
        let mut world = world(server, GIFTS, "INSERT INTO gifts VALUES (1, 42, 3)");
        let found = audit(&world, 1);
        let told = errors(&list(&found, "hazards"));
        let rule = &told[0][0];
        configured(
            &world,
            &format!("[[accept]]\nrule = \"{rule}\"\nobject = \"gifts\"\nreason = \"looked at\""),
        );
        let refused = world.fails(&MOVE, 3);
        let words: Vec<&str> = refused.stderr.split_whitespace().collect();
        let words = words.join(" ");
        assert!(words.contains("reference rows that another client owns: 1"), "{words}");
        assert!(!words.contains(&format!("* {rule}")), "{words}");
        // Nothing stands but the tie, which the audit does not pass over either.
        let text = world
            .place
            .run(&["audit", "--from", "source", "--client", "42"])
            .expect(1);
        assert!(
            text.stdout.contains("What keeps this client from being moved"),
            "{}",
            text.stdout
        );
        world
            .place
            .run(&["audit", "--from", "source", "--client", "42", "--fail-on", "never"])
            .expect(0);
    }
}

/// An ignored relation is looked at, too: no rule is about it.
#[test]
fn what_no_rule_tells_is_told_all_the_same() {
    for server in servers() {
        let world = world(server, GIFTS, "INSERT INTO gifts VALUES (1, 7, 1)");
        configured(
            &world,
            "[[ignore_relations]]\nrelation = \"gifts(order_id)\"\nreason = \"a gift is its client's\"",
        );
        let found = audit(&world, 1);
        assert_eq!(errors(&list(&found, "hazards")), [[""; 2]; 0], "{found:#}");
        let ties = list(&found["audit"], "ties");
        assert_eq!(
            (&ties[0]["kind"], &ties[0]["rule"]),
            (&"incoming".into(), &Value::Null),
            "{found:#}"
        );
        let plan = json(&world, &LOOK, 3)["plan"].clone();
        assert_eq!(list(&plan, "problems").len(), 1, "{plan:#}");
        assert_eq!(plan["problems"][0]["check"], "reference");
    }
}

/// A rule that calls a table an error on paper keeps no client back whose rows are in order, or who has none.
#[test]
fn what_is_an_error_on_paper_does_not_refuse_a_client_that_is_in_order() {
    let schema = "CREATE TABLE transfers (id INT PRIMARY KEY, from_id INT NOT NULL, to_id INT NOT NULL,
        FOREIGN KEY (from_id) REFERENCES clients (id), FOREIGN KEY (to_id) REFERENCES clients (id));";
    for server in servers() {
        for (rows, code) in [
            ("", 0),
            ("INSERT INTO transfers VALUES (1, 42, 42), (2, 7, 7)", 0),
            ("INSERT INTO transfers VALUES (1, 42, 42), (2, 7, 42)", 3),
        ] {
            let world = world(server, schema, rows);
            let plan = json(&world, &LOOK, code)["plan"].clone();
            let hazards = list(&plan, "hazards");
            let direct = hazards.iter().find(|hazard| hazard["rule"] == "direct-client-relation");
            let severity = direct.map(|hazard| &hazard["severity"]);
            assert_eq!(
                severity,
                Some(&if code == 0 { "note" } else { "error" }.into()),
                "{plan:#}"
            );
            let moved = world.place.run(&MOVE).expect(code);
            assert_eq!(
                code == 3,
                moved.text().contains("direct-client-relation"),
                "{}",
                moved.text()
            );
        }
    }
}

/// Rows without an owner that a client uses are an error of a rule, and a matter of comparing them for a move.
#[test]
fn rows_without_an_owner_are_told_and_compared() {
    let schema = "
        CREATE TABLE skins (id INT PRIMARY KEY, client_id INT, FOREIGN KEY (client_id) REFERENCES clients (id));
        CREATE TABLE cars (id INT PRIMARY KEY, client_id INT NOT NULL, skin_id INT,
            FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (skin_id) REFERENCES skins (id));
    ";
    for server in servers() {
        for (there, code) in [("INSERT INTO skins VALUES (1, NULL)", 0), ("", 3)] {
            let rows = "INSERT INTO skins VALUES (1, NULL), (2, 42); INSERT INTO cars VALUES (1, 42, 1), (2, 42, 2)";
            let mut world = world(server, schema, rows);
            if !there.is_empty() {
                world.target.run(there);
            }
            let plan = json(&world, &LOOK, code)["plan"].clone();
            let hazards = list(&plan, "hazards");
            let skins = hazards.iter().find(|hazard| hazard["rule"] == "polymorphic-table");
            let skins = skins.unwrap_or_else(|| panic!("{plan:#}"));
            assert_eq!(
                (&skins["severity"], &skins["refuses"]),
                (&"error".into(), &false.into()),
                "{plan:#}"
            );
            let message = skins["message"].as_str().unwrap_or_default();
            assert!(message.contains("rows refer to rows without an owner: 1"), "{message}");
            let found = errors(&list(&audit(&world, 1), "hazards"));
            assert_eq!(found, [["polymorphic-table".to_owned(), message.to_owned()]]);
            world.place.run(&MOVE).expect(code);
        }
    }
}

/// Comments on orders, and on clients.
const COMMENTS: &str = "
    CREATE TABLE comments (id INT PRIMARY KEY, subject_type VARCHAR(20) NOT NULL, subject_id INT NOT NULL);
";

/// Rows that nothing but a type and a key leads to stay behind: a move tells so, and an audit of the client finds out.
#[test]
fn what_refers_to_the_client_by_a_type_is_told_of() {
    for server in servers() {
        let mut world = world(
            server,
            COMMENTS,
            "INSERT INTO comments VALUES (1, 'Order', 1), (2, 'Client', 42)",
        );
        let about = |found: &Value| {
            let all = list(found, "hazards").into_iter().cloned();
            all.filter(|hazard| hazard["rule"] == "polymorphic-association")
                .collect::<Vec<_>>()
        };
        let told = about(&json(&world, &LOOK, 0)["plan"]);
        assert_eq!(told.len(), 1, "{told:#?}");
        assert_eq!(told[0]["severity"], "warning");
        let message = told[0]["message"].as_str().unwrap_or_default();
        assert!(message.contains("stays behind"), "{message}");
        let said = world.place.run(&LOOK).expect(0);
        assert!(said.text().contains("polymorphic-association"), "{}", said.text());
        assert_eq!(about(&audit(&world, 1))[0]["severity"], "error");

        // Those of one type move along; the others are found, although none of them is the client's by what is declared.
        configured(
            &world,
            "[[declare]]\nchild = \"comments\"\ncolumns = [\"subject_id\"]\nparent = \"orders\"\n\
             parent_columns = [\"id\"]\nwhen = { subject_type = \"Order\" }\nreason = \"the type says so\"\n",
        );
        let found = about(&json(&world, &["audit", "--from", "source", "--client", "42"], 0));
        let message = found[0]["message"].as_str().unwrap_or_default();
        assert!(message.contains("Types that are not declared name "), "{message}");
        assert!(message.contains("clients (client, 1)"), "{message}");
        assert_eq!(about(&json(&world, &LOOK, 0)["plan"]).len(), 1);
        world.place.run(&MOVE).expect(0);
        assert_eq!(world.target.column("SELECT id FROM comments"), ["1"]);
    }
}

/// Parents can't go first where rows refer to each other in a circle. That is found before anything is frozen; without
/// the check of each row there is nothing to find.
#[test]
fn a_circle_of_rows_refuses_only_a_copy_that_is_checked_row_by_row() {
    for server in servers() {
        let schema = "CREATE TABLE albums (id INT PRIMARY KEY, client_id INT NOT NULL, parent_id INT NOT NULL,
            FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (parent_id) REFERENCES albums (id));";
        let off = match server.dialect() {
            "mysql" => "SET foreign_key_checks = 0;",
            _ => "",
        };
        let rows = format!("{off}INSERT INTO albums VALUES (1, 42, 2), (2, 42, 1), (3, 42, 1), (4, 7, 4)");
        let mut world = world(server, schema, &rows);
        let row_by_row = server.dialect() == "mysql";
        let enforced = [&MOVE[..], &["--integrity", "enforced"]].concat();
        if row_by_row {
            let refused = world.fails(&enforced, 3);
            assert!(refused.stderr.contains("in a circle"), "{}", refused.stderr);
            let look = [&LOOK[..], &["--integrity", "enforced"]].concat();
            assert!(world.fails(&look, 3).stdout.contains("in a circle"));
            // Accepting what is found of the rows makes no order.
            configured(
                &world,
                "[[accept]]\nrule = \"self-loop\"\nobject = \"albums(parent_id)\"\nreason = \"they go at night\"\n",
            );
            assert!(world.fails(&look, 3).stdout.contains("in a circle"));
            configured(&world, "");
            let plan = world.place.run(&LOOK).expect(0);
            assert!(plan.stdout.contains("self-loop"), "{}", plan.stdout);
            world.place.run(&MOVE).expect(0);
        } else {
            world.place.run(&enforced).expect(0);
        }
        assert_eq!(
            world.target.column("SELECT id FROM albums ORDER BY id"),
            ["1", "2", "3"]
        );
    }
}

/// Where columns are set when all rows are there, triggers on updates fire.
#[test]
fn a_trigger_on_updates_refuses_where_a_copy_updates() {
    let schema = "
        CREATE TABLE teams (id INT PRIMARY KEY, client_id INT NOT NULL, lead_id INT,
            FOREIGN KEY (client_id) REFERENCES clients (id));
        CREATE TABLE members (id INT PRIMARY KEY, team_id INT NOT NULL, FOREIGN KEY (team_id) REFERENCES teams (id));
        ALTER TABLE teams ADD FOREIGN KEY (lead_id) REFERENCES members (id);
        CREATE TABLE log (id INT);
    ";
    let rows =
        "INSERT INTO teams VALUES (1, 42, NULL); INSERT INTO members VALUES (1, 1); UPDATE teams SET lead_id = 1;";
    for server in servers() {
        let world = |schema, rows| world(server, schema, rows).also("loops");
        let trigger = match server.dialect() {
            "mysql" => "CREATE TRIGGER noted AFTER UPDATE ON teams FOR EACH ROW INSERT INTO log VALUES (1)",
            "postgres" => {
                "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (1); RETURN NEW; END $$;
                 CREATE TRIGGER noted AFTER UPDATE ON teams FOR EACH ROW EXECUTE FUNCTION note()"
            }
            // SQLite defers the check, and sets nothing late.
            _ => continue,
        };
        let enforced = [&MOVE[..], &["--integrity", "enforced"]].concat();
        let mut refusing = world(schema, rows);
        refusing.target.run(trigger);
        let refused = refusing.fails(&enforced, 3);
        assert!(refused.stderr.contains("trigger noted"), "{}", refused.stderr);
        world(schema, rows).place.run(&enforced).expect(0);
    }
}

/// A purge would be refused for such a trigger; who moves is told before.
#[test]
fn a_trigger_that_a_purge_would_meet_is_told_before_the_move() {
    for server in servers() {
        let trigger = match server.dialect() {
            "mysql" => "CREATE TRIGGER noted AFTER DELETE ON orders FOR EACH ROW INSERT INTO log VALUES (1)",
            // Silenced there.
            _ => continue,
        };
        let mut world = world(server, "CREATE TABLE log (id INT);", "");
        world.source.run(trigger);
        let plan = world.place.run(&LOOK).expect(0);
        let words: Vec<&str> = plan.stdout.split_whitespace().collect();
        assert!(
            words.join(" ").contains("its rows stay on the source"),
            "{}",
            plan.stdout
        );
        let moved = world.place.run(&MOVE).expect(0);
        assert!(moved.stderr.contains("trigger noted"), "{}", moved.stderr);
        world.place.run(&["purge", &world.place.last_move(), "--yes"]).expect(3);
    }
}
