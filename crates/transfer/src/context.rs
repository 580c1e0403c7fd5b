//! Context rows: what the client's rows reference outside the tree must be on the target, with equal content.

mod missing;
mod referenced;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use exodus_engine::{Dialect, ScanRow, Select, Session};
use exodus_schema::{Column, Edge, Graph, Relation, Table, TableId};

use crate::across::{Across, Reading};
use crate::digest::identity_of;
use crate::error::Result;
use crate::keys::KeyText;
use crate::plan::{Check, Problem};
use crate::references::{Ties, too_deep};
use crate::shape::{Rows, count};
use crate::there::travelling;

pub(crate) use missing::Missing;
pub use referenced::Referenced;

/// Keys asked for in one query.
const BATCH: usize = 500;

/// Rows of one table that are referenced by the same columns, by the relation that was met first.
struct Wanted {
    edge: Edge,
    keys: Vec<KeyText>,
}

/// Compares, on both ends, all rows that the client's rows reference outside the tree, directly or through other
/// context rows. The keys are held in memory, the rows are not. Tables that are `absent` from the target have no rows.
/// With `giving`, rows that the target lacks are no problem: they are returned.
pub(crate) async fn problems(
    source: &mut Session,
    target: &mut Session,
    (rows, there): (&Rows<'_>, &Rows<'_>),
    ties: &Ties,
    absent: &BTreeSet<TableId>,
    giving: bool,
) -> Result<(Vec<Problem>, Missing)> {
    let graph = rows.shape.graph;
    let mut queue: Vec<Wanted> = vec![];
    // Rows of client tables that nobody owns are context, too.
    let by_unowned = ties.unowned.iter().filter_map(|(relation, _)| graph.edge(*relation));
    let edges = rows.shape.context_relations().chain(by_unowned);
    for edge in edges {
        let keys = referenced_by_client(source, rows, edge).await?;
        queue.push(Wanted { edge: *edge, keys });
    }
    let (mut problems, mut missing) = (vec![], Missing::default());
    let mut seen: BTreeMap<(TableId, Vec<String>), BTreeSet<KeyText>> = BTreeMap::new();
    while let Some(Wanted { edge, keys }) = queue.pop() {
        let relation = graph.relation(edge.id);
        let columns: Vec<String> = relation.parent_columns().map(str::to_owned).collect();
        let seen = seen.entry((edge.parent, columns)).or_default();
        let fresh: Vec<KeyText> = keys.into_iter().filter(|key| seen.insert(key.clone())).collect();
        let mut difference = Difference::default();
        for batch in fresh.chunks(BATCH) {
            let ends = ((&mut *source, rows), (&mut *target, there));
            let is_there = !absent.contains(&edge.parent);
            let mut found = compare(ends, (edge.parent, is_there), relation, batch).await?;
            let mut given = false;
            if giving && found.missing > 0 {
                let table = graph.table(edge.parent);
                let condition = keys_condition(rows.dialect, table, relation, batch)?;
                let nobodys = unowned(source, rows, edge.parent, &condition).await?;
                let ends = ((&mut *source, rows), (&mut *target, there));
                let number = missing.add(ends.0, ends.1, (edge.parent, is_there), &condition).await?;
                if nobodys && number == found.missing {
                    (found.missing, given) = (0, true);
                }
            }
            difference.add(&found);
            queue.extend(further(source, rows, &edge, batch, given).await?);
        }
        // What clients own isn't given, and what could not be given isn't offered again.
        let offered = !giving && !rows.shape.tree.contains(edge.parent);
        problems.extend(difference.problems(graph, &edge, (source.name(), target.name()), offered));
    }
    Ok((problems, missing))
}

/// No client owns any of these rows.
async fn unowned(source: &mut Session, rows: &Rows<'_>, table: TableId, condition: &str) -> Result<bool> {
    if !rows.shape.tree.contains(table) {
        return Ok(true);
    }
    let owned = rows.one.owned(table).map_err(|error| too_deep(source, error))?;
    let name = rows.dialect.table(&rows.shape.graph.table(table).name);
    let sql = format!("SELECT COUNT(*) FROM {name} AS t WHERE {condition} AND ({owned})");
    Ok(count(source, &sql).await? == 0)
}

