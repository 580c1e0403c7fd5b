//! Findings that are one matter: many tables with the same two ways.
//!
//! A schema in which each table names its client and a customer of the client has a hundred tables of one shape. What is
//! to be done is one thing, too: a unique key on the client and the customer, and foreign keys that carry both.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use exodus_schema::{RelationId, TableId};

use super::Crossing;
use crate::rules::Context;

/// The least number of tables that make a group.
const LEAST: usize = 3;

/// So many ways of one table are put into pairs; who has more is in a group by the first ones.
const MOST_WAYS: usize = 24;

/// A way as other tables can have it: its columns, and what it leads to.
type Way<'a> = (TableId, Vec<&'a str>);

/// Two ways of one table; none behind stands for any other.
type Pair<'a> = (Way<'a>, Option<Way<'a>>);

/// The group of each table that is in one.
pub(in crate::rules) fn groups(context: &Context<'_>, crossings: &[Crossing]) -> BTreeMap<TableId, String> {
    let mut open = Open::new(context, crossings);
    let mut found = BTreeMap::new();
    // The pair that most tables have goes first; what is left over may still share the way to the root.
    for any in [false, true] {
        while let Some(at) = open.commonest(any) {
            let words = described(context, &open.pairs[at].0);
            found.extend(open.close(at).into_iter().map(|table| (table, words.clone())));
        }
    }
    found
}

/// Pairs with the tables that have them, as long as these are in no group.
struct Open<'a> {
    /// Sorted.
    pairs: Vec<(Pair<'a>, Vec<TableId>)>,
    /// Of every pair, how many of its tables are open.
    left: Vec<usize>,
    /// The pairs of every open table.
    tables: BTreeMap<TableId, Vec<usize>>,
}

impl<'a> Open<'a> {
    fn new(context: &Context<'a>, crossings: &[Crossing]) -> Self {
        let mut by_pair: BTreeMap<Pair<'a>, Vec<TableId>> = BTreeMap::new();
        for crossing in crossings {
            for pair in pairs(context, crossing) {
                by_pair.entry(pair).or_default().push(crossing.table);
            }
        }
        let pairs: Vec<_> = by_pair
            .into_iter()
            .filter(|(_, tables)| tables.len() >= LEAST)
            .collect();
        let mut tables: BTreeMap<TableId, Vec<usize>> = BTreeMap::new();
        for (at, (_, of_pair)) in pairs.iter().enumerate() {
            for table in of_pair {
                tables.entry(*table).or_default().push(at);
            }
        }
        Self {
            left: pairs.iter().map(|(_, tables)| tables.len()).collect(),
            pairs,
            tables,
        }
    }

    /// The pair that most tables have, the first of several.
    fn commonest(&self, any: bool) -> Option<usize> {
        let enough = (0..self.pairs.len()).filter(|at| self.left[*at] >= LEAST);
        let of_kind = enough.filter(|at| self.pairs[*at].0.1.is_none() == any);
        of_kind.min_by_key(|at| (Reverse(self.left[*at]), *at))
    }

    /// Takes the open tables of a pair.
    fn close(&mut self, at: usize) -> Vec<TableId> {
        let mut closed = self.pairs[at].1.clone();
        closed.retain(|table| match self.tables.remove(table) {
            Some(pairs) => {
                for pair in pairs {
                    self.left[pair] -= 1;
                }
                true
            }
            None => false,
        });
        closed
    }
}

/// The pairs of ways that can differ, the one that goes to the root at once first.
fn pairs<'a>(context: &Context<'a>, crossing: &Crossing) -> BTreeSet<Pair<'a>> {
    let root = context.classes.root;
    let way = |relation: &RelationId| -> Option<Way<'a>> {
        let edge = context.graph.edge(*relation)?;
        let columns = context.graph.relation(*relation).child_columns().collect();
        Some((edge.parent, columns))
    };
    let direct = |ways: &&Vec<Way<'a>>| ways.iter().any(|(parent, _)| *parent == root);
    let ways: Vec<Vec<Way<'a>>> = crossing
        .groups
        .iter()
        .map(|group| group.iter().filter_map(way).take(MOST_WAYS).collect())
        .take(MOST_WAYS)
        .collect();
    let at_once = ways.iter().find(direct);
    let mut found = BTreeSet::new();
    for (at, one) in ways.iter().enumerate() {
        let others = match at_once {
            Some(at_once) if std::ptr::eq(at_once, one) => &ways[..],
            Some(_) => &[],
            None => &ways[at + 1..],
        };
        let others: Vec<_> = others.iter().filter(|other| !std::ptr::eq(*other, one)).collect();
        for first in one.iter().filter(|(parent, _)| at_once.is_none() || *parent == root) {
            found.extend(
                others
                    .iter()
                    .flat_map(|other| other.iter())
                    .map(|other| (first.clone(), Some(other.clone()))),
            );
            if at_once.is_some() {
                found.insert((first.clone(), None));
            }
        }
    }
    found
}

fn described(context: &Context<'_>, (one, other): &Pair<'_>) -> String {
    let words = |(parent, columns): &Way<'_>| format!("{} → {}", columns.join(", "), context.name(*parent));
    match other {
        Some(other) => format!("{} and {}", words(one), words(other)),
        None => format!("{} and another way", words(one)),
    }
}
