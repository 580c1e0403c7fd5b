//! `exodus audit` itself: what it prints, how it ends, and that it changes nothing.

use std::process::Stdio;
use std::time::{Duration, Instant};

use exodus_audit::{Options, Subject};
use exodus_classify::question::Question;
use exodus_schema::Graph;
use exodus_tests::binary::{Output, Place};
use exodus_tests::database::{Database, Server};
use exodus_tests::dump;
use exodus_tests::secrets;
use serde_json::Value;

use crate::{cases, support};

fn place(database: &Database) -> Place {
    Place::new(
        "root = \"clients\"\nroot_key = [\"region\", \"no\"]",
        &[("monolith", database.address())],
    )
}

fn audit(place: &Place, more: &[&str]) -> Output {
    let arguments: Vec<&str> = ["audit", "--format", "json"].iter().chain(more).copied().collect();
    place.run(&arguments)
}

fn owners<'a>(found: &'a Value, table: &str) -> &'a Value {
    let tables = found["audit"]["owners"].as_array().into_iter().flatten();
    let mut tables = tables.filter(|one| one["table"].as_str().is_some_and(|name| name.contains(table)));
    tables.next().unwrap_or_else(|| panic!("no {table} in {found:#}"))
}

fn whole(server: Server) {
    if !server.is_there() {
        return;
    }
    let mut database = cases::database(server);
    let before = dump::all(&mut database);
    let place = place(&database);
    // There are crossed rows.
    let found = audit(&place, &[]).expect(1).json();
    let notes = owners(&found, "notes");
    assert_eq!((&notes["none"], &notes["many"]), (&2.into(), &1.into()), "{found:#}");
    assert_eq!(found["audit"]["unanswered"], Value::Array(vec![]), "{found:#}");
    let proven = found["hazards"].as_array().into_iter().flatten();
    let proven: Vec<_> = proven.filter(|hazard| hazard["proof"]["verdict"] == "proven").collect();
    assert!(!proven.is_empty(), "{found:#}");
    assert!(!found.to_string().contains("\"North"), "values of rows are shown");
    let text = place.run(&["audit", "--fail-on", "never", "--no-color"]).expect(0);
    assert!(
        text.stdout.contains("2 of nobody, 1 of several clients"),
        "{}",
        text.stdout
    );
    assert!(
        text.stdout.lines().all(|line| line.chars().count() <= 80),
        "{}",
        text.stdout
    );
    assert_eq!(dump::all(&mut database), before, "an audit changed something");
}

#[test]
fn whole_on_sqlite() {
    whole(Server::Sqlite);
}

#[test]
fn whole_on_postgres() {
    whole(Server::Postgres);
}

#[test]
fn whole_on_mariadb() {
    whole(Server::MariaDb);
}

#[test]
fn whole_on_mysql() {
    whole(Server::MySql);
}

/// A role that may do nothing but read, in sessions that are read-only; and then not even read one of the tables.
#[test]
fn a_role_that_may_only_read() {
    let server = Server::Postgres;
    if !server.is_there() {
        return;
    }
    let mut database = cases::database(server);
    let role = format!("{}_reader", database.name());
    database.run(&format!(
        "CREATE ROLE {role} LOGIN PASSWORD 'reads'; ALTER ROLE {role} SET default_transaction_read_only = on;
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}; REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC",
        database.name()
    ));
    let address = database.address_with_password(Some("reads"));
    let user = address
        .split("://")
        .nth(1)
        .and_then(|rest| rest.split(':').next())
        .expect("a user")
        .to_owned();
    let address = address.replacen(&user, &role, 1);
    let place = Place::new(
        "root = \"clients\"\nroot_key = [\"region\", \"no\"]",
        &[("monolith", address)],
    );
    let found = audit(&place, &[]).expect(1).json();
    assert_eq!(found["audit"]["unanswered"], Value::Array(vec![]), "{found:#}");
    database.run(&format!("REVOKE SELECT ON tags FROM {role}"));
    let found = audit(&place, &["--fail-on", "never"]).expect(0).json();
    let unanswered = found["audit"]["unanswered"].as_array().cloned().unwrap_or_default();
    let reasons: Vec<_> = unanswered.iter().filter_map(|one| one["reason"].as_str()).collect();
    assert!(
        !reasons.is_empty() && reasons.iter().all(|reason| reason.contains("permission denied")),
        "{found:#}"
    );
    assert_eq!(owners(&found, "notes")["many"], 1, "{found:#}");
    database.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

