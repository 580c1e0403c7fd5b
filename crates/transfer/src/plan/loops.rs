//! How loops are copied: chosen for every foreign key that the order of the tables does not satisfy, and tried on the keys.

use std::fmt;
use std::sync::Arc;

use exodus_engine::{Capabilities, Session};
use exodus_schema::{Schema, TableId};
use serde::Serialize;
use tokio::sync::{Mutex, MutexGuard};

use super::{Check, Integrity, Plan, Problem};
use crate::error::Result;
use crate::loops::{self, Choice, Constraint, Unit, Work};
use crate::order::Order;
use crate::shape::{Rows, Shape};

/// How a foreign key holds that the order of the tables does not satisfy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoopMethod {
    /// The server does not check it; it is proved before the commit.
    Proven,
    /// The server checks it when the move commits.
    Deferred,
    /// The server checks it when the statement ends that writes the whole table.
    WithinStatement,
    /// These columns are written as NULL and set when all rows are there.
    NullThenSet(Vec<String>),
    /// Rows are written one level after the other, across the tables of the loop: each references rows of earlier levels.
    Sorted {
        /// How many levels the rows have.
        levels: u64,
    },
}

/// A foreign key of a loop, in the plan of its child table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedLoop {
    /// `child(columns) → parent(columns)`.
    pub relation: String,
    /// How it holds.
    pub method: LoopMethod,
    /// Why in this way.
    pub reason: &'static str,
}

/// What is copied in one go, parents first, and the order of the rows where one table after the other won't do. It is good as
/// long as the source's transaction in which it was made.
#[derive(Clone, Default)]
pub(crate) struct Steps {
    pub(crate) units: Vec<Unit>,
    orders: Arc<Mutex<Vec<Order>>>,
}

impl Steps {
    /// The orders of the units that need one.
    pub(crate) async fn orders(&self) -> MutexGuard<'_, Vec<Order>> {
        self.orders.lock().await
    }
}

impl fmt::Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.units).finish()
    }
}

/// The orders follow from the rest.
impl PartialEq for Steps {
    fn eq(&self, other: &Self) -> bool {
        self.units == other.units
    }
}

impl Eq for Steps {}

/// Chooses how loops are copied, and looks whether that is possible: an order of rows is looked for here, since in the
/// middle of the copy it would be too late to find that there is none.
pub(super) async fn look(
    source: &mut Session,
    rows: &Rows<'_>,
    (there, target_schema): (Shape<'_>, &Schema),
    can: Capabilities,
    plan: &mut Plan,
) -> Result<()> {
    let constraints = loops::constraints(there, target_schema);
    let tables: Vec<TableId> = plan.tables.iter().map(|table| table.id).collect();
    let mut choice = loops::choose(&tables, &constraints, can, Work::Write);
    if plan.integrity == Integrity::Proven {
        choice.units = tables.into_iter().map(Unit::Table).collect();
        proven(&mut choice, &constraints, plan);
    }
    let mut orders = vec![];
    for unit in &choice.units {
        let Unit::Rows(tables) = unit else { continue };
        if tables.iter().all(|&table| plan.own_rows(table) == Some(0)) {
            continue;
        }
        let sorting = choice.sorting(tables, &constraints);
        let by: Vec<&Constraint<'_>> = sorting.iter().map(|&at| &constraints[at]).collect();
        let order = Order::of(source, rows, tables, &by).await?;
        if let Some((stuck, at)) = order.stuck()? {
            let circle: Vec<_> = at.iter().filter_map(|&at| by.get(at).copied()).collect();
            plan.problems.push(unsortable(rows, tables[0], &circle, stuck));
        }
        for way in choice.ways.iter_mut().filter(|way| sorting.contains(&way.constraint)) {
            way.method = LoopMethod::Sorted { levels: order.levels() };
        }
        orders.push(order);
    }
    for way in choice.ways {
        let constraint = &constraints[way.constraint];
        if let Some(table) = plan.tables.iter_mut().find(|table| table.id == constraint.child) {
            table.loops.push(PlannedLoop {
                relation: constraint.describe().to_owned(),
                method: way.method,
                reason: way.reason,
            });
        }
    }
    plan.steps = Steps {
        units: choice.units,
        orders: Arc::new(Mutex::new(orders)),
    };
    Ok(())
}

/// Where nothing is checked, tables are copied in their order, and only what runs against that is worth telling.
fn proven(choice: &mut Choice, constraints: &[Constraint<'_>], plan: &Plan) {
    let place = |id: TableId| plan.tables.iter().position(|table| table.id == id);
    choice.ways.retain(|way| {
        let constraint = &constraints[way.constraint];
        place(constraint.child) <= place(constraint.parent)
    });
    for way in &mut choice.ways {
        way.method = LoopMethod::Proven;
        way.reason = "checks are off in our session";
    }
}

fn unsortable(rows: &Rows<'_>, table: TableId, circle: &[&Constraint<'_>], stuck: u64) -> Problem {
    let relations: Vec<&str> = circle.iter().map(|constraint| constraint.describe()).collect();
    let mut problem = Problem::new(
        Check::Loop,
        &rows.shape.graph.table(table).name,
        format!(
            "rows that reference each other in a circle, or hang below such rows: {stuck}; the columns must have a value at \
             once, and no order of the rows satisfies the server, which checks them one by one"
        ),
        "let the target session switch checks off (--integrity proven), make one of the relations deferrable, or one of its columns nullable",
    );
    problem.relation = Some(relations.join(" and "));
    problem.rows = Some(stuck);
    problem
}
