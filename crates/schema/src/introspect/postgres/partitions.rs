//! Foreign keys that exist on partitions only become their root's.

use std::collections::{BTreeMap, BTreeSet};

use super::super::shape::{PartitionRow, RelationRow};
use crate::model::{Action, Deferral};
use crate::name::TableName;

/// Child, parent and column pairs: what a relation is about, whatever it does.
type About = (TableName, TableName, Vec<(String, Option<String>)>);

/// What makes two partitions' foreign keys one of the root's.
#[derive(PartialEq)]
struct Content {
    about: About,
    actions: [Action; 2],
    deferral: Deferral,
    match_full: bool,
}

/// Gives every foreign key that only partitions carry to the root, once, however many carry it; where the root has one
/// over the same columns already, that one says it all.
///
/// It is validated only if every partition that holds rows has it, in force: the others may hold rows that refer to
/// nothing.
pub(crate) fn lift(rows: Vec<RelationRow>, partitions: &[PartitionRow]) -> Vec<RelationRow> {
    let mut whole: BTreeMap<String, Vec<RelationRow>> = BTreeMap::new();
    for row in rows {
        whole.entry(row.id.clone()).or_default().push(row);
    }
    let (carried, mut kept): (Vec<_>, Vec<_>) = whole
        .into_values()
        .partition(|pairs| pairs.iter().any(|pair| pair.carrier.is_some()));
    let own: BTreeSet<_> = kept.iter().filter_map(|pairs| about(pairs)).collect();

    let mut alike: Vec<(Content, Vec<Vec<RelationRow>>)> = vec![];
    for pairs in carried {
        let Some(content) = content(&pairs).filter(|content| !own.contains(&content.about)) else {
            continue;
        };
        match alike.iter_mut().find(|(known, _)| *known == content) {
            Some((_, copies)) => copies.push(pairs),
            None => alike.push((content, vec![pairs])),
        }
    }
    for (_, mut copies) in alike {
        copies.sort_by(|a, b| name(a).cmp(&name(b)));
        let covered = covers_all(&copies, partitions);
        let in_force = copies.iter().flatten().all(|pair| pair.validated);
        let mut first = copies.swap_remove(0);
        for pair in &mut first {
            pair.carrier = None;
            pair.validated = covered && in_force;
        }
        kept.push(first);
    }
    kept.into_iter().flatten().collect()
}

fn name(pairs: &[RelationRow]) -> Option<(&str, &str)> {
    let first = pairs.first()?;
    Some((first.name.as_deref().unwrap_or_default(), &first.id))
}

fn about(pairs: &[RelationRow]) -> Option<About> {
    let first = pairs.first()?;
    let mut columns: Vec<_> = pairs
        .iter()
        .map(|pair| (pair.child_column.clone(), pair.parent_column.clone()))
        .collect();
    columns.sort();
    Some((first.child.clone(), first.parent.clone(), columns))
}

fn content(pairs: &[RelationRow]) -> Option<Content> {
    let first = pairs.first()?;
    Some(Content {
        about: about(pairs)?,
        actions: [first.on_delete, first.on_update],
        deferral: first.deferral,
        match_full: first.match_full,
    })
}

/// Whether every partition that holds rows carries one of the copies, itself or through a partition above it.
fn covers_all(copies: &[Vec<RelationRow>], partitions: &[PartitionRow]) -> bool {
    let carriers: BTreeSet<&TableName> = copies
        .iter()
        .flatten()
        .filter_map(|pair| pair.carrier.as_ref())
        .collect();
    let Some(root) = copies.iter().flatten().map(|pair| &pair.child).next() else {
        return false;
    };
    let above: BTreeMap<&TableName, &TableName> = partitions.iter().map(|row| (&row.partition, &row.parent)).collect();
    let covered = |leaf: &PartitionRow| {
        // No partition is its own ancestor, but a catalogue read over several statements may say so.
        let up = std::iter::successors(Some(&leaf.partition), |name| above.get(name).copied());
        up.take(partitions.len() + 1).any(|name| carriers.contains(name))
    };
    partitions
        .iter()
        .filter(|row| row.leaf && row.table == *root)
        .all(covered)
}
