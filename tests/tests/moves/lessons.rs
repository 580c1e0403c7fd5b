//! What has gone wrong in the field when rows were verified, switched and cleaned up (l40 to l52): where each is tested, and the
//! tests that belong to no other file.

use std::path::{Path, PathBuf};

use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};
use exodus_tests::world::{MOVE, World, networked, servers};
use url::Url;

const FIRST: u32 = 40;
const LAST: u32 = 52;
const TESTS: [(&str, &str, &str); 24] = [
    (
        "l40",
        "crates/engine/tests/postgres/failures.rs",
        "a_reader_whose_server_dies_has_lost_its_connection",
    ),
    ("l40", "tests/tests/moves/broken.rs", "anywhere_in_a_move"),
    (
        "l41",
        "tests/tests/fidelity/collations.rs",
        "context_rows_that_differ_in_capitals",
    ),
    (
        "l42",
        "tests/tests/moves/lessons.rs",
        "l42_all_rows_that_differ_are_listed_up_to_a_limit_that_is_told",
    ),
    (
        "l43",
        "tests/tests/moves/not_ours.rs",
        "l43_an_abort_removes_only_what_the_move_has_written",
    ),
    (
        "l43",
        "tests/tests/moves/not_ours.rs",
        "l43_a_move_that_begins_anew_removes_only_its_own_rows",
    ),
    ("l44", "tests/tests/moves/kills.rs", "before_the_freeze"),
    ("l44", "tests/tests/moves/kills.rs", "before_the_copy"),
    (
        "l44",
        "tests/tests/moves/kills.rs",
        "with_all_rows_on_the_target_and_none_committed",
    ),
    ("l44", "tests/tests/moves/kills.rs", "before_the_commit_of_the_target"),
    (
        "l44",
        "tests/tests/moves/kills.rs",
        "between_the_commit_of_the_target_and_the_switch",
    ),
    ("l45", "tests/tests/moves/kills.rs", "in_the_transaction_of_the_switch"),
    ("l45", "tests/tests/moves/broken.rs", "the_commit_of_the_switch"),
    (
        "l46",
        "tests/tests/moves/drain/settings.rs",
        "l46_settings_that_can_not_be_kept_are_errors",
    ),
    (
        "l47",
        "tests/tests/moves/lessons.rs",
        "l47_no_statement_asks_a_server_for_md5",
    ),
    (
        "l48",
        "crates/classify/src/rules/cascade_order.rs",
        "l48_the_diamond_of_foo_and_bar",
    ),
    (
        "l48",
        "tests/tests/moves/lessons.rs",
        "l48_rows_go_child_first_and_no_cascade_is_relied_on",
    ),
    (
        "l49",
        "tests/tests/policies/incoming.rs",
        "what_others_reference_stays_until_nobody_does",
    ),
    ("l49", "tests/tests/moves/failures.rs", "late_rows_are_never_purged"),
    (
        "l50",
        "tests/tests/moves/lessons.rs",
        "l50_who_may_only_read_can_make_every_dry_run",
    ),
    ("l51", "crates/cli/tests/wiring.rs", "l51_exit_codes"),
    ("l51", "tests/tests/moves/broken.rs", "the_commit_of_the_target"),
    ("l51", "tests/tests/moves/broken.rs", "the_commit_of_a_purge"),
    (
        "l52",
        "tests/tests/moves/lessons.rs",
        "l52_the_snapshot_ends_with_the_copy_and_its_age_is_told",
    ),
];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every lesson has a test, which is there, is a test, and says whose it is.
#[test]
fn every_lesson_has_its_test() {
    for number in FIRST..=LAST {
        let lesson = format!("l{number}");
        assert!(TESTS.iter().any(|(of, ..)| *of == lesson), "{lesson} has no test");
    }
    for (lesson, file, name) in TESTS {
        let text = std::fs::read_to_string(repository().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let found = text.find(&format!("fn {name}("));
        let before = &text[..found.unwrap_or_else(|| panic!("{file} has no {name}"))];
        let words = before.rsplit("\n\n").next().unwrap_or_default();
        assert!(words.contains("test]"), "{name} in {file} is no test");
        let says = words
            .lines()
            .any(|line| line.trim_start().starts_with("///") && line.contains(lesson));
        assert!(says, "{name} in {file} does not say that it is about {lesson}");
    }
}

/// l42: not the first row that differs but all of them, up to a number that is told.
#[test]
fn l42_all_rows_that_differ_are_listed_up_to_a_limit_that_is_told() {
    let mut world = World::new(Server::Sqlite);
    world.place.run(&MOVE).expect(0);
    let late: Vec<String> = (1000..2003).map(|id| format!("({id}, 42, 'late')")).collect();
    world
        .source
        .run(&format!("INSERT INTO orders VALUES {}", late.join(", ")));
    let flat = |arguments: &[&str]| {
        let output = world.place.run(arguments).expect(4);
        output.text().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let said = "and 3 more: at most 1000 of a table are listed";
    let text = flat(&["purge", "1", "--yes", "--show-keys"]);
    let keys = text.split_once("keys: ").and_then(|(_, rest)| rest.split_once(said));
    let (keys, _) = keys.unwrap_or_else(|| panic!("{text}"));
    assert_eq!(keys.split_whitespace().count(), 1_000, "{keys}");
    let text = flat(&["reconcile", "1"]);
    assert_eq!(text.matches("inserted on source").count(), 1_000);
    assert!(text.contains(said), "{text}");
}

/// l47: servers in FIPS mode have no `md5()`; digests are made by exodus itself, of rows that are read.
#[test]
fn l47_no_statement_asks_a_server_for_md5() {
    let mut folders = vec![repository().join("crates")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "tests") {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs" || end == "sql") {
                files += 1;
                let text = std::fs::read_to_string(&path).expect("text").to_lowercase();
                assert!(!text.contains("md5("), "{} asks for it", path.display());
            }
        }
    }
    assert!(files > 300, "only {files} files were looked at");
}

