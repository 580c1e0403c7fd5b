//! Rows that a purge has kept because rows of others reference them. The move's summary in the dispatch store knows them.

use async_trait::async_trait;
use exodus_fleet::{Move, MoveFilter, MoveJournal, Store};
use exodus_transfer::purge::{Purged, Remember};
use exodus_transfer::verify::Record;
use exodus_transfer::{ClientKey, Journal, JournalError, Plan, Problem, Status};
use serde_json::{Value, json};

use crate::exit::Failure;

const KEY: &str = "tombstones";

/// Writes down what a purge keeps.
pub(crate) struct Tombstones {
    journal: MoveJournal,
    summary: Value,
}

impl Tombstones {
    /// Of this move.
    pub(crate) fn of(it: &Move, journal: &MoveJournal) -> Self {
        Self {
            journal: journal.clone(),
            summary: it.summary.clone().filter(Value::is_object).unwrap_or_else(|| json!({})),
        }
    }

    /// After a purge that has kept nothing.
    pub(crate) async fn forget(&mut self) -> Result<(), Failure> {
        let known = self.summary.as_object_mut().and_then(|summary| summary.remove(KEY));
        if known.is_some() {
            self.journal.summarize(&self.summary).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Remember for Tombstones {
    async fn confirm(&mut self) -> Result<(), JournalError> {
        self.journal.confirm().await
    }

    async fn remember(&mut self, purged: &Purged) -> Result<(), JournalError> {
        self.summary[KEY] = json!({ "kept": purged.kept, "tables": purged.left });
        Ok(self.journal.summarize(&self.summary).await?)
    }
}

/// The digests of what an earlier purge of the move has kept.
pub(crate) fn left(it: &Move) -> Option<Record> {
    let tables = it.summary.as_ref()?.get(KEY)?.get("tables")?;
    serde_json::from_value(tables.clone()).ok()
}

/// Tells of the client's rows on the target that they are what an earlier purge has kept, if they are.
pub(crate) async fn explain(store: &Store, client: &ClientKey, plan: &mut Plan) -> Result<(), Failure> {
    explain_problems(store, client, &plan.target, &mut plan.problems).await
}

/// The same of problems that a plan has told before.
pub(crate) async fn explain_problems(
    store: &Store,
    client: &ClientKey,
    target: &str,
    problems: &mut [Problem],
) -> Result<(), Failure> {
    if !problems.iter().any(Problem::is_about_own_rows) {
        return Ok(());
    }
    let filter = MoveFilter {
        client: Some(client.clone()),
        status: vec![Status::Done],
    };
    let moves = store.moves(&filter).await?;
    let kept = moves.iter().rev().find(|it| it.source == target && left(it).is_some());
    let Some(Move { id, .. }) = kept else { return Ok(()) };
    for problem in problems.iter_mut().filter(|problem| problem.is_about_own_rows()) {
        problem.own_rows_are(
            &format!("kept there by the purge of move {id}, because rows of others reference them"),
            &format!("once these reference them no more, `exodus purge {id}` removes them"),
        );
    }
    Ok(())
}
