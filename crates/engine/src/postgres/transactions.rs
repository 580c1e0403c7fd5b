//! Which transactions are open.
//!
//! Each transaction holds a lock on its own virtual number from its beginning to its end, and `pg_locks` shows these to
//! every role. A prepared one has given it up, and stands in `pg_prepared_xacts` before it has.

use exodus_schema::{Engine, TextRow};

use super::session::Session;
use crate::dialect::Dialect;
use crate::error::{ErrorKind, Result};
use crate::transactions::{OpenTransaction, shown};

/// What sessions of exodus are called that write nothing, whoever started them: nobody has to wait for these.
pub(super) const READING: &str = "exodus reading";

/// The prepared ones are read last: one that a session prepares in between is met twice, and not missed.
///
/// What the server does on its own has no user. The age is known of one's own role's sessions alone, unless one may read
/// all statistics.
fn sql() -> String {
    format!(
        "SELECT l.virtualtransaction, a.pid, a.usename, a.application_name, \
         pg_catalog.floor(EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - a.xact_start)) \
         FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid \
         WHERE l.locktype = 'virtualxid' AND l.mode = 'ExclusiveLock' AND l.granted \
         AND a.pid <> pg_catalog.pg_backend_pid() AND a.datname = pg_catalog.current_database() \
         AND a.usesysid IS NOT NULL AND a.application_name IS DISTINCT FROM '{READING}' \
         AND COALESCE(a.backend_type, '') NOT IN ('autovacuum worker', 'parallel worker') \
         AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_get_wal_senders() AS w WHERE w.pid = l.pid) \
         ORDER BY a.pid; \
         SELECT p.transaction, NULL, p.owner, p.gid, \
         pg_catalog.floor(EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - p.prepared)) \
         FROM pg_catalog.pg_prepared_xacts AS p WHERE p.database = pg_catalog.current_database() \
         ORDER BY p.prepared, p.gid"
    )
}

/// Those that may write to this database, without the session's own.
pub(super) async fn open(session: &mut Session) -> Result<Vec<OpenTransaction>> {
    let doing = "looking for open transactions";
    let rows = session.rows(doing, &sql()).await?;
    let read: Option<Vec<_>> = rows.into_iter().map(read).collect();
    read.ok_or_else(|| {
        session
            .failure(ErrorKind::Data, doing)
            .because("a transaction without a number")
    })
}

fn read(row: TextRow) -> Option<OpenTransaction> {
    let [number, pid, user, name, age] = <[Option<String>; 5]>::try_from(row).ok()?;
    let number = number?;
    // A clock that was set back is no reason for a negative age.
    let age = age.map(|age| age.parse().unwrap_or(0));
    let user = user.map_or_else(String::new, |user| format!(" of user {}", shown(&user)));
    let gid = name.unwrap_or_default();
    let name = shown(&gid);
    Some(match pid {
        Some(pid) => {
            let application = match &*name {
                "" => String::new(),
                name => format!(" ({name})"),
            };
            // The virtual number is a session's place and a count of the transactions there: none comes again.
            OpenTransaction::of_session(&number, None, None).told(
                &format!("session {pid}{user}{application}"),
                age,
                Some(format!("SELECT pg_terminate_backend({pid})")),
            )
        }
        None => OpenTransaction::prepared(number, None).told(
            &format!("prepared transaction '{name}'{user}"),
            age,
            (name == gid).then(|| format!("ROLLBACK PREPARED {}", Dialect::of(Engine::Postgres).text(&gid))),
        ),
    })
}
