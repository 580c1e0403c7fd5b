//! Digests of sets of rows, independent of their order.

use std::collections::{BTreeMap, BTreeSet};

use exodus_engine::{ScanRow, Session};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use crate::across::Reading;
use crate::error::Result;

/// Rows up to this many bytes are put together before they are hashed, which is four times as fast as hashing field by
/// field; longer ones are hashed where they lie.
const WHOLE: usize = 8 * 1024;

/// How many parts a table's digest is kept in, so that differing rows can be looked for in a small part of them.
const PARTS: usize = 256;

/// The number of rows and a sum of their hashes. The sum is modulo 2¹²⁸ rather than an exclusive or, so that a row
/// that is there twice doesn't cancel itself out.
#[derive(Clone, Debug)]
pub(crate) struct Digest {
    rows: u64,
    parts: Vec<(u64, u128)>,
    hashing: Hashing,
}

impl Default for Digest {
    fn default() -> Self {
        Self {
            rows: 0,
            parts: vec![(0, 0); PARTS],
            hashing: Hashing::default(),
        }
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows && self.parts == other.parts
    }
}

impl Eq for Digest {}

/// A digest as it is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Rows.
    pub rows: u64,
    /// The sum in hexadecimal.
    pub sum: String,
}

impl Recorded {
    /// What is written down of these rows; for benches/pure, which has no database to read them from.
    #[doc(hidden)]
    pub fn of<'r>(rows: impl Iterator<Item = &'r ScanRow<'r>>, key: usize) -> Self {
        let mut digest = Digest::default();
        rows.for_each(|row| digest.add(row, key));
        digest.recorded()
    }
}

impl Digest {
    /// Adds a row; `key` is the number of leading fields that identify it.
    pub(crate) fn add(&mut self, row: &ScanRow<'_>, key: usize) {
        let (identity, whole) = self.hashing.of(row, key);
        let part = &mut self.parts[part_of(identity)];
        part.0 += 1;
        part.1 = part.1.wrapping_add(whole);
        self.rows += 1;
    }

    /// Adds the rows of another one.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        for (part, more) in self.parts.iter_mut().zip(&other.parts) {
            part.0 += more.0;
            part.1 = part.1.wrapping_add(more.1);
        }
    }

    /// Rows.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// The sum of all rows' hashes.
    pub(crate) fn sum(&self) -> u128 {
        self.parts.iter().fold(0_u128, |sum, part| sum.wrapping_add(part.1))
    }

    /// The form for the journal.
    pub(crate) fn recorded(&self) -> Recorded {
        Recorded {
            rows: self.rows,
            sum: format!("{:032x}", self.sum()),
        }
    }

    /// The parts in which two digests differ.
    pub(crate) fn differing_parts(&self, other: &Self) -> Vec<usize> {
        let pairs = self.parts.iter().zip(&other.parts).enumerate();
        pairs.filter(|(_, (one, two))| one != two).map(|(at, _)| at).collect()
    }
}

fn part_of(identity: u128) -> usize {
    usize::from(identity.to_le_bytes()[0]) % PARTS
}

/// Hashes rows so that no two different ones run together: a NULL differs from an empty value, and the lengths are part
/// of it.
#[derive(Clone, Debug, Default)]
struct Hashing {
    /// A row put together.
    row: Vec<u8>,
}

impl Hashing {
    /// The hash of the first `key` fields, and that of all of them.
    fn of(&mut self, row: &ScanRow<'_>, key: usize) -> (u128, u128) {
        let key = key.min(row.len());
        if length(row) > WHOLE {
            return (hash_in_place(&row[..key]), hash_in_place(row));
        }
        self.row.clear();
        for field in &row[..key] {
            put(*field, |bytes| self.row.extend_from_slice(bytes));
        }
        let identity = xxh3_128(&self.row);
        if key == row.len() {
            return (identity, identity);
        }
        for field in &row[key..] {
            put(*field, |bytes| self.row.extend_from_slice(bytes));
        }
        (identity, xxh3_128(&self.row))
    }
}

/// The bytes of a row's values.
fn length(row: &ScanRow<'_>) -> usize {
    row.iter().map(|field| field.map_or(0, <[u8]>::len)).sum()
}

/// What is hashed of a field.
fn put(field: Option<&[u8]>, mut to: impl FnMut(&[u8])) {
    match field {
        None => to(&[0]),
        Some(bytes) => {
            let mut head = [1; 9];
            head[1..].copy_from_slice(&(bytes.len() as u64).to_le_bytes());
            to(&head);
            to(bytes);
        }
    }
}

/// The same hash without a copy of the row.
fn hash_in_place(fields: &ScanRow<'_>) -> u128 {
    let mut hasher = Xxh3::new();
    for field in fields {
        put(*field, |bytes| hasher.update(bytes));
    }
    hasher.digest128()
}

/// Reads the selected rows and digests them; the first `key` columns identify a row.
pub(crate) async fn digest(connection: &mut Session, reading: &Reading, key: usize) -> Result<Digest> {
    let mut digest = Digest::default();
    let rows = reading.scan(connection, &mut |row| digest.add(row, key)).await?;
    debug_assert_eq!(rows, digest.rows());
    Ok(digest)
}

