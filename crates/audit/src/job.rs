//! What one connection does at a time.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use exodus_classify::question::{Answer, Question, Told};
use exodus_engine::{Access, Checks, Connection, Dialect, ErrorKind, ScanRow};
use tokio::time::{Instant, sleep_until, timeout};

use crate::answer::Ask;
use crate::circle::{Circle, Part};
use crate::client::{Count, TieQueries, Ties, counts, ties};
use crate::collisions::{Digests, texts_digest};
use crate::counter::{Asked, Counter, Shared, show};
use crate::keys::KeyMap;
use crate::layout::KeyId;

/// How long a cancelled statement may take to end.
const AFTERMATH: Duration = Duration::from_secs(10);

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    until: Option<Instant>,
}

impl Clock {
    pub(crate) fn new(limit: Option<Duration>) -> Self {
        Self {
            until: limit.and_then(|limit| Instant::now().checked_add(limit)),
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// Does some work that may be left undone when the time is over.
    pub(crate) async fn within(&self, work: impl Future<Output = ()>) {
        match self.until {
            Some(until) => drop(tokio::time::timeout_at(until, work).await),
            None => work.await,
        }
    }

    /// Has the server keep the time, too, should this program not be there any more to do so.
    pub(crate) async fn limit(&self, connection: &mut dyn Connection) -> exodus_engine::Result<()> {
        let Some(until) = self.until else { return Ok(()) };
        let left = until.saturating_duration_since(Instant::now()) + AFTERMATH;
        if let Some(sql) = connection.dialect().statement_limit(left) {
            connection.execute(&sql).await?;
        }
        Ok(())
    }
}

/// A connection inside its snapshot.
pub(crate) struct Seat {
    connection: Box<dyn Connection>,
    snapshot: Option<Arc<str>>,
}

impl Seat {
    pub(crate) fn new(connection: Box<dyn Connection>, snapshot: Option<Arc<str>>) -> Self {
        Self { connection, snapshot }
    }

    pub(crate) fn connection(&mut self) -> &mut dyn Connection {
        self.connection.as_mut()
    }

    /// After a failure: back into the snapshot, or into a new one.
    async fn renew(&mut self) -> exodus_engine::Result<bool> {
        self.connection.rollback().await?;
        if let Some(snapshot) = &self.snapshot {
            self.connection.begin_at(snapshot).await?;
            return Ok(false);
        }
        self.connection.begin(Access::Snapshot, Checks::Enforced).await?;
        Ok(true)
    }
}

/// Why something was not found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Time,
    Because(String),
}

/// What a job found.
pub(crate) enum Product {
    Counted {
        answers: Vec<(Question, Told)>,
        published: BTreeMap<KeyId, KeyMap>,
        clients: Vec<(Question, KeyId, KeyMap)>,
    },
    Published(BTreeMap<KeyId, KeyMap>),
    Told(Question, Told),
    Tied(Ties),
}

/// A job that has ended.
pub(crate) struct Done {
    pub(crate) at: usize,
    /// The connection, if it is still good.
    pub(crate) seat: Result<Seat, exodus_engine::Error>,
    /// It sees a new snapshot.
    pub(crate) renewed: bool,
    pub(crate) result: Result<Product, Why>,
    pub(crate) took: Duration,
    pub(crate) rows: u64,
}

/// One piece of work, with all that it needs.
pub(crate) enum Job {
    Count {
        doing: String,
        sql: String,
        width: usize,
        counter: Box<Counter>,
    },
    Circle {
        shared: Arc<Shared>,
        parts: Vec<Part>,
        keys: Vec<KeyId>,
        /// The question, if it is about the rows' shape and not about their owners.
        shape: Option<Question>,
        /// Of one client's rows: count those that have to do with another's.
        foreign: Vec<Count>,
    },
    Ask(Question, Ask),
    Tie(TieQueries),
    Collide {
        question: Question,
        doing: String,
        sql: String,
        /// The first fields are compared, the others shown.
        compared: usize,
        width: usize,
        there: Digests,
        dialect: Dialect,
    },
}

/// The memory is full.
const FULL: &str = "more keys would have to be kept in memory than is allowed; ask about one client with `--client`, or cut the \
                    relations that are not needed";

impl Job {
    /// Does it.
    pub(crate) async fn run(self, mut seat: Seat, at: usize, clock: Clock) -> Done {
        let start = Instant::now();
        let mut rows = 0;
        let done = self.limited(seat.connection.as_mut(), clock, &mut rows).await;
        let mut renewed = false;
        let mut lost = None;
        let result = match done {
            Ok(result) => result,
            Err(error) => {
                let refused = error.as_ref().is_some_and(|error| error.kind() == ErrorKind::Privilege);
                let as_before = refused && seat.connection.dialect().goes_on_after_a_refusal();
                let again = if as_before { Ok(false) } else { seat.renew().await };
                match again {
                    Ok(new) => renewed = new,
                    Err(_) => lost = Some(error_again(error.as_ref())),
                }
                Err(error.map_or(Why::Time, |error| Why::Because(reason(&error))))
            }
        };
        Done {
            at,
            seat: match lost {
                None => Ok(seat),
                Some(error) => Err(error),
            },
            renewed,
            result,
            took: start.elapsed(),
            rows,
        }
    }

