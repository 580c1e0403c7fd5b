//! The map's pages.

use super::flow::Flow;
use crate::geometry;
use crate::paper::PaperOptions;
use crate::pdf::{Page, Target};
use crate::picture::{Area, Picture, Point};
use crate::signs;

/// A drawing with its name.
pub(super) struct Drawing {
    pub(super) number: usize,
    pub(super) title: String,
    pub(super) picture: Picture,
}

/// Letters below that can't be read on paper that is held in a hand, in points.
const READABLE: f64 = 5.0;

/// Drawings are not made larger than that.
const LARGEST: f64 = 1.25;

/// Below the words at the map's beginning the whole of it; where that is too small to be read, then on a page of its own, and
/// else panel by panel.
pub(super) fn add(flow: &mut Flow, whole: &Picture, panels: &[Drawing], options: &PaperOptions) {
    let body = geometry::body_size(&whole.items).unwrap_or(8.0);
    let mut scale = 0.0;
    if let Some((free, page)) = flow.rest() {
        scale = put(page, whole, &free);
    }
    flow.full();
    if scale * body >= READABLE {
        return;
    }
    if let Some(page) = on_a_page(whole, false, options, READABLE / body) {
        flow.page(page, None);
        return;
    }
    for panel in panels {
        // However small: a panel can't be taken apart.
        if let Some(mut page) = on_a_page(&panel.picture, true, options, 0.0) {
            page.places.push((Target::Panel(panel.number), Point::default()));
            flow.page(page, Some((1, format!("P{} {}", panel.number, panel.title))));
        }
    }
}

/// As large as the area allows, in the middle of its top; says how large.
fn put(page: &mut Page, picture: &Picture, area: &Area) -> f64 {
    let scale = (area.width / picture.width.max(1.0))
        .min(area.height / picture.height.max(1.0))
        .min(LARGEST);
    if scale <= 0.0 {
        return 0.0;
    }
    let at = Point::new(area.x + (area.width - picture.width * scale) / 2.0, area.y);
    page.show(picture, at, scale, *area);
    scale
}

/// Upright or on its side, whichever shows it larger; nothing if it would be smaller than `least`.
fn on_a_page(picture: &Picture, with_legend: bool, options: &PaperOptions, least: f64) -> Option<Page> {
    let margin = options.margin() + 6.0;
    let (width, height) = options.size.points();
    let ways = [(width, height), (height, width)].map(|(width, height)| {
        let legend = if with_legend {
            signs::legend(width - 2.0 * margin, 6.5)
        } else {
            Picture::default()
        };
        let foot = if with_legend { legend.height + 10.0 } else { 0.0 };
        let area = Area::new(margin, margin, width - 2.0 * margin, height - 2.0 * margin - foot);
        let scale = (area.width / picture.width.max(1.0)).min(area.height / picture.height.max(1.0));
        (scale, (width, height), area, legend)
    });
    let [upright, aside] = ways;
    let (scale, (width, height), area, legend) = if aside.0 > upright.0 { aside } else { upright };
    if scale < least {
        return None;
    }
    let mut page = Page::new(width, height, "");
    put(&mut page, picture, &area);
    if legend.height > 0.0 {
        let mut around = Picture::new(width, height);
        around.place(&legend, Point::new(margin, height - margin - legend.height));
        page.draw(around);
    }
    Some(page)
}
