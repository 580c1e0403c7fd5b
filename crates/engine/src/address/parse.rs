//! Reading addresses.

use std::env;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::query::{Query, nearest, port};
use super::redact::{is_scheme, redact};
use super::{Address, Secret, Server};

/// The text is not a database address. Shows the address without its password, or less of it where that part can't be
/// told.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{shown}` is not a database address: {problem}")]
pub struct AddressError {
    shown: String,
    problem: String,
}

type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

const SCHEMES: &[&str] = &["postgres", "postgresql", "mysql", "mariadb", "sqlite"];
const ENCODE: &str =
    "write such characters with a percent sign: @ as %40, : as %3A, / as %2F, ? as %3F, # as %23, % as %25";

/// The environment of this process.
fn environment(name: &str) -> Option<String> {
    env::var(name).ok()
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text)
    }
}

impl Address {
    /// Reads an address; what it leaves out is taken from this process' environment as libpq does it: `PGUSER`, and
    /// `PGHOST` and `PGPORT` where there is no host; else the operating system's user and `localhost`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        Self::parse_with(text, &environment)
    }

    /// The same with another environment.
    pub fn parse_with(text: &str, env: Env<'_>) -> Result<Self, AddressError> {
        let address = Self::parse_server(text, env)?;
        match &address {
            Self::MySql(server) if server.database.is_empty() => Err(AddressError {
                shown: redact(text.trim()),
                problem: "it names no database; write it behind the host: mysql://user@host/database".to_owned(),
            }),
            _ => Ok(address),
        }
    }

    /// Reads an address that may lack the database, for [`with_database`](Self::with_database): where databases
    /// are created, there is none yet.
    pub fn parse_server(text: &str, env: Env<'_>) -> Result<Self, AddressError> {
        let text = text.trim();
        let wrong = |problem: String| AddressError {
            shown: redact(text),
            problem,
        };
        if let Some(rest) = strip_scheme(text, "sqlite:") {
            return sqlite_url(rest, env).map(Self::Sqlite).map_err(|problem| AddressError {
                shown: text.to_owned(),
                problem,
            });
        }
        let Some((scheme, rest)) = text.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) else {
            return bare_path(text, env).map(Self::Sqlite).map_err(wrong);
        };
        match scheme.to_ascii_lowercase().as_str() {
            "postgres" | "postgresql" => server(rest, true, env).map(Self::Postgres).map_err(wrong),
            "mysql" | "mariadb" => server(rest, false, env).map(Self::MySql).map_err(wrong),
            other => Err(wrong(match nearest(other, SCHEMES.iter().copied()) {
                Some(near) => format!("unknown scheme `{scheme}`; did you mean `{near}`?"),
                None => format!("unknown scheme `{scheme}`; known are {}", SCHEMES.join(", ")),
            })),
        }
    }
}

fn strip_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// What follows `sqlite:`; paths are taken as they are, without decoding.
fn sqlite_url(rest: &str, env: Env<'_>) -> Result<PathBuf, String> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.contains('?') {
        return Err("SQLite takes no keys behind a `?`".to_owned());
    }
    sqlite_path(path, env)
}

