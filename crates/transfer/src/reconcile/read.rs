//! Finding late rows, and what they are called.

use std::collections::BTreeMap;

use exodus_engine::{ScanRow, Session};
use exodus_schema::Column;

use super::late::{Change, Differing, LateRow, LateTable};
use super::since::{Difference, Total, changed_on_source};
use super::{Found, MOST_SHOWN, Request};
use crate::across::Reading;
use crate::digest::{Digest, Recorded, identity_of, rows_of_parts};
use crate::error::{Error, Result};
use crate::keys::{KeyText, Keyed};
use crate::progress::Silent;
use crate::shape::Rows;
use crate::verify::{self, Compared, Mismatch, Record};

type End<'c, 'r> = (&'c mut Session, &'r Rows<'r>);

/// Looks for late rows, within the transactions that are open.
pub(super) async fn late(
    (source, rows): End<'_, '_>,
    (target, there): End<'_, '_>,
    request: &Request<'_>,
) -> Result<Found> {
    let tables = verify::compared(rows, there)?;
    let digests = verify::digests(source, target, &tables, &Silent).await?;
    let mut found = Found {
        tables: vec![],
        record: Record::new(),
    };
    for (table, (one, two)) in tables.iter().zip(&digests) {
        let name = rows.shape.graph.table(table.table).name.clone();
        if one == two {
            found.record.insert(name.to_string(), one.recorded());
            continue;
        }
        let (differences, without_key) = differences((&mut *source, &mut *target), table, (one, two)).await?;
        let now = one.total();
        let known: Vec<Total> = request
            .known
            .iter()
            .filter_map(|record| record.get(&name.to_string())?.total())
            .collect();
        let since = known
            .iter()
            .find_map(|&was| Some((was, changed_on_source(&differences, now, was)?)));
        let since = since.filter(|_| without_key == 0);
        let mut late = LateTable {
            table: name,
            rows: vec![],
            changed_on_target: 0,
            without_key,
            id: table.table,
            now,
            was: since
                .as_ref()
                .map_or_else(|| known.first().copied(), |(was, _)| Some(*was)),
        };
        for (at, &difference) in differences.iter().enumerate() {
            match &since {
                Some((_, changed)) if !changed[at] => late.changed_on_target += 1,
                _ => late.rows.push(row(difference, since.is_some())),
            }
        }
        if late.rows.is_empty() && without_key == 0 {
            found.record.insert(late.table.to_string(), now.into());
            continue;
        }
        name_rows((&mut *source, &mut *target), table, &mut late).await?;
        columns(
            (&mut *source, rows),
            (&mut *target, there),
            (table, request.values),
            &mut late,
        )
        .await?;
        found.tables.push(late);
    }
    Ok(found)
}

fn row(difference: Difference, certain: bool) -> LateRow {
    let change = match (difference.source, difference.target) {
        (Some(_), Some(_)) => Change::Changed,
        (Some(_), None) => Change::Inserted,
        _ => Change::Deleted,
    };
    LateRow {
        key: String::new(),
        change,
        certain,
        columns: vec![],
        take: None,
        difference,
        here: vec![],
        there: vec![],
    }
}

/// The rows of a table that differ; and how many do, where nothing tells them apart.
async fn differences(
    (source, target): (&mut Session, &mut Session),
    table: &Compared,
    (one, two): (&Digest, &Digest),
) -> Result<(Vec<Difference>, u64)> {
    let parts = one.differing_parts(two);
    let here = rows_of_parts(source, &table.here, table.key, &parts).await?;
    let mut there = rows_of_parts(target, &table.there, table.key, &parts).await?;
    let (mut found, mut without) = (vec![], 0);
    let keyless = table.key == table.here.select.columns.len();
    let mut add = |identity: u128, left: &[u128], right: &[u128]| match (left, right) {
        _ if left == right => {}
        ([] | [_], [] | [_]) if !keyless => found.push(Difference {
            identity,
            source: left.first().copied(),
            target: right.first().copied(),
        }),
        _ => without += left.len().abs_diff(right.len()).max(1) as u64,
    };
    for (identity, left) in &here {
        let right = there.remove(identity).unwrap_or_default();
        add(*identity, left, &right);
    }
    for (identity, right) in &there {
        add(*identity, &[], right);
    }
    Ok((found, without))
}

/// Finds the keys of the rows on the sides that have them.
async fn name_rows(
    (source, target): (&mut Session, &mut Session),
    table: &Compared,
    late: &mut LateTable,
) -> Result<()> {
    let here = keys(source, &table.here.head(table.key), &late.rows).await?;
    let there = keys(target, &table.there.head(table.key), &late.rows).await?;
    for row in &mut late.rows {
        let identity = row.difference.identity;
        row.here = here.get(&identity).cloned().unwrap_or_default();
        row.there = there.get(&identity).cloned().unwrap_or_default();
        let key = if row.here.is_empty() { &row.there } else { &row.here };
        row.key = key.join(",");
    }
    late.rows.sort_by(|one, other| {
        let order = |row: &LateRow| (row.key.parse::<i128>().unwrap_or_default(), row.key.clone());
        order(one).cmp(&order(other))
    });
    Ok(())
}

async fn keys(connection: &mut Session, reading: &Reading, rows: &[LateRow]) -> Result<BTreeMap<u128, KeyText>> {
    let wanted: std::collections::BTreeSet<u128> = rows.iter().map(|row| row.difference.identity).collect();
    let (dialect, mut found) = (connection.dialect(), BTreeMap::new());
    let mut add = |row: &ScanRow<'_>| {
        let identity = identity_of(row, row.len());
        if wanted.contains(&identity) {
            let fields = row.iter().zip(&reading.select.columns);
            let texts = fields.map(|(field, column)| reading.show(dialect, column, *field));
            found.insert(identity, texts.collect());
        }
    };
    reading.scan(connection, &mut add).await?;
    Ok(found)
}

