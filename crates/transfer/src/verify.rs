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
pub(crate) const MOST_KEYS: usize = 1_000;

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

/// What is compared of one table: all columns that both sides have, generated ones included.
pub(crate) struct Compared {
    pub(crate) table: TableId,
    /// How many of the columns identify a row.
    pub(crate) key: usize,
    pub(crate) here: Reading,
    pub(crate) there: Reading,
}

/// What is compared of every table, parents first.
pub(crate) fn compared(source: &Rows<'_>, target: &Rows<'_>) -> Result<Vec<Compared>> {
    let across = Across::of(source.shape, target.shape);
    let tables = source.shape.tables().map(|table| {
        let columns = Columns::of(source.shape.graph.table(table), target.shape.graph.table(table));
        let here = source.select(table, columns.source);
        let there = target.select(table, columns.target);
        let (here, there) = Reading::both(across, here, there)?;
        Ok(Compared {
            table,
            key: columns.key,
            here,
            there,
        })
    });
    tables.collect()
}

/// Digests both sides of every table, one after the other.
pub(crate) async fn digests(
    source: &mut Session,
    target: &mut Session,
    tables: &[Compared],
    progress: &dyn Progress,
) -> Result<Vec<(Digest, Digest)>> {
    let mut digests = vec![];
    for table in tables {
        let name = &table.here.select.table;
        progress.table(name, 0);
        let (one, two) = tokio::join!(
            digest(source, &table.here, table.key),
            digest(target, &table.there, table.key)
        );
        let (one, two) = (one?, two?);
        progress.table_done(name, one.rows());
        digests.push((one, two));
    }
    Ok(digests)
}

/// Compares the client's rows on both sides.
pub async fn compare(
    source: Side<'_, '_>,
    target: Side<'_, '_>,
    progress: &dyn Progress,
) -> Result<Result<Record, Vec<Mismatch>>> {
    let tables = compared(source.rows, target.rows)?;
    let digests = digests(source.connection, target.connection, &tables, progress).await?;
    judge(source, target, tables.iter().zip(&digests)).await
}

/// Compares what was read of every table, and looks for the rows in which they differ.
pub(crate) async fn judge<'d>(
    mut source: Side<'_, '_>,
    mut target: Side<'_, '_>,
    read: impl Iterator<Item = (&'d Compared, &'d (Digest, Digest))>,
) -> Result<Result<Record, Vec<Mismatch>>> {
    let (mut record, mut mismatches) = (Record::new(), vec![]);
    for (table, (one, two)) in read {
        if one == two {
            record.insert(table.here.select.table.to_string(), one.recorded());
        } else {
            mismatches.push(table.find(&mut source, &mut target, one, two).await?);
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
        let columns = Columns::of(table, there.graph.table(id));
        let across = Across::of(shape, there);
        // Of the other side only the types count here.
        let unread = Select {
            columns: columns.target,
            ..side.rows.select(id, vec![])
        };
        let (here, _) = Reading::both(across, side.rows.select(id, columns.source), unread)?;
        let found = digest(side.connection, &here, columns.key).await?;
        record.insert(table.name.to_string(), found.recorded());
    }
    Ok(record)
}

/// A record of the same tables under the names that they have here; one that was written down on a way back has those of
/// the other side. `None` if it is not of these tables.
pub(crate) fn named_here(record: &Record, here: Shape<'_>, there: Shape<'_>) -> Option<Record> {
    let name = |shape: Shape<'_>, id| shape.graph.table(id).name.to_string();
    let own = here.tables().map(|id| {
        let recorded = record.get(&name(here, id)).or_else(|| record.get(&name(there, id)))?;
        Some((name(here, id), recorded.clone()))
    });
    let own: Record = own.collect::<Option<_>>()?;
    (own.len() == record.len()).then_some(own)
}

/// The columns of one table that both sides have, in one order.
struct Columns {
    source: Vec<Column>,
    target: Vec<Column>,
    /// How many of them identify a row.
    key: usize,
}

impl Columns {
    /// The identity first, then all other columns that both have, by name; where there is no identity, all columns are it.
    /// So what was written down of one side is the same when it is looked at from the other, whose columns may have
    /// another order.
    fn of(source: &Table, target: &Table) -> Self {
        let both = source.columns.iter();
        let both = both.filter_map(|column| Some((column.clone(), target.column(&column.name)?.clone())));
        let identity = source.identity().map(|key| &key.columns);
        let place = |name: &String| identity.map_or(Some(0), |key| key.iter().position(|column| column == name));
        let (mut pairs, mut rest): (Vec<_>, Vec<_>) = both.partition(|(column, _)| place(&column.name).is_some());
        pairs.sort_by(|(one, _), (two, _)| (place(&one.name), &one.name).cmp(&(place(&two.name), &two.name)));
        rest.sort_by(|(one, _), (two, _)| one.name.cmp(&two.name));
        let key = pairs.len();
        pairs.extend(rest);
        let (source, target) = pairs.into_iter().unzip();
        Self { source, target, key }
    }
}

impl Compared {
    /// Looks for the rows in which two digests differ: only those whose part of the digest differs are held in memory.
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
        let here = rows_of_parts(source.connection, &self.here, self.key, &parts).await?;
        let there = rows_of_parts(target.connection, &self.there, self.key, &parts).await?;
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
        self.name(source, &self.here, &odd, &mut mismatch.keys).await?;
        self.name(target, &self.there, &odd, &mut mismatch.keys).await?;
        mismatch.keys.sort();
        mismatch.keys.dedup();
        mismatch.keys.truncate(MOST_KEYS);
        Ok(mismatch)
    }

    /// Adds the texts of the identities in `odd` that this side has.
    pub(crate) async fn name(
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
