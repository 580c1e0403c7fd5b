//! The conditions on rows of the client and on rows that have to do with them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use exodus_engine::{Dialect, Owner, Sides};
use exodus_schema::{Edge, RelationId, TableId};

use super::count::Count;
use super::shape::{Conditions, Shape, TooDeep};

/// One client on a database of one dialect.
#[derive(Clone, Debug)]
pub struct OneClient<'a> {
    shape: Shape<'a>,
    dialect: Dialect,
    owner: Owner,
    mine: Conditions,
    mine_q: Conditions,
    /// Any client's rows, under `q` and under `t`.
    anyone_q: OnceLock<Conditions>,
    anyone_t: OnceLock<Conditions>,
}

impl<'a> OneClient<'a> {
    /// The client whose key these literals are.
    pub fn new(shape: Shape<'a>, dialect: Dialect, owner: Owner) -> Self {
        Self {
            shape,
            dialect,
            mine: shape.conditions(dialect, &owner, "t"),
            mine_q: shape.conditions(dialect, &owner, "q"),
            owner,
            anyone_q: OnceLock::new(),
            anyone_t: OnceLock::new(),
        }
    }

    /// The same client without some of its rows: what is asked about its rows isn't asked about those, while references to
    /// them still lead to rows of the client.
    #[must_use]
    pub fn narrowed(&self, by: &BTreeMap<TableId, String>) -> Self {
        Self {
            mine: self.mine.narrowed(by),
            ..self.clone()
        }
    }

    /// The same client, with the conditions of some tables written in another way, under `t` and under `q`.
    #[must_use]
    pub fn written(&self, under_t: BTreeMap<TableId, String>, under_q: BTreeMap<TableId, String>) -> Self {
        Self {
            mine: self.mine.written(under_t),
            mine_q: self.mine_q.written(under_q),
            ..self.clone()
        }
    }

