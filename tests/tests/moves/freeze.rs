//! Freezing by hand, and every example of docs/freeze.md, as it stands there.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use exodus_tests::beside::Beside;
use exodus_tests::database::Server;
use exodus_tests::world::{MOVE, World, innodb_transactions, servers};

const PAGE: &str = include_str!("../../../docs/freeze.md");
const FREEZE: [&str; 3] = ["freeze", "--client", "42"];
const UNFREEZE: [&str; 3] = ["unfreeze", "--client", "42"];

/// As it is said, whatever the width of the terminal.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn by_hand() {
    let mut world = World::new(Server::Sqlite);
    world.fails(&["freeze", "--client", "43"], 2);
    let frozen = world
        .place
        .run(&[&FREEZE[..], &["--reason", "an audit", "--format", "json"]].concat());
    let frozen = frozen.expect(0).json();
    assert_eq!(frozen["changed"], true, "{frozen:#}");
    assert_eq!(frozen["client"]["state"], "frozen");
    assert_eq!(frozen["client"]["reason"], "an audit");
    let again = world.place.run(&FREEZE).expect(0);
    assert!(
        words(&again.text()).contains("Client 42 on source is frozen already"),
        "{again:?}"
    );
    let shown = world.place.run(&["dispatch", "show", "--frozen"]).expect(0);
    assert!(shown.stdout.contains("frozen (an audit)"), "{shown:?}");
    let refused = world.place.run(&MOVE).expect(3);
    for says in ["was frozen by hand", "(an audit)", "exodus unfreeze --client 42"] {
        assert!(
            words(&refused.stderr).contains(says),
            "`{says}` is not said: {refused:?}"
        );
    }
    let many = world
        .place
        .run(&["move", "--where", "t.id = 42", "--to", "target"])
        .expect(3);
    assert!(words(&many.text()).contains("exodus unfreeze --client 42"), "{many:?}");

    world.place.run(&UNFREEZE).expect(0);
    let again = world
        .place
        .run(&[&UNFREEZE[..], &["--format", "json"]].concat())
        .expect(0)
        .json();
    assert_eq!(again["changed"], false, "{again:#}");
    world.untouched();

    let held = world.place.hold(&MOVE, "move-verified");
    for arguments in [FREEZE, UNFREEZE] {
        let refused = world.place.run(&arguments).expect(3);
        assert!(words(&refused.stderr).contains("is verified"), "{refused:?}");
        assert!(refused.stderr.contains("exodus abort"), "{refused:?}");
    }
    held.go_on().expect(0);
    assert_eq!(world.place.dispatch("42"), ("target".to_owned(), "active".to_owned()));
    // It has arrived: the purge that is left to do is nothing to those who write.
    world.place.run(&FREEZE).expect(0);
    assert_eq!(world.place.dispatch("42"), ("target".to_owned(), "frozen".to_owned()));
}

/// The fenced blocks of the page: the words after the fence, and the text.
fn blocks() -> impl Iterator<Item = (Vec<&'static str>, &'static str)> {
    let mut fences = PAGE.split("```");
    fences.next();
    std::iter::from_fn(move || {
        let (block, _) = (fences.next()?, fences.next());
        let (words, text) = block.split_once('\n')?;
        Some((words.split_whitespace().collect(), text))
    })
}

/// As the fences name it.
fn product(server: Server) -> &'static str {
    match server {
        Server::Postgres18 => "postgres",
        other => other.name(),
    }
}

/// What an example says for one of its steps.
fn step(example: &str, begins: &str) -> String {
    let parts: Vec<&str> = example.split("-- on ").skip(1).collect();
    let part = parts.iter().find_map(|part| {
        let (title, statements) = part.split_once('\n')?;
        title.starts_with(begins).then(|| statements.to_owned())
    });
    part.unwrap_or_else(|| panic!("no step `{begins}` in\n{example}"))
}

/// What an application does that follows the example; whether the order was written.
fn order(world: &World, example: &str) -> bool {
    let mut guess = "source".to_owned();
    loop {
        let mut shard = Beside::of(if guess == "source" {
            &world.source
        } else {
            &world.target
        });
        shard.run(&step(example, "the shard")).expect("a transaction");
        let rows = world
            .store()
            .rows(&step(example, "the dispatch store"))
            .expect("an answer");
        let [Some(found), Some(state), Some(_)] = &rows[0][..] else {
            panic!("{rows:?}")
        };
        let rollback = step(example, "the shard, otherwise");
        if state == "frozen" {
            shard.run(&rollback).expect("it ends");
            return false;
        }
        if *found == guess {
            shard
                .run(&step(example, "the shard, if that is where"))
                .expect("an order");
            return true;
        }
        shard.run(&rollback).expect("it ends");
        guess.clone_from(found);
    }
}

#[test]
fn the_statements_of_the_page() {
    let mut tested = vec![];
    for (words, example) in blocks().filter(|(words, _)| words[0] == "sql") {
        for server in Server::ALL {
            let product = product(server);
            if !words.contains(&product) {
                continue;
            }
            tested.push(product);
            if !server.is_there() {
                continue;
            }
            let store = (server != Server::Sqlite).then_some(server);
            let mut world = World::with_store(server, store);
            let count = "SELECT COUNT(*) FROM orders WHERE id = 4711 AND client_id = 42";
            world.place.run(&FREEZE).expect(0);
            assert!(!order(&world, example), "on {}", server.name());
            world.place.run(&UNFREEZE).expect(0);
            assert_eq!(world.source.column(count), ["0"]);
            assert!(order(&world, example), "on {}", server.name());
            assert_eq!(world.source.column(count), ["1"]);
            world.source.run("DELETE FROM orders WHERE id = 4711");
            world.place.run(&MOVE).expect(0);
            assert!(order(&world, example), "on {}", server.name());
            assert_eq!(
                (world.source.column(count), world.target.column(count)),
                (vec!["0".into()], vec!["1".into()])
            );
        }
    }
    tested.dedup();
    assert_eq!(
        tested,
        ["postgres", "mariadb", "mysql", "sqlite"],
        "an example for each product"
    );
}

