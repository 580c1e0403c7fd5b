//! Strips on pages.

use super::strip::{Begins, Strip};
use crate::document::Place;
use crate::font::Face;
use crate::paper::{MILLIMETRE, PaperOptions};
use crate::pdf::{Bookmark, Page, Target};
use crate::picture::{Anchor, Area, Item, Picture, Point};
use crate::style::Style;

/// A page and its margins, which are wider at the fold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) width: f64,
    pub(super) height: f64,
    inner: f64,
    outer: f64,
    top: f64,
    bottom: f64,
}

impl Frame {
    pub(super) fn new(options: &PaperOptions) -> Self {
        let (width, height) = options.turned()[0];
        let margin = options.margin();
        Self {
            width,
            height,
            inner: margin + 8.0 * MILLIMETRE,
            outer: margin + 2.0 * MILLIMETRE,
            top: margin + 8.0 * MILLIMETRE,
            bottom: margin + 8.0 * MILLIMETRE,
        }
    }

    /// What is written on, of the page with an index counted from 0: the first is a right-hand one.
    pub(super) fn area(&self, index: usize) -> Area {
        let left = if is_right(index) { self.inner } else { self.outer };
        Area::new(
            left,
            self.top,
            self.width - self.inner - self.outer,
            self.height - self.top - self.bottom,
        )
    }

    /// The head and the number of a page.
    fn around(&self, index: usize, book: &str, part: &str) -> Picture {
        const SIZE: f64 = 7.5;
        let (area, mut out) = (self.area(index), Picture::new(self.width, self.height));
        let head = Face::Regular.fit(
            &crate::picture::visible(if is_right(index) { part } else { book }),
            SIZE,
            area.width,
        );
        let outer = if is_right(index) {
            (area.right(), Anchor::End)
        } else {
            (area.x, Anchor::Start)
        };
        let base = area.y - 14.0;
        let text =
            |y, text: &str, face, style| Item::text(Point::new(outer.0, y), text, SIZE, face, style).anchored(outer.1);
        out.add(text(base, &head, Face::Regular, Style::Faint));
        let line = (Point::new(area.x, base + 5.0), Point::new(area.right(), base + 5.0));
        out.add(Item::stroke(line.0, line.1, Style::Hair));
        let number = (index + 1).to_string();
        out.add(text(area.bottom() + 22.0, &number, Face::Bold, Style::Ink));
        out
    }
}

/// Pages are numbered from 1, and the first is on the right.
pub(super) fn is_right(index: usize) -> bool {
    index.is_multiple_of(2)
}

/// A page that is being filled.
#[derive(Debug)]
struct Draft {
    page: Page,
    picture: Picture,
    /// What stands over it.
    head: Option<String>,
}

/// Pages that are being filled.
#[derive(Debug)]
pub(super) struct Flow {
    frame: Frame,
    drafts: Vec<Draft>,
    /// Where the next strip goes on the last page, from the top of what is written on.
    y: f64,
    head: String,
    pub(super) bookmarks: Vec<Bookmark>,
}

impl Flow {
    pub(super) fn new(frame: Frame) -> Self {
        Self {
            frame,
            drafts: vec![],
            y: 0.0,
            head: String::new(),
            bookmarks: vec![],
        }
    }

    /// What stands over the pages that begin from here on.
    pub(super) fn head(&mut self, head: &str) {
        head.clone_into(&mut self.head);
    }

    fn turn(&mut self) {
        let (width, height) = (self.frame.width, self.frame.height);
        self.drafts.push(Draft {
            page: Page::new(width, height, ""),
            picture: Picture::new(width, height),
            head: Some(self.head.clone()),
        });
        self.y = 0.0;
    }

    /// A page that nothing is written on, if the next one would be on the left.
    pub(super) fn skip_left(&mut self) {
        if !is_right(self.drafts.len()) {
            self.turn();
            if let Some(last) = self.drafts.last_mut() {
                last.head = None;
            }
        }
        // Nothing goes on that page.
        self.y = f64::INFINITY;
    }

