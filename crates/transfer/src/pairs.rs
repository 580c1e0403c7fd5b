//! What the plan says of columns and values that go from one product to another.

mod keys;

use exodus_engine::Session;
use exodus_engine::value::{self, FoundMisfit, Repertoires};
use exodus_schema::{Column, Kind, Table};

use crate::across::Across;
use crate::error::Result;
use crate::plan::{Check, Plan, PlannedTable, Problem, Request};
use crate::shape::{Rows, count};
use crate::there::travelling;

/// A finding that keeps the move from beginning, or one that is only told.
pub(crate) enum Verdict {
    Problem(Problem),
    Warning(Problem),
}

const ALLOW: &str = "--allow-lossy copies it all the same; or give the target's column another type";

/// Whether the target's column can take the values of the source's.
pub(crate) fn column(
    across: Across<'_>,
    table: &Table,
    (from, to): (&Column, &Column),
    allow_lossy: bool,
) -> Option<Verdict> {
    let name = &from.name;
    match across.pairing(from, to) {
        Err(refusal) => {
            let message = format!("column {name}: {}", refusal.reason);
            Some(Verdict::Problem(Problem::new(
                Check::Schema,
                &table.name,
                message,
                &refusal.help,
            )))
        }
        Ok(pairing) => {
            let lost = pairing.lossy()?;
            let message = format!(
                "column {name} is {} here and {}: {lost}",
                from.native_type, to.native_type
            );
            Some(verdict(
                Problem::new(Check::Schema, &table.name, message, ALLOW),
                allow_lossy,
            ))
        }
    }
}

fn verdict(problem: Problem, allowed: bool) -> Verdict {
    if allowed {
        Verdict::Warning(problem)
    } else {
        Verdict::Problem(problem)
    }
}

/// The client is known everywhere by the text of its key, so that both products have to write one text.
pub(crate) fn key_column(table: &Table, from: &Column, to: &Column) -> Option<Problem> {
    let words = |kind| matches!(kind, Kind::Text | Kind::Uuid | Kind::Enum);
    let same = match (from.kind, to.kind) {
        (Kind::Integer, Kind::Integer | Kind::Decimal) | (Kind::Decimal, Kind::Integer) | (Kind::Date, Kind::Date) => {
            true
        }
        (one, other) => words(one) && words(other),
    };
    let message = format!(
        "column {} tells clients apart; as {} here and {} it has another text on each side",
        from.name, from.native_type, to.native_type
    );
    let help = "use a number, a text or a UUID as the key of clients";
    (!same).then(|| Problem::new(Check::Schema, &table.name, message, help))
}

/// Looks at the client's values, column by column, for those that would not arrive as what they are.
pub(crate) async fn values(
    (source, target): (&mut Session, &mut Session),
    rows: &Rows<'_>,
    request: &Request<'_>,
    plan: &mut Plan,
) -> Result<()> {
    let Some(across) = Across::of(request.shape, request.there) else {
        return Ok(());
    };
    let (mut problems, mut warnings) = (vec![], vec![]);
    let mut repertoires = Repertoires::default();
    for planned in plan.tables.iter().filter(|planned| planned.rows > 0) {
        let table = rows.shape.graph.table(planned.id);
        let (from, to) = travelling(table, request.there.graph.table(planned.id));
        if !across.translates(&from, &to) {
            continue;
        }
        problems.extend(nulls(source, rows, planned, (&from, &to)).await?);
        let mut pairings = across.pairings(&from, &to, &table.name)?;
        repertoires.teach(target, &mut pairings).await?;
        let select = rows.select(planned.id, from);
        for found in value::misfits(source, &select, &pairings).await? {
            match told(table, &found, request.allow_lossy) {
                Verdict::Problem(problem) => problems.push(problem),
                Verdict::Warning(problem) => warnings.push(problem),
            }
        }
    }
    plan.problems.extend(problems);
    plan.warnings.extend(warnings);
    keys::look((source, target), rows, request, plan).await
}

/// Columns without a value, where the target's must have one. Products differ in which columns may go without (a key of
/// SQLite's may).
async fn nulls(
    source: &mut Session,
    rows: &Rows<'_>,
    planned: &PlannedTable,
    (from, to): (&[Column], &[Column]),
) -> Result<Vec<Problem>> {
    let mut problems = vec![];
    for (column, _) in from
        .iter()
        .zip(to)
        .filter(|(one, other)| one.nullable && !other.nullable)
    {
        let name = &planned.table;
        let sql = format!(
            "SELECT COUNT(*) FROM {} AS t WHERE ({}) AND t.{} IS NULL",
            rows.dialect.table(name),
            rows.mine.of(planned.id),
            rows.dialect.quote(&column.name)
        );
        let found = count(source, &sql).await?;
        if found > 0 {
            let message = format!(
                "column {}: {found} rows have no value, and must have one on the target",
                column.name
            );
            let mut problem = Problem::new(
                Check::Value,
                name,
                message,
                "give these rows a value, or let the target's column be NULL",
            );
            problem.rows = Some(found);
            problems.push(problem);
        }
    }
    Ok(problems)
}

fn told(table: &Table, found: &FoundMisfit, allow_lossy: bool) -> Verdict {
    let FoundMisfit { column, misfit, values } = found;
    let noun = if *values == 1 { "value" } else { "values" };
    let message = format!("column {column}: {values} {noun}: {misfit}");
    let allowed = misfit.alters && allow_lossy;
    let help = if misfit.alters { ALLOW } else { misfit.help };
    let mut problem = Problem::new(Check::Value, &table.name, message, help);
    problem.rows = Some(*values);
    verdict(problem, allowed)
}
