//! For applications: on which shard a client is, and whether it may be written to now.
//!
//! exodus moves clients between databases. While it hands one over, nobody may write to it; where it lives afterwards is
//! in the *dispatch store*. This crate asks there, in the order in which nothing is lost:
//!
//! 1. begin a transaction on the shard where the client is thought to be, so that the server knows of it;
//! 2. ask the dispatch store: is the client there, and not frozen?
//! 3. only then write, and commit.
//!
//! A move freezes the client first and then waits for every transaction that was open on the source. One that asked before
//! the freeze had begun before it asked, and is waited for; one that asks after the freeze is told.
//! [`Client::begin_write`] keeps this order. docs/freeze.md tells the rest.
//!
//! The crate has no dependencies and no driver: the application hands over a closure that sends one query
//! ([`QUERY`], [`QUERY_POSTGRES`]) by whatever it talks to databases with. There are no threads, no timers, and no
//! retries in here. Each function has a twin, `…_async`, for closures that are `async`.
//!
//! ```
//! use exodus_dispatch::{Client, Error, Row};
//!
//! # fn ask(_: &str) -> Result<Option<Row>, std::io::Error> { Ok(Some(Row::new("shard3", "active", 2))) }
//! # fn begin(_: &str) -> Result<(), std::io::Error> { Ok(()) }
//! let dispatch = Client::new(|client: &str| ask(client));
//! match dispatch.begin_write("42", |shard| begin(shard)) {
//!     Ok((transaction, placement)) => { /* write to placement.shard, commit */ }
//!     Err(Error::Frozen { retry_after, .. }) => { /* 503, with Retry-After */ }
//!     Err(error) => { /* … */ }
//! }
//! # Ok::<(), std::io::Error>(())
//! ```

mod cache;
mod error;

use std::fmt;
use std::time::{Duration, Instant};

use cache::Cache;
pub use error::Error;

/// The query whose answer is a [`Row`], for SQLite, MySQL and MariaDB. Its parameter is the client's key; the parts of a
/// composite one are joined by commas, as `exodus dispatch show` prints them.
pub const QUERY: &str = "SELECT shard, state, epoch FROM exodus_clients WHERE client = ?";

/// The same for PostgreSQL.
pub const QUERY_POSTGRES: &str = "SELECT shard, state, epoch FROM public.exodus_clients WHERE client = $1";

/// What [`Error::Frozen`] says of when to come again, unless it is told another time: most clients are frozen for less.
pub const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How often a client may turn out to be elsewhere while one write begins. Each time takes a whole move.
const MOST_MOVES: usize = 3;

/// What the query gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    shard: String,
    state: String,
    epoch: i64,
}

impl Row {
    /// Of the three columns, in their order.
    pub fn new(shard: impl Into<String>, state: impl Into<String>, epoch: i64) -> Self {
        let (shard, state) = (shard.into(), state.into());
        Self { shard, state, epoch }
    }
}

/// Whether a client may be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It may.
    Active,
    /// It may: a move of it has begun, and will freeze it.
    Moving,
    /// It may not. It may be read where it is.
    Frozen,
}

impl State {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "active" => Some(Self::Active),
            "moving" => Some(Self::Moving),
            "frozen" => Some(Self::Frozen),
            _ => None,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Moving => "moving",
            Self::Frozen => "frozen",
        })
    }
}

/// Where a client is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The database that holds it, by the name that exodus.toml gives it.
    pub shard: String,
    /// Whether it may be written to.
    pub state: State,
    /// How often the shard has changed. A freeze doesn't change it.
    pub epoch: i64,
}

/// Asks the dispatch store. To be shared by all threads of an application.
///
/// It remembers the last known shard of each client, so that a write can begin there before it asks. That may be out of
/// date, and is never relied on. Only [`trust_for`](Self::trust_for) makes it rely on what it remembers.
#[derive(Debug)]
pub struct Client<A> {
    ask: A,
    cache: Cache,
    time_to_live: Duration,
    retry_after: Duration,
}

