//! One offline move, from the freeze to the switch.

mod ending;
mod leaving;
mod planning;
mod summary;
mod undo;

use std::time::Instant;

use exodus_engine::{Access, Checks, Session};
use exodus_schema::TableId;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::across::Across;
use crate::copy::{self, Ends};
use crate::create::Made;
use crate::drain::{Deadline, Freezing};
use crate::error::{Error, Result};
use crate::failpoints::Failpoint;
use crate::journal::{Event, Journal, JournalError, Status};
use crate::plan::{Integrity, Plan, Request};
use crate::progress::{Clock, MovedTable, Progress, Step, Summary};
use crate::shape::Rows;
use crate::streams::{self, Copying, Stages, Stream};
use crate::verify::{self, Record, Side};
use crate::{key_lists, prove, purge};
use ending::Uncommitted;
use summary::Moved;
use undo::Traces;

/// What to move, and how.
pub struct Move<'a> {
    /// Whom to move, from where to where, and how: what was planned.
    pub request: Request<'a>,
    /// Listens.
    pub progress: &'a dyn Progress,
    /// Stops the move at any point before its rows are committed.
    pub cancel: CancellationToken,
    /// What the client is frozen for, and how long.
    pub freezing: Freezing,
    /// Of a move back to a database that still has the client's rows: what is known about them there.
    pub returning: Option<&'a purge::Request<'a>>,
}

/// How a move that failed has left things.
#[derive(Debug)]
pub enum Left {
    /// Nothing was left: the target is as it was, and the journal says aborted.
    Nothing,
    /// Nothing was left on the target, but the dispatch store could not be told: the client may still be frozen.
    Frozen(JournalError),
    /// The target may have the client's rows, because the connection was lost when they were committed or the switch
    /// failed. `exodus abort` (or another look at the journal) settles it.
    Unsettled,
}

/// A move that failed.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Failure {
    /// Why.
    #[source]
    pub error: Error,
    /// What is left.
    pub left: Left,
}

