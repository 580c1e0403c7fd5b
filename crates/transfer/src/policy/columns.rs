//! Which columns of a reference can become NULL, so that nothing but this reference is lost.

use std::collections::BTreeSet;

use exodus_schema::{Edge, RelationId, Table};

use crate::shape::Shape;

/// The columns to be NULL, or why there are none.
pub(super) fn to_null(shape: Shape<'_>, edge: &Edge) -> Result<Vec<String>, &'static str> {
    let (graph, id) = (shape.graph, edge.id);
    let (table, relation) = (graph.table(id.child), graph.relation(id));
    if shape.deciding_relation(id.child) == Some(id) {
        return Err("it decides whose row it is");
    }
    if !relation.columns.iter().all(|pair| pair.expression.is_none()) {
        return Err("it is an expression");
    }
    let taken = taken(shape, table, id);
    let mut columns: Vec<String> = vec![];
    for name in relation.child_columns() {
        let plain = table.column(name).is_some_and(|column| column.generated.is_none());
        let free = table.is_nullable(name) && plain && !taken.contains(name);
        if free && !columns.iter().any(|known| known == name) {
            columns.push(name.to_owned());
        }
    }
    let all = columns.len() == relation.child_columns().collect::<BTreeSet<_>>().len();
    match columns.as_slice() {
        [] => Err("none of its columns may be NULL by itself"),
        _ if relation.match_full && !all => Err("it is MATCH FULL, and not all of its columns may be NULL"),
        _ => Ok(columns),
    }
}

/// Columns that mean more than this reference: of the identity, of other relations, and those that others reference.
fn taken<'a>(shape: Shape<'a>, table: &'a Table, id: RelationId) -> BTreeSet<&'a str> {
    let graph = shape.graph;
    let identity = table.identity().into_iter().flat_map(|key| &key.columns);
    let mut taken: BTreeSet<&str> = identity.map(String::as_str).collect();
    for (at, other) in table.relations.iter().enumerate() {
        taken.extend(other.when.iter().map(|part| part.column.as_str()));
        // Of a polymorphic link no row references by two of its relations.
        if at != id.at && !other.excludes(graph.relation(id)) {
            taken.extend(other.child_columns());
        }
    }
    for child in graph.children(id.child) {
        taken.extend(graph.relation(child.id).parent_columns());
    }
    if id.child == shape.tree.root() {
        taken.extend(shape.root_key.iter().map(String::as_str));
    }
    taken
}
