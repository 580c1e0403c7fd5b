//! What a session may not do that a move or a purge needs, found before either begins.

use std::collections::BTreeSet;

use exodus_engine::{Capabilities, Checks, Lacking, Needed, Session, Use};
use exodus_schema::{Edge, Graph, Schema, TableId, TableName};

use crate::error::{Error, Result};
use crate::plan::{Check, Integrity, Problem};
use crate::purge::Ways;
use crate::shape::Shape;

/// Refuses what would be begun if this session can't do it.
pub(crate) async fn need(connection: &mut Session, needed: &[Needed]) -> Result<()> {
    match lacking(connection, needed).await? {
        problems if problems.is_empty() => Ok(()),
        problems => Err(Error::Refused(problems)),
    }
}

/// What the session can't do, with the statement that lets it.
pub(crate) async fn lacking(connection: &mut Session, needed: &[Needed]) -> Result<Vec<Problem>> {
    let found = connection.lacking(needed).await?;
    let name = connection.name();
    let problem = |lacking: Lacking| {
        let mut problem = Problem::new(
            Check::Privilege,
            &lacking.table,
            format!("{name}: this user lacks {}", lacking.what),
            "grant it to this user, or connect as a user that has it; docs/privileges.md lists what every command needs",
        );
        problem.statement = Some(lacking.grant + ";");
        problem
    };
    Ok(found.into_iter().map(problem).collect())
}

/// Reading the client's rows, and what they reference.
pub(crate) fn reading(shape: Shape<'_>) -> Vec<Needed> {
    let tables: BTreeSet<TableId> = shape.tables().chain(referenced(shape)).collect();
    let ids = shape.graph.tables().filter(|id| tables.contains(id));
    ids.map(|id| of(shape.graph, id, &[Use::Read])).collect()
}

/// Reading what is on the target, and writing the client's rows to tables, those that are `absent` being made first, and removing them if the move is given up.
pub(crate) fn writing(
    shape: Shape<'_>,
    absent: &BTreeSet<TableId>,
    integrity: Integrity,
) -> (Vec<Needed>, Vec<Needed>) {
    // Whoever gives the move up locks the rows before it removes them.
    const OWN: [Use; 5] = [Use::Read, Use::Write, Use::Remove, Use::Lock, Use::Generate];
    const HELD: [Use; 2] = [Use::Read, Use::Hold];
    let others: BTreeSet<TableId> = referenced(shape).collect();
    let held: BTreeSet<TableId> = shape.context_relations().map(|edge| edge.parent).collect();
    let uses = |id: TableId| {
        let make: &[Use] = if absent.contains(&id) { &[Use::Make] } else { &[] };
        if shape.tree.contains(id) {
            Some([&OWN[..], make].concat())
        } else if integrity == Integrity::Proven && held.contains(&id) {
            Some([&HELD[..], make].concat())
        } else {
            others.contains(&id).then(|| [&[Use::Read], make].concat())
        }
    };
    let (mut reading, mut writing) = (vec![], vec![]);
    for id in shape.graph.tables() {
        let Some(mut uses) = uses(id) else { continue };
        let mut children = shape.graph.children(id).map(Edge::child);
        if !absent.contains(&id) && children.any(|child| absent.contains(&child)) {
            uses.push(Use::Refer);
        }
        if !absent.contains(&id) {
            uses.retain(|one| *one != Use::Read);
            reading.push(of(shape.graph, id, &[Use::Read]));
        }
        writing.push(of(shape.graph, id, &uses));
    }
    (reading, writing)
}

/// Writing rows that come from elsewhere than a move, with columns of some tables set later, and reading what they need.
pub(crate) fn arriving(
    shape: Shape<'_>,
    late: &BTreeSet<&TableName>,
    integrity: Integrity,
) -> (Vec<Needed>, Vec<Needed>) {
    let (reading, mut writing) = writing(shape, &BTreeSet::new(), integrity);
    for needed in &mut writing {
        // Nobody comes back to it: what was not committed is gone.
        needed.uses.retain(|one| !matches!(one, Use::Remove | Use::Lock));
        if late.contains(&needed.table) {
            needed.uses.push(Use::Set);
        }
    }
    (reading, writing)
}

/// Writing context rows that the target lacks.
pub(crate) fn giving(shape: Shape<'_>, tables: impl Iterator<Item = TableId>) -> Vec<Needed> {
    tables.map(|id| of(shape.graph, id, &[Use::Read, Use::Write])).collect()
}

/// Locking the client's rows and removing them, by the ways that this takes in a database that checks foreign keys or not.
pub(crate) fn removing(shape: Shape<'_>, schema: &Schema, checks: Checks, can: Capabilities) -> Vec<Needed> {
    let uses = [Use::Read, Use::Lock, Use::Remove];
    let own = shape.tables().map(|id| of(shape.graph, id, &uses)).collect();
    merged([own, by_the_way(shape, &Ways::choose(shape, schema, checks, can))].concat())
}

/// What removing rows takes beside that, of a move that is given up.
pub(crate) fn undoing(shape: Shape<'_>, schema: &Schema, can: Capabilities) -> Vec<Needed> {
    let checks = if can.checks_off { Checks::Off } else { Checks::Enforced };
    by_the_way(shape, &Ways::choose(shape, schema, checks, can))
}

fn by_the_way(shape: Shape<'_>, ways: &Ways<'_>) -> Vec<Needed> {
    let staged = ways.staged.iter().map(|&id| of(shape.graph, id, &[Use::Stage]));
    let broken = ways.broken.iter();
    let broken = broken.map(|(&id, columns)| setting(shape, id, columns.iter().cloned().collect()));
    staged.chain(broken).collect()
}

/// Setting columns of rows, from a temporary table.
pub(crate) fn setting(shape: Shape<'_>, id: TableId, set: Vec<String>) -> Needed {
    let needed = of(shape.graph, id, &[Use::Set, Use::Stage]);
    Needed { set, ..needed }
}

/// Locking the client's rows.
pub(crate) fn locking(shape: Shape<'_>) -> Vec<Needed> {
    let uses = [Use::Read, Use::Lock];
    shape.tables().map(|id| of(shape.graph, id, &uses)).collect()
}

/// One line for each table, in the order of the first.
pub(crate) fn merged(needed: Vec<Needed>) -> Vec<Needed> {
    let mut found: Vec<Needed> = vec![];
    for one in needed {
        match found.iter_mut().find(|other| other.table == one.table) {
            Some(other) => {
                other.uses.extend(one.uses);
                other.set.extend(one.set);
            }
            None => found.push(one),
        }
    }
    found
}

pub(crate) fn of(graph: &Graph<'_>, id: TableId, uses: &[Use]) -> Needed {
    Needed {
        table: graph.table(id).name.clone(),
        uses: uses.to_vec(),
        set: vec![],
    }
}

/// The tables outside of the tree that client rows reference, directly or through each other.
fn referenced(shape: Shape<'_>) -> impl Iterator<Item = TableId> {
    let mut found = BTreeSet::new();
    let mut queue: Vec<TableId> = shape.context_relations().map(|edge| edge.parent).collect();
    while let Some(id) = queue.pop() {
        if !shape.tree.contains(id) && found.insert(id) {
            queue.extend(shape.graph.parents(id).map(|edge| edge.parent));
        }
    }
    found.into_iter()
}
