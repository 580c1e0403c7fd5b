//! What the schema proves about owners: which columns of a client table tell the client, and which ways to an owner
//! always lead to the same one.
//!
//! The proof is by *claims*. A claim on the rows of a table names a row of some client table by columns of its own: "who
//! owns a row of `comments` owns the row of `posts` whose `id` is its `post_id`". A relation makes the claim that it
//! stands for, and passes on what its parent claims, as far as the columns of the claim are among those that it pairs.
//! What all relations of a table claim holds for the table, and is passed on in turn. Two ways that make a claim in
//! common lead to the same owner, given that the row it names has only one: so a crossing is reported at the table where
//! it begins, and not at every table below.
//!
//! Ownership follows equal values, whether or not a server checks them: nothing here depends on a foreign key's being
//! enforced, only on unique keys.

use std::collections::{BTreeMap, BTreeSet};

use exodus_schema::{Cuts, Edge, Graph, Reach, RelationId, TableId, Tree};

/// Claims that are kept per table. Those of the root come first; to drop one is safe, for it only proves less.
const KEPT: usize = 32;

/// The row of a client table that owns what a row is owned by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Claim<'a> {
    /// The table, by its place in the copy order.
    rank: usize,
    /// A unique key of it, sorted, with the column here that has its value.
    columns: Vec<(&'a str, &'a str)>,
}

/// What a way or a table claims; `None` is everything, before it is known.
type Claims<'a> = Option<BTreeSet<Claim<'a>>>;

/// What is proven about the owners of rows.
#[derive(Debug)]
pub struct Owners<'a> {
    graph: &'a Graph<'a>,
    tree: &'a Tree,
    cuts: &'a Cuts,
    ranks: BTreeMap<TableId, usize>,
    /// By rank.
    claims: Vec<Claims<'a>>,
}

impl<'a> Owners<'a> {
    /// Proves what can be proven; near-linear in the relations.
    pub fn prove(graph: &'a Graph<'a>, tree: &'a Tree, cuts: &'a Cuts) -> Self {
        let members = tree.members();
        let ranks: BTreeMap<_, _> = members
            .iter()
            .enumerate()
            .map(|(rank, member)| (member.table, rank))
            .collect();
        let mut owners = Self {
            graph,
            tree,
            cuts,
            ranks,
            claims: vec![None; members.len()],
        };
        // Claims only become fewer, beginning with everything: around a loop, a claim stands if no relation of the loop
        // breaks it. That is sound, since every owner comes into a loop from outside.
        owners.claims[0] = Some(BTreeSet::new());
        let mut waiting: BTreeSet<usize> = (1..members.len()).collect();
        while let Some(rank) = waiting.pop_first() {
            let table = members[rank].table;
            let mut claims = owners.common(&members[rank].owners);
            // Never one that was given up before, whatever was dropped above: so it comes to an end.
            if let (Some(claims), Some(before)) = (&mut claims, &owners.claims[rank]) {
                claims.retain(|claim| before.contains(claim));
            }
            if claims != owners.claims[rank] {
                owners.claims[rank] = claims;
                let below = graph.children(table).filter_map(|edge| owners.rank(edge.child()));
                waiting.extend(below.filter(|&below| below > 0));
            }
        }
        owners
    }

    /// The columns of a client table that hold the client's key in every row that somebody owns, each after the column
    /// of the root's identity that it repeats; `None` if nothing proves that there are such columns.
    pub fn columns(&self, table: TableId) -> Option<Vec<(&'a str, &'a str)>> {
        let identity = self.graph.table(self.tree.root()).identity()?;
        let of_identity = |name: &str| identity.columns.iter().any(|column| column == name);
        if table == self.tree.root() {
            return Some(identity.columns.iter().map(|c| (c.as_str(), c.as_str())).collect());
        }
        let claims = self.claims[self.rank(table)?].as_ref()?;
        let mut of_root = claims.iter().filter(|claim| claim.rank == 0);
        let claim = of_root.find(|claim| {
            claim.columns.len() == identity.columns.len() && claim.columns.iter().all(|(key, _)| of_identity(key))
        })?;
        Some(claim.columns.clone())
    }

    /// The ways by which rows of a client table get an owner, in groups that always lead to the same one. What a row
    /// says of itself (a relation of the table to itself) is no way. Of the root table, the first group are the ways
    /// that are proven to lead back to the row itself, and there may be none.
    pub fn ways(&self, table: TableId) -> Vec<Vec<RelationId>> {
        let root = table == self.tree.root();
        let ways: Vec<RelationId> = match self.tree.member(table) {
            Some(_) if root => self.of_root(),
            Some(member) => member.owners.clone(),
            None => vec![],
        };
        let ways: Vec<_> = ways.into_iter().filter(|&way| !self.is_self_loop(way)).collect();
        let mut claims: Vec<_> = ways.iter().map(|&way| self.via(way)).collect();
        let mut sure: Vec<_> = ways.iter().map(|&way| self.always_owned(way)).collect();
        if root {
            claims.insert(0, Some(self.itself()));
            sure.insert(0, true);
        }
        let at = |place: usize| place.checked_sub(usize::from(root)).map(|at| ways[at]);
        let apart = |one: usize, other: usize| match (at(one), at(other)) {
            (Some(one), Some(other)) => self.graph.relation(one).excludes(self.graph.relation(other)),
            _ => false,
        };
        let groups = groups(&claims, &sure, &apart).into_iter();
        let named = |group: Vec<usize>| {
            let places = group.into_iter().filter_map(|at| at.checked_sub(usize::from(root)));
            places.map(|at| ways[at]).collect()
        };
        groups.map(named).collect()
    }

