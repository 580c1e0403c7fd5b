//! Tables that are altered between the reading of the schema and a move.
//!
//! A move copies the columns that it knows, in the types that it knows. A column that came since would stay behind, and
//! one whose type has changed could arrive as another value, both without a difference between what was read and what was
//! written. A run over many clients reads the schema once and may last for hours.

use std::collections::BTreeSet;

use exodus_engine::Session;
use exodus_schema::{Schema, Table, TableName};

use crate::error::{Error, Result};
use crate::shape::Shape;

/// Tables in one question.
const TABLES: usize = 100;

/// Fails if a table of the tree has other columns than the database's schema says; tables `except` are none of that.
pub(crate) async fn refuse(
    session: &mut Session,
    (shape, schema): (Shape<'_>, &Schema),
    except: &[TableName],
) -> Result<()> {
    // The shape has only the columns that both ends have.
    let names = shape.tables().map(|id| &shape.graph.table(id).name);
    let tables: Vec<&Table> = names
        .filter(|name| !except.contains(name))
        .filter_map(|name| schema.table(name))
        .collect();
    for some in tables.chunks(TABLES) {
        let names: Vec<&TableName> = some.iter().map(|table| &table.name).collect();
        let sql = session.dialect().columns_now(&names);
        let mut now = vec![BTreeSet::new(); some.len()];
        for row in session.query(&sql).await? {
            let mut cells = row.into_iter().flatten();
            let number = cells.next().and_then(|number| number.parse::<usize>().ok());
            if let (Some(set), Some(name), native_type) =
                (number.and_then(|at| now.get_mut(at)), cells.next(), cells.next())
            {
                set.insert((name, native_type.unwrap_or_default()));
            }
        }
        for (table, now) in some.iter().zip(now) {
            if let Some(column) = differing(table, &now) {
                return Err(Error::Unpaired {
                    table: table.name.clone(),
                    column,
                    reason: format!(
                        "added, removed or altered on {} since the schema was read",
                        session.name()
                    ),
                });
            }
        }
    }
    Ok(())
}

/// The first column that is not what it was.
fn differing(table: &Table, now: &BTreeSet<(String, String)>) -> Option<String> {
    let columns = table.columns.iter();
    let before: BTreeSet<(String, String)> = columns
        .map(|column| (column.name.clone(), column.native_type.clone()))
        .collect();
    before.symmetric_difference(now).next().map(|(name, _)| name.clone())
}
