//! The proof that every relation holds for the rows just written, where the server did not check them.

use exodus_engine::{Checks, Select, Session, Sides};
use exodus_schema::model::Origin;
use exodus_schema::{Edge, Graph, Schema, TableId};

use crate::error::{Error, Result};
use crate::shape::{Conditions, Rows, count};

/// Proves, inside the transaction that wrote the rows, that each of them references rows that are there: by every relation
/// the target has on its tables, if its checks were off, and by every declared one, which no server checks. Referenced
/// rows outside the tree are held against deletion first, which is what the server's own check of each row would have done.
pub(crate) async fn all(target: &mut Session, rows: &Rows<'_>, target_schema: &Schema, checks: Checks) -> Result<()> {
    let graph = Graph::new(target_schema);
    let proof = Proof {
        rows,
        mine_c: rows.under("c")?,
    };
    for id in rows.shape.tables() {
        if let Some(child) = graph
            .find(&rows.shape.graph.table(id).name)
            .filter(|_| checks == Checks::Off)
        {
            for edge in graph.parents(child) {
                proof.one(target, id, &graph, edge).await?;
            }
        }
        let known = rows.shape.graph;
        let declared = |edge: &&Edge| known.relation(edge.id).origin != Origin::Catalogue;
        for edge in known.parents(id).filter(declared) {
            proof.one(target, id, known, edge).await?;
        }
    }
    Ok(())
}

struct Proof<'r, 'a> {
    rows: &'r Rows<'a>,
    /// The client's rows, under `c`.
    mine_c: Conditions,
}

impl Proof<'_, '_> {
    /// One relation of the client table `id`, as `graph` has it.
    async fn one(&self, target: &mut Session, id: TableId, graph: &Graph<'_>, edge: &Edge) -> Result<()> {
        let shape = self.rows.shape;
        let parent = shape.graph.find(&graph.relation(edge.id).parent);
        if !parent.is_some_and(|parent| shape.tree.contains(parent)) {
            self.hold(target, id, graph, edge).await?;
        }
        let sides = Sides::of(graph, self.rows.dialect, edge);
        let dangling = format!(
            "SELECT COUNT(*) FROM {} AS t WHERE {} AND {} AND NOT EXISTS (SELECT 1 FROM {} AS q WHERE {})",
            sides.child,
            self.rows.mine.of(id),
            sides.set,
            sides.parent,
            sides.on,
        );
        let rows = count(target, &dangling).await?;
        if rows == 0 {
            return Ok(());
        }
        Err(Error::Unproven {
            database: target.name().to_owned(),
            table: graph.table(edge.child()).name.clone(),
            relation: graph.describe(edge.id),
            rows,
        })
    }

    /// Holds the parent's rows that the client's rows reference.
    async fn hold(&self, target: &mut Session, id: TableId, graph: &Graph<'_>, edge: &Edge) -> Result<()> {
        let (dialect, relation) = (self.rows.dialect, graph.relation(edge.id));
        let child = graph.table(edge.child());
        let set = dialect.references("c", child, &relation.when, &relation.columns);
        let side = |pair| dialect.child_side("c", child, &relation.when, pair);
        let sides: Vec<_> = relation.columns.iter().map(side).collect();
        let referenced = dialect.columns("t", relation.parent_columns());
        let referenced = match relation.columns.len() {
            1 => referenced,
            _ => format!("({referenced})"),
        };
        let condition = format!(
            "{referenced} IN (SELECT {} FROM {} AS c WHERE {} AND {set})",
            sides.join(", "),
            dialect.table(&child.name),
            self.mine_c.of(id),
        );
        target
            .hold(&Select {
                table: relation.parent.clone(),
                columns: vec![],
                condition,
                nulled: vec![],
                nulled_when: vec![],
                dense: false,
            })
            .await?;
        Ok(())
    }
}
