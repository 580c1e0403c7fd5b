//! Keys of the client that rows of others on the target already have.
//!
//! The copy would meet them too, and undo itself; but by then the client is frozen.

use exodus_engine::{Dialect, Session};
use exodus_schema::{Column, Key, Kind, Table};

use crate::error::Result;
use crate::plan::{Check, Problem};
use crate::shape::{Rows, Shape, count};

/// Keys asked for in one query.
const BATCH: usize = 500;
/// Keys that are looked for beforehand, per key of a table. What more there are only the copy can meet.
const MOST: usize = 10_000;

/// Looks on the target for the client's primary and unique keys, of up to 10,000 rows of each table.
pub(crate) async fn problems(
    source: &mut Session,
    target: &mut Session,
    rows: &Rows<'_>,
    there: Shape<'_>,
) -> Result<Vec<Problem>> {
    let mut problems = vec![];
    for id in rows.shape.tables() {
        let (table, target_table) = (rows.shape.graph.table(id), there.graph.table(id));
        for key in table.primary_key.iter().chain(&table.unique_keys) {
            let Some(columns) = comparable(table, key) else {
                continue;
            };
            let texts: Vec<_> = columns
                .iter()
                .map(|column| rows.dialect.key_text("t", column))
                .collect();
            let name = rows.dialect.table(&table.name);
            let mine = rows.mine.of(id);
            let sql = format!("SELECT {} FROM {name} AS t WHERE {mine} LIMIT {MOST}", texts.join(", "));
            let keys = source.query(&sql).await?;
            let taken = taken(target, target_table, &columns, &keys).await?;
            if taken > 0 {
                let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
                let mut problem = Problem::new(
                    Check::Collision,
                    &table.name,
                    format!(
                        "values of {} ({}) that this client has are taken on {}: {taken}",
                        key.name,
                        names.join(", "),
                        target.name()
                    ),
                    "give the rows on one of the sides other values",
                );
                problem.rows = Some(taken);
                problems.push(problem);
            }
        }
    }
    Ok(problems)
}

/// The columns of a key whose values can be written as literals and compared exactly.
fn comparable<'t>(table: &'t Table, key: &Key) -> Option<Vec<&'t Column>> {
    let columns: Option<Vec<_>> = key.columns.iter().map(|name| table.column(name)).collect();
    let plain = |column: &&Column| {
        let kind = matches!(
            column.kind,
            Kind::Integer | Kind::Text | Kind::Uuid | Kind::Bytes | Kind::Date
        );
        kind && column.generated.is_none()
    };
    columns.filter(|columns| key.total && !columns.is_empty() && columns.iter().all(plain))
}

async fn taken(target: &mut Session, table: &Table, columns: &[&Column], keys: &[Vec<Option<String>>]) -> Result<u64> {
    let dialect = target.dialect();
    let names = dialect.columns("t", columns.iter().map(|column| column.name.as_str()));
    // A key with a NULL collides with nothing; nor is a value looked for that the column's type doesn't hold.
    let there: Option<Vec<&Column>> = columns.iter().map(|column| table.column(&column.name)).collect();
    let Some(there) = there else { return Ok(0) };
    let literals: Vec<String> = keys.iter().filter_map(|key| literal(dialect, &there, key)).collect();
    let mut taken = 0;
    for batch in literals.chunks(BATCH) {
        let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
        let condition = dialect.row_in(&names, &batch);
        let name = dialect.table(&table.name);
        taken += count(target, &format!("SELECT COUNT(*) FROM {name} AS t WHERE {condition}")).await?;
    }
    Ok(taken)
}

fn literal(dialect: Dialect, columns: &[&Column], key: &[Option<String>]) -> Option<String> {
    let parts = columns
        .iter()
        .zip(key)
        .map(|(column, text)| dialect.literal(column, text.as_deref()?).ok());
    Some(format!("({})", parts.collect::<Option<Vec<_>>>()?.join(", ")))
}
