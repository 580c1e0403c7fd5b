//! Removing rows child first, out of loops too.

use std::collections::{BTreeMap, BTreeSet};

use exodus_engine::{Capabilities, CheckTime, Checks, Error as EngineError, ErrorKind, Select, Session};
use exodus_schema::model::Event;
use exodus_schema::{Schema, Selectors, TableId};

use crate::digest::Recorded;
use crate::error::{Error, Result};
use crate::loops::{self, Choice, Constraint, Unit, Work};
use crate::order::{Direction, Order};
use crate::plan::{Check, Problem, Triggers};
use crate::progress::{MovedTable, Progress};
use crate::shape::{Rows, Shape};
use crate::waiting;

/// How the rows of all tables go.
struct Removal<'a, 'r> {
    rows: &'a Rows<'r>,
    /// Child first.
    units: Vec<Unit>,
    /// Of the units whose rows go one level after the other.
    orders: Vec<Order>,
    /// Columns that are set to NULL before.
    broken: BTreeMap<TableId, BTreeSet<String>>,
    /// Temporary tables with the keys of rows that can't be selected any more when their turn comes.
    stages: BTreeMap<TableId, String>,
}

/// Removes the client's rows child first. With `proved`, removing another number of rows than were proved is an error.
/// `schema` is that of the database.
pub(super) async fn all(
    connection: &mut Session,
    (rows, schema): (&Rows<'_>, &Schema),
    checks: Checks,
    proved: Option<&BTreeMap<String, Recorded>>,
    progress: &dyn Progress,
) -> Result<Vec<MovedTable>> {
    let expected = |id: TableId| {
        let record = proved?.get(&rows.shape.graph.table(id).name.to_string())?;
        Some(record.rows)
    };
    let helping = waiting::make_for_removal(connection, rows.shape, schema, checks, expected).await?;
    let mut removal = prepare(connection, rows, schema, checks).await?;
    let mut removed = vec![];
    for unit in removal.units.clone() {
        for &id in unit.tables() {
            progress.table(&rows.shape.graph.table(id).name, expected(id).unwrap_or(0));
        }
        for (id, number) in removal.unit(connection, &unit).await? {
            let table = &rows.shape.graph.table(id).name;
            if let Some(expected) = expected(id).filter(|expected| *expected != number) {
                return Err(moved(connection, rows, id, expected, number));
            }
            progress.table_done(table, number);
            removed.push(MovedTable {
                table: table.clone(),
                rows: number,
                bytes: 0,
            });
        }
    }
    waiting::drop(connection, &helping).await?;
    for stage in removal.stages.values() {
        connection.execute(&rows.dialect.drop_stage(stage)).await?;
    }
    Ok(removed)
}

fn moved(connection: &Session, rows: &Rows<'_>, id: TableId, expected: u64, found: u64) -> Error {
    Error::Moved {
        database: connection.name().to_owned(),
        table: rows.shape.graph.table(id).name.clone(),
        doing: "removing from",
        expected,
        found,
    }
}

/// How rows can go from the tables of a database, as far as its schema tells.
pub(crate) struct Ways<'s> {
    constraints: Vec<Constraint<'s>>,
    choice: Choice,
    /// Child first.
    units: Vec<Unit>,
    /// Columns that have to be set to NULL before.
    pub(crate) broken: BTreeMap<TableId, BTreeSet<String>>,
    /// Tables whose rows can't be selected any more when their turn comes, once rows of another table, or of the same one (MySQL
    /// and MariaDB look while they remove), are gone or changed.
    pub(crate) staged: BTreeSet<TableId>,
}

impl<'s> Ways<'s> {
    pub(crate) fn choose(shape: Shape<'_>, schema: &'s Schema, checks: Checks, can: Capabilities) -> Self {
        let constraints = match checks {
            Checks::Enforced => loops::constraints(shape, schema),
            // Nothing is checked, and nobody's row but the client's references them: that was looked at under lock.
            Checks::Off => vec![],
        };
        let tables: Vec<TableId> = shape.tables().collect();
        let choice = loops::choose(&tables, &constraints, can, Work::Remove);
        let broken = choice.nulled(&constraints);
        let units = in_order(shape, choice.units.clone());
        Self {
            staged: staged_tables(shape, &units, &broken),
            constraints,
            choice,
            units,
            broken,
        }
    }
}

