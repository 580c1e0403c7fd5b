//! How much room there is for rows that come, as far as the product tells.

/// Something that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// What it is, in words that a number of bytes follows.
    pub what: String,
    /// Bytes; `None` where there is an end and nobody says how near it is.
    pub free: Option<u64>,
    /// What happens at its end, and what to do.
    pub help: String,
}

impl Room {
    pub(crate) fn new(what: impl Into<String>, free: Option<u64>, help: &str) -> Self {
        Self {
            what: what.into(),
            free,
            help: help.to_owned(),
        }
    }
}
