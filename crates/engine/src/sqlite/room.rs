//! Room for a file to grow.

use super::session::Session;
use crate::error::Result;
use crate::room::Room;

/// What the file system has left, and the file itself.
pub(super) fn left(session: &mut Session) -> Result<Vec<Room>> {
    let file = session.query("SELECT file FROM pragma_database_list WHERE name = 'main'")?;
    let file = file.into_iter().flatten().flatten().next().unwrap_or_default();
    let unused = session
        .query("SELECT f.freelist_count * p.page_size FROM pragma_freelist_count AS f, pragma_page_size AS p")?;
    let unused = unused.into_iter().flatten().flatten().next();
    let unused: u64 = unused.and_then(|text| text.parse().ok()).unwrap_or(0);
    let Some(free) = free_at(&file) else {
        return Ok(vec![]);
    };
    let help = "a move that finds no more room is undone: make room on the file system, or place the file elsewhere";
    Ok(vec![Room::new(
        "the file system of its file has",
        Some(free.saturating_add(unused)),
        help,
    )])
}

/// Bytes that an ordinary user may still write where the file is.
#[cfg(unix)]
fn free_at(file: &str) -> Option<u64> {
    let told = rustix::fs::statvfs(file).ok()?;
    told.f_bavail.checked_mul(told.f_frsize)
}

#[cfg(not(unix))]
fn free_at(_: &str) -> Option<u64> {
    None
}
