//! Many clients at once: each is a move of its own, and what is the same for all of them is done once.
//!
//! Jobs are threads that take one client after the other. A client that fails is told, and the others go on. Run again,
//! the same command skips who has arrived and begins anew with those whose move was interrupted.

mod board;
mod list;
mod one;
mod places;
mod pool;
mod told;

use std::collections::{BTreeSet, VecDeque};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use exodus_engine::Session;
use exodus_fleet::{Move as Known, Store};
use exodus_transfer::{ClientKey, Freezing, Throttle};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::afterwards::Afterwards;
use crate::moving::creating::Creating;
use crate::moving::references::References;
use crate::moving::standing::{self, Frozen};
use crate::moving::stoppable;
use crate::moving::throttling::Throttling;

use board::{Board, Line};
use one::{Ended, Pair};
use pool::Pool;
use told::Totals;

/// What the stack of a job has room for: a move's steps nest deeply in a debug build.
const STACK: usize = 8 << 20;

/// How the clients are named.
pub(crate) enum Whom<'a> {
    /// By a file of keys.
    File(&'a PathBuf),
    /// By a condition on the root table.
    Where(&'a str),
}

/// The flags that only many moves take.
#[derive(Debug, clap::Args)]
pub(crate) struct Flags {
    /// With --clients-file or --where: how many clients are moved at a time
    #[arg(long, value_name = "N", default_value = "1", conflicts_with = "client")]
    jobs: NonZeroUsize,
    /// With --clients-file or --where: begin no more clients once one has failed
    #[arg(long, conflicts_with = "client")]
    fail_fast: bool,
    /// With --clients-file or --where: begin anew with clients whose move was interrupted, even if it can't be told
    /// that its process is gone
    #[arg(long, conflicts_with = "client")]
    take_over: bool,
}

/// What was asked for.
pub(crate) struct Request<'a> {
    pub(crate) whom: Whom<'a>,
    pub(crate) to: &'a str,
    pub(crate) from: Option<&'a str>,
    pub(crate) root: Option<&'a str>,
    pub(crate) flags: &'a Flags,
    pub(crate) dry_run: bool,
    pub(crate) show_keys: bool,
    pub(crate) integrity: Option<exodus_transfer::Integrity>,
    pub(crate) allow_lossy: bool,
    pub(crate) references: &'a References,
    pub(crate) creating: &'a Creating,
    pub(crate) throttling: &'a Throttling,
    pub(crate) afterwards: Afterwards,
    pub(crate) freezing: Freezing,
}

/// A client to be moved.
struct Listed {
    key: ClientKey,
    /// The place of its databases among the pairs.
    pair: usize,
    /// A move of it that has not ended.
    open: Option<Known>,
}

/// All of them, under way.
struct Many<'r> {
    context: &'r Context,
    store: Option<Store>,
    pool: Pool<'r>,
    pairs: Vec<Pair<'r>>,
    to: String,
    flags: &'r Flags,
    dry_run: bool,
    show_keys: bool,
    afterwards: Afterwards,
    cancel: CancellationToken,
    throttle: Arc<Throttle>,
    freezing: Freezing,
    /// Whose turn it is, where the target takes one writer at a time.
    turn: Option<tokio::sync::Mutex<()>>,
    board: Board,
    queue: Mutex<VecDeque<Listed>>,
    /// Clients that have had their turn, by pair and by the key that their database writes.
    taken: Mutex<BTreeSet<(usize, ClientKey)>>,
    /// Warnings that were told: the same for many clients, they are told once.
    warned: Mutex<BTreeSet<String>>,
    totals: Mutex<Totals>,
}