/// A table that a session holds until this is dropped; a database can't be dropped before.
struct Held<'d> {
    database: &'d mut Database,
    release: &'static str,
}

impl<'d> Held<'d> {
    fn new(database: &'d mut Database) -> Self {
        let (hold, release) = match database.server().dialect() {
            "postgres" => ("BEGIN; LOCK TABLE tags IN ACCESS EXCLUSIVE MODE", "ROLLBACK"),
            _ => ("LOCK TABLES tags WRITE", "UNLOCK TABLES"),
        };
        database.run(hold);
        Self { database, release }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.database.run(self.release);
    }
}

/// Another session holds a table, so that nobody can read it: what is asked of it stays unanswered when the time is over,
/// and nothing of it goes on on the server.
fn the_time_is_kept(server: Server, statements: &str) {
    if !server.is_there() {
        return;
    }
    let mut database = cases::database(server);
    let schema = support::schema_of(&database);
    let graph = Graph::new(&schema);
    let named = |name: &str| {
        graph
            .tables()
            .find(|id| graph.table(*id).name.name == name)
            .expect("a table")
    };
    let classes = support::classified(&graph, named("clients"));
    let subject = Subject {
        graph: &graph,
        classes: &classes,
        root_key: &["region".to_owned(), "no".to_owned()],
    };
    let (mut other, address) = (Database::create(server), database.address());
    let running = statements.replace("DATABASE", database.name());
    let _held = Held::new(&mut database);
    let options = Options {
        limit: Some(Duration::from_secs(2)),
        ..Options::default()
    };
    let start = Instant::now();
    let questions = ["notes", "tags"].map(|name| Question::Owners(named(name)));
    let outcome = support::ask(&address, &subject, &questions, &options);
    assert!(
        start.elapsed() < Duration::from_secs(12),
        "it took {:?}",
        start.elapsed()
    );
    assert!(outcome.answers.get(&questions[0]).is_some(), "{:?}", outcome.unanswered);
    assert_eq!(outcome.unanswered.len(), 1, "{:?}", outcome.unanswered);
    assert_eq!(outcome.unanswered[0].question, questions[1]);
    assert_eq!(outcome.unanswered[0].reason, "the time was over");
    assert_eq!(other.column(&running), ["0"]);
}

#[test]
fn the_time_is_kept_on_postgres() {
    the_time_is_kept(
        Server::Postgres,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = 'DATABASE' AND application_name LIKE 'exodus%' AND state = 'active'",
    );
}

const STATEMENTS: &str =
    "SELECT count(*) FROM information_schema.processlist WHERE db = 'DATABASE' AND command = 'Query'";

#[test]
fn the_time_is_kept_on_mariadb() {
    the_time_is_kept(Server::MariaDb, STATEMENTS);
}

#[test]
fn the_time_is_kept_on_mysql() {
    the_time_is_kept(Server::MySql, STATEMENTS);
}

