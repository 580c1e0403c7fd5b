//! What is written in which stage, and which tables are divided.

use exodus_engine::Capabilities;
use exodus_schema::{Column, Kind, Reach, TableId, TableName};
use serde::Serialize;

use crate::loops::Unit;
use crate::plan::{Integrity, Plan, PlannedTable, Request};
use crate::shape::Shape;

/// Tables with fewer of the client's rows are copied before several streams have begun.
const MANY: u64 = 10_000;

/// A table that several streams copy, each some of its rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Division {
    /// The table in the plan.
    #[serde(skip)]
    pub(super) planned: PlannedTable,
    /// Its name.
    pub table: TableName,
    /// The column whose values say which part a row is in.
    pub column: String,
    /// The column on the source.
    #[serde(skip)]
    pub(super) here: Column,
    /// The column on the target.
    #[serde(skip)]
    pub(super) there: Column,
    /// Where the values come from that the parts begin at.
    #[serde(skip)]
    pub(super) by: By,
}

/// How a table is divided.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum By {
    /// By ranges of a parent's keys: the parent and its column.
    Parent(TableId, String),
    /// By ranges of its own keys.
    Own,
}

/// What is committed together.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stage {
    /// Tables one after the other, by one stream.
    Together(Vec<TableId>),
    /// Parts of one table, by all streams.
    Divided(Box<Division>),
}

/// All stages, parents first.
#[derive(Clone, Debug, PartialEq)]
pub struct Stages(pub(super) Vec<Stage>);

impl Stages {
    /// The tables that are divided.
    pub fn divisions(&self) -> impl Iterator<Item = &Division> {
        self.0.iter().filter_map(|stage| match stage {
            Stage::Divided(division) => Some(&**division),
            Stage::Together(_) => None,
        })
    }

    /// How a table is divided, if it is.
    pub(super) fn division(&self, table: TableId) -> Option<&Division> {
        self.divisions().find(|division| division.planned.id == table)
    }
}

/// What can be written by several streams to a target that can do this; or why it can't, in words.
pub fn stages(plan: &Plan, request: &Request<'_>, target: Capabilities) -> Result<Stages, &'static str> {
    if !target.locks_rows {
        return Err("the target takes one writer at a time");
    }
    if request.creating.is_some() {
        return Err("tables are made on the target in the transaction that their rows are written in");
    }
    if !plan.context.is_empty() {
        return Err("context rows are brought along, which have to come and go with the client's in one transaction");
    }
    let looped = plan.tables.iter().any(|table| !table.loops.is_empty());
    let ordered = plan.steps.units.iter().any(|unit| !matches!(unit, Unit::Table(_)));
    if ordered || (looped && plan.integrity == Integrity::Enforced) {
        return Err("the server checks rows of a loop, which have to be committed together");
    }
    let layout = Layout::new(plan, request);
    let stages = layout.stages();
    if stages.divisions().next().is_none() {
        return Err(
            "no table has so many of the client's rows, and integers to divide them by, that it would be faster",
        );
    }
    Ok(stages)
}

struct Layout<'p> {
    plan: &'p Plan,
    shape: Shape<'p>,
    there: Shape<'p>,
    /// For each table in copy order, the place of the last table that its selector goes through.
    needs: Vec<Option<usize>>,
}

impl<'p> Layout<'p> {
    fn new(plan: &'p Plan, request: &Request<'p>) -> Self {
        let mut layout = Self {
            plan,
            shape: request.shape,
            there: request.there,
            needs: vec![],
        };
        layout.needs = plan.tables.iter().map(|table| layout.needs_of(table.id)).collect();
        layout
    }

    fn needs_of(&self, table: TableId) -> Option<usize> {
        let member = self.shape.tree.member(table)?;
        let (relations, loops) = match &member.reach {
            Reach::Root => return None,
            Reach::Complete(path) => (path, &[][..]),
            Reach::Partial => (&member.owners, &[][..]),
            Reach::Closure(tables) => (&member.owners, tables.as_slice()),
        };
        let parents = relations.iter().filter_map(|&relation| self.shape.graph.edge(relation));
        let through = parents.map(|edge| edge.parent).chain(loops.iter().copied());
        let place = |id: TableId| self.plan.tables.iter().position(|table| table.id == id);
        // What is not in the plan can't be waited for: nothing before the end is far enough.
        through.map(|id| place(id).unwrap_or(usize::MAX)).max()
    }

    /// Whether all tables before this place can be found when they alone are there.
    fn may_commit_before(&self, place: usize) -> bool {
        self.needs[..place]
            .iter()
            .all(|needs| needs.is_none_or(|last| last < place))
    }

    fn stages(&self) -> Stages {
        let (mut stages, mut together) = (vec![], vec![]);
        for (at, planned) in self.plan.tables.iter().enumerate() {
            let first = self.needs[at].is_none_or(|last| last < at);
            let alone = first && self.may_commit_before(at) && self.may_commit_before(at + 1);
            match self.division(planned).filter(|_| alone && planned.rows >= MANY) {
                Some(division) => {
                    if !together.is_empty() {
                        stages.push(Stage::Together(std::mem::take(&mut together)));
                    }
                    stages.push(Stage::Divided(Box::new(division)));
                }
                None => together.push(planned.id),
            }
        }
        if !together.is_empty() {
            stages.push(Stage::Together(together));
        }
        Stages(stages)
    }

    /// By which column a table can be divided.
    fn division(&self, planned: &PlannedTable) -> Option<Division> {
        let member = self.shape.tree.member(planned.id)?;
        if let Reach::Complete(path) = &member.reach
            && let Some(edge) = path.last().and_then(|&relation| self.shape.graph.edge(relation))
            && let [(column, key)] = &self.plain(edge.id)[..]
            && self
                .plan
                .own_rows(edge.parent)
                .is_some_and(|parents| parents >= super::MOST as u64)
            && Self::whole(self.shape, edge.parent, key).is_some()
            && let Some(division) = self.divided(planned, column, By::Parent(edge.parent, key.clone()))
        {
            return Some(division);
        }
        let key = self.shape.graph.table(planned.id).primary_key.as_ref()?;
        self.divided(planned, key.columns.first()?, By::Own)
    }

    fn divided(&self, planned: &PlannedTable, column: &str, by: By) -> Option<Division> {
        Some(Division {
            planned: planned.clone(),
            table: planned.table.clone(),
            column: column.to_owned(),
            here: Self::whole(self.shape, planned.id, column)?,
            there: Self::whole(self.there, planned.id, column)?,
            by,
        })
    }

    /// The column, if all of its values are integers, which every product orders alike, and each row has one.
    fn whole(side: Shape<'_>, table: TableId, column: &str) -> Option<Column> {
        let column = side.graph.table(table).column(column)?;
        (column.kind == Kind::Integer && !column.nullable).then(|| column.clone())
    }

    /// The pairs of columns of a relation, if they are columns.
    fn plain(&self, relation: exodus_schema::RelationId) -> Vec<(String, String)> {
        let relation = self.shape.graph.relation(relation);
        if !relation.is_plain() {
            return vec![];
        }
        let pairs = relation.child_columns().zip(relation.parent_columns());
        pairs
            .map(|(child, parent)| (child.to_owned(), parent.to_owned()))
            .collect()
    }
}
