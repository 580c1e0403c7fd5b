//! PostgreSQL, from `pg_catalog`.

pub(crate) mod kind;
pub(crate) mod partitions;

use super::draft::{Draft, Spelling};
use super::rows::{Cells, Reader};
use super::shape::{ColumnRow, KeyRow, PartitionRow, RelationRow, TriggerRow, routine, table};
use super::{Options, ReadError, literal};
use crate::catalogue::Catalogue;
use crate::model::Schema;

/// Reads everything.
pub(super) async fn read<C: Catalogue>(
    mut reader: Reader<'_, C>,
    options: &Options,
) -> Result<Schema, ReadError<C::Error>> {
    let version = reader
        .ask_one("server", include_str!("server.sql"), Cells::text)
        .await?;
    let known = reader.ask("schemas", include_str!("schemas.sql"), Cells::text).await?;
    let schemas = super::wanted(&options.schemas, known)?;
    let query = |body: &str| {
        let text = format!("{}{body}", include_str!("scope.sql"));
        text.replace("{schemas}", &literal::list(&schemas, literal::postgres))
    };

    let sql = query(include_str!("tables.sql"));
    let mut draft = Draft::new(reader.ask("tables", &sql, table).await?);
    let sql = query(include_str!("partitions.sql"));
    let partitions = reader.ask("partitions", &sql, PartitionRow::decode).await?;
    draft.partitions(&partitions);
    let sql = query(include_str!("columns.sql"));
    let decode = |cells: &mut Cells| ColumnRow::decode(cells, kind::of);
    draft.columns(reader.ask("columns", &sql, decode).await?);
    let sql = query(include_str!("keys.sql"));
    draft.keys(reader.ask("keys", &sql, KeyRow::decode).await?);
    let sql = query(include_str!("relations.sql"));
    let relations = reader.ask("relations", &sql, RelationRow::decode).await?;
    let relations = partitions::lift(relations, &partitions);
    draft.relations(relations, Spelling::Exact, Spelling::Exact);
    let sql = query(include_str!("triggers.sql"));
    draft.triggers(reader.ask("triggers", &sql, TriggerRow::decode).await?);
    if draft.has_triggers() {
        draft.routines = reader.ask("routines", include_str!("routines.sql"), routine).await?;
    }
    let label = |cells: &mut Cells| Ok((cells.text()?, cells.text()?));
    for (name, label) in reader.ask("enums", include_str!("enums.sql"), label).await? {
        draft.enums.entry(name).or_default().push(label);
    }
    let sql = query(include_str!("warnings.sql"));
    draft.warnings.extend(reader.ask("warnings", &sql, Cells::text).await?);
    Ok(draft.finish(reader.engine, version))
}
