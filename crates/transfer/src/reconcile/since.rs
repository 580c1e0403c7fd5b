//! Which side of a difference is the newer one.
//!
//! A move records one digest per table: the number of its rows and the sum of their hashes. Where source and target differ in
//! a few rows only, that tells of each of them what it was at the move: the one choice between the source's row and the
//! target's, over all of them, that adds up to the recorded sum. Where a row was changed on both sides no choice does, and
//! nothing is known.

/// Differences of a table among which every choice is tried.
const MOST: usize = 20;

/// A row that is not the same on both sides: the hashes of what each has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) identity: u128,
    pub(super) source: Option<u128>,
    pub(super) target: Option<u128>,
}

/// Rows, and the sum of their hashes modulo 2¹²⁸.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Total {
    pub(super) rows: u64,
    pub(super) sum: u128,
}

impl Total {
    /// With a row, or without one.
    pub(super) fn replace(self, old: Option<u128>, new: Option<u128>) -> Self {
        let rows = |row: Option<u128>| u64::from(row.is_some());
        Self {
            rows: self.rows.wrapping_sub(rows(old)).wrapping_add(rows(new)),
            sum: self
                .sum
                .wrapping_sub(old.unwrap_or_default())
                .wrapping_add(new.unwrap_or_default()),
        }
    }

    /// With the target's row in the place of the source's, or the other way round.
    fn flipped(self, at: Difference, to_target: bool) -> Self {
        if to_target {
            self.replace(at.source, at.target)
        } else {
            self.replace(at.target, at.source)
        }
    }
}

/// Of each difference, whether it is the source's row that has changed since; `None` where that can't be known. `now` is the
/// source, `was` what was recorded.
pub(super) fn changed_on_source(differences: &[Difference], now: Total, was: Total) -> Option<Vec<bool>> {
    if now == was {
        return Some(vec![false; differences.len()]);
    }
    let all = differences.iter().fold(now, |sum, &at| sum.flipped(at, true));
    if all == was {
        return Some(vec![true; differences.len()]);
    }
    if differences.len() > MOST {
        return None;
    }
    // Each choice differs from the one before it in a single row.
    let (mut sum, mut chosen) = (now, vec![false; differences.len()]);
    for step in 1_u32..1 << differences.len() {
        let at = step.trailing_zeros() as usize;
        chosen[at] = !chosen[at];
        sum = sum.flipped(differences[at], chosen[at]);
        if sum == was {
            return Some(chosen);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use xxhash_rust::xxh3::xxh3_128;

    use super::*;

    fn hash(text: &str) -> Option<u128> {
        (!text.is_empty()).then(|| xxh3_128(text.as_bytes()))
    }

    /// Of each row what it was, what the source has, and what the target has.
    fn known(rows: &[(&str, &str, &str)]) -> Option<Vec<bool>> {
        let (mut was, mut now, mut differences) = (Total::default(), Total::default(), vec![]);
        for (identity, &(before, source, target)) in (0..).zip(rows) {
            was = was.replace(None, hash(before));
            now = now.replace(None, hash(source));
            let (source, target) = (hash(source), hash(target));
            if source != target {
                differences.push(Difference {
                    identity,
                    source,
                    target,
                });
            }
        }
        changed_on_source(&differences, now, was)
    }

    #[test]
    fn each_row_is_told_apart() {
        assert_eq!(known(&[("a", "a", "a"), ("b", "b", "c")]), Some(vec![false]));
        assert_eq!(known(&[("a", "a", "a"), ("b", "c", "b")]), Some(vec![true]));
        let mixed = [
            ("a", "a2", "a"),
            ("b", "b", "b2"),
            ("", "late", ""),
            ("", "", "new"),
            ("c", "", "c"),
            ("d", "d", ""),
            ("e", "e", "e"),
        ];
        assert_eq!(known(&mixed), Some(vec![true, false, true, false, true, false]));
    }

    #[test]
    fn what_changed_on_both_sides_is_not_known() {
        assert_eq!(known(&[("a", "a1", "a2")]), None);
        assert_eq!(known(&[("a", "a1", "a2"), ("b", "b", "b1")]), None);
        // Nor are many rows, unless one side is what it was.
        let texts: Vec<[String; 2]> = (0..40).map(|at| [format!("{at}"), format!("{at}, later")]).collect();
        let one: Vec<_> = texts.iter().map(|[a, b]| (&**a, &**b, &**a)).collect();
        assert_eq!(known(&one), Some(vec![true; 40]));
        let both = [one, vec![("x", "x", "y")]].concat();
        assert_eq!(known(&both), None);
    }
}
