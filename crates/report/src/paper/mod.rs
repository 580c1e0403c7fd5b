//! Paper: sizes, and a drawing over several sheets.

mod clusters;
mod furniture;
mod index;
mod poster;
mod tiles;

use crate::map::Map;
use crate::pdf::{self, Book};
use crate::{Content, Error};

pub(crate) use index::{Entry, Index};
pub use tiles::{Drawing, Sheet, Tiling, sheet_name};

/// Points in a millimetre.
pub const MILLIMETRE: f64 = 72.0 / 25.4;

/// A size of paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// 210 × 297 mm.
    #[default]
    A4,
    /// 297 × 420 mm.
    A3,
    /// 420 × 594 mm.
    A2,
    /// 594 × 841 mm.
    A1,
    /// 841 × 1189 mm.
    A0,
    /// 8.5 × 11 inches.
    Letter,
    /// 11 × 17 inches.
    Tabloid,
}

/// How paper is turned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Orientation {
    /// As fits better; a booklet stands upright.
    #[default]
    Fitting,
    /// Upright.
    Portrait,
    /// On its side.
    Landscape,
}

/// How the map comes onto sheets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Split {
    /// As one picture, to be glued together where it needs several sheets.
    #[default]
    Tiles,
    /// A sheet for each panel.
    Clusters,
}

/// How large it is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Fit {
    /// So that it can be read, on as few sheets as that takes.
    #[default]
    Readable,
    /// On at most so many sheets, as large as they allow.
    Sheets(usize),
    /// 1.0 for its own size.
    Scale(f64),
}

/// How it is printed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PaperOptions {
    /// The paper.
    pub size: Size,
    /// Which way it lies.
    pub orientation: Orientation,
    /// What stays free of the drawing on each side, in points; [`Self::LEAST_MARGIN`] at least.
    pub margin: f64,
    /// Sheets.
    pub split: Split,
    /// Its scale.
    pub fit: Fit,
}

impl Default for PaperOptions {
    fn default() -> Self {
        Self {
            size: Size::default(),
            orientation: Orientation::default(),
            margin: 12.0 * MILLIMETRE,
            split: Split::default(),
            fit: Fit::default(),
        }
    }
}

impl Size {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::A4,
        Self::A3,
        Self::A2,
        Self::A1,
        Self::A0,
        Self::Letter,
        Self::Tabloid,
    ];

    /// As it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::A3 => "a3",
            Self::A2 => "a2",
            Self::A1 => "a1",
            Self::A0 => "a0",
            Self::Letter => "letter",
            Self::Tabloid => "tabloid",
        }
    }

    /// Width and height of the upright sheet, in points.
    pub fn points(self) -> (f64, f64) {
        let mm = |width: f64, height: f64| (width * MILLIMETRE, height * MILLIMETRE);
        match self {
            Self::A4 => mm(210.0, 297.0),
            Self::A3 => mm(297.0, 420.0),
            Self::A2 => mm(420.0, 594.0),
            Self::A1 => mm(594.0, 841.0),
            Self::A0 => mm(841.0, 1189.0),
            Self::Letter => (612.0, 792.0),
            Self::Tabloid => (792.0, 1224.0),
        }
    }
}

impl PaperOptions {
    /// Names of sheets and their neighbours stand in the margin, and printers leave some of it white.
    pub const LEAST_MARGIN: f64 = 9.0 * MILLIMETRE;

    /// The margin, as far as it can be had.
    pub(crate) fn margin(&self) -> f64 {
        let (width, height) = self.size.points();
        let most = width.min(height) / 4.0;
        // A number that is none is no margin either.
        if self.margin.is_finite() {
            self.margin.clamp(Self::LEAST_MARGIN, most)
        } else {
            Self::LEAST_MARGIN
        }
    }

    /// The ways in which a sheet may lie.
    pub(crate) fn turned(&self) -> Vec<(f64, f64)> {
        let (width, height) = self.size.points();
        match self.orientation {
            Orientation::Fitting => vec![(width, height), (height, width)],
            Orientation::Portrait => vec![(width, height)],
            Orientation::Landscape => vec![(height, width)],
        }
    }
}

/// The map on paper, as PDF.
pub fn pdf(content: &Content<'_>, map: &Map, options: &PaperOptions) -> Result<Vec<u8>, Error> {
    let pages = match options.split {
        Split::Tiles => poster::pages(content, &map.picture(content), options),
        Split::Clusters => {
            let panels = map.panels.iter().map(|panel| clusters::Panel {
                number: panel.number,
                title: panel.title.clone(),
                picture: panel.picture(content),
            });
            clusters::pages(content, &panels.collect::<Vec<_>>(), options)
        }
    };
    pdf::write(&book(content, pages))
}

fn book(content: &Content<'_>, pages: index::Pages) -> Book {
    Book {
        title: furniture::title(content),
        date: content.about.date.clone(),
        version: content.about.version.clone(),
        pages: pages.pages,
        bookmarks: pages.bookmarks,
    }
}

#[cfg(test)]
mod tests;