impl<A> Client<A> {
    /// `ask` sends [`QUERY`] to the dispatch store with a client's key, and gives its row if there is one.
    ///
    /// It must see what is committed *now*: in a transaction of its own (autocommit), on the store's primary server. A
    /// session that has an older transaction open under REPEATABLE READ, and a replica, answer out of the past.
    pub fn new(ask: A) -> Self {
        Self {
            ask,
            cache: Cache::default(),
            time_to_live: Duration::ZERO,
            retry_after: RETRY_AFTER,
        }
    }

    /// Relies on an answer for so long, instead of asking at each write.
    ///
    /// Every move has to wait for that long once it has frozen the client, and the client with it:
    /// **`exodus move --drain` must be at least this.** If it is less, a write can be lost.
    #[must_use]
    pub fn trust_for(mut self, time_to_live: Duration) -> Self {
        self.time_to_live = time_to_live;
        self
    }

    /// What [`Error::Frozen`] says of when to come again.
    #[must_use]
    pub fn retry_after(mut self, retry_after: Duration) -> Self {
        self.retry_after = retry_after;
        self
    }

    /// Forgets what is remembered of a client.
    pub fn forget(&self, client: &str) {
        self.cache.forget(client);
    }

    /// Takes in an answer to what was asked at `asked`.
    fn learn<E>(&self, client: &str, asked: Instant, answer: Result<Option<Row>, E>) -> Result<Placement, Error<E>> {
        let row = answer.map_err(Error::Store)?.ok_or_else(|| {
            self.cache.forget(client);
            Error::NoSuchClient
        })?;
        let state = State::parse(&row.state).ok_or(Error::UnknownState { state: row.state })?;
        let placement = Placement {
            shard: row.shard,
            state,
            epoch: row.epoch,
        };
        self.cache.keep(client, asked, &placement);
        Ok(placement)
    }

    /// Where a transaction can begin before anything is asked. There is no use in one for a client that was frozen.
    fn guess(&self, client: &str) -> Option<Placement> {
        self.cache.any(client).filter(|guess| guess.state != State::Frozen)
    }

    /// What may be relied on without asking. A frozen client is asked for again each time: it may be over by now.
    fn trusted(&self, client: &str) -> Option<Placement> {
        let fresh = self.cache.younger_than(client, self.time_to_live)?;
        (fresh.state != State::Frozen).then_some(fresh)
    }

    fn writable<E>(&self, placement: Placement) -> Result<Placement, Error<E>> {
        match placement.state {
            State::Active | State::Moving => Ok(placement),
            State::Frozen => Err(Error::Frozen {
                shard: placement.shard,
                epoch: placement.epoch,
                retry_after: self.retry_after,
            }),
        }
    }

    fn same<E>(&self, placement: Placement, epoch: i64) -> Result<Placement, Error<E>> {
        if placement.epoch == epoch {
            self.writable(placement)
        } else {
            Err(Error::Moved {
                shard: placement.shard,
                epoch: placement.epoch,
            })
        }
    }
}

impl<A> Client<A> {
    /// Where the client is and whether it may be written to: for reads. Asks, unless an answer may be
    /// [trusted](Self::trust_for).
    pub fn lookup<E>(&self, client: &str) -> Result<Placement, Error<E>>
    where
        A: Fn(&str) -> Result<Option<Row>, E>,
    {
        match self.trusted(client) {
            Some(placement) => Ok(placement),
            None => self.now(client),
        }
    }

