//! What rows that come from elsewhere than a move have in common with those of a move: an import's.

use exodus_engine::{Checks, Session};
use exodus_schema::model::Event;
use exodus_schema::{Schema, TableName};

use crate::error::Result;
use crate::plan::{Check, Problem, Triggers};
use crate::prove;
use crate::shape::{Rows, Shape};

/// How the target checks the rows: not at all, where the session may have it so, for then they are proved.
pub fn checks(target: &Session) -> Checks {
    if target.capabilities().checks_off {
        Checks::Off
    } else {
        Checks::Enforced
    }
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
pub fn triggers(target: &Session, there: Shape<'_>, target_schema: &Schema, checks: Checks) -> Vec<Problem> {
    let silenced = checks == Checks::Off && target.capabilities().silences_triggers;
    Triggers::of(there, target_schema, silenced, target.name()).writing(Event::Insert)
}

/// Something else that keeps rows from arriving.
pub fn problem(check: Check, table: &TableName, message: String, help: &str) -> Problem {
    Problem::new(check, table, message, help)
}

/// Proves every relation of the rows that have arrived.
pub async fn prove(target: &mut Session, there: &Rows<'_>, target_schema: &Schema, checks: Checks) -> Result<()> {
    prove::all(target, there, target_schema, checks).await
}
