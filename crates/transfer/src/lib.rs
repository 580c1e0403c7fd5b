//! Moving one client: the plan, the copy, the proof, and the removal of what was moved.

mod journal;
mod key;

pub use journal::{Event, Journal, JournalError, Status, UnknownWord};
pub use key::{ClientKey, ParseKeyError};
