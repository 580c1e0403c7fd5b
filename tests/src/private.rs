//! Servers of a test's own, which it may crash, start again and fill up: `tests/servers/private.sh` starts them.

use std::path::Path;
use std::process::{Command, Output};

use url::Url;

use crate::database::{Database, Server};
use crate::session::connect;

/// One of them; it is gone with the value. Drop its databases first.
#[derive(Debug)]
pub struct Private {
    server: Server,
    url: Url,
    instance: String,
}

/// Runs tests/servers/servers.
fn script(arguments: &[&str]) -> Output {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("servers/servers"))
        .args(arguments)
        .output()
        .expect("tests/servers/servers runs")
}

impl Private {
    /// `None` where the server can't be had; says so loudly, and fails where CI needs it.
    pub fn start(server: Server) -> Option<Self> {
        const NOT_OURS: i32 = 3;
        if !server.is_there() {
            return None;
        }
        let output = script(&["private", server.name()]);
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.code() == Some(NOT_OURS) {
            println!("SKIPPED: a {} of the test's own: {said}", server.name());
            let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!ci, "CI has to test faults of {}", server.name());
            return None;
        }
        assert!(output.status.success(), "{said}");
        let told = String::from_utf8(output.stdout).expect("a URL and a name");
        let (url, instance) = told.trim().split_once('\n').expect("two lines");
        let private = Self {
            server,
            url: Url::parse(url).expect("a URL"),
            instance: instance.to_owned(),
        };
        private.keeps_what_tests_commit();
        Some(private)
    }

    /// What a test has made there is there after a crash. What exodus commits is its own affair, so that only the tests'
    /// administrator has this: the server's default is that of `tests/servers`, `synchronous_commit` off.
    fn keeps_what_tests_commit(&self) {
        if self.server.dialect() == "postgres" {
            let altered = connect(self.server, &self.url).run("ALTER ROLE exodus SET synchronous_commit = on");
            altered.expect("a setting of the tests' administrator");
        }
    }

    /// Makes an empty database there.
    pub fn database(&self) -> Database {
        Database::create_at(self.server, self.url.clone())
    }

    /// Ends all its processes, as a power failure does.
    pub fn crash(&self) {
        self.does("crash", &[]);
    }

    /// Starts it again, on the same port and with the same data.
    pub fn again(&self) {
        self.does("again", &[]);
    }

    /// No file of the server may grow beyond so many bytes, as far as sessions write them that begin from now on.
    pub fn limit(&self, bytes: Option<u32>) {
        let bytes = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        self.does("limit", &[&bytes]);
    }

    fn does(&self, what: &str, more: &[&str]) {
        let arguments = [&[what, &self.instance], more].concat();
        let output = script(&arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        script(&["stop-standby", &self.instance]);
    }
}
