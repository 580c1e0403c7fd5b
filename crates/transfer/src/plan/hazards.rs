//! What the rules say about the client that is to move.

use std::collections::BTreeMap;

use exodus_audit::client::Tie;
use exodus_audit::{Known, Subject, hazards};
use exodus_classify::{Accept, Classification, Filter, Findings, Hazard, Scope, Severity};
use exodus_engine::Session;
use serde::Serialize;

use super::{Check, Plan, Problem};
use crate::error::Result;
use crate::references;
use crate::shape::Rows;

/// The rules' findings about the client tables.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The classes, and what was found on the schema.
    pub classes: &'a Classification,
    /// What somebody has accepted.
    pub accepts: &'a [Accept],
    /// Ask what can be a warning at worst, and what the copy itself would meet, too: for people who look before a move.
    pub thorough: bool,
}

/// A finding about the client that is to move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClientHazard {
    /// How bad it is.
    pub severity: Severity,
    /// The rule.
    pub rule: &'static str,
    /// What it is about.
    pub object: String,
    /// What was found.
    pub message: String,
    /// What to do.
    pub fix: String,
    /// Why somebody has accepted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
    /// Why a move need not mind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<&'static str>,
    /// It keeps the move from beginning.
    pub refuses: bool,
}

/// Judges the findings in the light of the client's rows and of what ties it to others. Errors refuse the move, unless they
/// were accepted or the move copes with them; ties refuse it whatever anybody accepts.
pub(super) async fn judge(source: &mut Session, rows: &Rows<'_>, of: Rules<'_>, plan: &mut Plan) -> Result<()> {
    let subject = Subject {
        graph: rows.shape.graph,
        classes: of.classes,
        root_key: rows.shape.root_key,
    };
    let counted: BTreeMap<_, _> = plan.tables.iter().map(|table| (table.id, table.rows)).collect();
    let known = Known {
        ties: &plan.ties,
        rows: &counted,
        // Whether there is an order of the rows has been looked at.
        row_by_row: false,
        thorough: of.thorough,
    };
    let judged = hazards(source, &subject, &rows.one, &known).await?;
    let found: Vec<Hazard> = judged.iter().map(|one| one.hazard.clone()).collect();
    let findings = Findings::new(subject.graph, &found, of.accepts, &Filter::default(), Scope::Part);
    let mut told: Vec<Tie> = vec![];
    for (finding, judged) in findings.all.iter().zip(&judged) {
        let hazard = finding.hazard;
        let refuses = hazard.severity == Severity::Error && judged.settled.is_none() && finding.accepted.is_none();
        if refuses {
            told.extend(&judged.ties);
            plan.problems.push(problem(rows, hazard));
        }
        plan.hazards.push(ClientHazard {
            severity: hazard.severity,
            rule: hazard.rule,
            object: finding.object.clone(),
            message: hazard.message.clone(),
            fix: hazard.fix.clone(),
            accepted: finding.accepted.map(|entry| entry.reason.clone()),
            settled: judged.settled,
            refuses,
        });
    }
    let untold = plan.ties.ties.iter().filter(|tie| !told.contains(tie));
    let untold: Vec<_> = untold.map(|tie| references::problem(rows, tie)).collect();
    plan.problems.extend(untold);
    Ok(())
}

fn problem(rows: &Rows<'_>, hazard: &Hazard) -> Problem {
    let graph = rows.shape.graph;
    let name = &graph.table(hazard.table).name;
    let mut problem = Problem::new(Check::Hazard, name, hazard.message.clone(), &hazard.fix);
    problem.rule = Some(hazard.rule);
    problem.relation = hazard.relation.map(|relation| graph.describe(relation));
    problem
}