/// l48: a diamond of cascades; each row is removed by its own statement, and counted.
#[test]
fn l48_rows_go_child_first_and_no_cascade_is_relied_on() {
    const SCHEMA: &str = "
        CREATE TABLE clients (id INT PRIMARY KEY);
        CREATE TABLE foos (id INT PRIMARY KEY, client_id INT NOT NULL,
            FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE);
        CREATE TABLE bars (id INT PRIMARY KEY, client_id INT NOT NULL, foo_id INT NOT NULL,
            FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
            FOREIGN KEY (foo_id) REFERENCES foos (id));
    ";
    const DATA: &str = "
        INSERT INTO clients VALUES (42), (7);
        INSERT INTO foos VALUES (1, 42), (2, 42), (3, 7);
        INSERT INTO bars VALUES (1, 42, 1), (2, 42, 2), (3, 7, 3);
    ";
    for server in servers() {
        let mut world = World::with_schema((server, server), SCHEMA, "", DATA);
        world.place.run(&MOVE).expect(0);
        for how in ["enforced", "proven"] {
            let purge = ["purge", "1", "--yes", "--integrity", how, "--format", "json"];
            let output = world.place.run(&purge);
            if output.code != 0 && how == "proven" {
                continue;
            }
            let told = output.expect(0).json();
            let tables = told["purge"]["tables"].as_array().expect("tables").iter();
            let rows: Vec<_> = tables.map(|table| table["rows"].clone()).collect();
            assert_eq!(rows, [2, 2, 1], "{told:#}");
            break;
        }
        assert_eq!(world.source.column("SELECT id FROM bars"), ["3"]);
    }
}

/// Somebody who may read all tables of both databases, and nothing else.
struct Reader<'w> {
    admin: Database,
    world: &'w World,
    name: String,
    place: PathBuf,
    before: String,
}

