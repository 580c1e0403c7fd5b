//! What else a table has to do with others, beside the relations that are the reason of its class.

use exodus_schema::{Edge, RelationId};

use super::{Part, Subject};
use crate::class::{Class, Evidence};

/// By the class of the other table, client tables first; and what the configuration refuses to take for a relation.
pub(super) fn part(subject: &Subject<'_>) -> Part {
    let mut part = Part::new("relations", "Its other relations");
    let (graph, told) = (subject.graph, told(subject));
    let known = |edge: &&Edge| !told.contains(&edge.id);
    for class in [Class::Client, Class::Context, Class::Neutral] {
        let of = |edge: &&Edge| subject.classes.class_of(edge.parent) == class;
        let parents: Vec<_> = graph.parents(subject.table).filter(known).filter(of).collect();
        list(&mut part, subject, &parents, |many| {
            if many {
                format!("It refers to {class} tables:")
            } else {
                format!("It refers to a {class} table:")
            }
        });
    }
    for class in [Class::Client, Class::Context, Class::Neutral] {
        let of = |edge: &&Edge| !edge.is_self_loop() && subject.classes.class_of(edge.child()) == class;
        let children: Vec<_> = graph.children(subject.table).filter(known).filter(of).collect();
        list(&mut part, subject, &children, |many| {
            if many {
                format!("{} tables refer to it:", super::capital(class.as_str()))
            } else {
                format!("A {class} table refers to it:")
            }
        });
    }
    refused(subject).for_each(|line| part.line(0, line));
    part
}

/// The reasons stand above, with what matters of them.
fn told(subject: &Subject<'_>) -> Vec<RelationId> {
    let last = match &subject.class().evidence {
        Evidence::Chain(chain) | Evidence::Referenced(chain) => chain.last(),
        _ => None,
    };
    last.into_iter().chain(&subject.class().reached_by).copied().collect()
}

fn list(part: &mut Part, subject: &Subject<'_>, edges: &[&Edge], heading: impl Fn(bool) -> String) {
    if !edges.is_empty() {
        part.line(0, heading(edges.len() > 1));
    }
    let names = subject.names();
    for edge in edges {
        let ignored = subject.cuts.relations.contains(&edge.id);
        let ignored = if ignored { ", ignored by the configuration" } else { "" };
        part.line(1, format!("{}{ignored}", names.relation(edge.id)));
    }
}

fn refused(subject: &Subject<'_>) -> impl Iterator<Item = String> {
    let all = subject.classes.cuts.refused.iter();
    let own = all.filter(|((table, _), _)| *table == subject.table);
    own.map(|((_, columns), reason)| {
        let columns = columns.join(", ");
        format!("The configuration says that {columns} is no reference, though it looks like one: {reason}")
    })
}
