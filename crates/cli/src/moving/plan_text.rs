//! A plan for people.

use std::fmt::Write;

use exodus_classify::Hazard;
use exodus_schema::Graph;
use exodus_transfer::plan::LoopMethod;
use exodus_transfer::{Integrity, Plan};

use super::problems_text;
use crate::text::{WIDTH, count, grouped, item, wrap};

/// The plan in text: tables in copy order with the reason for each, how integrity is kept, hazards, problems.
pub(crate) fn plan_text(plan: &Plan, graph: &Graph<'_>, hazards: &[Hazard]) -> String {
    let mut text = wrap(
        &format!("Move client {} from {} to {}", plan.client, plan.source, plan.target),
        2,
    );
    text.push('\n');
    for table in &plan.tables {
        let head = format!("{:>4}  {}", table.order, table.table);
        let estimate = table
            .estimated_rows
            .map_or(String::new(), |all| format!(" of about {}", grouped(all)));
        let tail = format!("{}{estimate}, {}", count(table.rows, "row"), table.method);
        let gap = WIDTH.saturating_sub(head.chars().count() + tail.chars().count());
        if gap >= 2 {
            let _ = writeln!(text, "{head}{}{tail}", " ".repeat(gap));
        } else {
            let _ = writeln!(text, "{head}\n{tail:>WIDTH$}");
        }
        if table.reached_by.is_empty() {
            text.push_str("      by the client's key\n");
        }
        for relation in &table.reached_by {
            text.push_str(&item("      ", &format!("by {relation}"), 9));
        }
        for method in &table.loops {
            let line = match method {
                LoopMethod::NullThenSet(columns) => format!("{} written as NULL, set at the end", columns.join(", ")),
                LoopMethod::Sorted { columns, .. } => format!("rows sorted by {}", columns.join(", ")),
            };
            text.push_str(&item("      ", &line, 9));
        }
    }
    text.push('\n');
    let integrity = match plan.integrity {
        Integrity::Proven => "proven",
        Integrity::Enforced => "enforced",
    };
    text.push_str(&wrap(
        &format!("Foreign keys: {integrity} ({})", plan.integrity_reason),
        2,
    ));
    let _ = writeln!(
        text,
        "Together {} in {} tables",
        count(plan.rows(), "row"),
        plan.tables.len()
    );
    if !hazards.is_empty() {
        text.push_str("\nHazards on these tables (`exodus classify` explains them)\n");
        for hazard in hazards {
            text.push_str(&item("  ", &hazard_line(graph, hazard), 4));
        }
    }
    if !plan.warnings.is_empty() {
        let _ = writeln!(text, "\nWorth knowing:\n{}", problems_text(&plan.warnings).trim_end());
    }
    if plan.problems.is_empty() {
        text.push_str("\nNothing stands against it.\n");
    } else {
        let _ = writeln!(
            text,
            "\nThis keeps the move from beginning:\n{}",
            problems_text(&plan.problems).trim_end()
        );
    }
    text
}

fn hazard_line(graph: &Graph<'_>, hazard: &Hazard) -> String {
    format!(
        "{} {}: {}",
        hazard.severity.as_str(),
        hazard.rule,
        graph.table(hazard.table).name
    )
}