#[derive(Default)]
struct Difference {
    /// Referenced, but not even on the source.
    dangling: u64,
    /// On the source only.
    missing: u64,
    different: u64,
}

impl Difference {
    fn add(&mut self, other: &Self) {
        self.dangling += other.dangling;
        self.missing += other.missing;
        self.different += other.different;
    }

    fn problems(&self, graph: &Graph<'_>, edge: &Edge, (source, target): (&str, &str), offered: bool) -> Vec<Problem> {
        let table = &graph.table(edge.parent).name;
        let about = |rows: u64, message: String, help: &str| {
            let mut problem = Problem::new(Check::Context, table, message, help);
            problem.relation = Some(graph.describe(edge.id));
            problem.rows = Some(rows);
            (rows > 0).then_some(problem)
        };
        let update = "bring the context table on the target up to date first";
        let or_give = "bring the context table on the target up to date first, or have `exodus move --with-context` copy the missing rows";
        let found = [
            about(
                self.dangling,
                format!(
                    "rows that this client's rows reference do not exist on {source}: {}",
                    self.dangling
                ),
                "repair or remove the referencing rows on the source: the foreign key is already violated there",
            ),
            about(
                self.missing,
                format!(
                    "rows that this client's rows need are missing on {target}: {}",
                    self.missing
                ),
                if offered { or_give } else { update },
            ),
            about(
                self.different,
                format!(
                    "rows that this client's rows need differ on {target}: {}",
                    self.different
                ),
                update,
            ),
        ];
        found.into_iter().flatten().collect()
    }
}

fn key_columns<'t>(table: &'t Table, names: impl Iterator<Item = &'t str>) -> Vec<&'t Column> {
    names.filter_map(|name| table.column(name)).collect()
}

async fn referenced_by_client(source: &mut Session, rows: &Rows<'_>, edge: &Edge) -> Result<Vec<KeyText>> {
    // Of an unowned parent's relation only the references that leave the client's rows count.
    let mut leaving = rows.one.leaving_rows(edge).map_err(|error| too_deep(source, error))?;
    for condition in rows.given_up(edge) {
        leaving = format!("{leaving} AND ({condition}) IS NOT TRUE");
    }
    referenced(source, rows, edge, &leaving).await
}

/// The distinct keys that rows of the child satisfying `condition` reference.
async fn referenced(source: &mut Session, rows: &Rows<'_>, edge: &Edge, condition: &str) -> Result<Vec<KeyText>> {
    let child = rows.shape.graph.table(edge.child());
    let relation = rows.shape.graph.relation(edge.id);
    let parent = rows.shape.graph.table(edge.parent);
    let texts = relation.columns.iter().filter_map(|pair| {
        // An expression is of the type of what it is compared with.
        let column = child.column(&pair.child).or_else(|| parent.column(&pair.parent))?;
        let value = rows.dialect.child_side("t", child, &relation.when, pair);
        Some(rows.dialect.key_text_of(&value, column))
    });
    let texts: Vec<_> = texts.collect();
    // Without these, keys that differ in capitals only would be one, and of two rows one would be looked at.
    let beside = relation.columns.iter().filter_map(|pair| {
        let column = child.column(&pair.child).or_else(|| parent.column(&pair.parent))?;
        let value = rows.dialect.child_side("t", child, &relation.when, pair);
        rows.dialect.beside_distinct(&value, column)
    });
    let read: Vec<_> = texts.iter().cloned().chain(beside).collect();
    let sides = rows.one.sides(edge);
    let sql = format!(
        "SELECT DISTINCT {} FROM {} AS t WHERE {condition} AND {}",
        read.join(", "),
        sides.child,
        sides.set
    );
    let found = source.query(&sql).await?;
    let keys = found.into_iter().map(|row| row.into_iter().take(texts.len()));
    Ok(keys.filter_map(Iterator::collect).collect())
}

