//! Values that are taken on another database.

use std::collections::HashSet;

use exodus_classify::question::Question;
use exodus_engine::{Dialect, ScanRow};
use exodus_schema::{Column, Table, TableId};

use crate::ask::Asker;
use crate::job::Job;
use crate::options::{End, Error};

/// Reads the values on the other database, and prepares the comparison with them.
pub(crate) async fn collisions(
    asker: &Asker<'_, '_>,
    end: &mut End<'_>,
    table: TableId,
    columns: &[String],
    doing: String,
) -> Result<Result<Job, String>, Error> {
    let here = asker.subject.graph.table(table);
    let mut tables = end.schema.tables.iter();
    let Some(there) = tables.find(|other| other.name.name == here.name.name) else {
        return Ok(Err(format!("{} has no such table", end.connection.name())));
    };
    let dialect = end.connection.dialect();
    let Some(sql) = texts_sql(dialect, there, columns, "1 = 1") else {
        return Ok(Err(format!("the table has other columns on {}", end.connection.name())));
    };
    let mut digests = Digests::new();
    let mut each = |row: &ScanRow<'_>| digests.extend(texts_digest(dialect, row));
    if let Err(error) = end.connection.stream(&doing, &sql, columns.len(), &mut each).await {
        return Ok(Err(error.to_string()));
    }
    Ok(compared(asker, table, columns, doing, digests))
}

fn compared(
    asker: &Asker<'_, '_>,
    table: TableId,
    columns: &[String],
    doing: String,
    there: Digests,
) -> Result<Job, String> {
    let known = asker.subject.graph.table(table);
    let mine = asker.mine(table)?;
    let identity = known.identity().filter(|_| asker.options.show_keys);
    let shown = identity.map_or(&[][..], |key| &key.columns);
    let all: Vec<String> = columns.iter().chain(shown).cloned().collect();
    let sql = texts_sql(asker.dialect, known, &all, mine.unwrap_or("1 = 1"));
    Ok(Job::Collide {
        question: Question::Collisions(table, columns.to_vec()),
        doing,
        sql: sql.ok_or("a column is not known")?,
        compared: columns.len(),
        width: all.len(),
        there,
        dialect: asker.dialect,
    })
}

/// What [`Question::Collisions`] reads on either side: the texts of the columns.
fn texts_sql(dialect: Dialect, table: &Table, columns: &[String], condition: &str) -> Option<String> {
    let known: Option<Vec<&Column>> = columns.iter().map(|name| table.column(name)).collect();
    let texts: Vec<_> = known?.into_iter().map(|column| dialect.key_text("t", column)).collect();
    Some(format!(
        "SELECT {} FROM {} AS t WHERE {condition}",
        texts.join(", "),
        dialect.rows_of(table)
    ))
}

/// The texts of a row, in one digest; `None` where one is NULL.
pub(crate) fn texts_digest(dialect: Dialect, row: &ScanRow<'_>) -> Option<u128> {
    let mut hash = xxhash_rust::xxh3::Xxh3::new();
    for field in row {
        let text = dialect.text_of((*field)?);
        hash.update(&(text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    Some(hash.digest128())
}

/// Rows whose texts are among those of the other side.
pub(crate) type Digests = HashSet<u128>;
