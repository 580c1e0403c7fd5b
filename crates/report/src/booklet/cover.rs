//! The first page.

use super::flow::Frame;
use crate::document::{Cover, plural};
use crate::font::Face;
use crate::pdf::Page;
use crate::picture::{Area, Item, Picture, Point, visible};
use crate::signs;
use crate::style::Style;

pub(super) fn page(cover: &Cover, frame: &Frame) -> Page {
    let (area, mut out) = (frame.area(0), Picture::new(frame.width, frame.height));
    let mut y = area.y + area.height * 0.16;
    for class in [0, 1, 2].iter().filter_map(|&at| cover.classes.get(at)) {
        // A stripe in the colour of each class, as long as its part of the tables.
        let all: usize = cover.classes.iter().map(|(_, number)| number).sum();
        let before: usize = cover
            .classes
            .iter()
            .take_while(|of| of.0 != class.0)
            .map(|(_, number)| number)
            .sum();
        let x = area.x + area.width * part(before, all);
        let stripe = Area::new(x, y, area.width * part(class.1, all), 7.0);
        out.add(Item::Rect(stripe, 0.0, Style::Badge(class.0)));
    }
    y += 20.0;
    for line in title(&visible(&cover.title), area.width) {
        y += 32.0;
        out.add(Item::text(Point::new(area.x, y), &line, 28.0, Face::Bold, Style::Ink));
    }
    y += 10.0;
    for line in Face::Regular.wrap(&visible(&cover.subtitle), 12.0, area.width) {
        y += 16.0;
        out.add(Item::text(
            Point::new(area.x, y),
            &line,
            12.0,
            Face::Regular,
            Style::Faint,
        ));
    }
    y += 34.0;
    facts(cover, &area, &mut y, &mut out);
    y += 26.0;
    counts(cover, &area, y, &mut out);
    let mut page = Page::new(frame.width, frame.height, "");
    page.draw(out);
    page
}

#[expect(clippy::cast_precision_loss, reason = "a number of tables is small")]
fn part(of: usize, all: usize) -> f64 {
    of as f64 / all.max(1) as f64
}

/// At most three lines.
fn title(text: &str, width: f64) -> Vec<String> {
    let mut lines = Face::Bold.wrap(text, 28.0, width);
    if lines.len() > 3 {
        lines.truncate(3);
        lines[2].push('…');
        lines[2] = Face::Bold.fit(&lines[2], 28.0, width - 30.0);
    }
    lines
}

fn facts(cover: &Cover, area: &Area, y: &mut f64, out: &mut Picture) {
    const LEFT: f64 = 92.0;
    const SIZE: f64 = 10.0;
    for (word, value) in &cover.facts {
        let at = Point::new(area.x, *y);
        out.add(Item::text(at, word, SIZE, Face::Regular, Style::Faint));
        let mut lines = Face::Regular.wrap(&visible(value), SIZE, area.width - LEFT);
        // A server can say a lot about itself.
        lines.truncate(3);
        for line in lines {
            let at = Point::new(area.x + LEFT, *y);
            out.add(Item::text(at, &line, SIZE, Face::Regular, Style::Ink));
            *y += SIZE * 1.45;
        }
        *y += 3.0;
    }
}

/// Two columns: tables by class, hazards by severity.
fn counts(cover: &Cover, area: &Area, y: f64, out: &mut Picture) {
    const SIZE: f64 = 13.0;
    let tables = cover.classes.iter().map(|(class, number)| {
        let words = plural(*number, &format!("{class} table"));
        (signs::badge(*class, SIZE), words)
    });
    let hazards = cover.severities.iter().map(|(severity, number)| {
        let mut sign = signs::mark(*number, *severity, SIZE);
        // It is a count here, which leads nowhere.
        if let [Item::Group(_, inner)] = &mut sign.items[..] {
            sign.items = std::mem::take(inner);
        }
        let word = if *number == 1 {
            severity.to_string()
        } else {
            format!("{severity}s")
        };
        (sign, word)
    });
    let columns: [(&str, Vec<(signs::Sign, String)>); 2] =
        [("Tables", tables.collect()), ("Hazards", hazards.collect())];
    let mut x = area.x;
    for (title, rows) in columns {
        let mut y = y;
        out.add(Item::text(Point::new(x, y), title, 11.0, Face::Bold, Style::Ink));
        let width = area.width * 0.44;
        out.add(Item::stroke(
            Point::new(x, y + 6.0),
            Point::new(x + width, y + 6.0),
            Style::Rule,
        ));
        y += 12.0;
        for (sign, words) in rows {
            y += SIZE * 1.7;
            let at = Point::new(x, y);
            out.items.extend(sign.items.iter().map(|item| item.moved(at)));
            let at = Point::new(x + sign.width.max(SIZE * 2.0) + 7.0, y);
            out.add(Item::text(at, &words, SIZE, Face::Regular, Style::Ink));
        }
        x += area.width * 0.52;
    }
}
