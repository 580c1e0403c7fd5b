//! Indexes that help while foreign keys wait for the commit.
//!
//! A product that leaves all checks to the commit looks, as long as one is open, for the rows that waited for each row it
//! writes. Without an index that takes time by the square of the rows. The index is made and dropped in the transaction of
//! the copy, or of the removal, so that nobody else sees it, and one that fails leaves none behind.

use std::collections::{BTreeMap, BTreeSet};

use exodus_engine::{CheckTime, Checks, Session};
use exodus_schema::model::Origin;
use exodus_schema::{Schema, TableId, TableName};

use crate::error::Result;
use crate::loops;
use crate::plan::{Integrity, Plan};
use crate::shape::Shape;

/// So many rows are written sooner than an index is made of a table of unknown size.
const FEW: u64 = 100;

/// Makes the indexes that the copy needs. Returns the statements that drop them.
pub(crate) async fn make(
    target: &mut Session,
    there: Shape<'_>,
    plan: &Plan,
    target_schema: &Schema,
) -> Result<Vec<String>> {
    let waits = target.capabilities().check_time == CheckTime::Commit;
    if plan.integrity == Integrity::Proven || !waits {
        return Ok(vec![]);
    }
    indexed(
        target,
        lacking(target_schema, there, &while_waiting(target_schema, there, plan)),
    )
    .await
}

/// The same for a removal: for each row that goes, such a product looks for rows that reference it, whoever's they are, and
/// whether or not there is a loop. `rows` tells how many of a table go, if that is known.
pub(crate) async fn make_for_removal(
    connection: &mut Session,
    shape: Shape<'_>,
    schema: &Schema,
    checks: Checks,
    rows: impl Fn(TableId) -> Option<u64>,
) -> Result<Vec<String>> {
    let waits = connection.capabilities().check_time == CheckTime::Commit;
    if checks == Checks::Off || !waits {
        return Ok(vec![]);
    }
    let many = shape.tables().filter(|&id| rows(id).is_none_or(|rows| rows > FEW));
    indexed(connection, lacking(schema, shape, &many.collect())).await
}

async fn indexed(connection: &mut Session, lacking: BTreeSet<(&TableName, Vec<&str>)>) -> Result<Vec<String>> {
    let dialect = connection.dialect();
    let mut drops = vec![];
    for (table, columns) in lacking {
        let Some((create, drop)) = dialect.passing_index(drops.len(), table, &columns) else {
            continue;
        };
        connection.execute(&create).await?;
        drops.push(drop);
    }
    Ok(drops)
}

/// Drops them again.
pub(crate) async fn drop(target: &mut Session, drops: &[String]) -> Result<()> {
    for drop in drops {
        target.execute(drop).await?;
    }
    Ok(())
}

/// Tables that many rows are written to while a foreign key may be open: from the first child of a loop to its last parent.
fn while_waiting(schema: &Schema, there: Shape<'_>, plan: &Plan) -> BTreeSet<TableId> {
    let tables = plan.tables.iter().enumerate();
    let place: BTreeMap<TableId, usize> = tables.map(|(at, table)| (table.id, at)).collect();
    let mut found = BTreeSet::new();
    for constraint in loops::constraints(there, schema) {
        if let (Some(&child), Some(&parent)) = (place.get(&constraint.child), place.get(&constraint.parent))
            && child <= parent
        {
            let written = plan.tables[child..=parent].iter().filter(|table| table.rows > FEW);
            found.extend(written.map(|table| table.id));
        }
    }
    found
}

/// Foreign keys to these tables that no index helps with, whoever's rows have them: tables and columns.
fn lacking<'s>(
    schema: &'s Schema,
    there: Shape<'_>,
    parents: &BTreeSet<TableId>,
) -> BTreeSet<(&'s TableName, Vec<&'s str>)> {
    let mut found = BTreeSet::new();
    for table in &schema.tables {
        let checked = table.relations.iter().filter(|relation| {
            let parent = there.graph.find(&relation.parent);
            let is_plain = relation.origin == Origin::Catalogue && relation.is_plain();
            is_plain && parent.is_some_and(|parent| parents.contains(&parent)) && table.lacks_index_for(relation)
        });
        found.extend(checked.map(|relation| (&table.name, relation.child_columns().collect())));
    }
    found
}
