//! Removing a client's rows, child first: the source's after a move, or the target's after a move that was given up.

mod remove;

use exodus_engine::{Access, Checks, Session};
use exodus_schema::Schema;
use exodus_schema::model::Event;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::failpoints::Failpoint;
use crate::plan::{self, Integrity, Triggers};
use crate::progress::{MovedTable, Progress, Step};
use crate::references;
use crate::shape::Rows;
use crate::verify::{self, Record, Side};

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
) -> Result<Purged> {
    Failpoint::PurgeBegun.reach().await;
    let checks = begin_removal(source, request.integrity).await?;
    target.begin(Access::Snapshot, Checks::Enforced).await?;
    let purged = locked(source, target, request, checks, progress).await;
    // The target was only read; its answer to the end of that doesn't matter.
    let _ = target.rollback().await;
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

async fn begin_removal(connection: &mut Session, wanted: Option<Integrity>) -> Result<Checks> {
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
    checks: Checks,
    progress: &dyn Progress,
) -> Result<Purged> {
    let rows = request.rows;
    refuse_writing_triggers(source, rows, request.source_schema, checks)?;
    progress.step(Step::Lock);
    // Parents first: once a row is locked no new child can come, so that the next table's lock meets all there are.
    for id in rows.shape.tables() {
        source.lock(&rows.select(id, vec![])).await?;
    }
    refuse_incoming(source, rows).await?;
    progress.step(Step::Verify);
    let proof = prove(source, target, request, progress).await?;
    progress.step(Step::Remove);
    let schema = request.source_schema;
    let tables = remove::all(source, (rows, schema), checks, Some(&proof.1), progress).await?;
    Ok(Purged {
        rows: tables.iter().map(|table| table.rows).sum(),
        tables,
        proof: proof.0,
    })
}

fn refuse_writing_triggers(source: &Session, rows: &Rows<'_>, schema: &Schema, checks: Checks) -> Result<()> {
    let silenced = checks == Checks::Off && source.capabilities().silences_triggers;
    let problems = Triggers::of(rows.shape, schema, silenced, source.name()).writing(Event::Delete);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused(problems))
    }
}

async fn refuse_incoming(source: &mut Session, rows: &Rows<'_>) -> Result<()> {
    let mut problems = vec![];
    let graph = rows.shape.graph;
    for edge in graph
        .edges()
        .iter()
        .filter(|edge| rows.shape.tree.contains(edge.parent))
    {
        if rows.shape.deciding_relation(edge.child()) != Some(edge.id) {
            problems.extend(references::incoming(source, rows, edge).await?);
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused(problems))
    }
}

async fn prove(
    source: &mut Session,
    target: &mut Session,
    request: &Request<'_>,
    progress: &dyn Progress,
) -> Result<(Proof, Record)> {
    let (source_name, target_name) = (source.name().to_owned(), target.name().to_owned());
    let (rows, target_rows) = (weighed(request.rows, request), weighed(request.target_rows, request));
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
    if now == *request.verified {
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

/// Removes what an abandoned move has written to the target. The target had no row of the client before it. Returns the rows removed.
pub async fn undo(target: &mut Session, rows: &Rows<'_>) -> Result<u64> {
    let checks = begin_removal(target, None).await?;
    let removed = async {
        // A move that was taken for dead may be about to commit: this waits for it, and the statements below see all of
        // its rows or none.
        rows.claim(target).await?;
        target.lock(&rows.select(rows.shape.tree.root(), vec![])).await?;
        refuse_incoming(target, rows).await?;
        let schema = rows.shape.graph.schema();
        remove::all(target, (rows, schema), checks, None, &crate::progress::Silent).await
    };
    match removed.await {
        Ok(tables) => {
            target.commit().await?;
            Ok(tables.iter().map(|table| table.rows).sum())
        }
        Err(error) => {
            target.rollback().await?;
            Err(error)
        }
    }
}
