//! Digests of the rows of a table, whatever their order: the number of rows, and a sum of their hashes.

use exodus_engine::value::Value;
use xxhash_rust::xxh3::Xxh3;

/// The sum is modulo 2¹²⁸ rather than an exclusive or, so that a row that is there twice doesn't cancel itself out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Digest {
    rows: u64,
    sum: u128,
    scratch: Vec<u8>,
}

impl Digest {
    /// Adds a row. A NULL differs from an empty value, and lengths are part of the hash: no two rows run together.
    pub(crate) fn add<'v, 'a: 'v>(&mut self, row: impl IntoIterator<Item = &'v Value<'a>>) {
        let mut hasher = Xxh3::new();
        for value in row {
            if matches!(value, Value::Null) {
                hasher.update(&[0]);
                continue;
            }
            self.scratch.clear();
            value.canonical(&mut self.scratch);
            hasher.update(&[1]);
            hasher.update(&(self.scratch.len() as u64).to_le_bytes());
            hasher.update(&self.scratch);
        }
        self.rows += 1;
        self.sum = self.sum.wrapping_add(hasher.digest128());
    }

    /// Adds a row of which the values' canonical bytes are at hand.
    pub(crate) fn add_canonical(&mut self, row: &[Option<&[u8]>]) {
        let mut hasher = Xxh3::new();
        for field in row {
            let Some(bytes) = field else {
                hasher.update(&[0]);
                continue;
            };
            hasher.update(&[1]);
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        }
        self.rows += 1;
        self.sum = self.sum.wrapping_add(hasher.digest128());
    }

    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// In hexadecimal.
    pub(crate) fn sum(&self) -> String {
        format!("{:032x}", self.sum)
    }

    pub(crate) fn is_equal(&self, other: &Self) -> bool {
        (self.rows, self.sum) == (other.rows, other.sum)
    }
}
