//! The servers' own tools for dumps.

use std::path::{Path, PathBuf};
use std::process::Command;

use exodus_tests::database::Server;
use url::Url;

/// A tool that was found.
pub(crate) enum Tool {
    /// A program, with what comes before its own arguments.
    Program(PathBuf, Vec<String>),
    /// What SQLite keeps is its dump.
    Catalogue,
}

impl Tool {
    /// Looks for it; says loudly if it is not there.
    ///
    /// A variable may name it; else it is the system's, or one that the servers' script has unpacked beside them.
    pub(crate) fn find(server: Server) -> Option<Self> {
        let (variable, name, folder, unpacked) = match server {
            Server::Sqlite => return Some(Self::Catalogue),
            Server::Postgres => (
                "EXODUS_TEST_PG_DUMP",
                "pg_dump",
                "/usr/lib/postgresql/15/bin",
                "postgres15",
            ),
            Server::Postgres18 => (
                "EXODUS_TEST_PG_DUMP18",
                "pg_dump",
                "/usr/lib/postgresql/18/bin",
                "postgres18",
            ),
            Server::MariaDb => ("EXODUS_TEST_MARIADB_DUMP", "mariadb-dump", "/usr/bin", "mariadb"),
            Server::MySql => ("EXODUS_TEST_MYSQLDUMP", "mysqldump", "/usr/bin", "mysql"),
        };
        let plain = |program: PathBuf| Self::Program(program, vec![]);
        let found = std::env::var_os(variable)
            .map(PathBuf::from)
            .or_else(|| Some(Path::new(folder).join(name)).filter(|path| path.is_file()))
            .map(plain)
            .or_else(|| in_cache(unpacked, name));
        if found.is_none() {
            eprintln!(
                "SKIPPED: dumps of {}, because {name} was not found; {variable} may name it",
                server.name()
            );
        }
        found
    }

    /// The schema of the database as the tool prints it.
    pub(crate) fn dump(&self, url: &str, server: Server) -> Option<String> {
        let Self::Program(program, before) = self else {
            return Some(sqlite(url));
        };
        let mut command = Command::new(program);
        command.args(before);
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
            eprintln!("SKIPPED: {} can't dump {}: {said}", program.display(), server.name());
            return None;
        }
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// A program in a package that was unpacked with all its libraries, its loader among them.
fn in_cache(package: &str, name: &str) -> Option<Tool> {
    let cache =
        std::env::var_os("EXODUS_TEST_CACHE").map_or_else(|| PathBuf::from("/var/cache/exodus-tests"), PathBuf::from);
    let mut folders: Vec<PathBuf> = std::fs::read_dir(cache)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.is_dir()
                && path
                    .file_name()
                    .is_some_and(|file| file.to_string_lossy().starts_with(package))
        })
        .collect();
    folders.sort();
    let version = package.trim_start_matches(|c: char| !c.is_ascii_digit());
    folders.into_iter().find_map(|root| {
        let places = [
            root.join("usr/bin").join(name),
            root.join(format!("usr/lib/postgresql/{version}/bin")).join(name),
        ];
        let program = places.into_iter().find(|path| path.is_file())?;
        let mut libraries = std::fs::read_dir(root.join("usr/lib"))
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path()));
        let libraries = libraries.find(|path| path.to_string_lossy().ends_with("-linux-gnu"))?;
        let mut loaders = std::fs::read_dir(&libraries)
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path()));
        let loader = loaders.find(|path| path.to_string_lossy().contains("/ld-linux"))?;
        let path = format!("{0}:{0}/sasl2", libraries.display());
        let before = vec!["--library-path".to_owned(), path, program.display().to_string()];
        Some(Tool::Program(loader, before))
    })
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
