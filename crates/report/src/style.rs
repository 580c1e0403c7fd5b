//! What the parts of a drawing look like, in one place: colours, strokes, dashes.
//!
//! The three colours are of Okabe and Ito's palette, which people with any of the common kinds of colour blindness tell
//! apart (Color Universal Design, 2008). On paper without colours the classes differ in their border, in the pattern of
//! their title, and in a letter.

mod dark;

use exodus_classify::{Class, Severity};

/// What a shape is; its colours follow from that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Style {
    /// The paper.
    Page,
    /// A table's box.
    Body(Class),
    /// The strip with a table's name.
    Title(Class),
    /// The pattern on that strip.
    Pattern(Class),
    /// The inner line of a double border.
    Inner(Class),
    /// The badge with the letter of the class.
    Badge(Class),
    /// The letter on it.
    BadgeLetter,
    /// Ordinary text.
    Ink,
    /// Text of less importance.
    Faint,
    /// Thin lines: rules, frames, crop marks.
    Rule,
    /// The frame of a panel.
    Panel,
    /// The strip behind a layer of tables.
    Layer,
    /// A bar that shows a weight.
    Bar,
    /// A relation's line.
    Relation(Stroke),
    /// The end of a relation's line at the parent.
    Head(Stroke),
    /// The same, hollow.
    HollowHead(Stroke),
    /// A hazard's number.
    Mark(Severity),
    /// The digits on it.
    MarkDigits(Severity),
    /// The checkbox of something to do.
    Box,
    /// Text that leads elsewhere.
    Link,
    /// The dots from a name to its page.
    Leader,
    /// The thinnest line, between rows.
    Hair,
    /// The dot before an item of a list.
    Bullet,
}

/// How a relation is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stroke {
    /// A foreign key whose columns are NOT NULL.
    Firm,
    /// One with a column that can be NULL.
    Nullable,
    /// It is declared in the configuration.
    Declared,
    /// It is guessed.
    Inferred,
    /// It is left out by the configuration.
    Ignored,
    /// It closes a loop of tables.
    Loop,
}

impl Stroke {
    /// All of them, as the legend has them.
    pub const ALL: [Self; 6] = [
        Self::Firm,
        Self::Nullable,
        Self::Declared,
        Self::Inferred,
        Self::Loop,
        Self::Ignored,
    ];

    /// In the words of the legend.
    pub fn words(self) -> &'static str {
        match self {
            Self::Firm => "foreign key, NOT NULL",
            Self::Nullable => "foreign key, nullable",
            Self::Declared => "declared in exodus.toml",
            Self::Inferred => "inferred from names",
            Self::Ignored => "ignored by exodus.toml",
            Self::Loop => "in a loop of tables",
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Firm => "firm",
            Self::Nullable => "nullable",
            Self::Declared => "declared",
            Self::Inferred => "inferred",
            Self::Ignored => "ignored",
            Self::Loop => "loop",
        }
    }
}

/// A colour, as `0xrrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub u32);

impl Colour {
    /// Red, green and blue.
    pub fn parts(self) -> [u8; 3] {
        let [_, red, green, blue] = self.0.to_be_bytes();
        [red, green, blue]
    }
}

/// How a shape is painted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Paint {
    /// Inside.
    pub fill: Option<Colour>,
    /// Its line.
    pub stroke: Option<Colour>,
    /// The line's width, in points.
    pub width: f64,
    /// Lengths of dashes and gaps, in points; none for a line without gaps.
    pub dash: &'static [f64],
}

const INK: Colour = Colour(0x1b_1f_24);
const WHITE: Colour = Colour(0xff_ff_ff);

fn filled(colour: u32) -> Paint {
    Paint {
        fill: Some(Colour(colour)),
        ..Paint::default()
    }
}

fn line(colour: u32, width: f64, dash: &'static [f64]) -> Paint {
    Paint {
        stroke: Some(Colour(colour)),
        width,
        dash,
        ..Paint::default()
    }
}

/// The strong colour of a class.
pub fn strong(class: Class) -> Colour {
    match class {
        Class::Client => Colour(0x00_5a_9c),
        Class::Context => Colour(0xb3_5c_00),
        Class::Neutral => Colour(0x6b_72_80),
    }
}

/// Its letter.
pub fn letter(class: Class) -> &'static str {
    match class {
        Class::Client => "C",
        Class::Context => "X",
        Class::Neutral => "N",
    }
}

fn severity(severity: Severity) -> u32 {
    match severity {
        Severity::Error => 0xb0_00_20,
        Severity::Warning => 0xff_d1_66,
        Severity::Note => 0xff_ff_ff,
    }
}