/// The condition that a row has one of these keys, where they can be written down.
pub(super) fn among<'k>(
    rows: &Rows<'_>,
    table: &Compared,
    keys: impl IntoIterator<Item = &'k KeyText> + Clone,
) -> Result<Option<String>> {
    let of = rows.shape.graph.table(table.table);
    if Keyed::of(of).is_none() {
        return Ok(None);
    }
    let names = table.here.select.columns[..table.key].iter();
    let columns: Option<Vec<&Column>> = names.map(|column| of.column(&column.name)).collect();
    let Some(columns) = columns else { return Ok(None) };
    Ok(Some(Keyed::by(of, columns).among(rows.dialect, "t", keys)?))
}

/// One row in the form in which both sides are compared, and each field as people read it.
type Content = Vec<(Option<Vec<u8>>, String)>;

/// Notes in which columns rows differ, and what they have there if that was asked for.
async fn columns(
    (source, rows): End<'_, '_>,
    (target, there): End<'_, '_>,
    (table, values): (&Compared, bool),
    late: &mut LateTable,
) -> Result<()> {
    let shown = late.rows.len().min(MOST_SHOWN);
    let shown = &mut late.rows[..shown];
    let listed = |row: &&LateRow| values || row.change == Change::Changed;
    let keys = |of: fn(&LateRow) -> &KeyText| -> Vec<KeyText> {
        let keys = shown.iter().filter(listed).map(of);
        keys.filter(|key| !key.is_empty()).cloned().collect()
    };
    let (left, right) = (keys(|row| &row.here), keys(|row| &row.there));
    let (Some(left), Some(right)) = (among(rows, table, &left)?, among(there, table, &right)?) else {
        return Ok(());
    };
    let one = contents(source, (&table.here, table.key), &left).await?;
    let two = contents(target, (&table.there, table.key), &right).await?;
    for row in shown.iter_mut().filter(|row| values || row.change == Change::Changed) {
        let identity = row.difference.identity;
        row.columns = differing(table, one.get(&identity), two.get(&identity), values);
    }
    Ok(())
}

