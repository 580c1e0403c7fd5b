//! The same parts on a dark screen. Paper has no dark theme.

use exodus_classify::{Class, Severity};

use super::{Colour, Paint, Stroke, Style};

const CLASSES: [Class; 3] = [Class::Client, Class::Context, Class::Neutral];

/// The strong colour of a class.
fn strong(class: Class) -> u32 {
    match class {
        Class::Client => 0x6c_b6_f5,
        Class::Context => 0xf0_a8_4a,
        Class::Neutral => 0x9a_a4_b0,
    }
}

fn relation(stroke: Stroke) -> u32 {
    match stroke {
        Stroke::Firm | Stroke::Nullable => 0xb4_bc_c6,
        Stroke::Declared => 0x4c_c7_a0,
        Stroke::Inferred => 0xc9_8a_db,
        Stroke::Ignored => 0x6b_74_80,
        Stroke::Loop => 0xff_6b_81,
    }
}

const PAGE: u32 = 0x14_17_1b;
const BODY: u32 = 0x1d_21_26;
const INK: u32 = 0xe6_ea_ef;
const FAINT: u32 = 0xa3_ad_b8;

impl Style {
    /// Every one of them, in a fixed order.
    pub fn all() -> Vec<Self> {
        let of_class: [fn(Class) -> Self; 5] = [Self::Body, Self::Title, Self::Pattern, Self::Inner, Self::Badge];
        let of_stroke: [fn(Stroke) -> Self; 3] = [Self::Relation, Self::Head, Self::HollowHead];
        let of_severity: [fn(Severity) -> Self; 2] = [Self::Mark, Self::MarkDigits];
        let mut all = vec![
            Self::Page,
            Self::BadgeLetter,
            Self::Ink,
            Self::Faint,
            Self::Rule,
            Self::Panel,
            Self::Layer,
            Self::Bar,
            Self::Box,
            Self::Link,
            Self::Leader,
            Self::Hair,
            Self::Bullet,
        ];
        all.extend(of_class.iter().flat_map(|of| CLASSES.map(of)));
        all.extend(of_stroke.iter().flat_map(|of| Stroke::ALL.map(of)));
        all.extend(of_severity.iter().flat_map(|of| Severity::ALL.map(of)));
        all
    }

    /// How it is painted on a dark screen: other colours, the same lines.
    pub fn dark(self) -> Paint {
        let light = self.paint();
        let (inside, line) = self.dark_colours();
        Paint {
            fill: light.fill.and(Some(Colour(inside))),
            stroke: light.stroke.and(Some(Colour(line))),
            ..light
        }
    }

    #[expect(
        clippy::match_same_arms,
        reason = "each part has its own line, as in the light theme"
    )]
    fn dark_colours(self) -> (u32, u32) {
        match self {
            Self::Page => (PAGE, PAGE),
            Self::Body(class) => (BODY, strong(class)),
            Self::Title(Class::Client) => (0x12_39_5a, 0),
            Self::Title(Class::Context) => (0x4d_33_10, 0),
            Self::Title(Class::Neutral) => (0x2c_31_38, 0),
            Self::Pattern(Class::Client) => (0, 0x2a_5d_86),
            Self::Pattern(Class::Context) => (0, 0x7d_5a_26),
            Self::Pattern(Class::Neutral) => (0, 0x5a_62_6d),
            Self::Inner(class) | Self::Badge(class) => (strong(class), strong(class)),
            Self::BadgeLetter | Self::MarkDigits(Severity::Error | Severity::Warning) => (PAGE, PAGE),
            Self::Ink | Self::MarkDigits(Severity::Note) => (INK, INK),
            Self::Faint => (FAINT, FAINT),
            Self::Rule | Self::Bar => (0x6b_74_80, 0x6b_74_80),
            Self::Panel => (0x18_1b_20, 0x57_60_6a),
            Self::Layer => (0x1f_24_2a, 0),
            Self::Relation(stroke) | Self::Head(stroke) => (relation(stroke), relation(stroke)),
            Self::HollowHead(stroke) => (PAGE, relation(stroke)),
            Self::Mark(Severity::Error) => (0xff_7b_8e, 0xff_7b_8e),
            Self::Mark(Severity::Warning) => (0xff_d1_66, PAGE),
            Self::Mark(Severity::Note) => (BODY, INK),
            Self::Box => (BODY, INK),
            Self::Link => (0x6c_b6_f5, 0x6c_b6_f5),
            Self::Leader | Self::Hair | Self::Bullet => (0x4a_52_5c, 0x4a_52_5c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The relative luminance of WCAG 2.
    fn luminance(colour: Colour) -> f64 {
        let [r, g, b] = colour.parts().map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    fn contrast(one: Option<Colour>, other: Option<Colour>) -> f64 {
        let of = |colour: Option<Colour>| luminance(colour.expect("a colour")) + 0.05;
        let (one, other) = (of(one), of(other));
        one.max(other) / one.min(other)
    }

    #[test]
    fn text_can_be_read_in_both_themes() {
        for paint in [Style::paint as fn(Style) -> Paint, Style::dark] {
            let fill = |style: Style| paint(style).fill;
            for text in [Style::Ink, Style::Faint, Style::Link] {
                for ground in [Style::Page, Style::Panel, Style::Layer] {
                    assert!(contrast(fill(text), fill(ground)) >= 4.5, "{text:?} on {ground:?}");
                }
            }
            for class in CLASSES {
                assert!(contrast(fill(Style::Ink), fill(Style::Body(class))) >= 4.5);
                assert!(contrast(fill(Style::Ink), fill(Style::Title(class))) >= 4.5);
                assert!(
                    contrast(fill(Style::BadgeLetter), fill(Style::Badge(class))) >= 4.5,
                    "{class}"
                );
            }
            for severity in Severity::ALL {
                assert!(
                    contrast(fill(Style::MarkDigits(severity)), fill(Style::Mark(severity))) >= 4.5,
                    "{severity}"
                );
            }
        }
    }

    #[test]
    fn names_are_unique() {
        let names: std::collections::BTreeSet<_> = Style::all().into_iter().map(Style::name).collect();
        assert_eq!(names.len(), Style::all().len());
    }
}
