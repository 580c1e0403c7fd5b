//! Removing a client's rows, child first: the source's after a move, or the target's after a move that was given up.

use std::collections::{BTreeMap, BTreeSet};

use exodus_engine::{Access, CheckTime, Checks, Error as EngineError, ErrorKind, Select, Session};
use exodus_schema::model::{Deferral, Event};
use exodus_schema::{Schema, Selectors, TableId};
use serde::Serialize;

use crate::digest::Recorded;
use crate::error::{Error, Result};
use crate::failpoints::Failpoint;
use crate::plan::Triggers;
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
    let checks = begin_removal(source).await?;
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

async fn begin_removal(connection: &mut Session) -> Result<Checks> {
    let checks = if connection.capabilities().checks_off {
        Checks::Off
    } else {
        Checks::Enforced
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
    let tables = remove(source, rows, checks, Some(&proof.1), progress).await?;
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
    let checks = begin_removal(target).await?;
    let removed = async {
        // A move that was taken for dead may be about to commit: this waits for it, and the statements below see all of
        // its rows or none.
        rows.claim(target).await?;
        target.lock(&rows.select(rows.shape.tree.root(), vec![])).await?;
        refuse_incoming(target, rows).await?;
        remove(target, rows, checks, None, &crate::progress::Silent).await
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

/// Removes the client's rows child first. With `proved`, removing another number of rows than were proved is an error.
async fn remove(
    connection: &mut Session,
    rows: &Rows<'_>,
    checks: Checks,
    proved: Option<&BTreeMap<String, Recorded>>,
    progress: &dyn Progress,
) -> Result<Vec<MovedTable>> {
    let order = removal_order(rows);
    let stages = stage_loops(connection, rows, checks, &order).await?;
    let mut removed = vec![];
    for &id in &order {
        let table = &rows.shape.graph.table(id).name;
        let select = stages
            .get(&id)
            .map_or_else(|| rows.select(id, vec![]), |stage| staged(rows, id, stage));
        let expected = proved
            .and_then(|record| record.get(&table.to_string()))
            .map(|recorded| recorded.rows);
        progress.table(table, expected.unwrap_or(0));
        let number = connection.delete(&select).await?;
        if let Some(expected) = expected.filter(|expected| *expected != number) {
            let database = connection.name().to_owned();
            return Err(Error::Moved {
                database,
                table: table.clone(),
                doing: "removing from",
                expected,
                found: number,
            });
        }
        progress.table_done(table, number);
        removed.push(MovedTable {
            table: table.clone(),
            rows: number,
            bytes: 0,
        });
    }
    for stage in stages.values() {
        connection.execute(&rows.dialect.drop_stage(stage)).await?;
    }
    Ok(removed)
}

/// Child first; and before all others the tables that no client table references: they may have no key to be written
/// down by, and so have to be removed while their rows can be selected.
fn removal_order(rows: &Rows<'_>) -> Vec<TableId> {
    let (graph, tree) = (rows.shape.graph, rows.shape.tree);
    let is_referenced = |id: &TableId| graph.children(*id).any(|edge| tree.contains(edge.child()));
    let (rest, first): (Vec<_>, Vec<_>) = rows.shape.tables().rev().partition(is_referenced);
    first.into_iter().chain(rest).collect()
}

/// Writes down, in temporary tables, the keys of tables whose rows could no longer be selected once rows of another
/// table, or of the same one (MySQL and MariaDB look while they remove), are gone or changed; and breaks the references that the server would check at once.
async fn stage_loops(
    connection: &mut Session,
    rows: &Rows<'_>,
    checks: Checks,
    order: &[TableId],
) -> Result<BTreeMap<TableId, String>> {
    let breaking = to_break(connection, rows, checks)?;
    let is_broken = |id: &TableId| breaking.iter().any(|(table, _)| table == id);
    let selectors = Selectors::new(rows.shape.graph, rows.shape.tree, rows.shape.root_key);
    let mut stages = BTreeMap::new();
    for (at, &id) in order.iter().enumerate() {
        let read = selectors
            .of(id)
            .map_or_else(BTreeSet::new, |selector| selector.reads(rows.shape.graph));
        if !is_broken(&id)
            && !read
                .iter()
                .any(|other| is_broken(other) || order[..=at].contains(other))
        {
            continue;
        }
        let table = rows.shape.graph.table(id);
        let Some(identity) = table.identity() else {
            let doing = format!(
                "removing rows of {}, which is part of a loop and has no primary key",
                table.name
            );
            return Err(EngineError::new(ErrorKind::Unsupported, connection.name(), doing)
                .help("give the table a primary key")
                .into());
        };
        let stage = format!("exodus_keys_{}", id.0);
        let columns = identity.columns.iter().map(String::as_str);
        let sql = rows
            .dialect
            .create_stage_of(&stage, &table.name, columns, rows.mine.of(id));
        connection.execute(&sql).await?;
        stages.insert(id, stage);
    }
    for (id, columns) in &breaking {
        let set: Vec<_> = columns
            .iter()
            .map(|column| format!("{} = NULL", rows.dialect.quote(column)))
            .collect();
        let select = staged(rows, *id, &stages[id]);
        let table = rows.dialect.table(&select.table);
        connection
            .execute(&format!(
                "UPDATE {table} AS t SET {} WHERE {}",
                set.join(", "),
                select.condition
            ))
            .await?;
    }
    Ok(stages)
}

/// Loop columns that have to be NULL before rows can be removed where the server checks each statement.
fn to_break(connection: &Session, rows: &Rows<'_>, checks: Checks) -> Result<Vec<(TableId, BTreeSet<String>)>> {
    let can = connection.capabilities();
    if checks == Checks::Off || can.check_time == CheckTime::Commit {
        return Ok(vec![]);
    }
    let graph = rows.shape.graph;
    let mut breaking: BTreeMap<TableId, BTreeSet<String>> = BTreeMap::new();
    for &id in rows.shape.tree.back_relations() {
        let (table, relation) = (graph.table(id.child), graph.relation(id));
        let within =
            graph.edge(id).is_some_and(exodus_schema::Edge::is_self_loop) && can.check_time == CheckTime::Statement;
        if within || !relation.is_plain() || (can.can_defer && relation.deferral != Deferral::NotDeferrable) {
            continue;
        }
        let free: BTreeSet<String> = relation
            .child_columns()
            .filter(|column| table.is_nullable(column))
            .map(str::to_owned)
            .collect();
        if free.is_empty() {
            let doing = format!("removing rows of the loop through {}", graph.describe(id));
            return Err(EngineError::new(ErrorKind::Unsupported, connection.name(), doing)
                .help("make the relation deferrable, or let this role switch checks off")
                .into());
        }
        breaking.entry(id.child).or_default().extend(free);
    }
    Ok(breaking.into_iter().collect())
}

fn staged(rows: &Rows<'_>, id: TableId, stage: &str) -> Select {
    let table = rows.shape.graph.table(id);
    let keys: Vec<&str> = table
        .identity()
        .map_or(vec![], |key| key.columns.iter().map(String::as_str).collect());
    let condition = format!(
        "({}) IN (SELECT {} FROM {} AS k)",
        rows.dialect.columns("t", keys.iter().copied()),
        rows.dialect.columns("k", keys.iter().copied()),
        rows.dialect.quote(stage),
    );
    Select {
        table: table.name.clone(),
        columns: vec![],
        condition,
        nulled: vec![],
        dense: false,
    }
}
