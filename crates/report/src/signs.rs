//! Small signs that stand in a line of text: the letter of a class, the number of a hazard, a piece of a relation's line.

use exodus_classify::{Class, Severity};

use crate::font::{CAPITAL, Face};
use crate::picture::{Anchor, Area, Item, Picture, Point, Tag};
use crate::style::{Stroke, Style, letter};

/// A sign, beginning at 0 on the base line, and its width.
pub(crate) struct Sign {
    pub(crate) items: Vec<Item>,
    pub(crate) width: f64,
}

fn text(at: Point, text: &str, size: f64, style: Style) -> Item {
    Item::text(at, text, size, Face::Bold, style).anchored(Anchor::Middle)
}

/// The letter of a class.
pub(crate) fn badge(class: Class, size: f64) -> Sign {
    let (width, height) = (size * 1.15, size * 1.05);
    let area = Area::new(0.0, -(height + CAPITAL * size) / 2.0, width, height);
    let letters = size * 0.8;
    let base = -(CAPITAL * size - CAPITAL * letters) / 2.0;
    Sign {
        items: vec![
            Item::Rect(area, size * 0.2, Style::Badge(class)),
            text(
                Point::new(width / 2.0, base),
                letter(class),
                letters,
                Style::BadgeLetter,
            ),
        ],
        width,
    }
}

/// The number of a hazard.
pub(crate) fn mark(number: usize, severity: Severity, size: f64) -> Sign {
    let digits = number.to_string();
    let letters = size * 0.78;
    let height = size * 1.1;
    let width = (Face::Bold.width(&digits, letters) + size * 0.5).max(height);
    let area = Area::new(0.0, -(height + CAPITAL * size) / 2.0, width, height);
    let base = -(CAPITAL * size - CAPITAL * letters) / 2.0;
    Sign {
        items: vec![Item::Group(
            Tag::Mark(number),
            vec![
                Item::Rect(area, height / 2.0, Style::Mark(severity)),
                text(
                    Point::new(width / 2.0, base),
                    &digits,
                    letters,
                    Style::MarkDigits(severity),
                ),
            ],
        )],
        width,
    }
}

/// A piece of a relation's line with its head at the parent.
pub(crate) fn stroke(stroke: Stroke, size: f64) -> Sign {
    let (width, y) = (size * 2.6, -CAPITAL * size / 2.0);
    let head = size * 0.5;
    let tip = [
        Point::new(width, y),
        Point::new(width - head, y - head * 0.5),
        Point::new(width - head, y + head * 0.5),
    ];
    Sign {
        items: vec![
            Item::stroke(Point::new(0.0, y), Point::new(width - head, y), Style::Relation(stroke)),
            Item::Line {
                points: tip.to_vec(),
                closed: true,
                style: Style::Head(stroke),
            },
        ],
        width,
    }
}

/// What the signs mean, in rows of at most this width.
pub(crate) fn legend(width: f64, size: f64) -> Picture {
    let classes =
        [Class::Client, Class::Context, Class::Neutral].map(|class| (badge(class, size), format!("{class} table")));
    let strokes = Stroke::ALL.map(|kind| (stroke(kind, size), kind.words().to_owned()));
    let marks = Severity::ALL.map(|severity| (mark(1, severity, size), format!("hazard: {severity}")));
    let all = classes.into_iter().chain(strokes).chain(marks);
    let (mut x, mut y) = (0.0, size * 1.2);
    let mut picture = Picture::new(width, 0.0);
    for (mut sign, words) in all {
        // It is an example: it leads nowhere.
        if let [Item::Group(_, inner)] = &mut sign.items[..] {
            sign.items = std::mem::take(inner);
        }
        let gap = size * 0.5;
        let room = sign.width + gap + Face::Regular.width(&words, size);
        if x > 0.0 && x + room > width {
            (x, y) = (0.0, y + size * 1.8);
        }
        let at = Point::new(x, y);
        let moved = sign.items.iter().map(|item| item.moved(at));
        picture.items.extend(moved);
        let at = Point::new(x + sign.width + gap, y);
        picture.add(Item::text(at, &words, size, Face::Regular, Style::Ink));
        x += room + size * 1.6;
    }
    picture.height = y + size * 0.6;
    picture
}