    /// Begins a transaction that may write to the client, where it is.
    ///
    /// `begin` begins a transaction on the shard that it is given, and returns it **once the server knows of it**:
    /// `BEGIN` on PostgreSQL, `START TRANSACTION WITH CONSISTENT SNAPSHOT` on MySQL and MariaDB (or any statement that
    /// reads a table, after a plain one), `BEGIN IMMEDIATE` on SQLite. Only then the store is asked. If the client may
    /// not be written to, or not there, the transaction is dropped, which must roll it back.
    ///
    /// One query for each write (two for the first one of a client, none while an answer may be
    /// [trusted](Self::trust_for)).
    pub fn begin_write<T, E>(
        &self,
        client: &str,
        mut begin: impl FnMut(&str) -> Result<T, E>,
    ) -> Result<(T, Placement), Error<E>>
    where
        A: Fn(&str) -> Result<Option<Row>, E>,
    {
        let mut guess = match self.guess(client) {
            Some(guess) => guess,
            None => self.writable(self.now(client)?)?,
        };
        for _ in 0..MOST_MOVES {
            let opened = begin(&guess.shard);
            let placement = match opened {
                Ok(_) => self.lookup(client)?,
                // It may be that the shard is no more.
                Err(_) => self.now(client)?,
            };
            let placement = self.writable(placement)?;
            if placement.shard == guess.shard {
                return opened.map(|transaction| (transaction, placement)).map_err(Error::Shard);
            }
            guess = placement;
        }
        Err(Error::Moved {
            shard: guess.shard,
            epoch: guess.epoch,
        })
    }

    /// For long jobs: whether the client is still where it was at that epoch, and may be written to. Always asks.
    ///
    /// It says nothing about writes that are to come: these still begin with [`begin_write`](Self::begin_write).
    pub fn still<E>(&self, client: &str, epoch: i64) -> Result<Placement, Error<E>>
    where
        A: Fn(&str) -> Result<Option<Row>, E>,
    {
        self.same(self.now(client)?, epoch)
    }

    fn now<E>(&self, client: &str) -> Result<Placement, Error<E>>
    where
        A: Fn(&str) -> Result<Option<Row>, E>,
    {
        // An answer is as old as its question.
        let asked = Instant::now();
        self.learn(client, asked, (self.ask)(client))
    }
}

/// The same for closures that are `async`.
impl<A> Client<A> {
    /// As [`lookup`](Self::lookup).
    pub async fn lookup_async<E>(&self, client: &str) -> Result<Placement, Error<E>>
    where
        A: AsyncFn(&str) -> Result<Option<Row>, E>,
    {
        match self.trusted(client) {
            Some(placement) => Ok(placement),
            None => self.now_async(client).await,
        }
    }

    /// As [`begin_write`](Self::begin_write).
    pub async fn begin_write_async<T, E>(
        &self,
        client: &str,
        mut begin: impl AsyncFnMut(&str) -> Result<T, E>,
    ) -> Result<(T, Placement), Error<E>>
    where
        A: AsyncFn(&str) -> Result<Option<Row>, E>,
    {
        let mut guess = match self.guess(client) {
            Some(guess) => guess,
            None => self.writable(self.now_async(client).await?)?,
        };
        for _ in 0..MOST_MOVES {
            let opened = begin(&guess.shard).await;
            let placement = match opened {
                Ok(_) => self.lookup_async(client).await?,
                // It may be that the shard is no more.
                Err(_) => self.now_async(client).await?,
            };
            let placement = self.writable(placement)?;
            if placement.shard == guess.shard {
                return opened.map(|transaction| (transaction, placement)).map_err(Error::Shard);
            }
            guess = placement;
        }
        Err(Error::Moved {
            shard: guess.shard,
            epoch: guess.epoch,
        })
    }

    /// As [`still`](Self::still).
    pub async fn still_async<E>(&self, client: &str, epoch: i64) -> Result<Placement, Error<E>>
    where
        A: AsyncFn(&str) -> Result<Option<Row>, E>,
    {
        self.same(self.now_async(client).await?, epoch)
    }

    async fn now_async<E>(&self, client: &str) -> Result<Placement, Error<E>>
    where
        A: AsyncFn(&str) -> Result<Option<Row>, E>,
    {
        let asked = Instant::now();
        self.learn(client, asked, (self.ask)(client).await)
    }
}
