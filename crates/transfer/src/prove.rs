//! The proof that every relation holds for the rows just written, where the server did not check them.

use exodus_engine::{Select, Session, Sides};
use exodus_schema::{Graph, Schema};

use crate::error::{Error, Result};
use crate::shape::{Rows, count};

/// Proves, inside the transaction that wrote the rows, that each of them references rows that are there, by every relation
/// the target has on its tables. Referenced rows outside the tree are held against deletion first, which is what the
/// server's own check of each row would have done.
pub(crate) async fn all(target: &mut Session, rows: &Rows<'_>, target_schema: &Schema) -> Result<()> {
    let graph = Graph::new(target_schema);
    let mine_c = rows.shape.conditions(rows.dialect, rows.owner(), "c");
    for id in rows.shape.tables() {
        let Some(child) = graph.find(&rows.shape.graph.table(id).name) else {
            continue;
        };
        for edge in graph.parents(child) {
            let sides = Sides::of(&graph, rows.dialect, edge);
            let relation = graph.relation(edge.id);
            let inside = rows
                .shape
                .graph
                .find(&relation.parent)
                .is_some_and(|parent| rows.shape.tree.contains(parent));
            if !inside {
                let known = graph.table(child);
                let set = rows.dialect.references("c", known, &relation.when, &relation.columns);
                let side = |pair| rows.dialect.child_side("c", known, &relation.when, pair);
                let sides_c: Vec<_> = relation.columns.iter().map(side).collect();
                let parent_columns = rows.dialect.columns("t", relation.parent_columns());
                let parent_columns = if relation.columns.len() == 1 {
                    parent_columns
                } else {
                    format!("({parent_columns})")
                };
                let condition = format!(
                    "{parent_columns} IN (SELECT {} FROM {} AS c WHERE {} AND {})",
                    sides_c.join(", "),
                    sides.child,
                    mine_c.of(id),
                    set,
                );
                let table = relation.parent.clone();
                target
                    .hold(&Select {
                        table,
                        columns: vec![],
                        condition,
                        nulled: vec![],
                        dense: false,
                    })
                    .await?;
            }
            let dangling = format!(
                "SELECT COUNT(*) FROM {} AS t WHERE {} AND {} AND NOT EXISTS (SELECT 1 FROM {} AS q WHERE {})",
                sides.child,
                rows.mine.of(id),
                sides.set,
                sides.parent,
                sides.on,
            );
            let rows = count(target, &dangling).await?;
            if rows > 0 {
                let (database, table) = (target.name().to_owned(), graph.table(child).name.clone());
                return Err(Error::Unproven {
                    database,
                    table,
                    relation: graph.describe(edge.id),
                    rows,
                });
            }
        }
    }
    Ok(())
}
