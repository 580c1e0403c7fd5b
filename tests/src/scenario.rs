//! Scenarios: a folder of SQL and what has to come of it.
//!
//! `<dialect>.sql` (or `all.sql` for every engine) has sections that begin with a line `-- @schema` (run on source and
//! target), `-- @context` (rows, on both), `-- @data` (rows, on the source), `-- @target` (rows, on the target).
//! `scenario.toml` is [`Scenario`]. Whatever a scenario is about, the runner also looks that a dry run changes nothing,
//! that nobody else's row changes, that purge leaves the rest, and (in the first way of integrity) that moving back
//! restores both databases.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::binary::{Output, Place};
use crate::database::{Database, Server};
use crate::dump::{self, Dump};

/// What `scenario.toml` says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What is tried, and what would go wrong.
    pub about: String,
    /// Another folder whose SQL comes first, relative to this one. There INSERT and UPDATE are the data, and all else is
    /// the schema.
    #[serde(default)]
    sql: Option<PathBuf>,
    /// The root table.
    #[serde(default = "clients")]
    root: String,
    /// Whom to move.
    client: String,
    /// The client's key as the dispatch store spells it, by dialect, where that is not how it is given.
    #[serde(default)]
    stored: BTreeMap<String, String>,
    /// More lines of exodus.toml.
    #[serde(default)]
    config: String,
    /// The servers, if not all whose SQL there is.
    #[serde(default)]
    servers: Option<Vec<String>>,
    /// The ways of integrity to try.
    #[serde(default = "both_ways")]
    integrity: Vec<String>,
    /// What a refusal says, by `server/integrity`, server, dialect, integrity or `*`.
    #[serde(default)]
    refused: BTreeMap<String, String>,
    /// The refusal comes only when rows are written: a dry run does not see it.
    #[serde(default)]
    late: bool,
    /// What a refused purge says, by the same.
    #[serde(default)]
    kept: BTreeMap<String, String>,
    /// Which rows are the client's, by table: a condition on the table's rows.
    #[serde(default)]
    mine: BTreeMap<String, String>,
    /// Statements to run on the target after the move, in a transaction that is rolled back, with what the last column shows.
    #[serde(default)]
    after: Vec<After>,
}

/// A look at the target.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    sql: String,
    is: String,
    /// The dialects it is for, if not all.
    #[serde(default)]
    dialects: Option<Vec<String>>,
}

fn clients() -> String {
    "clients".to_owned()
}

fn both_ways() -> Vec<String> {
    vec!["proven".to_owned(), "enforced".to_owned()]
}

/// A scenario on one server in one way.
#[derive(Clone, Debug)]
pub struct Trial {
    folder: PathBuf,
    scenario: Scenario,
    server: Server,
    integrity: String,
}

/// All trials of all scenarios, sorted by name.
pub fn trials() -> Vec<Trial> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let entries = std::fs::read_dir(&all).unwrap_or_else(|error| panic!("{}: {error}", all.display()));
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    folders
        .iter()
        .filter(|folder| folder.is_dir())
        .flat_map(|folder| trials_of(folder))
        .collect()
}

