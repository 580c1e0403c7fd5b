//! A drawing that no format knows of: [`svg`](crate::svg), [`png`](crate::png) and [`pdf`](crate::pdf) write it.
//!
//! Lengths are points (1/72 inch); `x` goes right, `y` down.

use exodus_schema::{RelationId, TableId, is_control_or_bidi};

use crate::font::Face;
use crate::style::Style;

/// A place.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Area {
    /// Its left side.
    pub x: f64,
    /// Its upper side.
    pub y: f64,
    /// To the right of `x`.
    pub width: f64,
    /// Down from `y`.
    pub height: f64,
}

impl Area {
    /// A rectangle.
    pub fn new(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self { x, y, width, height }
    }

    /// The smallest that holds both.
    pub fn around(one: Point, other: Point) -> Self {
        let (x, y) = (one.x.min(other.x), one.y.min(other.y));
        Self::new(x, y, (one.x - other.x).abs(), (one.y - other.y).abs())
    }

    /// Its right side.
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// Its lower side.
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// The same, elsewhere.
    #[must_use]
    pub fn moved(self, by: Point) -> Self {
        Self {
            x: self.x + by.x,
            y: self.y + by.y,
            ..self
        }
    }

    /// Larger by so much on each side.
    #[must_use]
    pub fn grown(self, by: f64) -> Self {
        Self::new(self.x - by, self.y - by, self.width + 2.0 * by, self.height + 2.0 * by)
    }

    /// Whether the two share more than a side.
    pub fn meets(&self, other: &Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// Whether the other one is inside.
    pub fn holds(&self, other: &Self) -> bool {
        self.x <= other.x && self.y <= other.y && other.right() <= self.right() && other.bottom() <= self.bottom()
    }
}

impl Point {
    /// A place.
    pub fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// The same, elsewhere.
    #[must_use]
    pub fn moved(self, by: Self) -> Self {
        Self::new(self.x + by.x, self.y + by.y)
    }
}

/// What a group of shapes stands for. In HTML it can be clicked and lit, on paper it is a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// A table's box.
    Table(TableId),
    /// A relation's line, or its row where it has no line.
    Relation(RelationId),
    /// The number of a hazard, counted from 1.
    Mark(usize),
    /// A name that leads to another panel of the map, counted from 1.
    Panel(usize),
}

/// Where a text begins at its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    #[default]
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// A line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// On the base line.
    pub at: Point,
    /// Without control characters: [`visible`].
    pub text: String,
    /// In points.
    pub size: f64,
    /// The font.
    pub face: Face,
    /// What `at` is.
    pub anchor: Anchor,
    /// Its colour.
    pub style: Style,
}

impl Text {
    /// How wide it is, in points.
    pub fn width(&self) -> f64 {
        self.face.width(&self.text, self.size)
    }

    /// What it covers.
    pub fn area(&self) -> Area {
        let width = self.width();
        let x = match self.anchor {
            Anchor::Start => self.at.x,
            Anchor::Middle => self.at.x - width / 2.0,
            Anchor::End => self.at.x - width,
        };
        Area::new(x, self.at.y - self.size * 0.8, width, self.size)
    }
}

/// A shape.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A rectangle, its corners rounded by a radius.
    Rect(Area, f64, Style),
    /// A line through points; closed, it is filled.
    Line {
        /// Its corners.
        points: Vec<Point>,
        /// Whether it comes back to its beginning.
        closed: bool,
        /// Its colours.
        style: Style,
    },
    /// A circle with a radius.
    Circle(Point, f64, Style),
    /// A line of text.
    Text(Text),
    /// Shapes that stand for something.
    Group(Tag, Vec<Self>),
}

/// A drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// In points.
    pub width: f64,
    /// In points.
    pub height: f64,
    /// In the order of drawing.
    pub items: Vec<Item>,
}

impl Picture {
    /// An empty one.
    pub fn new(width: f64, height: f64) -> Self {
        Self {
            width,
            height,
            items: vec![],
        }
    }

    /// Draws on top of what there is.
    pub fn add(&mut self, item: Item) {
        self.items.push(item);
    }

    /// Draws another picture at a place.
    pub fn place(&mut self, other: &Self, at: Point) {
        self.items.extend(other.items.iter().map(|item| item.moved(at)));
    }
}

impl Item {
    /// A line of text; what would not be seen is written as an escape.
    pub fn text(at: Point, text: &str, size: f64, face: Face, style: Style) -> Self {
        Self::Text(Text {
            at,
            text: visible(text),
            size,
            face,
            anchor: Anchor::Start,
            style,
        })
    }

    /// The same text from another anchor.
    #[must_use]
    pub fn anchored(mut self, to: Anchor) -> Self {
        if let Self::Text(text) = &mut self {
            text.anchor = to;
        }
        self
    }

    /// A line from one place to another.
    pub fn stroke(from: Point, to: Point, style: Style) -> Self {
        Self::Line {
            points: vec![from, to],
            closed: false,
            style,
        }
    }

    /// The same, elsewhere.
    #[must_use]
    pub fn moved(&self, by: Point) -> Self {
        match self {
            Self::Rect(area, round, style) => Self::Rect(area.moved(by), *round, *style),
            Self::Line { points, closed, style } => Self::Line {
                points: points.iter().map(|point| point.moved(by)).collect(),
                closed: *closed,
                style: *style,
            },
            Self::Circle(centre, radius, style) => Self::Circle(centre.moved(by), *radius, *style),
            Self::Text(text) => Self::Text(Text {
                at: text.at.moved(by),
                ..text.clone()
            }),
            Self::Group(tag, items) => Self::Group(*tag, items.iter().map(|item| item.moved(by)).collect()),
        }
    }
}

/// A text on one line, in which what would not be seen, or would turn the text around it, stands as an escape.
pub fn visible(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' | '\r' => " ".to_owned(),
            c if is_control_or_bidi(c) => format!("\\u{{{:x}}}", u32::from(c)),
            // No XML can have them.
            '\u{fffe}' | '\u{ffff}' => "\u{fffd}".to_owned(),
            c => c.to_string(),
        })
        .collect()
}
