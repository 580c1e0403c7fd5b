//! The forms of files, and how a name tells them.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use exodus_schema::Engine;
use serde::Serialize;

use crate::error::{Error, Result};

/// What an export is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Statements for `psql`, `mysql` or `sqlite3`.
    Sql,
    /// An SQLite database.
    Sqlite,
    /// A JSON object per row.
    Jsonl,
    /// A folder with a CSV file per table.
    Csv,
    /// A folder with a Parquet file per table.
    Parquet,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Jsonl, Self::Csv, Self::Parquet, Self::Sql, Self::Sqlite];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Sqlite => "sqlite",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }

    /// Several files in a folder.
    pub fn is_folder(self) -> bool {
        matches!(self, Self::Csv | Self::Parquet)
    }

    /// What the name of a file says; nothing where it says nothing.
    pub fn of_name(path: &Path) -> Option<Self> {
        let bare = Compression::of_name(path).bare(path);
        match bare.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "sql" => Some(Self::Sql),
            "sqlite" | "sqlite3" | "db" => Some(Self::Sqlite),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "csv" => Some(Self::Csv),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == text)
            .ok_or_else(|| {
                Error::asked(
                    format!("there is no format `{text}`"),
                    "take jsonl, csv, parquet, sql or sqlite",
                )
            })
    }
}

/// How a file is compressed: its name ends in `.gz` or `.zst`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    pub(crate) fn of_name(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some(extension) if extension.eq_ignore_ascii_case("gz") => Self::Gzip,
            Some(extension) if extension.eq_ignore_ascii_case("zst") => Self::Zstd,
            _ => Self::None,
        }
    }

    /// The name without its ending.
    fn bare(self, path: &Path) -> &Path {
        match (self, path.file_stem()) {
            (Self::None, _) | (_, None) => path,
            (_, Some(stem)) => Path::new(stem),
        }
    }
}

/// Whose SQL an export is written in. MySQL and MariaDB read the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlDialect {
    /// For `psql`.
    Postgres,
    /// For `mysql` and `mariadb`.
    MySql,
    /// For `sqlite3`.
    Sqlite,
}

impl SqlDialect {
    /// That of a product.
    pub fn of(engine: Engine) -> Self {
        match engine {
            Engine::Postgres => Self::Postgres,
            Engine::MySql | Engine::MariaDb => Self::MySql,
            Engine::Sqlite => Self::Sqlite,
        }
    }

    /// The product whose types stand for the dialect: the source's own, if it speaks it.
    pub fn engine(self, source: Engine) -> Engine {
        match self {
            _ if Self::of(source) == self => source,
            Self::Postgres => Engine::Postgres,
            Self::MySql => Engine::MySql,
            Self::Sqlite => Engine::Sqlite,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_formats() {
        for (name, format, compression) in [
            ("client42.sql.zst", Some(Format::Sql), Compression::Zstd),
            ("a.b/client42.JSONL.GZ", Some(Format::Jsonl), Compression::Gzip),
            ("x.sqlite", Some(Format::Sqlite), Compression::None),
            ("x.parquet", Some(Format::Parquet), Compression::None),
            ("folder", None, Compression::None),
            ("x.gz", None, Compression::Gzip),
        ] {
            let path = Path::new(name);
            assert_eq!(Format::of_name(path), format, "{name}");
            assert_eq!(Compression::of_name(path), compression, "{name}");
        }
    }
}