fn staged_tables(shape: Shape<'_>, units: &[Unit], broken: &BTreeMap<TableId, BTreeSet<String>>) -> BTreeSet<TableId> {
    let selectors = Selectors::new(shape.graph, shape.tree, shape.root_key);
    let mut gone: BTreeSet<TableId> = BTreeSet::new();
    let mut staged = BTreeSet::new();
    for unit in units {
        gone.extend(unit.tables());
        for &id in unit.tables() {
            let is_sorted = matches!(unit, Unit::Rows(_));
            let read = selectors
                .of(id)
                .map_or_else(BTreeSet::new, |selector| selector.reads(shape.graph));
            let changed = |other: &TableId| broken.contains_key(other) || gone.contains(other);
            if broken.contains_key(&id) || (!is_sorted && read.iter().any(changed)) {
                staged.insert(id);
            }
        }
    }
    staged
}

/// Chooses the ways, and does what has to be done before the first row goes.
async fn prepare<'a, 'r>(
    connection: &mut Session,
    rows: &'a Rows<'r>,
    schema: &Schema,
    checks: Checks,
) -> Result<Removal<'a, 'r>> {
    let ways = Ways::choose(rows.shape, schema, checks, connection.capabilities());
    refuse_triggers_on_updates(connection, rows, schema, &ways.broken)?;
    let mut removal = Removal {
        rows,
        orders: orders(connection, rows, &ways.choice, &ways.constraints).await?,
        units: ways.units,
        broken: ways.broken,
        stages: BTreeMap::new(),
    };
    // Keys are written down, in temporary tables, before anything is gone or changed.
    for &id in removal.units.iter().flat_map(Unit::tables) {
        if ways.staged.contains(&id) {
            let stage = stage_of(connection, rows, id).await?;
            removal.stages.insert(id, stage);
        }
    }
    removal.break_loops(connection).await?;
    Ok(removal)
}

/// Child first; and before all others the tables that no client table references: they may have no key to be written
/// down by, and so have to be removed while their rows can be selected.
fn in_order(shape: Shape<'_>, units: Vec<Unit>) -> Vec<Unit> {
    let (graph, tree) = (shape.graph, shape.tree);
    let is_referenced = |id: &TableId| graph.children(*id).any(|edge| tree.contains(edge.child()));
    let is_referenced = |unit: &Unit| matches!(unit, Unit::Rows(_)) || unit.tables().iter().any(is_referenced);
    let (rest, first): (Vec<_>, Vec<_>) = units.into_iter().rev().partition(is_referenced);
    first.into_iter().chain(rest).collect()
}

/// The orders of rows that can go only one level after the other. The rows are locked.
async fn orders(
    connection: &mut Session,
    rows: &Rows<'_>,
    choice: &Choice,
    constraints: &[Constraint<'_>],
) -> Result<Vec<Order>> {
    let mut orders = vec![];
    for unit in &choice.units {
        let Unit::Rows(tables) = unit else { continue };
        let by: Vec<_> = choice.sorting(tables, constraints);
        let by: Vec<_> = by.iter().map(|&at| &constraints[at]).collect();
        let order = Order::of(connection, rows, tables, &by).await?;
        if let Some(problem) = unremovable(connection.capabilities(), rows, &order, &by)? {
            return Err(Error::Refused(vec![problem]));
        }
        orders.push(order);
    }
    Ok(orders)
}

/// Why rows can't go one after the other.
fn unremovable(can: Capabilities, rows: &Rows<'_>, order: &Order, by: &[&Constraint<'_>]) -> Result<Option<Problem>> {
    // InnoDB takes the reference for one of another row, when it removes such a row, but not when it writes one.
    let own = match can.check_time {
        CheckTime::Row => order.own_parents()?,
        CheckTime::Statement | CheckTime::Commit => 0,
    };
    let circle: Vec<&str> = by.iter().map(|constraint| constraint.describe()).collect();
    let (what, number, relations) = match order.stuck()? {
        Some((stuck, at)) => (
            "reference each other in a circle, or hang below such rows",
            stuck,
            at.iter().filter_map(|&at| circle.get(at).copied()).collect(),
        ),
        None if own > 0 => (
            "reference themselves, which this server checks when it removes them",
            own,
            circle,
        ),
        None => return Ok(None),
    };
    let mut problem = Problem::new(
        Check::Loop,
        &rows.shape.graph.table(order.tables()[0]).name,
        format!("rows that {what}, can't be removed one after the other: {number}"),
        "let this role switch checks off (--integrity proven), or make one of the columns nullable",
    );
    problem.relation = Some(relations.join(" and "));
    problem.rows = Some(number);
    Ok(Some(problem))
}

