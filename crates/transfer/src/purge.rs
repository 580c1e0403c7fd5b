//! Removing a client's rows, child first: the source's after a move, or the target's after a move that was given up.

mod lock;
mod remove;

use async_trait::async_trait;
use exodus_engine::{Access, Checks, Session};
use exodus_schema::Schema;
use exodus_schema::model::Event;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::failpoints::Failpoint;
use crate::journal::{Journal, JournalError};
use crate::key_lists;
use crate::origin::Origin;
use crate::plan::{self, Check, Integrity, Problem, Triggers};
use crate::policy::{Incoming, Kept, Policies, RowsOf};
use crate::privileges;
use crate::progress::{MovedTable, Progress, Step};
use crate::references;
use crate::shape::{Rows, Shape};
use crate::streams::Claimed;
use crate::verify::{self, Record, Side};

pub(crate) use lock::{Numbers, locked_rows};
pub(crate) use remove::Ways;

/// What proved that the rows may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The target has the same rows now.
    EqualToTarget,
    /// The source's rows are what was verified at the move; the target's have changed since.
    UnchangedSinceVerified,
}

/// What a purge did.
#[derive(Clone, Debug, Serialize)]
pub struct Purged {
    /// Rows removed, table by table, in the order of removal.
    pub tables: Vec<MovedTable>,
    /// Rows in all.
    pub rows: u64,
    /// Why they could go.
    pub proof: Proof,
    /// Rows that stay because others reference them, parents first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<RowsOf>,
    /// The digests of what stays: by them a later purge knows it again.
    #[serde(skip)]
    pub left: Record,
}

/// What a purge asks the move's journal, and has it remember.
#[async_trait]
pub trait Remember: Send {
    /// Fails if the move is somebody else's by now. It is asked when the rows are locked: whoever has waited for that may
    /// hold rows that are in use again.
    async fn confirm(&mut self) -> Result<(), JournalError>;

    /// Writes down what is kept, durably, before the removals are committed.
    async fn remember(&mut self, purged: &Purged) -> Result<(), JournalError>;
}

/// What purge needs to know about the two ends.
pub struct Request<'a> {
    /// The client's rows on the source.
    pub rows: &'a Rows<'a>,
    /// The client's rows on the target.
    pub target_rows: &'a Rows<'a>,
    /// The source's schema.
    pub source_schema: &'a Schema,
    /// What was verified at the move.
    pub verified: &'a Record,
    /// What the source may have as well: what an earlier purge has kept, and what moves back that were given up have verified.
    pub others: &'a [Record],
    /// Which rows may stay for others that reference them.
    pub policies: &'a Policies,
    /// Rows that did not arrive.
    pub skipped: &'a [RowsOf],
    /// They go, too.
    pub drop_skipped: bool,
    /// Whether the server is to check what is removed, if the user insists on one way.
    pub integrity: Option<Integrity>,
}

/// Removes the client's rows from the source in one transaction: they are locked, compared, removed child first and counted. After an
/// error nothing has changed.
pub async fn source(
    source: &mut Session,
    target: &mut Session,
    request: &Request<'_>,
    progress: &dyn Progress,
    remember: &mut dyn Remember,
) -> Result<Purged> {
    Failpoint::PurgeBegun.reach().await;
    let checks = begin_removal(source, request.integrity).await?;
    target.begin(Access::Snapshot, Checks::Enforced).await?;
    let purged = locked(source, target, request, (checks, progress), remember).await;
    // The target was only read; its answer to the end of that doesn't matter.
    let _ = target.rollback().await;
    let purged = match purged {
        Ok(purged) if !purged.kept.is_empty() => match remember.remember(&purged).await {
            Ok(()) => Ok(purged),
            Err(error) => Err(error.into()),
        },
        purged => purged,
    };
    match purged {
        Ok(purged) => {
            Failpoint::PurgeRemoved.reach().await;
            source.commit().await?;
            Failpoint::PurgeCommitted.reach().await;
            Ok(purged)
        }
        Err(error) => {
            source.rollback().await?;
            Err(error)
        }
    }
}

/// Begins a transaction in which rows can be removed.
pub(crate) async fn begin_removal(connection: &mut Session, wanted: Option<Integrity>) -> Result<Checks> {
    let checks = match plan::choose_integrity(connection, wanted)?.0 {
        Integrity::Proven => Checks::Off,
        Integrity::Enforced => Checks::Enforced,
    };
    connection.begin(Access::Write, checks).await?;
    Ok(checks)
}

