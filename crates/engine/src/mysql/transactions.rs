//! Which transactions are open.
//!
//! InnoDB shows them in `information_schema.innodb_trx`, out of a copy that it makes anew only where nobody has read it for
//! 100 ms: whoever looks too soon after somebody else is shown the past. So that list is the last choice. MySQL's
//! `performance_schema` and MariaDB's monitor show what is now. Only the list has on MariaDB who can't write.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use exodus_schema::{Engine, TextRow};
use mysql_async::Opts;

use super::connection::MySqlConnection;
use super::monitor::{self, Active};
use crate::connection::Connection as _;
use crate::error::{Error, ErrorKind, Result};
use crate::transactions::{OpenTransaction, shown};

/// Numbers from here on are no numbers of transactions, but made up for those that have written nothing.
const MADE_UP: u64 = 1 << 48;

pub(super) const DOING: &str = "looking for open transactions";

/// Whether MySQL writes down the transactions of all sessions.
const EVENTS_ARE_KEPT: &str = "SELECT 1 FROM performance_schema.global_status AS s \
    WHERE s.VARIABLE_NAME = 'Performance_schema_thread_instances_lost' AND s.VARIABLE_VALUE = '0' \
    AND (SELECT COUNT(*) FROM performance_schema.setup_consumers AS c WHERE c.ENABLED = 'YES' AND c.NAME IN \
    ('events_transactions_current', 'global_instrumentation', 'thread_instrumentation')) = 3 \
    AND (SELECT COUNT(*) FROM performance_schema.setup_instruments AS i \
    WHERE i.NAME = 'transaction' AND i.ENABLED = 'YES') = 1 \
    AND NOT EXISTS (SELECT 1 FROM performance_schema.threads AS t \
    WHERE t.PROCESSLIST_ID IS NOT NULL AND t.INSTRUMENTED = 'NO')";

/// A transaction of a session is known by the number of its event. One that is prepared is nobody's any more, whatever its
/// session's last event says.
fn events(databases: &str) -> String {
    format!(
        "SELECT t.PROCESSLIST_ID, e.EVENT_ID, FLOOR(e.TIMER_WAIT / 1000000000000), t.PROCESSLIST_USER, \
         t.PROCESSLIST_HOST FROM performance_schema.events_transactions_current AS e \
         JOIN performance_schema.threads AS t ON t.THREAD_ID = e.THREAD_ID \
         WHERE t.PROCESSLIST_ID <> CONNECTION_ID() AND e.STATE = 'ACTIVE' AND e.ACCESS_MODE <> 'READ ONLY' \
         AND (e.XA_STATE IS NULL OR e.XA_STATE <> 'PREPARED') \
         AND (t.PROCESSLIST_DB IS NULL OR t.PROCESSLIST_DB IN ({databases})) ORDER BY t.PROCESSLIST_ID"
    )
}

/// Which server it is, among those that this process has to do with.
pub(super) fn server(opts: &Opts) -> String {
    let socket = opts.socket().unwrap_or_default();
    format!("{} {} {socket}", opts.ip_or_hostname(), opts.tcp_port())
}

/// The sessions of this process that write nothing.
static READING: Mutex<BTreeSet<(String, String)>> = Mutex::new(BTreeSet::new());

/// Such a session, as long as it is there.
#[derive(Debug)]
pub(super) struct Reading((String, String));

