//! What each form must have escaped.

use exodus_schema::is_control_or_bidi;
use std::fmt::Write as _;

/// Text of names and sentences in Markdown: nothing in it is markup, nothing ends a cell of a table.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c if is_control_or_bidi(c) => out.extend(
                c.escape_default()
                    .flat_map(|c| if c == '\\' { vec!['\\', c] } else { vec![c] }),
            ),
            c => out.push(c),
        }
    }
    out
}

/// Sentences in Markdown: what stands between backticks is code, all else is as it is.
pub(crate) fn prose(text: &str) -> String {
    let pieces: Vec<_> = text.split('`').collect();
    // An odd backtick is part of some name.
    if pieces.len() % 2 == 0 {
        return markdown(text);
    }
    let mut out = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        let code = at % 2 == 1 && !piece.is_empty() && !piece.contains(|c: char| c == '|' || is_control_or_bidi(c));
        if code {
            let _ = write!(out, "`{piece}`");
        } else if at % 2 == 1 {
            out.push_str(&markdown(&format!("`{piece}`")));
        } else {
            out.push_str(&markdown(piece));
        }
    }
    out
}

/// A fenced block inside an item of a list, whatever is in it.
pub(super) fn fenced(pieces: &[String], language: &str) -> String {
    let text = pieces.join("\n");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let mut out = format!("  {fence}{language}\n");
    for line in text.lines() {
        let _ = writeln!(out, "  {line}");
    }
    let _ = writeln!(out, "  {fence}");
    out
}

/// The message of a workflow command.
pub(super) fn command_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command.
pub(super) fn command_property(text: &str) -> String {
    command_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A path as a reference in a URI: relative ones stay relative, absolute ones become `file:` URIs.
pub(super) fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut out = String::new();
    let drive = path.as_bytes().get(1) == Some(&b':');
    if path.starts_with('/') {
        out.push_str("file://");
    } else if drive {
        out.push_str("file:///");
    }
    for (at, byte) in path.trim_start_matches("./").bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) || (drive && at == 1);
        if plain {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_shows_names_as_they_are() {
        assert_eq!(markdown("a_b|c*d"), "a\\_b\\|c\\*d");
        assert_eq!(markdown("<img>&"), "&lt;img&gt;&amp;");
        assert_eq!(markdown("a\nb"), "a\\\\nb");
        assert_eq!(prose("take `--only a_b` of a_b"), "take `--only a_b` of a\\_b");
        assert_eq!(prose("a` and `b|c`"), "a\\` and \\`b\\|c\\`");
        assert_eq!(prose("`b|c`"), "\\`b\\|c\\`");
        assert_eq!(
            fenced(&["SELECT `a``b`;".to_owned(), "x ``` y;".to_owned()], "sql"),
            "  ````sql\n  SELECT `a``b`;\n  x ``` y;\n  ````\n"
        );
    }

    #[test]
    fn workflow_commands_are_escaped() {
        assert_eq!(command_data("50%\r\na:b,c"), "50%25%0D%0Aa:b,c");
        assert_eq!(command_property("a:b,c\n%"), "a%3Ab%2Cc%0A%25");
    }

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("exodus.toml"), "exodus.toml");
        assert_eq!(uri("./a b/ä#.json"), "a%20b/%C3%A4%23.json");
        assert_eq!(uri("/srv/a%.sql"), "file:///srv/a%25.sql");
        assert_eq!(uri("C:\\x\\y:z.sql"), "file:///C:/x/y%3Az.sql");
        assert_eq!(uri("../up.sql"), "../up.sql");
    }
}