    /// `Err(None)`: the time was over. `Ok(Err(…))`: the connection is as good as before.
    async fn limited(
        self,
        connection: &mut dyn Connection,
        clock: Clock,
        rows: &mut u64,
    ) -> Result<Result<Product, Why>, Option<exodus_engine::Error>> {
        let cancel = connection.canceller();
        let mut work = pin!(self.work(connection, rows));
        let Some(until) = clock.until else {
            return work.await.map_err(Some);
        };
        tokio::select! {
            biased;
            done = &mut work => return done.map_err(Some),
            () = sleep_until(until) => {}
        }
        cancel().await;
        match timeout(AFTERMATH, work).await {
            // It was just ready.
            Ok(Ok(done)) => Ok(done),
            _ => Err(None),
        }
    }

    /// The same, however long it takes.
    pub(crate) async fn work(
        self,
        connection: &mut dyn Connection,
        rows: &mut u64,
    ) -> exodus_engine::Result<Result<Product, Why>> {
        match self {
            Self::Count {
                doing,
                sql,
                width,
                mut counter,
            } => {
                let mut each = |row: &ScanRow<'_>| counter.row(row);
                *rows = connection.stream(&doing, &sql, width, &mut each).await?;
                Ok(counted(*counter))
            }
            Self::Circle {
                shared,
                parts,
                keys,
                shape,
                foreign,
            } => {
                let mut circle = Circle::new(Arc::clone(&shared), keys.len());
                for part in &parts {
                    circle.read(connection, part).await?;
                }
                circle.foreign += counts(connection, &foreign).await?.iter().sum::<u64>();
                *rows = circle.rows;
                Ok(closed(circle, &shared, keys, shape))
            }
            Self::Ask(question, ask) => {
                let told = ask.run(connection).await?;
                Ok(told.map(|told| Product::Told(question, told)).map_err(Why::Because))
            }
            Self::Tie(queries) => Ok(Ok(Product::Tied(ties(connection, &[queries]).await?))),
            Self::Collide {
                question,
                doing,
                sql,
                compared,
                width,
                there,
                dialect,
            } => {
                let (mut taken, mut keys) = (0, vec![]);
                let shown: Vec<usize> = (compared..width).collect();
                let mut each = |row: &ScanRow<'_>| {
                    let digest = row.get(..compared).and_then(|row| texts_digest(dialect, row));
                    if digest.is_some_and(|digest| there.contains(&digest)) {
                        taken += 1;
                        show(dialect, row, &shown, &mut keys);
                    }
                };
                *rows = connection.stream(&doing, &sql, width, &mut each).await?;
                let answer = Answer::Count(taken);
                let told = Told {
                    answer,
                    sampled: false,
                    keys,
                    owners: vec![],
                };
                Ok(Ok(Product::Told(question, told)))
            }
        }
    }
}

fn counted(mut counter: Counter) -> Result<Product, Why> {
    if counter.full || counter.shared.sets.is_full() {
        return Err(Why::Because(FULL.to_owned()));
    }
    let answers = counter.answers();
    let published = counter.published();
    let parts = counter.asked.into_iter().filter_map(|(question, asked)| match asked {
        Asked::Clients { key, map, .. } => Some((question, key, map)),
        _ => None,
    });
    Ok(Product::Counted {
        answers,
        published,
        clients: parts.collect(),
    })
}

fn closed(circle: Circle, shared: &Shared, keys: Vec<KeyId>, shape: Option<Question>) -> Result<Product, Why> {
    if circle.full {
        return Err(Why::Because(FULL.to_owned()));
    }
    if let Some(question) = shape {
        return Ok(Product::Told(question, Told::whole(circle.shape())));
    }
    let maps = circle.owners();
    if shared.sets.is_full() {
        return Err(Why::Because(FULL.to_owned()));
    }
    Ok(Product::Published(keys.into_iter().zip(maps).collect()))
}

/// Why, in words for a report.
fn reason(error: &exodus_engine::Error) -> String {
    let message = error.to_string();
    match (error.kind(), error.next_step()) {
        (_, Some(help)) => format!("{message} ({help})"),
        (ErrorKind::Privilege, None) => {
            format!("{message} (grant the role of this session SELECT on the table)")
        }
        _ => message,
    }
}

/// The error to end with, should this have been the last connection.
fn error_again(error: Option<&exodus_engine::Error>) -> exodus_engine::Error {
    let (kind, name) = error.map_or((ErrorKind::Cancelled, ""), |error| (error.kind(), error.database()));
    let doing = error.map_or_else(|| "stopping a statement".to_owned(), ToString::to_string);
    exodus_engine::Error::new(kind, name, doing)
}
