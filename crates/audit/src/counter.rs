//! What is made of each row of a table while it is read.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use exodus_classify::question::{Answer, Question, Told};
use exodus_engine::{Dialect, Match, Matched, ScanRow};

use crate::keys::{KeyFields, KeyMap};
use crate::layout::KeyId;
use crate::owners::join;
use crate::sets::{self, MOST_CLIENTS, NONE, SetId, Sets, Size, size};

/// How many keys of rows are shown with an answer.
pub(crate) const SHOWN: usize = 5;

/// How often the memory is looked at, in rows.
const LOOK: u64 = 1 << 14;

/// What all who count share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) dialect: Dialect,
    pub(crate) sets: Sets,
    /// Keys in memory.
    pub(crate) keys: AtomicU64,
    pub(crate) most_keys: u64,
}

impl Shared {
    /// Nothing is kept yet.
    pub(crate) fn new(dialect: Dialect, most_keys: u64) -> Self {
        Self {
            dialect,
            sets: Sets::default(),
            keys: AtomicU64::new(0),
            most_keys,
        }
    }

    /// Whether so many more keys may be kept.
    pub(crate) fn has_room(&self, more: usize) -> bool {
        self.keys.load(Ordering::Relaxed) + more as u64 <= self.most_keys && !self.sets.is_full()
    }

    pub(crate) fn took(&self, keys: usize) {
        self.keys.fetch_add(keys as u64, Ordering::Relaxed);
    }

    pub(crate) fn gave_back(&self, keys: usize) {
        self.keys.fetch_sub(keys as u64, Ordering::Relaxed);
    }
}

/// Looks a parent's owners up.
#[derive(Clone, Debug)]
pub(crate) struct LookUp {
    pub(crate) map: Arc<KeyMap>,
    pub(crate) fields: KeyFields,
}

impl LookUp {
    /// The owners of the parents that a row references; `None` where it references nothing that is there.
    pub(crate) fn of(&self, dialect: Dialect, row: &ScanRow<'_>) -> Option<SetId> {
        self.map.get(self.fields.of(dialect, row)?)
    }
}

/// A question about the rows, with what was counted so far.
#[derive(Debug)]
pub(crate) enum Asked {
    /// [`Question::Owners`].
    Owners(Tally),
    /// [`Question::Crossed`], by the look-ups of these numbers.
    Crossed {
        by: Vec<usize>,
        rows: u64,
        sets: HashSet<SetId>,
        keys: Vec<String>,
    },
    /// [`Question::Unowned`], by the look-up of this number.
    Unowned { by: usize, rows: u64, keys: Vec<String> },
    /// [`Question::Parents`], by the look-up of this number.
    Parents {
        by: usize,
        set: u64,
        missing: u64,
        keys: Vec<String>,
    },
    /// Part of [`Question::Clients`]: who refers to which keys of the other table.
    Clients { key: KeyId, fields: KeyFields, map: KeyMap },
}

/// Rows by the number of their owners.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) none: u64,
    pub(crate) one: u64,
    pub(crate) many: u64,
    pub(crate) keys: Vec<String>,
}

impl Tally {
    pub(crate) fn add(&mut self, set: SetId, rows: u64) {
        match size(set) {
            Size::None => self.none += rows,
            Size::One => self.one += rows,
            Size::Many => self.many += rows,
        }
    }

    pub(crate) fn answer(&self) -> Answer {
        Answer::Owners {
            none: self.none,
            one: self.one,
            many: self.many,
        }
    }
}

/// How a row has an owner without its parents.
#[derive(Debug)]
pub(crate) enum Own {
    /// It has none.
    Nobody,
    /// Each row is a client, numbered as they come.
    Next(u32),
    /// The row's own key leads to its number.
    Known(LookUp),
}

/// Counts the rows of one table.
#[derive(Debug)]
pub(crate) struct Counter {
    pub(crate) shared: Arc<Shared>,
    pub(crate) own: Own,
    pub(crate) look_ups: Vec<LookUp>,
    /// The look-ups that give the row its owners.
    pub(crate) owners: Vec<usize>,
    pub(crate) publish: Vec<(KeyId, KeyFields, KeyMap)>,
    pub(crate) asked: Vec<(Question, Asked)>,
    /// The field that says for how many rows this one stands.
    pub(crate) weight: Option<usize>,
    /// The fields that tell people which row it is.
    pub(crate) shown: Vec<usize>,
    pub(crate) sampled: bool,
    pub(crate) rows: u64,
    /// It takes more memory than is allowed: the rest was not counted.
    pub(crate) full: bool,
    /// The owners found by each look-up, kept between rows to save allocations.
    pub(crate) found: Vec<Option<SetId>>,
}

impl Counter {
    /// Takes a row in.
    pub(crate) fn row(&mut self, row: &ScanRow<'_>) {
        self.rows += 1;
        if self.rows.is_multiple_of(LOOK) {
            self.full |= !self
                .shared
                .has_room(self.publish.iter().map(|(_, _, map)| map.len()).sum());
        }
        if self.full {
            return;
        }
        let dialect = self.shared.dialect;
        self.found.clear();
        self.found
            .extend(self.look_ups.iter().map(|look_up| look_up.of(dialect, row)));
        let own = self.own_set(row);
        let sets = &self.shared.sets;
        let owners = self.owners.iter().map(|at| self.found[*at].unwrap_or(NONE));
        let set = owners.fold(own, |set, more| sets.union(set, more));
        for (_, fields, map) in &mut self.publish {
            if let Some(key) = fields.of(dialect, row) {
                let slot = map.entry(key, NONE);
                *slot = sets.union(*slot, set);
            }
        }
        let weight = self.weight.map_or(1, |at| weight(dialect, row, at));
        self.count(row, own, set, weight);
    }

