//! Sets of clients, each by a number.
//!
//! Nearly every row has one owner or none, and those sets need no memory: a set of one is the client's number. Larger
//! ones are kept once each, so that two rows have the same owners exactly if their numbers are equal, and so that the
//! union of two sets is worked out once however many rows need it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A set of clients.
pub(crate) type SetId = u32;

/// The empty set.
pub(crate) const NONE: SetId = 0;

/// Numbers from here on are of sets of two clients or more.
const MANY: SetId = 1 << 31;

/// Clients that can be told apart.
pub(crate) const MOST_CLIENTS: u64 = (MANY - 1) as u64;

/// All members of all sets of two or more that are kept at most; each takes some eight bytes.
const MOST_MEMBERS: usize = 1 << 26;

/// The set of the client of that number.
pub(crate) fn client(number: u32) -> SetId {
    number + 1
}

/// How many clients are in a set, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    None,
    One,
    Many,
}

/// The size of a set.
pub(crate) fn size(set: SetId) -> Size {
    match set {
        NONE => Size::None,
        one if one < MANY => Size::One,
        _ => Size::Many,
    }
}

#[derive(Debug, Default)]
struct Kept {
    sets: Vec<Box<[u32]>>,
    ids: HashMap<Box<[u32]>, SetId>,
    unions: HashMap<(SetId, SetId), SetId>,
    members: usize,
    full: bool,
}

/// The sets that have come up, shared by all who count.
#[derive(Debug, Default)]
pub(crate) struct Sets {
    kept: Mutex<Kept>,
}

impl Sets {
    /// The union of two sets.
    pub(crate) fn union(&self, one: SetId, other: SetId) -> SetId {
        if one == other || other == NONE {
            return one;
        }
        if one == NONE {
            return other;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.union(one.min(other), one.max(other))
    }

    /// The numbers of the clients in a set.
    pub(crate) fn members(&self, set: SetId) -> Vec<u32> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.members(set)
    }

    /// There were too many different sets: from then on unions were wrong.
    pub(crate) fn is_full(&self) -> bool {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).full
    }
}

impl Kept {
    fn members(&self, set: SetId) -> Vec<u32> {
        match size(set) {
            Size::None => vec![],
            Size::One => vec![set - 1],
            Size::Many => self.sets[(set - MANY) as usize].to_vec(),
        }
    }

    fn union(&mut self, one: SetId, other: SetId) -> SetId {
        if let Some(&known) = self.unions.get(&(one, other)) {
            return known;
        }
        let mut members = self.members(one);
        members.extend(self.members(other));
        members.sort_unstable();
        members.dedup();
        let set = self.keep(members.into());
        self.unions.insert((one, other), set);
        set
    }

    fn keep(&mut self, members: Box<[u32]>) -> SetId {
        if let Some(&known) = self.ids.get(&members) {
            return known;
        }
        let number = u32::try_from(self.sets.len()).ok().filter(|number| *number < MANY);
        self.members += members.len();
        let (Some(number), true) = (number, self.members <= MOST_MEMBERS) else {
            self.full = true;
            return MANY;
        };
        let set = MANY + number;
        self.sets.push(members.clone());
        self.ids.insert(members, set);
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sets_have_one_number() {
        let sets = Sets::default();
        let (a, b, c) = (client(0), client(1), client(2));
        let ab = sets.union(a, b);
        assert_eq!(size(ab), Size::Many);
        assert_eq!(sets.union(b, a), ab);
        assert_eq!(sets.union(ab, b), ab);
        assert_eq!(sets.union(NONE, a), a);
        let abc = sets.union(ab, c);
        assert_eq!(abc, sets.union(a, sets.union(b, c)));
        assert_eq!(sets.members(abc), [0, 1, 2]);
        assert_eq!((size(NONE), size(a)), (Size::None, Size::One));
    }
}
