//! The context rows that a client's rows reference, on one end: for whoever has the other end at another time.

use std::collections::{BTreeMap, BTreeSet};

use exodus_engine::{Select, Session};
use exodus_schema::{Column, TableId};

use super::{BATCH, Wanted, further, keys_condition, referenced_by_client};
use crate::error::Result;
use crate::keys::KeyText;
use crate::shape::Rows;

/// Rows of a context table that are referenced by the same columns, directly or by other context rows.
#[derive(Clone, Debug)]
pub struct Referenced {
    /// The table.
    pub table: TableId,
    /// The columns by which they are referenced.
    pub columns: Vec<String>,
    selects: Vec<Select>,
}

impl Referenced {
    /// Finds them, in the order of the tables. The keys are held in memory.
    pub async fn find(session: &mut Session, rows: &Rows<'_>) -> Result<Vec<Self>> {
        let graph = rows.shape.graph;
        let mut queue: Vec<Wanted> = vec![];
        for edge in rows.shape.context_relations() {
            let keys = referenced_by_client(session, rows, edge).await?;
            queue.push(Wanted { edge: *edge, keys });
        }
        let mut seen: BTreeMap<(TableId, Vec<String>), BTreeSet<KeyText>> = BTreeMap::new();
        let mut found: BTreeMap<(TableId, Vec<String>), Vec<Select>> = BTreeMap::new();
        while let Some(Wanted { edge, keys }) = queue.pop() {
            let relation = graph.relation(edge.id);
            let columns: Vec<String> = relation.parent_columns().map(str::to_owned).collect();
            let place = (edge.parent, columns);
            let seen = seen.entry(place.clone()).or_default();
            let fresh: Vec<KeyText> = keys.into_iter().filter(|key| seen.insert(key.clone())).collect();
            let table = graph.table(edge.parent);
            let selects = found.entry(place).or_default();
            for batch in fresh.chunks(BATCH) {
                selects.push(Select {
                    table: table.name.clone(),
                    columns: vec![],
                    condition: keys_condition(rows.dialect, table, relation, batch)?,
                    nulled: vec![],
                    nulled_when: vec![],
                    dense: false,
                });
                queue.extend(further(session, rows, &edge, batch, false).await?);
            }
        }
        let of_tables = found.into_iter().map(|((table, columns), selects)| Self {
            table,
            columns,
            selects,
        });
        Ok(of_tables.collect())
    }

    /// What reads these columns of the rows, in several parts; a row is in one of them only.
    pub fn selects(&self, columns: &[Column]) -> impl Iterator<Item = Select> {
        self.selects.iter().map(|select| Select {
            columns: columns.to_vec(),
            ..select.clone()
        })
    }
}
