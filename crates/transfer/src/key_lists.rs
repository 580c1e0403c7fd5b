//! Key lists: another way to write a selector, for servers that would read a whole table for a few of its rows.
//!
//! A selector asks for rows that reference a row of the client. Planners guess badly how many those are: PostgreSQL takes
//! it that three quarters of a table satisfy a disjunction of subqueries, and reads that table and every one below it
//! through. Where a server says that it would, the referenced keys are looked up first, and the selector names them. It
//! selects the same rows as long as nobody changes those that were looked up, so that whoever reads in a new snapshot looks
//! again, and a purge locks the rows of a table before it looks their keys up. A row that comes later nevertheless is found
//! all the same, if what it references was there, and if not, then that is: the first one of them is what a purge stops at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use exodus_engine::Session;
use exodus_schema::{Column, Kind, Reach, RelationId, TableId};

use crate::error::Result;
use crate::keys::{self, KeyText, Keyed};
use crate::shape::{Rows, copied_columns};

/// Most keys in the selector of one table: with so many, PostgreSQL takes 8 ms to plan a statement, and MariaDB 20.
const MOST: usize = 10_000;
/// Reading through fewer rows than these costs about what it costs to ask whether the server would.
const MANY_ROWS: u64 = 50_000;

/// The keys that the client's rows of a table reference by a relation.
type List = (RelationId, Arc<BTreeSet<KeyText>>);

/// Lists of keys, by the table whose selector names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyLists {
    of: BTreeMap<TableId, Vec<List>>,
}

impl KeyLists {
    pub(crate) fn tables(&self) -> BTreeSet<TableId> {
        self.of.keys().copied().collect()
    }

    /// The conditions on the rows of these tables, under an alias.
    pub(crate) fn conditions(&self, rows: &Rows<'_>, alias: &str) -> Result<BTreeMap<TableId, String>> {
        let conditions = self.of.iter().map(|(&table, lists)| {
            let any = lists.iter().map(|(relation, keys)| {
                let table = rows.shape.graph.table(table);
                let (child, _) = sides(rows, *relation).unwrap_or_default();
                Keyed::by(table, child).among(rows.dialect, alias, &**keys)
            });
            let any = any.collect::<Result<Vec<_>>>()?;
            Ok((table, format!("({})", any.join(" OR "))))
        });
        conditions.collect()
    }
}

/// The tables whose rows the server would read through, although an index leads to the client's.
pub(crate) async fn needed(session: &mut Session, rows: &Rows<'_>) -> Result<BTreeSet<TableId>> {
    let mut needed = BTreeSet::new();
    if !rows.dialect.guesses_at_subqueries() {
        return Ok(needed);
    }
    let graph = rows.shape.graph;
    for id in rows.shape.tables() {
        let table = graph.table(id);
        let many = table.estimated_rows.is_some_and(|all| all >= MANY_ROWS);
        let listable = |by: Vec<RelationId>| by.iter().all(|&id| !table.lacks_index_for(graph.relation(id)));
        if many && relations(rows, id).is_some_and(listable) {
            let mut select = rows.select(id, copied_columns(table));
            select.dense = false;
            if session.explain(&select).await?.reads_through {
                needed.insert(id);
            }
        }
    }
    Ok(needed)
}

/// Looks up the keys for these tables, and for those below them, which would be found by way of them.
pub(crate) async fn look_up<'a>(
    session: &mut Session,
    rows: &Rows<'a>,
    tables: &BTreeSet<TableId>,
) -> Result<Rows<'a>> {
    let mut looking = LookUp::new(rows, tables);
    for id in rows.shape.tables() {
        looking.reach(session, id).await?;
    }
    Ok(looking.rows)
}

/// Looks keys up table by table, for whoever locks the rows in between.
pub(crate) struct LookUp<'a, 't> {
    /// The client's rows, found by the keys that were looked up so far.
    pub(crate) rows: Rows<'a>,
    tables: &'t BTreeSet<TableId>,
    lists: KeyLists,
    known: BTreeMap<(TableId, Vec<String>), Arc<BTreeSet<KeyText>>>,
}

impl<'a, 't> LookUp<'a, 't> {
    pub(crate) fn new(rows: &Rows<'a>, tables: &'t BTreeSet<TableId>) -> Self {
        let none = tables.is_empty() || !rows.dialect.guesses_at_subqueries();
        Self {
            rows: if none { rows.clone() } else { rows.unlisted() },
            tables: if none { const { &BTreeSet::new() } } else { tables },
            lists: KeyLists::default(),
            known: BTreeMap::new(),
        }
    }

