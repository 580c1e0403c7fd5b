//! One order on every engine: names compare by their bytes here, never by a server's collation.

use std::collections::BTreeSet;

use crate::model::{Relation, Table};

/// Sorts what has no order of its own, and tells relations of one name apart.
pub(crate) fn table(table: &mut Table) {
    table
        .unique_keys
        .sort_by(|a, b| (&a.name, &a.columns).cmp(&(&b.name, &b.columns)));
    table.indexes.sort();
    table.indexes.dedup();
    table.partitions.sort();
    table.partitions.dedup();
    for trigger in &mut table.triggers {
        trigger.events.sort_unstable();
        trigger.events.dedup();
    }
    table
        .triggers
        .sort_by(|a, b| (&a.name, &a.events, &a.body).cmp(&(&b.name, &b.events, &b.body)));
    table
        .relations
        .sort_by(|a, b| (&a.name, &a.columns, &a.parent).cmp(&(&b.name, &b.columns, &b.parent)));
    rename_repeated(&mut table.relations);
    table
        .relations
        .sort_by(|a, b| (&a.name, &a.columns).cmp(&(&b.name, &b.columns)));
}

/// Made-up names, and those lifted from several partitions, can repeat; the model promises that they don't.
fn rename_repeated(relations: &mut [Relation]) {
    let mut taken: BTreeSet<String> = relations.iter().map(|relation| relation.name.clone()).collect();
    let mut seen = BTreeSet::new();
    for relation in relations {
        if seen.insert(relation.name.clone()) {
            continue;
        }
        let mut number = 2_u32;
        let mut name = format!("{}_{number}", relation.name);
        while !taken.insert(name.clone()) {
            number += 1;
            name = format!("{}_{number}", relation.name);
        }
        seen.insert(name.clone());
        relation.name = name;
    }
}
