//! The steps that every way to a place has to take.
//!
//! Given one way, all of them lie on it. Walking along it, everything that can be reached without it is looked at; where
//! that leads no further along the way than one stands, the next step is one that no other way avoids. Each place is
//! looked at once: linear in places and steps, however many ways there are.

use std::collections::{HashMap, HashSet};

use exodus_schema::RelationId;

/// A step of a way: from a place to another, by a relation or by none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) from: usize,
    pub(super) relation: Option<RelationId>,
    pub(super) to: usize,
}

/// What was found.
#[derive(Debug)]
pub(super) struct Bridges {
    /// The relations of the steps that can't be avoided, in the order of the way.
    pub(super) steps: Vec<RelationId>,
    /// For each place that was reached, how many of them lead to it on every way: the first so many.
    passed: Vec<Option<usize>>,
}

impl Bridges {
    /// Looks from `starts` along `way`, which begins at one of them; `next` gives the steps from a place.
    pub(super) fn find(
        places: usize,
        starts: &[usize],
        way: &[Step],
        next: &dyn Fn(usize) -> Vec<(Option<RelationId>, usize)>,
    ) -> Self {
        let of_way: HashSet<_> = way.iter().map(|step| (step.from, step.relation)).collect();
        let at: HashMap<usize, usize> = way.iter().enumerate().map(|(at, step)| (step.to, at + 1)).collect();
        let mut found = Self {
            steps: vec![],
            passed: vec![None; places],
        };
        // How far along the way everything that was seen leads.
        let mut far = 0;
        let mut open = starts.to_vec();
        for (number, step) in way.iter().enumerate() {
            while let Some(place) = open.pop() {
                if found.passed[place].is_some() {
                    continue;
                }
                found.passed[place] = Some(found.steps.len());
                far = far.max(at.get(&place).copied().unwrap_or(0));
                let steps = next(place).into_iter();
                open.extend(
                    steps
                        .filter(|(relation, _)| !of_way.contains(&(place, *relation)))
                        .map(|(_, to)| to),
                );
            }
            if far <= number {
                found.steps.extend(step.relation);
                far = number + 1;
            }
            open.push(step.to);
        }
        found
    }

    /// How many of the steps lead to this place on every way, if it was reached; it is there before the last place of the
    /// way is.
    pub(super) fn passed(&self, place: usize) -> Option<usize> {
        self.passed[place]
    }
}
