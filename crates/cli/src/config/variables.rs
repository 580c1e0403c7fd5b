//! `${NAME}` and `${NAME:-default}` in addresses.
//!
//! `$${` stands for `${` itself. Where a variable stands for the user or the password of a URL, its value is taken as
//! it is: what URLs want written with percent signs is written so here, for nobody keeps a password in that form.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Variable {
        name: &'a str,
        default: Option<&'a str>,
        in_user: bool,
    },
}

/// Whether the text is well formed; says what is wrong.
pub(super) fn check(text: &str) -> Result<(), String> {
    pieces(text).map(drop)
}

/// The text with the variables' values; the error is the name of one that is neither set nor has a default.
pub(super) fn expand(text: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::new();
    // It was checked when the file was read.
    for piece in pieces(text).unwrap_or_default() {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Variable { name, default, in_user } => {
                let set = environment(name);
                // As in a shell, `:-` replaces an empty value too.
                let value = match (set, default) {
                    (Some(value), Some(_)) if !value.is_empty() => value,
                    (_, Some(default)) => default.to_owned(),
                    (Some(value), None) => value,
                    (None, None) => return Err(name.to_owned()),
                };
                if in_user {
                    out.extend(utf8_percent_encode(&value, NON_ALPHANUMERIC));
                } else {
                    out.push_str(&value);
                }
            }
        }
    }
    Ok(out)
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let user = user_part(text);
    let mut pieces = vec![];
    let mut at = 0;
    while let Some(found) = text[at..].find("${").map(|found| at + found) {
        if text[at..found].ends_with('$') {
            pieces.push(Piece::Text(&text[at..found - 1]));
            pieces.push(Piece::Text("${"));
            at = found + 2;
            continue;
        }
        pieces.push(Piece::Text(&text[at..found]));
        let Some(end) = text[found..].find('}').map(|end| found + end) else {
            return Err("a `${` has no `}`".to_owned());
        };
        let (name, default) = match text[found + 2..end].split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (&text[found + 2..end], None),
        };
        let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !starts_well || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(
                "what is between `${` and `}` is no name of a variable; write ${NAME} or ${NAME:-default}".to_owned(),
            );
        }
        pieces.push(Piece::Variable {
            name,
            default,
            in_user: user.contains(&found),
        });
        at = end + 1;
    }
    pieces.push(Piece::Text(&text[at..]));
    Ok(pieces)
}

/// Where user and password stand in a URL: between `://` and the last `@` before the path.
fn user_part(text: &str) -> std::ops::Range<usize> {
    let Some(start) = text.find("://").map(|at| at + 3) else {
        return 0..0;
    };
    // Slashes inside `${…}` (a default that is a path) end nothing.
    let mut depth = 0_usize;
    let mut end = start;
    for (at, c) in text[start..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '/' | '?' if depth == 0 => break,
            '@' if depth == 0 => end = start + at,
            _ => {}
        }
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Option<String> {
        match name {
            "PW" => Some("p@ss/w:rd#%".to_owned()),
            "HOST" => Some("db.example:6432".to_owned()),
            "URL" => Some("postgres://u:p%40@h/d".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    fn expanded(text: &str) -> Result<String, String> {
        check(text)?;
        expand(text, &environment)
    }

    #[test]
    fn values_go_where_they_belong() {
        for (text, expected) in [
            ("plain $ {text}", "plain $ {text}"),
            (
                "postgres://u:${PW}@${HOST}/d",
                "postgres://u:p%40ss%2Fw%3Ard%23%25@db.example:6432/d",
            ),
            ("${URL}", "postgres://u:p%40@h/d"),
            (
                "postgres://${USER_:-a/b}:${NONE:-x@y}@h/${NONE:-shop}",
                "postgres://a%2Fb:x%40y@h/shop",
            ),
            ("${EMPTY}|${EMPTY:-d}|${NONE:-}", "|d|"),
            ("$${PW}", "${PW}"),
            ("mysql://h/d?ssl-ca=${NONE:-/a/b}", "mysql://h/d?ssl-ca=/a/b"),
        ] {
            assert_eq!(expanded(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn mistakes_are_told() {
        assert_eq!(expanded("a${NONE}b"), Err("NONE".to_owned()));
        for text in ["${", "${A", "${}", "${1A}", "${A B}", "${A:d}"] {
            assert!(check(text).is_err(), "{text}");
        }
    }
}
