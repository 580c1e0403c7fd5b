//! Numbers that look random and are the same in every run, on every machine.

/// SplitMix64: a few lines, and good enough for names and GPS points.
pub(super) struct Random(u64);

impl Random {
    /// A generator; equal seeds give equal numbers.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included. `high` must not be below `low`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        // The remainder prefers small numbers by one part in billions: no matter here.
        low + (self.next() % (high.abs_diff(low) + 1)).cast_signed()
    }

    /// True in so many of a hundred cases.
    pub(super) fn percent(&mut self, cases: i64) -> bool {
        self.between(1, 100) <= cases
    }

    /// One of the items, of which there must be some.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let at = self.next() % items.len() as u64;
        &items[usize::try_from(at).unwrap_or(0)]
    }

    /// So many characters out of the alphabet.
    pub(super) fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(*self.pick(alphabet))).collect()
    }
}