impl Reading {
    pub(super) fn new(opts: &Opts, id: u64) -> Self {
        let session = (server(opts), id.to_string());
        READING
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(session.clone());
        Self(session)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        READING.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

impl MySqlConnection {
    /// Those that may write to this database, without the session's own.
    pub(super) async fn others_transactions(&mut self, schemas: &[String]) -> Result<Vec<OpenTransaction>> {
        let databases = self.databases(schemas).await?;
        let found = match self.session.engine {
            Engine::MySql => self.by_events(&databases).await?,
            _ => self.by_monitor(&databases).await?,
        };
        match found {
            Some(found) => Ok(found),
            None => self.by_list(&databases).await,
        }
    }

    /// The databases in which somebody may be writing, as a list of SQL.
    async fn databases(&mut self, schemas: &[String]) -> Result<String> {
        let own = self
            .query("SELECT DATABASE()")
            .await
            .map_err(|error| error.while_doing(DOING))?;
        let own = own.into_iter().flatten().flatten();
        let named = schemas.iter().filter(|schema| !schema.is_empty()).cloned();
        let all: BTreeSet<_> = own.chain(named).map(|name| self.dialect().text(&name)).collect();
        // Nothing is equal to NULL.
        let all = all.into_iter().chain(["NULL".to_owned()]);
        Ok(all.collect::<Vec<_>>().join(", "))
    }

    /// By the events of MySQL, if it keeps them and shows them.
    async fn by_events(&mut self, databases: &str) -> Result<Option<Vec<OpenTransaction>>> {
        match self.query(EVENTS_ARE_KEPT).await {
            Ok(kept) if !kept.is_empty() => {}
            Err(error) if error.kind() == ErrorKind::Lost => return Err(error.while_doing(DOING)),
            _ => return Ok(None),
        }
        let rows = self
            .query(&events(databases))
            .await
            .map_err(|error| error.while_doing(DOING))?;
        let read: Option<Vec<_>> = rows.into_iter().map(read_event).collect();
        let Some(mut open) = read else { return Ok(None) };
        // After the sessions: what one of them prepares in between is met twice, and not missed.
        let Some(active) = self.monitor().await? else {
            return Ok(None);
        };
        let prepared = active.into_iter().filter(|one| one.prepared);
        open.extend(prepared.map(|one| detached(one.number, None, one.age)));
        Ok(Some(open))
    }

    /// By the monitor of MariaDB.
    async fn by_monitor(&mut self, databases: &str) -> Result<Option<Vec<OpenTransaction>>> {
        let Some(mut active) = self.monitor().await? else {
            return Ok(None);
        };
        active.retain(|one| one.session.as_ref().is_none_or(|session| !self.is_reading(session)));
        if active.is_empty() {
            return Ok(Some(vec![]));
        }
        let sessions = self.sessions(databases).await?;
        let read = |one: Active| {
            let began = sessions.now.and_then(|now| now.checked_sub_unsigned(one.age));
            let Some(session) = &one.session else {
                return Some(detached(one.number, began, one.age));
            };
            let who = sessions.all.get(session);
            // One that uses no database may write to any. Of one that has ended meanwhile nothing is known.
            let (user, host) = who.map_or((None, None), |who| (who[0].as_deref(), who[1].as_deref()));
            let is_here = who.is_none_or(|who| who[2].as_deref() != Some("1"));
            is_here.then(|| attached((session, user, host), number(&one.number), began, one.age))
        };
        let mut open: Vec<_> = active.into_iter().filter_map(read).collect();
        if !open.is_empty() {
            let can_not_write = self.seen_to_read_only(databases).await?;
            open.retain(|one| !one.session().is_some_and(|session| can_not_write.contains(session)));
        }
        Ok(Some(open))
    }

    fn is_reading(&self, session: &str) -> bool {
        let known = (server(&self.session.opts), session.to_owned());
        session == self.session.id.to_string()
            || READING.lock().unwrap_or_else(PoisonError::into_inner).contains(&known)
    }

    async fn monitor(&mut self) -> Result<Option<Vec<Active>>> {
        match self.query("SHOW ENGINE INNODB STATUS").await {
            Ok(rows) => {
                let text = rows.into_iter().next().and_then(|row| row.into_iter().nth(2).flatten());
                Ok(text.as_deref().and_then(monitor::active))
            }
            Err(error) => Err(self.may_not_look(error).await),
        }
    }

    /// All sessions of the server: user, host, and whether each uses another database.
    async fn sessions(&mut self, databases: &str) -> Result<Sessions> {
        let sql = format!(
            "SELECT UNIX_TIMESTAMP(), p.id, p.user, p.host, p.db IS NOT NULL AND COALESCE(p.db IN ({databases}), 0) = 0 \
             FROM information_schema.processlist AS p"
        );
        let rows = self.query(&sql).await.map_err(|error| error.while_doing(DOING))?;
        let mut sessions = Sessions::default();
        for row in rows {
            let Ok([now, Some(id), user, host, elsewhere]) = <[Option<String>; 5]>::try_from(row) else {
                continue;
            };
            sessions.now = now.and_then(|now| now.parse().ok());
            sessions.all.insert(id, [user, host, elsewhere]);
        }
        Ok(sessions)
    }

    pub(super) async fn may_not_look(&mut self, error: Error) -> Error {
        if error.kind() != ErrorKind::Privilege {
            return error.while_doing(DOING);
        }
        let grantee = self.grantee().await;
        error
            .while_doing(DOING)
            .help(format!("GRANT PROCESS ON *.* TO {grantee}"))
    }
}

/// What the server says of its sessions, and its clock.
#[derive(Debug, Default)]
struct Sessions {
    now: Option<i64>,
    all: BTreeMap<String, [Option<String>; 3]>,
}

fn read_event(row: TextRow) -> Option<OpenTransaction> {
    let [Some(session), Some(event), age, user, host] = <[Option<String>; 5]>::try_from(row).ok()? else {
        return None;
    };
    let age = age.and_then(|age| age.parse().ok()).unwrap_or(0);
    let who = (&*session, user.as_deref(), host.as_deref());
    Some(attached(who, None, None, age).known_by(format!("{session} {event}")))
}

/// Its number, if it has one already.
pub(super) fn number(text: &str) -> Option<String> {
    let number = text.parse().ok().filter(|number| (1..MADE_UP).contains(number))?;
    Some(number.to_string())
}

/// One that a session has: session, user and host.
pub(super) fn attached(
    (session, user, host): (&str, Option<&str>, Option<&str>),
    number: Option<String>,
    began: Option<i64>,
    age: u64,
) -> OpenTransaction {
    let user = user.map_or_else(String::new, |user| format!(" of user {}", shown(user)));
    let host = host.unwrap_or_default();
    // Without the port.
    let host = match shown(host.rsplit_once(':').map_or(host, |(host, _)| host)) {
        host if host.is_empty() => host,
        host => format!(" from {host}"),
    };
    let (who, end) = (format!("session {session}{user}{host}"), format!("KILL {session}"));
    OpenTransaction::of_session(session, number, began).told(&who, Some(age), Some(end))
}

/// One that nobody has: prepared.
pub(super) fn detached(number: String, began: Option<i64>, age: u64) -> OpenTransaction {
    let who = "prepared transaction, which XA RECOVER lists";
    OpenTransaction::prepared(number, began).told(who, Some(age), None)
}
