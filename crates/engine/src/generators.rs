//! Where the generators of a table's keys stand, asked without moving them.

/// A generator of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyGenerator {
    /// The column that it fills.
    pub column: String,
    /// What people call it: a sequence's name, or the column's attribute.
    pub name: String,
    /// What it gives next, if this session may know.
    pub next: Option<i128>,
    /// One of the keys of its class, whether or not it was given.
    pub start: i128,
    /// From one key to the next; negative where it counts down.
    pub increment: i128,
    /// The smallest key that it gives.
    pub minimum: i128,
    /// The greatest one, as far as the generator is concerned: the column's type may hold less.
    pub maximum: i128,
    /// The server moves it past any key that is inserted, the very last one too, which leaves it nothing to give.
    pub follows: bool,
}

impl KeyGenerator {
    /// The keys, from the smallest to the greatest, that it is moved past when they arrive.
    #[must_use]
    pub fn passes(&self) -> (i128, i128) {
        let last = if self.follows { 0 } else { self.increment };
        if self.increment < 0 {
            (self.minimum - last, self.maximum)
        } else {
            (self.minimum, self.maximum - last)
        }
    }

    /// The first key of its class that is `from` or beyond.
    #[must_use]
    pub fn at_or_beyond(&self, from: i128) -> i128 {
        let away = (from - self.start).rem_euclid(self.increment.abs().max(1));
        match (away, self.increment < 0) {
            (0, _) => from,
            (_, true) => from - away,
            (_, false) => from - away + self.increment,
        }
    }

    /// Whether both can give the same key from now on.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let common = gcd(self.increment.abs(), other.increment.abs()).max(1);
        let range = |one: &Self| {
            let next = one
                .next
                .unwrap_or(if one.increment < 0 { one.maximum } else { one.minimum });
            if one.increment < 0 {
                (one.minimum, next)
            } else {
                (next, one.maximum)
            }
        };
        let ((low, high), (others_low, others_high)) = (range(self), range(other));
        (self.start - other.start) % common == 0 && low.max(others_low) <= high.min(others_high)
    }
}

fn gcd(one: i128, other: i128) -> i128 {
    if other == 0 { one } else { gcd(other, one % other) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generator(start: i128, increment: i128, next: i128, maximum: i128) -> KeyGenerator {
        KeyGenerator {
            column: "id".to_owned(),
            name: "s".to_owned(),
            next: Some(next),
            follows: true,
            start,
            increment,
            minimum: if increment < 0 { -maximum } else { 1 },
            maximum: if increment < 0 { -1 } else { maximum },
        }
    }

    #[test]
    fn keys_of_a_class_are_beyond() {
        assert_eq!(generator(3, 10, 3, 1000).at_or_beyond(44), 53);
        assert_eq!(generator(3, 10, 3, 1000).at_or_beyond(53), 53);
        assert_eq!(generator(1, 1, 1, 1000).at_or_beyond(7), 7);
        assert_eq!(generator(-3, -10, -3, 1000).at_or_beyond(-44), -53);
    }

    #[test]
    fn generators_meet_in_one_class_and_one_range() {
        let meets = |one: KeyGenerator, other: KeyGenerator| {
            assert_eq!(one.meets(&other), other.meets(&one));
            one.meets(&other)
        };
        let whole = i128::from(i64::MAX);
        assert!(meets(generator(1, 1, 5, whole), generator(1, 1, 900, whole)));
        assert!(meets(generator(1, 1, 5, whole), generator(3, 16, 3, whole)));
        assert!(!meets(generator(1, 16, 1, whole), generator(3, 16, 3, whole)));
        // Classes of 4 and of 6 have every twelfth key in common, or none.
        assert!(meets(generator(1, 4, 1, whole), generator(3, 6, 3, whole)));
        assert!(!meets(generator(1, 4, 1, whole), generator(2, 6, 2, whole)));
        // Ranges.
        assert!(!meets(generator(1, 1, 5, 1000), generator(1, 1, 2000, whole)));
        assert!(!meets(generator(1, 1, 5, whole), generator(-1, -1, -5, whole)));
    }
}
