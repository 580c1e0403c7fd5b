//! Where a password comes from when the URL has none.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Address, Secret, Server};

impl Address {
    /// Looks for a password where the product's own tools do, if the URL has none: `PGPASSWORD`, then the file named
    /// by `PGPASSFILE` or `~/.pgpass`; `MYSQL_PWD`.
    ///
    /// Returns a warning to show where a password file was there but not used.
    pub fn find_password(&mut self, env: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        if !self.needs_password() {
            return None;
        }
        let variable = |name: &str| env(name).filter(|text| !text.is_empty());
        match self {
            Self::Sqlite(_) => None,
            Self::MySql(server) => {
                server.password = variable("MYSQL_PWD").map(Secret::new);
                None
            }
            Self::Postgres(server) => {
                server.password = variable("PGPASSWORD").map(Secret::new);
                if server.password.is_some() {
                    return None;
                }
                let file = variable("PGPASSFILE")
                    .map(PathBuf::from)
                    .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".pgpass")))?;
                match read_password_file(&file) {
                    Ok(text) => {
                        server.password = text.as_deref().and_then(|text| search(text, server)).map(Secret::new);
                        None
                    }
                    Err(warning) => Some(warning),
                }
            }
        }
    }
}

/// The text of the file, nothing if there is none, or why it is not used.
fn read_password_file(path: &Path) -> Result<Option<Vec<u8>>, String> {
    let Ok(found) = fs::metadata(path) else {
        return Ok(None);
    };
    let ignored = |why: &str| format!("password file {} is ignored: {why}", path.display());
    if !found.is_file() {
        return Err(ignored("it is not a plain file"));
    }
    if others_may_read(&found) {
        return Err(ignored("its group or others may read it; run `chmod 0600` on it"));
    }
    fs::read(path).map(Some).map_err(|cause| ignored(&cause.to_string()))
}

#[cfg(unix)]
fn others_may_read(file: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn others_may_read(_: &fs::Metadata) -> bool {
    false
}

/// The password in the first line that matches.
fn search(text: &[u8], server: &Server) -> Option<String> {
    // libpq looks for its default socket directories under the name `localhost`.
    let host = match server.host.as_str() {
        "/tmp" | "/var/run/postgresql" | "/run/postgresql" => "localhost",
        host => host,
    };
    let port = server.port.to_string();
    let wanted = [host, &port, &server.database, &server.user];
    text.split(|b| *b == b'\n')
        .filter_map(|line| std::str::from_utf8(line).ok())
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| match_line(line, &wanted))
}

/// The password of a line if its first four fields match.
fn match_line(line: &str, wanted: &[&str; 4]) -> Option<String> {
    let mut rest = line;
    for wanted in wanted {
        let (field, behind) = split_field(rest)?;
        // Only a bare star is a wildcard; `\*` is the character.
        if field != "*" && unescape(field) != *wanted {
            return None;
        }
        rest = behind;
    }
    // The last field ends at a colon too, so that later versions could add more.
    let password = split_field(rest).map_or(rest, |(field, _)| field);
    Some(unescape(password))
}

/// The text before the next colon that no backslash precedes, and the text behind it.
fn split_field(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ':' => return Some((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    None
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        // A backslash at the very end stands for itself.
        out.push(if c == '\\' { chars.next().unwrap_or('\\') } else { c });
    }
    out
}
