//! A text of several looks in lines of some width.

use crate::document::{Line, Look, Place, Span};
use crate::font::Face;
use crate::picture::{Item, Point, visible};
use crate::signs;
use crate::style::Style;

/// A piece of a line, from `x` on.
#[derive(Clone, Debug)]
pub(super) struct Fragment {
    pub(super) x: f64,
    pub(super) width: f64,
    pub(super) to: Option<Place>,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Words(String, Face, Style),
    Sign(Vec<Item>),
}

impl Fragment {
    /// Its shapes, on a base line that begins at a place.
    pub(super) fn items(&self, base: Point, size: f64) -> Vec<Item> {
        let at = Point::new(base.x + self.x, base.y);
        match &self.what {
            What::Words(text, face, style) => vec![Item::text(at, text, size, *face, *style)],
            What::Sign(items) => items.iter().map(|item| item.moved(at)).collect(),
        }
    }
}

/// The lines; of nothing there is one, empty.
pub(super) fn wrap(line: &Line, size: f64, room: f64, bold: bool) -> Vec<Vec<Fragment>> {
    let mut lines = Lines {
        size,
        room: room.max(size * 2.0),
        done: vec![],
        open: vec![],
        x: 0.0,
        space: false,
    };
    for span in &line.0 {
        match span {
            Span::Words { text, look, to } => {
                let face = match look {
                    Look::Strong => Face::Bold,
                    _ if bold => Face::Bold,
                    _ => Face::Regular,
                };
                let style = match (to, look) {
                    (Some(_), _) => Style::Link,
                    (None, Look::Faint) => Style::Faint,
                    (None, _) => Style::Ink,
                };
                lines.words(&visible(text), face, style, *to);
            }
            Span::Badge(class) => lines.sign(signs::badge(*class, size), None),
            Span::Mark(number, severity) => {
                lines.sign(signs::mark(*number, *severity, size), Some(Place::Mark(*number)));
            }
            Span::Stroke(stroke) => lines.sign(signs::stroke(*stroke, size), None),
        }
    }
    lines.done.push(lines.open);
    lines.done
}

/// How wide it is on one line.
pub(super) fn natural(line: &Line, size: f64, bold: bool) -> f64 {
    let lines = wrap(line, size, f64::INFINITY, bold);
    let last = lines.first().and_then(|line| line.last());
    last.map_or(0.0, |last| last.x + last.width)
}

struct Lines {
    size: f64,
    room: f64,
    done: Vec<Vec<Fragment>>,
    open: Vec<Fragment>,
    /// Where the open line ends.
    x: f64,
    /// What comes next stands apart from it.
    space: bool,
}

impl Lines {
    fn end(&mut self) {
        self.done.push(std::mem::take(&mut self.open));
        self.x = 0.0;
        self.space = false;
    }

    fn words(&mut self, text: &str, face: Face, style: Style, to: Option<Place>) {
        for (at, word) in text.split(' ').enumerate() {
            self.space |= at > 0;
            if word.is_empty() {
                continue;
            }
            let width = face.width(word, self.size);
            if self.x > 0.0 && self.x + self.gap(face) + width > self.room {
                self.end();
            }
            if width <= self.room {
                self.put(word, face, style, to);
            } else {
                self.broken(word, face, style, to);
            }
        }
    }

    fn gap(&self, face: Face) -> f64 {
        if self.space && self.x > 0.0 {
            face.width(" ", self.size)
        } else {
            0.0
        }
    }

    /// A word that is longer than a line.
    fn broken(&mut self, word: &str, face: Face, style: Style, to: Option<Place>) {
        let (mut piece, mut width) = (String::new(), 0.0);
        for c in word.chars() {
            let more = face.width(c.encode_utf8(&mut [0; 4]), self.size);
            if width + more > self.room && !piece.is_empty() {
                self.put(&std::mem::take(&mut piece), face, style, to);
                self.end();
                width = 0.0;
            }
            piece.push(c);
            width += more;
        }
        self.put(&piece, face, style, to);
    }

    fn put(&mut self, word: &str, face: Face, style: Style, to: Option<Place>) {
        let gap = self.gap(face);
        let width = face.width(word, self.size);
        let spaced = gap > 0.0;
        let end = self.x + gap + width;
        match self.open.last_mut() {
            // Words of one look are one text, which readers select as such.
            Some(Fragment {
                x,
                width: whole,
                to: same,
                what: What::Words(text, in_face, in_style),
            }) if (*in_face, *in_style, *same) == (face, style, to) => {
                if spaced {
                    text.push(' ');
                }
                text.push_str(word);
                *whole = end - *x;
            }
            _ => self.open.push(Fragment {
                x: self.x + gap,
                width,
                to,
                what: What::Words(word.to_owned(), face, style),
            }),
        }
        self.x = end;
        self.space = false;
    }

    fn sign(&mut self, sign: signs::Sign, to: Option<Place>) {
        if self.x > 0.0 && self.x + self.gap(Face::Regular) + sign.width > self.room {
            self.end();
        }
        let x = self.x + self.gap(Face::Regular);
        self.x = x + sign.width;
        self.space = false;
        self.open.push(Fragment {
            x,
            width: sign.width,
            to,
            what: What::Sign(sign.items),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_within_their_width_and_lose_nothing() {
        let long = "x".repeat(300);
        let line = Line::new()
            .strong("rentals")
            .words(format!("(client_id) → clients, and {long} too, "))
            .link("there", Place::Mark(1));
        for room in [40.0, 90.0, 500.0] {
            let lines = wrap(&line, 8.0, room, false);
            let mut all = String::new();
            for fragment in lines.iter().flatten() {
                assert!(fragment.x + fragment.width <= room + 0.001, "{room}: {fragment:?}");
                if let What::Words(text, ..) = &fragment.what {
                    all.push_str(text);
                }
            }
            assert_eq!(all.replace(' ', ""), line.plain().replace(' ', ""));
        }
    }
}
