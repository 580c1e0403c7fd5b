//! Clients in files: [`Export`] writes one, [`Import`] reads it into a database.
//!
//! | word | meaning |
//! |---|---|
//! | manifest | the head of a file: whose rows, of which tables and columns, from which product |
//! | trailer | the end of a file: how many rows, and their digests; a file without it is not whole |
//! | form | how a column's values are written, whatever product they come from |
//! | mask | what is put in the place of a column's values |
//!
//! Rows are selected, claimed and proved by the same code as those of a move; see `exodus-transfer`.

mod channel;
mod context;
mod csv;
mod digest;
mod error;
mod export;
mod folder;
mod format;
mod import;
mod input;
mod jsonl;
mod manifest;
mod mask;
mod output;
#[cfg(feature = "parquet")]
mod parquet;
mod rows;
mod sql;
mod sqlite;
#[cfg(test)]
mod tests;
mod text;

pub use context::{Context, Needed};
pub use error::{Error, Result};
pub use export::Export;
pub use format::{Format, SqlDialect};
pub use import::{Import, Imported, Opened};
pub use manifest::{Counted, FileColumn, FileTable, Manifest, Trailer, VERSION};
pub use mask::{Mask, Masks, Method, ParseMaskError};
pub use output::Place;
