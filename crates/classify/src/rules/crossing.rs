//! Tables where rows of several clients can meet, for the rules that tell kinds of them apart.

mod groups;

use std::collections::BTreeMap;

use exodus_schema::{RelationId, TableId};

use super::{Context, counted};
use crate::hazard::{Hazard, Severity};
use crate::owner::Owners;
use crate::question::{Answer, Answers, Question};

/// A table with ways to its owner that the schema can't prove equal.
pub(super) struct Crossing {
    pub(super) table: TableId,
    /// Ways that always lead to the same owner, in groups. Of the root table the first group leads to the row itself.
    pub(super) groups: Vec<Vec<RelationId>>,
}

impl Crossing {
    /// All ways, sorted.
    pub(super) fn ways(&self) -> Vec<RelationId> {
        let mut ways: Vec<_> = self.groups.iter().flatten().copied().collect();
        ways.sort_unstable();
        ways
    }

    /// One way of each group, in words.
    pub(super) fn described(&self, context: &Context<'_>) -> String {
        const SHOWN: usize = 5;
        let firsts: Vec<_> = self.groups.iter().filter_map(|group| group.first()).collect();
        let mut text: Vec<_> = firsts
            .iter()
            .take(SHOWN)
            .map(|&&relation| context.describe(relation))
            .collect();
        if firsts.len() > SHOWN {
            text.push(format!("{} more", firsts.len() - SHOWN));
        }
        text.join(", ")
    }
}

/// All of them, in copy order.
pub(super) fn crossings(context: &Context<'_>) -> Vec<Crossing> {
    let owners = Owners::prove(context.graph, &context.classes.tree, &context.classes.cuts);
    let tables = context.client_tables().map(|table| Crossing {
        table,
        groups: owners.ways(table),
    });
    tables.filter(|crossing| crossing.groups.len() > 1).collect()
}

pub(super) use groups::groups;

/// Asks of the findings' tables how many rows cross by all ways of the table.
pub(super) fn ask(context: &Context<'_>, hazards: &[Hazard]) -> Vec<Question> {
    let questions = questions(context);
    let asked = hazards.iter().filter_map(|hazard| questions.get(&hazard.table));
    asked.cloned().collect()
}

/// Findings with the rows that cross.
pub(super) fn judge(context: &Context<'_>, hazards: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    let questions = questions(context);
    super::weigh(
        hazards,
        answers,
        |hazard| questions.get(&hazard.table).cloned(),
        conclude,
    )
}

fn questions(context: &Context<'_>) -> BTreeMap<TableId, Question> {
    let crossings = crossings(context).into_iter();
    crossings
        .map(|crossing| (crossing.table, Question::Crossed(crossing.table, crossing.ways())))
        .collect()
}

/// What follows from the number of crossed rows.
pub(super) fn conclude(hazard: Hazard, answer: &Answer) -> Hazard {
    match *answer {
        Answer::Crossed { rows: 0, .. } => hazard.refuted("No row has two owners.", vec![("crossed rows", 0)]),
        Answer::Crossed { rows, pairs } => hazard.proven(
            Severity::Error,
            &format!(
                "{} two owners or more: {} are connected.",
                counted(rows, "row has", "rows have"),
                counted(pairs, "pair of clients", "pairs of clients"),
            ),
            vec![("crossed rows", rows), ("pairs of clients", pairs)],
        ),
        _ => hazard,
    }
}