    /// A page that somebody else has made.
    pub(super) fn page(&mut self, page: Page, entry: Option<(usize, String)>) {
        if let Some((depth, title)) = entry {
            self.bookmarks.push(Bookmark {
                depth,
                title,
                page: self.drafts.len(),
                at: Point::default(),
            });
        }
        let picture = Picture::new(page.width, page.height);
        self.drafts.push(Draft {
            page,
            picture,
            head: None,
        });
        self.y = f64::INFINITY;
    }

    /// What is left of the last page, and the page.
    pub(super) fn rest(&mut self) -> Option<(Area, &mut Page)> {
        let index = self.drafts.len().checked_sub(1)?;
        let area = self.frame.area(index);
        let free = Area::new(area.x, area.y + self.y, area.width, area.height - self.y);
        self.drafts.last_mut().map(|draft| (free, &mut draft.page))
    }

    /// Nothing more goes on the last page.
    pub(super) fn full(&mut self) {
        self.y = f64::INFINITY;
    }

    /// Strips that are to be kept together go to the next page together, if they fit on one.
    pub(super) fn strips(&mut self, strips: &[Strip]) {
        let mut from = 0;
        while from < strips.len() {
            let kept = strips[from..].iter().take_while(|strip| strip.keep).count();
            let to = (from + kept + 1).min(strips.len());
            self.together(&strips[from..to]);
            from = to;
        }
    }

    fn together(&mut self, strips: &[Strip]) {
        let room = self.frame.area(0).height;
        let height = |strips: &[Strip]| strips.iter().map(|strip| strip.space + strip.height).sum::<f64>();
        let header = strips.iter().find_map(|strip| strip.header.as_ref());
        let whole = height(strips) + header.map_or(0.0, |header| header.height);
        match strips.first().map(|first| first.begins) {
            Some(Begins::Right) => self.skip_left(),
            Some(Begins::Page) => self.full(),
            _ => {}
        }
        let fits = self.y + height(strips) <= room;
        if !fits && whole <= room {
            self.full();
        }
        for strip in strips {
            if self.drafts.is_empty() || self.y + strip.space + strip.height > room {
                self.turn();
                if let Some(header) = &strip.header {
                    self.put(header);
                }
            }
            self.put(strip);
        }
    }

    fn put(&mut self, strip: &Strip) {
        let index = self.drafts.len().saturating_sub(1);
        let area = self.frame.area(index);
        if self.y > 0.0 {
            self.y += strip.space;
        }
        let at = Point::new(area.x, area.y + self.y);
        self.y += strip.height;
        if let Some((depth, title)) = &strip.entry {
            self.bookmarks.push(Bookmark {
                depth: *depth,
                title: title.clone(),
                page: index,
                at,
            });
        }
        let Some(draft) = self.drafts.last_mut() else { return };
        let moved = strip.items.iter().map(|item| item.moved(at));
        draft.picture.items.extend(moved);
        let target = |place: Place| Target::Place(place);
        let links = strip.links.iter().map(|(area, to)| (area.moved(at), target(*to)));
        draft.page.links.extend(links);
        let places = strip.places.iter().map(|place| (target(*place), at));
        draft.page.places.extend(places);
    }

    /// The pages, the first of which is number `before` + 1 of the book.
    pub(super) fn finish(self, before: usize, book: &str) -> Vec<Page> {
        let frame = self.frame;
        let pages = self.drafts.into_iter().zip(before..).map(|(draft, index)| {
            let Draft {
                mut page,
                picture,
                head,
            } = draft;
            page.draw(picture);
            if let Some(head) = head {
                page.draw(frame.around(index, book, &head));
            }
            page.label = (index + 1).to_string();
            page
        });
        pages.collect()
    }
}
