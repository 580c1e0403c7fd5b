//! A drawing over sheets that overlap.

use super::{Fit, MILLIMETRE, PaperOptions};
use crate::picture::{Area, Point};

/// Sheets share so much, to be glued together.
pub(super) const OVERLAP: f64 = 10.0 * MILLIMETRE;

/// Letters below that can't be read on a wall, in points.
pub(super) const ON_A_WALL: f64 = 6.0;

/// The same on a sheet that is held in a hand.
pub(super) const IN_A_HAND: f64 = 4.5;

/// Letters above that are no easier to read.
const LARGE: f64 = 11.0;

/// What is to be laid on sheets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawing {
    /// In its own measure.
    pub width: f64,
    /// In its own measure.
    pub height: f64,
    /// The size of most of its letters.
    pub body: f64,
    /// The size that these must have on paper to be read.
    pub least: f64,
}

/// How a drawing lies on sheets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tiling {
    /// The sheet.
    pub width: f64,
    /// The sheet.
    pub height: f64,
    /// What is drawn on of each sheet.
    pub print: Area,
    /// Of the drawing.
    pub scale: f64,
    /// From left to right.
    pub columns: usize,
    /// From top to bottom.
    pub rows: usize,
    /// Where the drawing begins on the sheets, as if they were one.
    pub offset: Point,
}

/// One of the sheets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Counted from 0.
    pub column: usize,
    /// Counted from 0.
    pub row: usize,
}

/// `B3`: the column's letter and the row's number.
pub fn sheet_name(sheet: Sheet) -> String {
    let mut letters = vec![];
    let mut rest = sheet.column;
    loop {
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or_default()));
        if rest < 26 {
            break;
        }
        rest = rest / 26 - 1;
    }
    letters.iter().rev().collect::<String>() + &(sheet.row + 1).to_string()
}

#[expect(clippy::cast_precision_loss, reason = "a number of sheets is small")]
fn float(number: usize) -> f64 {
    number as f64
}

/// Sheets that it takes for a length.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at least one, and at most what is printed"
)]
fn needed(length: f64, sheet: f64) -> usize {
    // What would be a hair on a sheet of its own is none.
    const HAIR: f64 = 0.01;
    if length <= sheet + HAIR {
        return 1;
    }
    (((length - OVERLAP - HAIR) / (sheet - OVERLAP)).ceil() as usize).max(1)
}

/// What so many sheets have room for.
fn room(sheets: usize, sheet: f64) -> f64 {
    float(sheets) * (sheet - OVERLAP) + OVERLAP
}

impl Tiling {
    /// Above the margin at the bottom, `foot` points stay free too.
    pub fn new(drawing: Drawing, foot: f64, options: &PaperOptions) -> Self {
        let drawing = Drawing {
            width: drawing.width.max(1.0),
            height: drawing.height.max(1.0),
            body: drawing.body.max(0.5),
            ..drawing
        };
        let ways = options
            .turned()
            .into_iter()
            .map(|sheet| Self::on(sheet, drawing, foot, options));
        // The fewest sheets; of equally many, those that show it larger.
        let cost = |way: &Self| (way.columns * way.rows, -way.scale);
        let best = ways.min_by(|one, other| {
            let ((sheets, scale), (others, other)) = (cost(one), cost(other));
            sheets.cmp(&others).then(scale.total_cmp(&other))
        });
        best.unwrap_or_else(|| Self::on(options.size.points(), drawing, foot, options))
    }

    fn on(sheet: (f64, f64), drawing: Drawing, foot: f64, options: &PaperOptions) -> Self {
        let margin = options.margin();
        let print = Area::new(margin, margin, sheet.0 - 2.0 * margin, sheet.1 - 2.0 * margin - foot);
        let fitted = |columns: usize, rows: usize| {
            (room(columns, print.width) / drawing.width).min(room(rows, print.height) / drawing.height)
        };
        let largest = LARGE / drawing.body;
        let scale = match options.fit {
            Fit::Scale(scale) if scale.is_finite() => scale.clamp(0.05, 20.0),
            Fit::Sheets(most) => {
                let most = most.clamp(1, 10_000);
                let ways = (1..=most).map(|columns| fitted(columns, most / columns));
                ways.fold(0.0, f64::max).min(largest)
            }
            _ if fitted(1, 1) * drawing.body >= drawing.least => fitted(1, 1).min(largest),
            _ => {
                let least = drawing.least / drawing.body;
                let columns = needed(drawing.width * least, print.width);
                let rows = needed(drawing.height * least, print.height);
                fitted(columns, rows).min(largest)
            }
        };
        let columns = needed(drawing.width * scale, print.width);
        let rows = needed(drawing.height * scale, print.height);
        // Of several sheets, what is left over is at the end, where it is cut off.
        let middle = |sheets: usize, sheet: f64, length: f64| match sheets {
            1 => ((sheet - length * scale) / 2.0).max(0.0),
            _ => 0.0,
        };
        Self {
            width: sheet.0,
            height: sheet.1,
            print,
            scale,
            columns,
            rows,
            offset: Point::new(
                middle(columns, print.width, drawing.width),
                middle(rows, print.height, drawing.height),
            ),
        }
    }

    /// The size of all sheets together, as the drawing measures.
    pub(super) fn whole(&self) -> (f64, f64) {
        (
            room(self.columns, self.print.width) / self.scale,
            room(self.rows, self.print.height) / self.scale,
        )
    }

    /// All sheets, row by row.
    pub fn sheets(&self) -> impl Iterator<Item = Sheet> + use<> {
        let columns = self.columns;
        (0..self.rows).flat_map(move |row| (0..columns).map(move |column| Sheet { column, row }))
    }

    /// Where the drawing's corner is on a sheet's page.
    pub fn corner(&self, sheet: Sheet) -> Point {
        Point::new(
            self.print.x + self.offset.x - float(sheet.column) * (self.print.width - OVERLAP),
            self.print.y + self.offset.y - float(sheet.row) * (self.print.height - OVERLAP),
        )
    }

    /// The part of the drawing that a sheet shows.
    pub fn window(&self, sheet: Sheet) -> Area {
        let corner = self.corner(sheet);
        Area::new(
            (self.print.x - corner.x) / self.scale,
            (self.print.y - corner.y) / self.scale,
            self.print.width / self.scale,
            self.print.height / self.scale,
        )
    }
}
