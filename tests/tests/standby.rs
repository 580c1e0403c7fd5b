//! Servers that replicate another one and refuse writes: `classify` and `audit` tell there what they tell on the primary,
//! and no move begins or ends there.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use exodus_engine::{Address, ConnectOptions};
use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server, prefix};
use serde_json::Value;
use url::Url;

/// A server to write to and one that follows it; the second is gone with the value.
struct Pair {
    server: Server,
    primary: Url,
    standby: Url,
    names: Vec<String>,
}

fn script(arguments: &[&str]) -> std::process::Output {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("servers/servers"))
        .args(arguments)
        .output()
        .expect("tests/servers/servers runs")
}

impl Pair {
    fn start(server: Server) -> Option<Self> {
        const NOT_OURS: i32 = 3;
        if !server.is_there() {
            return None;
        }
        let output = script(&["standby", server.name(), &prefix()]);
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.code() == Some(NOT_OURS) {
            println!("SKIPPED: a standby of {}: {said}", server.name());
            let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!ci, "CI has to test a standby of {}", server.name());
            return None;
        }
        assert!(output.status.success(), "{said}");
        let told = String::from_utf8(output.stdout).expect("URLs and names");
        let mut lines = told.lines();
        let mut url = || Url::parse(lines.next().expect("a line for each server")).expect("a URL");
        Some(Self {
            server,
            primary: url(),
            standby: url(),
            names: lines.next().expect("names").split(' ').map(str::to_owned).collect(),
        })
    }

    /// Waits until it has come to the standby. What was made before it has, too: a standby keeps the order.
    fn wait_for(&self, last: &Database) {
        let address: Address = last.address_at(&self.standby).parse().expect("an address");
        let options = ConnectOptions {
            read_only: true,
            ..ConnectOptions::default()
        };
        // On PostgreSQL our sessions have no search path.
        let sql = match self.server {
            Server::Postgres => "SELECT 1 FROM public.it_has_come",
            _ => "SELECT 1 FROM it_has_come",
        };
        let begun = Instant::now();
        let mut told = String::new();
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        while begun.elapsed() < Duration::from_mins(1) {
            let done: Result<_, exodus_engine::Error> = runtime.block_on(async {
                let mut session = exodus_engine::connect("standby", &address, options).await?;
                session.query(sql).await
            });
            match done {
                Ok(_) => return,
                Err(error) => told = error.to_string(),
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the standby of {} doesn't follow: {told}", self.server.name());
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        let mut arguments = vec!["stop-standby"];
        arguments.extend(self.names.iter().map(String::as_str));
        script(&arguments);
    }
}

/// The sample schemas whose rows prove or refute something, each in a database of its own, the last one made last.
fn databases(pair: &Pair) -> Vec<(String, Database)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/hazards");
    let mut folders: Vec<_> = std::fs::read_dir(folder)
        .expect("schemas/hazards")
        .map(|entry| entry.expect("an entry").path())
        // A million rows, of which each server makes its own estimates.
        .filter(|path| path.is_dir() && !path.ends_with("heavy-context"))
        .collect();
    folders.sort();
    let file = format!("{}.sql", pair.server.dialect());
    let loaded = folders.into_iter().filter_map(|folder| {
        let sql = std::fs::read_to_string(folder.join(&file)).ok()?;
        let mut database = Database::create_at(pair.server, pair.primary.clone());
        database.run(&sql);
        Some((folder.file_name()?.to_string_lossy().into_owned(), database))
    });
    let mut loaded: Vec<_> = loaded.collect();
    let (_, last) = loaded.last_mut().expect("samples");
    last.run("CREATE TABLE it_has_come (id int PRIMARY KEY)");
    loaded
}

