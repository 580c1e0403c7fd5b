//! Rows that don't arrive, and what hangs below them.
//!
//! A row that references one that does not arrive doesn't arrive either, whether or not the reference could be NULL; where
//! the relation has the policy `set-null` it becomes NULL instead, if the row still has an owner then. The rows are found
//! step by step and known by their keys, so that loops and tables that reference themselves are like any others.

use std::collections::{BTreeMap, BTreeSet};

use exodus_engine::Session;
use exodus_schema::{Edge, Reach, RelationId, TableId};

use super::{Outgoing as Policy, Policies};
use crate::error::Result;
use crate::keys::{self, KeyText, Keyed};
use crate::plan::{Check, Problem};
use crate::references::too_deep;
use crate::shape::{Rows, count};

/// Rows that can be left behind in one move, in all tables together; their keys are part of the statements.
const MOST: usize = 20_000;
/// Keys in one question.
const BATCH: usize = 500;

/// The rows that don't arrive.
#[derive(Debug, Default)]
pub(super) struct Skipped {
    keys: BTreeMap<TableId, BTreeSet<KeyText>>,
    /// Of tables whose rows nothing tells apart: the relations by which a row hangs below.
    keyless: BTreeMap<TableId, BTreeSet<RelationId>>,
    /// The same of rows that reference another client's, as conditions.
    keyless_seeds: BTreeMap<TableId, Vec<String>>,
    /// How many rows more don't arrive because of a relation to rows that don't.
    pub(super) below: BTreeMap<RelationId, u64>,
    pub(super) problems: Vec<Problem>,
}

impl Skipped {
    /// The keys of a table's rows.
    pub(super) fn keys(&self, table: TableId) -> Option<&BTreeSet<KeyText>> {
        self.keys.get(&table)
    }

    /// The condition that a row of the table under `alias` is one of them; `None` if there is none.
    pub(super) fn among(&self, rows: &Rows<'_>, table: TableId, alias: &str) -> Result<Option<String>> {
        let keyed = Keyed::of(rows.shape.graph.table(table));
        let (Some(keys), Some(keyed)) = (self.keys.get(&table), keyed) else {
            return Ok(None);
        };
        keyed.among(rows.dialect, alias, keys).map(Some)
    }

    /// The condition on them in each table that has some.
    pub(super) fn conditions(&self, rows: &Rows<'_>) -> Result<Vec<(TableId, String)>> {
        let tables = self
            .keys
            .keys()
            .chain(self.keyless.keys())
            .chain(self.keyless_seeds.keys());
        let mut conditions = vec![];
        for &table in tables.collect::<BTreeSet<_>>() {
            let mut ways: Vec<String> = self.among(rows, table, "t")?.into_iter().collect();
            ways.extend(self.keyless_seeds.get(&table).into_iter().flatten().cloned());
            for id in self.keyless.get(&table).into_iter().flatten() {
                if let Some(edge) = rows.shape.graph.edge(*id)
                    && let Some(among) = self.among(rows, edge.parent, "q")?
                {
                    ways.push(references(rows, edge, &among));
                }
            }
            conditions.push((table, ways.join(" OR ")));
        }
        Ok(conditions)
    }
}

/// The row `t` references, by the relation, a row `q` that satisfies a condition.
fn references(rows: &Rows<'_>, edge: &Edge, condition: &str) -> String {
    let set = rows.one.sides(edge).set;
    format!("({set} AND {})", rows.one.references_such(edge, condition))
}

/// The search for them.
pub(super) struct Skip<'s, 'a> {
    rows: &'s Rows<'a>,
    policies: &'s Policies,
    found: Skipped,
    /// What was found and not yet followed.
    fresh: Vec<(TableId, Vec<KeyText>)>,
    /// Relations that become NULL where they lead to a row that doesn't arrive.
    nulling: BTreeSet<RelationId>,
}

impl<'s, 'a> Skip<'s, 'a> {
    /// Nothing is left behind yet; `rows` are all of the client's.
    pub(super) fn new(rows: &'s Rows<'a>, policies: &'s Policies) -> Self {
        Self {
            rows,
            policies,
            found: Skipped::default(),
            fresh: vec![],
            nulling: BTreeSet::new(),
        }
    }

    /// The rows that reference another client's row by this relation.
    pub(super) async fn seed(&mut self, source: &mut Session, edge: &Edge) -> Result<()> {
        let one = &self.rows.one;
        let others = one.references_others(edge).map_err(|error| too_deep(source, error))?;
        let condition = format!("({} AND {others})", one.sides(edge).set);
        if self.is_keyed(edge) {
            self.add(source, edge.child(), &condition).await?;
        } else {
            let seeds = self.found.keyless_seeds.entry(edge.child()).or_default();
            seeds.push(condition);
        }
        Ok(())
    }

    /// Whether rows of the child can be known by their keys; where they can't, nothing may hang below them.
    fn is_keyed(&mut self, edge: &Edge) -> bool {
        let (graph, child) = (self.rows.shape.graph, edge.child());
        if Keyed::of(graph.table(child)).is_some() {
            return true;
        }
        if graph
            .children(child)
            .any(|below| self.rows.shape.tree.contains(below.child()))
        {
            self.problem(
                child,
                "rows that would not arrive have no key, so that what hangs below them can't be found",
                "give the table a primary key",
            );
        }
        false
    }

