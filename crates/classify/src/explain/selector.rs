//! The selector of a table in words: which of its rows a client owns.

use exodus_schema::selector::{Condition, Set};
use exodus_schema::{Selector, Selectors};

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
    Words {
        subject,
        selector: &selector,
        root_key,
    }
    .condition(&mut part, &selector.condition, 1);
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
    selector: &'s Selector,
    root_key: &'s [String],
}

impl Words<'_, '_> {
    fn condition(&self, part: &mut Part, condition: &Condition, depth: usize) {
        if depth > DEPTH {
            part.line(depth, "…");
            return;
        }
        match condition {
            Condition::Client => part.line(depth, format!("{} is the client's key", columns(self.root_key))),
            Condition::ClientKey(pairs) => {
                let own: Vec<_> = pairs.iter().map(|(column, _)| column.clone()).collect();
                part.line(depth, format!("{} is the client's key", columns(&own)));
            }
            Condition::Parent {
                columns: own,
                parent,
                parent_columns,
                condition,
            } => {
                let parent = &self.subject.graph.table(*parent).name;
                let (own, key) = (columns(own), columns(parent_columns));
                part.line(depth, format!("{own} is {key} of a row of {parent} of which"));
                self.condition(part, condition, depth + 1);
            }
            Condition::InSet {
                columns: own,
                set,
                member,
                parent_columns,
            } => {
                let table = match self.selector.sets.get(*set) {
                    Some(Set::Rows(rows)) => Some(rows.table),
                    Some(Set::Closure(members)) => members.get(*member).map(|member| member.table),
                    None => None,
                };
                let parent = table.map_or(String::new(), |table| self.subject.graph.table(table).name.to_string());
                let (own, key) = (columns(own), columns(parent_columns));
                part.line(
                    depth,
                    format!("{own} is {key} of a row of {parent} that is the client's"),
                );
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
fn columns(names: &[String]) -> String {
    match names {
        [one] => one.clone(),
        many => format!("({})", many.join(", ")),
    }
}
