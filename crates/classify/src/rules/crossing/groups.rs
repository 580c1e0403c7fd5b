//! Findings that are one matter: many tables with the same two ways.
//!
//! A schema in which each table names its client and a customer of the client has a hundred tables of one shape. What is
//! to be done is one thing, too: a unique key on the client and the customer, and foreign keys that carry both.

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
    let mut open: BTreeMap<TableId, BTreeSet<Pair<'_>>> = crossings
        .iter()
        .map(|crossing| (crossing.table, pairs(context, crossing)))
        .collect();
    let mut found = BTreeMap::new();
    // The pair that most tables have goes first; what is left over may still share the way to the root.
    for any in [false, true] {
        while let Some((pair, tables)) = commonest(&open, any) {
            let words = described(context, &pair);
            for table in tables {
                open.remove(&table);
                found.insert(table, words.clone());
            }
        }
    }
    found
}

fn commonest<'a>(open: &BTreeMap<TableId, BTreeSet<Pair<'a>>>, any: bool) -> Option<(Pair<'a>, Vec<TableId>)> {
    let mut tables: BTreeMap<&Pair<'a>, Vec<TableId>> = BTreeMap::new();
    for (table, pairs) in open {
        for pair in pairs.iter().filter(|pair| pair.1.is_none() == any) {
            tables.entry(pair).or_default().push(*table);
        }
    }
    let enough = tables.into_iter().filter(|(_, tables)| tables.len() >= LEAST);
    let most = enough.min_by(|(a, x), (b, y)| y.len().cmp(&x.len()).then_with(|| a.cmp(b)));
    most.map(|(pair, tables)| (pair.clone(), tables))
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
