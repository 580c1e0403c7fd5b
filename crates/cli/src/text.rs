//! Text for people: tables and paragraphs that fit 80 columns.

use exodus_schema::is_control_or_bidi;
use std::fmt;

/// What a line may hold.
pub(crate) const WIDTH: usize = 80;

/// A table with a head. Columns that don't fit are wrapped inside their cells: nothing is cut off.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// A table with this head.
    pub(crate) fn new(head: [&str; N]) -> Self {
        Self {
            rows: vec![head.map(str::to_owned)],
        }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells.map(|cell| visible(&cell)));
    }

    fn widths(&self) -> [usize; N] {
        let mut widths: [usize; N] = std::array::from_fn(|at| {
            self.rows
                .iter()
                .map(|row| row[at].chars().count())
                .max()
                .unwrap_or_default()
        });
        let room = WIDTH.saturating_sub(2 * N.saturating_sub(1));
        // The widest gives way first, so that short columns stay on one line.
        while widths.iter().sum::<usize>() > room {
            match widths.iter_mut().max() {
                Some(widest) if *widest > 1 => *widest -= 1,
                _ => break,
            }
        }
        widths
    }
}

impl<const N: usize> fmt::Display for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for row in &self.rows {
            let mut cells: [_; N] = std::array::from_fn(|at| pieces(&row[at], widths[at]));
            for _ in 0..cells.iter().map(Vec::len).max().unwrap_or_default() {
                let line = cells.iter_mut().zip(widths).map(|(cell, width)| {
                    let piece = if cell.is_empty() { String::new() } else { cell.remove(0) };
                    format!("{piece:<width$}")
                });
                writeln!(f, "{}", line.collect::<Vec<_>>().join("  ").trim_end())?;
            }
        }
        Ok(())
    }
}

fn pieces(text: &str, width: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(width.max(1)).map(|piece| piece.iter().collect()).collect()
}

/// The paragraph in lines of at most 80 columns, all but the first behind `indent` spaces. A word that is longer than a
/// line is broken.
pub(crate) fn wrap(text: &str, indent: usize) -> String {
    item("", text, indent)
}

/// The paragraph behind `lead`, such as `  * `; all lines but the first behind `indent` spaces.
pub(crate) fn item(lead: &str, text: &str, indent: usize) -> String {
    let mut out = String::new();
    let mut line = lead.to_owned();
    let mut room = WIDTH - lead.chars().count();
    for (at, word) in visible(text).split(' ').enumerate() {
        let mut chars = word.chars().count();
        if at > 0 && chars + 1 > room {
            next_line(&mut out, &mut line, &mut room, indent);
        } else if at > 0 {
            line.push(' ');
            room -= 1;
        }
        let mut rest = word;
        while chars > room {
            let end = rest.char_indices().nth(room).map_or(rest.len(), |(at, _)| at);
            line.push_str(&rest[..end]);
            rest = &rest[end..];
            next_line(&mut out, &mut line, &mut room, indent);
            chars = rest.chars().count();
        }
        line.push_str(rest);
        room -= chars;
    }
    out.push_str(line.trim_end());
    out.push('\n');
    out
}

fn next_line(out: &mut String, line: &mut String, room: &mut usize, indent: usize) {
    out.push_str(line.trim_end());
    out.push('\n');
    *line = " ".repeat(indent);
    *room = WIDTH - indent;
}

/// The text with control characters escaped: a key must not move the cursor.
fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if is_control_or_bidi(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
        out
    })
}

/// `1 client`, `2,000 clients`.
pub(crate) fn count(number: u64, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {what}{ending}", grouped(number))
}

/// `1,234,567`
pub(crate) fn grouped(number: u64) -> String {
    exodus_schema::grouped(number.into())
}

/// Cuts a text in the middle where its place is narrow and its whole stands elsewhere.
pub(crate) fn short(text: &str, width: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= width {
        return text.to_owned();
    }
    let head = (width - 1) / 2;
    let tail = width - 1 - head;
    chars[..head]
        .iter()
        .chain(&['…'])
        .chain(&chars[chars.len() - tail..])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(text: &str) -> bool {
        text.lines()
            .all(|line| line.chars().count() <= WIDTH && line.trim_end() == line)
    }

    #[test]
    fn long_cells_wrap_and_lose_nothing() {
        let mut table = Table::new(["a", "b", "c"]);
        let long = "x1y2".repeat(60);
        table.row(["ä".to_owned(), long.clone(), "short".to_owned()]);
        table.row([long.clone(), "\u{1b}[2J".to_owned(), String::new()]);
        let text = table.to_string();
        assert!(fits(&text), "{text}");
        assert!(text.contains("short") && text.contains("\\u{1b}"), "{text}");
        let kept = text.matches("x1").count() + text.matches("y2").count();
        assert!(kept >= 200, "{text}");
    }

    #[test]
    fn numbers_are_grouped_and_names_cut_in_the_middle() {
        assert_eq!(count(1, "row"), "1 row");
        assert_eq!(count(1_234_567, "row"), "1,234,567 rows");
        assert_eq!(count(0, "row"), "0 rows");
        assert_eq!(short("abcdefgh", 5), "ab…gh");
        assert_eq!(short("abc", 5), "abc");
    }

    #[test]
    fn items_keep_their_lead() {
        assert_eq!(item("  * ", "a b", 4), "  * a b\n");
        let text = item("  * ", &"word ".repeat(30), 4);
        assert!(
            fits(&text) && text.lines().skip(1).all(|line| line.starts_with("    word")),
            "{text}"
        );
    }

    #[test]
    fn paragraphs_wrap() {
        let text = wrap(&format!("name     {} {} end", "word ".repeat(30), "ü".repeat(200)), 9);
        assert!(fits(&text), "{text}");
        assert_eq!(text.matches('ü').count(), 200);
        assert!(
            text.lines()
                .skip(1)
                .all(|line| line.starts_with("         ") && !line.starts_with("          ")),
            "{text}"
        );
        assert_eq!(wrap("short", 4), "short\n");
    }
}
