//! Where the numbers of rows stand.

use exodus_schema::{Engine, Table};

use super::session::Session;
use crate::dialect::Dialect;
use crate::error::Result;
use crate::generators::KeyGenerator;

/// The table's INTEGER PRIMARY KEY, if it has one: the next row gets the greatest number and one more. AUTOINCREMENT
/// remembers rows that are gone, which only makes it greater.
pub(super) fn standing(session: &mut Session, table: &Table) -> Result<Vec<KeyGenerator>> {
    let Some(column) = table.columns.iter().find(|column| column.generator.is_some()) else {
        return Ok(vec![]);
    };
    let dialect = Dialect::of(Engine::Sqlite);
    let sql = format!(
        "SELECT MAX(t.{}) FROM {} AS t",
        dialect.quote(&column.name),
        dialect.table(&table.name)
    );
    let rows = session.query(&sql)?;
    let greatest = rows.into_iter().flatten().flatten().next();
    let greatest = greatest.and_then(|text| text.parse::<i128>().ok());
    Ok(vec![KeyGenerator {
        column: column.name.clone(),
        name: "INTEGER PRIMARY KEY".to_owned(),
        next: Some(greatest.map_or(1, |greatest| greatest + 1)),
        start: 1,
        increment: 1,
        minimum: 1,
        maximum: i128::from(i64::MAX),
        follows: true,
    }])
}
