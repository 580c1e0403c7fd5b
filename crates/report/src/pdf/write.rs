//! The file.

use std::collections::BTreeMap;

use krilla::annotation::{LinkAnnotation, Target as Leads};
use krilla::destination::XyzDestination;
use krilla::geom::{Point as At, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::{PageLabel, PageSettings};
use krilla::{Document, SerializeSettings};

use super::draw::{self, Fonts, float};
use super::page::{Book, Bookmark, Target};
use crate::Error;
use crate::picture::{Point, visible};

/// Nothing in it depends on anything but the book: the same book, the same bytes.
pub(crate) fn write(book: &Book) -> Result<Vec<u8>, Error> {
    let mut file = Document::new_with(SerializeSettings {
        enable_tagging: false,
        ..SerializeSettings::default()
    });
    let (fonts, places) = (Fonts::new()?, places(book));
    for (number, page) in book.pages.iter().enumerate() {
        let size = PageSettings::from_wh(float(page.width), float(page.height))
            .ok_or_else(|| Error::Drawing(format!("page {} has no size", page.label)))?;
        let label = Some(page.label.clone()).filter(|label| !label.is_empty());
        let mut sheet = file.start_page_with(size.with_page_label(PageLabel::new(None, label, None)));
        let mut surface = sheet.surface();
        for layer in &page.layers {
            draw::layer(&mut surface, layer, &fonts);
        }
        surface.finish();
        for (area, to) in page.tagged().iter().chain(&page.links) {
            let Some(&(there, at)) = places.get(to).filter(|(there, _)| *there != number) else {
                continue;
            };
            let sides = [area.x, area.y, area.right(), area.bottom()].map(float);
            if let Some(area) = Rect::from_ltrb(sides[0], sides[1], sides[2], sides[3]) {
                let leads = Leads::Destination(destination(there, at).into());
                sheet.add_annotation(LinkAnnotation::new(area, leads).into());
            }
        }
        sheet.finish();
    }
    file.set_outline(outline(book));
    file.set_metadata(metadata(book));
    file.finish().map_err(|error| Error::Drawing(format!("{error:?}")))
}

/// Where links lead to: what a page says itself, else the first page that shows it.
fn places(book: &Book) -> BTreeMap<Target, (usize, Point)> {
    let mut places = BTreeMap::new();
    for (number, page) in book.pages.iter().enumerate() {
        places.insert(Target::Page(number), (number, Point::default()));
        for (target, at) in &page.places {
            places.entry(*target).or_insert((number, *at));
        }
    }
    for (number, page) in book.pages.iter().enumerate() {
        for (area, target) in page.tagged() {
            // A number or a name that leads elsewhere is not what it leads to.
            if matches!(target, Target::Place(crate::document::Place::Table(_))) {
                places.entry(target).or_insert((number, Point::new(area.x, area.y)));
            }
        }
    }
    places
}

/// A little above it, so that it does not stick to the window's edge.
fn destination(page: usize, at: Point) -> XyzDestination {
    const ABOVE: f64 = 12.0;
    XyzDestination::new(page, At::from_xy(float(at.x), float((at.y - ABOVE).max(0.0))))
}

fn outline(book: &Book) -> Outline {
    let mut outline = Outline::new();
    let mut entries = book
        .bookmarks
        .iter()
        .filter(|mark| mark.page < book.pages.len())
        .peekable();
    while let Some(entry) = entries.next() {
        outline.push_child(node(entry, &mut entries));
    }
    outline
}

fn node<'b>(entry: &Bookmark, rest: &mut std::iter::Peekable<impl Iterator<Item = &'b Bookmark>>) -> OutlineNode {
    let to = destination(entry.page, entry.at);
    let mut node = OutlineNode::new(visible(&entry.title), to).with_open(entry.depth == 0);
    while let Some(inner) = rest.next_if(|next| next.depth > entry.depth) {
        node.push_child(self::node(inner, rest));
    }
    node
}

fn metadata(book: &Book) -> Metadata {
    let made_by = format!("exodus {}", book.version).trim().to_owned();
    let metadata = Metadata::new()
        .title(visible(&book.title))
        .language("en".to_owned())
        .creator(made_by.clone())
        .producer(made_by);
    match date(&book.date) {
        Some(date) => metadata.creation_date(date),
        None => metadata,
    }
}

fn date(text: &str) -> Option<DateTime> {
    let mut parts = text.split('-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    Some(DateTime::new(year).month(month).day(day))
}
