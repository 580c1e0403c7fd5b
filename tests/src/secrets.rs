//! What must never be printed, nor be written to a journal: passwords, and values of rows.
//!
//! Every run of the binary goes through here, whatever its test is about. Tests plant [`ROW`] in the rows they write, and
//! in passwords; the servers' own passwords are known from their URLs.

use std::path::Path;
use std::sync::OnceLock;

use url::Url;

/// What planted values and passwords begin with.
pub const ROW: &str = "planted-secret";

/// The commands and flags by which rows are asked for.
const GIVE_ROWS: [&str; 2] = ["export", "--show-values"];

/// Files of the product's own, in which no row belongs.
const OWN_FILES: &str = "exodus-dispatch";

fn secrets() -> &'static [String] {
    static SECRETS: OnceLock<Vec<String>> = OnceLock::new();
    SECRETS.get_or_init(|| {
        let is_server = |(name, _): &(String, String)| name.starts_with("EXODUS_TEST_");
        let urls = std::env::vars().filter(is_server);
        let passwords = urls.filter_map(|(_, value)| Url::parse(&value).ok()?.password().map(str::to_owned));
        // A short one may be part of anything.
        let passwords = passwords.filter(|password| password.len() >= 8);
        [ROW.to_owned()].into_iter().chain(passwords).collect()
    })
}

/// Fails if one of them is in there. Nothing is shown but the place: the secret is in the rest.
#[track_caller]
pub fn none_in(place: &str, bytes: &[u8]) {
    for (number, secret) in secrets().iter().enumerate() {
        let Some(at) = bytes
            .windows(secret.len())
            .position(|window| window == secret.as_bytes())
        else {
            continue;
        };
        let before = String::from_utf8_lossy(&bytes[at.saturating_sub(200)..at]).into_owned();
        let what = if number == 0 { "a planted value" } else { "a password" };
        panic!("{what} is in {place}, after: {before}");
    }
}

/// Both streams of a run.
#[track_caller]
pub fn none_in_output(arguments: &str, stdout: &[u8], stderr: &[u8]) {
    if !arguments.split_whitespace().any(|word| GIVE_ROWS.contains(&word)) {
        none_in(&format!("the standard output of `{arguments}`"), stdout);
    }
    none_in(&format!("the standard error of `{arguments}`"), stderr);
}

/// What the product has written about its moves in this folder.
pub fn none_in_files(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(OWN_FILES)
            && let Ok(bytes) = std::fs::read(&path)
        {
            none_in(&name, &bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "a planted value is in the standard error of `move --to x`, after: key ")]
    fn what_is_shown_is_found() {
        none_in_output("move --to x", b"", b"key planted-secret-42");
    }

    #[test]
    fn rows_that_were_asked_for_are_not() {
        none_in_output("export --to -", b"planted-secret-42", b"1 row");
    }
}
