//! Making the target's rows what the source's are.

use exodus_engine::{Checks, Select, Session, Sides};
use exodus_schema::model::Event;
use exodus_schema::{Graph, Table};

use super::late::{Change, LateRow, LateTable, Take};
use super::read::among;
use super::{Applied, Found, Request};
use crate::across::Across;
use crate::copy::{self, Ends};
use crate::error::{Error, Result};
use crate::keys::KeyText;
use crate::late;
use crate::plan::{Check, Problem, Triggers};
use crate::progress::Silent;
use crate::shape::{Rows, count};
use crate::there::travelling;
use crate::verify::{self, Compared};

/// Rows in one statement.
const BATCH: usize = 500;

type End<'c, 'r> = (&'c mut Session, &'r Rows<'r>);

/// Writes what is to be taken from the source: what came and what changed parents first, what is gone child first.
pub(super) async fn all(
    (source, rows): End<'_, '_>,
    (target, there): End<'_, '_>,
    (request, checks): (&Request<'_>, Checks),
    decided: &Found,
) -> Result<Applied> {
    refuse_triggers(target, there, (request, checks), decided)?;
    let tables = verify::compared(rows, there)?;
    let late = |table: &&Compared| decided.tables.iter().find(|late| late.id == table.table);
    let tables: Vec<(&Compared, &LateTable)> = tables.iter().filter_map(|table| Some((table, late(&table)?))).collect();
    let mut applied = Applied {
        given_up: decided.rows().filter(|row| row.take == Some(Take::Target)).count() as u64,
        undecided: decided.rows().filter(|row| row.take.is_none()).count() as u64,
        ..Applied::default()
    };
    let mut ends = Ends {
        source,
        target,
        across: Across::of(rows.shape, there.shape),
    };
    for &(table, late) in &tables {
        let came = taken(late, Change::Inserted);
        applied.inserted += insert(&mut ends, (rows, there), (table, request), &came).await?;
        let changed = taken(late, Change::Changed);
        applied.changed += update(&mut ends, (rows, there), table, &changed).await?;
    }
    for &(table, late) in tables.iter().rev() {
        let gone = taken(late, Change::Deleted);
        applied.removed += remove(ends.target, there, (table, request), &gone).await?;
    }
    let mut problems = vec![];
    for &(table, late) in &tables {
        let written = [taken(late, Change::Inserted), taken(late, Change::Changed)].concat();
        problems.extend(dangling(ends.target, there, (table, request), &written).await?);
    }
    if problems.is_empty() {
        Ok(applied)
    } else {
        Err(Error::Refused(problems))
    }
}

/// References of the rows just written to rows that the target does not have. Such rows need not be the client's there, so that
/// the proof of the client's relations does not meet them.
async fn dangling(
    target: &mut Session,
    there: &Rows<'_>,
    (table, request): (&Compared, &Request<'_>),
    written: &[&LateRow],
) -> Result<Vec<Problem>> {
    let of = there.shape.graph.table(table.table);
    let (own, graph) = (there.shape.graph, Graph::new(request.target_schema));
    let known = graph
        .find(&of.name)
        .into_iter()
        .flat_map(|id| graph.parents(id))
        .map(|edge| (&graph, edge));
    let edges: Vec<_> = known.chain(own.parents(table.table).map(|edge| (own, edge))).collect();
    let mut problems: Vec<Problem> = vec![];
    for some in written.chunks(BATCH) {
        let keys: Vec<&KeyText> = some.iter().map(|row| &row.here).collect();
        let condition = keyed(there, table, &keys)?;
        for (graph, edge) in &edges {
            let sides = Sides::of(graph, there.dialect, edge);
            let sql = format!(
                "SELECT COUNT(*) FROM {} AS t WHERE ({condition}) AND {} AND NOT EXISTS (SELECT 1 FROM {} AS q WHERE {})",
                sides.child, sides.set, sides.parent, sides.on
            );
            let rows = count(target, &sql).await?;
            let relation = Some(graph.describe(edge.id));
            if rows == 0 || problems.iter().any(|problem| problem.relation == relation) {
                continue;
            }
            let message = format!("late rows reference rows that {} does not have: {rows}", target.name());
            let help = "take those from the source as well, or leave these undecided";
            let mut problem = Problem::new(Check::Reference, &of.name, message, help);
            (problem.relation, problem.rows) = (relation, Some(rows));
            problems.push(problem);
        }
    }
    Ok(problems)
}

fn taken(late: &LateTable, change: Change) -> Vec<&LateRow> {
    let wanted = |row: &&LateRow| row.change == change && row.take == Some(Take::Source);
    late.rows.iter().filter(wanted).collect()
}

fn refuse_triggers(
    target: &Session,
    there: &Rows<'_>,
    (request, checks): (&Request<'_>, Checks),
    decided: &Found,
) -> Result<()> {
    let silenced = checks == Checks::Off && target.capabilities().silences_triggers;
    let triggers = Triggers::of(there.shape, request.target_schema, silenced, target.name());
    let mut problems: Vec<Problem> = vec![];
    for (change, event) in [
        (Change::Inserted, Event::Insert),
        (Change::Changed, Event::Update),
        (Change::Deleted, Event::Delete),
    ] {
        let written = decided.tables.iter().filter(|late| !taken(late, change).is_empty());
        let written: Vec<_> = written.map(|late| &there.shape.graph.table(late.id).name).collect();
        for problem in triggers.writing(event) {
            if written.contains(&&problem.table) && !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused(problems))
    }
}

/// The condition on rows with these keys; an error where they can't be written down.
fn keyed(rows: &Rows<'_>, table: &Compared, keys: &[&KeyText]) -> Result<String> {
    let condition = among(rows, table, keys.iter().copied())?;
    condition.ok_or_else(|| {
        let name = &rows.shape.graph.table(table.table).name;
        let message = "rows of it can't be told apart by keys that can be written down".to_owned();
        Error::Refused(vec![Problem::new(
            Check::Schema,
            name,
            message,
            "write these rows to the target by hand; then both sides are equal",
        )])
    })
}

/// The client's rows of the source with these keys.
fn select(rows: &Rows<'_>, table: &Compared, some: &[&LateRow], columns: Vec<exodus_schema::Column>) -> Result<Select> {
    let keys: Vec<&KeyText> = some.iter().map(|row| &row.here).collect();
    let mut select = rows.select(table.table, columns);
    select.condition = format!("({}) AND ({})", select.condition, keyed(rows, table, &keys)?);
    select.dense = false;
    Ok(select)
}

fn expect(database: &str, table: &Table, doing: &'static str, (expected, found): (usize, u64)) -> Result<()> {
    if expected as u64 == found {
        return Ok(());
    }
    Err(Error::Moved {
        database: database.to_owned(),
        table: table.name.clone(),
        doing,
        expected: expected as u64,
        found,
    })
}

async fn insert(
    ends: &mut Ends<'_>,
    (rows, there): (&Rows<'_>, &Rows<'_>),
    (table, request): (&Compared, &Request<'_>),
    came: &[&LateRow],
) -> Result<u64> {
    let target_table = there.shape.graph.table(table.table);
    let (from, to) = travelling(rows.shape.graph.table(table.table), target_table);
    let load = exodus_engine::Load {
        table: target_table.name.clone(),
        columns: to,
    };
    let all = request.target_schema.table(&target_table.name);
    let all = all.map_or(&load.columns, |table| &table.columns).clone();
    for some in came.chunks(BATCH) {
        let select = select(rows, table, some, from.clone())?;
        let (_, stored) = copy::stream(ends, &select, &load, &all, &Silent).await?;
        expect(
            ends.target.name(),
            target_table,
            "inserting late rows into",
            (some.len(), stored),
        )?;
    }
    if !came.is_empty() {
        ends.target.advance_generators(target_table).await?;
    }
    Ok(came.len() as u64)
}

async fn update(
    ends: &mut Ends<'_>,
    (rows, there): (&Rows<'_>, &Rows<'_>),
    table: &Compared,
    changed: &[&LateRow],
) -> Result<u64> {
    let target_table = there.shape.graph.table(table.table);
    let (from, to) = travelling(rows.shape.graph.table(table.table), target_table);
    let keys = table.here.select.columns[..table.key].iter();
    let key: Vec<String> = keys.map(|column| column.name.clone()).collect();
    let set: Vec<String> = to
        .iter()
        .map(|column| column.name.clone())
        .filter(|name| !key.contains(name))
        .collect();
    for some in changed.chunks(BATCH) {
        let select = select(rows, table, some, from.clone())?;
        let load = late::stage(ends.target, target_table, to.clone()).await?;
        let (read, _) = copy::stream(ends, &select, &load, &load.columns, &Silent).await?;
        expect(
            ends.source.name(),
            target_table,
            "reading late rows of",
            (some.len(), read.rows),
        )?;
        let set: Vec<&String> = set.iter().collect();
        late::from_stage(ends.target, target_table, &key, &set, read.rows).await?;
    }
    Ok(changed.len() as u64)
}

async fn remove(
    target: &mut Session,
    there: &Rows<'_>,
    (table, request): (&Compared, &Request<'_>),
    gone: &[&LateRow],
) -> Result<u64> {
    let target_table = there.shape.graph.table(table.table);
    for some in gone.chunks(BATCH) {
        let keys: Vec<&KeyText> = some.iter().map(|row| &row.there).collect();
        let condition = keyed(there, table, &keys)?;
        refuse_referenced(target, there, target_table, (&condition, request)).await?;
        let mut select = there.select(table.table, vec![]);
        select.condition = format!("({}) AND ({condition})", select.condition);
        let removed = target.delete(&select).await?;
        expect(target.name(), target_table, "removing from", (some.len(), removed))?;
    }
    Ok(gone.len() as u64)
}

/// Rows that others reference stay. Nothing is left to the server, which may cascade.
async fn refuse_referenced(
    target: &mut Session,
    there: &Rows<'_>,
    table: &Table,
    (condition, request): (&str, &Request<'_>),
) -> Result<()> {
    let graph = Graph::new(request.target_schema);
    let Some(id) = graph.find(&table.name) else {
        return Ok(());
    };
    let (mut problems, own) = (vec![], there.shape.graph);
    let declared = own
        .find(&table.name)
        .into_iter()
        .flat_map(|id| own.children(id))
        .map(|edge| (own, edge));
    for (graph, edge) in graph.children(id).map(|edge| (&graph, edge)).chain(declared) {
        let sides = Sides::of(graph, there.dialect, edge);
        // Of the same table, rows that go themselves don't count.
        let others = if edge.child() == edge.parent {
            format!(" AND ({condition}) IS NOT TRUE")
        } else {
            String::new()
        };
        let name = there.dialect.table(&table.name);
        let sql = format!(
            "SELECT COUNT(*) FROM {} AS t WHERE {}{others} AND EXISTS (SELECT 1 FROM {} AS q WHERE {} AND EXISTS \
             (SELECT 1 FROM {name} AS t WHERE ({condition}) AND {}))",
            sides.child,
            sides.set,
            sides.parent,
            sides.on,
            same_row(there, table),
        );
        let rows = count(target, &sql).await?;
        if rows > 0 {
            let message = format!("rows that are gone from the source are referenced on the target by {rows} rows");
            let help = "take the target's row, or remove those rows there first";
            let mut problem = Problem::new(Check::Reference, &table.name, message, help);
            problem.relation = Some(graph.describe(edge.id));
            problem.rows = Some(rows);
            problems.push(problem);
        }
    }
    problems.dedup();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused(problems))
    }
}

/// The rows under `t` and `q` are one.
fn same_row(there: &Rows<'_>, table: &Table) -> String {
    let columns = table.identity().map_or(&[][..], |key| &key.columns).iter();
    let same = columns.map(|column| {
        let column = there.dialect.quote(column);
        format!("t.{column} = q.{column}")
    });
    same.collect::<Vec<_>>().join(" AND ")
}
