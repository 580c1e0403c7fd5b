//! `exodus.toml`: where it is, what it says, and where in it a mistake is.

mod accept;
mod apply;
mod declare;
mod explain;
mod file;
pub(crate) mod named;
mod places;
mod refused;
mod template;
mod variables;
mod words;

use std::env;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use exodus_engine::{Address, Server, TlsMode};

use accept::Baseline;
pub(crate) use accept::NewEntry;
pub(crate) use apply::Configured;
pub(crate) use explain::near;
use file::{Database, Entry, Tls};
pub(crate) use file::{File, MaskMethod};
pub(crate) use template::{Found, Template};

use crate::exit::Failure;

/// The name that is looked for.
pub(crate) const FILE_NAME: &str = "exodus.toml";

/// The configuration, read and checked.
#[derive(Debug)]
pub(crate) struct Config {
    /// As people know it: relative to the current directory where it is below.
    shown: String,
    /// The directory it is in: relative paths inside start there.
    folder: PathBuf,
    text: String,
    baseline: Baseline,
    /// What it says.
    pub(crate) file: File,
}

impl Config {
    /// The file at `path`, or else the nearest one, in the current directory or above; none is no error then.
    pub(crate) fn find(path: Option<&Path>) -> Result<Option<Self>, Failure> {
        let here = env::current_dir()
            .map_err(|error| Failure::runtime(format!("the current directory can't be told: {error}")))?;
        if let Some(path) = path {
            return Self::read(&here.join(path), path.display().to_string()).map(Some);
        }
        let found = here
            .ancestors()
            .map(|folder| folder.join(FILE_NAME))
            .find(|path| path.is_file());
        let shown = |path: &Path| path.strip_prefix(&here).unwrap_or(path).display().to_string();
        found.map(|path| Self::read(&path, shown(&path))).transpose()
    }

    fn read(path: &Path, shown: String) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!("{shown}: {error}")).help("`exodus init` writes a configuration to begin with")
        })?;
        let mut config = Self::parse(text, shown, path.parent().unwrap_or(Path::new("")).to_owned())?;
        config.baseline = Baseline::beside(path, &config.shown)?;
        Ok(config)
    }

    /// Without the baseline.
    fn parse(text: String, shown: String, folder: PathBuf) -> Result<Self, Failure> {
        // A byte order mark, as some editors for Windows leave it, would be taken for a key.
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        let file = toml::from_str(&text).map_err(|error| explain::failure(&error, &text, &shown))?;
        let config = Self {
            baseline: Baseline::empty(folder.join("exodus-baseline.toml"), "exodus-baseline.toml".to_owned()),
            shown,
            folder,
            text,
            file,
        };
        config.check()?;
        Ok(config)
    }

    /// What can be found wrong without a database and without the environment.
    fn check(&self) -> Result<(), Failure> {
        for (name, Entry(database)) in &self.file.databases {
            variables::check(database.url.as_ref()).map_err(|problem| self.wrong(&database.url.span(), &problem))?;
            if name.contains("://") || name.contains(':') || name.is_empty() {
                return Err(self.wrong(
                    &database.url.span(),
                    &format!("`{name}` can't be the name of a database: it reads like an address"),
                ));
            }
        }
        for text in [&self.file.dispatch].into_iter().flatten() {
            variables::check(text.as_ref()).map_err(|problem| self.wrong(&text.span(), &problem))?;
        }
        let declared = self.file.declare.iter().map(|declare| &declare.reason);
        let ignored = self.file.ignore_relations.iter().map(|ignore| &ignore.reason);
        let classes = self.file.class.iter().map(|class| &class.reason);
        let references = self.file.references.iter().map(|entry| &entry.reason);
        for reason in declared.chain(ignored).chain(classes).chain(references) {
            if reason.as_ref().trim().is_empty() {
                return Err(self
                    .wrong(&reason.span(), "the reason is empty")
                    .help("say why, for those who read this later"));
            }
        }
        accept::check(&self.file.accept, &self.shown, &self.text)
    }

    /// `exodus.toml:3:5`.
    pub(crate) fn place(&self, span: &Range<usize>) -> String {
        explain::place(&self.shown, &self.text, span.start)
    }

    /// A mistake at this place.
    pub(crate) fn wrong(&self, span: &Range<usize>, problem: &str) -> Failure {
        Failure::usage(format!("{}: {problem}", self.place(span)))
    }

    /// As people know the file.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// A path inside the file, which starts at the file's directory.
    pub(crate) fn resolve(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// The names of the databases.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.file.databases.keys().map(String::as_str)
    }

    /// The address of the database with that name, if there is one; its password only if the URL holds it.
    pub(crate) fn address(&self, name: &str) -> Option<Result<Address, Failure>> {
        let Entry(database) = self.file.databases.get(name)?;
        Some(self.read_address(name, database))
    }

    fn read_address(&self, name: &str, database: &Database) -> Result<Address, Failure> {
        let span = database.url.span();
        let mut address = self
            .expand(&database.url)?
            .parse::<Address>()
            .map_err(|error| self.wrong(&span, &format!("database `{name}`: {error}")))?;
        match &mut address {
            Address::Sqlite(path) => *path = self.resolve(path),
            Address::Postgres(server) | Address::MySql(server) => self.set_tls(server, database)?,
        }
        Ok(address)
    }

    fn set_tls(&self, server: &mut Server, database: &Database) -> Result<(), Failure> {
        if let Some(path) = &database.tls_ca {
            server.tls_ca = Some(PathBuf::from(self.expand(path)?));
        }
        // Who names an authority wants certificates to be verified.
        match (database.tls, &database.tls_ca) {
            (Some(Tls::Require), Some(_)) => server.tls = TlsMode::VerifyCa,
            (Some(tls), _) => server.tls = tls.mode(),
            (None, Some(_)) if server.tls == TlsMode::Prefer => server.tls = TlsMode::VerifyFull,
            (None, _) => {}
        }
        server.tls_ca = server.tls_ca.take().map(|path| self.resolve(&path));
        Ok(())
    }

    /// The text with variables of the environment filled in.
    pub(crate) fn expand(&self, text: &toml::Spanned<String>) -> Result<String, Failure> {
        variables::expand(text.as_ref(), &|name| env::var(name).ok()).map_err(|name| {
            self.wrong(&text.span(), &format!("the environment variable `{name}` is not set"))
                .help(format!("set it, or give it a default: ${{{name}:-value}}"))
        })
    }
}

#[cfg(test)]
mod tests;
