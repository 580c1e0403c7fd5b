//! The real binary, run beside a configuration of the test's own.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use tempfile::TempDir;

use crate::database::Database;

/// How a command ended.
#[derive(Debug)]
pub struct Output {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// Standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self:#?}"))
    }

    /// Fails the test unless the command ended with this code.
    #[track_caller]
    #[expect(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "mostly called for its failure"
    )]
    pub fn expect(self, code: i32) -> Self {
        assert!(
            self.code == code,
            "exit {} instead of {code}\n{}\n{}",
            self.code,
            self.stdout,
            self.stderr
        );
        self
    }

    /// Both streams.
    pub fn text(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }
}

/// A folder with an `exodus.toml`.
#[derive(Debug)]
pub struct Place {
    folder: TempDir,
}

/// The binary under test: `EXODUS_TEST_BIN`, as tests/run sets it, else what cargo built last.
fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("EXODUS_TEST_BIN") {
        return path.into();
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    );
    let path = target.join("debug/exodus");
    assert!(
        path.exists(),
        "{} is not there: run tests/run, or cargo build first",
        path.display()
    );
    path
}

impl Place {
    /// A configuration with these databases, and more lines in front of them.
    pub fn new(lines: &str, databases: &[(&str, String)]) -> Self {
        let folder = TempDir::new().expect("a folder for temporary files");
        let mut text = format!("{lines}\n[databases]\n");
        for (name, address) in databases {
            let _ = writeln!(text, "{name} = {}", toml::Value::from(address.as_str()));
        }
        std::fs::write(folder.path().join("exodus.toml"), text).expect("a configuration");
        Self { folder }
    }

    /// The same for two databases called `source` and `target`.
    pub fn of(lines: &str, source: &Database, target: &Database) -> Self {
        Self::new(lines, &[("source", source.address()), ("target", target.address())])
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A command that is ready to start.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        for variable in ["EXODUS_CONFIG", "PGPASSWORD", "PGPASSFILE", "MYSQL_PWD", "EXODUS_LOG"] {
            command.env_remove(variable);
        }
        command
    }

    /// Runs it.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self
            .command(arguments)
            .output()
            .unwrap_or_else(|error| panic!("{}: {error}", binary().display()));
        Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Starts it, and waits until it waits at a point of `exodus_transfer::failpoints`.
    #[track_caller]
    pub fn hold(&self, arguments: &[&str], failpoint: &str) -> Held {
        let mut command = self.command(arguments);
        command.env("EXODUS_FAILPOINT", failpoint);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", binary().display()));
        let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut said = String::new();
        while !said.ends_with(&format!("failpoint {failpoint}\n")) {
            let read = stderr.read_line(&mut said).expect("its standard error");
            assert!(read > 0, "it ended before it came to {failpoint}:\n{said}");
        }
        Held { child, stderr, said }
    }

    /// Where the dispatch store says that a client is, and in which state.
    pub fn dispatch(&self, client: &str) -> (String, String) {
        let shown = self
            .run(&["dispatch", "show", &format!("--client={client}"), "--format", "json"])
            .expect(0)
            .json();
        let client = &shown["clients"][0];
        let text = |key: &str| {
            client[key]
                .as_str()
                .unwrap_or_else(|| panic!("no {key} in {shown:#}"))
                .to_owned()
        };
        (text("shard"), text("state"))
    }

    /// The number of the last move.
    pub fn last_move(&self) -> String {
        let moves = self.run(&["moves", "--format", "json"]).expect(0).json();
        let ids = moves["moves"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["id"].as_i64());
        ids.max().unwrap_or_else(|| panic!("no move in {moves:#}")).to_string()
    }
}

/// A command that waits at a point of its way; dropping it kills it.
#[derive(Debug)]
pub struct Held {
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Held {
    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// As `kill -9` does.
    pub fn kill(self) {
        drop(self);
    }

    /// Lets it go on to its end.
    pub fn go_on(mut self) -> Output {
        drop(self.child.stdin.take());
        let mut stdout = String::new();
        let read = self.stderr.read_to_string(&mut self.said);
        read.expect("its standard error");
        let pipe = self.child.stdout.as_mut().expect("a pipe");
        pipe.read_to_string(&mut stdout).expect("its standard output");
        let status = self.child.wait().expect("a child");
        Output {
            code: status.code().unwrap_or(-1),
            stdout,
            stderr: std::mem::take(&mut self.said),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // If it has ended, there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
