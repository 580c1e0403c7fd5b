//! Pages before they are written.

use crate::document::Place;
use crate::geometry;
use crate::picture::{Area, Item, Picture, Point, Tag};

/// A file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    pub(crate) title: String,
    /// As `2026-11-23`.
    pub(crate) date: String,
    pub(crate) version: String,
    pub(crate) pages: Vec<Page>,
    pub(crate) bookmarks: Vec<Bookmark>,
}

/// An entry of the list that readers show beside the pages.
#[derive(Clone, Debug)]
pub(crate) struct Bookmark {
    /// 0 for the outermost.
    pub(crate) depth: usize,
    pub(crate) title: String,
    pub(crate) page: usize,
    pub(crate) at: Point,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// What readers call it.
    pub(crate) label: String,
    /// In the order of drawing.
    pub(crate) layers: Vec<Layer>,
    pub(crate) links: Vec<(Area, Target)>,
    pub(crate) places: Vec<(Target, Point)>,
}

/// A picture on a page.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) picture: Picture,
    /// Where its corner is.
    pub(crate) at: Point,
    pub(crate) scale: f64,
    /// What is to be seen of the page through it; all of it if there is none.
    pub(crate) clip: Option<Area>,
}

/// What links lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Target {
    /// In the document.
    Place(Place),
    /// The sheet of a panel of the map.
    Panel(usize),
    /// A sheet of a drawing, by its place among them.
    Sheet(usize),
    /// A page of the file, counted from 0.
    Page(usize),
}

impl Target {
    fn of(tag: Tag) -> Option<Self> {
        match tag {
            Tag::Table(table) => Some(Self::Place(Place::Table(table))),
            Tag::Mark(number) => Some(Self::Place(Place::Mark(number))),
            Tag::Panel(number) => Some(Self::Panel(number)),
            Tag::Relation(_) => None,
        }
    }
}

impl Page {
    pub(crate) fn new(width: f64, height: f64, label: impl Into<String>) -> Self {
        Self {
            width,
            height,
            label: label.into(),
            ..Self::default()
        }
    }

    /// Draws a picture in its own size over the page.
    pub(crate) fn draw(&mut self, picture: Picture) {
        self.layers.push(Layer {
            picture,
            at: Point::default(),
            scale: 1.0,
            clip: None,
        });
    }

    /// Draws the part of a picture that an area of the page shows.
    pub(crate) fn show(&mut self, picture: &Picture, at: Point, scale: f64, clip: Area) {
        let window = Area::new(
            (clip.x - at.x) / scale,
            (clip.y - at.y) / scale,
            clip.width / scale,
            clip.height / scale,
        );
        let items = geometry::within(&picture.items, &window);
        self.layers.push(Layer {
            picture: Picture {
                items,
                ..Picture::new(picture.width, picture.height)
            },
            at,
            scale,
            clip: Some(clip),
        });
    }

    /// The areas of the page that stand for something, outer ones first.
    pub(crate) fn tagged(&self) -> Vec<(Area, Target)> {
        let mut found = vec![];
        for layer in &self.layers {
            tagged(&layer.picture.items, layer, &mut found);
        }
        found
    }
}

fn tagged(items: &[Item], layer: &Layer, found: &mut Vec<(Area, Target)>) {
    for item in items {
        let Item::Group(tag, inner) = item else { continue };
        let area = geometry::bounds(item).map(|area| area.scaled(layer.scale, layer.at));
        let seen = area.and_then(|area| layer.clip.map_or(Some(area), |clip| area.shared(clip)));
        found.extend(seen.zip(Target::of(*tag)));
        tagged(inner, layer, found);
    }
}
