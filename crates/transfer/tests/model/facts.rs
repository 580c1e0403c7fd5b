//! What a client's rows say, as a small set.

use std::fmt;
use std::ops::{BitAnd, BitOr, Not};

/// Contents of rows. A row that is changed is another fact in the place of the first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Facts(u8);

const NAMES: [(Facts, &str); 4] = [
    (Facts::ROOT, "root"),
    (Facts::CHANGED, "root, changed late"),
    (Facts::ORDER, "order"),
    (Facts::LATE, "late order"),
];

impl Facts {
    /// None.
    pub(crate) const NONE: Self = Self(0);
    /// The client's own row, as it was.
    pub(crate) const ROOT: Self = Self(1);
    /// The same row, changed by a writer that asks nobody.
    pub(crate) const CHANGED: Self = Self(2);
    /// What a writer that asks has added.
    pub(crate) const ORDER: Self = Self(4);
    /// What a writer that asks nobody has added.
    pub(crate) const LATE: Self = Self(8);
    /// The client's own row, whatever it says.
    pub(crate) const ANY_ROOT: Self = Self(1 | 2);

    pub(crate) fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// Has every fact of the other set.
    pub(crate) fn has(self, others: Self) -> bool {
        self & others == others
    }

    /// Has a fact of the other set.
    pub(crate) fn meets(self, others: Self) -> bool {
        !(self & others).is_empty()
    }

    pub(crate) const fn or(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    pub(crate) fn without(self, others: Self) -> Self {
        self & !others
    }
}

/// Some of the contents that rows can have.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Contents(u16);

impl Contents {
    /// None.
    pub(crate) const NONE: Self = Self(0);

    pub(crate) fn has(self, rows: Facts) -> bool {
        self.0 & Self::bit(rows) != 0
    }

    pub(crate) fn with(self, rows: Facts) -> Self {
        Self(self.0 | Self::bit(rows))
    }

    pub(crate) fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    fn bit(rows: Facts) -> u16 {
        1 << rows.0
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = (0..16).map(Facts);
        f.debug_set().entries(all.filter(|&rows| self.has(rows))).finish()
    }
}

impl BitOr for Facts {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        self.or(other)
    }
}

impl BitAnd for Facts {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for Facts {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0)
    }
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = NAMES.iter().filter(|(fact, _)| self.has(*fact)).map(|(_, name)| name);
        f.debug_set().entries(names).finish()
    }
}
