//! The rows outside of a file that its rows need: how many they are, and a digest of them.

use exodus_engine::Session;
use exodus_engine::value::{Codec, End, scan_neutral};
use exodus_schema::{Column, Engine, Schema, TableName};
use exodus_transfer::{Referenced, Rows};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::error::Result;
use crate::manifest::{as_stored, travelling};

/// What the client's rows need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// The tables as the rows were read from them, if the manifest's schema has others: that of an SQLite file has those
    /// of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Schema>,
    /// Table by table.
    pub rows: Vec<Needed>,
}

/// Rows of one table that are referenced by the same columns, directly or by other context rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needed {
    /// The table.
    pub table: TableName,
    /// The columns by which they are referenced.
    pub key: Vec<String>,
    /// The columns under the digest.
    pub columns: Vec<String>,
    /// How many rows there are.
    pub rows: u64,
    /// The sum of the rows' hashes, in canonical form.
    pub digest: String,
}

/// How a column's values are compared. JSON is compared by value, unlike that of the client's own rows.
pub(crate) fn codec(schema: &Schema, column: &Column) -> Option<Codec> {
    match as_stored(schema.engine, column).filter(|_| schema.engine == Engine::Sqlite) {
        Some(plain) => Codec::natural(&End::new(schema.engine, &plain)).ok(),
        None => Codec::natural(&End::of(schema, column)).ok(),
    }
}

/// Looks at the rows that the client's rows need. Columns of types that no file could hold are left out.
pub(crate) async fn needed(source: &mut Session, rows: &Rows<'_>) -> Result<Context> {
    let schema = rows.shape.graph.schema();
    let mut all = vec![];
    for referenced in Referenced::find(source, rows).await? {
        let columns = travelling(schema, referenced.table);
        let columns = columns.filter_map(|column| Some((column.clone(), codec(schema, column)?)));
        let (columns, codecs): (Vec<Column>, Vec<Codec>) = columns.unzip();
        let mut digest = Digest::default();
        for select in referenced.selects(&columns) {
            scan_neutral(source, &select, &codecs, &mut |row| digest.add_canonical(row)).await?;
        }
        if digest.rows() > 0 {
            all.push(Needed {
                table: rows.shape.graph.table(referenced.table).name.clone(),
                key: referenced.columns,
                columns: columns.into_iter().map(|column| column.name).collect(),
                rows: digest.rows(),
                digest: digest.sum(),
            });
        }
    }
    Ok(Context {
        schema: None,
        rows: all,
    })
}