/// For rows in the given parts: how often each row (by the hash of all of its fields) stands under each identity. The
/// text of the identity is kept only if `readable`.
pub(crate) async fn rows_of_parts(
    connection: &mut Session,
    reading: &Reading,
    key: usize,
    parts: &[usize],
) -> Result<BTreeMap<u128, Vec<u128>>> {
    let mut found: BTreeMap<u128, Vec<u128>> = BTreeMap::new();
    let mut hashing = Hashing::default();
    let mut add = |row: &ScanRow<'_>| {
        let (identity, whole) = hashing.of(row, key);
        if parts.contains(&part_of(identity)) {
            found.entry(identity).or_default().push(whole);
        }
    };
    reading.scan(connection, &mut add).await?;
    for hashes in found.values_mut() {
        hashes.sort_unstable();
    }
    Ok(found)
}

/// Rows of one side that the other has not, by the hashes of their identities.
pub(crate) struct Beyond {
    /// The other side has no row with this identity.
    pub(crate) unknown: Vec<u128>,
    /// It has one with another content.
    pub(crate) altered: Vec<u128>,
}

/// Rows whose hashes are held in memory at once.
const AT_ONCE: u64 = 1_000_000;

/// Looks for rows of the second side that are not on the first. Where they are many, both are read several times.
pub(crate) async fn rows_beyond(
    ((source, here), (target, there)): ((&mut Session, &Reading), (&mut Session, &Reading)),
    key: usize,
    (one, two): (&Digest, &Digest),
) -> Result<Beyond> {
    let (mut unknown, mut altered) = (vec![], vec![]);
    for parts in at_once(one, two) {
        let mut left = rows_of_parts(target, there, key, &parts).await?;
        let (mut hashing, mut known) = (Hashing::default(), BTreeSet::new());
        let mut meet = |row: &ScanRow<'_>| {
            let (identity, whole) = hashing.of(row, key);
            let Some(hashes) = left.get_mut(&identity) else { return };
            match hashes.binary_search(&whole) {
                Ok(at) => drop(hashes.remove(at)),
                Err(_) => drop(known.insert(identity)),
            }
        };
        here.scan(source, &mut meet).await?;
        for (identity, hashes) in left {
            let list = if known.contains(&identity) {
                &mut altered
            } else {
                &mut unknown
            };
            list.extend(hashes.iter().map(|_| identity));
        }
    }
    Ok(Beyond { unknown, altered })
}

/// The parts in which the second side may have more, so many together as can be held in memory.
fn at_once(one: &Digest, two: &Digest) -> Vec<Vec<usize>> {
    let (mut batches, mut rows) = (vec![vec![]], 0);
    for part in one.differing_parts(two) {
        let more = two.parts[part].0;
        if more == 0 {
            continue;
        }
        if rows > 0 && rows + more > AT_ONCE {
            batches.push(vec![]);
            rows = 0;
        }
        rows += more;
        batches.last_mut().into_iter().for_each(|batch| batch.push(part));
    }
    batches.retain(|batch| !batch.is_empty());
    batches
}

/// The hash by which [`rows_of_parts`] knows an identity.
pub(crate) fn identity_of(row: &ScanRow<'_>, key: usize) -> u128 {
    hash_in_place(&row[..key.min(row.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest_of(rows: &[&ScanRow<'_>]) -> Digest {
        let mut digest = Digest::default();
        for row in rows {
            digest.add(row, 1);
        }
        digest
    }

    #[test]
    fn order_does_not_matter_but_everything_else_does() {
        let (one, two): (&ScanRow<'_>, &ScanRow<'_>) = (&[Some(b"1"), None], &[Some(b"2"), Some(b"")]);
        assert_eq!(digest_of(&[one, two]), digest_of(&[two, one]));
        // A doubled row, a NULL in place of an empty text, and bytes that move from one field to the next.
        assert_ne!(digest_of(&[one, one, two, two]), digest_of(&[one, two]));
        assert_ne!(digest_of(&[&[Some(b"1"), Some(b"")]]), digest_of(&[one]));
        assert_ne!(
            digest_of(&[&[Some(b"ab"), Some(b"c")]]),
            digest_of(&[&[Some(b"a"), Some(b"bc")]])
        );
        assert_eq!(digest_of(&[one, two]).rows(), 2);
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        let rows: Vec<[u8; 1]> = (0..200).map(|at| [at]).collect();
        let rows: Vec<[Option<&[u8]>; 1]> = rows.iter().map(|row| [Some(&row[..])]).collect();
        let rows: Vec<&ScanRow<'_>> = rows.iter().map(|row| &row[..]).collect();
        let mut sum = digest_of(&rows[..77]);
        sum.merge(&digest_of(&rows[77..]));
        assert_eq!(sum, digest_of(&rows));
        assert_eq!(sum.recorded(), digest_of(&rows).recorded());
        sum.merge(&digest_of(&rows[..1]));
        assert_ne!(sum, digest_of(&rows));
    }

    #[test]
    fn long_rows_and_short_ones_are_hashed_alike() {
        let mut hashing = Hashing::default();
        for length in [0, 1, 200, 250, 300, WHOLE - 1, WHOLE, WHOLE + 1] {
            let value = vec![b'x'; length];
            let row: &ScanRow<'_> = &[Some(b"1"), None, Some(&value)];
            let hashes = (hash_in_place(&row[..1]), hash_in_place(row));
            assert_eq!(hashing.of(row, 1), hashes, "a value of {length} bytes");
            assert_eq!(hashing.of(row, 9).0, hashes.1);
        }
    }
}
