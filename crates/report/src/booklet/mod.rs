//! The booklet: what a person takes along, printed on both sides.

mod code;
mod cover;
mod flow;
mod grid;
mod maps;
mod rich;
mod strip;

use crate::document::{Document, Part, PartName, Place, Section};
use crate::map::Map;
use crate::paper::{Entry, Index, Orientation, PaperOptions};
use crate::pdf::{self, Book, Bookmark, Page, Target};
use crate::picture::Picture;
use crate::{Content, Error};
use flow::{Flow, Frame, is_right};
use maps::Drawing;
use strip::{Begins, Strip};

/// The booklet, as PDF.
pub fn pdf(content: &Content<'_>, map: &Map, options: &PaperOptions) -> Result<Vec<u8>, Error> {
    let panels = map.panels.iter().map(|panel| Drawing {
        number: panel.number,
        title: panel.title.clone(),
        picture: panel.picture(content),
    });
    let panels: Vec<_> = panels.collect();
    let document = Document::new(content);
    pdf::write(&book(content, &document, &map.picture(content), &panels, options))
}

fn book(
    content: &Content<'_>,
    document: &Document,
    whole: &Picture,
    panels: &[Drawing],
    options: &PaperOptions,
) -> Book {
    let options = PaperOptions {
        // It is held like a book, unless somebody wants otherwise.
        orientation: match options.orientation {
            Orientation::Fitting => Orientation::Portrait,
            turned => turned,
        },
        ..*options
    };
    let frame = Frame::new(&options);
    let mut flow = Flow::new(frame);
    for part in &document.parts {
        flow.head(part.name.title());
        flow.strips(&strips(part, frame.area(0).width));
        if part.name == PartName::Map {
            maps::add(&mut flow, whole, panels, &options);
        }
    }
    let title = document.cover.title.clone();
    let bookmarks = flow.bookmarks.clone();
    let mut pages = front(document, &frame, &bookmarks);
    let before = pages.len();
    pages.extend(flow.finish(before, &title));
    let moved = bookmarks.into_iter().map(|mark| Bookmark {
        page: mark.page + before,
        ..mark
    });
    Book {
        title: format!("{title}: clients' tables, hazards and the order of a move"),
        date: content.about.date.clone(),
        version: content.about.version.clone(),
        pages,
        bookmarks: moved.collect(),
    }
}

/// Cover and contents, as many pages as let the rest begin on the right.
fn front(document: &Document, frame: &Frame, bookmarks: &[Bookmark]) -> Vec<Page> {
    let blank = || Page::new(frame.width, frame.height, "");
    let mut pages = vec![cover::page(&document.cover, frame), blank()];
    // How many pages it takes does not hang on the numbers in it.
    let contents = |before: usize| contents(frame, bookmarks, before);
    let mut before = pages.len() + contents(0).len();
    before += usize::from(!is_right(before));
    pages.extend(contents(before));
    while pages.len() < before {
        pages.push(blank());
    }
    for (page, number) in pages.iter_mut().zip(1..) {
        page.label = format!("{number}");
    }
    pages
}

fn contents(frame: &Frame, bookmarks: &[Bookmark], before: usize) -> Vec<Page> {
    let mut index = Index::plain((frame.width, frame.height), frame.area(0));
    let entry = |mark: &Bookmark| Entry {
        name: mark.title.clone(),
        sheet: (mark.page + before + 1).to_string(),
        to: Target::Page(mark.page + before),
        place: None,
    };
    let of_depth =
        |depth: usize| -> Vec<_> { bookmarks.iter().filter(|mark| mark.depth == depth).map(entry).collect() };
    index.list("Contents", &of_depth(0));
    index.list("In detail", &of_depth(1));
    index.finish()
}

/// A part and its sections. Those that people look for begin on the right, the others on any page.
fn strips(part: &Part, width: f64) -> Vec<Strip> {
    let title = part.name.title();
    let mut all = strip::heading(&title.into(), 18.0, width, 0.0);
    if let Some(first) = all.first_mut() {
        first.begins = match part.name {
            PartName::Map | PartName::Tables | PartName::Hazards => Begins::Right,
            PartName::Changes | PartName::Order | PartName::Others | PartName::Glossary => Begins::Page,
        };
        first.entry = Some((0, title.to_owned()));
        first.places.push(Place::Part(part.name));
    }
    all.extend(strip::spaced(strip::blocks(&part.blocks, width), 6.0));
    // A heading alone on its page belongs to the section that comes.
    let mut first = all.len() <= 1;
    for section in &part.sections {
        all.extend(self::section(section, width, !first));
        first = false;
    }
    all
}

fn section(section: &Section, width: f64, turns: bool) -> Vec<Strip> {
    let mut all = strip::heading(&section.title, 13.0, width, 16.0);
    if let Some(first) = all.first_mut() {
        first.places.extend(section.place);
        first.entry = Some((1, words(section)));
        if section.own_page && turns {
            first.begins = Begins::Page;
        }
    }
    all.extend(strip::blocks(&section.blocks, width));
    all
}

/// The title without the badge's letter.
fn words(section: &Section) -> String {
    let mut line = section.title.clone();
    line.0
        .retain(|span| matches!(span, crate::document::Span::Words { .. }));
    line.plain().trim().to_owned()
}

#[cfg(test)]
mod tests;
