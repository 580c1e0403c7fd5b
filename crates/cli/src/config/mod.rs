//! `exodus.toml`.

/// The configuration, read and checked.
#[derive(Debug, Default)]
pub(crate) struct Config {}
