//! Rows that were written on the source after the move, by writers that did not ask the dispatch store: they are found, shown
//! beside the target's, and applied there by choice.

mod late;
mod read;
mod since;
mod write;

use exodus_engine::{Access, Checks, Needed, Session, Use};
use exodus_schema::{Column, Schema};
use serde::Serialize;
use serde_json::json;

use crate::error::{Error, Result};
use crate::failpoints::Failpoint;
use crate::journal::{Event, Journal};
use crate::key_lists;
use crate::privileges;
use crate::purge;
use crate::shape::{Rows, Shape};
use crate::verify::{MOST_KEYS, Record};

pub use late::{Change, Differing, LateRow, LateTable, Take};

/// Rows of a table that are shown, and of which is told in which columns they differ.
pub const MOST_SHOWN: usize = MOST_KEYS;

/// What is needed of both ends.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The client's rows on the source.
    pub rows: &'a Rows<'a>,
    /// The client's rows on the target.
    pub target_rows: &'a Rows<'a>,
    /// The target's schema.
    pub target_schema: &'a Schema,
    /// What the source's rows may have been: what was verified, or accounted for since; the likeliest first.
    pub known: &'a [Record],
    /// Show the values of the rows.
    pub values: bool,
}

/// The late rows of a client.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// Tables that have some, parents first.
    pub tables: Vec<LateTable>,
    /// What is accounted for of the tables that have none.
    #[serde(skip)]
    record: Record,
}

impl Found {
    /// All late rows.
    pub fn rows(&self) -> impl Iterator<Item = &LateRow> {
        self.tables.iter().flat_map(|table| &table.rows)
    }

    /// Nothing is late, or all that is has been decided.
    pub fn is_settled(&self) -> bool {
        let open = |table: &LateTable| table.without_key > 0 || table.rows.iter().any(|row| row.take.is_none());
        !self.tables.iter().any(open)
    }

    /// Both are about the same rows, with the same content.
    fn is_like(&self, other: &Self) -> bool {
        let rows = |found: &Self| -> Vec<_> {
            let of = |table: &LateTable| {
                table
                    .rows
                    .iter()
                    .map(|row| (table.id, row.difference))
                    .collect::<Vec<_>>()
            };
            found.tables.iter().flat_map(of).collect()
        };
        rows(self) == rows(other)
    }

    /// What the source has that is accounted for.
    fn accounted(&self) -> Record {
        let mut record = self.record.clone();
        for table in &self.tables {
            if let Some(total) = table.accounted() {
                record.insert(table.table.to_string(), total.into());
            }
        }
        record
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// Rows that the target has now.
    pub inserted: u64,
    /// Rows of the target that are what the source's are.
    pub changed: u64,
    /// Rows that the target no longer has.
    pub removed: u64,
    /// Rows of the source that were given up.
    pub given_up: u64,
    /// Rows about which nothing was decided.
    pub undecided: u64,
}

/// Looks for late rows. Both sessions are outside any transaction, and only read.
pub async fn look(source: &mut Session, target: &mut Session, request: Request<'_>) -> Result<Found> {
    source.begin(Access::Snapshot, Checks::Enforced).await?;
    target.begin(Access::Snapshot, Checks::Enforced).await?;
    let rows = &request.rows.with_key_lists(source).await?;
    let there = &key_lists::look_up(target, request.target_rows, &rows.lists().tables()).await?;
    let found = read::late((&mut *source, rows), (&mut *target, there), &request).await?;
    source.rollback().await?;
    target.rollback().await?;
    Ok(found)
}

/// Does what was decided about the rows that were found: in one transaction of the target, in which all of the client's rows
/// are locked, and compared once more before and after. Then the journal is told what the source has that is accounted for, by
/// which a purge knows it. A process that dies between the two has done no harm: what was taken from the source is equal on
/// both sides, and what was given up is found again.
pub async fn apply(
    source: &mut Session,
    target: &mut Session,
    request: Request<'_>,
    decided: &Found,
    journal: &mut dyn Journal,
) -> Result<Applied> {
    source.begin(Access::Snapshot, Checks::Enforced).await?;
    let checks = purge::begin_removal(target, None).await?;
    let applied = locked(source, target, (request, checks), decided, journal).await;
    // The source was only read.
    let _ = source.rollback().await;
    match applied {
        Ok(applied) => {
            Failpoint::ReconcileApplied.reach().await;
            target.commit().await?;
            Failpoint::ReconcileCommitted.reach().await;
            let mut told = json!(applied);
            told["record"] = json!(decided.accounted());
            journal.record(Event::Reconcile, told).await?;
            Ok(applied)
        }
        Err(error) => {
            target.rollback().await?;
            Err(error)
        }
    }
}

/// What it takes to do what was decided.
fn needed(shape: Shape<'_>, decided: &Found) -> Vec<Needed> {
    let mut needed = privileges::locking(shape);
    for late in &decided.tables {
        let table = shape.graph.table(late.id);
        let is_key = |column: &&Column| table.identity().is_some_and(|key| key.columns.contains(&column.name));
        let others = table
            .columns
            .iter()
            .filter(|column| !is_key(column) && column.generated.is_none());
        let taken = |change| {
            let mut rows = late.rows.iter();
            rows.any(|row| row.take == Some(Take::Source) && row.change == change)
        };
        if taken(Change::Inserted) {
            needed.push(privileges::of(shape.graph, late.id, &[Use::Write, Use::Generate]));
        }
        if taken(Change::Changed) {
            let set = others.map(|column| column.name.clone()).collect();
            needed.push(privileges::setting(shape, late.id, set));
        }
        if taken(Change::Deleted) {
            needed.push(privileges::of(shape.graph, late.id, &[Use::Remove]));
        }
    }
    privileges::merged(needed)
}

async fn locked(
    source: &mut Session,
    target: &mut Session,
    (request, checks): (Request<'_>, Checks),
    decided: &Found,
    journal: &mut dyn Journal,
) -> Result<Applied> {
    privileges::need(target, &needed(request.target_rows.shape, decided)).await?;
    let (there, _) = &purge::locked_rows(target, request.target_rows).await?;
    journal.confirm().await?;
    let rows = &key_lists::look_up(source, request.rows, &there.lists().tables()).await?;
    let found = read::late((&mut *source, rows), (&mut *target, there), &request).await?;
    if !found.is_like(decided) {
        return Err(Error::Stale {
            database: source.name().to_owned(),
        });
    }
    let applied = write::all((&mut *source, rows), (&mut *target, there), (&request, checks), decided).await?;
    // Rows have come, which keys that were looked up before don't lead to.
    let there = &key_lists::look_up(target, request.target_rows, &there.lists().tables()).await?;
    crate::prove::all(target, there, request.target_schema, checks).await?;
    read::refuse_taken((source, rows), (target, there), decided).await?;
    Ok(applied)
}
