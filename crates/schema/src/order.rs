//! Copy order: parents before children, and which relations of a loop have to wait.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{Components, Edge, Graph, RelationId, TableId};
use crate::tree::Chains;

/// The order of every table, and the relations it does not satisfy.
pub(crate) struct Layers {
    pub(crate) order: BTreeMap<TableId, usize>,
    pub(crate) back: BTreeSet<RelationId>,
}

/// Orders the tables of `reached` by the relations that `inside` accepts.
pub(crate) fn layers(graph: &Graph<'_>, root: TableId, reached: &Chains, inside: &dyn Fn(&Edge) -> bool) -> Layers {
    let edges: Vec<&Edge> = graph.edges().iter().filter(|edge| inside(edge)).collect();
    let components = graph.components(inside);
    let rank = rank_in_loops(graph, root, reached, inside, &components);
    let (back, forward): (Vec<&Edge>, Vec<&Edge>) = edges
        .into_iter()
        .partition(|edge| components.together(edge.child(), edge.parent) && rank[&edge.parent] >= rank[&edge.child()]);
    Layers {
        order: longest_chains(reached, &forward),
        back: back.into_iter().map(|edge| edge.id).collect(),
    }
}

/// A rank for every table such that inside a loop the relations that must have a parent run from low to high wherever
/// that is possible, so that the relations left running backwards are those that may be NULL. The root comes first of
/// all; ties go to the table nearer to the root, then by name.
fn rank_in_loops(
    graph: &Graph<'_>,
    root: TableId,
    reached: &Chains,
    inside: &dyn Fn(&Edge) -> bool,
    components: &Components,
) -> BTreeMap<TableId, usize> {
    let depth = depths(graph, reached);
    let strict = |edge: &Edge| {
        let bound = !edge.optional && !edge.is_self_loop() && edge.child() != root;
        bound && inside(edge) && components.together(edge.child(), edge.parent)
    };
    // Loops of relations that all must have a parent: only in these has one to run backwards. Each goes by its first table.
    let knots = graph.components(strict);
    let knot = |table: TableId| knots.loop_of(table).first().copied().unwrap_or(table);
    let mut waiting: BTreeMap<TableId, usize> = reached.keys().map(|&table| (table, 0)).collect();
    let mut knot_waiting = waiting.clone();
    let mut children: BTreeMap<TableId, Vec<TableId>> = BTreeMap::new();
    for edge in graph.edges().iter().filter(|edge| strict(edge)) {
        *waiting.entry(edge.child()).or_default() += 1;
        if !knots.together(edge.child(), edge.parent) {
            *knot_waiting.entry(knot(edge.child())).or_default() += 1;
        }
        children.entry(edge.parent).or_default().push(edge.child());
    }
    let key = |table: TableId| (table != root, depth[&table], table);
    let mut ready: BTreeSet<_> = waiting.iter().filter(|(_, n)| **n == 0).map(|(&t, _)| key(t)).collect();
    // Tables of knots that wait for nothing but themselves.
    let mut stuck: BTreeSet<_> = waiting
        .keys()
        .filter(|&&t| knot_waiting[&knot(t)] == 0)
        .map(|&t| key(t))
        .collect();
    let mut rank = BTreeMap::new();
    while let Some((_, _, table)) = ready.pop_first().or_else(|| stuck.pop_first()) {
        if rank.contains_key(&table) {
            continue;
        }
        rank.insert(table, rank.len());
        for &child in children.get(&table).into_iter().flatten() {
            if counted_down(&mut waiting, child) {
                ready.insert(key(child));
            }
            if !knots.together(table, child) && counted_down(&mut knot_waiting, knot(child)) {
                stuck.extend(knots.loop_of(child).iter().map(|&table| key(table)));
            }
        }
    }
    rank
}

/// Takes one off the table's count; whether that was the last.
fn counted_down(waiting: &mut BTreeMap<TableId, usize>, table: TableId) -> bool {
    waiting.get_mut(&table).is_some_and(|left| {
        *left -= 1;
        *left == 0
    })
}

fn depths(graph: &Graph<'_>, reached: &Chains) -> BTreeMap<TableId, usize> {
    let mut depth: BTreeMap<TableId, usize> = BTreeMap::new();
    for &table in reached.keys() {
        let mut chain = vec![];
        let mut at = table;
        // Walk up to the first table whose depth is known, then fill in downwards: each table is walked once.
        let base = loop {
            if let Some(&known) = depth.get(&at) {
                break known;
            }
            let Some(edge) = reached[&at].and_then(|relation| graph.edge(relation)) else {
                depth.insert(at, 0);
                break 0;
            };
            chain.push(at);
            at = edge.parent;
        };
        for (above, table) in chain.into_iter().rev().enumerate() {
            depth.insert(table, base + above + 1);
        }
    }
    depth
}

/// The length of the longest chain of `forward` relations to every table; `forward` has no loop.
fn longest_chains(reached: &Chains, forward: &[&Edge]) -> BTreeMap<TableId, usize> {
    let mut order: BTreeMap<TableId, usize> = reached.keys().map(|&table| (table, 0)).collect();
    let mut waiting: BTreeMap<TableId, usize> = BTreeMap::new();
    let mut children: BTreeMap<TableId, Vec<TableId>> = BTreeMap::new();
    for edge in forward {
        *waiting.entry(edge.child()).or_default() += 1;
        children.entry(edge.parent).or_default().push(edge.child());
    }
    let mut ready: Vec<_> = order
        .keys()
        .copied()
        .filter(|table| !waiting.contains_key(table))
        .collect();
    while let Some(table) = ready.pop() {
        let next = order[&table] + 1;
        for &child in children.get(&table).into_iter().flatten() {
            if let Some(slot) = order.get_mut(&child) {
                *slot = next.max(*slot);
            }
            if let Some(left) = waiting.get_mut(&child) {
                *left -= 1;
                if *left == 0 {
                    ready.push(child);
                }
            }
        }
    }
    order
}
