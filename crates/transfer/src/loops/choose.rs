//! Which way is taken for each foreign key of a loop, and in which order the tables are worked on.

use std::collections::{BTreeMap, BTreeSet};

use exodus_engine::Capabilities;
use exodus_schema::TableId;
use petgraph::graph::{DiGraph, NodeIndex};

use super::{Constraint, Work};
use crate::plan::LoopMethod;

/// What is worked on in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// All rows of a table at once.
    Table(TableId),
    /// The rows of these tables, sorted.
    Rows(Vec<TableId>),
}

impl Unit {
    /// Its tables.
    pub(crate) fn tables(&self) -> &[TableId] {
        match self {
            Self::Table(table) => std::slice::from_ref(table),
            Self::Rows(tables) => tables,
        }
    }
}

/// The way that is taken for a constraint, by its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) constraint: usize,
    pub(crate) method: LoopMethod,
    pub(crate) reason: &'static str,
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Parents first.
    pub(crate) units: Vec<Unit>,
    /// For each constraint that the order of the tables does not satisfy.
    pub(crate) ways: Vec<Way>,
}

impl Choice {
    /// The places of the constraints by which the rows of these tables are sorted.
    pub(crate) fn sorting(&self, tables: &[TableId], constraints: &[Constraint<'_>]) -> Vec<usize> {
        let sorted = self
            .ways
            .iter()
            .filter(|way| matches!(way.method, LoopMethod::Sorted { .. }));
        let inside = sorted.filter(|way| tables.contains(&constraints[way.constraint].child));
        inside.map(|way| way.constraint).collect()
    }

    /// The columns of a table that are written as NULL first, each once.
    pub(crate) fn nulled(&self, constraints: &[Constraint<'_>]) -> BTreeMap<TableId, BTreeSet<String>> {
        let mut nulled: BTreeMap<TableId, BTreeSet<String>> = BTreeMap::new();
        for way in &self.ways {
            if let LoopMethod::NullThenSet(columns) = &way.method {
                let of = nulled.entry(constraints[way.constraint].child).or_default();
                of.extend(columns.iter().cloned());
            }
        }
        nulled
    }
}

/// Chooses for tables in copy order.
pub(crate) fn choose(order: &[TableId], constraints: &[Constraint<'_>], can: Capabilities, work: Work) -> Choice {
    let eased: Vec<_> = constraints.iter().map(|one| one.eased(can, work)).collect();
    let is_hard = |at: usize| eased[at].is_none() && constraints[at].free.is_none();
    let hard: Vec<usize> = (0..constraints.len()).filter(|&at| is_hard(at)).collect();
    let units = units(order, constraints, &hard, can);
    let place: BTreeMap<TableId, usize> = units
        .iter()
        .enumerate()
        .flat_map(|(at, unit)| unit.tables().iter().map(move |&table| (table, at)))
        .collect();
    let mut ways = vec![];
    for (at, constraint) in constraints.iter().enumerate() {
        let (Some(&child), Some(&parent)) = (place.get(&constraint.child), place.get(&constraint.parent)) else {
            continue;
        };
        if parent < child {
            continue;
        }
        let alone = matches!(units[child], Unit::Table(_));
        let (method, reason) = match (eased[at].clone(), &constraint.free) {
            (Some(eased), _) => eased,
            (None, _) if alone && constraint.is_within_statement(can) => (
                LoopMethod::WithinStatement,
                "the server checks it when the table's statement ends",
            ),
            (None, Some(free)) => (LoopMethod::NullThenSet(free.clone()), "its column may be NULL"),
            (None, None) => (
                LoopMethod::Sorted { levels: 0 },
                "no column of it may be NULL, and it can't be deferred",
            ),
        };
        ways.push(Way {
            constraint: at,
            method,
            reason,
        });
    }
    Choice { units, ways }
}

/// Tables whose rows must have each other are one unit; units come parents first, and as near to the given order as that
/// lets them.
fn units(order: &[TableId], constraints: &[Constraint<'_>], hard: &[usize], can: Capabilities) -> Vec<Unit> {
    let at: BTreeMap<TableId, usize> = order.iter().enumerate().map(|(at, &table)| (table, at)).collect();
    let edges: Vec<(usize, usize)> = hard
        .iter()
        .filter_map(|&one| Some((*at.get(&constraints[one].parent)?, *at.get(&constraints[one].child)?)))
        .collect();
    let mut graph = DiGraph::<(), ()>::with_capacity(order.len(), edges.len());
    for _ in order {
        graph.add_node(());
    }
    for &(parent, child) in &edges {
        graph.add_edge(NodeIndex::new(parent), NodeIndex::new(child), ());
    }
    // Each unit goes by the place of its first table.
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut unit = vec![0; order.len()];
    for component in petgraph::algo::kosaraju_scc(&graph) {
        let mut places: Vec<usize> = component.iter().map(|node| node.index()).collect();
        places.sort_unstable();
        for &place in &places {
            unit[place] = places[0];
        }
        members.insert(places[0], places);
    }
    let row_by_row = |one: &usize| {
        let constraint = &constraints[*one];
        constraint.is_self_loop() && !constraint.is_within_statement(can)
    };
    let looped: BTreeSet<TableId> = hard
        .iter()
        .filter(|one| row_by_row(one))
        .map(|&one| constraints[one].child)
        .collect();
    let sorted = |first: usize| {
        let tables: Vec<TableId> = members[&first].iter().map(|&place| order[place]).collect();
        match tables.as_slice() {
            [one] if !looped.contains(one) => Unit::Table(*one),
            _ => Unit::Rows(tables),
        }
    };
    let between: BTreeSet<(usize, usize)> = edges
        .iter()
        .map(|&(parent, child)| (unit[parent], unit[child]))
        .filter(|(parent, child)| parent != child)
        .collect();
    in_order(members.keys().copied(), &between)
        .into_iter()
        .map(sorted)
        .collect()
}

/// Parents first, and among those that can come next the first one.
fn in_order(units: impl Iterator<Item = usize>, edges: &BTreeSet<(usize, usize)>) -> Vec<usize> {
    let mut waiting: BTreeMap<usize, usize> = units.map(|unit| (unit, 0)).collect();
    for (_, child) in edges {
        *waiting.entry(*child).or_default() += 1;
    }
    let mut ready: BTreeSet<usize> = waiting
        .iter()
        .filter(|(_, left)| **left == 0)
        .map(|(&u, _)| u)
        .collect();
    let mut found = vec![];
    while let Some(next) = ready.pop_first() {
        found.push(next);
        for (_, child) in edges.range((next, 0)..=(next, usize::MAX)) {
            if let Some(left) = waiting.get_mut(child) {
                *left -= 1;
                if *left == 0 {
                    ready.insert(*child);
                }
            }
        }
    }
    found
}
