//! Writing to the standard output and the standard error.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, ErrorKind, IsTerminal, Write};

use anstyle::Style;

use crate::args::Global;
use crate::exit::Failure;
use exodus_schema::is_control_or_bidi;

/// Writes text to the standard output, colours only if it is a terminal.
///
/// A reader that went away (`| head`) has seen enough: that is no failure, and what else is printed goes nowhere, so that
/// a move whose output is cut off is not cut off itself. A full disk is a failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    match stdout
        .write_all(harmless(text).as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::runtime(format!(
            "the standard output can't be written: {error}"
        ))),
        _ => Ok(()),
    }
}

/// The text without anything but colours that a terminal would obey: names in a database can be of any characters. The
/// escapes are those of JSON, which may be printed, too.
fn harmless(text: &str) -> Cow<'_, str> {
    let obeyed = |c: char| is_control_or_bidi(c) && !matches!(c, '\n' | '\t');
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if !obeyed(c) || is_colour(&text[at..]) {
            out.push(c);
        } else {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        }
    }
    Cow::Owned(out)
}

/// Whether it begins with a sequence that sets colours, as ours do, and does nothing else.
fn is_colour(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("\u{1b}[") else {
        return false;
    };
    rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';')
        .starts_with('m')
}

/// Writes a line to the standard error; nobody could be told if that failed.
pub(crate) fn note(line: &str) {
    drop(writeln!(anstream::stderr().lock(), "{}", harmless(line)));
}

/// The style, or none where colours are not wanted.
pub(crate) fn style(global: &Global, style: Style) -> Style {
    if global.no_color { Style::new() } else { style }
}

/// Whether a person sits at both ends and can be asked.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_colours_reach_a_terminal() {
        assert_eq!(
            harmless("\u{1b}[1;31mred\u{1b}[0m\n\tx"),
            "\u{1b}[1;31mred\u{1b}[0m\n\tx"
        );
        assert_eq!(harmless("a\u{1b}[2Jb\u{7}"), "a\\u001b[2Jb\\u0007");
        assert_eq!(harmless("a\u{202e}b\u{9b}0m"), "a\\u202eb\\u009b0m");
    }
}