impl Move<'_> {
    /// Moves the client. `source` and `target` are outside any transaction; `journal` is in its first status, or
    /// frozen.
    pub async fn run(
        &self,
        source: &mut Session,
        target: &mut Session,
        journal: &mut dyn Journal,
    ) -> Result<Summary, Failure> {
        Box::pin(self.run_in_streams((source, target), vec![], journal)).await
    }

    /// The same with more sessions, which copy side by side if there are two pairs of them or more, and something to
    /// divide among them.
    pub async fn run_in_streams(
        &self,
        (source, target): (&mut Session, &mut Session),
        mut streams: Vec<Stream>,
        journal: &mut dyn Journal,
    ) -> Result<Summary, Failure> {
        let mut clock = Clock::start();
        let cancellers = undo::cancellers((&*source, &*target), &streams);
        let traces = Traces::default();
        let ends = (&mut *source, &mut *target, &mut *streams);
        let verified = Box::pin(self.until_verified(ends, journal, (&mut clock, &traces))).await;
        let (moved, deadline) = match verified {
            Ok(verified) => verified,
            Err(error) => {
                if matches!(error, Error::Interrupted | Error::OverBudget { .. }) {
                    undo::cancel(&cancellers).await;
                }
                let ends = (source, target, streams);
                return Err(undo::give_up(ends, journal, error, (&self.request, &traces)).await);
            }
        };
        match self.commit(target, &deadline).await {
            Ok(()) => {}
            Err(Uncommitted::Certainly(error)) => {
                let ends = (source, target, streams);
                return Err(undo::give_up(ends, journal, error, (&self.request, &traces)).await);
            }
            Err(Uncommitted::Perhaps(error)) => {
                // Whoever waits for its locks need not wait until that is settled.
                self.let_go(source).await;
                return Err(Failure::unsettled(error));
            }
        }
        Failpoint::MoveCommitted.reach().await;
        // Nothing interrupts this: the rows are on both sides, or on the target only.
        if self.freezing.locks {
            leaving::commit(source, journal).await.map_err(Failure::unsettled)?;
        }
        let switched = journal.record(Event::Switch, json!({})).await;
        switched.map_err(|error| Failure::unsettled(error.into()))?;
        Failpoint::MoveSwitched.reach().await;
        traces.release(target).await;
        if let Some(tables) = self.request.creating {
            tables.unmark(target).await;
        }
        clock.done(Step::Switch);
        Ok(self.summary((source, target), journal.id(), moved, &clock))
    }

    /// Whether the target's server is to check the rows.
    fn checks(&self, target: &Session) -> Checks {
        match self.request.integrity {
            Some(Integrity::Enforced) => Checks::Enforced,
            _ if target.capabilities().checks_off => Checks::Off,
            _ => Checks::Enforced,
        }
    }

    async fn until_verified(
        &self,
        (source, target, streams): (&mut Session, &mut Session, &mut [Stream]),
        journal: &mut dyn Journal,
        (clock, traces): (&mut Clock, &Traces),
    ) -> Result<(Moved, Deadline)> {
        Failpoint::MovePlanned.reach().await;
        self.progress.step(Step::Freeze);
        // One that is taken up again is frozen.
        if journal.status() == Status::Planned {
            journal.record(Event::Freeze, json!({})).await?;
        }
        let deadline = Deadline::from_now(&self.freezing);
        clock.done(Step::Freeze);
        let all = Rows::of(self.request.shape, source.dialect(), self.request.client)?;
        let held = self.nobody_writes(source, &all, journal, &deadline).await?;
        clock.done(Step::Drain);

        let checks = self.checks(target);
        let there = Rows::of(self.request.there, target.dialect(), self.request.client)?;
        // How long the source has to keep what has changed since.
        let snapshot = Instant::now();
        let planning = async {
            self.begin_reading(source).await?;
            self.begin_writing(target, checks, &traces.made).await?;
            there.claim(target).await?;
            if let Some(known) = self.returning
                && let Some(record) = purge::make_way(target, source, known, checks, self.progress).await?
            {
                return Ok(Err(record));
            }
            // Planned once more, now that nobody writes to the client: what was seen before the freeze may have changed.
            self.plan_with_context(source, target, &there).await.map(Ok)
        };
        let plan = match self.in_time(&deadline, Step::Preflight, Box::pin(planning)).await? {
            Ok(plan) => plan,
            Err(record) => return Ok((self.nothing_to_copy(source, journal, record).await?, deadline)),
        };
        self.progress.planned(&plan);
        let (rows, there) = (
            all.listed(&plan.lists)?.narrowed(&plan.narrowing).weighed(
                |id| plan.own_rows(id),
                |id| self.request.shape.graph.table(id).estimated_rows,
            ),
            there.weighed(|id| plan.own_rows(id), |id| self.rows_after(&plan, id)),
        );
        let stages = self.stages(&plan, target, streams);
        if stages.is_some() {
            traces.claim(target, &there).await?;
        }
        clock.done(Step::Preflight);

        self.progress.step(Step::Copy);
        let mut told = plan.told();
        if stages.is_some() {
            told["streams"] = json!(streams.len());
        }
        journal.record(Event::Copy, told).await?;
        let copying = Copying {
            rows: &rows,
            there: &there,
            plan: &plan,
            target_schema: self.request.target_schema,
            checks,
            progress: self.progress,
            committed: &traces.committed,
        };
        let work = async {
            match &stages {
                Some(stages) => streams::copy((&mut *source, &mut *target), streams, stages, &copying).await,
                None => self.copy(source, target, &copying).await,
            }
        };
        let moved = self.in_time(&deadline, Step::Copy, work).await?;
        // At once: a snapshot that is held keeps the source from clearing away old rows.
        self.in_time(&deadline, Step::Copy, self.end_reading(source)).await?;
        let snapshot = snapshot.elapsed();
        clock.done(Step::Copy);
        Failpoint::MoveCopied.reach().await;
        self.progress.step(Step::Prove);
        // Now that its rows are there.
        let looking = async { key_lists::look_up(target, &there, &plan.lists.tables()).await };
        let there = self.in_time(&deadline, Step::Prove, looking).await?;
        let proving = prove::all(target, &there, self.request.target_schema, checks);
        self.in_time(&deadline, Step::Prove, proving).await?;
        let total: u64 = moved.iter().map(|table| table.rows).sum();
        let told = json!({ "rows": total, "snapshot_seconds": (snapshot.as_secs_f64() * 1e3).round() / 1e3 });
        journal.record(Event::Prove, told).await?;
        clock.done(Step::Prove);

        self.progress.step(Step::Verify);
        let verifying = self.verify((source, target), (&rows, &there), &plan, (streams, stages.as_ref()));
        let record = self.in_time(&deadline, Step::Verify, verifying).await?;
        if let Some(held) = &held {
            let removing = held.remove(source, &rows, &record, self.progress);
            self.in_time(&deadline, Step::Remove, removing).await?;
            Failpoint::LeaveRemoved.reach().await;
        }
        let mut verified = json!({ "tables": record });
        if !plan.references.skipped.is_empty() {
            verified["skipped"] = json!(plan.references.skipped);
        }
        journal.record(Event::Verify, verified).await?;
        clock.done(Step::Verify);
        self.progress.step(Step::Switch);
        Failpoint::MoveVerified.reach().await;
        // The last moment at which it can be undone as if nothing had been.
        deadline.check(Step::Switch)?;
        Ok((Moved::of(moved, plan.references), deadline))
    }

    /// Of a move back: the rows are there, and equal.
    async fn nothing_to_copy(&self, source: &mut Session, journal: &mut dyn Journal, record: Record) -> Result<Moved> {
        source.commit().await?;
        journal.record(Event::Copy, json!({ "rows": 0, "equal": true })).await?;
        journal.record(Event::Prove, json!({ "rows": 0 })).await?;
        journal.record(Event::Verify, json!({ "tables": record })).await?;
        self.progress.step(Step::Switch);
        Failpoint::MoveVerified.reach().await;
        let compared = record.values().map(|table| table.rows).sum();
        Ok(Moved {
            compared,
            ..Moved::default()
        })
    }

    /// What the streams do, if there are several of them and they can be used.
    fn stages(&self, plan: &Plan, target: &Session, streams: &[Stream]) -> Option<Stages> {
        if streams.len() < 2 {
            return None;
        }
        streams::stages(plan, &self.request, target.capabilities()).ok()
    }

    /// Copies everything in the transaction that the move began with.
    async fn copy(&self, source: &mut Session, target: &mut Session, copying: &Copying<'_>) -> Result<Vec<MovedTable>> {
        let mut ends = Ends {
            source,
            target,
            across: Across::of(self.request.shape, self.request.there),
        };
        let (both, schema) = ((copying.rows, copying.there), self.request.target_schema);
        let context = &copying.plan.context;
        context
            .copy(&mut ends, both, schema, copying.checks, self.progress)
            .await?;
        copy::all(&mut ends, both, copying.plan, schema, self.progress).await
    }

    /// Begins the transaction that the rows are written in, the missing tables made in it or before it.
    async fn begin_writing(&self, target: &mut Session, checks: Checks, made: &Made) -> Result<()> {
        let within = target.dialect().rolls_back_tables();
        if let Some(tables) = self.request.creating.filter(|_| !within) {
            tables.make(target, made).await?;
        }
        target.begin(Access::Write, checks).await?;
        if let Some(tables) = self.request.creating.filter(|_| within) {
            tables.make(target, made).await?;
        }
        Ok(())
    }

    /// An estimate of what the target's table holds once the client is there.
    fn rows_after(&self, plan: &Plan, id: TableId) -> Option<u64> {
        let before = self.request.there.graph.table(id);
        Some(before.estimated_rows?.saturating_add(plan.own_rows(id)?))
    }

    async fn verify(
        &self,
        (source, target): (&mut Session, &mut Session),
        (rows, there): (&Rows<'_>, &Rows<'_>),
        plan: &Plan,
        (streams, stages): (&mut [Stream], Option<&Stages>),
    ) -> Result<Record> {
        // A new snapshot: a writer that ignored the freeze is seen now.
        self.begin_reading(source).await?;
        let rows = &key_lists::look_up(source, rows, &plan.lists.tables()).await?;
        let tables = verify::compared(rows, there)?;
        let listening = (&tables[..], self.progress);
        let digests = match stages {
            Some(stages) => streams::digests(source, streams, stages, (rows, there), plan, listening).await?,
            None => verify::digests(source, target, &tables, self.progress).await?,
        };
        let (here, other) = (
            Side {
                connection: &mut *source,
                rows,
            },
            Side {
                connection: &mut *target,
                rows: there,
            },
        );
        let mut record = verify::judge(here, other, tables.iter().zip(&digests))
            .await?
            .map_err(|mismatches| Error::Mismatch {
                source_name: source.name().to_owned(),
                target_name: target.name().to_owned(),
                mismatches,
            })?;
        // Of tables of which not all rows arrived as they are, the purge has to know what they were.
        let touched = plan.narrowing.tables();
        if !touched.is_empty() {
            let all = Side {
                connection: &mut *source,
                rows: &Rows::of(self.request.shape, rows.dialect, self.request.client)?,
            };
            record.extend(verify::record_of(all, self.request.there, &|id| touched.contains(&id)).await?);
        }
        self.end_reading(source).await?;
        for id in self.request.there.tables().chain(plan.context.tables()) {
            target.advance_generators(self.request.there.graph.table(id)).await?;
        }
        Ok(record)
    }

    /// Waits for work on the databases, unless the user stops the move or it takes too long. The journal is never
    /// interrupted: what it says must be known.
    async fn in_time<T>(&self, until: &Deadline, step: Step, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Error::Interrupted),
            () = until.passed() => Err(until.error(step)),
            done = work => done,
        }
    }
}
