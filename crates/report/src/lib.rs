//! The map on the wall: what was found about a schema as drawings, pages and paper.
//!
//! Everything is made of a [`Content`]: a [`Report`](exodus_classify::report::Report) of the classification, with numbers
//! for its hazards.

mod base64;
mod booklet;
pub mod changes;
pub mod content;
pub mod csv;
pub mod document;
pub mod fingerprint;
pub mod font;
pub mod format;
mod geometry;
pub mod graph;
pub mod html;
pub mod json;
pub mod map;
pub mod markdown;
pub mod paper;
pub mod pdf;
pub mod picture;
pub mod png;
mod signs;
pub mod style;
pub mod svg;
#[cfg(test)]
mod testing;

pub use content::{About, Content, Mark};
pub use format::{Format, Options, Output, Writer};

/// A report can't be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A drawing can't be made, in words.
    #[error("the drawing can't be made: {0}")]
    Drawing(String),
}
