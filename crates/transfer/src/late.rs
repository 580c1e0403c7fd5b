//! NULL-then-set: columns of a loop that were written as NULL get their values when all rows are there.

use exodus_engine::{Load, Select, Session};
use exodus_schema::{Column, Kind, Table};

use crate::copy::{Ends, stream};
use crate::error::{Error, Result};
use crate::plan::PlannedTable;
use crate::progress::Silent;
use crate::shape::{Rows, count};

const STAGE: &str = "exodus_late";

/// Sets the columns that the copy left NULL, from a temporary table, many rows by each statement.
pub(crate) async fn set(
    ends: &mut Ends<'_>,
    (rows, there): (&Rows<'_>, &Rows<'_>),
    planned: &PlannedTable,
) -> Result<()> {
    let late = planned.late_columns();
    let late: Vec<&String> = late.iter().collect();
    let table = rows.shape.graph.table(planned.id);
    let Some(identity) = table.identity().filter(|_| !late.is_empty()) else {
        return Ok(());
    };
    let target_table = there.shape.graph.table(planned.id);
    let staged = |table: &Table| -> Vec<Column> {
        let names = identity.columns.iter().chain(late.iter().copied());
        names.filter_map(|name| table.column(name).cloned()).collect()
    };
    let mut select = rows.select(planned.id, staged(table));
    let any_set: Vec<_> = late.iter().map(|column| is_set(&select, rows, column)).collect();
    select.condition = format!("({}) AND ({})", select.condition, any_set.join(" OR "));

    let load = stage(ends.target, target_table, staged(target_table)).await?;
    let (sent, _) = stream(ends, &select, &load, &load.columns, &Silent).await?;
    from_stage(ends.target, target_table, &identity.columns, &late, sent.rows).await
}

/// Makes the temporary table for rows of keys and columns of `table`.
pub(crate) async fn stage(target: &mut Session, table: &Table, columns: Vec<Column>) -> Result<Load> {
    let create = target.dialect().create_stage(STAGE, &table.name, &columns);
    target.execute(&create).await?;
    Ok(Load {
        table: exodus_schema::TableName::bare(STAGE),
        columns,
    })
}

/// Sets the columns of all `rows` that the temporary table holds, which is dropped.
pub(crate) async fn from_stage(
    target: &mut Session,
    table: &Table,
    key: &[String],
    late: &[&String],
    rows: u64,
) -> Result<()> {
    let dialect = target.dialect();
    let columns_set: Vec<&str> = late.iter().map(|column| column.as_str()).collect();
    let key: Vec<&str> = key.iter().map(String::as_str).collect();
    let clocks = clocks(table, late);
    let update = dialect.update_from_stage(STAGE, &table.name, &key, &columns_set, &clocks);
    let end = count(target, &dialect.stage_end(STAGE)).await?;
    let mut changed = 0;
    for part in dialect.stage_parts(&update, end) {
        changed += target.execute(&part).await?;
    }
    target.execute(&dialect.drop_stage(STAGE)).await?;
    if changed != rows {
        return Err(Error::Moved {
            database: target.name().to_owned(),
            table: table.name.clone(),
            doing: "setting loop columns of",
            expected: rows,
            found: changed,
        });
    }
    Ok(())
}

/// The row has a value in the column that is to arrive.
fn is_set(select: &Select, rows: &Rows<'_>, column: &str) -> String {
    let given_up = select.nulled_when.iter().filter(|when| when.column == column);
    let given_up = given_up.map(|when| format!(" AND ({}) IS NOT TRUE", when.condition));
    format!(
        "(t.{} IS NOT NULL{})",
        rows.dialect.quote(column),
        given_up.collect::<String>()
    )
}

/// Columns that the server may set by itself when a row changes.
fn clocks<'t>(table: &'t Table, late: &[&String]) -> Vec<&'t str> {
    let columns = table.columns.iter();
    let clocks = columns.filter(|column| {
        let is_clock = matches!(column.kind, Kind::Timestamp | Kind::DateTime);
        is_clock && column.generated.is_none() && !late.contains(&&column.name)
    });
    clocks.map(|column| column.name.as_str()).collect()
}
