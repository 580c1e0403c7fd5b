//! References between the client's rows and rows that are not the client's.
//!
//! A row that one relation gives to this client and another to somebody else is crossed. Such rows are found here from both
//! ends, so that the selectors' choice of path can never hide one:
//! what leaves the tree (owned rows that reference rows of client tables that are not owned), and what comes in (rows that
//! are not owned but reference owned ones).

use exodus_engine::{Owner, Session, Sides};
use exodus_schema::Edge;

use crate::error::Result;
use crate::plan::{Check, Problem};
use crate::shape::{Rows, count};

/// A relation by which owned rows reference rows of a client table that no client owns. They are treated as context:
/// they must be on the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unowned {
    pub(crate) edge: Edge,
}

/// What was found on the source.
#[derive(Debug, Default)]
pub(crate) struct References {
    pub(crate) problems: Vec<Problem>,
    pub(crate) unowned: Vec<Unowned>,
}

/// Looks at every relation of the schema that touches a client table. Cut relations are looked at too: a cut says who
/// owns a row, not that the reference is gone.
pub(crate) async fn find(source: &mut Session, rows: &Rows<'_>) -> Result<References> {
    let shape = rows.shape;
    let anyone = shape.conditions(rows.dialect, &Owner::Anyone, "q");
    let mut found = References::default();
    for edge in shape
        .graph
        .edges()
        .iter()
        .filter(|edge| shape.tree.contains(edge.parent))
    {
        if shape.deciding_relation(edge.child()) == Some(edge.id) {
            continue;
        }
        if shape.tree.contains(edge.child()) {
            if !shape.references_one_row(edge.id) {
                found
                    .problems
                    .extend(shared(source, rows, edge, anyone.of(edge.parent)).await?);
            }
            outgoing(source, rows, edge, anyone.of(edge.parent), &mut found).await?;
        }
        found.problems.extend(incoming(source, rows, edge).await?);
    }
    Ok(found)
}

/// The texts for a relation of `rows`' graph.
pub(crate) fn sides(rows: &Rows<'_>, edge: &Edge) -> Sides {
    Sides::of(rows.shape.graph, rows.dialect, edge)
}

async fn outgoing(
    source: &mut Session,
    rows: &Rows<'_>,
    edge: &Edge,
    anyone: &str,
    found: &mut References,
) -> Result<()> {
    let Sides { child, parent, set, on } = sides(rows, edge);
    let mine = rows.mine.of(edge.child());
    let matching = |condition: &str| format!("SELECT 1 FROM {parent} AS q WHERE {on} AND {condition}");
    let leaving = format!(
        "SELECT COUNT(*) FROM {child} AS t WHERE {mine} AND {set} AND NOT EXISTS ({})",
        matching(rows.mine_q.of(edge.parent)),
    );
    let leaving_count = count(source, &leaving).await?;
    if leaving_count == 0 {
        return Ok(());
    }
    let others = count(source, &format!("{leaving} AND EXISTS ({})", matching(anyone))).await?;
    let dangling = count(source, &format!("{leaving} AND NOT EXISTS ({})", matching("1 = 1"))).await?;
    if others > 0 {
        found.problems.push(problem(
            rows,
            edge,
            others,
            &format!("this client's rows reference rows that another client owns: {others}"),
            "give these rows one owner, or cut the relation with [[ignore_relations]] after setting the references to NULL",
        ));
    }
    if dangling > 0 {
        found.problems.push(problem(
            rows,
            edge,
            dangling,
            &format!("this client's rows reference rows that do not exist: {dangling}"),
            "repair or remove these rows on the source: the foreign key is already violated there",
        ));
    }
    if leaving_count > others + dangling {
        found.unowned.push(Unowned { edge: *edge });
    }
    Ok(())
}

/// Rows of this client whose reference leads to another client's row as well, because the referenced columns are no
/// key. The client's selectors pick them, and so do the other's.
async fn shared(source: &mut Session, rows: &Rows<'_>, edge: &Edge, anyone: &str) -> Result<Option<Problem>> {
    let Sides { child, parent, set, on } = sides(rows, edge);
    let (mine, parent_mine) = (rows.mine.of(edge.child()), rows.mine_q.of(edge.parent));
    let sql = format!(
        "SELECT COUNT(*) FROM {child} AS t WHERE {mine} AND {set} \
         AND EXISTS (SELECT 1 FROM {parent} AS q WHERE {on} AND {parent_mine}) \
         AND EXISTS (SELECT 1 FROM {parent} AS q WHERE {on} AND {anyone} AND ({parent_mine}) IS NOT TRUE)"
    );
    let number = count(source, &sql).await?;
    Ok((number > 0).then(|| {
        problem(
            rows,
            edge,
            number,
            &format!("rows reference, by columns that are no key, rows of this client and of another one: {number}"),
            "make the referenced values unique, or give these rows one owner",
        )
    }))
}

/// Rows that are not this client's but reference rows that are; with them the client can't be removed from the source.
pub(crate) async fn incoming(source: &mut Session, rows: &Rows<'_>, edge: &Edge) -> Result<Option<Problem>> {
    let Sides { child, parent, set, on } = sides(rows, edge);
    let sql = format!(
        "SELECT COUNT(*) FROM {child} AS t WHERE {set} AND ({}) IS NOT TRUE AND EXISTS (SELECT 1 FROM {parent} AS q WHERE {on} AND {})",
        rows.mine.of(edge.child()),
        rows.mine_q.of(edge.parent),
    );
    let number = count(source, &sql).await?;
    Ok((number > 0).then(|| {
        problem(
            rows,
            edge,
            number,
            &format!("rows that are not this client's reference its rows: {number}"),
            "these rows would lose what they reference: give them to this client, or set the references to NULL",
        )
    }))
}

fn problem(rows: &Rows<'_>, edge: &Edge, number: u64, message: &str, help: &str) -> Problem {
    let graph = rows.shape.graph;
    let mut problem = Problem::new(
        Check::Reference,
        &graph.table(edge.child()).name,
        message.to_owned(),
        help,
    );
    problem.relation = Some(graph.describe(edge.id));
    problem.rows = Some(number);
    problem
}
