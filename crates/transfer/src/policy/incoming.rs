//! Rows of the client that rows of others reference: they stay on the source, with what they reference themselves.
//!
//! Nothing of what stays is altered, so that every reference of it has to lead somewhere: all of the client's rows that a
//! row which stays references stay too, by whatever relation, up to the root row.

use std::collections::{BTreeMap, BTreeSet};

use exodus_audit::client::{Tie, TieKind};
use exodus_engine::Session;
use exodus_schema::{Edge, Table, TableId};

use super::{Incoming as Policy, Narrowing, Policies, RowsOf, Treated, Treatment};
use crate::error::Result;
use crate::keys::{self, KeyText, Keyed};
use crate::plan::{Check, Problem};
use crate::references::{Ties, too_deep};
use crate::shape::Rows;

/// Rows that can stay, in all tables together; their keys are part of the statements.
const MOST: usize = 20_000;
/// Keys in one question.
const BATCH: usize = 500;

/// The rows that stay.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    keys: BTreeMap<TableId, BTreeSet<KeyText>>,
    pub(crate) problems: Vec<Problem>,
}

/// Takes the incoming references that are allowed out of the ties, and finds what stays for them.
pub(crate) async fn keep(
    source: &mut Session,
    rows: &Rows<'_>,
    policies: &Policies,
    ties: &mut Ties,
) -> Result<(Vec<Treated>, Kept)> {
    let graph = rows.shape.graph;
    let allowed = |tie: &Tie| tie.kind == TieKind::Incoming && policies.incoming(tie.relation) == Policy::Keep;
    let (mut treated, mut edges) = (vec![], vec![]);
    for tie in ties.ties.iter().filter(|tie| allowed(tie)) {
        edges.extend(graph.edge(tie.relation));
        treated.push(Treated {
            table: graph.table(tie.relation.child).name.clone(),
            relation: graph.describe(tie.relation),
            treatment: Treatment::Keep,
            rows: tie.rows,
            columns: vec![],
        });
    }
    ties.ties.retain(|tie| !allowed(tie));
    Ok((treated, Kept::find(source, rows, &edges).await?))
}

impl Kept {
    /// What stays because rows that are not the client's reference it by these relations.
    pub(crate) async fn find(source: &mut Session, rows: &Rows<'_>, edges: &[&Edge]) -> Result<Self> {
        let mut found = Self::default();
        let mut fresh: Vec<(TableId, Vec<KeyText>)> = vec![];
        for edge in edges {
            let condition = rows.one.referenced_by_strangers(edge);
            let condition = condition.map_err(|error| too_deep(source, error))?;
            fresh.extend(found.add(source, rows, edge.parent, &condition).await?);
        }
        while let Some((table, keys)) = fresh.pop() {
            let (graph, tree) = (rows.shape.graph, rows.shape.tree);
            let Some(keyed) = Keyed::of(graph.table(table)) else {
                continue;
            };
            for edge in graph.parents(table).filter(|edge| tree.contains(edge.parent)) {
                for batch in keys.chunks(BATCH) {
                    let among = keyed.among(rows.dialect, "t", batch)?;
                    let condition = rows.one.referenced_by_such(edge, &among);
                    let condition = condition.map_err(|error| too_deep(source, error))?;
                    fresh.extend(found.add(source, rows, edge.parent, &condition).await?);
                }
            }
            if !found.problems.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    /// Adds rows by a condition under `q`; what is new.
    async fn add(
        &mut self,
        source: &mut Session,
        rows: &Rows<'_>,
        table: TableId,
        condition: &str,
    ) -> Result<Option<(TableId, Vec<KeyText>)>> {
        let of = rows.shape.graph.table(table);
        let Some(keyed) = Keyed::of(of) else {
            self.problem(
                of,
                "rows that others reference can't stay: nothing tells them apart",
                "give the table a primary key",
            );
            return Ok(None);
        };
        let select = keyed.select(rows.dialect, "q", condition);
        // One more than may stay: where so many are read, some may not have been.
        let found = keys::read(source.query(&format!("{select} LIMIT {}", MOST + 1)).await?);
        let known = self.keys.entry(table).or_default();
        let fresh: Vec<KeyText> = found.into_iter().filter(|key| known.insert(key.clone())).collect();
        if known.is_empty() {
            self.keys.remove(&table);
        }
        if self.keys.values().map(BTreeSet::len).sum::<usize>() > MOST {
            self.problem(
                of,
                &format!("more than {MOST} rows would have to stay because others reference them"),
                "give these rows to this client, or set the references to NULL",
            );
            return Ok(None);
        }
        Ok((!fresh.is_empty()).then_some((table, fresh)))
    }

    /// Notes what stands against it, once.
    fn problem(&mut self, table: &Table, message: &str, help: &str) {
        let problem = Problem::new(Check::Reference, &table.name, message.to_owned(), help);
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Nothing stays.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many rows of a table stay.
    pub(crate) fn of(&self, table: TableId) -> u64 {
        self.keys.get(&table).map_or(0, |keys| keys.len() as u64)
    }

    /// How many rows stay, table by table, parents first.
    pub(crate) fn rows_of(&self, rows: &Rows<'_>) -> Vec<RowsOf> {
        let tables = rows.shape.tables().filter(|id| self.keys.contains_key(id));
        let of = |id| RowsOf {
            table: rows.shape.graph.table(id).name.clone(),
            rows: self.of(id),
        };
        tables.map(of).collect()
    }

    /// All rows of the client but those that stay.
    pub(crate) fn narrowing(&self, rows: &Rows<'_>) -> Result<Narrowing> {
        let mut narrowing = Narrowing::default();
        for (&id, keys) in &self.keys {
            if let Some(keyed) = Keyed::of(rows.shape.graph.table(id)) {
                let among = keyed.among(rows.dialect, "t", keys)?;
                narrowing.only.insert(id, format!("({among}) IS NOT TRUE"));
            }
        }
        Ok(narrowing)
    }
}
