//! Where the demo's databases are: files in a directory, or databases on a server.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use exodus_engine::{Address, ConnectOptions, Connection};

use super::schema;
use super::server::Server;
use crate::exit::Failure;

/// The databases that hold clients, the monolith first.
pub(super) const DATABASES: [&str; 4] = ["monolith", "shard1", "shard2", "shard3"];

/// Where everything is.
#[derive(Debug)]
pub(super) struct Place {
    /// The directory with `exodus.toml` and the dispatch store.
    pub(super) directory: PathBuf,
    /// The server that has the databases; without one they are files in the directory.
    pub(super) server: Option<Server>,
}

impl Place {
    /// Makes the directory, and the databases if they are on a server. Nothing that is there is touched, unless it is an
    /// earlier demo's and `replace` says so.
    pub(super) async fn make(directory: Option<&Path>, server: Option<Server>, replace: bool) -> Result<Self, Failure> {
        if let Some(server) = &server {
            server.refuse_existing(replace).await?;
        }
        let directory = match directory {
            Some(directory) => given(directory, replace)?,
            None => temporary()?,
        };
        if let Some(server) = &server {
            server.create(replace).await?;
        }
        let place = Self { directory, server };
        let config = place.directory.join("exodus.toml");
        fs::write(&config, place.config()).map_err(|error| cannot_write(&config, &error))?;
        Ok(place)
    }

    /// Opens one of [`DATABASES`].
    pub(super) async fn connect(&self, database: &str) -> Result<Box<dyn Connection>, Failure> {
        let address = match &self.server {
            Some(server) => server.address(database),
            None => Address::Sqlite(self.directory.join(file(database))),
        };
        let options = ConnectOptions {
            create: true,
            ..ConnectOptions::default()
        };
        let mut connection = exodus_engine::connect(database, &address, options).await?;
        schema::use_plain_names(&mut *connection).await?;
        Ok(connection)
    }

    /// Where a database is, for the reader.
    pub(super) fn label(&self, database: &str) -> String {
        match &self.server {
            Some(server) => server.database(database),
            None => file(database),
        }
    }

    /// Where all of it is, for people.
    pub(super) fn whereabouts(&self) -> String {
        let directory = self.directory.display();
        match &self.server {
            Some(server) => format!("{directory}, and in {}_… on {}", server.prefix, server.host()),
            None => directory.to_string(),
        }
    }

    /// The configuration that the demo's commands read.
    fn config(&self) -> String {
        let url = |database| match &self.server {
            Some(server) => server.url(database),
            None => format!("sqlite:{}", file(database)),
        };
        let mut text =
            "# Made by `exodus demo`.\nroot = \"clients\"\ndispatch = \"dispatch\"\n\n[databases]\n".to_owned();
        for database in DATABASES {
            let _ = writeln!(text, "{database} = {}", toml::Value::from(url(database)));
        }
        let _ = writeln!(text, "dispatch = \"sqlite:{}\"", file("dispatch"));
        text
    }
}

fn file(database: &str) -> String {
    format!("{database}.sqlite")
}

/// A new directory for temporary files.
fn temporary() -> Result<PathBuf, Failure> {
    let parent = std::env::temp_dir();
    for number in 1_u32.. {
        let directory = parent.join(format!("exodus-demo-{number}"));
        match fs::create_dir(&directory) {
            Ok(()) => return Ok(directory),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(cannot_write(&directory, &error)),
        }
    }
    Err(Failure::runtime(format!(
        "there is no room for another demo in {}",
        parent.display()
    )))
}

/// The directory that was asked for: new, empty, or an earlier demo's.
fn given(directory: &Path, replace: bool) -> Result<PathBuf, Failure> {
    fs::create_dir_all(directory).map_err(|error| cannot_write(directory, &error))?;
    let directory = fs::canonicalize(directory).map_err(|error| cannot_write(directory, &error))?;
    let mut old = vec![];
    for entry in fs::read_dir(&directory).map_err(|error| cannot_write(&directory, &error))? {
        let entry = entry.map_err(|error| cannot_write(&directory, &error))?;
        if !replace {
            return Err(
                Failure::usage(format!("{} is not empty; nothing was written", directory.display()))
                    .help("name a directory that is empty or not there yet, or replace an earlier demo with --replace"),
            );
        }
        if !is_ours(&entry.file_name().to_string_lossy()) {
            let (directory, name) = (directory.display(), entry.file_name().display().to_string());
            return Err(Failure::usage(format!(
                "{directory} holds `{name}`, which no demo made; nothing was removed"
            ))
            .help("name a directory that is empty or not there yet"));
        }
        old.push(entry.path());
    }
    for path in old {
        fs::remove_file(&path).map_err(|error| cannot_write(&path, &error))?;
    }
    Ok(directory)
}

/// Whether the demo makes files of that name.
fn is_ours(name: &str) -> bool {
    let stems = DATABASES.iter().copied().chain(["dispatch"]);
    name == "exodus.toml"
        || stems.map(file).any(|file| {
            // SQLite leaves these beside a database that was not closed.
            name.strip_prefix(&file)
                .is_some_and(|rest| ["", "-journal", "-wal", "-shm"].contains(&rest))
        })
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::runtime(format!("{}: can't be written: {error}", path.display()))
        .help("name a directory that you may write to: exodus demo --dir DIR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_demo_made_is_replaced() {
        assert!(
            ["exodus.toml", "shard3.sqlite", "dispatch.sqlite-wal"]
                .into_iter()
                .all(is_ours)
        );
        assert!(
            !["exodus.toml.bak", "shard30.sqlite", "monolith.sqlite3", "notes"]
                .into_iter()
                .any(is_ours)
        );
    }
}