async fn locked(
    source: &mut Session,
    target: &mut Session,
    request: &Request<'_>,
    (checks, progress): (Checks, &dyn Progress),
    remember: &mut dyn Remember,
) -> Result<Purged> {
    let rows = request.rows;
    rows.see_all_tables(source)?;
    let (schema, can) = (request.source_schema, source.capabilities());
    privileges::need(source, &privileges::removing(rows.shape, schema, checks, can)).await?;
    refuse_writing_triggers(source, rows, request.source_schema, checks)?;
    progress.step(Step::Lock);
    // A way back that was given up, and may be about to commit other rows in the place of these, is waited for first: a lock
    // that waits for one that goes does not meet the one that comes.
    rows.claim(source).await?;
    let (rows, locked) = &locked_rows(source, rows).await?;
    remember.confirm().await?;
    if locked.values().sum::<u64>() == 0 {
        // Without a lock, rows could come before they are compared.
        return Err(Error::Gone {
            database: source.name().to_owned(),
        });
    }
    let kept = kept_for_others(source, rows, request.policies).await?;
    progress.step(Step::Verify);
    let (proof, mut proved) = prove((source, rows), target, request, progress).await?;
    refuse_skipped(request, proof, source.name())?;
    for id in rows.shape.tables() {
        if let Some(recorded) = proved.get_mut(&rows.shape.graph.table(id).name.to_string()) {
            recorded.rows = recorded.rows.saturating_sub(kept.of(id));
        }
    }
    progress.step(Step::Remove);
    let (going, schema) = (rows.narrowed(&kept.narrowing(rows)?), request.source_schema);
    let tables = remove::all(source, (&going, schema), checks, Some(&proved), progress).await?;
    let mut left = Record::new();
    if !kept.is_empty() {
        let side = Side {
            connection: source,
            rows,
        };
        left = verify::record(side, request.target_rows.shape).await?;
    }
    Ok(Purged {
        rows: tables.iter().map(|table| table.rows).sum(),
        tables,
        proof,
        kept: kept.rows_of(rows),
        left,
    })
}

/// Of a move that holds all of the client's rows under lock from before its copy to its end: removes them, in that
/// transaction.
pub(crate) async fn fenced(
    source: &mut Session,
    rows: &Rows<'_>,
    checks: Checks,
    verified: &Record,
    progress: &dyn Progress,
) -> Result<()> {
    let schema = rows.shape.graph.schema();
    refuse_writing_triggers(source, rows, schema, checks)?;
    kept_for_others(source, rows, &Policies::default()).await?;
    remove::all(source, (rows, schema), checks, Some(verified), progress).await?;
    Ok(())
}

/// Of a move back: makes way for the client's rows in a database that still has them, as they were when it left. Within the
/// transaction that is open; `there` is in a snapshot of the database where the client is now. `Some` with the digests where
/// both have the same rows: then nothing has to come.
pub(crate) async fn make_way(
    here: &mut Session,
    there: &mut Session,
    request: &Request<'_>,
    checks: Checks,
    progress: &dyn Progress,
) -> Result<Option<Record>> {
    request.rows.see_all_tables(here)?;
    let (rows, _) = &locked_rows(here, request.rows).await?;
    let (proof, proved) = prove((here, rows), there, request, progress).await?;
    if proof == Proof::EqualToTarget {
        return Ok(Some(proved));
    }
    refuse_writing_triggers(here, rows, request.source_schema, checks)?;
    refuse_skipped(request, proof, here.name())?;
    // Of the rows that others reference, none may go even for a moment: not all of them may come again.
    kept_for_others(here, rows, &Policies::default()).await?;
    remove::all(here, (rows, request.source_schema), checks, Some(&proved), progress).await?;
    Ok(None)
}

/// What did not arrive is nowhere else.
fn refuse_skipped(request: &Request<'_>, proof: Proof, source: &str) -> Result<()> {
    if request.drop_skipped || proof == Proof::EqualToTarget {
        return Ok(());
    }
    let problem = |skipped: &RowsOf| {
        let mut problem = Problem::new(
            Check::Reference,
            &skipped.table,
            format!("rows that did not arrive are on {source} only: {}", skipped.rows),
            "`exodus purge --drop-skipped` removes them for good; nothing was removed yet",
        );
        problem.rows = Some(skipped.rows);
        problem
    };
    match request.skipped {
        [] => Ok(()),
        skipped => Err(Error::Refused(skipped.iter().map(problem).collect())),
    }
}

fn refuse_writing_triggers(source: &Session, rows: &Rows<'_>, schema: &Schema, checks: Checks) -> Result<()> {
    let problems = writing_triggers(source, rows.shape, schema, checks);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused(problems))
    }
}

/// Triggers that would write when rows are removed.
pub(crate) fn writing_triggers(source: &Session, shape: Shape<'_>, schema: &Schema, checks: Checks) -> Vec<Problem> {
    let silenced = checks == Checks::Off && source.capabilities().silences_triggers;
    Triggers::of(shape, schema, silenced, source.name()).writing(Event::Delete)
}

