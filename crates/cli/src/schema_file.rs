//! Schemas in files: what `exodus schema` wrote, and SQL.

use std::path::Path;

use clap::ValueEnum;
use exodus_schema::ddl::{self, DdlError, Lines};
use exodus_schema::model::FORMAT_VERSION;
use exodus_schema::{Engine, Schema};

use crate::exit::Failure;

/// Whose SQL a file holds, where it does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineName {
    /// PostgreSQL
    Postgres,
    /// MySQL
    Mysql,
    /// MariaDB
    Mariadb,
    /// SQLite
    Sqlite,
}

impl From<EngineName> for Engine {
    fn from(name: EngineName) -> Self {
        match name {
            EngineName::Postgres => Self::Postgres,
            EngineName::Mysql => Self::MySql,
            EngineName::Mariadb => Self::MariaDb,
            EngineName::Sqlite => Self::Sqlite,
        }
    }
}

/// Reads either: JSON begins with a brace, and no SQL does.
/// On which lines the parts of the schema stand is known of SQL only.
pub(crate) fn read(path: &Path, engine: Option<EngineName>) -> Result<(Schema, Lines), Failure> {
    let wrong = |problem: String| Failure::usage(format!("{}: {problem}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error, wrong))?;
    let text = ddl::decode(&bytes).map_err(|error| wrong(error.to_string()))?;
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
        return json(&text, wrong).map(|schema| (schema, Lines::default()));
    }
    ddl::read_with_lines(&text, engine.map(Engine::from)).map_err(|error| match error {
        DdlError::NoTables { .. } if text.trim().is_empty() => wrong("the file is empty".to_owned()).help(WANTED),
        // What is no UTF-8 has been replaced.
        DdlError::NoTables { .. } if text.contains(['\0', '\u{fffd}']) => {
            wrong("this is neither SQL nor JSON, nor any text".to_owned()).help(WANTED)
        }
        DdlError::NoTables { .. } => {
            wrong(error.to_string()).help(format!("{WANTED}; `--engine` says whose SQL it is"))
        }
        _ => wrong(error.to_string()),
    })
}

/// What can be read.
const WANTED: &str = "give what `pg_dump --schema-only`, `mysqldump --no-data` or `sqlite3 FILE .schema` prints, or what \
                      `exodus schema` wrote";

fn unreadable(path: &Path, error: &std::io::Error, wrong: impl Fn(String) -> Failure) -> Failure {
    if path.is_dir() {
        return wrong("this is a directory".to_owned()).help("give one file; several can be put together with `cat`");
    }
    let failure = wrong(error.to_string());
    if error.kind() == std::io::ErrorKind::NotFound {
        return failure.help("`--schema` takes the path of a file, from the current directory on");
    }
    failure
}

fn json(text: &str, wrong: impl Fn(String) -> Failure) -> Result<Schema, Failure> {
    let text = text.trim_start_matches('\u{feff}');
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| wrong(format!("not JSON: {error}")))?;
    match value.get("version").and_then(serde_json::Value::as_u64) {
        Some(version) if version == u64::from(FORMAT_VERSION) => {}
        Some(version) => {
            return Err(wrong(format!(
                "a schema of version {version}; this exodus reads version {FORMAT_VERSION}"
            ))
            .help("write it again with `exodus schema`"));
        }
        None => return Err(wrong("not a schema".to_owned()).help("`exodus schema --from DB` writes one")),
    }
    let mut schema: Schema = serde_json::from_value(value).map_err(|error| wrong(format!("not a schema: {error}")))?;
    // Tables are found by bisection.
    schema.tables.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(schema)
}
