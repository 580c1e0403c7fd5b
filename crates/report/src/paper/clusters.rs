//! A sheet for each panel of the map.

use std::collections::BTreeMap;

use exodus_schema::TableId;

use super::index::{Entry, Index, Pages};
use super::poster::{boxes_of, sorted};
use super::tiles::{Drawing, IN_A_HAND, Sheet, Tiling, sheet_name};
use super::{PaperOptions, furniture};
use crate::document::{Place, plural};
use crate::pdf::{Bookmark, Page, Target};
use crate::picture::{Area, Picture, Point};
use crate::{Content, geometry, signs};

/// A panel of the map, by itself.
#[derive(Clone, Debug)]
pub(super) struct Panel {
    pub(super) number: usize,
    pub(super) title: String,
    pub(super) picture: Picture,
}

/// Size of the legend's letters.
const LEGEND: f64 = 6.5;

/// The index, then the panels. Names that lead to another panel have its number, which is that of its sheet.
pub(super) fn pages(content: &Content<'_>, panels: &[Panel], options: &PaperOptions) -> Pages {
    let mut pages = Pages::default();
    index(content, panels, options, &mut pages);
    for panel in panels {
        let first = pages.pages.len();
        pages.bookmarks.push(Bookmark {
            depth: 0,
            title: format!("{} {}", panel_name(panel.number), panel.title),
            page: first,
            at: Point::default(),
        });
        sheets(content, panel, options, &mut pages.pages);
    }
    pages
}

/// As the map calls it.
fn panel_name(number: usize) -> String {
    format!("P{number}")
}

/// One, or several where it could not be read on one.
fn sheets(content: &Content<'_>, panel: &Panel, options: &PaperOptions, pages: &mut Vec<Page>) {
    let body = geometry::body_size(&panel.picture.items).unwrap_or(8.0);
    let legend_on = |width: f64| signs::legend(width, LEGEND);
    // The narrower way to lay the sheet needs the higher legend.
    let (width, height) = options.size.points();
    let strip = legend_on(width.min(height) - 2.0 * options.margin()).height + 8.0;
    let drawing = Drawing {
        width: panel.picture.width,
        height: panel.picture.height,
        body,
        least: IN_A_HAND,
    };
    let tiling = Tiling::new(drawing, strip, options);
    let several = tiling.columns * tiling.rows > 1;
    for sheet in tiling.sheets() {
        let name = if several {
            format!("{} {}", panel_name(panel.number), sheet_name(sheet))
        } else {
            panel_name(panel.number)
        };
        let mut page = Page::new(tiling.width, tiling.height, &*name);
        page.show(&panel.picture, tiling.corner(sheet), tiling.scale, tiling.print);
        let mut around = Picture::new(tiling.width, tiling.height);
        if several {
            let inside = |of: Sheet| of.column < tiling.columns && of.row < tiling.rows;
            furniture::crop_marks(&tiling.print, &mut around);
            furniture::neighbours(&tiling, sheet, &inside, &mut around);
        }
        let margin = options.margin();
        let legend = legend_on(tiling.print.width);
        let line = tiling.height - margin - legend.height - 4.0;
        around.place(&legend, Point::new(margin, line + 4.0));
        furniture::foot(&tiling, &furniture::caption(content), &name, "sheet", &mut around);
        page.draw(around);
        if sheet == (Sheet { column: 0, row: 0 }) {
            page.places.push((Target::Panel(panel.number), Point::default()));
        }
        pages.push(page);
    }
}

fn index(content: &Content<'_>, panels: &[Panel], options: &PaperOptions, pages: &mut Pages) {
    let size = options.turned()[0];
    let margin = options.margin();
    let print = Area::new(margin, margin, size.0 - 2.0 * margin, size.1 - 2.0 * margin);
    let mut index = Index::new(content, size, print);
    let (mut sheets, mut tables, mut on) = (vec![], vec![], BTreeMap::new());
    for panel in panels {
        let mut boxes = BTreeMap::new();
        for item in &panel.picture.items {
            boxes_of(item, &mut boxes);
        }
        let to = Target::Panel(panel.number);
        sheets.push(Entry {
            name: format!("{} ({})", panel.title, plural(boxes.len(), "table")),
            sheet: panel_name(panel.number),
            to,
            place: None,
        });
        on.extend(boxes.keys().map(|&table| (table, panel.number)));
        tables.extend(boxes.into_keys().map(|table| Entry {
            name: content.short_name(table),
            sheet: panel_name(panel.number),
            to,
            place: None,
        }));
    }
    index.list("Sheets", &sheets);
    index.list("Tables and their sheets", &sorted(tables));
    index.list("Hazards", &hazards(content, &on));
    pages.bookmarks.push(Bookmark {
        depth: 0,
        title: "Index".to_owned(),
        page: 0,
        at: Point::default(),
    });
    pages.pages.extend(index.finish());
}

/// The numbers on the sheets in words, each with its sheet.
fn hazards(content: &Content<'_>, on: &BTreeMap<TableId, usize>) -> Vec<Entry> {
    let entries = content.marks.iter().filter_map(|mark| {
        let hazard = mark.finding.hazard;
        let panel = *on.get(&hazard.table)?;
        Some(Entry {
            name: format!("{}  {}: {}", mark.number, hazard.rule, mark.finding.object),
            sheet: panel_name(panel),
            to: Target::Panel(panel),
            place: Some(Target::Place(Place::Mark(mark.number))),
        })
    });
    entries.collect()
}
