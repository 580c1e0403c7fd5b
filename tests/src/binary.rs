//! The real binary, run beside a configuration of the test's own.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use tempfile::TempDir;

use crate::database::Database;
use crate::secrets;

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

impl Drop for Place {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            secrets::none_in_files(self.folder.path());
        }
    }
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
        let place = Self { folder };
        place.configure(lines, databases);
        place
    }

    /// Another configuration; the files beside it stay.
    pub fn configure(&self, lines: &str, databases: &[(&str, String)]) {
        let mut text = format!("{lines}\n[databases]\n");
        for (name, address) in databases {
            let _ = writeln!(text, "{name} = {}", toml::Value::from(address.as_str()));
        }
        std::fs::write(self.folder.path().join("exodus.toml"), text).expect("a configuration");
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
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self
            .command(arguments)
            .output()
            .unwrap_or_else(|error| panic!("{}: {error}", binary().display()));
        secrets::none_in_output(&arguments.join(" "), &output.stdout, &output.stderr);
        Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs it at a terminal, where somebody types this; both streams come together, with the terminal's line ends.
    #[track_caller]
    pub fn at_a_terminal(&self, arguments: &[&str], typed: &str) -> Output {
        let plain = self.command(arguments);
        let words = std::iter::once(plain.get_program()).chain(plain.get_args());
        let quoted: Vec<String> = words
            .map(|word| format!("'{}'", word.to_string_lossy().replace('\'', r"'\''")))
            .collect();
        let mut terminal = Command::new("script");
        terminal
            .args(["-qefc", &quoted.join(" "), "/dev/null"])
            .current_dir(self.folder.path())
            .env_remove("EXODUS_CONFIG")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = terminal.spawn().expect("script, of util-linux");
        let mut keyboard = child.stdin.take().expect("a pipe");
        std::io::Write::write_all(&mut keyboard, typed.as_bytes()).expect("somebody who types");
        let output = child.wait_with_output().expect("a child");
        drop(keyboard);
        secrets::none_in_output(&arguments.join(" "), &output.stdout, &output.stderr);
        Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Starts it, and waits until it waits at a point of `exodus_transfer::failpoints`.
    #[track_caller]
    pub fn hold(&self, arguments: &[&str], failpoint: &str) -> Held {
        let mut held = self.start(arguments, Some(failpoint));
        held.until(&format!("failpoint {failpoint}\n"));
        held
    }

    /// Starts it, and kills it before its `number`th statement that changes something. False if there were fewer: then it
    /// has ended with exit code 0.
    #[track_caller]
    pub fn kill_at_statement(&self, arguments: &[&str], number: usize) -> bool {
        let failpoint = format!("statement-{number}");
        match self.start(arguments, Some(&failpoint)).kill_when_it_waits() {
            None => true,
            Some(output) => {
                output.expect(0);
                false
            }
        }
    }

    /// Starts it; at the point, if one is named, it will wait.
    #[track_caller]
    pub fn start(&self, arguments: &[&str], failpoint: Option<&str>) -> Held {
        let mut command = self.command(arguments);
        if let Some(failpoint) = failpoint {
            command.env("EXODUS_FAILPOINT", failpoint);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", binary().display()));
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        Held {
            child,
            stderr,
            said: String::new(),
            arguments: arguments.join(" "),
        }
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

/// A command that is under way, or waits at a point of it; dropping it kills it.
#[derive(Debug)]
pub struct Held {
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
    arguments: String,
}

impl Held {
    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has said this on its standard error.
    #[track_caller]
    pub fn until(&mut self, words: &str) {
        assert!(self.says(words), "it ended before it said `{words}`:\n{}", self.said);
    }

    /// Waits until it has said this on its standard error, or has ended.
    fn says(&mut self, words: &str) -> bool {
        while !self.said.contains(words) {
            if self.stderr.read_line(&mut self.said).expect("its standard error") == 0 {
                return false;
            }
        }
        true
    }

    /// As `kill -9` does.
    pub fn kill(self) {
        drop(self);
    }

    /// Kills it as soon as it waits at its point. `None`, or what it has come to if it never came there.
    pub fn kill_when_it_waits(mut self) -> Option<Output> {
        if self.says("failpoint ") {
            return None;
        }
        Some(self.go_on())
    }

    /// Kills it. `None`, or what it has come to if it had ended before.
    pub fn kill_now(mut self) -> Option<Output> {
        match self.child.try_wait() {
            Ok(Some(_)) => Some(self.go_on()),
            _ => None,
        }
    }

    /// Lets it go on from where it waits.
    pub fn release(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Lets it go on to its end.
    #[track_caller]
    pub fn go_on(mut self) -> Output {
        self.release();
        self.ended()
    }

    /// Waits for its end without letting it go on.
    #[track_caller]
    pub fn ended(mut self) -> Output {
        let mut stdout = String::new();
        let read = self.stderr.read_to_string(&mut self.said);
        read.expect("its standard error");
        let pipe = self.child.stdout.as_mut().expect("a pipe");
        pipe.read_to_string(&mut stdout).expect("its standard output");
        let status = self.child.wait().expect("a child");
        secrets::none_in_output(&self.arguments, stdout.as_bytes(), self.said.as_bytes());
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
        if !std::thread::panicking() {
            secrets::none_in(&self.arguments, self.said.as_bytes());
        }
    }
}
