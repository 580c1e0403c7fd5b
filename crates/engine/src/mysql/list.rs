//! InnoDB's list of transactions, `information_schema.innodb_trx`.
//!
//! It is a copy that the server makes anew only where nobody has read it for 100 ms. So each look has a name of its own in
//! its statement, and runs in a transaction: where the list has that statement, it was made after the look began.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use exodus_schema::TextRow;
use mysql_async::Opts;

use super::connection::MySqlConnection;
use super::transactions::{DOING, attached, detached, number, server};
use crate::connection::Connection as _;
use crate::error::{Error, ErrorKind, Result};
use crate::transactions::OpenTransaction;

/// How long nobody must have read the list for it to be made anew, and a little more.
const AGE: Duration = Duration::from_millis(110);

/// How long it is tried where others read it, too.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was seen last, for all sessions of this process: together they must not look too often.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// When that look began, and when the list was read last.
    began: Option<Instant>,
    read: Option<Instant>,
    rows: Vec<TextRow>,
}

type Shared = Arc<tokio::sync::Mutex<Seen>>;

/// What has been seen by those who look for the same databases.
fn shared(opts: &Opts, databases: &str) -> Shared {
    static SEEN: Mutex<BTreeMap<String, Shared>> = Mutex::new(BTreeMap::new());
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(seen.entry(format!("{} {}", server(opts), databases)).or_default())
}

/// A name that no other look has.
fn name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("exodus {} {count}", std::process::id())
}

/// Up to 100 ms, by chance: two who look in step would keep the list from both.
fn a_moment() -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Duration::from_nanos(now.map_or(0, |now| u64::from(now.subsec_nanos()) % 100_000_000))
}

/// The last column has something where the list was made for this very statement.
fn sql(name: &str, databases: &str) -> String {
    format!(
        "SELECT /* {name} */ t.trx_id, t.trx_mysql_thread_id, t.trx_is_read_only, UNIX_TIMESTAMP(t.trx_started), \
         TIMESTAMPDIFF(SECOND, t.trx_started, NOW()), p.user, p.host, \
         p.db IS NOT NULL AND COALESCE(p.db IN ({databases}), 0) = 0, \
         CASE WHEN t.trx_mysql_thread_id = CONNECTION_ID() AND t.trx_query LIKE '%/* {name} */%' THEN 1 END \
         FROM information_schema.innodb_trx AS t \
         LEFT JOIN information_schema.processlist AS p ON p.id = t.trx_mysql_thread_id \
         ORDER BY t.trx_started, t.trx_mysql_thread_id, t.trx_id"
    )
}

impl MySqlConnection {
    /// The transactions that may write to this database, without the session's own.
    pub(super) async fn by_list(&mut self, databases: &str) -> Result<Vec<OpenTransaction>> {
        let asked = Instant::now();
        let shared = shared(&self.session.opts, databases);
        let mut seen = shared.lock().await;
        // What somebody has begun to look at since will do for both.
        while seen.began.is_none_or(|began| began < asked) {
            if asked.elapsed() > PATIENCE {
                return Err(Error::new(ErrorKind::Unsupported, &self.name, DOING)
                    .because("the server shows the same list again and again, as it does where somebody reads it all the time")
                    .help("stop what reads information_schema.innodb_trx many times a second, and try again"));
            }
            if let Some(read) = seen.read {
                tokio::time::sleep((AGE + a_moment()).saturating_sub(read.elapsed())).await;
            }
            self.look(&mut seen, databases).await?;
        }
        let own = self.session.id.to_string();
        let open = seen.rows.iter().filter(|row| is_waited_for(row, &own)).map(read);
        open.collect::<Option<_>>()
            .ok_or_else(|| Error::new(ErrorKind::Data, &self.name, DOING).because("a transaction without a number"))
    }

    /// Sessions whose transactions were declared to write nothing, as far as that can be learned at once.
    pub(super) async fn seen_to_read_only(&mut self, databases: &str) -> Result<BTreeSet<String>> {
        let asked = Instant::now();
        let shared = shared(&self.session.opts, databases);
        let mut seen = shared.lock().await;
        if seen.read.is_none_or(|read| read.elapsed() > AGE) {
            self.look(&mut seen, databases).await?;
        }
        if seen.began.is_none_or(|began| began < asked) {
            return Ok(BTreeSet::new());
        }
        let read_only = seen.rows.iter().filter(|row| cell(row, 2) == Some("1"));
        Ok(read_only.filter_map(|row| cell(row, 1).map(str::to_owned)).collect())
    }

    /// Looks once; what is shown may be what was.
    async fn look(&mut self, seen: &mut Seen, databases: &str) -> Result<()> {
        let (name, began) = (name(), Instant::now());
        self.run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", DOING)
            .await?;
        let rows = self.query(&sql(&name, databases)).await;
        self.run("ROLLBACK", DOING).await?;
        seen.read = Some(Instant::now());
        match rows {
            Ok(rows) if rows.iter().any(|row| cell(row, 8).is_some()) => {
                (seen.began, seen.rows) = (Some(began), rows);
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(error) => Err(self.may_not_look(error).await),
        }
    }
}

fn cell(row: &TextRow, at: usize) -> Option<&str> {
    row.get(at).and_then(Option::as_deref)
}

/// Sessions that use another database are left out; one that uses none may write to any. Of one that has ended meanwhile,
/// nothing is known but its number.
fn is_waited_for(row: &TextRow, own: &str) -> bool {
    cell(row, 1) != Some(own) && cell(row, 2) != Some("1") && cell(row, 7) != Some("1")
}

fn read(row: &TextRow) -> Option<OpenTransaction> {
    let (text, session) = (cell(row, 0)?, cell(row, 1)?);
    let began = cell(row, 3).and_then(|began| began.parse().ok());
    // It may have begun in the second that is not over yet.
    let age = cell(row, 4).and_then(|age| age.parse().ok()).unwrap_or(0);
    Some(match session {
        "0" => detached(text.to_owned(), began, age),
        session => attached((session, cell(row, 5), cell(row, 6)), number(text), began, age),
    })
}
