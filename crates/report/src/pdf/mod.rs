//! PDF: text that can be selected and searched, the fonts inside, links, bookmarks.

mod draw;
mod page;
mod write;

pub use crate::booklet::pdf as booklet;
pub use crate::paper::pdf as map;

pub(crate) use page::{Book, Bookmark, Layer, Page, Target};
pub(crate) use write::write;

#[cfg(test)]
pub(crate) mod tests;
