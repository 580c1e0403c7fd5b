//! What rows that come from elsewhere than a move have in common with those of a move: an import's.

use std::collections::{BTreeMap, BTreeSet};

use exodus_engine::{Checks, Load, Session};
use exodus_schema::model::Event;
use exodus_schema::{Column, Schema, Table, TableId, TableName};

use crate::error::Result;
use crate::late;
use crate::loops::{self, Work};
use crate::plan::{self, Check, Integrity, Problem, Triggers};
use crate::privileges;
use crate::prove;
use crate::shape::{Rows, Shape};

/// How the target checks the rows: not at all, where the session may have it so, for then they are proved. `asked` forces
/// one of the two.
pub fn checks(target: &Session, asked: Option<Integrity>) -> Result<Checks> {
    Ok(match plan::integrity(target, asked)? {
        Integrity::Proven => Checks::Off,
        Integrity::Enforced => Checks::Enforced,
    })
}

/// What foreign keys ask of rows that come in the order of the tables, where the target checks each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loops {
    /// Columns that come as NULL and are set when all rows are there.
    pub late: BTreeMap<TableId, BTreeSet<String>>,
    /// Tables of which no row can come before rows of a table behind it, with the foreign key that says so.
    pub stuck: BTreeMap<TableId, String>,
}

/// Looks for foreign keys that the order of the tables does not satisfy.
pub fn loops(target: &Session, there: Shape<'_>, target_schema: &Schema, checks: Checks) -> Loops {
    let mut found = Loops::default();
    if checks == Checks::Off {
        return found;
    }
    let can = target.capabilities();
    let order: Vec<TableId> = there.tables().collect();
    let place = |id: TableId| order.iter().position(|one| *one == id);
    for constraint in loops::constraints(there, target_schema) {
        let backward = place(constraint.parent) >= place(constraint.child);
        if !backward || constraint.eased(can, Work::Write).is_some() || constraint.is_within_statement(can) {
            continue;
        }
        match &constraint.free {
            Some(free) => found
                .late
                .entry(constraint.child)
                .or_default()
                .extend(free.iter().cloned()),
            // Rows of one table may be in the right order among themselves: the server tells.
            None if constraint.is_self_loop() => {}
            None => drop(found.stuck.insert(constraint.child, constraint.describe().to_owned())),
        }
    }
    found
}

/// Makes a temporary table for what is set late: the columns of a key, then those that are set.
pub async fn stage(target: &mut Session, table: &Table, columns: Vec<Column>) -> Result<Load> {
    late::stage(target, table, columns).await
}

/// Sets the columns of as many `rows` as were written into the temporary table, which is dropped.
pub async fn set_late(
    target: &mut Session,
    table: &Table,
    key: &[String],
    columns: &BTreeSet<String>,
    rows: u64,
) -> Result<()> {
    late::from_stage(target, table, key, &columns.iter().collect::<Vec<_>>(), rows).await
}

/// Begins an arrival inside the write transaction: who wants to write or remove the same client's rows waits. The problem
/// for each table that has rows of the client already.
pub async fn begin(target: &mut Session, there: &Rows<'_>) -> Result<Vec<Problem>> {
    there.claim(target).await?;
    occupied(target, there).await
}

/// A problem for each table that has rows of the client already.
pub async fn occupied(target: &mut Session, there: &Rows<'_>) -> Result<Vec<Problem>> {
    let counted = there.count_all(target).await?;
    let found = counted.into_iter().filter(|(_, rows)| *rows > 0).map(|(id, rows)| {
        let mut problem = Problem::new(
            Check::TargetNotEmpty,
            &there.shape.graph.table(id).name,
            format!("{} already has rows of this client: {rows}", target.name()),
            "take another database, or remove the client there first",
        );
        problem.rows = Some(rows);
        problem
    });
    Ok(found.collect())
}

/// What the target's triggers would do to the rows.
pub fn triggers(
    target: &Session,
    there: Shape<'_>,
    target_schema: &Schema,
    (checks, loops): (Checks, &Loops),
) -> Vec<Problem> {
    let silenced = checks == Checks::Off && target.capabilities().silences_triggers;
    let triggers = Triggers::of(there, target_schema, silenced, target.name());
    let mut found = triggers.writing(Event::Insert);
    let late: BTreeSet<&TableName> = loops.late.keys().map(|&id| &there.graph.table(id).name).collect();
    let updated = triggers.writing(Event::Update).into_iter();
    let updated: Vec<_> = updated
        .filter(|problem| late.contains(&problem.table) && !found.contains(problem))
        .collect();
    found.extend(updated);
    found
}

/// What this session may not do that writing the rows takes, asked before anything is begun.
pub async fn lacking(
    target: &mut Session,
    there: Shape<'_>,
    (checks, loops): (Checks, &Loops),
) -> Result<Vec<Problem>> {
    let integrity = match checks {
        Checks::Off => Integrity::Proven,
        Checks::Enforced => Integrity::Enforced,
    };
    let late: BTreeSet<&TableName> = loops.late.keys().map(|&id| &there.graph.table(id).name).collect();
    let (reading, writing) = privileges::arriving(there, &late, integrity);
    let unread = privileges::lacking(target, &reading).await?;
    if unread.is_empty() {
        return privileges::lacking(target, &writing).await;
    }
    Ok(unread)
}

/// Something else that keeps rows from arriving.
pub fn problem(check: Check, table: &TableName, message: String, help: &str) -> Problem {
    Problem::new(check, table, message, help)
}

/// Proves every relation of the rows that have arrived.
pub async fn prove(target: &mut Session, there: &Rows<'_>, target_schema: &Schema, checks: Checks) -> Result<()> {
    prove::all(target, there, target_schema, checks).await
}
