//! The tree of random small schemas against an oracle that enumerates every simple chain, which is what no real schema
//! could bear.

#[expect(dead_code, reason = "the helpers are shared with tests that use the rest of them")]
mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{column, grow, id, schema};
use exodus_schema::{Cuts, Edge, Graph, Reach, RelationId, Schema, TableId, Tree};
use proptest::prelude::*;

/// A relation: child, parent, mark.
type Drawn = (usize, usize, u8);

const MARKS: [&str; 4] = ["", "", "?", "~"];

fn random_schema() -> impl Strategy<Value = (usize, Vec<Drawn>)> {
    (1..=7_usize).prop_flat_map(|tables| {
        (
            Just(tables),
            prop::collection::vec((0..tables, 0..tables, 0..4_u8), 0..=12),
        )
    })
}

/// Table `t0` is the root.
fn lines(tables: usize, relations: &[Drawn]) -> Vec<String> {
    let mut parents: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for &(child, parent, mark) in relations {
        parents
            .entry(child)
            .or_default()
            .push(format!("t{parent}{}", MARKS[usize::from(mark)]));
    }
    (0..tables)
        .map(|at| format!("t{at}: {}", parents.remove(&at).unwrap_or_default().join(", ")))
        .collect()
}

/// Everything by brute force.
struct Oracle<'g> {
    graph: &'g Graph<'g>,
    /// All simple chains from the root to each table, by relations that give an owner.
    chains: BTreeMap<TableId, Vec<Vec<Edge>>>,
}

impl<'g> Oracle<'g> {
    fn new(graph: &'g Graph<'g>, root: TableId) -> Self {
        let mut oracle = Self {
            graph,
            chains: BTreeMap::new(),
        };
        oracle.walk(root, root, &mut vec![]);
        oracle
    }

    fn walk(&mut self, root: TableId, at: TableId, chain: &mut Vec<Edge>) {
        self.chains.entry(at).or_default().push(chain.clone());
        let next: Vec<Edge> = self.graph.children(at).copied().collect();
        for edge in next {
            let seen = edge.child() == root || chain.iter().any(|before| before.child() == edge.child());
            if !seen {
                chain.push(edge);
                self.walk(root, edge.child(), chain);
                chain.pop();
            }
        }
    }

    fn shortest(&self, table: TableId, keep: impl Fn(&Edge) -> bool) -> Option<usize> {
        self.chains
            .get(&table)?
            .iter()
            .filter(|chain| chain.iter().all(&keep))
            .map(Vec::len)
            .min()
    }

    fn complete(&self, table: TableId) -> bool {
        self.shortest(table, |edge| !edge.optional).is_some()
    }

    /// All relations between client tables, the root's own included.
    fn inside(&self) -> Vec<Edge> {
        let inside = |table| self.chains.contains_key(&table);
        self.graph
            .edges()
            .iter()
            .filter(|edge| inside(edge.child()) && inside(edge.parent))
            .copied()
            .collect()
    }
}

/// Whether one can get from `from` to `to` by these relations.
fn leads(edges: &[Edge], from: TableId, to: TableId) -> bool {
    let mut met = BTreeSet::from([from]);
    loop {
        let next: Vec<_> = edges
            .iter()
            .filter(|edge| met.contains(&edge.parent))
            .map(Edge::child)
            .collect();
        let before = met.len();
        met.extend(next);
        if met.len() == before {
            return met.contains(&to);
        }
    }
}

fn on_loop(edges: &[Edge], edge: &Edge) -> bool {
    leads(edges, edge.child(), edge.parent)
}

fn is_chain(graph: &Graph<'_>, root: TableId, chain: &[RelationId], to: TableId) -> bool {
    let mut at = root;
    for &relation in chain {
        let Some(edge) = graph.edge(relation).filter(|edge| edge.parent == at) else {
            return false;
        };
        at = edge.child();
    }
    at == to
}

fn check(schema: &Schema) -> Result<(), TestCaseError> {
    let graph = Graph::new(schema);
    let root = id(&graph, "t0");
    let tree = Tree::grow(&graph, root, &Cuts::default());
    let oracle = Oracle::new(&graph, root);
    let members: BTreeSet<_> = tree.members().iter().map(|member| member.table).collect();
    prop_assert_eq!(
        &members,
        &oracle.chains.keys().copied().collect::<BTreeSet<_>>(),
        "the client tables"
    );
    for member in tree.members() {
        let name = &graph.table(member.table).name;
        prop_assert!(is_chain(&graph, root, &member.witness, member.table), "{name}: witness");
        prop_assert_eq!(
            Some(member.witness.len()),
            oracle.shortest(member.table, |_| true),
            "{}: witness",
            name
        );
        match &member.reach {
            Reach::Root => prop_assert_eq!(member.table, root),
            Reach::Complete(path) => {
                prop_assert!(is_chain(&graph, root, path, member.table), "{name}: path");
                prop_assert_eq!(
                    Some(path.len()),
                    oracle.shortest(member.table, |edge| !edge.optional),
                    "{}: path",
                    name
                );
                let optional = |relation| graph.edge(relation).is_none_or(|edge| edge.optional);
                prop_assert!(
                    !path.iter().any(|&relation| optional(relation)),
                    "{name}: a nullable path"
                );
            }
            Reach::Partial | Reach::Closure(_) => {
                prop_assert!(!oracle.complete(member.table), "{name} has a complete path");
            }
        }
        let owners: Vec<_> = oracle
            .inside()
            .iter()
            .filter(|edge| edge.child() == member.table)
            .map(|edge| edge.id)
            .collect();
        prop_assert_eq!(
            &member.owners,
            if member.table == root { &[][..] } else { &owners[..] },
            "{}: owners",
            name
        );
    }
    check_order(&tree, &oracle, root)?;
    check_closures(&tree, &oracle)
}

