//! What every command gets: the flags, the configuration, and the ways from a name to a database.

use std::path::Path;

use exodus_engine::{Address, ConnectOptions, Connection};
use exodus_schema::{Cuts, Schema, TableName};

use crate::args::{Cli, Format, Global};
use crate::config::Config;
use crate::exit::Failure;
use crate::output;

/// The flags and the configuration.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) global: Global,
    /// The configuration, if there is one.
    pub(crate) config: Option<Config>,
}

/// A database that was named.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    /// How people call it: its name in the configuration, else its address without secrets.
    pub(crate) name: String,
    /// Where it is, with the password.
    pub(crate) address: Address,
}

/// A schema with what the configuration says about it.
#[derive(Clone, Debug)]
pub(crate) struct Configured {
    /// The schema, declared relations included.
    pub(crate) schema: Schema,
    /// Ignored relations and the tables that are overridden to be no client tables.
    pub(crate) cuts: Cuts,
}

impl Context {
    /// Reads the configuration that the flags name, or the nearest one.
    pub(crate) fn new(cli: &Cli) -> Result<Self, Failure> {
        Ok(Self { global: cli.global.clone(), config: None })
    }

    /// Whether results are printed as JSON.
    pub(crate) fn json(&self) -> bool {
        self.global.format == Format::Json
    }

    /// Prints results to the standard output; see [`output::print`].
    pub(crate) fn print(&self, text: &str) -> Result<(), Failure> {
        output::print(text)
    }

    /// Prints one line about what is going on to the standard error, unless `--quiet`.
    pub(crate) fn note(&self, line: &str) {
        if !self.global.quiet {
            output::note(line);
        }
    }

    /// The database of that name in the configuration, or at that URL or path, with its password found.
    pub(crate) fn database(&self, name: &str) -> Result<Database, Failure> {
        Err(Failure::usage(format!("no database `{name}`: not built yet")))
    }

    /// Connects to what [`database`](Self::database) finds.
    pub(crate) async fn connect(&self, name: &str, options: ConnectOptions) -> Result<Box<dyn Connection>, Failure> {
        let database = self.database(name)?;
        Ok(exodus_engine::connect(&database.name, &database.address, options).await?)
    }

    /// Opens the dispatch store; it must have been made by `exodus dispatch init`.
    // fleet's Store comes here
    /// Reads the connection's schema and applies the configuration to it.
    pub(crate) async fn schema_of(&self, connection: &mut dyn Connection) -> Result<Configured, Failure> {
        Err(Failure::usage(format!("{}: not built yet", connection.name())))
    }

    /// Reads a schema from a file that `exodus schema` wrote and applies the configuration to it.
    pub(crate) fn read_schema_file(&self, path: &Path) -> Result<Configured, Failure> {
        Err(Failure::usage(format!("{}: not built yet", path.display())))
    }

    /// The root table: `flag` (what `--root` says), else the configured one.
    pub(crate) fn root(&self, flag: Option<&str>) -> Result<Option<TableName>, Failure> {
        flag.map(str::parse).transpose().map_err(|error: exodus_schema::ParseNameError| Failure::usage(error.to_string()))
    }
}
