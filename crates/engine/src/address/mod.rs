//! Database addresses: URLs, TLS modes, secrets.

mod display;
mod parse;
mod password;
mod query;
mod redact;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;

pub use parse::AddressError;

/// Where a database is. Never prints its password.
///
/// Its text form ([`fmt::Display`]) is a URL without the password, which [`parse`](Self::parse) reads back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `postgres://user:password@host:port/database?sslmode=…`
    Postgres(Server),
    /// `mysql://…` or `mariadb://…`: the server itself says which of the two it is.
    MySql(Server),
    /// `sqlite:path`, or a bare path that ends in `.sqlite`, `.sqlite3` or `.db`.
    Sqlite(PathBuf),
}

/// A server, and the database on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Host name, address, or a Unix socket (starts with `/`): its directory for PostgreSQL, the socket for MySQL.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// User.
    pub user: String,
    /// Password, if one is known.
    pub password: Option<Secret>,
    /// Database.
    pub database: String,
    /// How TLS is used.
    pub tls: TlsMode,
    /// A file with the certificate authorities to trust instead of the system's.
    pub tls_ca: Option<PathBuf>,
}

/// How TLS is used, in libpq's terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// Never.
    Disable,
    /// If the server offers it; nothing is verified.
    #[default]
    Prefer,
    /// Always; the certificate is not verified.
    Require,
    /// Always; the certificate must come from a trusted authority.
    VerifyCa,
    /// Always; the certificate must also be for this host.
    VerifyFull,
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the driver alone.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Address {
    /// The same place, another database there; for SQLite, another file in the same directory.
    #[must_use]
    pub fn with_database(&self, database: &str) -> Self {
        let mut other = self.clone();
        match &mut other {
            Self::Postgres(server) | Self::MySql(server) => database.clone_into(&mut server.database),
            Self::Sqlite(path) => *path = path.with_file_name(database),
        }
        other
    }

    /// Whether a password may be needed and none is known: the moment to ask for one. (An empty one in the URL,
    /// `user:@host`, says that none is needed.)
    pub fn needs_password(&self) -> bool {
        self.server().is_some_and(|server| server.password.is_none())
    }

    /// Sets the password; does nothing where there can be none.
    pub fn set_password(&mut self, password: Secret) {
        match self {
            Self::Postgres(server) | Self::MySql(server) => server.password = Some(password),
            Self::Sqlite(_) => {}
        }
    }

    fn server(&self) -> Option<&Server> {
        match self {
            Self::Postgres(server) | Self::MySql(server) => Some(server),
            Self::Sqlite(_) => None,
        }
    }
}
