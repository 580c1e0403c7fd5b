//! Limits that a large transaction meets. How much room the disks have, no query tells.

use super::session::Session;
use crate::error::Result;
use crate::room::Room;

const DOING: &str = "asking for limits of the server";

/// What sorting may take on disk, what may be written before a replication slot is lost, and before a standby without a slot
/// is left behind.
const LIMITS: &str = "
SELECT (SELECT CASE WHEN s.setting::pg_catalog.int8 >= 0 THEN s.setting::pg_catalog.int8 * 1024 END
        FROM pg_catalog.pg_settings AS s WHERE s.name = 'temp_file_limit'),
       (SELECT pg_catalog.min(r.safe_wal_size) FROM pg_catalog.pg_replication_slots AS r
        WHERE r.safe_wal_size IS NOT NULL),
       (SELECT s.setting::pg_catalog.int8 * 1024 * 1024 FROM pg_catalog.pg_settings AS s
        WHERE s.name = 'wal_keep_size' AND EXISTS (
            SELECT FROM pg_catalog.pg_stat_replication AS a WHERE NOT EXISTS (
                SELECT FROM pg_catalog.pg_replication_slots AS r WHERE r.active_pid = a.pid)))";

/// As far as they are set.
pub(super) async fn left(session: &mut Session) -> Result<Vec<Room>> {
    let row = session.rows(DOING, LIMITS).await?;
    let mut cells = row.into_iter().flatten();
    let mut next = || cells.next().flatten().map(|text| text.parse::<u64>().unwrap_or(0));
    let limits = [
        (
            "a session's sorts and hashes may take (temp_file_limit)",
            "the proof of relations may need as much, and the move is undone where it does: raise temp_file_limit for this user",
        ),
        (
            "a replication slot is lost for good once more is written than (max_slot_wal_keep_size)",
            "let whoever reads the slot catch up, raise max_slot_wal_keep_size, or move the client in a quiet hour",
        ),
        (
            "for a standby without a replication slot the server keeps (wal_keep_size)",
            "a standby that falls behind further has to be made anew, unless it reads an archive: raise wal_keep_size",
        ),
    ];
    let limits = limits
        .into_iter()
        .filter_map(|(what, help)| Some(Room::new(what, Some(next()?), help)));
    Ok(limits.collect())
}
