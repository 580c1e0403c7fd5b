//! One offline move, from the freeze to the switch.

mod undo;

use exodus_engine::{Access, Checks, Session};
use exodus_schema::TableId;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::across::Across;
use crate::copy::{self, Ends};
use crate::create::Made;
use crate::error::{Error, Result};
use crate::failpoints::Failpoint;
use crate::journal::{Event, Journal, JournalError};
use crate::plan::{self, Integrity, Plan, Request, Rules};
use crate::policy::References;
use crate::progress::{Clock, MovedTable, Progress, Step, Summary, millis};
use crate::prove;
use crate::shape::Rows;
use crate::streams::{self, Copying, Stages, Stream};
use crate::verify::{self, Record, Side};
use undo::Traces;

/// What to move, and how.
pub struct Move<'a> {
    /// Whom to move, from where to where, and how: what was planned.
    pub request: Request<'a>,
    /// Listens.
    pub progress: &'a dyn Progress,
    /// Stops the move at any point before its rows are committed.
    pub cancel: CancellationToken,
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
    /// Moves the client. `source` and `target` are outside any transaction; `journal` is in its first status.
    pub async fn run(
        &self,
        source: &mut Session,
        target: &mut Session,
        journal: &mut dyn Journal,
    ) -> Result<Summary, Failure> {
        self.run_in_streams((source, target), vec![], journal).await
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
        let moved = match self.until_verified(ends, journal, (&mut clock, &traces)).await {
            Ok(copied) => copied,
            Err(error) => {
                if matches!(error, Error::Interrupted) {
                    undo::cancel(&cancellers).await;
                }
                let ends = (source, target, streams);
                return Err(undo::give_up(ends, journal, error, (&self.request, &traces)).await);
            }
        };
        // From here on nothing is interrupted: between the commit and the switch the rows are on both sides.
        let unsettled = |error: Error| Failure {
            error,
            left: Left::Unsettled,
        };
        self.progress.step(Step::Switch);
        Failpoint::MoveVerified.reach().await;
        target.commit().await.map_err(|error| unsettled(error.into()))?;
        Failpoint::MoveCommitted.reach().await;
        journal
            .record(Event::Switch, json!({}))
            .await
            .map_err(|error| unsettled(error.into()))?;
        Failpoint::MoveSwitched.reach().await;
        traces.release(target).await;
        if let Some(tables) = self.request.creating {
            tables.unmark(target).await;
        }
        clock.done(Step::Switch);
        Ok(self.summary((source, target), journal.id(), moved, &clock))
    }

    async fn until_verified(
        &self,
        (source, target, streams): (&mut Session, &mut Session, &mut [Stream]),
        journal: &mut dyn Journal,
        (clock, traces): (&mut Clock, &Traces),
    ) -> Result<(Vec<MovedTable>, References)> {
        Failpoint::MovePlanned.reach().await;
        self.progress.step(Step::Freeze);
        journal.record(Event::Freeze, json!({})).await?;
        journal.record(Event::Drain, json!({ "waited_seconds": 0 })).await?;
        clock.done(Step::Freeze);
        Failpoint::MoveFrozen.reach().await;

        let checks = match self.request.integrity {
            Some(Integrity::Enforced) => Checks::Enforced,
            _ if target.capabilities().checks_off => Checks::Off,
            _ => Checks::Enforced,
        };
        let all = Rows::of(self.request.shape, source.dialect(), self.request.client)?;
        let there = Rows::of(self.request.there, target.dialect(), self.request.client)?;
        let planning = async {
            source.begin(Access::Snapshot, Checks::Enforced).await?;
            self.begin_writing(target, checks, &traces.made).await?;
            there.claim(target).await?;
            // Planned once more, now that nobody writes to the client: what was seen before the freeze may have changed.
            self.plan_with_context(source, target, &there).await
        };
        let plan = self.unless_cancelled(planning).await?;
        self.progress.planned(&plan);
        let (rows, there) = (
            all.narrowed(&plan.narrowing).weighed(
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
        let moved = self.unless_cancelled(work).await?;
        source.commit().await?;
        clock.done(Step::Copy);
        Failpoint::MoveCopied.reach().await;

        self.progress.step(Step::Prove);
        self.unless_cancelled(prove::all(target, &there, self.request.target_schema, checks))
            .await?;
        let total: u64 = moved.iter().map(|table| table.rows).sum();
        journal.record(Event::Prove, json!({ "rows": total })).await?;
        clock.done(Step::Prove);

        self.progress.step(Step::Verify);
        let verifying = self.verify((source, target), (&rows, &there), &plan, (streams, stages.as_ref()));
        let record = self.unless_cancelled(verifying).await?;
        let mut verified = json!({ "tables": record });
        if !plan.references.skipped.is_empty() {
            verified["skipped"] = json!(plan.references.skipped);
        }
        journal.record(Event::Verify, verified).await?;
        clock.done(Step::Verify);
        Ok((moved, plan.references))
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
        source.begin(Access::Snapshot, Checks::Enforced).await?;
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
        source.commit().await?;
        for id in self.request.there.tables().chain(plan.context.tables()) {
            target.advance_generators(self.request.there.graph.table(id)).await?;
        }
        Ok(record)
    }

    /// Waits for work on the databases, unless the user stops the move. The journal is never interrupted: what it says
    /// must be known.
    async fn unless_cancelled<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Error::Interrupted),
            done = work => done,
        }
    }

    /// The plan, once nobody else is giving the target the same context rows: those that came first are waited for.
    async fn plan_with_context(&self, source: &mut Session, target: &mut Session, there: &Rows<'_>) -> Result<Plan> {
        let mut claimed = false;
        loop {
            let plan = self.plan(source, target).await?;
            if plan.context.is_empty() {
                return Ok(plan);
            }
            if let Some(claim) = target.dialect().claim("exodus: context rows").filter(|_| !claimed) {
                target.query(&claim).await?;
            } else if plan.context.wait(target, there).await? == 0 {
                return Ok(plan);
            }
            claimed = true;
        }
    }

    async fn plan(&self, source: &mut Session, target: &mut Session) -> Result<Plan> {
        let request = Request {
            // What can only warn was told before the freeze.
            rules: Rules {
                thorough: false,
                ..self.request.rules
            },
            // They are there by now.
            creating: None,
            ..self.request
        };
        let made = self.request.creating.map_or(&[][..], crate::create::Tables::names);
        let (here, there) = (self.request.shape, self.request.there);
        crate::changed::refuse(source, (here, here.graph.schema()), &[]).await?;
        crate::changed::refuse(target, (there, self.request.target_schema), made).await?;
        let plan = plan::plan(source, target, request).await?;
        if plan.problems.is_empty() {
            Ok(plan)
        } else {
            Err(Error::Refused(plan.problems))
        }
    }

    fn summary(
        &self,
        (source, target): (&Session, &Session),
        id: i64,
        (tables, references): (Vec<MovedTable>, References),
        clock: &Clock,
    ) -> Summary {
        let mut seconds = clock.seconds();
        // A pause is no work; only the copy's rows wait.
        let paused = self.progress.pace().map_or(0.0, |pace| millis(pace.paused()));
        if let Some(copying) = seconds.get_mut(&Step::Copy) {
            *copying = (*copying - paused).max(0.0);
        }
        let working = |step: &Step| matches!(step, Step::Copy | Step::Prove | Step::Verify);
        let work: f64 = seconds
            .iter()
            .filter(|(step, _)| working(step))
            .map(|(_, seconds)| seconds)
            .sum();
        let rows: u64 = tables.iter().map(|table| table.rows).sum();
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rows_per_second = rows as f64 / work.max(1e-9);
        Summary {
            id,
            client: self.request.client.to_string(),
            source: source.name().to_owned(),
            target: target.name().to_owned(),
            rows,
            bytes: tables.iter().map(|table| table.bytes).sum(),
            tables,
            references,
            frozen_seconds: clock.elapsed(),
            seconds,
            paused_seconds: paused,
            rows_per_second,
        }
    }
}
