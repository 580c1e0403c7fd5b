//! What the schema proves about owners.

use std::collections::BTreeMap;

use exodus_engine::Dialect;
use exodus_schema::model::Origin;
use exodus_schema::{RelationId, TableId};

use crate::options::Subject;

/// What the schema says about the one owner of each row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// These columns are its key.
    Columns(Vec<String>),
    /// There is one.
    Unnamed,
}

/// Tables of which the schema proves that every row has exactly one owner, each with the columns that are the owner's
/// key, if it has such. Only where the server vouches for its foreign keys.
pub(crate) fn proven(subject: &Subject<'_>, dialect: Dialect) -> BTreeMap<TableId, Owner> {
    let tree = &subject.classes.tree;
    let mut proven = BTreeMap::from([(tree.root(), Owner::Columns(subject.root_key.to_vec()))]);
    if !dialect.vouches_for_references() {
        return BTreeMap::new();
    }
    for member in tree.members() {
        let ways: Option<Vec<_>> = member
            .owners
            .iter()
            .map(|relation| way(subject, *relation, &proven))
            .collect();
        let Some(ways) = ways else { continue };
        let same = ways
            .windows(2)
            .all(|pair| pair[0] == pair[1] && pair[0] != Owner::Unnamed);
        if let Some(owner) = ways.first().filter(|_| same) {
            proven.entry(member.table).or_insert_with(|| owner.clone());
        }
    }
    proven
}

/// The child's columns that are the owner's key by this relation, if it surely gives exactly one owner.
fn way(subject: &Subject<'_>, id: RelationId, proven: &BTreeMap<TableId, Owner>) -> Option<Owner> {
    let graph = subject.graph;
    let (edge, relation) = (graph.edge(id)?, graph.relation(id));
    let owner = proven.get(&edge.parent)?;
    let referenced: Vec<&str> = relation.parent_columns().collect();
    let parent = graph.table(edge.parent);
    let mut keys = parent.primary_key.iter().chain(&parent.unique_keys);
    let one_parent = keys.any(|key| {
        key.total && !key.columns.is_empty() && key.columns.iter().all(|column| referenced.contains(&column.as_str()))
    });
    if edge.optional || !one_parent || relation.origin != Origin::Catalogue {
        return None;
    }
    let child_of = |column: &String| {
        let pair = relation.columns.iter().find(|pair| pair.parent == *column);
        pair.map(|pair| pair.child.clone())
    };
    let Owner::Columns(columns) = owner else {
        return Some(Owner::Unnamed);
    };
    let columns: Option<Vec<String>> = columns.iter().map(child_of).collect();
    Some(columns.map_or(Owner::Unnamed, Owner::Columns))
}