    /// Adds the client's rows of a table that satisfy a condition; how many are new.
    async fn add(&mut self, source: &mut Session, table: TableId, condition: &str) -> Result<u64> {
        if table == self.rows.shape.tree.root() {
            self.problem(
                table,
                "the client's own row can't be left behind",
                "take set-null, or give the row it references to this client",
            );
            return Ok(0);
        }
        let Some(keyed) = Keyed::of(self.rows.shape.graph.table(table)) else {
            return Ok(0);
        };
        let condition = format!("({}) AND {condition}", self.rows.mine.of(table));
        let select = keyed.select(self.rows.dialect, "t", &condition);
        let found = keys::read(source.query(&format!("{select} LIMIT {}", MOST + 1)).await?);
        let known = self.found.keys.entry(table).or_default();
        let fresh: Vec<KeyText> = found.into_iter().filter(|key| known.insert(key.clone())).collect();
        if known.is_empty() {
            self.found.keys.remove(&table);
        }
        let new = fresh.len() as u64;
        if self.found.keys.values().map(BTreeSet::len).sum::<usize>() > MOST {
            self.problem(
                table,
                &format!("more than {MOST} rows would not arrive"),
                "give these rows one owner first, or set the references to NULL",
            );
            self.fresh.clear();
        } else if new > 0 {
            self.fresh.push((table, fresh));
        }
        Ok(new)
    }

    /// Follows the relations down until nothing is added.
    pub(super) async fn spread(mut self, source: &mut Session) -> Result<Skipped> {
        loop {
            while let Some((table, keys)) = self.fresh.pop() {
                self.below(source, table, &keys).await?;
            }
            if !self.found.problems.is_empty() || !self.without_owner(source).await? {
                break;
            }
        }
        for (table, ids) in self.found.keyless.clone() {
            for edge in ids.iter().filter_map(|&id| self.rows.shape.graph.edge(id)) {
                self.count_below(source, table, edge).await?;
            }
        }
        self.found.below.retain(|_, rows| *rows > 0);
        Ok(self.found)
    }

    async fn below(&mut self, source: &mut Session, table: TableId, keys: &[KeyText]) -> Result<()> {
        let (rows, shape) = (self.rows, self.rows.shape);
        let Some(keyed) = Keyed::of(shape.graph.table(table)) else {
            return Ok(());
        };
        for edge in shape
            .graph
            .children(table)
            .filter(|edge| shape.tree.contains(edge.child()))
        {
            if self.policies.outgoing(edge.id) == Policy::SetNull {
                self.nulling.insert(edge.id);
            } else if self.is_keyed(edge) {
                for batch in keys.chunks(BATCH) {
                    let among = keyed.among(rows.dialect, "q", batch)?;
                    let new = self.add(source, edge.child(), &references(rows, edge, &among)).await?;
                    *self.found.below.entry(edge.id).or_default() += new;
                }
            } else {
                self.found.keyless.entry(edge.child()).or_default().insert(edge.id);
            }
        }
        Ok(())
    }

    /// Rows that would be nobody's once their references to rows that don't arrive are NULL hang below them after all.
    async fn without_owner(&mut self, source: &mut Session) -> Result<bool> {
        let (rows, graph) = (self.rows, self.rows.shape.graph);
        let mut added = 0;
        for edge in self.nulling.clone().iter().filter_map(|&id| graph.edge(id)) {
            let Some(member) = rows.shape.tree.member(edge.child()) else {
                continue;
            };
            let partial = matches!(member.reach, Reach::Partial | Reach::Closure(_));
            if !partial || !member.owners.contains(&edge.id) {
                continue;
            }
            let Some(gone) = self.found.among(rows, edge.parent, "q")? else {
                continue;
            };
            let mut owners = vec![];
            for owner in member.owners.iter().filter_map(|&id| graph.edge(id)) {
                let among = self.found.among(rows, owner.parent, "q")?;
                let arrives = among.map_or_else(|| "1 = 1".to_owned(), |among| format!("({among}) IS NOT TRUE"));
                let own = rows.one.references_own_with(owner, &arrives);
                let own = own.map_err(|error| too_deep(source, error))?;
                owners.push(format!("({} AND {own})", rows.one.sides(owner).set));
            }
            let lost = format!(
                "({} AND ({}) IS NOT TRUE)",
                references(rows, edge, &gone),
                owners.join(" OR ")
            );
            if self.is_keyed(edge) {
                let new = self.add(source, edge.child(), &lost).await?;
                *self.found.below.entry(edge.id).or_default() += new;
                added += new;
            } else {
                self.problem(
                    edge.child(),
                    "rows without a key would be nobody's once their references are NULL",
                    "give the table a primary key, or take skip-row for this relation",
                );
            }
        }
        Ok(added > 0)
    }

    async fn count_below(&mut self, source: &mut Session, table: TableId, edge: &Edge) -> Result<()> {
        let Some(among) = self.found.among(self.rows, edge.parent, "q")? else {
            return Ok(());
        };
        let sql = format!(
            "SELECT COUNT(*) FROM {} AS t WHERE ({}) AND {}",
            self.rows.one.sides(edge).child,
            self.rows.mine.of(table),
            references(self.rows, edge, &among)
        );
        let rows = count(source, &sql).await?;
        self.found.below.insert(edge.id, rows);
        Ok(())
    }

    fn problem(&mut self, table: TableId, message: &str, help: &str) {
        let name = &self.rows.shape.graph.table(table).name;
        let problem = Problem::new(Check::Reference, name, message.to_owned(), help);
        if !self.found.problems.contains(&problem) {
            self.found.problems.push(problem);
        }
    }
}
