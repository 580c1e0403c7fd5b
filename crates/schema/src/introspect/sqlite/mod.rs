//! SQLite, from `sqlite_master` and the pragmas as table-valued functions.
//!
//! The foreign keys count as validated: whether a session checks them is that session's choice, and exodus' own do.

pub(crate) mod ddl;
pub(crate) mod kind;
mod tokens;

use std::collections::BTreeMap;

use super::draft::{Draft, Spelling};
use super::rows::{Cells, Problem, Reader};
use super::shape::{ColumnRow, KeyRow, RelationRow, TriggerRow, table};
use super::{Options, ReadError};
use crate::catalogue::Catalogue;
use crate::model::{Schema, Table};
use crate::name::TableName;

/// Version 3.37.0, which brought `pragma_table_list`.
const HAS_TABLE_LIST: u32 = 3_037_000;

/// Reads everything.
pub(super) async fn read<C: Catalogue>(
    mut reader: Reader<'_, C>,
    options: &Options,
) -> Result<Schema, ReadError<C::Error>> {
    super::wanted(&options.schemas, vec!["main".to_owned()])?;
    let server = |cells: &mut Cells| Ok((cells.text()?, cells.number::<u32>()?, cells.flag()?));
    let (version, number, analysed) = reader.ask_one("server", include_str!("server.sql"), server).await?;
    let sql = match number {
        HAS_TABLE_LIST.. => include_str!("tables.sql"),
        _ => include_str!("tables_before_3_37.sql"),
    };
    let mut draft = Draft::new(reader.ask("tables", sql, table).await?);
    if analysed {
        let decode = |cells: &mut Cells| Ok((cells.table()?, cells.optional_number()?));
        for (name, rows) in reader.ask("estimates", include_str!("estimates.sql"), decode).await? {
            if let Some(table) = draft.tables.get_mut(&name) {
                table.estimated_rows = rows;
            }
        }
    }
    let decode = |cells: &mut Cells| ColumnRow::decode(cells, kind::of);
    draft.columns(reader.ask("columns", include_str!("columns.sql"), decode).await?);
    draft.keys(reader.ask("keys", include_str!("keys.sql"), KeyRow::decode).await?);

    let statement = |cells: &mut Cells| Ok((cells.table()?, ddl::table(&cells.text()?)));
    let statements = reader.ask("ddl", include_str!("ddl.sql"), statement).await?;
    let statements: BTreeMap<TableName, ddl::Statement> = statements.into_iter().collect();
    for (name, statement) in &statements {
        if let Some(table) = draft.tables.get_mut(name) {
            complete_columns(table, statement);
        }
    }
    let relations = reader
        .ask("relations", include_str!("relations.sql"), RelationRow::decode)
        .await?;
    let relations = complete_relations(relations, &statements);
    draft.relations(relations, Spelling::Ascii, Spelling::Ascii);
    draft.triggers(reader.ask("triggers", include_str!("triggers.sql"), trigger).await?);
    Ok(draft.finish(reader.engine, version))
}

fn trigger(cells: &mut Cells) -> Result<TriggerRow, Problem> {
    let table = cells.table()?;
    let name = cells.text()?;
    let trigger = ddl::trigger(&name, &cells.text()?);
    let trigger = trigger.ok_or_else(|| format!("the statement of trigger `{name}` makes no trigger"))?;
    Ok(TriggerRow { table, trigger })
}

fn complete_columns(table: &mut Table, statement: &ddl::Statement) {
    for text in &statement.columns {
        let Some(column) = table.columns.iter_mut().find(|column| column.name == text.name) else {
            continue;
        };
        column.collation.clone_from(&text.collation);
        if let (Some(generated), Some(expression)) = (&mut column.generated, &text.expression) {
            generated.expression.clone_from(expression);
        }
    }
}

/// Adds names and deferral. The pragma numbers the foreign keys of a table from the last in the statement to the first;
/// where the two don't have the same number of them, the statement was misread and is not believed.
fn complete_relations(
    mut rows: Vec<RelationRow>,
    statements: &BTreeMap<TableName, ddl::Statement>,
) -> Vec<RelationRow> {
    let mut count: BTreeMap<TableName, usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.ordinal == 1) {
        *count.entry(row.child.clone()).or_default() += 1;
    }
    for row in &mut rows {
        let Some(statement) = statements.get(&row.child) else {
            continue;
        };
        let keys = &statement.foreign_keys;
        if count.get(&row.child) != Some(&keys.len()) {
            continue;
        }
        let from_the_end = row.id.parse::<usize>().ok();
        let at = from_the_end.and_then(|id| keys.len().checked_sub(id + 1));
        if let Some(key) = at.and_then(|at| keys.get(at)) {
            row.name.clone_from(&key.name);
            row.deferral = key.deferral;
        }
    }
    rows
}
