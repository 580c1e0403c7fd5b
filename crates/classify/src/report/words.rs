//! Evidence in words, for text and JSON alike.

use exodus_schema::{Graph, RelationId};

use crate::class::{Class, Classification, Evidence, TableClass};
use crate::hazard::Severity;
use crate::trigger::Effect;

/// Why the table has its class.
pub fn reason(graph: &Graph<'_>, table: &TableClass) -> String {
    match &table.evidence {
        Evidence::Root => "the root table".to_owned(),
        Evidence::Chain(chain) => {
            let nullable = if table.complete {
                ""
            } else {
                "; rows without an owner are possible"
            };
            format!("owned by way of {}{nullable}", upwards(graph, chain))
        }
        Evidence::Referenced(chain) => match chain.as_slice() {
            [one] => format!("a client table refers to it: {}", graph.describe(*one)),
            chain => format!("a client table leads to it: {}", downwards(graph, chain)),
        },
        Evidence::Unrelated => {
            "no relation leads to it from the root, and no client or context table refers to it".to_owned()
        }
        Evidence::Override { reason, instead_of } => {
            let cut = if instead_of.is_empty() {
                String::new()
            } else {
                format!("; this cuts {}", upwards(graph, instead_of))
            };
            format!("set in the configuration: {reason}{cut}")
        }
    }
}

/// Relations of a chain that are shown; each parent's own reason shows the rest.
const SHOWN: usize = 6;

/// From the table to the root, as its rows refer to each other.
fn upwards(graph: &Graph<'_>, chain: &[RelationId]) -> String {
    listed(graph, chain.iter().rev())
}

fn downwards(graph: &Graph<'_>, chain: &[RelationId]) -> String {
    listed(graph, chain.iter())
}

/// The relations in order; of a long chain the middle is only counted.
fn listed<'r>(graph: &Graph<'_>, chain: impl ExactSizeIterator<Item = &'r RelationId>) -> String {
    let hidden = chain.len().saturating_sub(SHOWN);
    let mut shown = vec![];
    for (at, &relation) in chain.enumerate() {
        match at {
            at if hidden == 0 || at < SHOWN - 1 || at >= SHOWN - 1 + hidden => shown.push(graph.describe(relation)),
            at if at == SHOWN - 1 => shown.push(format!("({hidden} more)")),
            _ => {}
        }
    }
    shown.join(", ")
}

/// How many tables of each class and hazards of each severity there are, in one line.
pub fn summary(classification: &Classification) -> String {
    let count = |class| classification.of_class(class).len();
    let tables = format!(
        "{} client, {} context and {} neutral tables",
        count(Class::Client),
        count(Class::Context),
        count(Class::Neutral)
    );
    let counts = Severity::ALL.map(|severity| {
        let n = hazards(classification, severity);
        (n > 0).then(|| format!("{n} {severity}{}", if n == 1 { "" } else { "s" }))
    });
    let counts: Vec<_> = counts.into_iter().flatten().collect();
    let hazards = if counts.is_empty() {
        "no hazards".to_owned()
    } else {
        counts.join(", ")
    };
    format!("{tables}; {hazards}.")
}

pub(super) fn hazards(classification: &Classification, severity: Severity) -> usize {
    classification
        .hazards
        .iter()
        .filter(|hazard| hazard.severity == severity)
        .count()
}

/// What a harmless trigger does.
pub(super) fn harmless(effect: &Effect) -> &'static str {
    match (effect.sets_new, effect.raises) {
        (true, true) => "sets columns of the row, or refuses it",
        (true, false) => "sets columns of the row",
        (false, true) => "refuses some rows",
        (false, false) => "changes nothing",
    }
}