fn trials_of(folder: &Path) -> Vec<Trial> {
    let path = folder.join("scenario.toml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let scenario: Scenario = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut trials = vec![];
    for server in Server::ALL {
        let wanted = scenario
            .servers
            .as_ref()
            .is_none_or(|names| names.iter().any(|name| name == server.name()));
        if !wanted || sections(folder, &scenario, server).is_none() {
            continue;
        }
        // The second PostgreSQL is there for what the server does, not for what exodus decides.
        let ways = if server == Server::Postgres18 {
            1
        } else {
            scenario.integrity.len()
        };
        for integrity in &scenario.integrity[..ways] {
            let (folder, scenario) = (folder.to_owned(), scenario.clone());
            trials.push(Trial {
                folder,
                scenario,
                server,
                integrity: integrity.clone(),
            });
        }
    }
    trials
}

/// The SQL for a server; `None` where there is none.
fn sections(folder: &Path, scenario: &Scenario, server: Server) -> Option<Sections> {
    let schema = scenario.sql.as_ref().map(|other| sql_file(&folder.join(other), server));
    let mut sections = match schema {
        Some(file) => Sections::read(&file?, server),
        None => Sections::default(),
    };
    match sql_file(folder, server) {
        Some(file) => sections.add(&Sections::read(&file, server)),
        None if scenario.sql.is_none() => return None,
        None => {}
    }
    Some(sections)
}

fn sql_file(folder: &Path, server: Server) -> Option<PathBuf> {
    let files = [
        format!("{}.sql", server.name()),
        format!("{}.sql", server.dialect()),
        "all.sql".to_owned(),
    ];
    files
        .map(|file| folder.join(file))
        .into_iter()
        .find(|path| path.exists())
}

/// The sections of a file.
#[derive(Debug, Default)]
struct Sections {
    schema: String,
    context: String,
    data: String,
    target: String,
}

impl Sections {
    fn read(path: &Path, server: Server) -> Self {
        let mut text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if server.dialect() == "mysql" {
            // What only MySQL is told is an empty statement to MariaDB, and an error. DELIMITER is for shells, not servers.
            let skipped = |line: &&str| {
                line.starts_with("DELIMITER ")
                    || *line == "//"
                    || (server == Server::MariaDb && line.starts_with("/*!80"))
            };
            let lines: Vec<&str> = text.lines().filter(|line| !skipped(line)).collect();
            text = lines.join("\n");
        }
        if !text.contains("-- @") {
            return Self::guess(&text);
        }
        let mut sections = Self::default();
        let mut at = &mut sections.schema;
        for line in text.lines() {
            match line.strip_prefix("-- @").map(str::trim) {
                Some("schema") => at = &mut sections.schema,
                Some("context") => at = &mut sections.context,
                Some("data") => at = &mut sections.data,
                Some("target") => at = &mut sections.target,
                Some(other) => panic!("{}: no section {other}", path.display()),
                None => {
                    at.push_str(line);
                    at.push('\n');
                }
            }
        }
        sections
    }

    fn add(&mut self, other: &Self) {
        self.schema.push_str(&other.schema);
        self.context.push_str(&other.context);
        self.data.push_str(&other.data);
        self.target.push_str(&other.target);
    }

    /// By the first word of each block of lines.
    fn guess(text: &str) -> Self {
        let mut sections = Self::default();
        for block in text.split("\n\n") {
            let first = block.lines().find(|line| !line.starts_with("--")).unwrap_or("");
            let is_data = first.starts_with("INSERT") || first.starts_with("UPDATE");
            let at = if is_data {
                &mut sections.data
            } else {
                &mut sections.schema
            };
            at.push_str(block);
            at.push_str("\n\n");
        }
        sections
    }
}

impl Trial {
    /// Its name: scenario, server, way of integrity.
    pub fn name(&self) -> String {
        let scenario = self.folder.file_name().unwrap_or_default().to_string_lossy();
        format!("{scenario}::{}::{}", self.server.name(), self.integrity)
    }

    /// Runs it; panics where something is not as it has to be.
    pub fn run(&self) {
        if !self.server.is_there() {
            return;
        }
        let mut bench = Bench::new(self);
        let before = bench.dumps();
        let mine = dump::only(&mut bench.source, &self.scenario.mine);
        let refused = self.lookup(&self.scenario.refused);
        let dry = bench.command("move", &["--to", "target", "--dry-run"]);
        assert_eq!(
            dry.code,
            if refused.is_some() && !self.scenario.late { 3 } else { 0 },
            "dry run:\n{}",
            dry.text()
        );
        bench.expect("a dry run", &before.0, &before.1);
        let moved = bench.command("move", &["--to", "target", "--format", "json"]);
        if let Some(says) = refused {
            self.says(&moved, says);
            bench.expect("a refused move", &before.0, &before.1);
            assert_eq!(bench.dispatch(), ("source".to_owned(), "active".to_owned()));
            return;
        }
        let count: usize = mine.values().map(Vec::len).sum();
        assert!(count > 0, "the scenario names no row of the client");
        let told = moved.expect(0).json()["move"]["rows"].as_u64();
        assert_eq!(told, Some(count as u64), "the rows that the summary tells of");
        let arrived = dump::plus(&before.1, &mine);
        bench.expect("a move", &before.0, &arrived);
        assert_eq!(bench.dispatch(), ("target".to_owned(), "active".to_owned()));
        self.look(&mut bench);
        let purged = bench.place.run(&["purge", &bench.place.last_move(), "--yes"]);
        if let Some(says) = self.lookup(&self.scenario.kept) {
            self.says(&purged, says);
            bench.expect("a refused purge", &before.0, &arrived);
            return;
        }
        purged.expect(0);
        bench.expect("a purge", &dump::minus(&before.0, &mine), &arrived);
        if Some(&self.integrity) != self.scenario.integrity.first() {
            return;
        }
        bench.command("move", &["--to", "source"]).expect(0);
        bench.expect("the move back", &before.0, &arrived);
        bench.place.run(&["purge", &bench.place.last_move(), "--yes"]).expect(0);
        bench.expect("the purge of the target", &before.0, &before.1);
    }

    fn lookup<'s>(&self, by: &'s BTreeMap<String, String>) -> Option<&'s str> {
        let exact = format!("{}/{}", self.server.name(), self.integrity);
        let family = format!("{}/{}", self.server.dialect(), self.integrity);
        let names = [
            &*exact,
            &*family,
            self.server.name(),
            self.server.dialect(),
            &*self.integrity,
            "*",
        ];
        names.into_iter().find_map(|name| by.get(name)).map(String::as_str)
    }

    #[track_caller]
    fn says(&self, output: &Output, text: &str) {
        assert_eq!(output.code, 3, "{}\n{}", self.scenario.about, output.text());
        // Lines are broken to fit a terminal.
        let lines = |text: &str| text.replace("\\n", " ");
        let words = |text: &str| {
            lines(text)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .to_lowercase()
        };
        assert!(
            words(&output.text()).contains(&words(text)),
            "`{text}` is not said:\n{}",
            output.text()
        );
    }

    fn look(&self, bench: &mut Bench) {
        for after in &self.scenario.after {
            if after
                .dialects
                .as_ref()
                .is_none_or(|names| names.iter().any(|name| name == self.server.dialect()))
            {
                bench.target.run("BEGIN");
                let found = bench.target.rows(&after.sql);
                bench.target.run("ROLLBACK");
                let found = found.last().and_then(|row| row.last().cloned()).flatten();
                assert_eq!(found.as_deref(), Some(after.is.as_str()), "{}", after.sql);
            }
        }
    }
}

