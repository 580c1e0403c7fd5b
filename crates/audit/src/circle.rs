//! Loops: tables whose rows can be owned through each other, and rows that hang below each other.
//!
//! Rows and keys are the nodes of a graph: a row leads to the keys it is known by, a key to the rows that reference it.
//! Owners run along it until nothing changes.

use std::sync::Arc;

use exodus_classify::question::Answer;
use exodus_engine::{Connection, Result, ScanRow};
use petgraph::graph::{DiGraph, NodeIndex};

use crate::counter::{LookUp, Own, Shared};
use crate::keys::{KeyFields, KeyMap};
use crate::sets::{NONE, SetId};

/// How one table of the loop is read.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) doing: String,
    pub(crate) sql: String,
    pub(crate) width: usize,
    /// How a row is an owner itself.
    pub(crate) own: Own,
    /// Owners from outside the loop.
    pub(crate) outside: Vec<LookUp>,
    /// Keys of the loop that its rows reference, by their number; with the owners of those rows, where they are known.
    pub(crate) up: Vec<(usize, KeyFields, Option<Arc<KeyMap>>)>,
    /// Keys of the loop that its rows have.
    pub(crate) keys: Vec<(usize, KeyFields)>,
}

/// The graph of rows and keys.
#[derive(Debug)]
pub(crate) struct Circle {
    shared: Arc<Shared>,
    /// For each kind of key the numbers of its nodes.
    maps: Vec<KeyMap>,
    /// For each node of a key: some row has it.
    provided: Vec<bool>,
    /// Owners of each row from outside the loop.
    outside: Vec<SetId>,
    /// Which row has which key.
    has: Vec<(u32, u32)>,
    /// Which key is referenced by which row.
    referenced: Vec<(u32, u32)>,
    /// Rows whose parent in the loop has another owner.
    pub(crate) foreign: u64,
    pub(crate) rows: u64,
    pub(crate) full: bool,
}

impl Circle {
    pub(crate) fn new(shared: Arc<Shared>, kinds: usize) -> Self {
        Self {
            shared,
            maps: vec![KeyMap::default(); kinds],
            provided: vec![],
            outside: vec![],
            has: vec![],
            referenced: vec![],
            foreign: 0,
            rows: 0,
            full: false,
        }
    }

    /// Reads one of its tables.
    pub(crate) async fn read(&mut self, connection: &mut dyn Connection, part: &Part) -> Result<()> {
        let mut each = |row: &ScanRow<'_>| self.row(part, row);
        connection.stream(&part.doing, &part.sql, part.width, &mut each).await?;
        Ok(())
    }

    fn row(&mut self, part: &Part, row: &ScanRow<'_>) {
        self.rows += 1;
        let nodes = self.provided.len() + self.outside.len();
        // A row and its edges take about as much as two keys.
        self.full |=
            nodes >= u32::MAX as usize / 2 || (self.rows.is_multiple_of(4096) && !self.shared.has_room(nodes * 2));
        if self.full {
            return;
        }
        let dialect = self.shared.dialect;
        let shared = Arc::clone(&self.shared);
        let own = match &part.own {
            Own::Known(look_up) => look_up.of(dialect, row).unwrap_or(NONE),
            Own::Nobody | Own::Next(_) => NONE,
        };
        let outside = part.outside.iter().filter_map(|look_up| look_up.of(dialect, row));
        let set = outside.fold(own, |set, more| shared.sets.union(set, more));
        let at = number(self.outside.len());
        self.outside.push(set);
        for (kind, fields) in &part.keys {
            if let Some(key) = fields.of(dialect, row) {
                let node = self.node(*kind, key);
                self.provided[node as usize] = true;
                self.has.push((at, node));
            }
        }
        let mut foreign = false;
        for (kind, fields, owners) in &part.up {
            if let Some(key) = fields.of(dialect, row) {
                let parent = owners.as_ref().and_then(|owners| owners.get(key)).unwrap_or(NONE);
                foreign |= set != NONE && parent != NONE && parent != set;
                let node = self.node(*kind, key);
                self.referenced.push((node, at));
            }
        }
        self.foreign += u64::from(foreign);
    }

    fn node(&mut self, kind: usize, key: crate::keys::Key) -> u32 {
        let next = number(self.provided.len());
        let node = *self.maps[kind].entry(key, next);
        if node == next {
            self.provided.push(false);
        }
        node
    }

