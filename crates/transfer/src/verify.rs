//! Verification: both sides are read again, every column of every row.

use std::collections::BTreeMap;

use exodus_engine::{Select, Session};
use exodus_schema::{Column, Table, TableId, TableName};
use serde::Serialize;

use crate::across::{Across, Reading};
use crate::digest::{Digest, Recorded, digest, identity_of, rows_of_parts};
use crate::error::Result;
use crate::progress::Progress;
use crate::shape::{Rows, Shape};

/// Most keys listed of one table.
const MOST_KEYS: usize = 1_000;

/// How the two sides of one table differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// The table.
    pub table: TableName,
    /// The client's rows on the source.
    pub source_rows: u64,
    /// The client's rows on the target.
    pub target_rows: u64,
    /// Rows of the source that the target lacks.
    pub missing: u64,
    /// Rows of the target that the source lacks.
    pub unexpected: u64,
    /// Rows with one identity and another content.
    pub different: u64,
    /// Keys of such rows, at most 1,000 and only as many as are listed; for `--show-keys`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
}

/// What was compared and found equal, table by table: the record that purge relies on.
pub type Record = BTreeMap<String, Recorded>;

/// One side of a comparison.
pub struct Side<'c, 'r> {
    /// The database.
    pub connection: &'c mut Session,
    /// The client's rows there.
    pub rows: &'r Rows<'r>,
}

/// Compares the client's rows on both sides: all columns that both have, generated ones included.
pub async fn compare(
    mut source: Side<'_, '_>,
    mut target: Side<'_, '_>,
    progress: &dyn Progress,
) -> Result<Result<Record, Vec<Mismatch>>> {
    let shape = source.rows.shape;
    let (mut record, mut mismatches) = (Record::new(), vec![]);
    for id in shape.tables() {
        let table = shape.graph.table(id);
        progress.table(&table.name, 0);
        let compared = compared_columns(table, target.rows.shape.graph.table(id));
        let key = compared.key;
        let across = Across::of(shape, target.rows.shape);
        let here = source.rows.select(id, compared.source);
        let there = target.rows.select(id, compared.target);
        let (here, there) = Reading::both(across, here, there)?;
        let (one, two) = tokio::join!(
            digest(source.connection, &here, key),
            digest(target.connection, &there, key)
        );
        let (one, two) = (one?, two?);
        progress.table_done(&table.name, one.rows());
        if one == two {
            record.insert(table.name.to_string(), one.recorded());
        } else {
            let looking = Looking {
                table: id,
                key,
                here: &here,
                there: &there,
            };
            mismatches.push(looking.find(&mut source, &mut target, &one, &two).await?);
        }
    }
    Ok(if mismatches.is_empty() {
        Ok(record)
    } else {
        Err(mismatches)
    })
}

/// Digests the source alone, for comparing with a record; `there` are the client tables as the target has them.
pub async fn record(side: Side<'_, '_>, there: Shape<'_>) -> Result<Record> {
    record_of(side, there, &|_| true).await
}

/// The same of some tables.
pub(crate) async fn record_of(side: Side<'_, '_>, there: Shape<'_>, of: &dyn Fn(TableId) -> bool) -> Result<Record> {
    let shape = side.rows.shape;
    let mut record = Record::new();
    for id in shape.tables().filter(|&id| of(id)) {
        let table = shape.graph.table(id);
        let compared = compared_columns(table, there.graph.table(id));
        let across = Across::of(shape, there);
        // Of the other side only the types count here.
        let unread = Select {
            columns: compared.target,
            ..side.rows.select(id, vec![])
        };
        let (here, _) = Reading::both(across, side.rows.select(id, compared.source), unread)?;
        let found = digest(side.connection, &here, compared.key).await?;
        record.insert(table.name.to_string(), found.recorded());
    }
    Ok(record)
}

/// The columns of one table that both sides have, in one order.
struct Compared {
    source: Vec<Column>,
    target: Vec<Column>,
    /// How many of them identify a row.
    key: usize,
}

/// The identity first, then all other columns that both have; where there is no identity, all columns are it.
fn compared_columns(source: &Table, target: &Table) -> Compared {
    let both = source.columns.iter();
    let both = both.filter_map(|column| Some((column.clone(), target.column(&column.name)?.clone())));
    let identity = source.identity();
    let identifies = |name: &String| identity.is_none_or(|key| key.columns.contains(name));
    let (mut pairs, rest): (Vec<_>, Vec<_>) = both.partition(|(column, _)| identifies(&column.name));
    let key = pairs.len();
    pairs.extend(rest);
    let (source, target) = pairs.into_iter().unzip();
    Compared { source, target, key }
}

/// Looks for the rows in which two digests differ: only those whose part of the digest differs are held in memory.
struct Looking<'a> {
    table: TableId,
    key: usize,
    here: &'a Reading,
    there: &'a Reading,
}

impl Looking<'_> {
    async fn find(
        &self,
        source: &mut Side<'_, '_>,
        target: &mut Side<'_, '_>,
        one: &Digest,
        two: &Digest,
    ) -> Result<Mismatch> {
        let table = source.rows.shape.graph.table(self.table);
        let mut mismatch = Mismatch {
            table: table.name.clone(),
            source_rows: one.rows(),
            target_rows: two.rows(),
            missing: 0,
            unexpected: 0,
            different: 0,
            keys: vec![],
        };
        let parts = one.differing_parts(two);
        let here = rows_of_parts(source.connection, self.here, self.key, &parts).await?;
        let there = rows_of_parts(target.connection, self.there, self.key, &parts).await?;
        let mut odd = vec![];
        for identity in here
            .keys()
            .chain(there.keys().filter(|identity| !here.contains_key(identity)))
        {
            match (here.get(identity), there.get(identity)) {
                (Some(left), Some(right)) if left == right => continue,
                (Some(left), Some(right)) => {
                    let (left, right) = (left.len() as u64, right.len() as u64);
                    mismatch.different += left.min(right);
                    mismatch.missing += left.saturating_sub(right);
                    mismatch.unexpected += right.saturating_sub(left);
                }
                (Some(left), None) => mismatch.missing += left.len() as u64,
                (None, right) => mismatch.unexpected += right.map_or(0, Vec::len) as u64,
            }
            odd.push(*identity);
        }
        odd.sort_unstable();
        self.name(source, self.here, &odd, &mut mismatch.keys).await?;
        self.name(target, self.there, &odd, &mut mismatch.keys).await?;
        mismatch.keys.sort();
        mismatch.keys.dedup();
        mismatch.keys.truncate(MOST_KEYS);
        Ok(mismatch)
    }

    /// Adds the texts of the identities in `odd` that this side has.
    async fn name(
        &self,
        side: &mut Side<'_, '_>,
        reading: &Reading,
        odd: &[u128],
        keys: &mut Vec<String>,
    ) -> Result<()> {
        if self.key == reading.select.columns.len() {
            return Ok(());
        }
        let dialect = side.connection.dialect();
        let reading = reading.head(self.key);
        let mut add = |row: &exodus_engine::ScanRow<'_>| {
            if keys.len() < 2 * MOST_KEYS && odd.binary_search(&identity_of(row, row.len())).is_ok() {
                let fields = row.iter().zip(&reading.select.columns);
                let fields: Vec<_> = fields
                    .map(|(field, column)| reading.show(dialect, column, *field))
                    .collect();
                keys.push(fields.join(","));
            }
        };
        reading.scan(side.connection, &mut add).await?;
        Ok(())
    }
}
