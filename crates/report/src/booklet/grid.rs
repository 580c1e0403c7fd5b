//! Rows and columns as strips.

use std::rc::Rc;

use super::rich;
use super::strip::{LEADING, Strip};
use crate::document::{Grid, Line, Row};
use crate::picture::{Item, Point};
use crate::style::Style;

const SIZE: f64 = 8.2;

/// Between columns.
const GAP: f64 = 7.0;

/// Lines of a row that stay together.
const TOGETHER: usize = 24;

/// The rows, below a header that stands on every page they are on.
pub(super) fn strips(grid: &Grid, width: f64) -> Vec<Strip> {
    let widths = widths(grid, width);
    let has_header = grid.columns.iter().any(|column| !column.title.is_empty());
    let mut strips = vec![];
    let mut header = None;
    if has_header {
        let titles: Vec<_> = grid.columns.iter().map(|column| Line::from(column.title)).collect();
        let mut of = row(
            grid,
            &Row {
                place: None,
                cells: titles,
            },
            &widths,
            true,
        );
        if let Some(first) = of.first_mut() {
            first.space = 3.0;
        }
        for strip in &mut of {
            strip.keep = true;
        }
        header = of.first().cloned().map(Rc::new);
        strips.extend(of);
    }
    for of in &grid.rows {
        let mut of = row(grid, of, &widths, false);
        for strip in &mut of {
            strip.header.clone_from(&header);
        }
        strips.extend(of);
    }
    strips
}

/// What each column gets: what it needs, as far as there is room, and of what is left by its share.
fn widths(grid: &Grid, width: f64) -> Vec<f64> {
    let count = grid.columns.len();
    let needs: Vec<f64> = (0..count)
        .map(|at| {
            let cells = grid.rows.iter().filter_map(|row| row.cells.get(at));
            let title = rich::natural(&grid.columns[at].title.into(), SIZE, true);
            // Widths are added up in another order when lines are made.
            cells.map(|cell| rich::natural(cell, SIZE, false)).fold(title, f64::max) + 0.1
        })
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "a few columns")]
    let mut left = width - GAP * (count.saturating_sub(1)) as f64;
    let mut got = vec![None; count];
    // Those that need less than their share get what they need, and leave more for the others.
    loop {
        let shares: f64 = (0..count)
            .filter(|&at| got[at].is_none())
            .map(|at| grid.columns[at].share)
            .sum();
        let fits = |at: &usize| got[*at].is_none() && needs[*at] <= left * grid.columns[*at].share / shares;
        if got.iter().all(Option::is_some) {
            return spread(grid, got.into_iter().flatten().collect(), left);
        }
        let Some(at) = (0..count).find(fits) else {
            let rest = left;
            let share = |at: usize| rest * grid.columns[at].share / shares;
            return (0..count).map(|at| got[at].unwrap_or_else(|| share(at))).collect();
        };
        got[at] = Some(needs[at]);
        left -= needs[at];
    }
}

/// What nobody needs goes to the columns of text, so that all grids of a page are equally wide; one without titles is no more
/// than a list.
fn spread(grid: &Grid, mut widths: Vec<f64>, left: f64) -> Vec<f64> {
    let titled = |at: usize| !grid.columns[at].title.is_empty() && !grid.columns[at].right;
    let shares: f64 = (0..widths.len())
        .filter(|&at| titled(at))
        .map(|at| grid.columns[at].share)
        .sum();
    for (at, width) in widths.iter_mut().enumerate().filter(|(at, _)| titled(*at)) {
        *width += left * grid.columns[at].share / shares;
    }
    widths
}

/// A strip for each line of a row.
fn row(grid: &Grid, row: &Row, widths: &[f64], bold: bool) -> Vec<Strip> {
    let cells: Vec<_> = row
        .cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| rich::wrap(cell, SIZE, *width, bold))
        .collect();
    let lines = cells.iter().map(Vec::len).max().unwrap_or_default();
    let whole = widths.iter().sum::<f64>() + GAP * gaps(widths);
    let mut strips = vec![];
    for at in 0..lines {
        let (first, last) = (at == 0, at + 1 == lines);
        let above = if first { 2.0 } else { 0.0 };
        let mut strip = Strip {
            height: SIZE * LEADING + above + if last { 2.0 } else { 0.0 },
            keep: !last && lines <= TOGETHER,
            ..Strip::default()
        };
        let mut x = 0.0;
        for ((cell, column), width) in cells.iter().zip(&grid.columns).zip(widths) {
            if let Some(line) = cell.get(at) {
                let end = line.last().map_or(0.0, |last| last.x + last.width);
                let from = if column.right { x + width - end } else { x };
                strip.set(line, Point::new(from, above + SIZE), SIZE);
            }
            x += width + GAP;
        }
        if first {
            strip.places.extend(row.place);
        }
        if last {
            let y = strip.height;
            let style = if bold { Style::Rule } else { Style::Hair };
            let line = Item::stroke(Point::new(0.0, y), Point::new(whole, y), style);
            strip.items.push(line);
        }
        strips.push(strip);
    }
    strips
}

#[expect(clippy::cast_precision_loss, reason = "a few columns")]
fn gaps(widths: &[f64]) -> f64 {
    widths.len().saturating_sub(1) as f64
}
