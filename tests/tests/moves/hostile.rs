//! Tables, columns and constraints whose names were chosen to be taken for something else: through the whole product nothing
//! is injected, no terminal is told what to do, and the client moves to and fro with all it has.

use exodus_tests::binary::{Output, Place};
use exodus_tests::database::{Database, Server};
use exodus_tests::dice::Dice;
use exodus_tests::least::{self, Tables};
use exodus_tests::world::servers;

/// What names are made of. Each has been an attack on something.
const PIECES: [&str; 34] = [
    "'; DROP TABLE canary; --",
    "\"; DROP TABLE canary; --",
    "`; DROP TABLE canary; -- ",
    "') OR ('1'='1",
    "\\",
    "\\'",
    "\"",
    "\"\"",
    "'",
    "`",
    "$1",
    "$$",
    "?",
    ":name",
    "@x",
    "{}",
    "{0}",
    "%s",
    "%",
    "_",
    "/*",
    "*/",
    "--",
    "#",
    ";",
    ",",
    "(",
    "select",
    "1st",
    "a b",
    "\u{202e}txt",
    "\t",
    "\u{1b}[31m",
    "ß\u{e9}",
];

/// A name that no other one of this world has.
fn any_name(dice: &mut Dice, number: usize) -> String {
    let pieces = 1 + dice.roll(3);
    let mut name: String = (0..pieces).map(|_| *dice.one_of(&PIECES)).collect();
    // In front for some, so that others begin with a quote or a digit; nothing may end with a space.
    if dice.roll(2) == 0 {
        name = format!("{number}{name}");
    } else {
        name.push_str(&number.to_string());
    }
    name.chars().take(60).collect::<String>().trim_end().to_owned()
}

