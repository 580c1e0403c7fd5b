//! Tables with their classes, as text.

use exodus_schema::Graph;

use super::layout::indented;
use super::names::Names;
use super::style::{Styles, heading, numbered};
use super::{Report, words};
use crate::class::{Class, Evidence, TableClass};

/// Every class with its tables.
pub(super) fn all(out: &mut String, report: &Report<'_>, styles: &Styles) {
    let names = report.names();
    for class in [Class::Client, Class::Context, Class::Neutral] {
        let mut of = report.classes.of_class(class);
        let all = of.len();
        of.retain(|table| report.filter.shows_table(table.table));
        if of.is_empty() && all > 0 {
            // None of them is asked for.
            continue;
        }
        let what = match class {
            Class::Client => "Client tables, in copy order",
            Class::Context => "Context tables",
            Class::Neutral => "Neutral tables",
        };
        let count = if of.len() == all {
            all.to_string()
        } else {
            format!("{} of {all}", of.len())
        };
        heading(out, &format!("{what} ({count})"), styles);
        tables(out, &names, &of, styles);
    }
}

fn tables(out: &mut String, names: &Names<'_>, tables: &[&TableClass], styles: &Styles) {
    let graph = names.graph();
    let unrelated = |table: &&&TableClass| table.evidence == Evidence::Unrelated;
    for table in tables.iter().filter(|table| !unrelated(table)) {
        let name = graph.table(table.table).name.to_string();
        if let Some(order) = table.order {
            numbered(out, order, &name, styles);
        } else {
            out.push_str(&indented(&name, 2));
        }
        out.push_str(&indented(&words::reason(names, table), 6));
        also_reached(out, names, table);
    }
    // They all have the same reason: it stands once.
    let unrelated: Vec<_> = tables.iter().filter(unrelated).collect();
    if !unrelated.is_empty() {
        out.push_str(&indented(
            "No relation leads to these from the root, and no client or context table refers to them:",
            2,
        ));
    }
    for table in unrelated {
        out.push_str(&indented(&graph.table(table.table).name.to_string(), 6));
        if has_neighbours(graph, table) {
            out.push_str(&indented(&words::neighbours(graph, table.table), 10));
        }
    }
}

fn has_neighbours(graph: &Graph<'_>, table: &TableClass) -> bool {
    let mut edges = graph.parents(table.table).chain(graph.children(table.table));
    edges.any(|edge| !edge.is_self_loop())
}

/// The relations that reach it and are not part of the reason.
fn also_reached(out: &mut String, names: &Names<'_>, table: &TableClass) {
    let shown = match &table.evidence {
        Evidence::Chain(chain) | Evidence::Referenced(chain) => chain.last(),
        _ => None,
    };
    let others: Vec<_> = table
        .reached_by
        .iter()
        .filter(|relation| Some(*relation) != shown)
        .map(|relation| names.relation(*relation))
        .collect();
    if !others.is_empty() {
        out.push_str(&indented(&format!("also by {}", others.join(", ")), 6));
    }
}
