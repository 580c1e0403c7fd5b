//! The one question introspection asks of a connection.

use std::future::Future;

/// A row of a catalogue query, every value as text.
pub type TextRow = Vec<Option<String>>;

/// Runs catalogue queries.
///
/// The contract: `sql` is one read-only statement without parameters; all of its rows come back, in order, every value
/// in the server's text form, NULL as `None`. An error leaves the connection usable for nothing but closing. The
/// caller never interpolates anything but names it read from the same catalogue, quoted.
pub trait Catalogue {
    /// What the connection fails with.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Runs `sql` and returns all rows.
    fn rows(&mut self, sql: &str) -> impl Future<Output = Result<Vec<TextRow>, Self::Error>> + Send;
}