/// A transaction that the server does not list is one that no move can wait for.
#[test]
fn the_server_knows_of_a_transaction_before_it_asks() {
    for server in servers() {
        let example = blocks().find(|(words, _)| words[0] == "sql" && words.contains(&product(server)));
        let (_, example) = example.expect("an example for each product");
        let mut world = World::new(server);
        let mut shard = Beside::of(&world.source);
        let me = match server.dialect() {
            "postgres" => shard.rows("SELECT pg_backend_pid()"),
            "mysql" => shard.rows("SELECT connection_id()"),
            _ => Ok(vec![vec![Some(String::new())]]),
        };
        let me = me.expect("a number")[0][0].clone().expect("a number");
        shard.run(&step(example, "the shard")).expect("a transaction");
        let listed = match server {
            Server::Postgres | Server::Postgres18 => {
                let known = format!("SELECT COUNT(*) FROM pg_locks WHERE locktype = 'virtualxid' AND pid = {me}");
                world.target.column(&known) == ["1"]
            }
            Server::MySql => {
                let known = format!(
                    "SELECT COUNT(*) FROM performance_schema.events_transactions_current e
                     JOIN performance_schema.threads t ON t.THREAD_ID = e.THREAD_ID
                     WHERE e.STATE = 'ACTIVE' AND t.PROCESSLIST_ID = {me}"
                );
                world.target.column(&known) == ["1"]
            }
            Server::MariaDb => innodb_transactions(&mut world.target)
                .iter()
                .any(|(session, _)| *session == me),
            Server::Sqlite => {
                let file = world.source.path().expect("a file");
                let other = rusqlite::Connection::open(file).expect("it opens");
                other.busy_timeout(Duration::ZERO).expect("a timeout");
                other.execute_batch("BEGIN IMMEDIATE").is_err()
            }
        };
        assert!(listed, "it isn't listed on {}", server.name());
    }
}

#[test]
fn the_commands_of_the_page() {
    let world = World::new(Server::Sqlite);
    let commands = PAGE.lines().filter_map(|line| line.strip_prefix("    exodus "));
    let mut run = 0;
    for command in commands {
        // What is between quotes is one word.
        let parts = command.replace("shard3", "target");
        let words = parts.split('"').enumerate().flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().collect(),
            _ => vec![part],
        });
        let words: Vec<&str> = words.collect();
        world.place.run(&words).expect(0);
        run += 1;
    }
    assert_eq!(run, 4);
    assert_eq!(world.place.dispatch("42"), ("target".to_owned(), "active".to_owned()));
}

/// The interpreter, if it is there; says loudly if not.
fn python() -> Option<Command> {
    let mut command = Command::new("python3");
    let there = command
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if there.is_ok_and(|status| status.success()) {
        return Some(Command::new("python3"));
    }
    println!("SKIPPED: python3 is not there, which has to run the examples of docs/freeze.md");
    None
}

const REQUESTS: &str = r#"
import sys
import orders
from middleware import FrozenClients

orders.STORE, source, target, order = sys.argv[1:5]
orders.SHARDS = {"source": source, "target": target}

def application(environ, start_response):
    if environ["REQUEST_METHOD"] == "POST":
        orders.place_order(42, int(order))
    start_response("200 OK", [])
    return [str(orders.orders_of(42)).encode()]

def start_response(status, headers):
    print(status, dict(headers).get("Retry-After"))

for method in ["POST", "GET"]:
    print(b"".join(FrozenClients(application)({"REQUEST_METHOD": method}, start_response)).decode().strip())
"#;

/// Two requests, one that writes and one that reads.
fn requests(world: &World, folder: &Path, order: &str) -> Option<Vec<String>> {
    let mut command = python()?;
    command.current_dir(folder).args(["-B", "-c", REQUESTS]);
    command.arg(world.place.path().join("exodus-dispatch.sqlite"));
    command.args([&world.source, &world.target].map(|database| database.path().expect("a file")));
    let output = command.arg(order).output().expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    Some(text(&output.stdout).lines().map(str::to_owned).collect())
}

#[test]
fn the_python_of_the_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut files = 0;
    for (words, text) in blocks().filter(|(words, _)| words[0] == "python") {
        std::fs::write(folder.path().join(words[1]), text).expect("a file");
        files += 1;
    }
    assert_eq!(files, 2);
    let world = World::new(Server::Sqlite);
    let Some(answers) = requests(&world, folder.path(), "11") else {
        return;
    };
    assert_eq!(answers, ["200 OK None", "[1, 2, 11]", "200 OK None", "[1, 2, 11]"]);
    world.place.run(&FREEZE).expect(0);
    let answers = requests(&world, folder.path(), "12").expect("it was there");
    let moved = "This account is being moved. Try again in a moment.";
    assert_eq!(
        answers,
        ["503 Service Unavailable 1", moved, "200 OK None", "[1, 2, 11]"]
    );
    world.place.run(&UNFREEZE).expect(0);
    world.place.run(&MOVE).expect(0);
    world.place.run(&["purge", "1", "--yes"]).expect(0);
    let answers = requests(&world, folder.path(), "13").expect("it was there");
    assert_eq!(answers[3], "[1, 2, 11, 13]");
}
