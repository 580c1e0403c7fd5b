//! The map as shapes.

use exodus_classify::{Class, Severity};

use super::boxes::{self, BADGE, BAR, DIGITS, KEY, NAME, PAD, ROW, TEXT, TITLE, TableBox};
use super::layered::{self, HEAD, INSIDE};
use super::rows::Row;
use super::{Map, Panel, legend};
use crate::content::{Content, Mark};
use crate::font::{CAPITAL, Face};
use crate::picture::{Anchor, Area, Item, Picture, Point, Tag};
use crate::style::{Stroke, Style, letter};

pub(super) fn map(map: &Map, content: &Content<'_>) -> Picture {
    let mut picture = Picture::new(map.width, map.height);
    picture.add(Item::Rect(Area::new(0.0, 0.0, map.width, map.height), 0.0, Style::Page));
    picture.place(
        &legend::heading(content, map.heading.width),
        Point::new(map.heading.x, map.heading.y),
    );
    for one in &map.panels {
        picture.place(&panel(one, content), Point::new(one.area.x, one.area.y));
    }
    picture.place(&map.margin.picture, map.margin.at);
    picture
}

pub(super) fn panel(panel: &Panel, content: &Content<'_>) -> Picture {
    let (width, height) = (panel.area.width, panel.area.height);
    let mut picture = Picture::new(width, height);
    picture.add(Item::Rect(Area::new(0.0, 0.0, width, height), 4.0, Style::Panel));
    let number = Item::text(
        Point::new(INSIDE, 14.0),
        &format!("P{}", panel.number),
        layered::TITLE,
        Face::Bold,
        Style::Link,
    );
    let room = width - 2.0 * INSIDE - layered::NUMBER;
    let title = Face::Bold.fit(&crate::picture::visible(&panel.title), layered::TITLE, room);
    picture.add(Item::Group(Tag::Panel(panel.number), vec![number]));
    picture.add(Item::text(
        Point::new(INSIDE + layered::NUMBER, 14.0),
        &title,
        layered::TITLE,
        Face::Bold,
        Style::Ink,
    ));
    picture.add(Item::stroke(
        Point::new(0.0, HEAD),
        Point::new(width, HEAD),
        Style::Rule,
    ));
    for one in &panel.lines {
        let mut drawn = Picture::default();
        line(&mut drawn, &one.points, one.stroke);
        picture.add(Item::Group(Tag::Relation(one.relation), drawn.items));
    }
    for &(at, stroke) in &panel.junctions {
        picture.add(Item::Circle(at, 1.5, Style::Head(stroke)));
    }
    for one in &panel.boxes {
        let mut drawn = Picture::default();
        table(&mut drawn, one, content);
        picture.add(Item::Group(Tag::Table(one.table), drawn.items));
    }
    picture
}

/// A relation: an arrow at the parent, where the points begin, and a fork at the child.
pub(super) fn line(picture: &mut Picture, points: &[Point], stroke: Stroke) {
    let (Some(&[tip, next]), Some(&[before, end])) = (points.first_chunk::<2>(), points.last_chunk::<2>()) else {
        return;
    };
    picture.add(Item::Line {
        points: points.to_vec(),
        closed: false,
        style: Style::Relation(stroke),
    });
    for side in [-2.6, 2.6] {
        let (back, aside) = along(end, before, 5.0);
        let foot = Point::new(aside.x.mul_add(side, end.x), aside.y.mul_add(side, end.y));
        picture.add(Item::stroke(back, foot, Style::Relation(Stroke::Firm)));
    }
    let (back, aside) = along(tip, next, 6.0);
    let corner = |side: f64| Point::new(aside.x.mul_add(side, back.x), aside.y.mul_add(side, back.y));
    picture.add(Item::Line {
        points: vec![tip, corner(2.6), corner(-2.6)],
        closed: true,
        style: match stroke {
            Stroke::Declared | Stroke::Inferred | Stroke::Ignored => Style::HollowHead(stroke),
            _ => Style::Head(stroke),
        },
    });
}

/// The place so far from `from` towards `to`, and the unit vector across.
fn along(from: Point, to: Point, far: f64) -> (Point, Point) {
    let (x, y) = (to.x - from.x, to.y - from.y);
    let length = x.hypot(y).max(0.001);
    let (x, y) = (x / length, y / length);
    (
        Point::new(x.mul_add(far, from.x), y.mul_add(far, from.y)),
        Point::new(-y, x),
    )
}

fn table(picture: &mut Picture, one: &TableBox, content: &Content<'_>) {
    let area = one.area;
    frame(picture, area, one.class, Some(TITLE));
    badge(
        picture,
        Point::new(area.x + PAD, area.y + (TITLE - BADGE) / 2.0),
        one.class,
    );
    let baseline = area.y + TITLE / 2.0 + NAME * CAPITAL / 2.0;
    picture.add(Item::text(
        Point::new(area.x + PAD + BADGE + 4.0, baseline),
        &one.name,
        NAME,
        Face::Bold,
        Style::Ink,
    ));
    let place = Item::text(
        Point::new(area.right() - PAD, baseline),
        &one.place(),
        TEXT,
        Face::Regular,
        Style::Faint,
    );
    picture.add(place.anchored(Anchor::End));
    let mut y = area.y + TITLE;
    if let Some(bar) = &one.bar {
        let full = area.width - 2.0;
        picture.add(Item::Rect(
            Area::new(area.x + 1.0, y + 1.0, full * bar.share, 2.0),
            0.0,
            Style::Bar,
        ));
        picture.add(Item::text(
            Point::new(area.x + PAD, y + 8.6),
            &bar.text,
            boxes::BAR_TEXT,
            Face::Regular,
            Style::Faint,
        ));
        y += BAR;
    }
    for row in &one.rows {
        draw_row(picture, row, Area::new(area.x, y + 1.0, area.width, ROW), content);
        y += ROW;
    }
}

