//! Which relations, if they were cut, would change what a table is: exact for single ones, however many there are.

mod bridges;

use std::collections::BTreeSet;

use exodus_schema::{Cuts, Edge, Reach, RelationId, TableId};

use self::bridges::{Bridges, Step};
use super::{Part, Subject};
use crate::class::{Class, Evidence};
use crate::classify::classes_only;

/// What the table would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct After {
    pub(super) class: Class,
    pub(super) complete: bool,
}

/// The relations that matter.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cutting {
    /// Each by itself, nearest to the table first.
    pub(super) changes: Vec<(RelationId, After)>,
    /// Two that matter together, where none does alone and the table has no others.
    pub(super) pair: Option<([RelationId; 2], After)>,
    /// The class hangs on relations at all.
    any: bool,
}

/// The relations that the class stands on. Cutting can only take something away: a client table becomes a context or a
/// neutral one, or one whose rows may be without an owner; a context table becomes a neutral one; a neutral one stays.
pub(super) fn that_change(subject: &Subject<'_>) -> Cutting {
    let changes = match &subject.class().evidence {
        Evidence::Chain(chain) => of_client(subject, chain),
        Evidence::Referenced(chain) => of_context(subject, chain),
        Evidence::Root | Evidence::Unrelated | Evidence::Override { .. } => return Cutting::default(),
    };
    let lost = changes.iter().any(|(_, after)| after.class != subject.class().class);
    Cutting {
        pair: if lost { None } else { pair(subject) },
        changes,
        any: true,
    }
}

/// A relation that every chain from the root takes makes the table another one; a relation that every chain of NOT NULL
/// relations takes, and not every other chain, leaves it a client table with rows of which nobody knows whose they are.
fn of_client(subject: &Subject<'_>, chain: &[RelationId]) -> Vec<(RelationId, After)> {
    let (graph, root) = (subject.graph, subject.classes.root);
    let places = graph.tables().len();
    let way = steps(subject, chain);
    let found = Bridges::find(places, &[root.0], &way, &|table| down(subject, TableId(table), false));
    // Cut off after its n-th bridge, the table keeps those above it that hang on fewer than n.
    let above = leading_up(subject);
    let kept = above.iter().map(|table| {
        let stated = subject
            .overrides
            .get(table)
            .is_some_and(|over| over.class == Class::Context);
        if stated { Some(0) } else { found.passed(table.0) }
    });
    let least = kept.flatten().min();
    let lost = found.steps.iter().enumerate().map(|(number, &relation)| {
        let class = if least.is_some_and(|passed| passed <= number) {
            Class::Context
        } else {
            Class::Neutral
        };
        (relation, After { class, complete: false })
    });
    let mut lost: Vec<_> = lost.collect();
    lost.reverse();
    let known: BTreeSet<RelationId> = lost.iter().map(|(relation, _)| *relation).collect();
    let mut loose = loosening(subject);
    loose.retain(|relation| !known.contains(relation));
    let after = After {
        class: Class::Client,
        complete: false,
    };
    lost.extend(loose.into_iter().map(|relation| (relation, after)));
    lost
}

/// The relations without which no path of NOT NULL relations leads to the table, nearest first.
fn loosening(subject: &Subject<'_>) -> Vec<RelationId> {
    let member = subject.classes.tree.member(subject.table);
    let Some(Reach::Complete(path)) = member.map(|member| &member.reach) else {
        return vec![];
    };
    let (places, root) = (subject.graph.tables().len(), subject.classes.root);
    let way = steps(subject, path);
    let found = Bridges::find(places, &[root.0], &way, &|table| down(subject, TableId(table), true));
    found.steps.into_iter().rev().collect()
}

/// Each table is two places: one that is reached from the root, as a client table; one that is reached from the first, as
/// every client table passes the class on, or from others of its kind by what refers to what. A way never needs a relation
/// in both directions: so a relation that no way avoids is a bridge in one of them.
fn of_context(subject: &Subject<'_>, chain: &[RelationId]) -> Vec<(RelationId, After)> {
    let (graph, classes) = (subject.graph, subject.classes);
    let tables = graph.tables().len();
    let Some(first) = chain.first().map(|first| first.child) else {
        return vec![];
    };
    let mut way = vec![];
    if let Some(member) = classes.tree.member(first) {
        way = steps(subject, &member.witness);
        way.push(Step {
            from: first.0,
            relation: None,
            to: first.0 + tables,
        });
    }
    let parent = |relation: RelationId| graph.edge(relation).map_or(relation.child.0, |edge| edge.parent.0);
    way.extend(chain.iter().map(|&relation| Step {
        from: relation.child.0 + tables,
        relation: Some(relation),
        to: parent(relation) + tables,
    }));
    let stated = subject
        .overrides
        .iter()
        .filter(|(_, over)| over.class == Class::Context);
    let mut starts: Vec<usize> = stated.map(|(table, _)| table.0 + tables).collect();
    starts.push(classes.root.0);
    let next = |place: usize| {
        if place < tables {
            let mut steps = down(subject, TableId(place), false);
            steps.push((None, place + tables));
            return steps;
        }
        let edges = up(subject, TableId(place - tables));
        edges.map(|edge| (Some(edge.id), edge.parent.0 + tables)).collect()
    };
    let found = Bridges::find(2 * tables, &starts, &way, &next);
    let after = After {
        class: Class::Neutral,
        complete: false,
    };
    found
        .steps
        .into_iter()
        .rev()
        .map(|relation| (relation, after))
        .collect()
}