    fn rank(&self, table: TableId) -> Option<usize> {
        self.ranks.get(&table).copied()
    }

    fn is_self_loop(&self, way: RelationId) -> bool {
        self.graph.edge(way).is_some_and(Edge::is_self_loop)
    }

    /// Relations of the root to other client tables: they give it no owner, but name one.
    fn of_root(&self) -> Vec<RelationId> {
        let inside = |edge: &&Edge| !self.cuts.relations.contains(&edge.id) && self.tree.contains(edge.parent);
        let edges = self.graph.parents(self.tree.root()).filter(inside);
        edges.map(|edge| edge.id).collect()
    }

    /// Every row has an owner by this way.
    fn always_owned(&self, way: RelationId) -> bool {
        self.graph.edge(way).is_some_and(|edge| {
            let reach = self.tree.member(edge.parent).map(|member| &member.reach);
            !edge.optional && matches!(reach, Some(Reach::Root | Reach::Complete(_)))
        })
    }

    /// What all of these relations claim, as far as it is known.
    fn common(&self, ways: &[RelationId]) -> Claims<'a> {
        let known = ways.iter().filter_map(|&way| self.via(way));
        let mut common = known.reduce(|all, more| all.intersection(&more).cloned().collect())?;
        while common.len() > KEPT {
            common.pop_last();
        }
        Some(common)
    }

    /// What a relation claims about the rows of its child.
    fn via(&self, way: RelationId) -> Claims<'a> {
        let Some(rank) = self.graph.edge(way).and_then(|edge| self.rank(edge.parent)) else {
            return Some(BTreeSet::new());
        };
        let inherited = self.claims[rank].as_ref()?;
        let pairs = &self.graph.relation(way).columns;
        let here = |column: &str| {
            let pair = pairs.iter().find(|pair| pair.parent == column);
            pair.map(|pair| pair.child.as_str())
        };
        let passed = inherited.iter().filter_map(|claim| {
            let columns = claim
                .columns
                .iter()
                .map(|&(key, column)| Some((key, here(column)?)))
                .collect::<Option<_>>()?;
            Some(Claim {
                rank: claim.rank,
                columns,
            })
        });
        let mut claims: BTreeSet<_> = passed.collect();
        for key in self.keys(rank) {
            let columns = key.iter().map(|&column| Some((column, here(column)?)));
            claims.extend(columns.collect::<Option<_>>().map(|columns| Claim { rank, columns }));
        }
        if !claims.iter().any(|claim| claim.rank == rank) {
            // The columns aren't unique. That is another finding; here it is taken as if they were.
            let mut columns: Vec<_> = pairs.iter().map(|p| (p.parent.as_str(), p.child.as_str())).collect();
            columns.sort_unstable();
            claims.insert(Claim { rank, columns });
        }
        Some(claims)
    }

    /// Of the root: a row is what its own keys name.
    fn itself(&self) -> BTreeSet<Claim<'a>> {
        let same = |key: Vec<&'a str>| Claim {
            rank: 0,
            columns: key.into_iter().map(|column| (column, column)).collect(),
        };
        self.keys(0).into_iter().map(same).collect()
    }

    /// The unique keys of a client table, each sorted.
    fn keys(&self, rank: usize) -> Vec<Vec<&'a str>> {
        let table = self.graph.table(self.tree.members()[rank].table);
        let keys = table.primary_key.iter().chain(&table.unique_keys);
        let total = keys.filter(|key| key.total && !key.columns.is_empty());
        total
            .map(|key| {
                let mut columns: Vec<_> = key.columns.iter().map(String::as_str).collect();
                columns.sort_unstable();
                columns
            })
            .collect()
    }
}

/// Ways that lead to the same owner, by what they claim. Two that share nothing are still held together by others that
/// share something with them and with each other, if those always give an owner. Ways of which no row can have both
/// (`apart`) never disagree.
fn groups(claims: &[Claims<'_>], sure: &[bool], apart: &dyn Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let same = |one: usize, other: usize| match (&claims[one], &claims[other]) {
        (Some(one), Some(other)) => !one.is_disjoint(other),
        _ => true,
    };
    let links = links(claims.len(), sure, &same);
    let held =
        |one: usize, other: usize| same(one, other) || apart(one, other) || !links[one].is_disjoint(&links[other]);
    let mut groups: Vec<Vec<usize>> = vec![];
    for at in 0..claims.len() {
        match groups
            .iter_mut()
            .find(|group| group.iter().all(|&other| held(at, other)))
        {
            Some(group) => group.push(at),
            None => groups.push(vec![at]),
        }
    }
    groups
}

/// For each way: which chains of sure ways it shares something with.
fn links(ways: usize, sure: &[bool], same: &dyn Fn(usize, usize) -> bool) -> Vec<BTreeSet<usize>> {
    let mut links = vec![BTreeSet::new(); ways];
    let mut left: BTreeSet<usize> = (0..ways).filter(|&way| sure[way]).collect();
    let mut chain = 0;
    while let Some(first) = left.pop_first() {
        let mut open = vec![first];
        while let Some(at) = open.pop() {
            for other in (0..ways).filter(|&other| other == at || same(at, other)) {
                links[other].insert(chain);
                if left.remove(&other) {
                    open.push(other);
                }
            }
        }
        chain += 1;
    }
    links
}

#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;