/// What stays for rows of others that reference it; where that is not allowed, the purge is refused.
async fn kept_for_others(source: &mut Session, rows: &Rows<'_>, policies: &Policies) -> Result<Kept> {
    let (mut problems, mut edges) = (vec![], vec![]);
    for edge in rows.shape.meeting_relations() {
        if let Some(problem) = references::incoming(source, rows, edge).await? {
            match policies.incoming(edge.id) {
                Incoming::Refuse => problems.push(problem),
                Incoming::Keep => edges.push(edge),
            }
        }
    }
    let kept = Kept::find(source, rows, &edges).await?;
    problems.extend(kept.problems.iter().cloned());
    if problems.is_empty() {
        Ok(kept)
    } else {
        Err(Error::Refused(problems))
    }
}

async fn prove(
    (source, rows): (&mut Session, &Rows<'_>),
    target: &mut Session,
    request: &Request<'_>,
    progress: &dyn Progress,
) -> Result<(Proof, Record)> {
    let (source_name, target_name) = (source.name().to_owned(), target.name().to_owned());
    let rows = weighed(rows, request);
    let there = key_lists::look_up(target, request.target_rows, &rows.lists().tables()).await?;
    let target_rows = weighed(&there, request);
    let here = Side {
        connection: &mut *source,
        rows: &rows,
    };
    let there = Side {
        connection: target,
        rows: &target_rows,
    };
    let mismatches = match verify::compare(here, there, progress).await? {
        Ok(record) => return Ok((Proof::EqualToTarget, record)),
        Err(mismatches) => mismatches,
    };
    // The client lives on the target now and may have changed its rows. What the source still has was proved to be on
    // the target, if it is exactly what was verified before the switch.
    let now = verify::record(
        Side {
            connection: source,
            rows: &rows,
        },
        target_rows.shape,
    )
    .await?;
    let mut others = request.others.iter();
    let is_now =
        |other: &Record| verify::named_here(other, rows.shape, target_rows.shape).is_some_and(|other| other == now);
    if now == *request.verified || others.any(is_now) {
        return Ok((Proof::UnchangedSinceVerified, now));
    }
    Err(Error::Mismatch {
        source_name,
        target_name,
        mismatches,
    })
}

/// The same rows, for reading them all: how many there are the move has written down.
fn weighed<'r>(rows: &Rows<'r>, request: &Request<'_>) -> Rows<'r> {
    let (graph, source) = (rows.shape.graph, request.rows.shape.graph);
    let own = |id| Some(request.verified.get(&source.table(id).name.to_string())?.rows);
    let all = |id| graph.table(id).estimated_rows;
    rows.clone().weighed(own, all)
}

/// Refuses to begin with [`undo`] what this session may not end.
pub async fn may_undo(target: &mut Session, rows: &Rows<'_>) -> Result<()> {
    let can = target.capabilities();
    let checks = if can.checks_off { Checks::Off } else { Checks::Enforced };
    let schema = rows.shape.graph.schema();
    privileges::need(target, &privileges::removing(rows.shape, schema, checks, can)).await
}

/// Removes what an abandoned move has written to the target, if the journal is still ours once nobody writes there. The target
/// had no row of the client before the move; one that does not come from the source is not the move's, and keeps it from
/// removing any. Returns the rows removed.
pub async fn undo(
    target: &mut Session,
    rows: &Rows<'_>,
    mut origin: Origin<'_, '_>,
    journal: &mut dyn Journal,
) -> Result<u64> {
    let checks = begin_removal(target, None).await?;
    let mut claimed = Claimed::default();
    let removed = async {
        // A move that was taken for dead may be about to commit: this waits for it, and the statements below see all of
        // its rows or none.
        claimed = Claimed::by_undoer(target, rows).await?;
        target.lock(&rows.select(rows.shape.tree.root(), vec![])).await?;
        journal.confirm().await?;
        // All of them, so that none can come or change after they were compared.
        let (rows, locked) = &locked_rows(target, rows).await?;
        if locked.values().sum::<u64>() == 0 {
            return Ok(vec![]);
        }
        kept_for_others(target, rows, &Policies::default()).await?;
        let proved = origin.prove(target, rows).await?;
        let schema = rows.shape.graph.schema();
        remove::all(
            target,
            (rows, schema),
            checks,
            proved.as_ref(),
            &crate::progress::Silent,
        )
        .await
    }
    .await;
    let ended = match &removed {
        Ok(_) => target.commit().await,
        Err(_) => target.rollback().await,
    };
    claimed.release(target).await;
    ended?;
    Ok(removed?.iter().map(|table| table.rows).sum())
}
