//! How a loop is copied where the server checks each row.

use exodus_engine::{CheckTime, Session};
use exodus_schema::model::Deferral;
use exodus_schema::{Edge, Table, TableId};

use super::{Check, LoopMethod, Problem};
use crate::shape::Rows;

/// What `Enforced` does about the relations of the table that copy order cannot satisfy.
pub(super) fn methods(rows: &Rows<'_>, id: TableId, target: &Session, problems: &mut Vec<Problem>) -> Vec<LoopMethod> {
    let (graph, can) = (rows.shape.graph, target.capabilities());
    let table = graph.table(id);
    let mut found = vec![];
    for edge in graph
        .parents(id)
        .filter(|edge| rows.shape.tree.back_relations().contains(&edge.id))
    {
        let relation = graph.relation(edge.id);
        // No server checks what can't be a foreign key.
        if !relation.is_plain() {
            continue;
        }
        let deferred = can.can_defer && relation.deferral != Deferral::NotDeferrable;
        let within_statement = edge.is_self_loop() && can.check_time == CheckTime::Statement;
        if can.check_time == CheckTime::Commit || deferred || within_statement {
            continue;
        }
        match one(table, relation, edge) {
            Some(method) => found.push(method),
            None => problems.push(unbreakable(rows, edge)),
        }
    }
    found
}

fn one(table: &Table, relation: &exodus_schema::Relation, edge: &Edge) -> Option<LoopMethod> {
    let identity = table.identity()?;
    let free: Vec<String> = relation
        .child_columns()
        .filter(|column| table.is_nullable(column) && !identity.columns.iter().any(|key| key == column))
        .map(str::to_owned)
        .collect();
    if !free.is_empty() && (!relation.match_full || free.len() == relation.columns.len()) {
        // One NULL exempts the row, except under MATCH FULL, where all must be NULL.
        let nulled = if relation.match_full { free } else { free[..1].to_vec() };
        return Some(LoopMethod::NullThenSet(nulled));
    }
    edge.is_self_loop().then(|| LoopMethod::Sorted {
        columns: relation.child_columns().map(str::to_owned).collect(),
        parent_columns: relation.parent_columns().map(str::to_owned).collect(),
    })
}

fn unbreakable(rows: &Rows<'_>, edge: &Edge) -> Problem {
    let graph = rows.shape.graph;
    let mut problem = Problem::new(
        Check::Loop,
        &graph.table(edge.child()).name,
        "the tables of this loop reference each other by columns that must have a value at once".to_owned(),
        "let the target session switch checks off (--integrity proven), make the relation deferrable, or one of its columns nullable",
    );
    problem.relation = Some(graph.describe(edge.id));
    problem
}
