//! Shapes and text on a page.

use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Rect, Transform};
use krilla::paint::{Fill, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};

use super::page::Layer;
use crate::Error;
use crate::font::Face;
use crate::picture::{Area, Item, Point, Text};
use crate::style::{Colour, Style};

/// Both faces of the family.
pub(super) struct Fonts {
    regular: Font,
    bold: Font,
}

impl Fonts {
    pub(super) fn new() -> Result<Self, Error> {
        let font = |face: Face| {
            Font::new(face.data().into(), 0).ok_or_else(|| Error::Drawing("its font can't be read".to_owned()))
        };
        Ok(Self {
            regular: font(Face::Regular)?,
            bold: font(Face::Bold)?,
        })
    }

    fn of(&self, face: Face) -> &Font {
        match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
        }
    }
}

/// Hundredths of points are fine enough.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a page is far smaller than a number may be"
)]
pub(super) fn float(value: f64) -> f32 {
    value as f32
}

pub(super) fn layer(surface: &mut Surface<'_>, layer: &Layer, fonts: &Fonts) {
    let mut pushed = 0;
    if let Some(path) = layer.clip.and_then(|area| rect(&area, 0.0)) {
        surface.push_clip_path(&path, &krilla::paint::FillRule::NonZero);
        pushed += 1;
    }
    let scale = float(layer.scale);
    surface.push_transform(&Transform::from_row(
        scale,
        0.0,
        0.0,
        scale,
        float(layer.at.x),
        float(layer.at.y),
    ));
    items(surface, &layer.picture.items, fonts);
    (0..=pushed).for_each(|_| surface.pop());
}

fn items(surface: &mut Surface<'_>, all: &[Item], fonts: &Fonts) {
    for item in all {
        match item {
            Item::Rect(area, round, style) => {
                let path = rect(area, *round);
                painted(surface, path, *style, true);
            }
            Item::Line { points, closed, style } => painted(surface, line(points, *closed), *style, *closed),
            Item::Circle(centre, radius, style) => painted(surface, circle(*centre, *radius), *style, true),
            Item::Text(of) => text(surface, of, fonts),
            Item::Group(_, inner) => items(surface, inner, fonts),
        }
    }
}

/// Without a path there is nothing to see (a rectangle without a width, say).
fn painted(surface: &mut Surface<'_>, path: Option<Path>, style: Style, fills: bool) {
    let (Some(path), paint) = (path, style.paint()) else {
        return;
    };
    let fill = paint.fill.filter(|_| fills).map(filled);
    let stroke = paint.stroke.map(|colour| Stroke {
        paint: rgb_of(colour).into(),
        width: float(paint.width),
        dash: (!paint.dash.is_empty()).then(|| StrokeDash {
            array: paint.dash.iter().map(|&length| float(length)).collect(),
            offset: 0.0,
        }),
        ..Stroke::default()
    });
    if fill.is_some() || stroke.is_some() {
        surface.set_fill(fill);
        surface.set_stroke(stroke);
        surface.draw_path(&path);
    }
}

fn rgb_of(colour: Colour) -> rgb::Color {
    let [red, green, blue] = colour.parts();
    rgb::Color::new(red, green, blue)
}

fn filled(colour: Colour) -> Fill {
    Fill {
        paint: rgb_of(colour).into(),
        ..Fill::default()
    }
}

/// How far the handles of a quarter of a circle are from its ends.
const ARC: f64 = 0.552_284_75;

fn rect(area: &Area, round: f64) -> Option<Path> {
    let mut path = PathBuilder::new();
    let round = round.min(area.width / 2.0).min(area.height / 2.0);
    let [left, top, right, bottom] = [area.x, area.y, area.right(), area.bottom()].map(float);
    if round <= 0.0 {
        path.push_rect(Rect::from_ltrb(left, top, right, bottom)?);
        return path.finish();
    }
    let (far, near) = (float(round), float(round * (1.0 - ARC)));
    path.move_to(left + far, top);
    path.line_to(right - far, top);
    path.cubic_to(right - near, top, right, top + near, right, top + far);
    path.line_to(right, bottom - far);
    path.cubic_to(right, bottom - near, right - near, bottom, right - far, bottom);
    path.line_to(left + far, bottom);
    path.cubic_to(left + near, bottom, left, bottom - near, left, bottom - far);
    path.line_to(left, top + far);
    path.cubic_to(left, top + near, left + near, top, left + far, top);
    path.close();
    path.finish()
}

fn circle(centre: Point, radius: f64) -> Option<Path> {
    let area = Area::new(centre.x, centre.y, 0.0, 0.0).grown(radius);
    if radius > 0.0 { rect(&area, radius) } else { None }
}

fn line(points: &[Point], closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    let (first, rest) = points.split_first()?;
    path.move_to(float(first.x), float(first.y));
    for point in rest {
        path.line_to(float(point.x), float(point.y));
    }
    if closed {
        path.close();
    }
    path.finish()
}

/// What stands for a character that the font does not have.
const MISSING: char = '\u{fffd}';

/// Each letter is as wide as [`Text::width`] takes it for, so that the text keeps within what was measured.
fn text(surface: &mut Surface<'_>, of: &Text, fonts: &Fonts) {
    if of.text.is_empty() {
        return;
    }
    let letters = of.text.char_indices().map(|(at, c)| {
        let glyph = of.face.glyph(c).or_else(|| of.face.glyph(MISSING)).unwrap_or_default();
        let advance = of.face.width(c.encode_utf8(&mut [0; 4]), 1.0);
        KrillaGlyph::new(
            GlyphId::new(u32::from(glyph)),
            float(advance),
            0.0,
            0.0,
            0.0,
            at..at + c.len_utf8(),
            None,
        )
    });
    let letters: Vec<_> = letters.collect();
    surface.set_fill(of.style.paint().fill.map(filled));
    surface.set_stroke(None);
    let start = krilla::geom::Point::from_xy(float(of.area().x), float(of.at.y));
    surface.draw_glyphs(
        start,
        &letters,
        fonts.of(of.face).clone(),
        &of.text,
        float(of.size),
        false,
    );
}
