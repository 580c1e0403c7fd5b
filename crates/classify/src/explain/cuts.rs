//! Which one relation, if it were cut, would change what a table is.

use exodus_schema::{Reach, RelationId};

use super::{Part, Subject};
use crate::class::{Class, Evidence, classes_only};

/// So many relations are tried; chains are rarely longer than ten.
const TRIED: usize = 40;

/// What the table would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct After {
    pub(super) class: Class,
    pub(super) complete: bool,
}

/// The relations that matter.
#[derive(Debug, Default)]
pub(super) struct Cutting {
    pub(super) changes: Vec<(RelationId, After)>,
    /// Relations that were not tried.
    untried: usize,
    /// There was something to try.
    any: bool,
}

/// Cuts each relation of the evidence by itself. Others can't change the class: the evidence stands without them.
pub(super) fn that_change(subject: &Subject<'_>) -> Cutting {
    let evidence = evidence(subject);
    let class = subject.class();
    let mut found = Cutting {
        any: !evidence.is_empty(),
        untried: evidence.len().saturating_sub(TRIED),
        ..Cutting::default()
    };
    for relation in evidence.into_iter().take(TRIED) {
        let mut cuts = subject.cuts.clone();
        cuts.relations.insert(relation);
        // An override to client that nothing leads to any more is an error then; it would be neutral or context.
        let Ok(after) = classes_only(subject.graph, subject.classes.root, &cuts, subject.overrides) else {
            continue;
        };
        let after = &after.tables[subject.table.0];
        if (after.class, after.complete) != (class.class, class.complete) {
            let after = After {
                class: after.class,
                complete: after.complete,
            };
            found.changes.push((relation, after));
        }
    }
    found
}

/// The relations that the class stands on, nearest to the table first.
fn evidence(subject: &Subject<'_>) -> Vec<RelationId> {
    let tree = &subject.classes.tree;
    let mut relations = vec![];
    let mut add = |chain: &[RelationId]| {
        for &relation in chain.iter().rev() {
            if !relations.contains(&relation) {
                relations.push(relation);
            }
        }
    };
    match &subject.class().evidence {
        Evidence::Chain(chain) => {
            add(chain);
            if let Some(Reach::Complete(path)) = tree.member(subject.table).map(|member| &member.reach) {
                add(path);
            }
        }
        Evidence::Referenced(chain) => {
            add(chain);
            if let Some(member) = chain.first().and_then(|first| tree.member(first.child)) {
                add(&member.witness);
            }
        }
        Evidence::Root | Evidence::Unrelated | Evidence::Override { .. } => {}
    }
    relations
}

/// In words.
pub(super) fn part(subject: &Subject<'_>) -> Part {
    let mut part = Part::new("cuts", "What one cut would change");
    let (names, found) = (subject.names(), that_change(subject));
    if !found.any {
        return part;
    }
    for (relation, after) in &found.changes {
        let what = match (after.class == subject.class().class, after.class) {
            (true, _) => "still a client table, but rows without an owner would be possible".to_owned(),
            (false, class) => format!("a {class} table"),
        };
        part.line(0, format!("without {}: {what}", names.relation(*relation)));
    }
    if found.changes.is_empty() && found.untried == 0 {
        part.line(0, "No single relation: each has another way beside it.");
    }
    if found.untried > 0 {
        part.line(
            0,
            format!("{} more relations of the chain were not tried.", found.untried),
        );
    }
    part
}
