//! Database addresses: URLs, TLS modes, secrets.

use std::fmt;
use std::path::PathBuf;

/// Where a database is. Never prints its password.
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
    /// Host name, address, or the directory of a Unix socket (starts with `/`).
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
