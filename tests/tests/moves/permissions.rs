//! Users who may not do everything: what is printed names the database, the table and what is missing; nothing is left
//! anywhere, and the client stays where it was.

use exodus_tests::binary::{Output, Place};
use exodus_tests::database::Database;
use exodus_tests::world::{MOVE, World, networked};
use url::Url;

pub(super) const TABLES: [&str; 3] = ["cities", "clients", "orders"];
pub(super) const ALL: &str = "SELECT, INSERT, UPDATE, DELETE";

/// A user of one database that is there as long as this is.
pub(super) struct User<'d> {
    pub(super) database: &'d mut Database,
    pub(super) name: String,
    pub(super) url: String,
}

impl<'d> User<'d> {
    /// Who may do these things with these tables, and nothing else.
    pub(super) fn new(database: &'d mut Database, grants: &[(&str, &[&str])]) -> Self {
        let name = format!("{}_user", database.name().replace("exodus_test", "p"));
        let mut url = Url::parse(&database.address()).expect("a URL");
        url.set_username(&name).expect("a URL with a host");
        url.set_password(Some("planted-secret")).expect("a URL with a host");
        let role = match database.server().dialect() {
            "postgres" => format!(
                "CREATE ROLE {name} LOGIN PASSWORD 'planted-secret'; REVOKE CREATE ON SCHEMA public FROM PUBLIC"
            ),
            _ => format!("CREATE USER {name} IDENTIFIED BY 'planted-secret'"),
        };
        database.run(&role);
        let mut user = Self {
            database,
            name,
            url: url.to_string(),
        };
        for (privileges, tables) in grants {
            tables.iter().for_each(|table| user.grant(privileges, table));
        }
        user
    }

    fn grant(&mut self, privileges: &str, table: &str) {
        let (user, database) = (&self.name, self.database.name());
        let sql = match self.database.server().dialect() {
            "postgres" => format!("GRANT {privileges} ON {table} TO {user}"),
            _ => format!("GRANT {privileges} ON `{database}`.{table} TO {user}"),
        };
        self.database.run(&sql);
    }
}

impl Drop for User<'_> {
    fn drop(&mut self) {
        let name = &self.name;
        let sql = match self.database.server().dialect() {
            "postgres" => format!("DROP OWNED BY {name}; DROP ROLE {name}"),
            _ => format!("DROP USER {name}"),
        };
        self.database.run(&sql);
    }
}

/// A configuration that knows the databases by these addresses, and the client on the source.
pub(super) fn place(source: &str, target: &str) -> Place {
    let databases = [("source", source.to_owned()), ("target", target.to_owned())];
    let place = Place::new("root = \"clients\"", &databases);
    place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
    place
}

/// The same place with other addresses.
pub(super) fn know(place: &Place, source: &str, target: &str) {
    let text = format!("root = \"clients\"\n[databases]\nsource = \"{source}\"\ntarget = \"{target}\"\n");
    std::fs::write(place.path().join("exodus.toml"), text).expect("a configuration");
}

/// The words are said on the standard error, and no password.
#[track_caller]
pub(super) fn says(output: &Output, words: &[&str]) {
    let said = output.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in words {
        assert!(said.contains(words), "`{words}` is not said:\n{}", output.text());
    }
    assert!(!output.text().contains("planted-secret"), "{}", output.text());
}

/// The client is where it was, may be written to, and nothing waits to be resumed.
#[track_caller]
pub(super) fn nothing_is_left(
    place: &Place,
    world: &mut World,
    before: &(exodus_tests::dump::Dump, exodus_tests::dump::Dump),
) {
    assert_eq!(place.dispatch("42"), ("source".to_owned(), "active".to_owned()));
    assert_eq!(world.dumps(), *before);
    let moves = place.run(&["moves", "--format", "json"]).expect(0).json();
    for one in moves["moves"].as_array().into_iter().flatten() {
        assert_eq!(one["status"], "aborted", "{moves:#}");
    }
}

