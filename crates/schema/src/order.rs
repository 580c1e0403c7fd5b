//! Copy order: parents before children, and which relations of a loop have to wait.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

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
    let rank = rank_in_loops(graph, root, reached, &edges, &components);
    let (back, forward): (Vec<&Edge>, Vec<&Edge>) = edges.into_iter().partition(|edge| {
        components.together(edge.child(), edge.parent) && rank[&edge.parent] >= rank[&edge.child()]
    });
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
    edges: &[&Edge],
    components: &Components,
) -> BTreeMap<TableId, usize> {
    let depth = depths(graph, reached);
    let strict = |edge: &&&Edge| {
        !edge.optional && !edge.is_self_loop() && edge.child() != root && components.together(edge.child(), edge.parent)
    };
    let mut waiting: BTreeMap<TableId, usize> = reached.keys().map(|&table| (table, 0)).collect();
    let mut children: BTreeMap<TableId, Vec<TableId>> = BTreeMap::new();
    for edge in edges.iter().filter(strict) {
        *waiting.entry(edge.child()).or_default() += 1;
        children.entry(edge.parent).or_default().push(edge.child());
    }
    let key = |table: TableId| Reverse((table != root, depth[&table], table));
    let mut ready: BinaryHeap<_> = waiting.iter().filter(|(_, n)| **n == 0).map(|(&t, _)| key(t)).collect();
    let mut stuck: BTreeSet<_> = waiting.keys().map(|&table| (depth[&table], table)).collect();
    let mut rank = BTreeMap::new();
    while let Some((_, table)) = ready.pop().map(|Reverse((_, depth, table))| (depth, table)).or_else(|| stuck.first().copied()) {
        stuck.remove(&(depth[&table], table));
        if rank.contains_key(&table) {
            continue;
        }
        rank.insert(table, rank.len());
        for &child in children.get(&table).into_iter().flatten() {
            if let Some(left) = waiting.get_mut(&child) {
                *left -= 1;
                if *left == 0 {
                    ready.push(key(child));
                }
            }
        }
    }
    rank
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
            chain.push(at);
            match reached[&at].and_then(|relation| graph.edge(relation)) {
                Some(edge) => at = edge.parent,
                None => {
                    chain.pop();
                    depth.insert(at, 0);
                    break 0;
                }
            }
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
    let mut ready: Vec<_> = order.keys().copied().filter(|table| !waiting.contains_key(table)).collect();
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
