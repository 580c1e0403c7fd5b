//! Why a file could not be written or read. No error quotes a value.

use std::io;

use parquet::errors::ParquetError;

/// A failure.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refused to write or read.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The file is not what it should be.
    #[error("{0}")]
    Damaged(String),
    /// The rows can't be written as Parquet.
    #[error("{0}")]
    Unwritable(String),
}

/// Result with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// While writing.
    pub(crate) fn writing(error: ParquetError) -> Self {
        match error {
            ParquetError::External(cause) => match cause.downcast::<io::Error>() {
                Ok(cause) => Self::File(*cause),
                Err(cause) => Self::Unwritable(cause.to_string()),
            },
            other => Self::Unwritable(other.to_string()),
        }
    }

    /// While reading. What the library says is left out: it may quote what it has read.
    pub(crate) fn reading(what: &str) -> impl Fn(ParquetError) -> Self {
        move |error| match error {
            ParquetError::External(cause) => match cause.downcast::<io::Error>() {
                Ok(cause) if cause.kind() != io::ErrorKind::UnexpectedEof => Self::File(*cause),
                _ => Self::Damaged(what.to_owned()),
            },
            _ => Self::Damaged(what.to_owned()),
        }
    }
}
