//! Two databases of one schema, and what has to be in them.

use exodus_tests::binary::{Output, Place};
use exodus_tests::database::{Database, Server};
use exodus_tests::dump::{self, Dump};
use serde_json::Value;

/// Both ways of integrity.
pub(crate) const WAYS: [&str; 2] = ["proven", "enforced"];

/// A source and a target.
pub(crate) struct Pair {
    pub(crate) source: Database,
    pub(crate) target: Database,
    pub(crate) place: Place,
    schema: String,
}

impl Pair {
    /// With the rows of `both` on both, and those of `data` on the source; `lines` go into exodus.toml.
    pub(crate) fn new(server: Server, lines: &str, schema: &str, both: &str, data: &str) -> Self {
        Self::between((server, server), lines, schema, both, data)
    }

    /// The same from one product to another.
    pub(crate) fn between(servers: (Server, Server), lines: &str, schema: &str, both: &str, data: &str) -> Self {
        let (mut source, mut target) = (Database::create(servers.0), Database::create(servers.1));
        source.run(&format!("{schema}{both}{data}"));
        target.run(&format!("{schema}{both}"));
        let place = Place::of(&format!("root = \"clients\"\n{lines}"), &source, &target);
        place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
        Self {
            source,
            target,
            place,
            schema: schema.to_owned(),
        }
    }

    /// Moves client 42 to the target.
    pub(crate) fn moved(&self, arguments: &[&str]) -> Output {
        let mut all = vec!["move", "--client", "42", "--to", "target", "--format", "json"];
        all.extend(arguments);
        self.place.run(&all)
    }

    /// The plan of the same move.
    pub(crate) fn planned(&self, arguments: &[&str]) -> Value {
        let mut all = vec!["--dry-run"];
        all.extend(arguments);
        self.moved(&all).json()["plan"].take()
    }

    /// Purges the source after the last move.
    pub(crate) fn purged(&self, arguments: &[&str]) -> Output {
        let id = self.place.last_move();
        let mut all = vec!["purge", &id, "--yes"];
        all.extend(arguments);
        self.place.run(&all)
    }

    /// Both databases.
    pub(crate) fn dumps(&mut self) -> (Dump, Dump) {
        (dump::all(&mut self.source), dump::all(&mut self.target))
    }

    /// What the source with these rows looks like.
    pub(crate) fn with(&self, rows: &str) -> Dump {
        self.on(self.source.server(), rows)
    }

    /// What the target with these rows looks like.
    pub(crate) fn there_with(&self, rows: &str) -> Dump {
        self.on(self.target.server(), rows)
    }

    fn on(&self, server: Server, rows: &str) -> Dump {
        let mut database = Database::create(server);
        database.run(&format!("{}{rows}", self.schema));
        dump::all(&mut database)
    }

    /// Fails the test unless the output has this code and says these words, and nothing has changed since `before`.
    #[track_caller]
    pub(crate) fn refused(&mut self, output: &Output, code: i32, says: &[&str], before: &(Dump, Dump)) {
        assert_eq!(output.code, code, "{}", output.text());
        says_all(output, says);
        assert!(self.dumps() == *before, "something was changed: {}", output.text());
    }
}

/// Fails the test unless the output says these words; lines are broken to fit a terminal.
#[track_caller]
pub(crate) fn says_all(output: &Output, says: &[&str]) {
    let words = |text: &str| {
        text.replace("\\n", " ")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let said = words(&output.text());
    for text in says {
        assert!(said.contains(&words(text)), "`{text}` is not said:\n{}", output.text());
    }
}

/// `relation treatment rows`, of each entry of a plan or summary.
pub(crate) fn treated(references: &Value) -> Vec<String> {
    let entries = references["treated"].as_array().into_iter().flatten();
    let entry = |one: &Value| {
        let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
        let relation = text("relation").replace("public.", "");
        format!("{relation} {} {}", text("treatment"), one["rows"])
    };
    entries.map(entry).collect()
}

/// `table rows`, of each entry of a list of a plan or summary.
pub(crate) fn rows_of(list: &Value) -> Vec<String> {
    let entries = list.as_array().into_iter().flatten();
    let entry = |one: &Value| {
        let table = one["table"].as_str().unwrap_or_default().replace("public.", "");
        format!("{table} {}", one["rows"])
    };
    entries.map(entry).collect()
}

/// What the last event of a kind says.
pub(crate) fn event(pair: &Pair, name: &str) -> Value {
    let shown = pair
        .place
        .run(&["moves", "show", &pair.place.last_move(), "--format", "json"])
        .expect(0)
        .json();
    let events = shown["events"]
        .as_array()
        .or_else(|| shown["move"]["events"].as_array())
        .cloned();
    let events = events.unwrap_or_else(|| panic!("no events in {shown:#}"));
    let found = events.into_iter().rev().find(|event| event["event"] == name);
    found.unwrap_or_else(|| panic!("no event {name}"))["detail"].take()
}
