//! One client alone: the same questions, asked in SQL with the conditions by which its rows are moved.
//!
//! A row that the selector gives to the client and another relation to somebody else is found from both ends: from the
//! client's rows by what they reference, and from the others' rows by what of the client's they reference.

use std::collections::BTreeMap;

use exodus_engine::{Dialect, Owner, Render, Sides};
use exodus_schema::{RelationId, Selectors, TableId};

use crate::options::Subject;

/// The conditions of one client, on every client table.
#[derive(Debug)]
pub(crate) struct OneClient<'s, 'a> {
    subject: &'s Subject<'a>,
    dialect: Dialect,
    /// Under `t`; `None` where this product can't bear the selector.
    mine: BTreeMap<TableId, Option<String>>,
    /// The same under `q`.
    mine_q: BTreeMap<TableId, Option<String>>,
    /// Any client's rows, under `q`.
    anyone: BTreeMap<TableId, Option<String>>,
}

/// Why there is no condition.
const TOO_DEEP: &str = "the tables above it are nested too deeply for this product to work out one client's rows";

impl<'s, 'a> OneClient<'s, 'a> {
    pub(crate) fn new(subject: &'s Subject<'a>, dialect: Dialect, owner: &Owner) -> Self {
        Self {
            subject,
            dialect,
            mine: conditions(subject, dialect, owner, "t"),
            mine_q: conditions(subject, dialect, owner, "q"),
            anyone: conditions(subject, dialect, &Owner::Anyone, "q"),
        }
    }

    /// The client's rows of a client table, under `t`; of other tables all rows count.
    pub(crate) fn condition(&self, table: TableId) -> Result<Option<&str>, String> {
        match self.mine.get(&table) {
            None => Ok(None),
            Some(Some(condition)) => Ok(Some(condition)),
            Some(None) => Err(TOO_DEEP.to_owned()),
        }
    }

    /// Queries that count the client's rows by its selector, and both parts of those that somebody else owns too.
    pub(crate) fn owners(&self, table: TableId) -> Result<Vec<String>, String> {
        let member = self.subject.classes.tree.member(table);
        let owners = member.map_or(&[][..], |member| &member.owners);
        let mine = of(&self.mine, table)?;
        let name = self.table(table);
        let mut queries = vec![format!("SELECT COUNT(*) FROM {name} AS t WHERE {mine}")];
        queries.extend(self.shared_rows(table, owners)?);
        Ok(queries)
    }

    /// Queries that count rows that these relations give to this client and to another: first of those that its selector
    /// finds, then of the others.
    pub(crate) fn shared_rows(&self, table: TableId, relations: &[RelationId]) -> Result<[String; 2], String> {
        let mine = of(&self.mine, table)?;
        let (mut away, mut here) = (vec![], vec![]);
        for relation in relations {
            let Some(edge) = self.subject.graph.edge(*relation) else {
                continue;
            };
            let Sides { parent, set, on, .. } = Sides::of(self.subject.graph, self.dialect, edge);
            let (mine_q, anyone) = (of(&self.mine_q, edge.parent)?, of(&self.anyone, edge.parent)?);
            away.push(format!(
                "({set} AND EXISTS (SELECT 1 FROM {parent} AS q WHERE {on} AND {anyone} AND ({mine_q}) IS NOT TRUE))"
            ));
            here.push(format!(
                "({set} AND EXISTS (SELECT 1 FROM {parent} AS q WHERE {on} AND {mine_q}))"
            ));
        }
        if away.is_empty() {
            return Ok(["SELECT 0".to_owned(), "SELECT 0".to_owned()]);
        }
        let rows = format!("SELECT COUNT(*) FROM {} AS t WHERE ({mine})", self.table(table));
        Ok([
            format!("{rows} AND ({})", away.join(" OR ")),
            format!("{rows} IS NOT TRUE AND ({})", here.join(" OR ")),
        ])
    }

    /// A query that counts the client's rows that reference a row that nobody owns.
    pub(crate) fn unowned(&self, relation: RelationId) -> Result<String, String> {
        let edge = self.subject.graph.edge(relation).ok_or("the relation leads nowhere")?;
        let Sides { child, parent, set, on } = Sides::of(self.subject.graph, self.dialect, edge);
        let (mine, anyone) = (of(&self.mine, relation.child)?, of(&self.anyone, edge.parent)?);
        Ok(format!(
            "SELECT COUNT(*) FROM {child} AS t WHERE {mine} AND {set} \
             AND EXISTS (SELECT 1 FROM {parent} AS q WHERE {on} AND ({anyone}) IS NOT TRUE)"
        ))
    }

    fn table(&self, table: TableId) -> String {
        self.dialect.table(&self.subject.graph.table(table).name)
    }
}

fn of(conditions: &BTreeMap<TableId, Option<String>>, table: TableId) -> Result<&str, String> {
    match conditions.get(&table) {
        Some(Some(condition)) => Ok(condition),
        Some(None) => Err(TOO_DEEP.to_owned()),
        None => Ok("1 = 0"),
    }
}

fn conditions(
    subject: &Subject<'_>,
    dialect: Dialect,
    owner: &Owner,
    alias: &str,
) -> BTreeMap<TableId, Option<String>> {
    let tree = &subject.classes.tree;
    let selectors = Selectors::new(subject.graph, tree, subject.root_key);
    let render = Render::new(dialect, subject.graph, tree.root(), subject.root_key, owner);
    let bearable = |uses: u64| dialect.most_set_uses().is_none_or(|most| uses <= most);
    let condition = |table| {
        let selector = selectors.of(table)?;
        let condition = bearable(selector.set_uses()).then(|| render.condition(&selector, alias));
        Some((table, condition))
    };
    tree.members()
        .iter()
        .filter_map(|member| condition(member.table))
        .collect()
}
