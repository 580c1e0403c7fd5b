//! A plan for people.

use std::fmt::Write;

use exodus_classify::Severity;
use exodus_transfer::plan::LoopMethod;
use exodus_transfer::{ClientHazard, Integrity, Plan};

use super::problems_text;
use super::references_text::references_text;
use crate::text::{WIDTH, count, grouped, item, wrap};

/// The plan in text: tables in copy order with the reason for each, how integrity is kept, hazards, problems.
pub(crate) fn plan_text(plan: &Plan) -> String {
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
        for one in &table.loops {
            let line = format!("{}: {} ({})", one.relation, way(&one.method), one.reason);
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
    if plan.fence.is_some() {
        let fence = format!(
            "Fence: locks on all of the client's rows on {}. Whoever writes to them waits until the move has ended, and then \
             finds no row, or none to reference. They are removed there before the switch: there is no rollback.",
            plan.source
        );
        text.push_str(&wrap(&fence, 2));
    }
    let _ = writeln!(
        text,
        "Together {} in {} tables",
        count(plan.rows(), "row"),
        plan.tables.len()
    );
    text.push_str(&references_text(&plan.references, &plan.source, &plan.target));
    text.push_str(&hazards_text(plan));
    if !plan.warnings.is_empty() {
        let _ = writeln!(text, "\nWorth knowing:\n{}", problems_text(&plan.warnings).trim_end());
    }
    if !plan.notes.is_empty() {
        let _ = writeln!(text, "\nFor later moves:\n{}", problems_text(&plan.notes).trim_end());
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

/// How a foreign key of a loop holds.
fn way(method: &LoopMethod) -> String {
    match method {
        LoopMethod::Proven => "proved before the commit".to_owned(),
        LoopMethod::Deferred => "checked at the commit".to_owned(),
        LoopMethod::WithinStatement => "all rows in one statement".to_owned(),
        LoopMethod::NullThenSet(columns) => format!("{} written as NULL, set at the end", columns.join(", ")),
        LoopMethod::Sorted { levels } => format!("rows in their order, {}", count(*levels, "level")),
    }
}

/// What the rules say, as `exodus audit --client` says it; what refuses the move is told with the other problems.
fn hazards_text(plan: &Plan) -> String {
    let (mut text, mut notes) = (String::new(), 0);
    for hazard in plan.hazards.iter().filter(|hazard| !hazard.refuses) {
        if hazard.severity == Severity::Note {
            notes += 1;
            continue;
        }
        text.push_str(&item("  ", &headline(hazard), 4));
        text.push_str(&item("    ", &hazard.message, 4));
        text.push_str(&item("    ", &format!("→ {}", hazard.fix), 6));
        if let Some(reason) = &hazard.accepted {
            text.push_str(&item("    ", &format!("accepted: {reason}"), 6));
        } else if let Some(reason) = hazard.settled.filter(|_| hazard.severity == Severity::Error) {
            text.push_str(&item("    ", &format!("not in the way of a move: {reason}"), 6));
        }
    }
    if notes > 0 {
        let notes = count(notes, "note");
        let command = format!("{notes}: `exodus audit --client {}`", plan.client);
        text.push_str(&item("  ", &command, 4));
    }
    if text.is_empty() {
        return text;
    }
    format!("\nHazards of this client\n{text}")
}

fn headline(hazard: &ClientHazard) -> String {
    format!("{} {}: {}", hazard.severity, hazard.rule, hazard.object)
}

/// What whoever begins a move is told before it: what nobody has accepted, and the move itself neither copes with nor looks at.
pub(crate) fn warnings(plan: &Plan) -> Vec<String> {
    let open = |hazard: &&ClientHazard| {
        hazard.severity != Severity::Note && hazard.accepted.is_none() && hazard.settled.is_none()
    };
    let told = plan.hazards.iter().filter(open);
    let hazards = told.map(|hazard| format!("warning: {}: {}: {}", hazard.rule, hazard.object, hazard.message));
    let others = plan.warnings.iter();
    let others = others.map(|warning| format!("warning: {}: {}", warning.table, warning.message));
    others.chain(hazards).collect()
}
