//! Why an export or an import stopped.

use std::io;

use exodus_transfer::Problem;

/// A failure of an export or an import. An export leaves no file behind that looks whole, an import no row.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A database failed, or its rows are not as they should be.
    #[error(transparent)]
    Transfer(#[from] exodus_transfer::Error),
    /// The system refused to read or write a file.
    #[error("{place}: {doing}: {error}")]
    File {
        /// The file, as people know it.
        place: String,
        /// "writing", "making the file".
        doing: &'static str,
        /// What the system says.
        error: io::Error,
    },
    /// A file is not what it should be: cut off, altered, or of another kind.
    #[error("{place}: {what}")]
    Damaged {
        /// The file, with a line where there is one.
        place: String,
        /// What was found.
        what: String,
        /// What to do.
        help: String,
    },
    /// What was asked for can't be done.
    #[error("{what}")]
    Asked {
        /// What, and why not.
        what: String,
        /// What to do.
        help: String,
    },
    /// The target can't take the file's rows.
    #[error("the import was not begun: {} problem{} found before it", .0.len(), if .0.len() == 1 { " was" } else { "s were" })]
    Refused(Vec<Problem>),
    /// The rows that the client's rows need are others there.
    #[error("{database}: rows that the client's rows need are not those of the source; nothing was left there")]
    Context {
        /// The target.
        database: String,
        /// The tables that differ.
        problems: Vec<Problem>,
    },
    /// The rows on the target are not those that were written.
    #[error(
        "{database}: rows of {} were altered by what the database does to rows that are inserted; nothing was left there",
        .tables.join(", ")
    )]
    Altered {
        /// The target.
        database: String,
        /// The tables that differ.
        tables: Vec<String>,
    },
}

/// Result with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn file(place: &str, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        let place = place.to_owned();
        move |error| Self::File { place, doing, error }
    }

    /// Of a temporary file, whose name nobody asked for: the system's error tells it.
    pub(crate) fn temporary(place: &str, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        let file = Self::file(place, doing);
        move |error| file(io::Error::from(error.kind()))
    }

    pub(crate) fn damaged(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Damaged {
            place: place.into(),
            what: what.into(),
            help: "export the client again, or take another copy of the file; nothing of it was imported".to_owned(),
        }
    }

    pub(crate) fn asked(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Asked {
            what: what.into(),
            help: help.into(),
        }
    }

    #[cfg(not(feature = "parquet"))]
    pub(crate) fn without_parquet() -> Self {
        Self::asked(
            "this exodus was built without Parquet",
            "build it with `cargo build --release --features parquet`, or take --format csv",
        )
    }

    /// What to do next, where it is known.
    pub fn help(&self) -> Option<&str> {
        match self {
            Self::Damaged { help, .. } | Self::Asked { help, .. } => Some(help),
            Self::File { error, .. } => match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    Some("make room, or write elsewhere; what was written so far has been removed")
                }
                io::ErrorKind::PermissionDenied => Some("write where you may, or ask for permission"),
                io::ErrorKind::AlreadyExists => Some("take another name, or replace it with --force"),
                io::ErrorKind::NotFound => Some("check the path: the folder has to be there"),
                io::ErrorKind::BrokenPipe => Some("whoever read the export has stopped: what it got is not whole"),
                _ => None,
            },
            Self::Altered { .. } => {
                Some("a trigger or a rule there changes rows: disable it for the time of the import")
            }
            Self::Transfer(_) | Self::Refused(_) | Self::Context { .. } => None,
        }
    }
}

impl From<exodus_engine::Error> for Error {
    fn from(error: exodus_engine::Error) -> Self {
        Self::Transfer(error.into())
    }
}
