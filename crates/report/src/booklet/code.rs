//! Statements and configuration on paper.

use super::strip::{LEADING, Strip, spaced};
use crate::font::Face;
use crate::picture::{Area, Item, Point, visible};
use crate::style::Style;

const SIZE: f64 = 8.0;
const PAD: f64 = 5.0;

/// Lines as they are; those that are too long go on below.
pub(super) fn strips(code: &str, width: f64) -> Vec<Strip> {
    let mut lines = vec![];
    for line in code.lines() {
        lines.extend(pieces(&visible(&line.replace('\t', "    ")), width - 2.0 * PAD));
    }
    let (height, last) = (SIZE * LEADING, lines.len().saturating_sub(1));
    let strips = lines.iter().enumerate().map(|(at, line)| Strip {
        height,
        items: vec![
            Item::Rect(Area::new(0.0, 0.0, width, height), 0.0, Style::Layer),
            Item::text(Point::new(PAD, SIZE * 1.05), line, SIZE, Face::Regular, Style::Ink),
        ],
        // Neither the first lines nor the last one stand alone.
        keep: at < last && (at < 2 || at + 1 == last),
        ..Strip::default()
    });
    spaced(strips.collect(), 3.0)
}

/// A line in pieces that fit, broken behind spaces and commas, and inside of a word only where the word is longer than a line.
fn pieces(line: &str, room: f64) -> Vec<String> {
    let mut pieces = vec![];
    let mut rest = line;
    loop {
        let fits = fitting(rest, room);
        if fits == rest.len() {
            break;
        }
        // Not before the first word: what is left of the indentation alone is no line.
        let indented = rest.len() - rest.trim_start().len();
        let gap = rest[..fits].rfind([' ', ',']).filter(|&gap| gap >= indented);
        let (piece, more) = rest.split_at(gap.map_or(fits, |gap| gap + 1));
        pieces.push(piece.to_owned());
        rest = more;
    }
    pieces.push(rest.to_owned());
    pieces
}

/// How many bytes of a text fit; at least a character.
fn fitting(text: &str, room: f64) -> usize {
    let mut width = 0.0;
    for (at, c) in text.char_indices() {
        width += Face::Regular.width(c.encode_utf8(&mut [0; 4]), SIZE);
        if width > room && at > 0 {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        let sql = "ALTER TABLE public.rentals ADD CONSTRAINT rentals_client_id_fk FOREIGN KEY (client_id,city_id) REFERENCES x;";
        for room in [120.0, 150.0, 200.0, 333.0] {
            let lines = pieces(sql, room);
            assert_eq!(lines.concat(), sql, "nothing is lost");
            assert!(lines.len() > 1);
            for (line, next) in lines.iter().zip(&lines[1..]) {
                assert!(Face::Regular.width(line, SIZE) <= room, "{line}");
                assert!(line.ends_with([' ', ',']), "{line:?} breaks before {next:?}");
            }
        }
    }

    #[test]
    fn a_word_that_is_longer_than_a_line_is_broken() {
        let long = format!("    {} end", "x".repeat(100));
        let lines = pieces(&long, 100.0);
        assert_eq!(lines.concat(), long);
        assert!(lines.len() > 3 && lines[0].trim_start().starts_with('x'), "{lines:?}");
        assert!(lines.iter().all(|line| Face::Regular.width(line, SIZE) <= 100.0));
        assert_eq!(pieces("", 100.0), [""]);
    }
}
