//! What stands against the move on the target, and what the target is given before the rows come.

use std::collections::BTreeSet;

use exodus_engine::Session;
use exodus_schema::TableId;
use serde_json::json;

use super::{Check, Integrity, Plan, Problem, Request};
use crate::error::Result;
use crate::shape::Rows;
use crate::{collisions, compatible, context, privileges};

impl Plan {
    /// What the journal is told of it, before the first row is written.
    pub(crate) fn told(&self) -> serde_json::Value {
        let mut told = json!({ "rows": self.rows(), "integrity": self.integrity });
        if !self.references.is_empty() {
            told["references"] = json!(self.references);
        }
        told
    }
}

impl Problem {
    /// The target has rows of this client already.
    pub fn is_about_own_rows(&self) -> bool {
        self.check == Check::TargetNotEmpty
    }

    /// Tells what these rows are, and what to do about them.
    pub fn own_rows_are(&mut self, what: &str, help: &str) {
        self.message = format!("{}, {what}", self.message);
        help.clone_into(&mut self.help);
    }
}

/// What the client's rows need outside of them, and what of it the target is given.
pub(super) async fn context_rows(
    (source, target): (&mut Session, &mut Session),
    (rows, there): (&Rows<'_>, &Rows<'_>),
    request: &Request<'_>,
    absent: &BTreeSet<TableId>,
    plan: &mut Plan,
) -> Result<()> {
    let giving = request.policies.with_context;
    let (problems, mut missing) = context::problems(source, target, (rows, there), &plan.ties, absent, giving).await?;
    plan.problems.extend(problems);
    if missing.is_empty() {
        return Ok(());
    }
    let needed = privileges::giving(request.there, missing.tables().filter(|id| !absent.contains(id)));
    plan.problems.extend(privileges::lacking(target, &needed).await?);
    let compared = compatible::tables(request, target.name(), target.dialect(), missing.tables());
    plan.problems.extend(compared.problems);
    plan.warnings.extend(compared.warnings);
    let silenced = plan.integrity == Integrity::Proven && target.capabilities().silences_triggers;
    let triggers = missing.triggers(request.there.graph, request.target_schema, silenced);
    plan.problems.extend(triggers);
    let circles = missing.settle(source, rows, target, plan.integrity).await?;
    plan.problems.extend(circles);
    plan.references.context = missing.rows_of(rows.shape.graph);
    plan.context = missing;
    Ok(())
}

/// Rows of the client, and rows in the way of the client's.
pub(super) async fn on_the_target(
    source: &mut Session,
    target: &mut Session,
    (rows, there): (&Rows<'_>, &Rows<'_>),
    request: &Request<'_>,
    plan: &mut Plan,
) -> Result<()> {
    for (id, number) in there.count_all(target).await? {
        if number > 0 {
            let mut problem = Problem::new(
                Check::TargetNotEmpty,
                &rows.shape.graph.table(id).name,
                format!("{} already has rows of this client: {number}", target.name()),
                "if they were moved away from there, `exodus purge` removes them; if a move was interrupted, `exodus abort` does; `exodus moves` tells",
            );
            problem.rows = Some(number);
            plan.problems.push(problem);
        }
    }
    // Rows of this client on the target would be met again as collisions with itself. Whoever copies at once finds each
    // collision by that, and undoes it: asking for all keys beforehand costs nearly as much as the copy.
    if request.rules.thorough && !plan.problems.iter().any(Problem::is_about_own_rows) {
        plan.problems
            .extend(collisions::problems(source, target, rows, request.there).await?);
    }
    Ok(())
}
