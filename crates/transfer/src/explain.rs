//! How the source would find the client's rows, and what it costs where it reads more than it is asked for.

use exodus_engine::Session;
use exodus_schema::{Reach, TableName};
use serde::Serialize;

use crate::error::Result;
use crate::key::ClientKey;
use crate::plan::{Plan, PlannedTable};
use crate::shape::{Rows, Shape, copied_columns};

/// Tables with fewer rows are read through in no time.
const FEW_ROWS: u64 = 1_000;
/// Reading everything costs more than looking rows up where the client owns less than this part of a table.
const SMALL_PART: u64 = 6;

/// How the client's rows of one table are found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedTable {
    /// The table.
    pub table: TableName,
    /// The server's plan, line by line.
    pub plan: Vec<String>,
    /// The whole table is read.
    pub reads_through: bool,
    /// Keys that were looked up first stand for subqueries, with which the whole table would be read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub key_list: bool,
    /// What is wrong with that, where the client owns a small part of the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

/// Asks the source, for every table of the plan, how it would carry out the very statement that the copy begins with.
pub async fn explain(
    source: &mut Session,
    shape: Shape<'_>,
    client: &ClientKey,
    plan: &Plan,
) -> Result<Vec<ExplainedTable>> {
    let rows = Rows::of(shape, source.dialect(), client)?.listed(&plan.lists)?;
    let rows = rows.weighed(|id| plan.own_rows(id), |id| shape.graph.table(id).estimated_rows);
    let mut told = vec![];
    for planned in &plan.tables {
        let mut select = rows.select(planned.id, copied_columns(shape.graph.table(planned.id)));
        // As the copy does, which wants the rows in the order of their parents.
        select.dense = false;
        let explained = source.explain(&select).await?;
        told.push(ExplainedTable {
            table: planned.table.clone(),
            warning: explained.reads_through.then(|| warning(&rows, planned)).flatten(),
            plan: explained.lines,
            reads_through: explained.reads_through,
            key_list: rows.lists().tables().contains(&planned.id),
        });
    }
    Ok(told)
}

/// What is told of a table that is read through, if it is not small and the client's part of it is.
fn warning(rows: &Rows<'_>, planned: &PlannedTable) -> Option<String> {
    let all = planned.estimated_rows?;
    if all < FEW_ROWS || planned.rows.saturating_mul(SMALL_PART) >= all {
        return None;
    }
    let (graph, table) = (rows.shape.graph, rows.shape.graph.table(planned.id));
    let member = rows.shape.tree.member(planned.id)?;
    let by: Vec<_> = match &member.reach {
        Reach::Complete(path) => path.last().into_iter().copied().collect(),
        _ => member.owners.clone(),
    };
    let lacking = by
        .into_iter()
        .map(|id| graph.relation(id))
        .filter(|relation| table.lacks_index_for(relation));
    let lists: Vec<_> = lacking
        .map(|relation| format!("({})", relation.child_columns().collect::<Vec<_>>().join(", ")))
        .collect();
    let what = format!("about {all} rows are read for {} of the client's", planned.rows);
    Some(if lists.is_empty() {
        format!("{what}, although there is an index: the server's statistics may be old (ANALYZE)")
    } else {
        format!(
            "{what}: no index of {} starts with {}",
            planned.table,
            lists.join(", or with ")
        )
    })
}