impl<'w> Reader<'w> {
    /// From now on the configuration names both databases by this user.
    fn take_over(world: &'w World) -> Self {
        let mut admin = world.source.again();
        let name = format!("{}_reader", world.source.name().replace("exodus_test", "r"));
        let place = world.place.path().join("exodus.toml");
        let before = std::fs::read_to_string(&place).expect("a configuration");
        let mut after = before.clone();
        let postgres = world.source.server().dialect() == "postgres";
        admin.run(&if postgres {
            format!("CREATE ROLE {name} LOGIN PASSWORD 'reader'")
        } else {
            format!("CREATE USER {name} IDENTIFIED BY 'reader'; GRANT PROCESS ON *.* TO {name}")
        });
        for database in [&world.source, &world.target] {
            let grant = if postgres {
                format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")
            } else {
                format!("GRANT SELECT ON `{}`.* TO {name}", database.name())
            };
            database.again().run(&grant);
            let mut url = Url::parse(&database.address()).expect("a URL");
            url.set_username(&name).expect("a host");
            url.set_password(Some("reader")).expect("a host");
            after = after.replace(&database.address(), url.as_str());
        }
        assert_ne!(after, before);
        std::fs::write(&place, after).expect("a configuration");
        Self {
            admin,
            world,
            name,
            place,
            before,
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        std::fs::write(&self.place, &self.before).expect("a configuration");
        let name = &self.name;
        if self.world.source.server().dialect() == "postgres" {
            self.world.target.again().run(&format!("DROP OWNED BY {name}"));
            self.admin.run(&format!("DROP OWNED BY {name}; DROP ROLE {name}"));
        } else {
            self.admin.run(&format!("DROP USER {name}"));
        }
    }
}

/// l50: a dry run holds sessions that only read: who has no privilege but SELECT can make each of them, and nothing changes.
#[test]
fn l50_who_may_only_read_can_make_every_dry_run() {
    for server in networked() {
        let mut world = World::new(server).by_administrator();
        look(&mut world, &[&[&MOVE[..], &["--dry-run"]].concat()]);
        world.place.hold(&MOVE, "move-committed").kill();
        look(
            &mut world,
            &[&["abort", "1", "--dry-run"], &["resume", "1", "--dry-run"]],
        );
        world.place.run(&["resume", "1", "--yes"]).expect(0);
        look(
            &mut world,
            &[
                &["purge", "1", "--dry-run"],
                &["rollback", "1", "--dry-run"],
                &["reconcile", "1", "--dry-run", "--take", "source"],
            ],
        );
        world.source.run("INSERT INTO orders VALUES (9, 42, 'late')");
        look(&mut world, &[&["reconcile", "1", "--dry-run", "--take", "source"]]);
    }
}

fn look(world: &mut World, commands: &[&[&str]]) {
    let moves = |place: &Place| place.run(&["moves", "--format", "json"]).expect(0).json()["moves"][0]["seq"].clone();
    let before = (world.dumps(), moves(&world.place));
    {
        let reader = Reader::take_over(world);
        for command in commands {
            reader.world.place.run(command).expect(0);
        }
    }
    assert_eq!((world.dumps(), moves(&world.place)), before, "{commands:?}");
}

/// l52: nothing holds the source's snapshot any more when the rows are there, and the journal says how old it became.
#[test]
fn l52_the_snapshot_ends_with_the_copy_and_its_age_is_told() {
    for server in servers() {
        let mut world = World::new(server);
        let held = world.place.hold(&MOVE, "move-copied");
        if server.dialect() == "postgres" {
            let name = world.source.name().to_owned();
            let holds = world.source.column(&format!(
                "SELECT pid::text FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()
                 AND (backend_xmin IS NOT NULL OR xact_start IS NOT NULL)"
            ));
            assert!(holds.is_empty(), "sessions hold a snapshot of the source: {holds:?}");
        }
        held.go_on().expect(0);
        let shown = world.place.run(&["moves", "show", "1"]).expect(0).stdout;
        assert!(shown.contains("snapshot seconds"), "{shown}");
    }
}