fn bare_path(text: &str, env: Env<'_>) -> Result<PathBuf, String> {
    if text == ":memory:" {
        return sqlite_path(text, env);
    }
    if text.to_ascii_lowercase().starts_with("file:") {
        return Err("SQLite's own `file:` URLs are not read; write sqlite:path".to_owned());
    }
    // Somebody may have forgotten the scheme; a password must not become a file name.
    if text.split_once('@').is_some_and(|(user, _)| user.contains(':')) {
        return Err("it has no scheme; write postgres://…, mysql://…, mariadb://… or sqlite:path".to_owned());
    }
    let extension = Path::new(text).extension().and_then(|extension| extension.to_str());
    let is_file = extension.is_some_and(|extension| {
        ["sqlite", "sqlite3", "db"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    });
    if is_file {
        return sqlite_path(text, env);
    }
    Err(
        "write postgres://…, mysql://…, mariadb://… or sqlite:path (a path that ends in .sqlite, .sqlite3 or .db \
         needs no scheme)"
            .to_owned(),
    )
}

fn sqlite_path(path: &str, env: Env<'_>) -> Result<PathBuf, String> {
    if path.is_empty() {
        return Err("the path is empty".to_owned());
    }
    if path == ":memory:" {
        return Err(
            "a database in memory is gone when its session ends, and each session would see its own; \
                    name a file"
                .to_owned(),
        );
    }
    if path.contains('\0') {
        return Err("a path cannot hold NUL".to_owned());
    }
    match path.strip_prefix("~/") {
        None => Ok(PathBuf::from(path)),
        Some(rest) => match env("HOME").filter(|home| !home.is_empty()) {
            Some(home) => Ok(Path::new(&home).join(rest)),
            None => Err("`~` stands for HOME, which is not set".to_owned()),
        },
    }
}

/// What follows `postgres://` or `mysql://`.
fn server(rest: &str, postgres: bool, env: Env<'_>) -> Result<Server, String> {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    // A password with one of these in it would otherwise be cut, and its rest taken for a database or a key.
    if tail.contains('@') {
        return Err(format!(
            "there is an @ behind the host, or a character that ends the password too early; {ENCODE}"
        ));
    }
    if tail.contains('#') {
        return Err(format!("there is a #; {ENCODE}"));
    }
    let (path, keys) = tail.split_once('?').unwrap_or((tail, ""));
    // The last one: user names on some clouds hold one too.
    let (user_info, host_port) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = match user_info.split_once(':') {
        Some((user, password)) => (user, Some(Secret::new(decode(password, "password")?))),
        None => (user_info, None),
    };
    let (host, port) = host_and_port(host_port)?;
    let query = Query::read(&pairs(keys)?, postgres)?;
    let user = match decode(user, "user")? {
        user if user.is_empty() => default_user(postgres, env)?,
        user => user,
    };
    let mut database = decode(path.strip_prefix('/').unwrap_or(path), "database")?;
    if path.strip_prefix('/').is_some_and(|path| path.contains('/')) {
        return Err("the database's name has a `/` in it; write it as %2F".to_owned());
    }
    if database.is_empty() && postgres {
        database.clone_from(&user);
    }
    let (host, port) = place(host, port, &query, postgres, env)?;
    Ok(Server {
        host,
        port,
        user,
        password,
        database,
        tls: query.tls_mode(),
        tls_ca: query.tls_ca,
    })
}

/// Host and port of `host:port`, `[::1]:port` or nothing.
fn host_and_port(text: &str) -> Result<(Option<String>, Option<u16>), String> {
    let (host, rest) = if let Some(bracketed) = text.strip_prefix('[') {
        let (host, rest) = bracketed.split_once(']').ok_or("the `[` has no `]`")?;
        if host.parse::<std::net::Ipv6Addr>().is_err() {
            return Err("there is no IPv6 address between `[` and `]`".to_owned());
        }
        (host.to_owned(), rest)
    } else {
        let (host, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
        (check_host(&decode(host, "host")?)?, rest)
    };
    let port = match rest.strip_prefix(':') {
        None if rest.is_empty() => None,
        None => return Err("something other than a port follows the `]`".to_owned()),
        Some("") => None,
        Some(digits) if digits.contains(':') => {
            return Err("the port is not a number; write an IPv6 address in brackets: [::1]".to_owned());
        }
        Some(digits) => Some(port(digits)?),
    };
    Ok(((!host.is_empty()).then_some(host), port))
}

fn check_host(host: &str) -> Result<String, String> {
    if host.starts_with('/') {
        return Ok(host.to_owned());
    }
    if host.contains(',') {
        return Err("a list of hosts is not supported; name one".to_owned());
    }
    if host.contains(|c: char| c.is_whitespace() || c.is_control() || "/\\<>\"{}|^`[]".contains(c)) {
        return Err(format!("the host holds a character that no host name has; {ENCODE}"));
    }
    Ok(host.to_owned())
}

/// Where to connect to, with what the keys and the environment add.
fn place(
    host: Option<String>,
    port: Option<u16>,
    query: &Query,
    postgres: bool,
    env: Env<'_>,
) -> Result<(String, u16), String> {
    if host.is_some() && query.host.is_some() {
        return Err("there is a host before and behind the `?`".to_owned());
    }
    if port.is_some() && query.port.is_some() {
        return Err("there is a port before and behind the `?`".to_owned());
    }
    let default_port = if postgres { 5432 } else { 3306 };
    let given = port.or(query.port);
    let named = match (host, &query.host) {
        (Some(host), _) => Some(host),
        (None, Some(host)) => Some(check_host(host)?),
        (None, None) => None,
    };
    if let Some(host) = named {
        return Ok((host, given.unwrap_or(default_port)));
    }
    if !postgres {
        return Ok(("localhost".to_owned(), given.unwrap_or(default_port)));
    }
    let host = match env("PGHOST").filter(|host| !host.is_empty()) {
        Some(host) => check_host(&host).map_err(|_| "PGHOST is not one host name or directory".to_owned())?,
        None => "localhost".to_owned(),
    };
    let port = match (given, env("PGPORT").filter(|text| !text.is_empty())) {
        (Some(port), _) => port,
        (None, Some(text)) => self::port(&text).map_err(|_| "PGPORT is not a port".to_owned())?,
        (None, None) => default_port,
    };
    Ok((host, port))
}

fn default_user(postgres: bool, env: Env<'_>) -> Result<String, String> {
    let names: &[&str] = if postgres {
        &["PGUSER", "USER", "LOGNAME", "USERNAME"]
    } else {
        &["USER", "LOGNAME", "USERNAME"]
    };
    names
        .iter()
        .find_map(|name| env(name).filter(|user| !user.is_empty()))
        .ok_or_else(|| "it names no user; write user@ before the host".to_owned())
}

fn pairs(keys: &str) -> Result<Vec<(String, String)>, String> {
    keys.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((
                decode(key, "key behind the `?`")?,
                decode(value, "value behind the `?`")?,
            ))
        })
        .collect()
}

/// Takes the percent signs out; a stray one is an error, for it would change a password unnoticed.
fn decode(text: &str, what: &str) -> Result<String, String> {
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once('%') {
        let is_code = behind
            .as_bytes()
            .get(..2)
            .is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit));
        if !is_code {
            return Err(format!("the {what} has a % that starts no code; write % itself as %25"));
        }
        rest = behind;
    }
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    let decoded = decoded.map_err(|_| format!("the {what} is not UTF-8 once decoded"))?;
    if decoded.contains('\0') {
        return Err(format!("the {what} cannot hold NUL"));
    }
    Ok(decoded.into_owned())
}
