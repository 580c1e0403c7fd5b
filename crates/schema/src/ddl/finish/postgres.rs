//! Partitions under the name of the table that they belong to.

use std::collections::BTreeMap;

use super::super::state::{Rows, State};
use crate::introspect::shape::PartitionRow;
use crate::model::Kind;
use crate::name::TableName;

/// The root of every partition.
pub(super) fn roots(state: &mut State) -> BTreeMap<TableName, TableName> {
    let mut roots = BTreeMap::new();
    let mut lost = vec![];
    for (name, draft) in &state.tables {
        let above = |name: &TableName| state.tables.get(name).and_then(|draft| draft.partition_of.clone());
        if draft.partition_of.is_none() {
            continue;
        }
        let up = std::iter::successors(Some(name.clone()), |name| above(name));
        // A file may say that a table is its own ancestor.
        let top = up.take(state.tables.len() + 2).last();
        match top {
            Some(root)
                if state
                    .tables
                    .get(&root)
                    .is_some_and(|draft| draft.partition_of.is_none()) =>
            {
                if draft.rows == Rows::Elsewhere {
                    let what = format!(
                        "partition {}.{} of {}.{} is a foreign table: its rows are on another server",
                        name.schema, name.name, root.schema, root.name
                    );
                    lost.push((name.clone(), what, true));
                }
                roots.insert(name.clone(), root);
            }
            _ => {
                let what =
                    format!("{name} is a partition of a table that is not known, and is taken for a table of its own");
                lost.push((name.clone(), what, false));
            }
        }
    }
    for (name, what, belongs) in lost {
        state.warnings.insert((usize::MAX, what));
        if let (Some(draft), false) = (state.tables.get_mut(&name), belongs) {
            draft.partition_of = None;
        }
    }
    roots
}

/// All partitions, each with the one above it.
pub(super) fn partition_rows(state: &State, roots: &BTreeMap<TableName, TableName>) -> Vec<PartitionRow> {
    let row = |(partition, root): (&TableName, &TableName)| {
        let draft = state.tables.get(partition)?;
        Some(PartitionRow {
            table: root.clone(),
            partition: partition.clone(),
            parent: draft.partition_of.clone()?,
            leaf: draft.rows != Rows::InPartitions,
        })
    };
    roots.iter().filter_map(row).collect()
}

/// Says of every text that nobody has looked at its bytes.
pub(super) fn tell_encoding(state: &mut State) {
    let columns = state.tables.values_mut().flat_map(|draft| &mut draft.table.columns);
    for column in columns.filter(|column| column.kind == Kind::Text && column.native_type != "\"char\"") {
        column.charset = Some("sql_ascii".to_owned());
    }
}