/// Where columns are set to NULL first, triggers on updates fire.
fn refuse_triggers_on_updates(
    connection: &Session,
    rows: &Rows<'_>,
    schema: &Schema,
    broken: &BTreeMap<TableId, BTreeSet<String>>,
) -> Result<()> {
    if broken.is_empty() {
        return Ok(());
    }
    let mut problems = Triggers::of(rows.shape, schema, false, connection.name()).writing(Event::Update);
    let names: BTreeSet<_> = broken.keys().map(|&id| &rows.shape.graph.table(id).name).collect();
    problems.retain(|problem| names.contains(&problem.table));
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused(problems))
    }
}

impl Removal<'_, '_> {
    /// Removes the rows of a unit; how many of each of its tables.
    async fn unit(&mut self, connection: &mut Session, unit: &Unit) -> Result<Vec<(TableId, u64)>> {
        let rows = self.rows;
        if let Some(order) = self.orders.iter_mut().find(|order| order.tables() == unit.tables()) {
            return by_level(connection, rows, order).await;
        }
        let mut removed = vec![];
        for &id in unit.tables() {
            let stage = self.stages.get(&id);
            let select = stage.map_or_else(|| rows.select(id, vec![]), |stage| staged(rows, id, stage));
            removed.push((id, connection.delete(&select).await?));
        }
        Ok(removed)
    }

    /// Breaks the references that the server would check at once.
    async fn break_loops(&self, connection: &mut Session) -> Result<()> {
        let dialect = self.rows.dialect;
        for (id, columns) in &self.broken {
            let Some(stage) = self.stages.get(id) else { continue };
            let null = |column: &String| format!("{} = NULL", dialect.quote(column));
            let set: Vec<_> = columns.iter().map(null).collect();
            let select = staged(self.rows, *id, stage);
            let table = dialect.table(&select.table);
            let sql = format!("UPDATE {table} AS t SET {} WHERE {}", set.join(", "), select.condition);
            connection.execute(&sql).await?;
        }
        Ok(())
    }
}

/// Removes sorted rows, children first.
async fn by_level(connection: &mut Session, rows: &Rows<'_>, order: &mut Order) -> Result<Vec<(TableId, u64)>> {
    let mut removed: BTreeMap<TableId, u64> = order.tables().iter().map(|&id| (id, 0)).collect();
    order.rewind();
    while let Some(batch) = order.next(Direction::Up)? {
        let (id, expected) = (batch.table, batch.rows);
        let number = connection.delete(&batch.of(&rows.select(id, vec![]))).await?;
        if number != expected {
            return Err(moved(connection, rows, id, expected, number));
        }
        *removed.entry(id).or_default() += number;
    }
    Ok(removed.into_iter().collect())
}

async fn stage_of(connection: &mut Session, rows: &Rows<'_>, id: TableId) -> Result<String> {
    let table = rows.shape.graph.table(id);
    let Some(identity) = table.identity() else {
        let doing = format!(
            "removing rows of {}, which is part of a loop and has no primary key",
            table.name
        );
        return Err(EngineError::new(ErrorKind::Unsupported, connection.name(), doing)
            .help("give the table a primary key")
            .into());
    };
    let stage = format!("exodus_keys_{}", id.0);
    let columns = identity.columns.iter().map(String::as_str);
    let sql = rows
        .dialect
        .create_stage_of(&stage, &table.name, columns, rows.mine.of(id));
    connection.execute(&sql).await?;
    Ok(stage)
}

fn staged(rows: &Rows<'_>, id: TableId, stage: &str) -> Select {
    let table = rows.shape.graph.table(id);
    let keys: Vec<&str> = table
        .identity()
        .map_or(vec![], |key| key.columns.iter().map(String::as_str).collect());
    let condition = format!(
        "({}) IN (SELECT {} FROM {} AS k)",
        rows.dialect.columns("t", keys.iter().copied()),
        rows.dialect.columns("k", keys.iter().copied()),
        rows.dialect.quote(stage),
    );
    Select {
        table: table.name.clone(),
        columns: vec![],
        condition,
        nulled: vec![],
        nulled_when: vec![],
        dense: false,
    }
}
