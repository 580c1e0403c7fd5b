//! One drawing over sheets that are glued together.

use std::collections::BTreeMap;

use exodus_schema::TableId;

use super::index::{Entry, Index, Pages};
use super::tiles::{Drawing, ON_A_WALL, Sheet, Tiling, sheet_name};
use super::{PaperOptions, furniture};
use crate::document::Place;
use crate::font::{CAPITAL, Face};
use crate::pdf::{Bookmark, Page, Target};
use crate::picture::{Anchor, Area, Item, Picture, Point, Tag};
use crate::style::Style;
use crate::{Content, geometry};

/// Sheets with the drawing; before them, where there are several, one with all of it in small.
pub(super) fn pages(content: &Content<'_>, whole: &Picture, options: &PaperOptions) -> Pages {
    let body = geometry::body_size(&whole.items).unwrap_or(8.0);
    let drawing = Drawing {
        width: whole.width,
        height: whole.height,
        body,
        least: ON_A_WALL,
    };
    let tiling = Tiling::new(drawing, 0.0, options);
    let areas: Vec<_> = whole.items.iter().filter_map(geometry::bounds).collect();
    // A sheet with nothing on it needs no paper.
    let shown = |sheet: Sheet| {
        let inside = |sheet: Sheet| sheet.column < tiling.columns && sheet.row < tiling.rows;
        inside(sheet) && areas.iter().any(|area| area.meets(&tiling.window(sheet)))
    };
    let mut marks = BTreeMap::new();
    marks_of(&whole.items, &mut marks);
    let sheets: Vec<_> = tiling.sheets().filter(|sheet| shown(*sheet)).collect();
    let mut pages = Pages::default();
    if sheets.len() > 1 {
        index(content, whole, &tiling, &sheets, &mut pages);
    }
    for (number, &sheet) in sheets.iter().enumerate() {
        let name = sheet_name(sheet);
        let mut page = Page::new(tiling.width, tiling.height, &*name);
        page.show(whole, tiling.corner(sheet), tiling.scale, tiling.print);
        let mut around = Picture::new(tiling.width, tiling.height);
        let mut title = furniture::title(content);
        if sheets.len() > 1 {
            furniture::crop_marks(&tiling.print, &mut around);
            furniture::neighbours(&tiling, sheet, &shown, &mut around);
            let more = format!("sheet {} of {}", number + 1, sheets.len());
            furniture::foot(&tiling, &furniture::caption(content), &name, &more, &mut around);
            title = format!("Sheet {name}");
        } else {
            furniture::foot(&tiling, &furniture::caption(content), "", "", &mut around);
        }
        page.draw(around);
        page.places.push((Target::Sheet(number), Point::default()));
        for (&mark, area) in &marks {
            if tiling.window(sheet).holds(area) {
                let at = area.scaled(tiling.scale, tiling.corner(sheet));
                let place = Target::Place(Place::Mark(mark));
                page.places.push((place, Point::new(at.x, at.y)));
            }
        }
        pages.bookmarks.push(Bookmark {
            depth: 0,
            title,
            page: pages.pages.len(),
            at: Point::default(),
        });
        pages.pages.push(page);
    }
    pages
}

fn index(content: &Content<'_>, whole: &Picture, tiling: &Tiling, sheets: &[Sheet], pages: &mut Pages) {
    let mut index = Index::new(content, (tiling.width, tiling.height), tiling.print);
    let free = index.free();
    let (width, height) = tiling.whole();
    let scale = (free.width / width).min(free.height * 0.62 / height);
    let at = Point::new(free.x + (free.width - width * scale) / 2.0, free.y);
    let (page, over) = index.canvas();
    page.layers.push(crate::pdf::Layer {
        picture: whole.clone(),
        at,
        scale,
        clip: None,
    });
    for (number, &sheet) in sheets.iter().enumerate() {
        let window = tiling.window(sheet).scaled(scale, at);
        cell(&sheet_name(sheet), &window, over);
        page.links.push((window, Target::Sheet(number)));
    }
    index.below(free.y + height * scale + 14.0);
    index.list("Tables and their sheets", &tables(content, whole, tiling, sheets));
    pages.bookmarks.push(Bookmark {
        depth: 0,
        title: "Index".to_owned(),
        page: 0,
        at: Point::default(),
    });
    pages.pages.extend(index.finish());
}

/// A sheet's frame on the small drawing, with its name.
fn cell(name: &str, window: &Area, out: &mut Picture) {
    let frame = vec![
        Point::new(window.x, window.y),
        Point::new(window.right(), window.y),
        Point::new(window.right(), window.bottom()),
        Point::new(window.x, window.bottom()),
    ];
    out.add(Item::Line {
        points: frame,
        closed: false,
        style: Style::Rule,
    });
    let size = (window.height * 0.22).min(window.width * 0.22).clamp(5.0, 22.0);
    let middle = Point::new(window.x + window.width / 2.0, window.y + window.height / 2.0);
    let width = Face::Bold.width(name, size) + size * 0.8;
    let label = Area::new(middle.x - width / 2.0, middle.y - size * 0.75, width, size * 1.5);
    out.add(Item::Rect(label, size * 0.3, Style::Box));
    let base = Point::new(middle.x, middle.y + size * CAPITAL / 2.0);
    out.add(Item::text(base, name, size, Face::Bold, Style::Ink).anchored(Anchor::Middle));
}

/// Each table with the sheet that shows the middle of its box.
fn tables(content: &Content<'_>, whole: &Picture, tiling: &Tiling, sheets: &[Sheet]) -> Vec<Entry> {
    let mut boxes = BTreeMap::new();
    for item in &whole.items {
        boxes_of(item, &mut boxes);
    }
    let entry = |(table, area): (TableId, Area)| {
        let middle = Area::new(area.x + area.width / 2.0, area.y + area.height / 2.0, 0.01, 0.01);
        let number = sheets.iter().position(|&sheet| tiling.window(sheet).holds(&middle))?;
        Some(Entry {
            name: content.short_name(table),
            sheet: sheet_name(sheets[number]),
            to: Target::Sheet(number),
            place: None,
        })
    };
    sorted(boxes.into_iter().filter_map(entry).collect())
}

/// Where each hazard's number stands last, which is in the margin, beside its words.
fn marks_of(items: &[Item], marks: &mut BTreeMap<usize, Area>) {
    for item in items {
        if let Item::Group(tag, inner) = item {
            if let (Tag::Mark(number), Some(area)) = (tag, geometry::bounds(item)) {
                marks.insert(*number, area);
            }
            marks_of(inner, marks);
        }
    }
}

/// As people look them up.
pub(super) fn sorted(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by_cached_key(|entry| (entry.name.to_lowercase(), entry.name.clone()));
    entries
}

/// What the tables of a drawing cover.
pub(super) fn boxes_of(item: &Item, boxes: &mut BTreeMap<TableId, Area>) {
    if let Item::Group(tag, inner) = item {
        if let (Tag::Table(table), Some(area)) = (tag, geometry::bounds(item)) {
            let before = boxes.get(table).copied();
            boxes.insert(*table, before.map_or(area, |before| before.joined(area)));
        }
        for item in inner {
            boxes_of(item, boxes);
        }
    }
}
