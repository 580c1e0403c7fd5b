//! Keys of rows, as bytes that are equal exactly where the database takes the values for equal.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use exodus_engine::{Dialect, Match, Matched, ScanRow};
use xxhash_rust::xxh3::Xxh3;

/// A key of one or more columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A whole number.
    Whole(i64),
    /// 128 bits that stand for everything else: among a billion different keys two are taken for equal once in 10²⁰ times.
    Other(u128),
}

/// Which fields of a row make up a key, and how they are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyFields(pub(crate) Vec<(usize, Match)>);

impl KeyFields {
    /// The key in a row; `None` where a field is NULL, since such a key neither references nor is referenced.
    pub(crate) fn of(&self, dialect: Dialect, row: &ScanRow<'_>) -> Option<Key> {
        if let [(at, how)] = self.0[..] {
            let field = (*row.get(at)?)?;
            return Some(match dialect.same_bytes(how, field) {
                Matched::Whole(number) => Key::Whole(number),
                Matched::Bytes(bytes) => Key::Other(digest(&[Matched::Bytes(bytes)])),
            });
        }
        let fields = self.0.iter().map(|&(at, how)| {
            let field = row.get(at).copied().flatten()?;
            Some(dialect.same_bytes(how, field))
        });
        Some(Key::Other(digest(&fields.collect::<Option<Vec<_>>>()?)))
    }
}

fn digest(fields: &[Matched<'_>]) -> u128 {
    let mut hash = Xxh3::new();
    for field in fields {
        match field {
            Matched::Whole(number) => {
                hash.update(b"i");
                hash.update(&number.to_le_bytes());
            }
            Matched::Bytes(bytes) => {
                hash.update(b"b");
                hash.update(&(bytes.len() as u64).to_le_bytes());
                hash.update(bytes);
            }
        }
    }
    hash.digest128()
}

/// Spreads whole numbers; digests are spread already.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number.cast_unsigned());
    }

    fn write_u128(&mut self, number: u128) {
        #[expect(clippy::cast_possible_truncation, reason = "64 bits of a digest are as good")]
        self.write_u64(number as u64);
    }
}

type Map<K> = HashMap<K, u32, BuildHasherDefault<Mix>>;

/// A number for every key.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyMap {
    whole: Map<i64>,
    other: Map<u128>,
}

impl KeyMap {
    /// The number of a key.
    pub(crate) fn get(&self, key: Key) -> Option<u32> {
        match key {
            Key::Whole(number) => self.whole.get(&number).copied(),
            Key::Other(digest) => self.other.get(&digest).copied(),
        }
    }

    /// The place of a key's number, which is `first` if the key is new.
    pub(crate) fn entry(&mut self, key: Key, first: u32) -> &mut u32 {
        match key {
            Key::Whole(number) => self.whole.entry(number).or_insert(first),
            Key::Other(digest) => self.other.entry(digest).or_insert(first),
        }
    }

    /// The number of keys.
    pub(crate) fn len(&self) -> usize {
        self.whole.len() + self.other.len()
    }

    /// Keys with their numbers, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Key, u32)> {
        let whole = self.whole.iter().map(|(key, number)| (Key::Whole(*key), *number));
        whole.chain(self.other.iter().map(|(key, number)| (Key::Other(*key), *number)))
    }

    /// Keeps the keys that get a number.
    pub(crate) fn renumber(&mut self, number: impl Fn(u32) -> Option<u32>) {
        let keep = |old: &mut u32| match number(*old) {
            Some(new) => {
                *old = new;
                true
            }
            None => false,
        };
        self.whole.retain(|_, old| keep(old));
        self.other.retain(|_, old| keep(old));
    }
}
