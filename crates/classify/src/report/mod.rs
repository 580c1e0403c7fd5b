//! The classification as text for people and as JSON for programs.

pub mod json;
mod layout;
mod text;
mod words;

#[cfg(test)]
mod tests;

pub use layout::{WIDTH, wrap};
pub use text::{Styles, candidates, classification};
pub use words::{reason, summary};