/// INSERT is missing on one table of the target: a move does not begin.
#[test]
fn no_insert_on_a_table_of_the_target() {
    for server in networked() {
        let mut world = World::new(server).by_administrator();
        let before = world.dumps();
        let grants: [(&str, &[&str]); 2] = [(ALL, &TABLES[..2]), ("SELECT", &["orders"])];
        let source = world.source.address();
        let (output, imported, place) = {
            let user = User::new(&mut world.target, &grants);
            let place = place(&source, &user.url);
            let output = place.run(&MOVE).expect(3);
            place
                .run(&["export", "--client", "42", "--from", "source", "--to", "42.jsonl"])
                .expect(0);
            (
                output,
                place.run(&["import", "42.jsonl", "--to", "target"]).expect(3),
                place,
            )
        };
        says(&output, &["orders: target: this user lacks", "INSERT", "GRANT "]);
        says(&imported, &["orders: target: this user lacks", "INSERT", "GRANT "]);
        nothing_is_left(&place, &mut world, &before);
    }
}

/// SELECT is missing on one table of the source, which is seen all the same: nothing begins.
#[test]
fn no_select_on_a_table_of_the_source() {
    for server in networked() {
        let mut world = World::new(server).by_administrator();
        let before = world.dumps();
        let target = world.target.address();
        let place = place(&world.source.address(), &target);
        {
            let mut user = User::new(&mut world.source, &[(ALL, &TABLES[..2]), ("INSERT", &TABLES[2..])]);
            if server.dialect() == "mysql" {
                // Shows all tables, and lets nobody read them.
                user.grant("INSERT", "*");
            }
            know(&place, &user.url, &target);
            for arguments in [&MOVE[..], &[&MOVE[..], &["--dry-run"]].concat()] {
                let output = place.run(arguments).expect(3);
                says(&output, &["orders: source: this user lacks SELECT", "GRANT SELECT ON"]);
            }
            let output = place
                .run(&["export", "--client", "42", "--from", "source", "--to", "42.sql"])
                .expect(3);
            says(&output, &["orders: source: this user lacks SELECT", "GRANT SELECT ON"]);
            assert!(!place.path().join("42.sql").exists(), "half a file");
        }
        nothing_is_left(&place, &mut world, &before);
        assert!(place.run(&["moves", "--format", "json"]).json()["moves"] == serde_json::json!([]));
    }
}

/// MySQL and MariaDB hide tables on which nothing was granted: the client's rows there would stay behind, unmentioned.
#[test]
fn tables_that_are_hidden_stop_a_move() {
    for server in networked().filter(|server| server.dialect() == "mysql") {
        let mut world = World::new(server).by_administrator();
        let before = world.dumps();
        let target = world.target.address();
        let place = place(&world.source.address(), &target);
        let hidden = [
            "source: reading the schema: permission denied",
            "grant SELECT on the whole database",
        ];
        {
            let user = User::new(&mut world.source, &[(ALL, &TABLES[..2])]);
            know(&place, &user.url, &target);
            for arguments in [
                &MOVE[..],
                &[&MOVE[..], &["--dry-run"]].concat(),
                &["export", "--client", "42", "--from", "source", "--to", "42.sql"],
            ] {
                says(&place.run(arguments).expect(3), &hidden);
            }
            let classified = place.run(&["classify", "--from", "source"]);
            says(&classified, &[]);
            assert!(classified.text().contains("can't be seen"), "{}", classified.text());
        }
        nothing_is_left(&place, &mut world, &before);
        // A purge by such a user would take the client's row from under the hidden ones.
        know(&place, &world.source.address(), &target);
        place.run(&MOVE).expect(0);
        let moved = world.dumps();
        let user = User::new(&mut world.source, &[(ALL, &TABLES[..2])]);
        know(&place, &user.url, &target);
        says(&place.run(&["purge", "1", "--yes"]).expect(3), &hidden);
        drop(user);
        assert_eq!(world.dumps(), moved);
    }
}

/// No table can be made on the target: the client is active again, and no part of the tables is there.
#[test]
fn no_create_on_the_target() {
    for server in networked() {
        let mut world = World::new(server).by_administrator();
        world.target.run("DROP TABLE orders; DROP TABLE clients");
        let before = world.dumps();
        let source = world.source.address();
        let (place, output) = {
            let user = User::new(&mut world.target, &[(ALL, &TABLES[..1])]);
            let place = place(&source, &user.url);
            let output = place.run(&[&MOVE[..], &["--create-tables"]].concat()).expect(3);
            (place, output)
        };
        let missing = match server.dialect() {
            "postgres" => "CREATE on schema \"public\"",
            _ => "ALTER, CREATE, DELETE, DROP, INSERT, LOCK TABLES, REFERENCES",
        };
        says(&output, &["clients: target: this user lacks", missing, "GRANT "]);
        nothing_is_left(&place, &mut world, &before);
    }
}

