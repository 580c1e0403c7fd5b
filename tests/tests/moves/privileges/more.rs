//! What takes rows of a kind that not every database has: loops, rows that came too late, policies on rows.

use exodus_tests::database::Server;
use exodus_tests::world::{MOVE, networked};

use super::{At, Life, words};

/// Of these sections, at these ends; the dispatch store is there.
fn life(server: Server, grants: &[(At, &str)]) -> Life {
    let mut life = Life::new(server);
    life.by_administrators(|place| {
        place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
    });
    life.be("u");
    life.grant(At::Store, "use");
    for &(at, section) in grants {
        life.grant(at, section);
    }
    life
}

/// The sections that a move takes, and nothing for what comes after it.
fn moving(server: Server) -> Vec<(At, &'static str)> {
    let mut grants = vec![(At::Source, "look"), (At::Target, "target")];
    if server.dialect() == "mysql" {
        grants.push((At::Source, "drain"));
    } else {
        grants.push((At::Target, "proven"));
    }
    if server == Server::MySql {
        grants.push((At::Source, "advised"));
    }
    grants
}

/// What the page says of an abort is enough for the rows that a move has committed.
#[test]
fn an_abort() {
    for server in networked() {
        let life = life(server, &moving(server));
        life.place.hold(&MOVE, "move-committed").kill();
        life.run(&["abort", "1", "--yes"]);
        life.is("source");
    }
}

/// A look takes no more than reading; whoever applies needs each line.
#[test]
fn late_rows() {
    const APPLY: [&str; 5] = ["reconcile", "1", "--take", "source", "--yes"];
    for server in networked() {
        let mut life = life(server, &moving(server));
        life.run(&MOVE);
        life.source
            .run("UPDATE orders SET note = 'planted-secret, late' WHERE id = 1; INSERT INTO orders VALUES (9, 42, NULL); DELETE FROM orders WHERE id = 2;
                  UPDATE clients SET city_id = 2 WHERE id = 42");
        life.place.run(&["reconcile", "1"]).expect(4);
        life.grant(At::Target, "reconcile");
        life.each_is_needed(At::Target, "reconcile", &APPLY);
        life.run(&APPLY);
        assert_eq!(life.target.column("SELECT id FROM orders ORDER BY id"), ["1", "9"]);
    }
}

const LOOPS: &str = "CREATE TABLE teams (id INT PRIMARY KEY, client_id INT NOT NULL, lead_id INT,
        FOREIGN KEY (client_id) REFERENCES clients (id));
    CREATE TABLE members (id INT PRIMARY KEY, team_id INT NOT NULL, FOREIGN KEY (team_id) REFERENCES teams (id));
    ALTER TABLE teams ADD FOREIGN KEY (lead_id) REFERENCES members (id);
    CREATE TABLE folders (id INT PRIMARY KEY, client_id INT, parent_id INT, FOREIGN KEY (client_id) REFERENCES clients (id),
        FOREIGN KEY (parent_id) REFERENCES folders (id));";
const IN_LOOPS: &str =
    "INSERT INTO teams VALUES (1, 42, NULL); INSERT INTO members VALUES (1, 1); UPDATE teams SET lead_id = 1;
    INSERT INTO folders VALUES (1, 42, NULL), (2, NULL, 1);";

/// A statement of the page for the tables of the loops instead of its own.
fn for_loops(life: &mut Life, at: At, section: &str) {
    let tables = ["teams", "members", "folders"];
    for statement in exodus_tests::least::statements(life.server, section) {
        let written = life.of(at, statement);
        let mut all = vec![written.clone()];
        for table in tables
            .iter()
            .filter(|_| written.contains("orders") && !written.contains("cities"))
        {
            let one = written.replace("clients, orders", table).replace("orders", table);
            all.push(one);
        }
        if written.contains("cities") {
            all.push(written.replace("cities, clients, orders", "teams, members, folders"));
        }
        for one in all {
            life.database(at).run(&one);
        }
    }
}

/// What loops take is found before anything begins: of a move whose server checks each row, and of a purge.
#[test]
fn loops() {
    let enforced = [&MOVE[..], &["--integrity", "enforced"]].concat();
    for server in networked() {
        let mut life = life(server, &[]);
        life.source.run(&format!("{LOOPS}{IN_LOOPS}"));
        life.target.run(LOOPS);
        for (at, section) in moving(server) {
            for_loops(&mut life, at, section);
        }
        let is_refused = |life: &Life, arguments: &[&str]| {
            let output = life.place.run(arguments);
            let said = words(&output.text());
            assert!(
                output.code == 3 && said.contains("TEMPORARY"),
                "{}: {said}",
                server.name()
            );
            said
        };
        let said = is_refused(&life, &enforced);
        assert!(
            said.contains("UPDATE ON") && said.contains("was not begun"),
            "{}: {said}",
            server.name()
        );
        for_loops(&mut life, At::Target, "loops");
        life.run(&enforced);
        for_loops(&mut life, At::Source, "purge");
        is_refused(&life, &["purge", "1", "--yes"]);
        for_loops(&mut life, At::Source, "loops");
        life.run(&["purge", "1", "--yes"]);
        assert_eq!(life.source.column("SELECT count(*) FROM folders"), ["0"]);
        assert_eq!(life.target.column("SELECT count(*) FROM folders"), ["2"]);
    }
}

/// Rows that a policy hides can't be moved, and whoever sees all of them moves them.
#[test]
fn policies_on_rows() {
    for server in networked().filter(|server| server.dialect() == "postgres") {
        let mut life = life(server, &moving(server));
        for database in [&mut life.source, &mut life.target] {
            database.run("ALTER TABLE orders ENABLE ROW LEVEL SECURITY");
        }
        let output = life.place.run(&MOVE).expect(3);
        assert!(words(&output.text()).contains("BYPASSRLS"), "{}", output.text());
        let user = life.user("u");
        life.store.run(&format!("ALTER ROLE {user} BYPASSRLS"));
        life.run(&MOVE);
        assert_eq!(life.target.column("SELECT id FROM orders ORDER BY id"), ["1", "2"]);
    }
}
