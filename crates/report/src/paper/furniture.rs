//! What stands around a drawing on its sheet: marks to cut along, names, where it goes on.

use super::tiles::{OVERLAP, Sheet, Tiling, sheet_name};
use crate::Content;
use crate::font::Face;
use crate::picture::{Anchor, Area, Item, Picture, Point};
use crate::style::Style;

/// Size of what stands in the margin.
pub(super) const SMALL: f64 = 7.0;

/// What the file is called.
pub(super) fn title(content: &Content<'_>) -> String {
    let root = content.short_name(content.report.classes.root);
    match content.about.short_source() {
        "" => format!("Map of the clients in {root}"),
        source => format!("Map of {source}, clients in {root}"),
    }
}

/// Source, day and fingerprint in one line.
pub(super) fn caption(content: &Content<'_>) -> String {
    let about = &content.about;
    let print: String = about.fingerprint.chars().take(12).collect();
    let made = format!("exodus {}", about.version);
    let all = [about.short_source(), &about.date, &print, made.trim()];
    let all: Vec<_> = all.into_iter().filter(|text| !text.is_empty()).collect();
    all.join(" · ")
}

/// The line below the print area.
pub(super) fn foot(tiling: &Tiling, caption: &str, name: &str, more: &str, out: &mut Picture) {
    let base = tiling.height - tiling.print.x + 14.0;
    let (left, right) = (tiling.print.x, tiling.print.right());
    let room = tiling.print.width * 0.42;
    let text = Face::Regular.fit(caption, SMALL, room);
    out.add(Item::text(
        Point::new(left, base),
        &text,
        SMALL,
        Face::Regular,
        Style::Faint,
    ));
    let big = 12.0;
    let name = Face::Bold.fit(name, big, room * 0.5);
    let at = Point::new(right, base);
    out.add(Item::text(at, &name, big, Face::Bold, Style::Ink).anchored(Anchor::End));
    let at = Point::new(right - Face::Bold.width(&name, big) - 6.0, base);
    let more = Face::Regular.fit(more, SMALL, room * 0.45);
    out.add(Item::text(at, &more, SMALL, Face::Regular, Style::Faint).anchored(Anchor::End));
}

/// Marks at the corners, to cut along.
pub(super) fn crop_marks(area: &Area, out: &mut Picture) {
    const GAP: f64 = 2.0;
    const LONG: f64 = 9.0;
    for (x, across) in [(area.x, -1.0), (area.right(), 1.0)] {
        for (y, down) in [(area.y, -1.0), (area.bottom(), 1.0)] {
            let from = Point::new(x + across * GAP, y);
            out.add(Item::stroke(from, Point::new(x + across * LONG, y), Style::Rule));
            let from = Point::new(x, y + down * GAP);
            out.add(Item::stroke(from, Point::new(x, y + down * LONG), Style::Rule));
        }
    }
}

/// Names of the neighbours, and short lines where they begin.
pub(super) fn neighbours(tiling: &Tiling, sheet: Sheet, is_there: &dyn Fn(Sheet) -> bool, out: &mut Picture) {
    let print = tiling.print;
    let middle = Point::new(print.x + print.width / 2.0, print.y + print.height / 2.0);
    let ways: [(&str, isize, isize, Point); 4] = [
        ("←", -1, 0, Point::new(print.x / 2.0, middle.y)),
        (
            "→",
            1,
            0,
            Point::new(f64::midpoint(print.right(), tiling.width), middle.y),
        ),
        ("↑", 0, -1, Point::new(middle.x, print.y - 8.0)),
        ("↓", 0, 1, Point::new(middle.x, tiling.height - print.x + 14.0)),
    ];
    for (arrow, across, down, at) in ways {
        let next = sheet
            .column
            .checked_add_signed(across)
            .zip(sheet.row.checked_add_signed(down))
            .map(|(column, row)| Sheet { column, row });
        let Some(next) = next.filter(|next| is_there(*next)) else {
            continue;
        };
        let name = sheet_name(next);
        let mut text = |at: Point, text: &str| {
            out.add(Item::text(at, text, SMALL, Face::Bold, Style::Ink).anchored(Anchor::Middle));
        };
        if across == 0 {
            text(at, &format!("{arrow} {name}"));
        } else {
            text(at, arrow);
            text(Point::new(at.x, at.y + SMALL * 1.3), &name);
        }
        overlap(&print, across, down, out);
    }
}

/// Where the neighbour's print begins: glue it there.
fn overlap(print: &Area, across: isize, down: isize, out: &mut Picture) {
    const GAP: f64 = 2.0;
    const LONG: f64 = 6.0;
    let x = match across {
        -1 => print.x + OVERLAP,
        _ => print.right() - OVERLAP,
    };
    let y = match down {
        -1 => print.y + OVERLAP,
        _ => print.bottom() - OVERLAP,
    };
    let ends = if across == 0 {
        [
            (Point::new(print.x - GAP, y), Point::new(print.x - LONG, y)),
            (Point::new(print.right() + GAP, y), Point::new(print.right() + LONG, y)),
        ]
    } else {
        [
            (Point::new(x, print.y - GAP), Point::new(x, print.y - LONG)),
            (
                Point::new(x, print.bottom() + GAP),
                Point::new(x, print.bottom() + LONG),
            ),
        ]
    };
    for (from, to) in ends {
        out.add(Item::stroke(from, to, Style::Rule));
    }
}
