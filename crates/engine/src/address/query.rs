//! The keys behind the question mark of a database URL.

use std::path::PathBuf;

use super::TlsMode;

/// What the keys say.
#[derive(Debug, Default)]
pub(super) struct Query {
    pub(super) tls: Option<TlsMode>,
    pub(super) tls_ca: Option<PathBuf>,
    pub(super) system_ca: bool,
    /// `host` or `socket`.
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
}

/// A key and what it means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Tls,
    Ca,
    Host,
    Port,
    Socket,
}

/// All spellings: libpq's, MySQL's and our own.
const KEYS: &[(&str, Key)] = &[
    ("sslmode", Key::Tls),
    ("ssl-mode", Key::Tls),
    ("tls", Key::Tls),
    ("sslrootcert", Key::Ca),
    ("ssl-ca", Key::Ca),
    ("tls-ca", Key::Ca),
    ("host", Key::Host),
    ("port", Key::Port),
    ("socket", Key::Socket),
];

const MODES: &[(&str, TlsMode)] = &[
    ("disable", TlsMode::Disable),
    ("disabled", TlsMode::Disable),
    // libpq's `allow` tries without TLS first; there is no reason to prefer that.
    ("allow", TlsMode::Prefer),
    ("prefer", TlsMode::Prefer),
    ("preferred", TlsMode::Prefer),
    ("require", TlsMode::Require),
    ("required", TlsMode::Require),
    ("verify-ca", TlsMode::VerifyCa),
    ("verify-full", TlsMode::VerifyFull),
    ("verify-identity", TlsMode::VerifyFull),
];

impl Query {
    /// Reads decoded pairs; the error says what is wrong, without any value.
    pub(super) fn read(pairs: &[(String, String)], postgres: bool) -> Result<Self, String> {
        let mut query = Self::default();
        let mut seen: Vec<Key> = vec![];
        for (name, value) in pairs {
            let key = key(name, postgres)?;
            if seen.contains(&key) {
                return Err(format!("`{name}` says again what another key says"));
            }
            seen.push(key);
            match key {
                Key::Tls => query.tls = Some(mode(name, value)?),
                Key::Ca if value.is_empty() => return Err(format!("`{name}` is empty")),
                Key::Ca if value == "system" => query.system_ca = true,
                Key::Ca => query.tls_ca = Some(PathBuf::from(value)),
                Key::Port => query.port = Some(port(value)?),
                Key::Socket if !value.starts_with('/') => return Err("`socket` is not an absolute path".to_owned()),
                Key::Host if value.is_empty() => return Err("`host` is empty".to_owned()),
                Key::Host | Key::Socket => query.host = Some(value.clone()),
            }
        }
        Ok(query)
    }

    /// The mode that results. Who names an authority wants certificates to be verified: without a mode entirely, with
    /// `require` as libpq does it.
    pub(super) fn tls_mode(&self) -> TlsMode {
        let named_ca = self.tls_ca.is_some();
        match self.tls {
            None if named_ca || self.system_ca => TlsMode::VerifyFull,
            Some(TlsMode::Require) if named_ca => TlsMode::VerifyCa,
            Some(mode) => mode,
            None => TlsMode::default(),
        }
    }
}

fn key(name: &str, postgres: bool) -> Result<Key, String> {
    let allowed = |key: Key| match key {
        Key::Host => postgres,
        Key::Socket => !postgres,
        Key::Tls | Key::Ca | Key::Port => true,
    };
    let known = || KEYS.iter().filter(|(_, key)| allowed(*key));
    if let Some((_, key)) = known().find(|(known, _)| *known == name) {
        return Ok(*key);
    }
    if let Some(near) = nearest(name, known().map(|(known, _)| *known)) {
        return Err(format!("unknown key `{name}` behind the `?`; did you mean `{near}`?"));
    }
    let all: Vec<_> = known().map(|(known, _)| *known).collect();
    Err(format!(
        "unknown key `{name}` behind the `?`; known are {}",
        all.join(", ")
    ))
}

fn mode(name: &str, value: &str) -> Result<TlsMode, String> {
    let wanted = value.to_ascii_lowercase().replace('_', "-");
    MODES
        .iter()
        .find(|(spelling, _)| *spelling == wanted)
        .map(|(_, mode)| *mode)
        .ok_or_else(|| format!("`{name}` is none of disable, prefer, require, verify-ca, verify-full"))
}

/// A TCP port; never quotes the text, which may be a password whose host was forgotten.
pub(super) fn port(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(port) if port > 0 && text.bytes().all(|b| b.is_ascii_digit()) => Ok(port),
        _ => Err("the port is not a number between 1 and 65535".to_owned()),
    }
}

/// The known word that was probably meant.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    known
        .map(|known| (strsim::damerau_levenshtein(&word, known), known))
        .filter(|(distance, known)| *distance <= known.len().div_ceil(3))
        .min()
        .map(|(_, known)| known)
}