/// Moves them.
pub(crate) async fn run(context: &Context, request: &Request<'_>) -> Result<Code, Failure> {
    let throttled = request.throttling.start(context, request.to).await?;
    let store = match context.store_to_write(request.dry_run).await {
        Ok(store) => Some(store),
        Err(_) if request.dry_run && request.from.is_some() => None,
        Err(failure) => return Err(failure),
    };
    let named = places::named(context, request, store.as_ref()).await?;
    let read = places::read(context, request, &named).await?;
    let graphs = read.graphs(context, request)?;
    let there = graphs.there();
    let pairs = graphs.pairs(&there, request);
    let listed = places::listed(context, request, store.as_ref(), named, &pairs).await?;
    let cancel = stoppable(context);
    let frozen = Frozen::default();
    let quiet = context.global.quiet || context.json();
    let many = Many {
        context,
        store,
        pool: Pool::new(context, request.flags.jobs.get()),
        pairs,
        to: read.target_name.clone(),
        dry_run: request.dry_run,
        flags: request.flags,
        show_keys: request.show_keys,
        afterwards: request.afterwards,
        cancel,
        throttle: Arc::clone(&throttled.throttle),
        freezing: request.freezing,
        turn: read.one_writer.then(tokio::sync::Mutex::default),
        board: Board::new(listed.queue.len() as u64, &throttled.throttle, &frozen, quiet),
        queue: Mutex::new(listed.queue),
        taken: Mutex::default(),
        warned: Mutex::default(),
        totals: Mutex::default(),
    };
    for (client, ended) in listed.ended {
        many.tell(&client, &ended);
    }
    many.all(&frozen).await?;
    many.finish()
}

impl Many<'_> {
    /// Has all jobs work until nobody is left.
    async fn all(&self, frozen: &Frozen) -> Result<(), Failure> {
        let jobs = self.flags.jobs.get().min(lock(&self.queue).len());
        let handle = Handle::current();
        let work = || tokio::task::block_in_place(|| self.work(jobs, &handle, frozen));
        let Some(store) = self.store.as_ref().filter(|_| !self.dry_run) else {
            return work();
        };
        store.begin_many().await;
        // One that was lost is told by its own journal, which writes no more.
        let _keeping = store.keep_leases(|id| tracing::warn!(id, "this move was taken up by another process"));
        let worked = work();
        // The moves are done, whether or not their figures can be kept.
        if let Err(error) = store.end_many().await {
            tracing::warn!(%error, "summaries were not written to the dispatch store");
        }
        worked
    }

    /// Lets so many threads work until nobody is left.
    fn work(&self, jobs: usize, handle: &Handle, frozen: &Frozen) -> Result<(), Failure> {
        let ended = CancellationToken::new();
        std::thread::scope(|scope| {
            let spawned: Result<Vec<_>, _> = (0..jobs)
                .map(|_| {
                    let thread = std::thread::Builder::new()
                        .name("exodus-move".to_owned())
                        .stack_size(STACK);
                    thread.spawn_scoped(scope, || handle.block_on(self.job()))
                })
                .collect();
            let threads = spawned.map_err(|error| {
                // Those that have begun end by themselves.
                lock(&self.queue).clear();
                Failure::runtime(format!("no thread for another job: {error}")).help("try with fewer --jobs")
            })?;
            scope.spawn(|| {
                let beside = async {
                    tokio::join!(
                        self.board.tick(),
                        standing::tell(&self.throttle, frozen, |line| self.note(line))
                    )
                };
                handle.block_on(async {
                    tokio::select! {
                        () = ended.cancelled() => {}
                        _ = beside => {}
                    }
                });
            });
            let ends: Vec<_> = threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
            ended.cancel();
            match ends.into_iter().find_map(Result::err) {
                Some(panic) => std::panic::resume_unwind(panic),
                None => Ok(()),
            }
        })
    }

    async fn job(&self) {
        while let Some(listed) = self.next() {
            let ended = {
                let line = self.board.begin(&listed.key);
                self.one(&listed, &line).await
            };
            if self.flags.fail_fast && matches!(ended, Ended::Failed(_) | Ended::Refused(_)) {
                self.leave_the_rest();
            }
            self.board.ended();
            self.tell(&listed.key, &ended);
        }
    }

    fn next(&self) -> Option<Listed> {
        if self.cancel.is_cancelled() {
            self.leave_the_rest();
        }
        lock(&self.queue).pop_front()
    }

    fn leave_the_rest(&self) {
        let left = lock(&self.queue).drain(..).count();
        lock(&self.totals).left += left as u64;
    }

    /// Whether it is this client's first turn.
    fn claim(&self, pair: usize, client: &ClientKey) -> bool {
        lock(&self.taken).insert((pair, client.clone()))
    }

    fn warn(&self, line: &Line<'_>) {
        for warning in line.warnings() {
            if lock(&self.warned).insert(warning.clone()) {
                self.note(&warning);
            }
        }
    }

    fn note(&self, line: &str) {
        if !self.context.global.quiet {
            board::note(&self.board, line);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a database takes one writing transaction at a time.
fn takes_one_writer(session: &Session) -> bool {
    !session.capabilities().locks_rows
}