    fn own_set(&mut self, row: &ScanRow<'_>) -> SetId {
        match &mut self.own {
            Own::Nobody => NONE,
            Own::Known(look_up) => look_up.of(self.shared.dialect, row).unwrap_or(NONE),
            Own::Next(number) => {
                let set = sets::client(*number);
                if u64::from(*number) + 1 >= MOST_CLIENTS {
                    self.full = true;
                } else {
                    *number += 1;
                }
                set
            }
        }
    }

    fn count(&mut self, row: &ScanRow<'_>, own: SetId, owners: SetId, weight: u64) {
        let (dialect, sets, shown) = (self.shared.dialect, &self.shared.sets, &self.shown);
        for (_, asked) in &mut self.asked {
            match asked {
                Asked::Owners(tally) => {
                    tally.add(owners, weight);
                    if size(owners) == Size::Many {
                        show(dialect, row, shown, &mut tally.keys);
                    }
                }
                Asked::Crossed {
                    by,
                    rows,
                    sets: all,
                    keys,
                } => {
                    let ways = by.iter().map(|at| self.found[*at].unwrap_or(NONE));
                    let crossed = ways.fold(own, |set, more| sets.union(set, more));
                    if size(crossed) == Size::Many {
                        *rows += weight;
                        all.insert(crossed);
                        show(dialect, row, shown, keys);
                    }
                }
                Asked::Unowned { by, rows, keys } => {
                    if self.found[*by] == Some(NONE) {
                        *rows += weight;
                        show(dialect, row, shown, keys);
                    }
                }
                Asked::Parents { by, set, missing, keys } => {
                    if self.found[*by].is_some() {
                        *set += weight;
                    } else if self.look_ups[*by].fields.of(dialect, row).is_some() {
                        *set += weight;
                        *missing += weight;
                        show(dialect, row, shown, keys);
                    }
                }
                Asked::Clients { fields, map, .. } => {
                    if let Some(key) = fields.of(dialect, row) {
                        let slot = map.entry(key, NONE);
                        *slot = sets.union(*slot, owners);
                    }
                }
            }
        }
    }

    /// The answers, without those that other tables have a part in; their parts are left in `asked`.
    pub(crate) fn answers(&mut self) -> Vec<(Question, Told)> {
        let mut answers = vec![];
        for (question, asked) in &mut self.asked {
            let (answer, keys) = match asked {
                Asked::Owners(tally) => (tally.answer(), std::mem::take(&mut tally.keys)),
                Asked::Crossed { rows, sets, keys, .. } => {
                    let pairs = pairs(&self.shared.sets, sets);
                    (Answer::Crossed { rows: *rows, pairs }, std::mem::take(keys))
                }
                Asked::Unowned { rows, keys, .. } => (Answer::Count(*rows), std::mem::take(keys)),
                Asked::Parents { set, missing, keys, .. } => {
                    let (set, missing) = (*set, *missing);
                    (Answer::Parents { set, missing }, std::mem::take(keys))
                }
                Asked::Clients { .. } => continue,
            };
            let sampled = self.sampled;
            let owners = vec![];
            let told = Told {
                answer,
                sampled,
                keys,
                owners,
            };
            answers.push((question.clone(), told));
        }
        answers
    }

    /// The keys that were published.
    pub(crate) fn published(&mut self) -> BTreeMap<KeyId, KeyMap> {
        let published = std::mem::take(&mut self.publish);
        published.into_iter().map(|(id, _, map)| (id, map)).collect()
    }
}

/// Different pairs of clients in these sets; of more pairs than can be remembered only so many.
fn pairs(sets: &Sets, crossed: &HashSet<SetId>) -> u64 {
    const MOST: usize = 10_000_000;
    let mut pairs: HashSet<(u32, u32)> = HashSet::new();
    for set in crossed {
        let members = sets.members(*set);
        for (at, one) in members.iter().enumerate() {
            if pairs.len() > MOST {
                break;
            }
            pairs.extend(members[at + 1..].iter().map(|other| (*one, *other)));
        }
    }
    pairs.len() as u64
}

fn weight(dialect: Dialect, row: &ScanRow<'_>, at: usize) -> u64 {
    let field = row.get(at).copied().flatten();
    match field.map(|field| dialect.same_bytes(Match::Whole, field)) {
        Some(Matched::Whole(number)) => number.unsigned_abs(),
        _ => 0,
    }
}

/// Notes which row it is.
pub(crate) fn show(dialect: Dialect, row: &ScanRow<'_>, shown: &[usize], keys: &mut Vec<String>) {
    if shown.is_empty() || keys.len() >= SHOWN {
        return;
    }
    let parts = shown.iter().map(|at| match row.get(*at).copied().flatten() {
        Some(field) => dialect.text_of(field),
        None => "NULL".to_owned(),
    });
    keys.push(join(&parts.collect::<Vec<_>>()));
}
