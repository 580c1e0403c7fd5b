//! A database of this process' own for what may be more than memory should hold.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, ffi};

use crate::error::{Error, ErrorKind, Result};

/// What errors call it.
const NAME: &str = "temporary file";

/// A private SQLite database without a name. It lives in memory up to a bound; what is more goes to a temporary file, which
/// SQLite removes from its folder as soon as it has opened it, so that it is gone with the process however that ends. The
/// folder is the first that can be written of `SQLITE_TMPDIR`, `TMPDIR`, `/var/tmp`, `/usr/tmp` and `/tmp`.
#[derive(Debug)]
pub struct Scratch {
    connection: Connection,
}

/// A value to store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// A whole number.
    Number(i64),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Number(number) => ValueRef::Integer(*number),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// A stored value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// A whole number; 0 where there was nothing.
    Number(i64),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Stored {
    /// The number; 0 of bytes.
    pub fn number(&self) -> i64 {
        match self {
            Self::Number(number) => *number,
            Self::Bytes(_) => 0,
        }
    }
}

impl Scratch {
    /// An empty one that keeps about this much in memory.
    pub fn open(kibibytes: u32) -> Result<Self> {
        let connection = Connection::open("").map_err(|cause| error(&cause))?;
        let scratch = Self { connection };
        // Nobody wants what is in it after an error: no journal, and one transaction from beginning to end.
        scratch.batch(&format!(
            "PRAGMA temp_store = FILE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; \
             PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -{kibibytes}; BEGIN"
        ))?;
        Ok(scratch)
    }

    /// Runs statements.
    pub fn batch(&self, sql: &str) -> Result<()> {
        self.connection.execute_batch(sql).map_err(|cause| error(&cause))
    }

    /// Runs one statement and returns how many rows it changed.
    pub fn run(&self, sql: &str, cells: &[Cell<'_>]) -> Result<usize> {
        let run = || {
            self.connection
                .prepare_cached(sql)?
                .execute(rusqlite::params_from_iter(cells))
        };
        run().map_err(|cause| error(&cause))
    }

    /// The rows of a query, for few at a time.
    pub fn rows(&self, sql: &str, cells: &[Cell<'_>]) -> Result<Vec<Vec<Stored>>> {
        let read = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let width = statement.column_count();
            let stored = |row: &rusqlite::Row<'_>| (0..width).map(|at| Ok(stored(row.get_ref(at)?))).collect();
            let rows = statement.query_map(rusqlite::params_from_iter(cells), stored)?;
            rows.collect::<rusqlite::Result<Vec<Vec<Stored>>>>()
        };
        read().map_err(|cause| error(&cause))
    }
}

fn stored(value: ValueRef<'_>) -> Stored {
    match value {
        ValueRef::Integer(number) => Stored::Number(number),
        ValueRef::Blob(bytes) | ValueRef::Text(bytes) => Stored::Bytes(bytes.to_vec()),
        ValueRef::Null | ValueRef::Real(_) => Stored::Number(0),
    }
}

fn error(cause: &rusqlite::Error) -> Error {
    let code = cause.sqlite_error().map(|error| (error.code, error.extended_code));
    let (what, help) = match code {
        Some((ffi::ErrorCode::DiskFull, _)) => (
            "its disk is full",
            "make room, or let SQLITE_TMPDIR name a folder with more of it",
        ),
        Some((ffi::ErrorCode::CannotOpen, _)) => (
            "no folder for temporary files can be written",
            "let SQLITE_TMPDIR name one",
        ),
        Some((ffi::ErrorCode::SystemIoFailure, _)) => (
            "reading or writing it failed",
            "let SQLITE_TMPDIR name a folder on another disk",
        ),
        _ => (
            "SQLite could not go on",
            "try again, and with --integrity proven, which needs no such file",
        ),
    };
    // SQLite's own text could hold a value; the number tells what there is to tell.
    let number = code.map_or_else(String::new, |(_, extended)| format!(" (SQLite's error {extended})"));
    Error::new(ErrorKind::Unsupported, NAME, "putting rows in order")
        .because(format!("{what}{number}"))
        .help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fills one with this many rows of a kibibyte.
    fn fill(scratch: &Scratch, rows: i64) -> Result<()> {
        scratch.batch("CREATE TABLE t (id INTEGER PRIMARY KEY, bytes BLOB)")?;
        for row in 0..rows {
            let cells = [Cell::Number(row), Cell::Bytes(&[7; 1024])];
            scratch.run("INSERT INTO t VALUES (?1, ?2)", &cells)?;
        }
        Ok(())
    }

    #[test]
    fn a_full_disk_is_told_with_a_way_out_and_without_values() {
        let scratch = Scratch::open(256).expect("opens");
        scratch.batch("PRAGMA max_page_count = 20").expect("a small disk");
        let error = fill(&scratch, 1000).expect_err("there is no room");
        assert_eq!(
            error.to_string(),
            "temporary file: putting rows in order: not possible here: its disk is full (SQLite's error 13)"
        );
        assert!(error.next_step().is_some_and(|help| help.contains("SQLITE_TMPDIR")));
    }

    /// A crash, too, must leave no file: its name has to be gone while it is used.
    #[test]
    #[cfg(target_os = "linux")]
    fn what_does_not_fit_goes_to_a_file_without_a_name() {
        let scratch = Scratch::open(256).expect("opens");
        fill(&scratch, 8 * 1024).expect("there is room");
        let open = std::fs::read_dir("/proc/self/fd").expect("of Linux");
        let files: Vec<_> = open
            .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
            .collect();
        let has =
            |files: &[std::path::PathBuf], text: &str| files.iter().any(|path| path.to_string_lossy().contains(text));
        assert!(has(&files, "(deleted)"), "nothing was spilled: {files:?}");
        // As SQLite calls its files.
        let (_, named): (Vec<_>, Vec<_>) = files
            .iter()
            .cloned()
            .partition(|path| path.to_string_lossy().ends_with("(deleted)"));
        assert!(!has(&named, "etilqs"), "{named:?}");
        let rows = scratch.rows("SELECT count(*), max(bytes) FROM t", &[]).expect("rows");
        assert_eq!(rows, [vec![Stored::Number(8 * 1024), Stored::Bytes(vec![7; 1024])]]);
    }
}
