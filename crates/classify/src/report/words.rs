//! Evidence in words, for text and JSON alike.

use std::collections::BTreeSet;

use exodus_schema::{Edge, Graph, RelationId, TableId};

use super::Report;
use super::names::Names;
use crate::class::{Class, Classification, Evidence, TableClass};
use crate::findings::Findings;
use crate::hazard::Severity;
use crate::trigger::Effect;

/// Why the table has its class.
pub fn reason(names: &Names<'_>, table: &TableClass) -> String {
    match &table.evidence {
        Evidence::Root => "the root table".to_owned(),
        Evidence::Chain(chain) => {
            let nullable = if table.complete {
                ""
            } else {
                "; rows without an owner are possible"
            };
            format!("owned by way of {}{nullable}", upwards(names, chain))
        }
        Evidence::Referenced(chain) => match chain.as_slice() {
            [one] => format!("a client table refers to it: {}", names.relation(*one)),
            chain => format!("a client table leads to it: {}", downwards(names, chain)),
        },
        Evidence::Unrelated => format!(
            "no relation leads to it from the root, and no client or context table refers to it; {}",
            neighbours(names.graph(), table.table)
        ),
        Evidence::Override { reason, instead_of } => {
            let cut = if instead_of.is_empty() {
                String::new()
            } else {
                format!("; this cuts {}", upwards(names, instead_of))
            };
            format!("set in the configuration: {reason}{cut}")
        }
    }
}

/// What else a table has to do with others, where it has nothing to do with clients.
pub(crate) fn neighbours(graph: &Graph<'_>, table: TableId) -> String {
    let of = |tables: BTreeSet<TableId>| -> Option<String> {
        let names: Vec<_> = tables
            .iter()
            .filter(|&&other| other != table)
            .map(|&other| graph.table(other).name.to_string())
            .collect();
        some_of(&names)
    };
    let parents = of(graph.parents(table).map(|edge| edge.parent).collect());
    let children = of(graph.children(table).map(Edge::child).collect());
    match (parents, children) {
        (None, None) => "it has no relations with other tables".to_owned(),
        (Some(parents), None) => format!("it refers to {parents}, and nothing refers to it"),
        (None, Some(children)) => format!("it refers to no other table, and {children} to it"),
        (Some(parents), Some(children)) => format!("it refers to {parents}, and {children} to it"),
    }
}

/// The names, the first three of many.
fn some_of(names: &[String]) -> Option<String> {
    match names {
        [] => None,
        [one] => Some(one.clone()),
        [all @ .., last] if names.len() <= 4 => Some(format!("{} and {last}", all.join(", "))),
        [first @ .., _] => Some(format!("{} and {} more", first[..3].join(", "), names.len() - 3)),
    }
}

/// Relations of a chain that are shown; each parent's own reason shows the rest.
const SHOWN: usize = 6;

/// From the table to the root, as its rows refer to each other.
fn upwards(names: &Names<'_>, chain: &[RelationId]) -> String {
    listed(names, chain.iter().rev())
}

fn downwards(names: &Names<'_>, chain: &[RelationId]) -> String {
    listed(names, chain.iter())
}

/// The relations in order; of a long chain the middle is only counted.
fn listed<'r>(names: &Names<'_>, chain: impl ExactSizeIterator<Item = &'r RelationId>) -> String {
    let hidden = chain.len().saturating_sub(SHOWN);
    let mut shown = vec![];
    for (at, &relation) in chain.enumerate() {
        match at {
            at if hidden == 0 || at < SHOWN - 1 || at >= SHOWN - 1 + hidden => shown.push(names.relation(relation)),
            at if at == SHOWN - 1 => shown.push(format!("({hidden} more)")),
            _ => {}
        }
    }
    shown.join(", ")
}

/// How many tables of each class and hazards of each severity there are, in one line.
pub fn summary(report: &Report<'_>) -> String {
    let found = &report.findings;
    let mut parts = vec![standing(found)];
    let accepted = found.accepted().count();
    if accepted > 0 {
        parts.push(format!("{accepted} accepted"));
    }
    if found.hidden > 0 {
        parts.push(format!("{} filtered out", found.hidden));
    }
    match found.stale.len() {
        0 => {}
        1 => parts.push("1 accept entry matches nothing".to_owned()),
        n => parts.push(format!("{n} accept entries match nothing")),
    }
    format!("{}; {}.", tables(report.classes), parts.join(", "))
}

/// How many tables of each class there are.
pub(crate) fn tables(classes: &Classification) -> String {
    let count = |class| classes.of_class(class).len();
    format!(
        "{} client, {} context and {} neutral tables",
        count(Class::Client),
        count(Class::Context),
        count(Class::Neutral)
    )
}

/// The heading over guesses that somebody refused.
pub(crate) const REFUSED: &str = "Guesses that the configuration refuses";

/// What the configuration refuses to take for a relation, with the reason, of the tables that are shown.
pub(crate) fn refused<'r>(report: &'r Report<'_>) -> Vec<(String, &'r str)> {
    let shown = |table: TableId| report.filter.shows_table(table);
    let refused = report.classes.cuts.refused.iter();
    let refused = refused.filter(|((table, _), _)| shown(*table));
    refused
        .map(|((table, columns), reason)| {
            let name = &report.graph.table(*table).name;
            (format!("{name}({})", columns.join(", ")), reason.as_str())
        })
        .collect()
}

/// `1 error, 2 notes`, or `no hazards`.
fn standing(found: &Findings<'_>) -> String {
    let counts = Severity::ALL.map(|severity| {
        let n = found.count(severity);
        (n > 0).then(|| plural(n, severity.as_str()))
    });
    let counts: Vec<_> = counts.into_iter().flatten().collect();
    if counts.is_empty() {
        "no hazards".to_owned()
    } else {
        counts.join(", ")
    }
}

/// `1 error`, `2 errors`.
pub(crate) fn plural(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// What a harmless trigger does.
pub(crate) fn harmless(effect: &Effect) -> &'static str {
    match (effect.sets_new, effect.raises) {
        (true, true) => "sets columns of the row, or refuses it",
        (true, false) => "sets columns of the row",
        (false, true) => "refuses some rows",
        (false, false) => "changes nothing",
    }
}