struct Bench<'t> {
    trial: &'t Trial,
    source: Database,
    target: Database,
    place: Place,
}

impl<'t> Bench<'t> {
    fn new(trial: &'t Trial) -> Self {
        let sections = sections(&trial.folder, &trial.scenario, trial.server).expect("there is a file, or no trial");
        let (mut source, mut target) = (Database::create(trial.server), Database::create(trial.server));
        source.run(&format!("{}\n{}\n{}", sections.schema, sections.context, sections.data));
        target.run(&format!(
            "{}\n{}\n{}",
            sections.schema, sections.context, sections.target
        ));
        let lines = format!(
            "root = {}\n{}",
            toml::Value::from(trial.scenario.root.as_str()),
            trial.scenario.config
        );
        let place = Place::of(&lines, &source, &target);
        place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
        Self {
            trial,
            source,
            target,
            place,
        }
    }

    fn command(&self, command: &str, arguments: &[&str]) -> Output {
        let client = format!("--client={}", self.trial.scenario.client);
        let mut all = vec![command, &client, "--integrity", &self.trial.integrity];
        all.extend(arguments);
        self.place.run(&all)
    }

    fn dumps(&mut self) -> (Dump, Dump) {
        (dump::all(&mut self.source), dump::all(&mut self.target))
    }

    #[track_caller]
    fn expect(&mut self, what: &str, source: &Dump, target: &Dump) {
        let found = self.dumps();
        dump::assert_equal(&format!("the source after {what}"), &found.0, source);
        dump::assert_equal(&format!("the target after {what}"), &found.1, target);
    }

    fn dispatch(&self) -> (String, String) {
        self.place
            .dispatch(self.stored().unwrap_or(&self.trial.scenario.client))
    }

    fn stored(&self) -> Option<&str> {
        self.trial
            .scenario
            .stored
            .get(self.trial.server.dialect())
            .map(String::as_str)
    }
}
