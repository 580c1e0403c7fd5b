//! Values that can't arrive as what they are: asked for before anything is copied.

use exodus_engine::{Session, Uncarried};
use exodus_schema::Column;

use crate::across::Across;
use crate::error::Result;
use crate::pairs;
use crate::plan::{Check, Plan, PlannedTable, Problem, Request};
use crate::shape::{Rows, count};

/// Looks for values that can't arrive as what they are, and for what stays behind.
pub(crate) async fn look(
    (source, target): (&mut Session, &mut Session),
    rows: &Rows<'_>,
    request: &Request<'_>,
    plan: &mut Plan,
) -> Result<()> {
    let across = Across::of(request.shape, request.there);
    if across.is_some() {
        pairs::values((source, target), rows, request, plan).await?;
    }
    let dialect = source.dialect();
    let version = &request.target_schema.server_version;
    let foreign = across.is_some_and(|across| across.is_foreign());
    let of = |column: &Column| {
        if foreign {
            dialect.uncarried_across("t", column)
        } else {
            dialect.uncarried("t", column, version).map(|found| (found, false))
        }
    };
    for (problem, alters) in problems(source, rows, &plan.tables, of).await? {
        if alters && request.allow_lossy {
            plan.warnings.push(problem);
        } else {
            plan.problems.push(problem);
        }
    }
    let left = warnings(source, rows, &plan.tables).await?;
    plan.warnings.extend(left);
    Ok(())
}

/// Counts the client's values that can't be carried, column by column; which they are `of` tells, and whether they would
/// only arrive written in another way.
async fn problems(
    source: &mut Session,
    rows: &Rows<'_>,
    tables: &[PlannedTable],
    of: impl Fn(&Column) -> Option<(Uncarried, bool)>,
) -> Result<Vec<(Problem, bool)>> {
    let dialect = source.dialect();
    let mut problems = vec![];
    for planned in tables.iter().filter(|planned| planned.rows > 0) {
        let table = rows.shape.graph.table(planned.id);
        for column in &table.columns {
            let Some((uncarried, alters)) = of(column) else {
                continue;
            };
            let sql = format!(
                "SELECT COUNT(*) FROM {} AS t WHERE ({}) AND ({})",
                dialect.table(&table.name),
                rows.mine.of(planned.id),
                uncarried.condition
            );
            let found = count(source, &sql).await?;
            if found > 0 {
                let values = if found == 1 { "value" } else { "values" };
                let message = format!("column {}: {found} {values}: {}", column.name, uncarried.what);
                let help = if alters {
                    format!("{}; --allow-lossy copies them as they are shown", uncarried.help)
                } else {
                    uncarried.help.to_owned()
                };
                let mut problem = Problem::new(Check::Value, &table.name, message, &help);
                problem.rows = Some(found);
                problems.push((problem, alters));
            }
        }
    }
    Ok(problems)
}

/// The client's tables of which something stays behind that no row shows.
async fn warnings(source: &mut Session, rows: &Rows<'_>, tables: &[PlannedTable]) -> Result<Vec<Problem>> {
    let Some(sql) = source.dialect().tables_with_history() else {
        return Ok(vec![]);
    };
    let found: Vec<String> = source.query(sql).await?.into_iter().flatten().flatten().collect();
    let mine = tables.iter().filter(|planned| planned.rows > 0);
    let kept = mine.filter(|planned| found.contains(&rows.shape.graph.table(planned.id).name.name));
    let warning = |planned: &PlannedTable| {
        let message = "earlier versions of its rows (WITH SYSTEM VERSIONING) are not copied: they stay on the source, and \
                       the target's history begins with the move";
        let help = "DELETE HISTORY FROM the table removes them from the source, for all clients";
        Problem::new(Check::Value, &planned.table, message.to_owned(), help)
    };
    Ok(kept.map(warning).collect())
}
