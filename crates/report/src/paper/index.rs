//! The first sheet: the whole drawing in small, and where each table is.

use super::furniture;
use crate::Content;
use crate::font::Face;
use crate::pdf::{Bookmark, Page, Target};
use crate::picture::{Anchor, Area, Item, Picture, Point};
use crate::style::Style;

/// Sheets, and what readers show beside them.
#[derive(Debug, Default)]
pub(super) struct Pages {
    pub(super) pages: Vec<Page>,
    pub(super) bookmarks: Vec<Bookmark>,
}

/// A name, and the sheet that it is on.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) sheet: String,
    pub(crate) to: Target,
    /// What leads to this entry.
    pub(crate) place: Option<Target>,
}

const SIZE: f64 = 8.0;
const ROW: f64 = 11.0;
const WIDE: f64 = 165.0;
const GAP: f64 = 18.0;

/// Index sheets that are being filled, in columns.
pub(crate) struct Index {
    print: Area,
    size: (f64, f64),
    done: Vec<Page>,
    page: Page,
    picture: Picture,
    /// Where the columns of this page begin.
    top: f64,
    column: usize,
    y: f64,
}

impl Index {
    /// With nothing on it.
    pub(crate) fn plain(size: (f64, f64), print: Area) -> Self {
        Self {
            print,
            size,
            done: vec![],
            page: Page::new(size.0, size.1, "Index"),
            picture: Picture::new(size.0, size.1),
            top: print.y,
            column: 0,
            y: print.y,
        }
    }

    /// With the title on the first sheet.
    pub(super) fn new(content: &Content<'_>, size: (f64, f64), print: Area) -> Self {
        let mut index = Self::plain(size, print);
        let title = Face::Bold.fit(&furniture::title(content), 16.0, print.width);
        let at = Point::new(print.x, print.y + 16.0);
        index.picture.add(Item::text(at, &title, 16.0, Face::Bold, Style::Ink));
        let facts = Face::Regular.fit(&furniture::caption(content), SIZE, print.width);
        let at = Point::new(print.x, print.y + 30.0);
        index
            .picture
            .add(Item::text(at, &facts, SIZE, Face::Regular, Style::Faint));
        index.below(print.y + 42.0);
        index
    }

    /// What is left of the first sheet.
    pub(super) fn free(&self) -> Area {
        Area::new(self.print.x, self.top, self.print.width, self.print.bottom() - self.top)
    }

    /// Goes on below.
    pub(super) fn below(&mut self, y: f64) {
        (self.top, self.y, self.column) = (y, y, 0);
    }

    /// The first sheet, to draw on.
    pub(super) fn canvas(&mut self) -> (&mut Page, &mut Picture) {
        (&mut self.page, &mut self.picture)
    }

    fn columns(&self) -> (usize, f64) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few columns")]
        let number = (((self.print.width + GAP) / (WIDE + GAP)).floor() as usize).max(1);
        #[expect(clippy::cast_precision_loss, reason = "a few columns")]
        let of = number as f64;
        (number, (self.print.width - GAP * (of - 1.0)) / of)
    }

    /// The corner of the next row, which takes so much.
    fn next(&mut self, height: f64) -> Point {
        let (columns, wide) = self.columns();
        if self.y + height > self.print.bottom() {
            self.column += 1;
            self.y = self.top;
        }
        if self.column >= columns || self.top + height > self.print.bottom() {
            self.turn();
        }
        #[expect(clippy::cast_precision_loss, reason = "a few columns")]
        let x = self.print.x + self.column as f64 * (wide + GAP);
        let at = Point::new(x, self.y);
        self.y += height;
        at
    }

    fn turn(&mut self) {
        let next = Page::new(self.size.0, self.size.1, format!("Index {}", self.done.len() + 2));
        let mut page = std::mem::replace(&mut self.page, next);
        page.draw(std::mem::replace(
            &mut self.picture,
            Picture::new(self.size.0, self.size.1),
        ));
        self.done.push(page);
        self.below(self.print.y);
    }

    /// Names under a heading, each with its sheet.
    pub(crate) fn list(&mut self, title: &str, entries: &[Entry]) {
        if entries.is_empty() {
            return;
        }
        // A heading does not stand alone at the end of a column.
        if self.y + ROW * 3.2 > self.print.bottom() {
            self.y = self.print.bottom();
        }
        let at = self.next(ROW * 1.7);
        let base = Point::new(at.x, at.y + ROW * 1.2);
        self.picture.add(Item::text(base, title, 10.0, Face::Bold, Style::Ink));
        let (_, wide) = self.columns();
        for entry in entries {
            let at = self.next(ROW);
            let base = at.y + ROW * 0.8;
            let sheet = Face::Bold.fit(&entry.sheet, SIZE, wide * 0.4);
            let room = wide - Face::Bold.width(&sheet, SIZE) - 10.0;
            let name = Face::Regular.fit(&crate::picture::visible(&entry.name), SIZE, room);
            let (from, to) = (
                at.x + Face::Regular.width(&name, SIZE) + 4.0,
                at.x + wide - Face::Bold.width(&sheet, SIZE) - 4.0,
            );
            if to > from {
                let line = Item::stroke(Point::new(from, base), Point::new(to, base), Style::Leader);
                self.picture.add(line);
            }
            let text = Item::text(Point::new(at.x, base), &name, SIZE, Face::Regular, Style::Ink);
            self.picture.add(text);
            let text = Item::text(Point::new(at.x + wide, base), &sheet, SIZE, Face::Bold, Style::Link);
            self.picture.add(text.anchored(Anchor::End));
            self.page.links.push((Area::new(at.x, at.y, wide, ROW), entry.to));
            self.page.places.extend(entry.place.map(|place| (place, at)));
        }
    }

    /// All of them.
    pub(crate) fn finish(mut self) -> Vec<Page> {
        self.page.draw(self.picture);
        self.done.push(self.page);
        self.done
    }
}
