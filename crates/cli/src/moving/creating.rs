//! `--create-tables`: the target's tables that are missing are made by the move.

use std::path::PathBuf;

use exodus_engine::{Address, CatalogueOf, ConnectOptions, Connection, Session};
use exodus_schema::create::Object;
use exodus_schema::introspect::{self, Options, ReadError};
use exodus_schema::{Schema, TableName};
use exodus_transfer::Shape;
use exodus_transfer::create::Tables;
use tempfile::TempDir;

use crate::config::Configured;
use crate::context::Context;
use crate::exit::Failure;
use crate::text::{count, item, wrap};

/// The flags.
#[derive(Debug, clap::Args)]
pub(crate) struct Creating {
    /// Make the tables that the target lacks, as they are on the source; an SQLite file that is not there is made, too
    #[arg(long)]
    pub(crate) create_tables: bool,
    /// With --create-tables and --dry-run: print the statements
    #[arg(long, requires = "create_tables", requires = "dry_run")]
    pub(crate) show_statements: bool,
}

/// A target, which may be a file that is yet to be made.
pub(crate) struct Target {
    pub(crate) connection: Box<dyn Connection>,
    pub(crate) file: NewFile,
}

/// A file that was made for the move. It goes if nothing has come into it; another one that only stands for it in a dry
/// run goes anyway.
#[derive(Debug, Default)]
pub(crate) struct NewFile {
    path: Option<PathBuf>,
    /// Held until the move has ended.
    stand_in: Option<TempDir>,
}

impl NewFile {
    /// Whether there was none before.
    pub(crate) fn is_new(&self) -> bool {
        self.path.is_some()
    }

    /// A move that died has made it.
    pub(crate) fn was_made(&mut self, context: &Context, to: &str) -> Result<(), Failure> {
        if let Address::Sqlite(path) = context.database(to)?.address {
            self.path = Some(path);
        }
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        drop(self.stand_in.take());
        let empty = |path: &PathBuf| path.metadata().is_ok_and(|file| file.len() == 0);
        if let Some(path) = self.path.take().filter(empty)
            && let Err(error) = std::fs::remove_file(&path)
        {
            tracing::warn!(%error, "{} is empty and could not be removed", path.display());
        }
    }
}

/// Connects to the target. A missing SQLite file is an error, unless the tables are to be made.
pub(crate) async fn connect(context: &Context, to: &str, flags: &Creating, read_only: bool) -> Result<Target, Failure> {
    let mut options = ConnectOptions {
        read_only,
        ..ConnectOptions::default()
    };
    let mut file = NewFile::default();
    let database = context.database(to)?;
    let missing = match &database.address {
        Address::Sqlite(path) if flags.create_tables && !path.exists() => Some(path.clone()),
        _ => None,
    };
    options.create = missing.is_some();
    let address = match missing {
        Some(_) if read_only => {
            // A dry run makes nothing, and what it reads there is empty.
            options.read_only = false;
            let folder = TempDir::new()
                .map_err(|error| Failure::runtime(format!("no place for an empty database to look at: {error}")))?;
            let path = folder.path().join("empty.sqlite");
            file.stand_in = Some(folder);
            Address::Sqlite(path)
        }
        missing => {
            file.path = missing;
            database.address
        }
    };
    Ok(Target {
        connection: exodus_engine::connect(&database.name, &address, options).await?,
        file,
    })
}

/// The target's schema with the tables that it lacks, and what makes these. Both sessions are outside any transaction.
pub(crate) async fn target_schema(
    context: &Context,
    (source, target): (&mut Session, &mut Session),
    configured: &Configured,
    shape: &Shape<'_>,
) -> Result<(Schema, Tables), Failure> {
    let there = read(context, target).await?;
    let tables = Tables::find(source, target, shape, &there).await?;
    let expected = tables.expected(&configured.schema, &there);
    let expected = context.apply_to_target(expected)?;
    Ok((expected, tables))
}

/// What the target has, without what the configuration says about it, which may name tables that are not there yet. The
/// same goes for the schemas to read.
pub(crate) async fn read(context: &Context, target: &mut Session) -> Result<Schema, Failure> {
    let engine = target.engine();
    let mut schemas = context.schemas();
    loop {
        let options = Options {
            schemas: schemas.clone(),
        };
        match introspect::read(&mut CatalogueOf(target), engine, &options).await {
            Err(ReadError::NoSuchSchema { known, .. }) => {
                schemas.retain(|schema| known.contains(schema));
                if schemas.is_empty() {
                    // An empty list would mean all of them.
                    let mut all = introspect::read(&mut CatalogueOf(target), engine, &Options::default()).await?;
                    all.tables.clear();
                    return Ok(all);
                }
            }
            other => return Ok(other?),
        }
    }
}

/// What a plan says about the tables.
pub(crate) fn text(tables: &Tables, target: &str, statements: bool) -> String {
    if tables.is_empty() {
        return format!("{target} has all of the tables; none will be made.\n");
    }
    let names: Vec<String> = tables.names().iter().map(TableName::to_string).collect();
    let head = format!("{} will be made on {target} first:", count(names.len() as u64, "table"));
    let mut text = wrap(&head, 2);
    text.push_str(&item("  ", &names.join(", "), 2));
    if statements {
        text.push('\n');
        for sql in tables.statements() {
            text.push_str(sql);
            text.push_str(";\n");
        }
    }
    text
}

/// What was made for moves of many clients.
pub(crate) fn made_text(tables: &Tables, target: &str) -> String {
    let names: Vec<String> = tables.names().iter().map(TableName::to_string).collect();
    format!(
        "{} made on {target}: {}",
        count(names.len() as u64, "table"),
        names.join(", ")
    )
}

/// What a move was to make on its target, as its options keep it.
pub(crate) fn made(options: &serde_json::Value) -> Result<Vec<Object>, Failure> {
    match options.get("made") {
        None | Some(serde_json::Value::Null) => Ok(vec![]),
        Some(made) => serde_json::from_value(made.clone()).map_err(|_| {
            Failure::runtime("what the move was to make is written in a way that this version doesn't know")
                .help("use the version of exodus that began the move")
        }),
    }
}
