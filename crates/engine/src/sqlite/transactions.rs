//! Whether somebody is writing.
//!
//! Nobody is known by name here. Whoever has begun to write holds the file's write lock until it commits: where that lock
//! can be taken, nobody does.

use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::open::is_on_read_only_file_system;
use super::session::Session;
use crate::error::{ErrorKind, Result};
use crate::transactions::OpenTransaction;

/// The one who holds the lock, if there is one. Takes the lock for a moment, by a connection of its own: the session may
/// be one that only reads.
pub(super) fn open(session: &Session) -> Result<Vec<OpenTransaction>> {
    let doing = "looking for open transactions";
    let Some(path) = session.conn.path().filter(|path| !path.is_empty()) else {
        return Ok(vec![]);
    };
    // Nothing is read, and nothing waited for: a lock may be held for long.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let writer = Connection::open_with_flags(path, flags).map_err(|cause| session.error(doing, &cause))?;
    if writer.is_readonly("main").unwrap_or(true) {
        if is_on_read_only_file_system(path.as_ref()) {
            return Ok(vec![]);
        }
        let error = session.refuse(ErrorKind::Privilege, doing, "the file cannot be written");
        return Err(
            error.help("only who may write to the file can tell whether somebody does: give this user the file")
        );
    }
    let tried = writer
        .busy_timeout(Duration::ZERO)
        .and_then(|()| writer.execute_batch("BEGIN IMMEDIATE; ROLLBACK"));
    match tried {
        Ok(()) => Ok(vec![]),
        Err(cause) if cause.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
            Ok(vec![OpenTransaction::of_session("", None, None).told(
                "somebody who holds the write lock of the file",
                None,
                None,
            )])
        }
        Err(cause) => Err(session.error(doing, &cause)),
    }
}
