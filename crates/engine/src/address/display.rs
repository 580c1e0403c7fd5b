//! Addresses as text.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Address, Server, TlsMode};

/// What must not stand as it is in a part of a URL: all but letters, digits and these.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// In a path behind the question mark, slashes are harmless.
const VALUE: &AsciiSet = &PART.remove(b'/');

impl Address {
    /// The address as a URL without its password.
    pub fn display(&self) -> impl fmt::Display + '_ {
        self
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(server) => write_server(f, "postgres", "host", 5432, server),
            Self::MySql(server) => write_server(f, "mysql", "socket", 3306, server),
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

fn write_server(f: &mut fmt::Formatter<'_>, scheme: &str, socket_key: &str, port: u16, server: &Server) -> fmt::Result {
    write!(f, "{scheme}://{}@", utf8_percent_encode(&server.user, PART))?;
    let is_socket = server.host.starts_with('/');
    if server.host.contains(':') && !is_socket {
        write!(f, "[{}]", server.host)?;
    } else if !is_socket {
        write!(f, "{}", utf8_percent_encode(&server.host, PART))?;
    }
    if server.port != port {
        write!(f, ":{}", server.port)?;
    }
    write!(f, "/{}", utf8_percent_encode(&server.database, PART))?;
    let mut separator = '?';
    let mut key = |f: &mut fmt::Formatter<'_>, key: &str, value: &str| {
        let before = std::mem::replace(&mut separator, '&');
        write!(f, "{before}{key}={}", utf8_percent_encode(value, VALUE))
    };
    if is_socket {
        key(f, socket_key, &server.host)?;
    }
    if server.tls != TlsMode::default() || server.tls_ca.is_some() {
        key(f, "sslmode", server.tls.name())?;
    }
    if let Some(ca) = &server.tls_ca {
        key(f, "sslrootcert", &ca.to_string_lossy())?;
    }
    Ok(())
}

impl TlsMode {
    fn name(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}
