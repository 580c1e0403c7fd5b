//! What this user may not do.

use exodus_schema::introspect::is_granted;

use super::connection::MySqlConnection;
use crate::connection::Connection as _;
use crate::error::{Error, ErrorKind, Result};
use crate::privileges::{Lacking, Needed, Use};

const DOING: &str = "asking what this user may do";
const STAGING: &str = "CREATE TEMPORARY TABLES";

impl MySqlConnection {
    /// What the user lacks of all that is needed.
    pub(super) async fn lacks(&mut self, needed: &[Needed]) -> Result<Vec<Lacking>> {
        let lines = match self.query("SHOW GRANTS").await {
            Ok(rows) => rows,
            Err(error) if error.kind() == ErrorKind::Lost => return Err(error.while_doing(DOING)),
            // Without grant tables the question is an error, and everything is allowed.
            Err(_) => return Ok(vec![]),
        };
        let lines: Vec<&str> = lines.iter().flatten().flatten().map(String::as_str).collect();
        let own = self.query("SELECT DATABASE()").await;
        let own = own.map_err(|error: Error| error.while_doing(DOING))?;
        let own = own.into_iter().flatten().flatten().next().unwrap_or_default();
        let mut found = vec![];
        for one in needed {
            let database = match one.table.schema.as_str() {
                "" => &*own,
                named => named,
            };
            let mut lacking = privileges(&one.uses);
            lacking.retain(|privilege| !is_granted(&lines, privilege, (database, &one.table.name)));
            if lacking.is_empty() {
                continue;
            }
            let (what, dialect) = (lacking.join(", "), self.dialect());
            // On a table that is not there nothing can be granted.
            let table = if one.uses.contains(&Use::Make) {
                "*".to_owned()
            } else {
                dialect.quote(&one.table.name)
            };
            let grant = format!(
                "GRANT {what} ON {}.{table} TO {}",
                dialect.quote(database),
                self.grantee().await
            );
            if !found.iter().any(|other: &Lacking| other.grant == grant) {
                found.push(Lacking {
                    table: one.table.clone(),
                    what,
                    grant,
                });
            }
        }
        // Temporary tables are the database's that the session is in.
        let staged = needed.iter().find(|one| one.uses.contains(&Use::Stage));
        if let Some(one) = staged
            && !is_granted(&lines, STAGING, (&own, "*"))
        {
            let (database, grantee) = (self.dialect().quote(&own), self.grantee().await);
            found.push(Lacking {
                table: one.table.clone(),
                what: format!("{STAGING} on {database}"),
                grant: format!("GRANT {STAGING} ON {database}.* TO {grantee}"),
            });
        }
        Ok(found)
    }

    /// The account of this session, as a statement names it.
    pub(super) async fn grantee(&mut self) -> String {
        let user = self.query("SELECT CURRENT_USER()").await;
        let user = user.ok().and_then(|rows| rows.into_iter().flatten().next().flatten());
        user.as_deref().and_then(|user| user.rsplit_once('@')).map_or_else(
            || "the user".to_owned(),
            |(user, host)| format!("{}@{}", self.dialect().text(user), self.dialect().text(host)),
        )
    }
}

/// By the names of the privileges, each once. Whoever may remove rows may lock them; to hold them, reading is enough.
fn privileges(uses: &[Use]) -> Vec<&'static str> {
    let of_use = |one: &Use| -> &[&str] {
        match one {
            Use::Read => &["SELECT"],
            Use::Write => &["INSERT"],
            Use::Set => &["UPDATE"],
            Use::Remove => &["DELETE"],
            Use::Refer => &["REFERENCES"],
            Use::Make => &["ALTER", "CREATE", "DROP", "LOCK TABLES", "REFERENCES"],
            Use::Lock | Use::Hold | Use::Generate | Use::Stage => &[],
        }
    };
    let mut names: Vec<_> = uses.iter().flat_map(of_use).copied().collect();
    names.sort_unstable();
    names.dedup();
    names
}
