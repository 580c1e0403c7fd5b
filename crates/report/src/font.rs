//! The fonts of drawings and paper, and how wide a text is in them.
//!
//! They come with the program: a drawing is measured, and looks the same, on a machine that has none.

use std::sync::{LazyLock, OnceLock};

use ttf_parser::Face as Parsed;

/// A face of the one family that is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Face {
    /// Running text.
    #[default]
    Regular,
    /// Names of tables, headings.
    Bold,
}

/// The family's name, as programs that draw an SVG look it up.
pub const FAMILY: &str = "DejaVu Sans Condensed";

/// How far a capital rises above the base line, in sizes.
pub const CAPITAL: f64 = 0.73;

static REGULAR: LazyLock<Widths> = LazyLock::new(|| Widths::of(Face::Regular));
static BOLD: LazyLock<Widths> = LazyLock::new(|| Widths::of(Face::Bold));

impl Face {
    /// The font, as TrueType.
    pub fn data(self) -> &'static [u8] {
        match self {
            Self::Regular => include_bytes!("../fonts/DejaVuSansCondensed.ttf"),
            Self::Bold => include_bytes!("../fonts/DejaVuSansCondensed-Bold.ttf"),
        }
    }

    fn widths(self) -> &'static Widths {
        match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        }
    }

    /// The number of a character's glyph, if the font has it.
    pub(crate) fn glyph(self, c: char) -> Option<u16> {
        self.widths().of_char(c).map(|(glyph, _)| glyph)
    }

    /// Whether it has a sign for each character of a text.
    pub fn has(self, text: &str) -> bool {
        text.chars().all(|c| self.glyph(c).is_some())
    }

    /// How wide a line of text is, in the unit of the size.
    pub fn width(self, text: &str, size: f64) -> f64 {
        let widths = self.widths();
        let of_char = |c| widths.of_char(c).map_or(UNKNOWN, |(_, width)| width);
        text.chars().map(of_char).sum::<f64>() * size
    }

    /// The text, or as much of its beginning as fits, with an ellipsis.
    pub fn fit(self, text: &str, size: f64, room: f64) -> String {
        if self.width(text, size) <= room {
            return text.to_owned();
        }
        let mut left = room - self.width("…", size);
        let fits = |c: &char| {
            left -= self.width(c.encode_utf8(&mut [0; 4]), size);
            left >= 0.0
        };
        let mut short: String = text.chars().take_while(fits).collect();
        short.truncate(short.trim_end().len());
        short.push('…');
        short
    }

    /// The text in lines of at most this width, broken at spaces, and inside of words that are too long.
    pub fn wrap(self, text: &str, size: f64, room: f64) -> Vec<String> {
        let mut lines = vec![];
        let mut line = String::new();
        for word in text.split_whitespace() {
            let longer = if line.is_empty() {
                word.to_owned()
            } else {
                format!("{line} {word}")
            };
            if self.width(&longer, size) <= room {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for c in word.chars() {
                line.push(c);
                if self.width(&line, size) > room && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, c.to_string()));
                }
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }
}

/// Glyphs and their advance widths, in sizes.
struct Widths {
    font: Option<Parsed<'static>>,
    /// Of the characters that names and texts are mostly made of: looking one up in the font takes as long as drawing it.
    common: Vec<OnceLock<Option<(u16, f64)>>>,
}

/// What a character is taken for that the font does not have.
const UNKNOWN: f64 = 1.0;

/// Latin, Greek and Cyrillic letters, punctuation, arrows.
const COMMON: usize = 0x2800;

impl Widths {
    fn of(face: Face) -> Self {
        Self {
            font: Parsed::parse(face.data(), 0).ok(),
            common: (0..COMMON).map(|_| OnceLock::new()).collect(),
        }
    }

    fn of_char(&self, c: char) -> Option<(u16, f64)> {
        let place = usize::try_from(u32::from(c)).ok()?;
        match self.common.get(place) {
            Some(known) => *known.get_or_init(|| self.look_up(c)),
            None => self.look_up(c),
        }
    }

    fn look_up(&self, c: char) -> Option<(u16, f64)> {
        let font = self.font.as_ref()?;
        let glyph = font.glyph_index(c)?;
        let advance = font.glyph_hor_advance(glyph)?;
        Some((glyph.0, f64::from(advance) / f64::from(font.units_per_em())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_the_fonts() {
        assert!((Face::Regular.width("i", 1000.0) - 250.0).abs() < 1.0);
        assert!(Face::Bold.width("client", 10.0) > Face::Regular.width("client", 10.0));
        assert!(
            (Face::Regular.width("客", 10.0) - 10.0).abs() < 0.01,
            "wide where unknown"
        );
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        let room = 50.0;
        let short = Face::Regular.fit("a_very_long_name_of_a_table", 10.0, room);
        assert!(
            short.ends_with('…') && Face::Regular.width(&short, 10.0) <= room,
            "{short}"
        );
        assert_eq!(Face::Regular.fit("orders", 10.0, room), "orders");
    }

    #[test]
    fn lines_keep_within_their_width_and_lose_nothing() {
        let text = "every row of a_table_with_an_extraordinarily_long_name is the client's";
        let lines = Face::Regular.wrap(text, 9.0, 60.0);
        assert!(
            lines.iter().all(|line| Face::Regular.width(line, 9.0) <= 60.0),
            "{lines:?}"
        );
        let squeeze = |text: &str| text.replace(' ', "");
        assert_eq!(squeeze(&lines.concat()), squeeze(text));
    }
}