fn quoted(server: Server, name: &str) -> String {
    match server.dialect() {
        "mysql" => format!("`{}`", name.replace('`', "``")),
        _ => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// The names of one world, raw and quoted.
struct Names {
    server: Server,
    raw: Vec<String>,
}

impl Names {
    fn new(server: Server, dice: &mut Dice) -> Self {
        let mut raw: Vec<String> = (0..12).map(|number| any_name(dice, number)).collect();
        // Two columns that differ in case only, where that is a difference.
        if server.dialect() == "postgres" {
            raw[9] = format!("{}Aa", &raw[8].chars().take(50).collect::<String>());
            raw[8] = format!("{}aA", &raw[8].chars().take(50).collect::<String>());
        }
        Self { server, raw }
    }

    fn q(&self, at: usize) -> String {
        quoted(self.server, &self.raw[at])
    }

    fn tables(&self) -> String {
        let [root, child, context] = [self.q(0), self.q(1), self.q(2)];
        let [key, name, to_root, to_context] = [self.q(3), self.q(4), self.q(5), self.q(6)];
        let (one, two) = (self.q(7), self.q(10));
        let (more, most, index) = (self.q(8), self.q(9), self.q(11));
        format!(
            "CREATE TABLE canary (id INT PRIMARY KEY); INSERT INTO canary VALUES (1);
             CREATE TABLE {context} ({key} INT PRIMARY KEY, {name} VARCHAR(40));
             CREATE TABLE {root} ({key} INT PRIMARY KEY, {name} VARCHAR(40));
             CREATE TABLE {child} ({key} INT PRIMARY KEY, {to_root} INT NOT NULL, {to_context} INT, {more} INT, {most} INT,
                 CONSTRAINT {one} FOREIGN KEY ({to_root}) REFERENCES {root} ({key}),
                 CONSTRAINT {two} FOREIGN KEY ({to_context}) REFERENCES {context} ({key}));
             CREATE INDEX {index} ON {child} ({more});
             INSERT INTO {context} VALUES (1, 'Riga');"
        )
    }

    fn rows(&self) -> String {
        let (root, child) = (self.q(0), self.q(1));
        format!(
            "INSERT INTO {root} VALUES (42, 'planted-secret'), (7, 'seven');
             INSERT INTO {child} VALUES (1, 42, 1, 5, 6), (2, 42, NULL, NULL, 7), (3, 7, 1, 8, 9);"
        )
    }
}

/// Nothing that a terminal obeys, and no value of a row.
#[track_caller]
fn is_plain(output: &Output, names: &Names) {
    let text = output.text();
    let bad = text.chars().find(|one| {
        let is_layout = matches!(*one, '\n' | '\t');
        (one.is_control() && !is_layout) || ('\u{202a}'..='\u{202e}').contains(one)
    });
    assert!(bad.is_none(), "{bad:?} is printed for {:?}: {text:?}", names.raw);
    assert!(!text.contains("planted-secret"), "{text}");
}

struct World {
    names: Names,
    source: Database,
    target: Database,
    place: Place,
}

impl World {
    fn new(server: Server, dice: &mut Dice) -> Self {
        let names = Names::new(server, dice);
        let (mut source, mut target) = (Database::create(server), Database::create(server));
        source.run(&format!("{}{}", names.tables(), names.rows()));
        target.run(&names.tables());
        let tables = Tables {
            root: &names.raw[0],
            context: &[],
        };
        least::moves_between(&mut source, &mut target, tables);
        let lines = format!("root = {}\n", toml::Value::from(names.raw[0].as_str()));
        let place = Place::of(&lines, &source, &target);
        Self {
            names,
            source,
            target,
            place,
        }
    }

    #[track_caller]
    fn run(&self, arguments: &[&str], code: i32) {
        let output = self.place.run(arguments);
        // What programs read has other ways to tell.
        if !arguments.contains(&"json") {
            is_plain(&output, &self.names);
        }
        assert_eq!(
            output.code,
            code,
            "{arguments:?} with {:?}: {}",
            self.names.raw,
            output.text()
        );
    }

    /// Where the client's rows are, the others' rows and the canary are everywhere as before.
    #[track_caller]
    fn is_on(&mut self, source: bool, target: bool) {
        let (root, child, key) = (self.names.q(0), self.names.q(1), self.names.q(3));
        let raw = &self.names.raw;
        for (database, mine, others) in [(&mut self.source, source, 1), (&mut self.target, target, 0)] {
            let mut count = |sql: &str| database.column(sql).concat().parse::<usize>().expect("a number");
            let (roots, children) = (
                count(&format!("SELECT count(*) FROM {root}")),
                count(&format!("SELECT count(*) FROM {child}")),
            );
            assert_eq!(roots, usize::from(mine) + others, "{raw:?}");
            assert_eq!(children, 2 * usize::from(mine) + others, "{raw:?}");
            assert_eq!(count("SELECT count(*) FROM canary"), 1, "{raw:?}");
            let sum = count(&format!("SELECT coalesce(sum({key}), 0) FROM {child}"));
            assert_eq!(sum, 3 * usize::from(mine) + 3 * others, "{raw:?}");
        }
    }
}

fn through_everything(server: Server, seed: u64) {
    let mut dice = Dice::new(seed, 0);
    let mut world = World::new(server, &mut dice);
    let to_target = ["move", "--client", "42", "--to", "target"];
    for arguments in [
        &["classify", "--from", "source", "--fail-on", "never"][..],
        &["classify", "--from", "source", "--fail-on", "never", "--format", "json"],
        &["audit", "--from", "source", "--fail-on", "never"],
        &["dispatch", "init", "--enrol-from", "source"],
        &[&to_target[..], &["--dry-run"]].concat(),
        &to_target,
    ] {
        world.run(arguments, 0);
    }
    world.is_on(true, true);
    world.run(&["rollback", "1", "--yes"], 0);
    world.run(&["purge", "2", "--yes"], 0);
    world.is_on(true, false);
    world.place.hold(&to_target, "move-committed").kill();
    world.run(&["abort", "3", "--yes"], 0);
    world.is_on(true, false);
    for to in ["42.sql", "42.jsonl"] {
        world.run(&["export", "--client", "42", "--from", "source", "--to", to], 0);
    }
    world.run(&["import", "42.jsonl", "--to", "target", "--dry-run"], 0);
    world.run(&[&to_target[..], &["--integrity", "enforced"]].concat(), 0);
    world.run(&["purge", "4", "--yes"], 0);
    world.is_on(false, true);
    world.run(&["moves", "show", "4"], 0);
    let alone = [
        "move",
        "--client",
        "42",
        "--to",
        "alone.sqlite",
        "--create-tables",
        "--with-context",
    ];
    if server.dialect() == "postgres" {
        // Two of its columns are one to SQLite.
        world.run(&alone, 3);
        return world.is_on(false, true);
    }
    world.run(&alone, 0);
    world.run(&["purge", "5", "--yes"], 0);
    world.is_on(false, false);
}

#[test]
fn names_are_names() {
    for server in servers() {
        for seed in 1..=3 {
            println!("{} {seed}", server.name());
            through_everything(server, seed);
        }
    }
}
