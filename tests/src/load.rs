//! SQL files, loaded by the products' own clients.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use url::Url;

use crate::database::{Database, Server};

/// Loads a file, and says what the client said if it failed; nothing where the client is not there, which is said loudly.
pub fn load(database: &Database, file: &Path) -> Option<Result<String, String>> {
    let name = match database.server() {
        Server::Postgres | Server::Postgres18 => "psql",
        Server::MariaDb | Server::MySql => "mariadb",
        Server::Sqlite => "sqlite3",
    };
    let Some(program) = find(name) else {
        println!("SKIPPED: {name} is not there, which has to load {}", file.display());
        assert!(
            !std::env::var("CI").is_ok_and(|ci| ci == "true"),
            "CI has to load files with {name}"
        );
        return None;
    };
    let mut command = Command::new(program);
    match database.server().dialect() {
        "postgres" => {
            let address = database.own_address();
            command.args(["-X", "-q", "-1", "-f"]).arg(file).args(["-d", &address]);
        }
        "mysql" => {
            let url = Url::parse(&database.own_address()).expect("a URL");
            let port = url.port().unwrap_or(3306).to_string();
            command.args([
                "--no-defaults",
                "--ssl=0",
                "-h",
                url.host_str().unwrap_or_default(),
                "-P",
                &port,
            ]);
            command
                .args(["-u", url.username()])
                .arg(url.path().trim_start_matches('/'));
            command.env("MYSQL_PWD", url.password().unwrap_or_default());
            command.stdin(Stdio::from(File::open(file).expect("the file")));
        }
        _ => {
            command.arg(database.path().expect("a file"));
            command.stdin(Stdio::from(File::open(file).expect("the file")));
        }
    }
    let Output { status, stdout, stderr } = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = format!(
        "{}{}",
        without_switches(database.server(), &String::from_utf8_lossy(&stdout)),
        String::from_utf8_lossy(&stderr)
    );
    Some(if status.success() { Ok(said) } else { Err(said) })
}

/// `sqlite3` tells what a file's `.dbconfig` has switched, and can't be kept from it.
fn without_switches(server: Server, said: &str) -> String {
    let is_switch =
        |line: &str| server == Server::Sqlite && matches!(line.trim(), "enable_trigger off" | "enable_trigger on");
    said.split_inclusive('\n').filter(|line| !is_switch(line)).collect()
}

fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}