fn draw_row(picture: &mut Picture, row: &Row, area: Area, content: &Content<'_>) {
    let baseline = area.y + ROW / 2.0 + TEXT * CAPITAL / 2.0;
    let mut items = Picture::default();
    let mut x = area.x + PAD;
    if !row.text.is_empty() {
        items.add(Item::text(
            Point::new(x, baseline),
            row.key,
            5.5,
            Face::Bold,
            Style::Faint,
        ));
        x += KEY;
        items.add(Item::text(
            Point::new(x, baseline),
            &row.text,
            TEXT,
            Face::Regular,
            Style::Ink,
        ));
    }
    let mut right = area.right() - PAD;
    for &number in row.marks.iter().rev() {
        let width = boxes::mark_width(number);
        let severity = content.marks.get(number - 1).map_or(Severity::Note, Mark::severity);
        mark(
            &mut items,
            Point::new(right - width / 2.0, area.y + ROW / 2.0),
            number,
            severity,
        );
        right -= width + 1.5;
    }
    for &panel in row.leads_to.iter().rev() {
        let leads = Item::text(
            Point::new(right, baseline),
            &boxes::leads(panel),
            TEXT,
            Face::Bold,
            Style::Link,
        );
        items.add(Item::Group(Tag::Panel(panel), vec![leads.anchored(Anchor::End)]));
        right -= boxes::leads_width(panel) + 4.0;
    }
    let about = Item::text(
        Point::new(right, baseline),
        &row.about,
        TEXT,
        Face::Regular,
        Style::Faint,
    );
    items.add(about.anchored(Anchor::End));
    match row.relation {
        Some(relation) => picture.add(Item::Group(Tag::Relation(relation), items.items)),
        None => picture.items.extend(items.items),
    }
}

/// A table's frame, with the pattern of its class in the strip of the name (in all of it, where there is no strip).
pub(super) fn frame(picture: &mut Picture, area: Area, class: Class, strip: Option<f64>) {
    picture.add(Item::Rect(area, 2.0, Style::Body(class)));
    let strip = Area::new(
        area.x + 1.0,
        area.y + 1.0,
        area.width - 2.0,
        strip.unwrap_or(area.height) - if strip.is_some() { 1.0 } else { 2.0 },
    );
    picture.add(Item::Rect(strip, 1.0, Style::Title(class)));
    for line in pattern(strip, class) {
        picture.add(line);
    }
    if class == Class::Context {
        picture.add(Item::Line {
            points: corners(area.grown(2.0)),
            closed: true,
            style: Style::Inner(class),
        });
    }
}

fn corners(area: Area) -> Vec<Point> {
    vec![
        Point::new(area.x, area.y),
        Point::new(area.right(), area.y),
        Point::new(area.right(), area.bottom()),
        Point::new(area.x, area.bottom()),
    ]
}

/// Nothing for client tables, slanted lines for context tables, dotted lines for neutral ones.
fn pattern(strip: Area, class: Class) -> Vec<Item> {
    let stroke = |from, to| Item::stroke(from, to, Style::Pattern(class));
    let mut lines = vec![];
    match class {
        Class::Client => {}
        Class::Context => {
            let mut x = strip.x + 3.0 - strip.height;
            while x < strip.right() {
                // Cut off at the sides of the strip.
                let from = Point::new(x.max(strip.x), strip.bottom() - (x.max(strip.x) - x));
                let end = (x + strip.height).min(strip.right());
                let to = Point::new(end, strip.bottom() - (end - x));
                lines.push(stroke(from, to));
                x += 5.0;
            }
        }
        Class::Neutral => {
            let mut y = strip.y + 2.5;
            while y < strip.bottom() {
                lines.push(stroke(Point::new(strip.x + 1.0, y), Point::new(strip.right(), y)));
                y += 3.0;
            }
        }
    }
    lines
}

/// The letter of a class on its colour.
pub(super) fn badge(picture: &mut Picture, at: Point, class: Class) {
    picture.add(Item::Rect(
        Area::new(at.x, at.y, BADGE, BADGE),
        2.0,
        Style::Badge(class),
    ));
    let size = 7.0;
    let at = Point::new(at.x + BADGE / 2.0, at.y + BADGE / 2.0 + size * CAPITAL / 2.0);
    picture.add(Item::text(at, letter(class), size, Face::Bold, Style::BadgeLetter).anchored(Anchor::Middle));
}

/// A hazard's number.
pub(super) fn mark(picture: &mut Picture, centre: Point, number: usize, severity: Severity) {
    let (width, height) = (boxes::mark_width(number), 7.6);
    let pill = Area::new(centre.x - width / 2.0, centre.y - height / 2.0, width, height);
    let digits = Item::text(
        Point::new(centre.x, centre.y + DIGITS * CAPITAL / 2.0),
        &number.to_string(),
        DIGITS,
        Face::Bold,
        Style::MarkDigits(severity),
    );
    picture.add(Item::Group(
        Tag::Mark(number),
        vec![
            Item::Rect(pill, height / 2.0, Style::Mark(severity)),
            digits.anchored(Anchor::Middle),
        ],
    ));
}