/// On MySQL, whose catalogue can be read while a table is held.
#[cfg(unix)]
#[test]
fn ctrl_c_ends_what_runs_on_the_server() {
    let server = Server::MySql;
    if !server.is_there() {
        return;
    }
    let mut database = cases::database(server);
    let mut other = Database::create(server);
    let statements = STATEMENTS.replace("DATABASE", database.name());
    let place = place(&database);
    let _held = Held::new(&mut database);
    let mut command = place.command(&["audit"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("a process");
    let start = Instant::now();
    let waiting = format!("{statements} AND state LIKE 'Waiting for table metadata lock' AND info LIKE '%tags%'");
    while other.column(&waiting) == ["0"] {
        assert!(start.elapsed() < Duration::from_secs(20), "it never came to the table");
        std::thread::sleep(Duration::from_millis(50));
    }
    let killed = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("kill");
    assert!(killed.success());
    let output = child.wait_with_output().expect("its end");
    secrets::none_in_output("audit", &output.stdout, &output.stderr);
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "it took {:?}",
        start.elapsed()
    );
    assert_eq!(other.column(&statements), ["0"]);
}

#[test]
fn what_is_wrong_is_said() {
    let database = cases::database(Server::Sqlite);
    let place = place(&database);
    let missing = place.run(&["audit", "--client", "West,9"]).expect(3);
    assert!(
        missing.stderr.contains("West,9") || missing.stderr.contains("client"),
        "{}",
        missing.stderr
    );
    place.run(&["audit", "--sample", "200"]).expect(2);
    place.run(&["audit", "--from", "nowhere"]).expect(2);
    place.run(&["audit", "--root", "no_such_table"]).expect(2);
    place.run(&["audit", "--from", "no-such-file.sqlite"]).expect(3);
    if Server::Postgres.is_there() {
        let database = Database::create(Server::Postgres);
        let place = Place::new("", &[("monolith", database.address_with_password(Some("wrong")))]);
        let refused = place.run(&["audit"]).expect(3);
        assert!(
            refused.stderr.contains("refused the user or password"),
            "{}",
            refused.stderr
        );
        assert!(!refused.text().contains("wrong@"), "the password is shown");
    }
}

/// What is looked at in part is said to be.
#[test]
fn samples_say_that_they_are() {
    for server in [Server::Sqlite, Server::MariaDb] {
        if !server.is_there() {
            continue;
        }
        let mut database = Database::create(server);
        database.run(
            "CREATE TABLE clients (region int NOT NULL, no int NOT NULL, PRIMARY KEY (region, no));
             CREATE TABLE tracks (id int NOT NULL PRIMARY KEY, region int, no int, FOREIGN KEY (region, no) REFERENCES clients (region, no));
             INSERT INTO clients VALUES (1, 1), (1, 2)",
        );
        for at in 0..40 {
            let rows: Vec<_> = (0..100)
                .map(|row| format!("({}, 1, {})", at * 100 + row, 1 + row % 2))
                .collect();
            database.run(&format!("INSERT INTO tracks VALUES {}", rows.join(", ")));
        }
        // Small tables are read whole; where the server has no estimate, it is for the user to know.
        let sampled = server == Server::Sqlite;
        let found = audit(&place(&database), &["--sample", "25", "--fail-on", "never"])
            .expect(0)
            .json();
        let tracks = owners(&found, "tracks");
        let one = tracks["one"].as_u64().unwrap_or(0);
        assert_eq!(tracks["sampled"], sampled, "{found:#}");
        assert!(
            if sampled {
                (500..1500).contains(&one)
            } else {
                one == 4000
            },
            "{one} rows"
        );
    }
}

/// Unique values that another database has are counted against it.
#[test]
fn collisions_are_counted() {
    let script = "CREATE TABLE clients (region int NOT NULL, no int NOT NULL, login varchar(20) UNIQUE, PRIMARY KEY (region, no));";
    let (mut here, mut there) = (Database::create(Server::Sqlite), Database::create(Server::Sqlite));
    here.run(&format!(
        "{script} INSERT INTO clients VALUES (1, 1, 'a'), (1, 2, 'b'), (1, 3, 'c'), (1, 4, NULL)"
    ));
    there.run(&format!(
        "{script} INSERT INTO clients VALUES (7, 1, 'c'), (7, 2, 'a'), (7, 3, 'x'), (7, 4, NULL)"
    ));
    let place = Place::new(
        "root = \"clients\"\nroot_key = [\"region\", \"no\"]",
        &[("monolith", here.address()), ("shard", there.address())],
    );
    let found = audit(
        &place,
        &["--from", "monolith", "--against", "shard", "--fail-on", "never"],
    )
    .expect(0)
    .json();
    let hazards = found["hazards"].as_array().into_iter().flatten();
    let logins: Vec<_> = hazards.filter(|hazard| hazard["object"] == "clients(login)").collect();
    assert!(
        logins.iter().any(
            |hazard| hazard["proof"]["verdict"] == "proven" && hazard["proof"]["counts"].to_string().contains(":2")
        ),
        "{found:#}"
    );
}
