//! Loops among the client tables where the server checks foreign keys row by row, or statement by statement.
//!
//! A foreign key that the server itself leaves to the commit needs nothing. Of the others, those whose columns may be NULL
//! are broken: the rows are written without them, and they are set when all rows are there. That takes two statements
//! however deep rows hang below each other, and works for rows that reference each other in circles. What is left are
//! foreign keys that every row has to have: only the order of the rows can satisfy these, across the tables of the loop.
//!
//! Removal is the mirror image, except that the server leaves nothing but `NO ACTION` to the commit.

mod choose;
#[cfg(test)]
mod tests;

use exodus_engine::{Capabilities, CheckTime};
use exodus_schema::model::{Action, Deferral, Origin};
use exodus_schema::{Relation, Schema, Table, TableId};

use crate::plan::LoopMethod;
use crate::shape::Shape;

pub(crate) use choose::{Choice, Unit, choose};

/// A foreign key between two client tables, as one database has it.
#[derive(Debug)]
pub(crate) struct Constraint<'a> {
    pub(crate) child: TableId,
    pub(crate) parent: TableId,
    pub(crate) relation: &'a Relation,
    /// Of the child's columns, those to write as NULL for the row to reference nothing.
    pub(crate) free: Option<Vec<String>>,
    name: String,
}

/// What is done with the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Write,
    Remove,
}

/// The foreign keys that `schema`, of the database that `shape` names the tables of, has between client tables.
pub(crate) fn constraints<'a>(shape: Shape<'_>, schema: &'a Schema) -> Vec<Constraint<'a>> {
    let mut found = vec![];
    for child in shape.tables() {
        let Some(table) = schema.table(&shape.graph.table(child).name) else {
            continue;
        };
        // No server checks what is only declared.
        let checked = |relation: &&Relation| relation.origin == Origin::Catalogue && relation.is_plain();
        for relation in table.relations.iter().filter(checked) {
            let Some(parent) = shape.graph.find(&relation.parent) else {
                continue;
            };
            if shape.tree.contains(parent) {
                found.push(Constraint {
                    child,
                    parent,
                    relation,
                    free: free(shape.graph.table(child), table, relation),
                    name: described(table, relation),
                });
            }
        }
    }
    found
}

fn described(table: &Table, relation: &Relation) -> String {
    format!(
        "{}({}) → {}({})",
        table.name,
        relation.child_columns().collect::<Vec<_>>().join(", "),
        relation.parent,
        relation.parent_columns().collect::<Vec<_>>().join(", "),
    )
}

/// One NULL exempts a row, except under MATCH FULL, where all must be NULL. The columns that a row is found by stay.
fn free(known: &Table, table: &Table, relation: &Relation) -> Option<Vec<String>> {
    let identity = known.identity()?;
    let settable = |column: &&str| {
        let plain = |found: &exodus_schema::Column| found.nullable && found.generated.is_none();
        table.column(column).is_some_and(plain) && !identity.columns.iter().any(|key| key == column)
    };
    let free: Vec<String> = relation.child_columns().filter(settable).map(str::to_owned).collect();
    if relation.match_full {
        (free.len() == relation.columns.len()).then_some(free)
    } else {
        free.into_iter().next().map(|first| vec![first])
    }
}

impl Constraint<'_> {
    /// `child(columns) → parent(columns)`.
    pub(crate) fn describe(&self) -> &str {
        &self.name
    }

    pub(crate) fn is_self_loop(&self) -> bool {
        self.child == self.parent
    }

    /// How the server itself leaves the check until all rows are there, whatever their order.
    pub(crate) fn eased(&self, can: Capabilities, work: Work) -> Option<(LoopMethod, &'static str)> {
        // RESTRICT acts at once, and so do the actions that would remove or change rows behind our back.
        if work == Work::Remove && self.relation.on_delete != Action::NoAction {
            return None;
        }
        if can.check_time == CheckTime::Commit {
            return Some((
                LoopMethod::Deferred,
                "this product can check all foreign keys at the commit",
            ));
        }
        let deferrable = can.can_defer && self.relation.deferral != Deferral::NotDeferrable;
        deferrable.then_some((LoopMethod::Deferred, "it is declared deferrable"))
    }

    /// Whether rows of one statement can reference each other by it.
    pub(crate) fn is_within_statement(&self, can: Capabilities) -> bool {
        self.is_self_loop() && can.check_time == CheckTime::Statement
    }
}
