//! A world with many clients.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Stdio};

use exodus_tests::binary::Output;
use exodus_tests::database::Server;
use exodus_tests::dump::{self, Dump};
use exodus_tests::secrets;
use exodus_tests::world::World;
use serde_json::Value;

/// The first of the crowd; beside them the world has its clients 7 and 42.
pub(crate) const FIRST: u32 = 100;

/// A world with a crowd, whose keys are in the file `keys`.
pub(crate) struct Crowd {
    pub(crate) world: World,
    pub(crate) clients: Vec<u32>,
    /// Source and target before anything.
    pub(crate) before: (Dump, Dump),
}

impl Crowd {
    /// So many clients with five orders each.
    pub(crate) fn new(server: Server, clients: u32) -> Self {
        Self::in_world(World::new(server), clients)
    }

    pub(crate) fn in_world(mut world: World, clients: u32) -> Self {
        let clients: Vec<u32> = (FIRST..FIRST + clients).collect();
        let (mut people, mut orders) = (vec![], vec![]);
        for client in &clients {
            people.push(format!(
                "({client}, {}, 'planted-secret-{client}@example.org')",
                1 + client % 2
            ));
            orders.extend((0..5).map(|order| format!("({}, {client}, 'planted-secret-row')", client * 10 + order)));
        }
        world.source.run(&format!(
            "INSERT INTO clients VALUES {}; INSERT INTO orders VALUES {};",
            people.join(", "),
            orders.join(", ")
        ));
        world
            .place
            .run(&["dispatch", "init", "--enrol-from", "source"])
            .expect(0);
        let before = world.dumps();
        let crowd = Self { world, clients, before };
        crowd.write_keys(&crowd.clients);
        crowd
    }

    pub(crate) fn write_keys(&self, clients: &[u32]) {
        let text = clients.iter().fold("# the crowd\n".to_owned(), |mut text, client| {
            let _ = writeln!(text, "{client}");
            text
        });
        std::fs::write(self.world.place.path().join("keys"), text).expect("a file of keys");
    }

    /// The command that moves all of the file, with more arguments.
    pub(crate) fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
        let mut arguments = vec!["move", "--clients-file", "keys", "--to", "target"];
        arguments.extend(more);
        arguments
    }

    pub(crate) fn run(&self, more: &[&str]) -> Output {
        let output = self.world.place.run(&Self::arguments(more));
        assert!(
            !output.text().contains("planted-secret"),
            "a row's value is shown: {}",
            output.text()
        );
        output
    }

    /// The rows of these clients on the source.
    pub(crate) fn rows_of(&mut self, clients: &[u32]) -> Dump {
        let list: Vec<_> = clients.iter().map(u32::to_string).collect();
        let list = list.join(", ");
        let conditions = [
            ("clients", format!("id IN ({list})")),
            ("orders", format!("client_id IN ({list})")),
        ];
        let conditions = conditions.map(|(table, condition)| (table.to_owned(), condition));
        dump::only(&mut self.world.source, &BTreeMap::from(conditions))
    }

    /// Exactly these clients are on the target, with all their rows, and the source is as it was; so says the dispatch.
    #[track_caller]
    pub(crate) fn moved(&mut self, what: &str, moved: &[u32]) {
        let mut arrived = self.before.1.clone();
        if !moved.is_empty() {
            arrived = dump::plus(&arrived, &self.rows_of(moved));
        }
        let found = self.world.dumps();
        dump::assert_equal(&format!("the source after {what}"), &found.0, &self.before.0);
        dump::assert_equal(&format!("the target after {what}"), &found.1, &arrived);
        let shown = self
            .world
            .place
            .run(&["dispatch", "show", "--format", "json"])
            .expect(0)
            .json();
        let places: BTreeMap<&str, (&str, &str)> = shown["clients"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|row| {
                Some((
                    row["client"].as_str()?,
                    (row["shard"].as_str()?, row["state"].as_str()?),
                ))
            })
            .collect();
        for client in &self.clients {
            let place = if moved.contains(client) { "target" } else { "source" };
            assert_eq!(
                places.get(&*client.to_string()),
                Some(&(place, "active")),
                "client {client} after {what}"
            );
        }
    }
}

/// The lines of an output, each a JSON value: the clients' by client, and the total.
pub(crate) fn lines(output: &Output) -> (BTreeMap<String, Value>, Value) {
    let mut clients = BTreeMap::new();
    let mut total = Value::Null;
    for line in output.stdout.lines() {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}\n{output:?}"));
        match value["client"].as_str() {
            Some(client) => drop(clients.insert(client.to_owned(), value)),
            None => total = value["total"].clone(),
        }
    }
    (clients, total)
}

/// What became of how many.
#[track_caller]
pub(crate) fn outcomes(output: &Output) -> BTreeMap<String, usize> {
    let (clients, total) = lines(output);
    let mut outcomes = BTreeMap::new();
    for value in clients.values() {
        let word = value["outcome"].as_str().expect("an outcome").to_owned();
        *outcomes.entry(word).or_default() += 1;
    }
    for (word, number) in &outcomes {
        assert_eq!(total[word], *number, "the total of {word}: {total:#}");
    }
    outcomes
}

/// A command that runs beside the test; dropping it kills it.
pub(crate) struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Running {
    pub(crate) fn start(world: &World, arguments: &[&str], failpoint: Option<&str>) -> Self {
        let mut command = world.place.command(arguments);
        if let Some(failpoint) = failpoint {
            command.env("EXODUS_FAILPOINT", failpoint);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary");
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        Self {
            child,
            stderr,
            said: String::new(),
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Reads its standard error until so many lines have held this text.
    #[track_caller]
    pub(crate) fn says(&mut self, text: &str, times: usize) {
        let mut seen = 0;
        while seen < times {
            let from = self.said.len();
            let read = self.stderr.read_line(&mut self.said).expect("its standard error");
            assert!(
                read > 0,
                "it ended before it said `{text}` {times} times:\n{}",
                self.said
            );
            seen += usize::from(self.said[from..].contains(text));
        }
    }

    pub(crate) fn end(mut self) -> Output {
        drop(self.child.stdin.take());
        let mut stdout = String::new();
        let pipe = self.child.stdout.as_mut().expect("a pipe");
        pipe.read_to_string(&mut stdout).expect("its standard output");
        self.stderr.read_to_string(&mut self.said).expect("its standard error");
        let status = self.child.wait().expect("a child");
        secrets::none_in_output("move of many", stdout.as_bytes(), self.said.as_bytes());
        Output {
            code: status.code().unwrap_or(-1),
            stdout,
            stderr: std::mem::take(&mut self.said),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // If it has ended, there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
