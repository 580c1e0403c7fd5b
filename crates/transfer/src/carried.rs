//! Values that can't arrive as what they are: asked for before anything is copied.

use exodus_engine::Session;

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
    if !across.is_some_and(|across| across.is_foreign()) {
        let found = problems(source, rows, &plan.tables, &request.target_schema.server_version).await?;
        plan.problems.extend(found);
    }
    let left = warnings(source, rows, &plan.tables).await?;
    plan.warnings.extend(left);
    Ok(())
}

/// Counts the client's values that can't be carried to a server of the version `there`, column by column.
async fn problems(source: &mut Session, rows: &Rows<'_>, tables: &[PlannedTable], there: &str) -> Result<Vec<Problem>> {
    let dialect = source.dialect();
    let mut problems = vec![];
    for planned in tables.iter().filter(|planned| planned.rows > 0) {
        let table = rows.shape.graph.table(planned.id);
        for column in &table.columns {
            let Some(uncarried) = dialect.uncarried("t", column, there) else {
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
                let mut problem = Problem::new(Check::Value, &table.name, message, uncarried.help);
                problem.rows = Some(found);
                problems.push(problem);
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
