//! Panels on a page: in the order of their numbers, as broad as fits the page's shape best.

use super::legend::{self, Margin};
use super::{Map, MapOptions, Panel};
use crate::Content;
use crate::picture::{Area, Point};

const GAP: f64 = 16.0;
/// The heading and two columns of the margin have room in it.
const NARROWEST: f64 = 420.0;
/// Free around the whole.
pub(super) const BORDER: f64 = 18.0;

/// Places the panels, the heading above and the margin below them.
pub(super) fn pack(content: &Content<'_>, options: &MapOptions, mut panels: Vec<Panel>) -> Map {
    let widest = panels.iter().map(|panel| panel.area.width).fold(NARROWEST, f64::max);
    let all: f64 = panels
        .iter()
        .map(|panel| (panel.area.width + GAP) * (panel.area.height + GAP))
        .sum();
    let tries = (0..16u8).map(|step| widest.max((all * options.aspect).sqrt() * (0.6 + 0.08 * f64::from(step))));
    let mut best: Option<(f64, f64)> = None;
    for width in tries {
        let height = packed(&mut panels, width);
        let margin = legend::margin(content, options, width).height;
        // How far it has to be shrunk to a page of that shape.
        let size = (width / options.aspect).max(height + margin);
        if best.is_none_or(|(least, _)| size < least) {
            best = Some((size, width));
        }
    }
    let width = best.map_or(widest, |(_, width)| width);
    let height = packed(&mut panels, width);
    let right = panels.iter().map(|panel| panel.area.right()).fold(NARROWEST, f64::max);
    let heading = legend::heading(content, right);
    let top = BORDER + heading.height + 6.0;
    for panel in &mut panels {
        panel.area = panel.area.moved(Point::new(BORDER, top));
    }
    let margin = legend::margin(content, options, right);
    let at = Point::new(BORDER, top + height + GAP);
    Map {
        width: right + 2.0 * BORDER,
        height: at.y + margin.height + BORDER,
        heading: Area::new(BORDER, BORDER, right, heading.height),
        panels,
        margin: Margin { at, picture: margin },
        options: *options,
    }
}

/// Places each panel as high as it goes within this width, then as far to the left; gives the height.
fn packed(panels: &mut [Panel], width: f64) -> f64 {
    let mut placed: Vec<Area> = vec![];
    for panel in panels.iter_mut() {
        let beside = placed.iter().map(|other| other.right() + GAP);
        let fits = |x: &f64| *x <= 0.0 || x + panel.area.width <= width;
        let candidates = [0.0].into_iter().chain(beside).filter(fits);
        let at = |x: f64| {
            let below = placed
                .iter()
                .filter(|other| x < other.right() + GAP && other.x < x + panel.area.width + GAP)
                .map(|other| other.bottom() + GAP);
            Point::new(x, below.fold(0.0, f64::max))
        };
        let highest = candidates
            .map(at)
            .min_by(|one, other| one.y.total_cmp(&other.y).then(one.x.total_cmp(&other.x)));
        let Point { x, y } = highest.unwrap_or_default();
        (panel.area.x, panel.area.y) = (x, y);
        placed.push(panel.area);
    }
    placed.iter().map(Area::bottom).fold(0.0, f64::max)
}