/// The columns in which two rows differ.
fn differing(table: &Compared, one: Option<&Content>, two: Option<&Content>, values: bool) -> Vec<Differing> {
    let columns = table.here.select.columns.iter().enumerate().skip(table.key);
    let columns = columns.filter_map(|(at, column)| {
        let (left, right) = (one.and_then(|row| row.get(at)), two.and_then(|row| row.get(at)));
        let text = |field: Option<&(_, String)>| field.filter(|_| values).map(|(_, text)| text.clone());
        let is_same = left.map(|field| &field.0) == right.map(|field| &field.0);
        (!is_same).then(|| Differing {
            column: column.name.clone(),
            source: text(left),
            target: text(right),
        })
    });
    columns.collect()
}

async fn contents(
    connection: &mut Session,
    (reading, key): (&Reading, usize),
    among: &str,
) -> Result<BTreeMap<u128, Content>> {
    let (dialect, mut found) = (connection.dialect(), BTreeMap::new());
    let mut reading = reading.clone();
    reading.select.condition = format!("({}) AND ({among})", reading.select.condition);
    let columns = reading.select.columns.clone();
    let mut add = |row: &ScanRow<'_>| {
        let field = |(field, column): (Option<&[u8]>, &Column)| {
            (field.map(<[u8]>::to_vec), reading.show(dialect, column, field))
        };
        found.insert(
            identity_of(row, key),
            row.iter().copied().zip(&columns).map(field).collect(),
        );
    };
    reading.scan(connection, &mut add).await?;
    Ok(found)
}

/// Fails if a row that was taken from the source is not the same on both sides now.
pub(super) async fn refuse_taken(
    (source, rows): End<'_, '_>,
    (target, there): End<'_, '_>,
    decided: &Found,
) -> Result<()> {
    let mut tables = verify::compared(rows, there)?;
    tables.retain(|table| decided.tables.iter().any(|late| late.id == table.table));
    let digests = verify::digests(source, target, &tables, &Silent).await?;
    let mut mismatches = vec![];
    for (table, (one, two)) in tables.iter().zip(&digests) {
        let (differences, _) = differences((&mut *source, &mut *target), table, (one, two)).await?;
        let late = decided.tables.iter().find(|late| late.id == table.table);
        let taken = late.into_iter().flat_map(|late| &late.rows);
        let taken = taken.filter(|row| row.take == Some(super::Take::Source));
        let odd: Vec<&LateRow> = taken
            .filter(|row| {
                differences
                    .iter()
                    .any(|found| found.identity == row.difference.identity)
            })
            .collect();
        if !odd.is_empty() {
            mismatches.push(Mismatch {
                table: rows.shape.graph.table(table.table).name.clone(),
                source_rows: one.rows(),
                target_rows: two.rows(),
                missing: 0,
                unexpected: 0,
                different: odd.len() as u64,
                keys: odd.iter().map(|row| row.key.clone()).take(MOST_SHOWN).collect(),
            });
        }
    }
    if mismatches.is_empty() {
        return Ok(());
    }
    Err(Error::Mismatch {
        source_name: source.name().to_owned(),
        target_name: target.name().to_owned(),
        mismatches,
    })
}

impl Digest {
    fn total(&self) -> Total {
        Total {
            rows: self.rows(),
            sum: self.sum(),
        }
    }
}

impl Recorded {
    fn total(&self) -> Option<Total> {
        Some(Total {
            rows: self.rows,
            sum: u128::from_str_radix(&self.sum, 16).ok()?,
        })
    }
}

impl From<Total> for Recorded {
    fn from(total: Total) -> Self {
        Self {
            rows: total.rows,
            sum: format!("{:032x}", total.sum),
        }
    }
}