fn tells_the_same(server: Server) {
    let Some(pair) = Pair::start(server) else { return };
    let databases = databases(&pair);
    let (_, last) = databases.last().expect("samples");
    pair.wait_for(last);
    let mut proved = 0;
    for (at, (name, database)) in databases.iter().enumerate() {
        let (here, there) = (database.address(), database.address_at(&pair.standby));
        let place = Place::new("root = \"clients\"", &[("primary", here), ("standby", there)]);
        let told = |command: &str, from: &str| {
            let arguments = [command, "--from", from, "--format", "json", "--fail-on", "never"];
            let mut told = place.run(&arguments).expect(0).json();
            if let Some(audit) = told["audit"].as_object_mut() {
                audit.retain(|key, _| !["steps", "seconds"].contains(&key.as_str()));
            }
            told
        };
        // The audit reads the schema as well: so a few of these do.
        if at % 4 == 0 {
            same(name, &told("classify", "primary"), &told("classify", "standby"));
        }
        let audited = told("audit", "standby");
        same(name, &told("audit", "primary"), &audited);
        let hazards = audited["hazards"].as_array().expect("hazards").iter();
        proved += hazards.filter(|hazard| hazard["severity"] == "error").count();
    }
    // Otherwise nothing was compared.
    assert!(proved > 5, "{proved} errors in {} databases", databases.len());
    no_move(&pair, &databases[0].1, &databases[1].1);
    no_purge(&pair);
}

/// Fails with the lines that differ.
fn same(name: &str, primary: &Value, standby: &Value) {
    let (primary, standby) = (format!("{primary:#}"), format!("{standby:#}"));
    let lines = primary.lines().zip(standby.lines()).filter(|(one, other)| one != other);
    let lines: Vec<_> = lines.take(8).collect();
    assert!(primary == standby, "{name}: {lines:#?}");
}

/// Rows of a while ago must not be moved, and those of a standby could not be removed.
fn no_move(pair: &Pair, one: &Database, other: &Database) {
    let place = Place::new(
        "root = \"clients\"\ndispatch = \"sqlite:dispatch.sqlite\"",
        &[
            ("primary", one.address()),
            ("standby", one.address_at(&pair.standby)),
            ("other", other.address()),
            ("standby_of_other", other.address_at(&pair.standby)),
        ],
    );
    place.run(&["dispatch", "init"]).expect(0);
    for (from, to, help) in [
        ("standby", "other", "name its primary with --from"),
        ("standby", "primary", "name its primary with --from"),
        ("primary", "standby_of_other", "name its primary with --to"),
    ] {
        for more in [&["--dry-run"][..], &[]] {
            let arguments = [&["move", "--client", "1", "--from", from, "--to", to], more].concat();
            let refused = place.run(&arguments).expect(3).stderr;
            assert!(refused.contains(help), "{from} to {to}: {refused}");
        }
    }
    let moves = place.run(&["moves", "--format", "json"]).expect(0).json();
    assert_eq!(moves["moves"], serde_json::json!([]), "no move was begun");
}

/// After a failover the configuration may name what is a standby now: the move stays as it is until it names the primary.
fn no_purge(pair: &Pair) {
    const TABLES: &str = "CREATE TABLE clients (id int PRIMARY KEY); CREATE TABLE notes (id int PRIMARY KEY, client_id int \
        NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id)); CREATE TABLE it_has_come (id int PRIMARY KEY);";
    let [mut source, mut target] = [(); 2].map(|()| Database::create_at(pair.server, pair.primary.clone()));
    target.run(TABLES);
    source.run(TABLES);
    source.run("INSERT INTO clients VALUES (1), (2); INSERT INTO notes VALUES (1, 1), (2, 2);");
    pair.wait_for(&source);
    let store = tempfile::tempdir().expect("a folder for temporary files");
    let lines = format!(
        "root = \"clients\"\ndispatch = \"sqlite:{}/dispatch.sqlite\"",
        store.path().display()
    );
    let place = |source: String| Place::new(&lines, &[("source", source), ("target", target.address())]);
    let (now, later) = (place(source.address()), place(source.address_at(&pair.standby)));
    now.run(&["dispatch", "init"]).expect(0);
    now.run(&["move", "--client", "1", "--from", "source", "--to", "target"])
        .expect(0);
    let refused = later.run(&["purge", "1", "--yes"]).expect(3).stderr;
    assert!(refused.contains("name its primary"), "{refused}");
    let moves = later.run(&["moves", "--format", "json"]).expect(0).json();
    assert_eq!(moves["moves"][0]["status"], "switched", "{moves}");
    now.run(&["purge", "1", "--yes"]).expect(0);
}

#[test]
fn postgres() {
    tells_the_same(Server::Postgres);
}

#[test]
fn mariadb() {
    tells_the_same(Server::MariaDb);
}

#[test]
fn mysql() {
    tells_the_same(Server::MySql);
}
