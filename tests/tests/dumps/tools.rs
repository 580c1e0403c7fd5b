//! The servers' own tools for dumps.

use std::path::PathBuf;
use std::process::Command;

use exodus_tests::database::Server;
use url::Url;

/// A tool that was found.
pub(crate) enum Tool {
    /// A program.
    Program(PathBuf),
    /// What SQLite keeps is its dump.
    Catalogue,
}

impl Tool {
    /// Looks for it: the one that a variable names (`tests/servers/servers env` does), or the system's, but for MySQL,
    /// whose name MariaDB's goes by too. Says loudly if there is none, and fails where CI needs it.
    pub(crate) fn find(server: Server) -> Option<Self> {
        let (variable, name) = match server {
            Server::Sqlite => return Some(Self::Catalogue),
            Server::Postgres => ("EXODUS_TEST_PG_DUMP", "pg_dump"),
            Server::Postgres18 => ("EXODUS_TEST_PG_DUMP18", "pg_dump"),
            Server::MariaDb => ("EXODUS_TEST_MARIADB_DUMP", "mariadb-dump"),
            Server::MySql => ("EXODUS_TEST_MYSQLDUMP", "mysqldump"),
        };
        let named = std::env::var_os(variable).map(PathBuf::from);
        let found = named.or_else(|| {
            if server == Server::MySql {
                return None;
            }
            let path = std::env::var_os("PATH")?;
            std::env::split_paths(&path)
                .map(|folder| folder.join(name))
                .find(|path| path.is_file())
        });
        if found.is_none() {
            skipped(server, &format!("{name} was not found; {variable} may name it"));
        }
        found.map(Self::Program)
    }

    /// The schema of the database as the tool prints it.
    pub(crate) fn dump(&self, url: &str, server: Server) -> Option<String> {
        let Self::Program(program) = self else {
            return Some(sqlite(url));
        };
        let mut command = Command::new(program);
        let url = Url::parse(url).expect("a URL");
        if server.dialect() == "postgres" {
            command.args(["--schema-only", "--dbname", url.as_str()]);
        } else {
            let host = url.host_str().unwrap_or_default();
            command
                .args([
                    "--no-defaults",
                    "--no-data",
                    "--routines",
                    "--triggers",
                    "--no-tablespaces",
                    "-h",
                    host,
                ])
                .args(["-u", url.username(), "-P", &url.port().unwrap_or(3306).to_string()])
                .arg(url.path().trim_start_matches('/'))
                .env("MYSQL_PWD", url.password().unwrap_or_default());
        }
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            skipped(server, &format!("{} can't make them: {said}", program.display()));
            return None;
        }
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn skipped(server: Server, why: &str) {
    eprintln!("SKIPPED: dumps of {}, because {why}", server.name());
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!ci || server == Server::Postgres18, "CI has to read them");
}

/// What `sqlite3 FILE .schema` prints.
fn sqlite(url: &str) -> String {
    let path = url.strip_prefix("sqlite:").expect("an SQLite file");
    let connection = rusqlite::Connection::open(path).expect("an SQLite file");
    let mut statement = connection
        .prepare("select sql from sqlite_master where sql is not null order by rowid")
        .expect("a query");
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).expect("rows");
    let add = |dump: String, row: rusqlite::Result<String>| dump + &row.expect("a statement") + ";\n";
    rows.fold(String::new(), add)
}
