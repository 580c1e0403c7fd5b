//! Names that transactions and sessions of exodus hold, so that others of its kind wait for them.

use exodus_schema::Engine;

use crate::dialect::Dialect;

/// How long a session waits for a name that another one holds, in seconds; as long as for any other lock.
const PATIENCE: u32 = 30;

/// Names that a session holds until it gives them back or ends, whatever its transactions do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionClaim {
    /// Waits for the names, one after the other, and takes them; gives how many were got.
    pub take: String,
    /// Gives them back.
    pub release: String,
}

impl Dialect {
    /// The query that holds a name until the transaction ends, and waits while another transaction holds it; `None` where
    /// uncommitted rows can be waited for.
    ///
    /// PostgreSQL alone lets nobody wait for a row that was inserted and not committed: it can't be seen. MySQL and
    /// MariaDB let a locking read wait for it, and SQLite has one writer at a time.
    pub fn claim(self, name: &str) -> Option<String> {
        self.claims(&[name.to_owned()])
    }

    /// The same for several names at once.
    pub fn claims(self, names: &[String]) -> Option<String> {
        let locks = names.iter().map(|name| {
            format!(
                "pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended({}, 0))",
                self.text(name)
            )
        });
        match self.engine() {
            Engine::Postgres => Some(format!("SELECT {}", locks.collect::<Vec<_>>().join(", "))),
            Engine::MySql | Engine::MariaDb | Engine::Sqlite => None,
        }
    }

    /// How a session holds names over several transactions, where there is no [`claim`](Self::claim) that one of them
    /// could hold meanwhile.
    ///
    /// The server has these names for all of its databases together, and takes at most 64 characters of each.
    pub fn session_claim(self, names: &[String]) -> Option<SessionClaim> {
        let names = names.iter().map(|name| self.text(name));
        let names = names.map(|name| format!("CONCAT('exodus ', SHA2(CONCAT(DATABASE(), ' ', {name}), 224))"));
        let names: Vec<String> = names.collect();
        let each = |call: &dyn Fn(&String) -> String| names.iter().map(call).collect::<Vec<_>>();
        match self.engine() {
            Engine::MySql | Engine::MariaDb => Some(SessionClaim {
                take: format!(
                    "SELECT {}",
                    each(&|name| format!("GET_LOCK({name}, {PATIENCE})")).join(" + ")
                ),
                release: format!("SELECT {}", each(&|name| format!("RELEASE_LOCK({name})")).join(", ")),
            }),
            Engine::Postgres | Engine::Sqlite => None,
        }
    }
}