/// DELETE is missing on one table of the source: the purge takes nothing away.
#[test]
fn no_delete_on_a_table_of_the_source() {
    for server in networked() {
        let mut world = World::new(server).by_administrator();
        let target = world.target.address();
        let place = place(&world.source.address(), &target);
        place.run(&MOVE).expect(0);
        let before = world.dumps();
        let mut user = User::new(
            &mut world.source,
            &[("SELECT, UPDATE", &TABLES), ("DELETE", &["clients"])],
        );
        if server.dialect() == "mysql" {
            user.grant("SELECT", "*");
        }
        know(&place, &user.url, &target);
        let output = place.run(&["purge", "1", "--yes"]);
        drop(user);
        assert_eq!(output.code, 3, "{}", output.text());
        says(&output, &["orders: source: this user lacks DELETE", "GRANT DELETE ON"]);
        assert_eq!(world.dumps(), before);
    }
}

/// Without PROCESS nobody sees who is at work on the source: nobody is frozen for nothing, and what is missing is said as
/// it can be granted.
#[test]
fn no_process_on_the_source() {
    for server in networked().filter(|server| server.dialect() == "mysql") {
        let mut world = World::new(server).by_administrator();
        let before = world.dumps();
        let (source, target) = (world.source.address(), world.target.address());
        let place = place(&source, &target);
        let mut user = User::new(&mut world.source, &[(ALL, &TABLES)]);
        user.grant("SELECT", "*");
        let grant = format!("GRANT PROCESS ON *.* TO '{}'@'%'; or say with --drain-blind", user.name);
        let url = user.url.clone();
        know(&place, &url, &target);
        for more in [&[][..], &["--dry-run"], &["--drain", "10ms"]] {
            let output = place.run(&[&MOVE[..], more].concat()).expect(3);
            says(
                &output,
                &["source: looking for open transactions: permission denied", &grant],
            );
        }
        let keys = place.path().join("keys");
        std::fs::write(&keys, "42\n").expect("a file");
        let many = ["move", "--clients-file", "keys", "--to", "target"];
        says(&place.run(&many).expect(3), &[&grant]);
        assert!(place.run(&["moves", "--format", "json"]).json()["moves"] == serde_json::json!([]));
        says(
            &place.run(&[&MOVE[..], &["--drain-blind"]].concat()).expect(2),
            &["--drain"],
        );
        let blind = [&MOVE[..], &["--drain-blind", "--drain", "300ms"]].concat();
        place.run(&blind).expect(0);
        // With it, the writer is seen, although this user may not read MySQL's performance_schema.
        let mut writer = user.database.again();
        writer.run("BEGIN; INSERT INTO orders VALUES (10, 7, 'late')");
        user.database.run(&format!("GRANT PROCESS ON *.* TO {}", user.name));
        let other = ["move", "--client", "7", "--to", "target", "--drain-limit", "1s"];
        says(
            &place.run(&other).expect(3),
            &["has not ended within 1 s: session", "of user exodus"],
        );
        writer.run("ROLLBACK");
        place.run(&other).expect(0);
        drop(user);
        let shown = place.run(&["moves", "show", "1", "--format", "json"]).expect(0).json();
        assert!(shown.to_string().contains("\"transactions\":\"not seen\""), "{shown:#}");
        assert_ne!(world.dumps(), before);
    }
}

/// MySQL and MariaDB hide columns, too, on which nothing was granted: they would stay behind, unmentioned.
#[test]
fn columns_that_are_hidden_stop_a_move() {
    for server in networked().filter(|server| server.dialect() == "mysql") {
        let mut world = World::new(server).by_administrator();
        let before = world.dumps();
        let target = world.target.address();
        let place = place(&world.source.address(), &target);
        {
            let mut user = User::new(
                &mut world.source,
                &[(ALL, &TABLES[..2]), ("SELECT (id, client_id), DELETE", &TABLES[2..])],
            );
            user.grant("TRIGGER", "*");
            let name = user.name.clone();
            user.database.run(&format!("GRANT PROCESS ON *.* TO {name}"));
            know(&place, &user.url, &target);
            for arguments in [
                &MOVE[..],
                &[&MOVE[..], &["--dry-run"]].concat(),
                &["export", "--client", "42", "--from", "source", "--to", "42.sql"],
            ] {
                says(
                    &place.run(arguments).expect(3),
                    &["source", "permission denied", "grant SELECT on the whole database"],
                );
            }
        }
        nothing_is_left(&place, &mut world, &before);
    }
}