    /// The owners of every key, after they have gone round.
    pub(crate) fn owners(mut self) -> Vec<KeyMap> {
        let sets = &self.shared.sets;
        let keys_of = Lists::new(&mut self.has, self.outside.len());
        let rows_of = Lists::new(&mut self.referenced, self.provided.len());
        let mut rows = self.outside;
        let mut owners = vec![NONE; self.provided.len()];
        let mut changed = vec![];
        for (row, set) in rows.iter().enumerate() {
            for &key in keys_of.of(row) {
                let slot = &mut owners[key as usize];
                let more = sets.union(*slot, *set);
                if more != *slot {
                    *slot = more;
                    changed.push(key);
                }
            }
        }
        while let Some(key) = changed.pop() {
            for &row in rows_of.of(key as usize) {
                let set = sets.union(rows[row as usize], owners[key as usize]);
                if set == rows[row as usize] {
                    continue;
                }
                rows[row as usize] = set;
                for &next in keys_of.of(row as usize) {
                    let slot = &mut owners[next as usize];
                    let more = sets.union(*slot, set);
                    if more != *slot {
                        *slot = more;
                        changed.push(next);
                    }
                }
            }
        }
        let known = |node: u32| self.provided[node as usize].then(|| owners[node as usize]);
        for map in &mut self.maps {
            map.renumber(known);
        }
        self.maps
    }

    /// How the rows hang below each other.
    pub(crate) fn shape(mut self) -> Answer {
        let provided = &self.provided;
        // A reference that leads nowhere is none.
        self.referenced.retain(|(key, _)| provided[*key as usize]);
        let rows = self.outside.len();
        // Nodes: the rows, then the keys.
        let key = |node: u32| number(rows) + node;
        let mut down: Vec<(u32, u32)> = self.has.iter().map(|&(row, node)| (row, key(node))).collect();
        down.extend(self.referenced.iter().map(|&(node, row)| (key(node), row)));
        let nodes = rows + self.provided.len();
        let (depth, mut left) = peel(&mut down, nodes, rows);
        let mut up: Vec<(u32, u32)> = down
            .iter()
            .filter(|(one, other)| left[*one as usize] && left[*other as usize])
            .map(|&(one, other)| (other, one))
            .collect();
        let (_, still) = peel(&mut up, nodes, rows);
        for (left, still) in left.iter_mut().zip(still) {
            *left &= still;
        }
        up.retain(|(one, other)| left[*one as usize] && left[*other as usize]);
        Answer::Loop {
            depth,
            cyclic: on_cycles(&up, rows),
            foreign: self.foreign,
        }
    }
}

/// Takes away, again and again, the nodes that nothing leads to. The longest way that was taken, in rows, and which
/// nodes are left.
fn peel(edges: &mut [(u32, u32)], nodes: usize, rows: usize) -> (u64, Vec<bool>) {
    let mut waiting = vec![0_u32; nodes];
    for (_, to) in edges.iter() {
        waiting[*to as usize] += 1;
    }
    let lists = Lists::new(edges, nodes);
    let mut depth = vec![0_u32; nodes];
    let mut ready: Vec<usize> = (0..nodes).filter(|node| waiting[*node] == 0).collect();
    let mut left = vec![true; nodes];
    let mut deepest = 0;
    while let Some(node) = ready.pop() {
        left[node] = false;
        deepest = deepest.max(depth[node]);
        for &to in lists.of(node) {
            let to = to as usize;
            depth[to] = depth[to].max(depth[node] + u32::from(to < rows));
            waiting[to] -= 1;
            if waiting[to] == 0 {
                ready.push(to);
            }
        }
    }
    (u64::from(deepest), left)
}

/// How many rows are their own ancestors.
fn on_cycles(edges: &[(u32, u32)], rows: usize) -> u64 {
    let mut graph = DiGraph::<u32, ()>::new();
    let mut nodes: std::collections::HashMap<u32, NodeIndex> = std::collections::HashMap::new();
    for &(one, other) in edges {
        let from = *nodes.entry(one).or_insert_with(|| graph.add_node(one));
        let to = *nodes.entry(other).or_insert_with(|| graph.add_node(other));
        graph.add_edge(from, to, ());
    }
    // A row never leads to itself but through a key, so that each cycle has two nodes or more.
    let components = petgraph::algo::kosaraju_scc(&graph);
    let cycles = components.iter().filter(|component| component.len() > 1).flatten();
    cycles.filter(|node| (graph[**node] as usize) < rows).count() as u64
}

fn number(place: usize) -> u32 {
    // `full` is set long before.
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// For each node the nodes that it leads to, in one allocation.
struct Lists {
    starts: Vec<usize>,

    to: Vec<u32>,
}

impl Lists {
    fn new(edges: &mut [(u32, u32)], nodes: usize) -> Self {
        edges.sort_unstable();
        let mut starts = vec![0; nodes + 1];
        for (from, _) in edges.iter() {
            starts[*from as usize + 1] += 1;
        }
        for at in 0..nodes {
            starts[at + 1] += starts[at];
        }
        let to = edges.iter().map(|(_, to)| *to).collect();
        Self { starts, to }
    }

    fn of(&self, node: usize) -> &[u32] {
        &self.to[self.starts[node]..self.starts[node + 1]]
    }
}