impl Style {
    /// How it is painted.
    pub fn paint(self) -> Paint {
        match self {
            Self::Page | Self::BadgeLetter | Self::MarkDigits(Severity::Error) => filled(WHITE.0),
            Self::Body(class) => Paint {
                fill: Some(WHITE),
                stroke: Some(strong(class)),
                width: match class {
                    Class::Client => 1.4,
                    Class::Context => 0.8,
                    Class::Neutral => 0.9,
                },
                dash: match class {
                    Class::Neutral => &[3.0, 2.0],
                    _ => &[],
                },
            },
            Self::Title(class) => filled(match class {
                Class::Client => 0xcf_e4_f5,
                Class::Context => 0xfb_e3_c4,
                Class::Neutral => 0xee_ef_f1,
            }),
            Self::Pattern(class) => match class {
                Class::Client => line(0x9c_c4_e4, 0.5, &[]),
                Class::Context => line(0xe8_b9_7a, 0.5, &[]),
                Class::Neutral => line(0xb8_bd_c4, 0.6, &[0.6, 2.4]),
            },
            Self::Inner(class) => line(strong(class).0, 0.6, &[]),
            Self::Badge(class) => filled(strong(class).0),
            Self::Ink | Self::MarkDigits(_) => filled(INK.0),
            Self::Faint => filled(0x57_60_6a),
            Self::Rule => line(0x8c_95_9f, 0.5, &[]),
            Self::Panel => Paint {
                fill: Some(Colour(0xfb_fb_fc)),
                stroke: Some(Colour(0x8c_95_9f)),
                width: 0.7,
                dash: &[],
            },
            Self::Layer => filled(0xf1_f4_f7),
            Self::Bar | Self::Bullet => filled(0x8c_95_9f),
            Self::Relation(stroke) => stroke.paint(),
            Self::Head(stroke) => filled(stroke.colour()),
            Self::HollowHead(stroke) => Paint {
                fill: Some(WHITE),
                stroke: Some(Colour(stroke.colour())),
                width: 0.8,
                dash: &[],
            },
            Self::Mark(of) => Paint {
                fill: Some(Colour(severity(of))),
                stroke: Some(match of {
                    Severity::Error => Colour(severity(of)),
                    _ => INK,
                }),
                width: 0.6,
                dash: &[],
            },
            Self::Box => Paint {
                fill: Some(WHITE),
                stroke: Some(INK),
                width: 0.8,
                dash: &[],
            },
            Self::Link => filled(0x00_5a_9c),
            Self::Leader => line(0xb8_bd_c4, 0.6, &[0.6, 2.4]),
            Self::Hair => line(0xd0_d7_de, 0.35, &[]),
        }
    }

    /// Its name as a class of a style sheet, which has another palette for dark screens.
    pub fn name(self) -> String {
        match self {
            Self::Page => "page".to_owned(),
            Self::Body(class) => format!("body {class}"),
            Self::Title(class) => format!("title {class}"),
            Self::Pattern(class) => format!("pattern {class}"),
            Self::Inner(class) => format!("inner {class}"),
            Self::Badge(class) => format!("badge {class}"),
            Self::BadgeLetter => "badge-letter".to_owned(),
            Self::Ink => "ink".to_owned(),
            Self::Faint => "faint".to_owned(),
            Self::Rule => "rule".to_owned(),
            Self::Panel => "panel".to_owned(),
            Self::Layer => "layer".to_owned(),
            Self::Bar => "bar".to_owned(),
            Self::Relation(stroke) => format!("relation {}", stroke.name()),
            Self::Head(stroke) => format!("head {}", stroke.name()),
            Self::HollowHead(stroke) => format!("hollow {}", stroke.name()),
            Self::Mark(of) => format!("mark {of}"),
            Self::MarkDigits(of) => format!("digits {of}"),
            Self::Box => "box".to_owned(),
            Self::Link => "link".to_owned(),
            Self::Leader => "leader".to_owned(),
            Self::Hair => "hair".to_owned(),
            Self::Bullet => "bullet".to_owned(),
        }
    }
}

impl Stroke {
    fn colour(self) -> u32 {
        match self {
            Self::Firm | Self::Nullable => 0x33_3b_45,
            Self::Declared => 0x00_7a_5a,
            Self::Inferred => 0x8a_3f_9e,
            Self::Ignored => 0x8c_95_9f,
            Self::Loop => 0xb0_00_20,
        }
    }

    fn paint(self) -> Paint {
        let (width, dash): (f64, &'static [f64]) = match self {
            Self::Firm => (0.9, &[]),
            Self::Nullable => (0.9, &[4.0, 2.5]),
            Self::Declared => (1.2, &[7.0, 2.0, 1.5, 2.0]),
            Self::Inferred => (1.0, &[2.0, 2.0]),
            Self::Ignored => (0.8, &[0.8, 2.4]),
            Self::Loop => (1.8, &[]),
        };
        line(self.colour(), width, dash)
    }
}