fn steps(subject: &Subject<'_>, chain: &[RelationId]) -> Vec<Step> {
    let step = |&relation: &RelationId| {
        subject.graph.edge(relation).map(|edge| Step {
            from: edge.parent.0,
            relation: Some(relation),
            to: relation.child.0,
        })
    };
    chain.iter().filter_map(step).collect()
}

/// The relations by which rows of other tables get their owner from this one.
fn down(subject: &Subject<'_>, table: TableId, complete: bool) -> Vec<(Option<RelationId>, usize)> {
    let (root, cuts) = (subject.classes.root, &subject.classes.cuts);
    let cut = |edge: &Edge| {
        cuts.relations.contains(&edge.id) || cuts.tables.contains(&edge.child()) || cuts.tables.contains(&edge.parent)
    };
    let owns = |edge: &&Edge| edge.child() != root && !cut(edge) && !(complete && edge.optional);
    let edges = subject.graph.children(table).filter(owns);
    edges.map(|edge| (Some(edge.id), edge.child().0)).collect()
}

/// The relations by which a client or context table makes others context.
fn up<'s>(subject: &'s Subject<'_>, table: TableId) -> impl Iterator<Item = &'s Edge> {
    let edges = subject.graph.parents(table);
    edges.filter(|edge| !subject.classes.cuts.relations.contains(&edge.id) && !is_neutral(subject, edge.parent))
}

/// The configuration says that it is neutral, whatever refers to it.
fn is_neutral(subject: &Subject<'_>, table: TableId) -> bool {
    subject
        .overrides
        .get(&table)
        .is_some_and(|over| over.class == Class::Neutral)
}

/// The tables whose being client or context tables would make this one context.
fn leading_up(subject: &Subject<'_>) -> BTreeSet<TableId> {
    let mut found = BTreeSet::new();
    let mut open = vec![subject.table];
    while let Some(table) = open.pop() {
        for edge in subject.graph.children(table) {
            let child = edge.child();
            let kept = !subject.classes.cuts.relations.contains(&edge.id) && !is_neutral(subject, child);
            if kept && child != subject.table && found.insert(child) {
                open.push(child);
            }
        }
    }
    found
}

/// The two relations that alone bring the table in. Of more, which would have to be cut together is not looked for.
fn pair(subject: &Subject<'_>) -> Option<([RelationId; 2], After)> {
    let graph = subject.graph;
    let others = |relation: &&RelationId| graph.edge(**relation).is_some_and(|edge| !edge.is_self_loop());
    let own: Vec<_> = subject.class().reached_by.iter().filter(others).copied().collect();
    let pair: [RelationId; 2] = own.try_into().ok()?;
    let mut cuts: Cuts = subject.cuts.clone();
    cuts.relations.extend(pair);
    let after = classes_only(graph, subject.classes.root, &cuts, subject.overrides).ok()?;
    let after = &after.tables[subject.table.0];
    let after = After {
        class: after.class,
        complete: after.complete,
    };
    (after.class != subject.class().class).then_some((pair, after))
}

/// In words.
pub(super) fn part(subject: &Subject<'_>) -> Part {
    let mut part = Part::new("cuts", "What one cut would change");
    let (names, found) = (subject.names(), that_change(subject));
    if !found.any {
        return part;
    }
    for (relation, after) in &found.changes {
        part.line(
            0,
            format!("without {}: {}", names.relation(*relation), told(subject, *after)),
        );
    }
    if found.changes.is_empty() {
        part.line(0, "No single relation: each has another way beside it.");
    }
    if let Some(([one, other], after)) = found.pair {
        let (one, other) = (names.relation(one), names.relation(other));
        part.line(0, format!("without both {one} and {other}: {}", told(subject, after)));
    }
    part
}

fn told(subject: &Subject<'_>, after: After) -> String {
    let stated = subject.overrides.get(&subject.table).map(|over| over.class);
    match after.class {
        Class::Client => "still a client table, but rows without an owner would be possible".to_owned(),
        class if stated == Some(Class::Client) => {
            format!("a {class} table, but the configuration calls it a client table, which would be an error")
        }
        class => format!("a {class} table"),
    }
}

#[cfg(test)]
mod tests;
