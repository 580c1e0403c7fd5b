//! Writing to the standard output and the standard error.

use std::io::{self, ErrorKind, IsTerminal, Write};

use anstyle::Style;

use crate::args::Global;
use crate::exit::Failure;

/// Writes text to the standard output, colours only if it is a terminal.
///
/// A reader that went away (`| head`) has seen enough: that is no failure, and what else is printed goes nowhere, so that
/// a move whose output is cut off is not cut off itself. A full disk is a failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::runtime(format!(
            "the standard output can't be written: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Writes a line to the standard error; nobody could be told if that failed.
pub(crate) fn note(line: &str) {
    drop(writeln!(anstream::stderr().lock(), "{line}"));
}

/// The style, or none where colours are not wanted.
pub(crate) fn style(global: &Global, style: Style) -> Style {
    if global.no_color { Style::new() } else { style }
}

/// Whether a person sits at both ends and can be asked.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}