    /// Lists the keys by which this table's rows are found, if that has to be. The tables come parents first.
    pub(crate) async fn reach(&mut self, session: &mut Session, id: TableId) -> Result<()> {
        let Some(by) = relations(&self.rows, id) else {
            return Ok(());
        };
        let graph = self.rows.shape.graph;
        let edges: Vec<_> = by.iter().filter_map(|&relation| graph.edge(relation)).collect();
        let is_below = edges.iter().any(|edge| self.lists.of.contains_key(&edge.parent));
        if !self.tables.contains(&id) && !is_below {
            return Ok(());
        }
        let (mut found, mut number) = (vec![], 0);
        for edge in edges {
            let columns = graph.relation(edge.id).parent_columns();
            let what = (edge.parent, columns.map(str::to_owned).collect());
            let keys = match self.known.get(&what) {
                Some(keys) => Arc::clone(keys),
                None => Arc::new(referenced(session, &self.rows, edge.id, edge.parent).await?),
            };
            number += keys.len();
            self.known.insert(what, Arc::clone(&keys));
            found.push((edge.id, keys));
        }
        if number <= MOST {
            self.lists.of.insert(id, found);
            self.rows = self.rows.listed(&self.lists)?;
        }
        Ok(())
    }
}

/// The keys of the client's rows of a parent, one more at most than there may be.
async fn referenced(
    session: &mut Session,
    rows: &Rows<'_>,
    relation: RelationId,
    parent: TableId,
) -> Result<BTreeSet<KeyText>> {
    let (_, columns) = sides(rows, relation).unwrap_or_default();
    let table = rows.shape.graph.table(parent);
    let sql = format!(
        "SELECT DISTINCT {} FROM {} AS t WHERE {} LIMIT {}",
        Keyed::by(table, columns).texts(rows.dialect, "t"),
        rows.dialect.table(&table.name),
        rows.mine.of(parent),
        MOST + 1,
    );
    Ok(keys::read(session.query(&sql).await?))
}

/// The relations by which alone rows of the table become the client's, if a list of keys can stand for each.
fn relations(rows: &Rows<'_>, table: TableId) -> Option<Vec<RelationId>> {
    let shape = rows.shape;
    let relations = match &shape.tree.member(table)?.reach {
        Reach::Root | Reach::Closure(_) => return None,
        Reach::Partial => shape.tree.member(table)?.owners.clone(),
        Reach::Complete(path) => {
            let (last, above) = path.split_last()?;
            let parent = shape.tree.member(shape.graph.edge(*last)?.parent)?;
            // Of a client's own key there is no list to be made; and the parent's rows have to be those of this path.
            if !matches!(&parent.reach, Reach::Complete(path) if path == above) {
                return None;
            }
            vec![*last]
        }
    };
    let plain = |id: &RelationId| sides(rows, *id).is_some_and(|(child, parent)| alike(&child, &parent));
    (!relations.is_empty() && relations.iter().all(plain)).then_some(relations)
}

/// The columns of both sides of a relation, if it pairs columns, of all rows.
fn sides<'a>(rows: &Rows<'a>, id: RelationId) -> Option<(Vec<&'a Column>, Vec<&'a Column>)> {
    let graph = rows.shape.graph;
    let (relation, edge) = (graph.relation(id), graph.edge(id)?);
    if !relation.is_plain() {
        return None;
    }
    let columns = |table: TableId, names: Vec<&str>| -> Option<Vec<&'a Column>> {
        names.into_iter().map(|name| graph.table(table).column(name)).collect()
    };
    let child = columns(edge.child(), relation.child_columns().collect())?;
    Some((child, columns(edge.parent, relation.parent_columns().collect())?))
}

/// Whether a value of the parent's column, written down, is to the child's column what the value itself is.
fn alike(child: &[&Column], parent: &[&Column]) -> bool {
    let alone = child.len() == 1;
    let same = |(child, parent): (&&Column, &&Column)| match (child.kind, parent.kind) {
        // The parent's numbers may be too large for the child's type; a list of numbers alone is one of the largest.
        (Kind::Integer, Kind::Integer) => alone || child.native_type == parent.native_type,
        (Kind::Uuid, Kind::Uuid) => true,
        (Kind::Text, Kind::Text) | (Kind::Bytes, Kind::Bytes) => {
            let of = |column: &Column| {
                (
                    column.native_type.clone(),
                    column.charset.clone(),
                    column.collation.clone(),
                )
            };
            of(child) == of(parent)
        }
        _ => false,
    };
    child.iter().zip(parent).all(same)
}