/// What the rows just compared reference in their turn; of rows that are given to the target, rows of client tables too.
async fn further(
    source: &mut Session,
    rows: &Rows<'_>,
    edge: &Edge,
    batch: &[KeyText],
    given: bool,
) -> Result<Vec<Wanted>> {
    let graph = rows.shape.graph;
    let table = graph.table(edge.parent);
    let condition = keys_condition(rows.dialect, table, graph.relation(edge.id), batch)?;
    let mut wanted = vec![];
    for next in graph
        .parents(edge.parent)
        .filter(|next| given || !rows.shape.tree.contains(next.parent))
    {
        let keys = referenced(source, rows, next, &condition).await?;
        wanted.push(Wanted { edge: *next, keys });
    }
    Ok(wanted)
}

/// `(a, b) IN ((1, 2), …)` under the alias `t`.
fn keys_condition(dialect: Dialect, table: &Table, relation: &Relation, batch: &[KeyText]) -> Result<String> {
    let columns = key_columns(table, relation.parent_columns());
    let mut alternatives = Vec::with_capacity(batch.len());
    for key in batch {
        let literals: Vec<String> = columns
            .iter()
            .zip(key)
            .map(|(column, text)| dialect.literal(column, text))
            .collect::<Result<_, _>>()?;
        alternatives.push(if literals.len() == 1 {
            literals.concat()
        } else {
            format!("({})", literals.join(", "))
        });
    }
    let names = dialect.columns("t", columns.iter().map(|column| column.name.as_str()));
    Ok(if columns.len() == 1 {
        format!("{names} IN ({})", alternatives.join(", "))
    } else {
        // SQLite takes a list of rows only as VALUES; so does everyone.
        let rows: Vec<_> = alternatives.iter().map(String::as_str).collect();
        dialect.row_in(&names, &rows)
    })
}

async fn compare(
    ((source, rows), (target, there)): ((&mut Session, &Rows<'_>), (&mut Session, &Rows<'_>)),
    (table, is_there): (TableId, bool),
    relation: &Relation,
    batch: &[KeyText],
) -> Result<Difference> {
    let keys: Vec<&str> = relation.parent_columns().collect();
    let (table, target_table) = (rows.shape.graph.table(table), there.shape.graph.table(table));
    let (from, to) = travelling(table, target_table);
    let select = |table: &Table, columns: Vec<Column>, dialect| -> Result<Select> {
        let is_key = |column: &Column| keys.contains(&column.name.as_str());
        let mut ordered: Vec<Column> = key_columns(table, keys.iter().copied()).into_iter().cloned().collect();
        ordered.extend(columns.into_iter().filter(|column| !is_key(column)));
        Ok(Select {
            table: table.name.clone(),
            columns: ordered,
            condition: keys_condition(dialect, table, relation, batch)?,
            nulled: vec![],
            nulled_when: vec![],
            dense: false,
        })
    };
    let others = there.shape;
    let (select, select_there) = (
        select(table, from, rows.dialect)?,
        select(target_table, to, there.dialect)?,
    );
    let (here, other) = Reading::both(Across::of(rows.shape, others), select, select_there)?;
    let on_the_target = async {
        if is_there {
            contents(target, &other, keys.len()).await
        } else {
            Ok(HashMap::new())
        }
    };
    let (here, there) = tokio::join!(contents(source, &here, keys.len()), on_the_target);
    let (here, there) = (here?, there?);
    let dangling = batch.len().saturating_sub(here.len()) as u64;
    let mut difference = Difference {
        dangling,
        ..Difference::default()
    };
    for (identity, content) in &here {
        match there.get(identity) {
            None => difference.missing += 1,
            Some(other) if other != content => difference.different += 1,
            Some(_) => {}
        }
    }
    Ok(difference)
}

async fn contents(connection: &mut Session, reading: &Reading, key: usize) -> Result<HashMap<u128, u128>> {
    let mut found = HashMap::new();
    let mut add = |row: &ScanRow<'_>| {
        found.insert(identity_of(row, key), identity_of(row, row.len()));
    };
    reading.scan(connection, &mut add).await?;
    Ok(found)
}
