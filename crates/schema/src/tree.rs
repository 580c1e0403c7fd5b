//! The tree: every table that holds rows of a client, how its rows are reached from the root row, and the copy order.
//!
//! All of it is linear in tables and relations (up to sorting): chains are never enumerated, because a ladder of n
//! diamonds has 2ⁿ of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{Components, Edge, Graph, RelationId, TableId};
use crate::order;

/// What is cut out of the graph before the tree is grown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cuts {
    /// Relations that are treated as if they were not there.
    pub relations: BTreeSet<RelationId>,
    /// Tables that are never client tables, whatever references what.
    pub tables: BTreeSet<TableId>,
    /// Columns of tables, sorted, that look like a reference and are known to be none, each with the reason: they cut
    /// nothing, and nothing is to be guessed of them.
    pub refused: BTreeMap<(TableId, Vec<String>), String>,
}

impl Cuts {
    /// Why these columns are known to be no reference, if they are.
    pub fn refuses(&self, child: TableId, columns: &[String]) -> Option<&str> {
        let mut columns = columns.to_vec();
        columns.sort_unstable();
        self.refused.get(&(child, columns)).map(String::as_str)
    }

    fn keeps(&self, edge: &Edge) -> bool {
        !self.relations.contains(&edge.id)
            && !self.tables.contains(&edge.child())
            && !self.tables.contains(&edge.parent)
    }
}

/// How the rows of a table that a client owns are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It is the root table: the row with the client's key.
    Root,
    /// By a path on which every relation is NOT NULL and vouched for; parents first.
    Complete(Vec<RelationId>),
    /// By any of the table's relations into the tree; no row has to have one.
    Partial,
    /// As `Partial`, and membership can come through a loop of these tables (sorted).
    Closure(Vec<TableId>),
}

/// A table of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The table.
    pub table: TableId,
    /// Length of the longest chain from the root that does not run back through a loop; parents have smaller ones.
    pub order: usize,
    /// A shortest chain from the root, parents first: why the table is a client table.
    pub witness: Vec<RelationId>,
    /// How its rows are found.
    pub reach: Reach,
    /// Its relations into the tree, sorted: each one gives a row an owner. The root's own are not among them.
    pub owners: Vec<RelationId>,
}

/// All client tables of a root table, in copy order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    root: TableId,
    members: Vec<Member>,
    at: BTreeMap<TableId, usize>,
    back: BTreeSet<RelationId>,
}

impl Tree {
    /// Grows the tree from `root` over the relations that `cuts` leaves.
    pub fn grow(graph: &Graph<'_>, root: TableId, cuts: &Cuts) -> Self {
        // The root row is owned by itself, whatever it references.
        let owns = |edge: &Edge| edge.child() != root && cuts.keeps(edge);
        let witness = shortest_chains(graph, root, &owns);
        let complete = shortest_chains(graph, root, &|edge| owns(edge) && !edge.optional);
        let partial = |table: TableId| witness.contains_key(&table) && !complete.contains_key(&table);
        let loops = graph.components(|edge| owns(edge) && partial(edge.child()) && partial(edge.parent));

        let inside =
            |edge: &Edge| cuts.keeps(edge) && witness.contains_key(&edge.child()) && witness.contains_key(&edge.parent);
        let order::Layers { order, back } = order::layers(graph, root, &witness, &inside);

        let mut members: Vec<_> = witness
            .iter()
            .map(|(&table, last)| Member {
                table,
                order: order[&table],
                witness: unroll(graph, &witness, *last),
                reach: reach(graph, root, table, &complete, &loops),
                owners: graph
                    .parents(table)
                    .filter(|edge| owns(edge) && witness.contains_key(&edge.parent))
                    .map(|edge| edge.id)
                    .collect(),
            })
            .collect();
        members.sort_by_key(|member| (member.order, member.table));
        let at = members
            .iter()
            .enumerate()
            .map(|(at, member)| (member.table, at))
            .collect();
        Self {
            root,
            members,
            at,
            back,
        }
    }

    /// The root table.
    pub fn root(&self) -> TableId {
        self.root
    }

    /// The client tables, parents first; the root table is the first.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The member that is this table.
    pub fn member(&self, table: TableId) -> Option<&Member> {
        self.at.get(&table).map(|&at| &self.members[at])
    }

    /// Whether the table is a client table.
    pub fn contains(&self, table: TableId) -> bool {
        self.at.contains_key(&table)
    }

    /// Relations between client tables that copy order cannot satisfy, because they run backwards in a loop or from a
    /// table to itself.
    pub fn back_relations(&self) -> &BTreeSet<RelationId> {
        &self.back
    }
}

/// For every table that is reachable from the root by relations that `keep` accepts: the last relation of a shortest
/// chain (none for the root). Among equally short ones an indexed relation wins, then the first by name.
pub(crate) type Chains = BTreeMap<TableId, Option<RelationId>>;

fn shortest_chains(graph: &Graph<'_>, root: TableId, keep: &dyn Fn(&Edge) -> bool) -> Chains {
    let mut chains = Chains::from([(root, None)]);
    let mut front = vec![root];
    while !front.is_empty() {
        let mut best: BTreeMap<TableId, (bool, RelationId)> = BTreeMap::new();
        for edge in front.iter().flat_map(|&table| graph.children(table)) {
            if !keep(edge) || chains.contains_key(&edge.child()) {
                continue;
            }
            let lacks_index = graph.table(edge.child()).lacks_index_for(graph.relation(edge.id));
            let candidate = (lacks_index, edge.id);
            let entry = best.entry(edge.child()).or_insert(candidate);
            *entry = candidate.min(*entry);
        }
        front = best.keys().copied().collect();
        chains.extend(best.into_iter().map(|(table, (_, relation))| (table, Some(relation))));
    }
    chains
}

/// The whole chain that ends with `last`, parents first.
fn unroll(graph: &Graph<'_>, chains: &Chains, mut last: Option<RelationId>) -> Vec<RelationId> {
    let mut chain = vec![];
    while let Some(relation) = last {
        chain.push(relation);
        last = graph.edge(relation).and_then(|edge| chains[&edge.parent]);
    }
    chain.reverse();
    chain
}

fn reach(graph: &Graph<'_>, root: TableId, table: TableId, complete: &Chains, loops: &Components) -> Reach {
    if table == root {
        return Reach::Root;
    }
    if let Some(last) = complete.get(&table) {
        return Reach::Complete(unroll(graph, complete, *last));
    }
    match loops.loop_of(table) {
        [] => Reach::Partial,
        members => Reach::Closure(members.to_vec()),
    }
}
