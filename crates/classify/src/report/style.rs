//! Colours and headings of text for people.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::layout::{WIDTH, wrap};
use crate::hazard::Severity;

/// Colours; empty ones leave plain text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Styles {
    pub(crate) heading: Style,
    error: Style,
    warning: Style,
    note: Style,
}

impl Styles {
    /// For a terminal.
    pub fn coloured() -> Self {
        let bold = |color: AnsiColor| Style::new().bold().fg_color(Some(color.into()));
        Self {
            heading: Style::new().bold(),
            error: bold(AnsiColor::Red),
            warning: bold(AnsiColor::Yellow),
            note: bold(AnsiColor::Cyan),
        }
    }

    pub(crate) fn of(&self, severity: Severity) -> Style {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Note => self.note,
        }
    }
}

pub(crate) fn heading(out: &mut String, text: &str, styles: &Styles) {
    let style = styles.heading;
    out.push('\n');
    for line in wrap(text, WIDTH) {
        let _ = writeln!(out, "{style}{line}{style:#}");
    }
}

/// `   3 name`, the name going on under itself.
pub(super) fn numbered(out: &mut String, number: usize, name: &str, styles: &Styles) {
    let style = styles.heading;
    for (at, line) in wrap(name, WIDTH - 6).iter().enumerate() {
        let margin = if at == 0 {
            format!("{number:>4}")
        } else {
            "    ".to_owned()
        };
        let _ = writeln!(out, "{margin}  {style}{line}{style:#}");
    }
}
