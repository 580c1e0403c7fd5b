//! `exodus demo`, as a newcomer runs it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use exodus_engine::{Address, ConnectOptions};

/// Runs the program with these arguments, outside of any configuration.
fn exodus(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exodus"));
    command
        .args(arguments)
        .env_remove("EXODUS_CONFIG")
        .env_remove("EXODUS_DEMO_ON");
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The first value that a query gives.
fn ask(file: &Path, sql: &str) -> String {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let address = Address::Sqlite(file.to_owned());
        let options = ConnectOptions {
            read_only: true,
            ..ConnectOptions::default()
        };
        let mut connection = exodus_engine::connect("test", &address, options).await.unwrap();
        let answer = connection.query(sql).await.unwrap();
        answer.into_iter().flatten().flatten().next().unwrap()
    })
}

/// Nothing that only a terminal understands, and nothing that wraps there.
fn is_plain_and_narrow(text: &str, directory: &Path) {
    let program = env!("CARGO_BIN_EXE_exodus");
    for line in text.lines() {
        let has_path = line.contains(&*directory.to_string_lossy()) || line.contains(program);
        assert!(
            !line.contains('\x1b') && (has_path || line.chars().count() <= 80),
            "{line}"
        );
    }
}

#[test]
fn client_42_arrives_and_the_reader_can_go_on() {
    let parent = tempfile::tempdir().unwrap();
    let parent = parent.path().canonicalize().unwrap();
    let directory = parent.join("a demo");
    let out = exodus(&["demo", "--dir", &directory.to_string_lossy()]);
    let (stdout, stderr) = (text(&out.stdout), text(&out.stderr));
    assert!(out.status.success(), "{stdout}\n{stderr}");
    is_plain_and_narrow(&stdout, &parent);
    is_plain_and_narrow(&stderr, &parent);

    let count = |database: &str, from: &str| ask(&directory.join(database), &format!("SELECT count(*) FROM {from}"));
    let tracks_of_42 = "tracks WHERE rental_id IN (SELECT id FROM rentals WHERE client_id = 42)";
    assert_eq!(count("shard3.sqlite", tracks_of_42), "20000");
    assert_eq!(count("shard3.sqlite", "rentals WHERE client_id <> 42"), "0");
    assert_eq!(count("monolith.sqlite", "clients WHERE id = 42"), "0");
    assert_eq!(count("monolith.sqlite", "clients"), "99");
    // A shard has what clients need, and nothing else.
    assert_eq!(count("shard1.sqlite", "cities"), count("monolith.sqlite", "cities"));
    assert_eq!(
        count("shard1.sqlite", "sqlite_schema WHERE name = 'anti_fraud_systems'"),
        "0"
    );

    // The commands that it showed work in the directory that it leaves.
    let config = directory.join("exodus.toml");
    let shown = exodus(&[
        "dispatch",
        "show",
        "--client",
        "42",
        "--config",
        &config.to_string_lossy(),
    ]);
    assert!(
        shown.status.success() && text(&shown.stdout).contains("shard3"),
        "{shown:?}"
    );
}

#[test]
fn what_is_in_the_directory_is_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("monolith.sqlite");
    fs::write(&file, "precious").unwrap();
    let run = |more: &[&str]| {
        let path = directory.path().to_string_lossy().into_owned();
        exodus(&[&["demo", "--dir", path.as_str()], more].concat())
    };
    let out = run(&[]);
    assert_eq!(out.status.code(), Some(2), "{out:?}");
    assert!(text(&out.stderr).contains("is not empty"), "{out:?}");
    // Not even with --replace, where there is something that no demo made.
    fs::write(directory.path().join("thesis.txt"), "precious").unwrap();
    let out = run(&["--replace"]);
    assert_eq!(out.status.code(), Some(2), "{out:?}");
    assert!(text(&out.stderr).contains("thesis.txt"), "{out:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let out = exodus(&["demo", "--dir", &file.join("demo").to_string_lossy()]);
    assert_eq!(out.status.code(), Some(3), "{out:?}");
    assert!(text(&out.stderr).contains("can't be written"), "{out:?}");
}

/// The whole story on a server: it says what it makes, keeps the password to itself, refuses to make it twice, and
/// drops it.
fn on_a_server(variable: &str) {
    let Ok(url) = std::env::var(variable) else {
        assert!(std::env::var_os("CI").is_none(), "{variable} is not set");
        println!("SKIPPED: {variable} is not set");
        return;
    };
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("demo");
    let name = format!("t{}", std::process::id());
    let run = |more: &[&str]| exodus(&[&["demo", "--on", &url, "--name", &name], more].concat());

    let out = run(&["--dir", &directory.to_string_lossy()]);
    let again = run(&[]);
    let dropped = run(&["--drop"]);
    assert!(out.status.success(), "{}\n{}", text(&out.stdout), text(&out.stderr));
    let monolith = format!("exodus_demo_{name}_monolith");
    assert!(text(&out.stdout).contains(&monolith), "{}", text(&out.stdout));
    assert!(
        again.status.code() == Some(2) && text(&again.stderr).contains(&monolith),
        "{again:?}"
    );
    assert!(
        dropped.status.success() && text(&dropped.stdout).contains(&monolith),
        "{dropped:?}"
    );
    assert!(text(&run(&["--drop"]).stdout).contains("no database of a demo"));

    let login = url.split_once("://").and_then(|(_, rest)| rest.split_once('@'));
    let password = login
        .and_then(|(login, _)| login.split_once(':'))
        .map_or("", |(_, password)| password);
    let config = fs::read_to_string(directory.join("exodus.toml")).unwrap();
    let shown = [&out, &again, &dropped]
        .map(|out| text(&out.stdout) + &text(&out.stderr))
        .concat();
    assert!(
        password.is_empty() || !(config + &shown).contains(password),
        "a password is shown"
    );
}

#[test]
fn on_postgres() {
    on_a_server("EXODUS_TEST_POSTGRES");
}

#[test]
fn on_mariadb() {
    on_a_server("EXODUS_TEST_MARIADB");
}

#[test]
fn on_mysql() {
    on_a_server("EXODUS_TEST_MYSQL");
}

/// The README tells of commands that there are.
#[test]
fn the_readme_names_real_commands() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let help = text(&exodus(&["--help"]).stdout);
    let known: Vec<_> = help
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .collect();
    let lines = readme.lines().map(|line| line.trim_start_matches(['$', ' ']));
    let named: Vec<_> = lines
        .filter_map(|line| {
            line.strip_prefix("exodus ")
                .or_else(|| line.strip_prefix("cargo run --release -- "))
        })
        .filter_map(|rest| rest.split([' ', '`']).next())
        .collect();
    assert!(named.len() >= 8, "{named:?}");
    for command in named {
        assert!(
            known.contains(&command),
            "README names `exodus {command}`; there are {known:?}"
        );
    }
}
