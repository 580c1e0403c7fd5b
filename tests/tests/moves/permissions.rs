//! Users who may not do everything: what is printed names the database, the table and what is missing; nothing is left
//! anywhere, and the client stays where it was.

use exodus_tests::binary::{Output, Place};
use exodus_tests::database::{Database, Server};
use exodus_tests::world::{MOVE, World, networked};
use url::Url;

const TABLES: [&str; 3] = ["cities", "clients", "orders"];
const ALL: &str = "SELECT, INSERT, UPDATE, DELETE";

/// A user of one database that is there as long as this is.
struct User<'d> {
    database: &'d mut Database,
    name: String,
    url: String,
}

impl<'d> User<'d> {
    /// Who may do these things with these tables, and nothing else.
    fn new(database: &'d mut Database, grants: &[(&str, &[&str])]) -> Self {
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
fn place(source: &str, target: &str) -> Place {
    let databases = [("source", source.to_owned()), ("target", target.to_owned())];
    let place = Place::new("root = \"clients\"", &databases);
    place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
    place
}

/// The same place with other addresses.
fn know(place: &Place, source: &str, target: &str) {
    let text = format!("root = \"clients\"\n[databases]\nsource = \"{source}\"\ntarget = \"{target}\"\n");
    std::fs::write(place.path().join("exodus.toml"), text).expect("a configuration");
}

/// The words are said on the standard error, and no password.
#[track_caller]
fn says(output: &Output, words: &[&str]) {
    let said = output.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in words {
        assert!(said.contains(words), "`{words}` is not said:\n{}", output.text());
    }
    assert!(!output.text().contains("planted-secret"), "{}", output.text());
}

/// The client is where it was, may be written to, and nothing waits to be resumed.
#[track_caller]
fn nothing_is_left(place: &Place, world: &mut World, before: &(exodus_tests::dump::Dump, exodus_tests::dump::Dump)) {
    assert_eq!(place.dispatch("42"), ("source".to_owned(), "active".to_owned()));
    assert_eq!(world.dumps(), *before);
    let moves = place.run(&["moves", "--format", "json"]).expect(0).json();
    for one in moves["moves"].as_array().into_iter().flatten() {
        assert_eq!(one["status"], "aborted", "{moves:#}");
    }
}

/// What each product says of a command that it denies.
fn denied(server: Server, command: &str, table: &str) -> String {
    match server.dialect() {
        "postgres" => format!("permission denied for table {table}"),
        _ => format!("{command} command denied to user"),
    }
}

/// INSERT is missing on one table of the target: found while it is copied, after the client was frozen.
#[test]
fn no_insert_on_a_table_of_the_target() {
    for server in networked() {
        let mut world = World::new(server);
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
        for output in [&output, &imported] {
            says(
                output,
                &[
                    "target: writing",
                    "orders",
                    &denied(server, "INSERT", "orders"),
                    "help: grant it to this",
                ],
            );
        }
        nothing_is_left(&place, &mut world, &before);
    }
}

/// SELECT is missing on one table of the source, which is seen all the same: nothing begins.
#[test]
fn no_select_on_a_table_of_the_source() {
    for server in networked() {
        let mut world = World::new(server);
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
                says(
                    &output,
                    &[
                        "source: ",
                        &denied(server, "SELECT", "orders"),
                        "orders",
                        "help: grant it to this",
                    ],
                );
            }
            let output = place
                .run(&["export", "--client", "42", "--from", "source", "--to", "42.sql"])
                .expect(3);
            says(
                &output,
                &[
                    "source: ",
                    &denied(server, "SELECT", "orders"),
                    "help: grant it to this",
                ],
            );
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
        let mut world = World::new(server);
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
        let mut world = World::new(server);
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
            "postgres" => "permission denied for schema public",
            _ => "CREATE command denied to user",
        };
        says(
            &output,
            &["target: making table", "clients", missing, "help: grant it to this"],
        );
        nothing_is_left(&place, &mut world, &before);
    }
}

/// DELETE is missing on one table of the source: the purge takes nothing away.
#[test]
fn no_delete_on_a_table_of_the_source() {
    for server in networked() {
        let mut world = World::new(server);
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
        says(&output, &["source: ", "orders", "help: grant"]);
        assert_eq!(world.dumps(), before);
    }
}
