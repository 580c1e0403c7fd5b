//! Whether a server takes writes at all. A standby answers every question, but its rows may be those of a while ago, and
//! none can be removed or locked there.

use exodus_schema::Engine;

use crate::connection::Session;
use crate::error::Result;

/// Why nobody may write to this server, in words that follow its name; `None` where it says nothing of the kind.
///
/// A replica of MySQL or MariaDB that is not `read_only` can't be told from its source without a privilege.
pub async fn refuses_writes(session: &mut Session) -> Result<Option<&'static str>> {
    let (sql, why) = match session.engine() {
        Engine::Postgres => ("SELECT pg_is_in_recovery()", "is a standby server"),
        Engine::MySql | Engine::MariaDb => (
            "SELECT @@global.read_only, @@global.innodb_read_only",
            "is a replica, or its server is read_only",
        ),
        Engine::Sqlite => return Ok(None),
    };
    let rows = session.query(sql).await?;
    // Newer MariaDBs have more kinds of `read_only` than ON.
    let takes = |cell: &Option<String>| matches!(cell.as_deref(), Some("f" | "0" | "OFF"));
    Ok((!rows.iter().flatten().all(takes)).then_some(why))
}
