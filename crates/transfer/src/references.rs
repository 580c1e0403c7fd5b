//! References between the client's rows and rows that are not the client's, as they stand against a move. What is asked
//! about them is written in [`exodus_audit::client`], for the audit asks it too.

use exodus_audit::client::{Tie, TieKind, TooDeep, count, ties};
use exodus_engine::{ErrorKind, Session};
use exodus_schema::Edge;

use crate::error::{Error, Result};
use crate::plan::{Check, Problem};
use crate::shape::Rows;

pub(crate) use exodus_audit::client::Ties;

/// Looks at every relation of the schema by which rows of different owners can meet.
pub(crate) async fn find(source: &mut Session, rows: &Rows<'_>) -> Result<Ties> {
    let edges = rows.shape.meeting_relations();
    let queries: Result<Vec<_>, _> = edges.map(|edge| rows.one.tie_queries(edge)).collect();
    let queries = queries.map_err(|error| too_deep(source, error))?;
    Ok(ties(source, &queries).await?)
}

/// Rows that are not this client's but reference rows that are; with them the client can't be removed from the source.
pub(crate) async fn incoming(source: &mut Session, rows: &Rows<'_>, edge: &Edge) -> Result<Option<Problem>> {
    let query = rows.one.incoming(edge).map_err(|error| too_deep(source, error))?;
    let tie = Tie {
        relation: edge.id,
        kind: TieKind::Incoming,
        rows: count(source, &query.sql).await?,
    };
    Ok((tie.rows > 0).then(|| problem(rows, &tie)))
}

/// What a tie is to a move.
pub(crate) fn problem(rows: &Rows<'_>, tie: &Tie) -> Problem {
    let graph = rows.shape.graph;
    let table = &graph.table(tie.relation.child).name;
    let mut problem = Problem::new(Check::Reference, table, tie.message(), tie.help());
    problem.relation = Some(graph.describe(tie.relation));
    problem.rows = Some(tie.rows);
    problem
}

/// A plan refuses such selectors before anything is asked with them.
pub(crate) fn too_deep(source: &Session, error: TooDeep) -> Error {
    exodus_engine::Error::new(ErrorKind::Unsupported, source.name(), error.to_string()).into()
}
