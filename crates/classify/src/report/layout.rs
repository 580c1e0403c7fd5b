//! Breaks text into lines that fit.

use exodus_schema::is_control_or_bidi;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of a line of output.
pub const WIDTH: usize = 80;

/// Breaks `text` at spaces into lines of at most `width` columns. A word that is wider goes on in the next line: nothing
/// is ever cut off. Control characters, which a name can hold, are written as escapes.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let word = visible(word);
        let free = width.saturating_sub(lines.last().map_or(0, |line| line.width()));
        match lines.last_mut() {
            Some(line) if line.is_empty() => {}
            Some(line) if word.width() < free => line.push(' '),
            _ => lines.push(String::new()),
        }
        for c in word.chars() {
            let full = |line: &String| !line.is_empty() && line.width() + c.width().unwrap_or(0) > width;
            if lines.last().is_none_or(full) {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                line.push(c);
            }
        }
    }
    lines
}

fn visible(word: &str) -> String {
    let escaped = |c: char| {
        if is_control_or_bidi(c) {
            c.escape_default().to_string()
        } else {
            c.to_string()
        }
    };
    word.chars().map(escaped).collect()
}

/// `text` as a paragraph with `indent` spaces before every line.
pub(crate) fn indented(text: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut out = String::new();
    for line in wrap(text, WIDTH - indent) {
        let _ = writeln!(out, "{margin}{line}");
    }
    out
}

/// A statement of SQL behind `indent` spaces: as it is where it fits, so that it can be copied.
pub(crate) fn statement(sql: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut out = String::new();
    for line in sql.lines() {
        if line.width() + indent <= WIDTH && !line.contains(is_control_or_bidi) {
            let _ = writeln!(out, "{margin}{line}");
        } else {
            out.push_str(&indented(line, indent));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_move_on_and_long_ones_are_broken() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a bcdefghij k", 4), ["a", "bcde", "fghi", "j k"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn wide_characters_count_twice_and_control_characters_are_shown() {
        assert_eq!(wrap("顧客顧客", 5), ["顧客", "顧客"]);
        assert_eq!(wrap("a\u{1b}[31m\n", 40), ["a\\u{1b}[31m\\n"]);
    }

    #[test]
    fn nothing_is_lost_at_any_width() {
        let text = "public.a_rather_long_table_name(column) → 顧客(id), and some words 😀😀😀 more";
        let without = |text: &str| text.replace(' ', "");
        for width in 2..60 {
            let lines = wrap(text, width);
            assert!(lines.iter().all(|line| line.width() <= width), "{width}: {lines:?}");
            assert_eq!(without(&lines.concat()), without(text));
        }
    }
}