fn check_order(tree: &Tree, oracle: &Oracle<'_>, root: TableId) -> Result<(), TestCaseError> {
    let inside = oracle.inside();
    let (back, forward): (Vec<Edge>, Vec<Edge>) =
        inside.iter().partition(|edge| tree.back_relations().contains(&edge.id));
    prop_assert_eq!(
        back.len(),
        tree.back_relations().len(),
        "a back relation that is not inside the tree"
    );
    let order = |table| tree.member(table).map_or(usize::MAX, |member| member.order);
    for edge in &forward {
        prop_assert!(
            order(edge.parent) < order(edge.child()),
            "{} is not satisfied by the order",
            oracle.graph.describe(edge.id)
        );
    }
    // The order is the longest chain: some parent is right above, or there is none.
    for member in tree.members() {
        let above = forward
            .iter()
            .filter(|edge| edge.child() == member.table)
            .map(|edge| order(edge.parent) + 1)
            .max();
        prop_assert_eq!(
            member.order,
            above.unwrap_or(0),
            "order of {}",
            &oracle.graph.table(member.table).name
        );
    }
    // Relations that must hold at once wait only where no order could have satisfied them: on a loop of their kind, or
    // where they run to the root, which comes first whatever it references.
    let strict: Vec<Edge> = inside
        .iter()
        .filter(|edge| !edge.optional && edge.child() != root)
        .copied()
        .collect();
    for edge in &back {
        let name = oracle.graph.describe(edge.id);
        prop_assert!(on_loop(&inside, edge), "{name} waits but lies on no loop");
        let excused = edge.optional || edge.child() == root || on_loop(&strict, edge);
        prop_assert!(excused, "{name} must hold at once, but waits");
    }
    prop_assert_eq!(
        tree.members().first().map(|member| (member.table, member.order)),
        Some((root, 0))
    );
    Ok(())
}

/// Closures are the loops among tables without a complete path, by owning relations.
fn check_closures(tree: &Tree, oracle: &Oracle<'_>) -> Result<(), TestCaseError> {
    let partial = |table: TableId| tree.contains(table) && !oracle.complete(table);
    let edges: Vec<Edge> = oracle
        .inside()
        .into_iter()
        .filter(|edge| partial(edge.child()) && partial(edge.parent))
        .collect();
    for member in tree.members().iter().filter(|member| partial(member.table)) {
        let table = member.table;
        let mut group: BTreeSet<TableId> = oracle.chains.keys().copied().filter(|&t| partial(t)).collect();
        group.retain(|&other| leads(&edges, table, other) && leads(&edges, other, table));
        let looped = group.len() > 1 || edges.iter().any(|edge| edge.is_self_loop() && edge.parent == table);
        let expected = if looped {
            Reach::Closure(group.into_iter().collect())
        } else {
            Reach::Partial
        };
        prop_assert_eq!(&member.reach, &expected, "{}", &oracle.graph.table(table).name);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_tree_is_what_all_chains_say((tables, relations) in random_schema()) {
        check(&schema(&lines(tables, &relations)))?;
    }

    /// l11: the same tree whatever the order in which tables, columns and relations came.
    #[test]
    fn l11_deterministic((tables, relations) in random_schema(), seed in any::<u64>()) {
        let straight = schema(&lines(tables, &relations));
        let mut shuffled = straight.clone();
        for (at, table) in shuffled.tables.iter_mut().enumerate() {
            table.columns.push(column("unrelated", true));
            let middle = table.columns.len().min(usize::try_from(seed % 5).unwrap_or(0) + at % 2);
            table.columns.rotate_left(middle);
        }
        let mut turned = lines(tables, &relations);
        turned.rotate_left(usize::try_from(seed).unwrap_or(0) % tables);
        turned.reverse();
        let one = grow(&straight, "t0");
        for other in [grow(&shuffled, "t0"), grow(&schema(&turned), "t0")] {
            prop_assert_eq!(&one.sequence, &other.sequence);
            prop_assert_eq!(&one.reach, &other.reach);
            prop_assert_eq!(&one.witness, &other.witness);
            prop_assert_eq!(&one.back, &other.back);
        }
    }
}
