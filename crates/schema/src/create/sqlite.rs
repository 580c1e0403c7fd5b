//! SQLite: the statements that its schema keeps. They name neither the database nor `IF NOT EXISTS`, whatever was typed.

use super::{Creation, ObjectKind, Request};
use crate::catalogue::Catalogue;
use crate::introspect::{Cells, ReadError, Reader};
use crate::name::TableName;

/// A table's indexes in the order in which they were made; those of its constraints have no statement.
const STATEMENTS: &str = "select '' as schema, t.name as tbl, s.name, s.type, s.sql
from sqlite_master t
join sqlite_master s on s.tbl_name = t.name collate nocase and s.type in ('table', 'index') and s.sql is not null
where t.type = 'table' and t.sql not like 'create virtual %'
order by t.rowid, s.type = 'index', s.rowid";

/// One statement of the schema.
struct Kept {
    table: TableName,
    name: String,
    is_table: bool,
    sql: String,
}

/// Makes the tables and their indexes. Foreign keys are part of the table's statement: SQLite looks for the parent only
/// when rows are written.
pub(super) async fn make<C: Catalogue>(
    source: &mut C,
    request: Request<'_>,
    creation: &mut Creation,
) -> Result<(), ReadError<C::Error>> {
    let mut reader = Reader {
        catalogue: source,
        engine: request.engine,
    };
    let decode = |cells: &mut Cells| {
        Ok(Kept {
            table: cells.table()?,
            name: cells.text()?,
            is_table: cells.text()? == "table",
            sql: cells.text()?,
        })
    };
    let kept = reader.ask("statements", STATEMENTS, decode).await?;
    for name in request.tables {
        for statement in kept.iter().filter(|kept| kept.table == *name) {
            if statement.is_table {
                creation.makes(ObjectKind::Table, name, statement.sql.clone());
            } else {
                creation.adds(format!("index {} of {name}", statement.name), statement.sql.clone());
            }
        }
        absent_parents(name, request, creation);
    }
    Ok(())
}

/// Writing to a table fails where SQLite can't find what it references.
fn absent_parents(name: &TableName, request: Request<'_>, creation: &mut Creation) {
    let relations = request.source.table(name).map_or(&[][..], |table| &table.relations);
    for relation in relations
        .iter()
        .filter(|relation| !request.will_be_there(&relation.parent))
    {
        creation.warn(
            name,
            format!(
                "foreign key {} references {}, which will not be there",
                relation.name, relation.parent
            ),
            "rows can't be written to this table with foreign keys on until that table is there",
        );
    }
}
