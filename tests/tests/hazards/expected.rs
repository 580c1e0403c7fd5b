//! What a folder says must be found.

use std::path::Path;

use serde::Deserialize;

/// `expected.toml`. A table named like the SQL file says what differs there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    /// What it is about, without the schema's name.
    pub(crate) object: Option<String>,
    /// The severity on the schema; absent: nothing is found.
    pub(crate) schema: Option<String>,
    /// The same after looking at the data.
    pub(crate) data: Option<String>,
    /// A part of what is said after looking at the data.
    pub(crate) says: Option<String>,
    /// What is found on the schema may be the same as on the data: it depends on what the server has counted by then.
    #[serde(default)]
    pub(crate) statistics: bool,
    /// The severity after looking at the data, once the entries that the finding shows are in the configuration.
    pub(crate) entries: Option<String>,
    /// PostgreSQL: look with a role that may read, and owns nothing.
    #[serde(default)]
    pub(crate) reader: bool,
    /// Options of CREATE DATABASE.
    pub(crate) create: Option<String>,
    /// More of the configuration.
    #[serde(default)]
    pub(crate) configuration: String,
    postgres: Option<Box<Self>>,
    mysql: Option<Box<Self>>,
    sqlite: Option<Box<Self>>,
}

impl Expected {
    pub(crate) fn read(folder: &Path, dialect: &str) -> Self {
        let path = folder.join("expected.toml");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let all: Self = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let own = match dialect {
            "postgres" => all.postgres.clone(),
            "mysql" => all.mysql.clone(),
            _ => all.sqlite.clone(),
        };
        let own = own.map_or_else(Self::default, |own| *own);
        Self {
            object: own.object.or(all.object),
            schema: own.schema.or(all.schema),
            data: own.data.or(all.data),
            says: own.says.or(all.says),
            statistics: own.statistics || all.statistics,
            entries: own.entries.or(all.entries),
            reader: own.reader || all.reader,
            create: own.create.or(all.create),
            configuration: own.configuration + &all.configuration,
            ..Self::default()
        }
    }

    /// Whether `found` is what must be found on the schema.
    pub(crate) fn on_schema(&self, found: Option<&str>) -> Result<(), String> {
        let counted = self.statistics && found == self.data.as_deref();
        if counted || found == self.schema.as_deref() {
            return Ok(());
        }
        Err(format!("{found:?} instead of {:?} on the schema", self.schema))
    }
}
