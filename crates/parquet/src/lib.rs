//! Rows of one table in a Parquet file, and back, with nothing lost.
//!
//! | word | meaning |
//! |---|---|
//! | stored | what Parquet holds a column's values as: `int64`, `decimal(9,2)`, `date` |
//! | written | values that Parquet has no type for, or of which one does not fit the column's type: as texts |
//! | group | the rows that are held in memory before they are written, a row group of the file |
//!
//! What a column is stored as follows from its type where every value fits it. Parquet wants to know that before the first
//! row is written, and the rows are a stream: so it is decided by the first group. Where a later value does not fit, the
//! rows are asked for [`Again`](Ended::Again), and the second time all of them are known.
//!
//! In a crate of its own, for what it is built on takes about as long to build as half of the rest.

mod choose;
mod error;
mod number;
mod read;
mod stored;
#[cfg(test)]
mod tests;
mod write;

use exodus_engine::value::{Form, Value};
use exodus_schema::Kind;

pub use error::{Error, Result};
pub use read::Reader;
pub use stored::Stored;
pub use write::{Ended, Writer};

/// A column of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The form of its values.
    pub form: Form,
    /// Its type, as the product calls it.
    pub native_type: String,
    /// Its kind.
    pub kind: Kind,
}

/// How values are written as texts, and read from them.
#[derive(Clone, Copy, Debug)]
pub struct Texts {
    /// Appends the text of a value that is not NULL.
    pub write: fn(Form, &Value<'_>, &mut Vec<u8>),
    /// Reads it again.
    pub read: fn(Form, &str) -> Option<Value<'static>>,
}
