//! The selector of a table in words: which of its rows a client owns.

use exodus_schema::model::Discriminator;
use exodus_schema::selector::{Condition, Set};
use exodus_schema::{Relation, RelationId, Selector, Selectors};

use super::{Part, Subject};

/// How deep conditions are told; below, the parent's own explanation goes on.
const DEPTH: usize = 12;

/// In words; nothing for tables without clients' rows.
pub(super) fn part(subject: &Subject<'_>) -> Part {
    let mut part = Part::new("rows", "Which rows a client owns");
    let Some(root_key) = subject.root_key else {
        return part;
    };
    let selectors = Selectors::new(subject.graph, &subject.classes.tree, root_key);
    let Some(selector) = selectors.of(subject.table) else {
        return part;
    };
    part.line(0, "A row is the client's if");
    Words { subject, root_key }.condition(&mut part, &selector.condition, 1);
    closures(subject, &selector, &mut part);
    part
}

/// Loops that membership can come through.
fn closures(subject: &Subject<'_>, selector: &Selector, part: &mut Part) {
    for set in &selector.sets {
        if let Set::Closure(members) = set {
            let names: Vec<_> = members
                .iter()
                .map(|member| subject.graph.table(member.table).name.to_string())
                .collect();
            part.line(
                0,
                format!(
                    "Rows of {} can belong to a client by way of each other: rows are added from parent to child \
                     until nothing is added.",
                    names.join(", ")
                ),
            );
        }
    }
}

struct Words<'s, 'a> {
    subject: &'s Subject<'a>,
    root_key: &'s [String],
}

impl Words<'_, '_> {
    fn references(&self, relation: RelationId) -> String {
        let relation = self.subject.graph.relation(relation);
        let (own, key) = (columns(relation.child_columns()), columns(relation.parent_columns()));
        format!("{}{own} is {key} of a row of {}", only(relation), relation.parent)
    }

    fn condition(&self, part: &mut Part, condition: &Condition, depth: usize) {
        if depth > DEPTH {
            part.line(depth, "…");
            return;
        }
        match condition {
            Condition::Client => part.line(
                depth,
                format!(
                    "{} is the client's key",
                    columns(self.root_key.iter().map(String::as_str))
                ),
            ),
            Condition::ClientKey(relation) => {
                let relation = self.subject.graph.relation(*relation);
                let own = columns(relation.child_columns());
                part.line(depth, format!("{}{own} is the client's key", only(relation)));
            }
            Condition::Parent { relation, condition } => {
                part.line(depth, format!("{} of which", self.references(*relation)));
                self.condition(part, condition, depth + 1);
            }
            Condition::InSet { relation, .. } => {
                part.line(depth, format!("{} that is the client's", self.references(*relation)));
            }
            Condition::Any(any) => {
                part.line(depth, "any of these holds:");
                for one in any {
                    self.condition(part, one, depth + 1);
                }
            }
        }
    }
}

/// `column`, or `(column, column)`
fn columns<'c>(names: impl Iterator<Item = &'c str>) -> String {
    match names.collect::<Vec<_>>().as_slice() {
        [one] => (*one).to_owned(),
        many => format!("({})", many.join(", ")),
    }
}

/// `type is Post and ` where the relation is about such rows only.
fn only(relation: &Relation) -> String {
    let one = |part: &Discriminator| format!("{} is {} and ", part.column, part.values.join(" or "));
    relation.when.iter().map(one).collect()
}