    /// The client tables.
    pub fn shape(&self) -> Shape<'a> {
        self.shape
    }

    /// How SQL is written.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whose rows they are.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// The conditions of the client's rows, under `t`.
    pub fn mine(&self) -> &Conditions {
        &self.mine
    }

    /// The texts of a relation.
    pub fn sides(&self, edge: &Edge) -> Sides {
        Sides::of(self.shape.graph, self.dialect, edge)
    }

    /// The client's rows of a client table, under `t`; of other tables all rows count.
    pub(crate) fn condition(&self, table: TableId) -> Result<Option<&str>, TooDeep> {
        if self.shape.tree.contains(table) {
            self.mine.bearable(table).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Counts the client's rows of a table.
    pub fn rows(&self, table: TableId) -> Count {
        let (name, mine) = (self.table(table), self.mine.of(table));
        Count {
            sql: format!("SELECT COUNT(*) FROM {name} AS t WHERE {mine}"),
            uses: self.mine.uses(table),
        }
    }

    /// A child row `t` that references something references a row of the client.
    pub fn references_own(&self, edge: &Edge) -> Result<String, TooDeep> {
        Ok(self.references(edge, self.mine_q.bearable(edge.parent)?))
    }

    /// It references a row of the client, under `q`, that satisfies a further condition.
    pub fn references_own_with(&self, edge: &Edge, further: &str) -> Result<String, TooDeep> {
        let own = self.mine_q.bearable(edge.parent)?;
        Ok(self.references(edge, &format!("({own}) AND ({further})")))
    }

    /// It references a row, under `q`, that satisfies a condition.
    pub fn references_such(&self, edge: &Edge, condition: &str) -> String {
        self.references(edge, &format!("({condition})"))
    }

    /// A row of the client, under `q`, is referenced by a row that is not the client's.
    pub fn referenced_by_strangers(&self, edge: &Edge) -> Result<String, TooDeep> {
        let mine = self.mine.bearable(edge.child())?;
        self.referenced_by_such(edge, &format!("({mine}) IS NOT TRUE"))
    }

    /// A row of the client, under `q`, is referenced by a row, under `t`, that satisfies a condition.
    pub fn referenced_by_such(&self, edge: &Edge, condition: &str) -> Result<String, TooDeep> {
        let Sides { child, set, on, .. } = self.sides(edge);
        let own = self.mine_q.bearable(edge.parent)?;
        Ok(format!(
            "({own}) AND EXISTS (SELECT 1 FROM {child} AS t WHERE {set} AND {on} AND ({condition}))"
        ))
    }

    /// The condition on rows of a client table, under `t`, that some client owns.
    pub fn owned(&self, table: TableId) -> Result<&str, TooDeep> {
        let anyone = self.anyone_t.get_or_init(|| self.of_anyone("t"));
        anyone.bearable(table)
    }

    /// It references a row that is somebody else's and not the client's.
    pub fn references_others(&self, edge: &Edge) -> Result<String, TooDeep> {
        let anyone = self.anyone_q.get_or_init(|| self.of_anyone("q"));
        let (mine, anyone) = (self.mine_q.bearable(edge.parent)?, anyone.bearable(edge.parent)?);
        Ok(self.references(edge, &format!("{anyone} AND ({mine}) IS NOT TRUE")))
    }

    /// It references a row that nobody owns.
    fn references_unowned(&self, edge: &Edge) -> Result<String, TooDeep> {
        let anyone = self.anyone_q.get_or_init(|| self.of_anyone("q"));
        let anyone = anyone.bearable(edge.parent)?;
        Ok(self.references(edge, &format!("({anyone}) IS NOT TRUE")))
    }

    /// It references a row that isn't there.
    pub(crate) fn references_nothing(&self, edge: &Edge) -> String {
        let Sides { parent, on, .. } = self.sides(edge);
        format!("NOT EXISTS (SELECT 1 FROM {parent} AS q WHERE {on})")
    }

    fn references(&self, edge: &Edge, condition: &str) -> String {
        let Sides { parent, on, .. } = self.sides(edge);
        format!("EXISTS (SELECT 1 FROM {parent} AS q WHERE {on} AND {condition})")
    }

    fn of_anyone(&self, alias: &str) -> Conditions {
        self.shape.conditions(self.dialect, &Owner::Anyone, alias)
    }

    /// Conditions on rows that these relations give to this client and to another: first of those that its selector finds,
    /// then of the others. `None` where no relation does.
    pub(crate) fn shared_rows(&self, table: TableId, relations: &[RelationId]) -> Result<Option<[String; 2]>, TooDeep> {
        let mine = self.mine.bearable(table)?;
        let (mut away, mut here) = (vec![], vec![]);
        for relation in relations {
            let Some(edge) = self.shape.graph.edge(*relation) else {
                continue;
            };
            let set = self.sides(edge).set;
            away.push(format!("({set} AND {})", self.references_others(edge)?));
            here.push(format!("({set} AND {})", self.references_own(edge)?));
        }
        Ok((!away.is_empty()).then(|| {
            [
                format!("({mine}) AND ({})", away.join(" OR ")),
                format!("({mine}) IS NOT TRUE AND ({})", here.join(" OR ")),
            ]
        }))
    }

    /// Counts rows of a table that are the client's with a parent that is another's by these relations, or the other way
    /// round; of a table outside the tree there are none.
    pub(crate) fn count_foreign(&self, table: TableId, relations: &[RelationId]) -> Result<Vec<Count>, String> {
        if !self.shape.tree.contains(table) {
            return Ok(vec![]);
        }
        let shared = self.shared_rows(table, relations).map_err(|error| error.to_string())?;
        let parents = relations.iter().filter_map(|relation| self.shape.graph.edge(*relation));
        let above = parents
            .map(|edge| self.mine.uses(edge.parent))
            .fold(0, u64::saturating_add);
        let name = self.table(table);
        let count = |condition: String| Count {
            sql: format!("SELECT COUNT(*) FROM {name} AS t WHERE {condition}"),
            uses: self.mine.uses(table).saturating_add(above.saturating_mul(2)),
        };
        Ok(shared.into_iter().flatten().map(count).collect())
    }

    /// The condition on the client's rows that reference a row that nobody owns.
    pub(crate) fn unowned(&self, edge: &Edge) -> Result<String, TooDeep> {
        let (mine, set) = (self.mine.bearable(edge.child())?, self.sides(edge).set);
        Ok(format!("{mine} AND {set} AND {}", self.references_unowned(edge)?))
    }

    /// Conditions on rows of a table outside the tree, under `q`: some row of this client references it by one of these
    /// relations, and some row of another client does.
    pub(crate) fn used_rows(&self, relations: &[RelationId]) -> Result<[String; 2], TooDeep> {
        let anyone = self.anyone_t.get_or_init(|| self.of_anyone("t"));
        let (mut own, mut others) = (vec![], vec![]);
        for relation in relations {
            let Some(edge) = self.shape.graph.edge(*relation) else {
                continue;
            };
            let Sides { child, set, on, .. } = self.sides(edge);
            let (mine, anyone) = (self.mine.bearable(relation.child)?, anyone.bearable(relation.child)?);
            let by = |rows: &str| format!("EXISTS (SELECT 1 FROM {child} AS t WHERE {set} AND {on} AND {rows})");
            own.push(by(mine));
            others.push(by(&format!("{anyone} AND ({mine}) IS NOT TRUE")));
        }
        let any = |parts: Vec<String>| match &parts[..] {
            [] => "1 = 0".to_owned(),
            _ => format!("({})", parts.join(" OR ")),
        };
        Ok([any(own), any(others)])
    }

    pub(crate) fn table(&self, table: TableId) -> String {
        self.dialect.table(&self.shape.graph.table(table).name)
    }
}
