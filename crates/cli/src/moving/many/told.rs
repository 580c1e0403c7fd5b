//! What is told of each client as it ends, and of all of them at the end.

use std::fmt::Write as _;
use std::io::IsTerminal;

use exodus_transfer::{ClientKey, Plan, Summary};
use serde_json::{Value, json};

use super::one::Ended;
use super::{Many, lock};
use crate::exit::{Code, Failure};
use crate::output;
use crate::text::{count, grouped, item, wrap};

/// How many of what there were.
#[derive(Debug, Default)]
pub(super) struct Totals {
    moved: u64,
    planned: u64,
    skipped: u64,
    refused: u64,
    failed: u64,
    mismatched: u64,
    interrupted: u64,
    /// Not begun.
    pub(super) left: u64,
    rows: u64,
    bytes: u64,
}

impl Totals {
    fn add(&mut self, ended: &Ended) {
        match ended {
            Ended::Moved(summary) => {
                self.moved += 1;
                self.rows += summary.rows;
                self.bytes += summary.bytes;
            }
            Ended::Planned(plan) => {
                self.rows += plan.rows();
                if plan.problems.is_empty() {
                    self.planned += 1;
                } else {
                    self.refused += 1;
                }
            }
            Ended::Skipped(_) => self.skipped += 1,
            Ended::Refused(_) => self.refused += 1,
            Ended::Failed(failure) => match failure.code() {
                Code::Interrupted => self.interrupted += 1,
                code => {
                    self.failed += 1;
                    self.mismatched += u64::from(code == Code::Mismatch);
                }
            },
        }
    }

    fn code(&self) -> Code {
        match self {
            _ if self.interrupted > 0 => Code::Interrupted,
            _ if self.mismatched > 0 => Code::Mismatch,
            _ if self.failed + self.refused > 0 => Code::Runtime,
            _ => Code::Ok,
        }
    }
}

impl Many<'_> {
    /// Tells what became of a client, and counts it.
    pub(super) fn tell(&self, client: &ClientKey, ended: &Ended) {
        lock(&self.totals).add(ended);
        let well = matches!(ended, Ended::Moved(_) | Ended::Planned(_) | Ended::Skipped(_));
        let text = if self.context.json() {
            format!("{}\n", value(client, ended))
        } else if self.board.is_drawn() && well && std::io::stdout().is_terminal() {
            // The total shows it.
            return;
        } else {
            text(client, ended)
        };
        // Of many lines none is worth ending the command for; the total tells, or fails.
        drop(self.board.aside(|| output::print(&text)));
    }

    /// Tells the total.
    pub(super) fn finish(self) -> Result<Code, Failure> {
        let interrupted = self.cancel.is_cancelled();
        let (seconds, paused) = (self.board.working_seconds(), self.board.paused().as_secs_f64());
        let context = self.context;
        let totals = lock(&self.totals);
        let code = if interrupted { Code::Interrupted } else { totals.code() };
        if context.json() {
            let total = total_value(&totals, seconds, paused, self.dry_run);
            context.print(&format!("{}\n", json!({ "version": 1, "total": total })))?;
        } else {
            context.print(&total_text(&totals, (seconds, paused), &self.to, self.dry_run))?;
        }
        Ok(code)
    }
}

fn value(client: &ClientKey, ended: &Ended) -> Value {
    let mut value = json!({ "version": 1, "client": client.to_string(), "outcome": ended.word() });
    match ended {
        Ended::Moved(summary) => value["move"] = json!(summary),
        Ended::Planned(plan) => value["plan"] = json!(plan),
        Ended::Skipped(why) => value["reason"] = json!(why),
        Ended::Refused(failure) | Ended::Failed(failure) => value["error"] = failure.value(),
    }
    value
}

fn text(client: &ClientKey, ended: &Ended) -> String {
    match ended {
        Ended::Moved(summary) => moved_text(client, summary),
        Ended::Planned(plan) => planned_text(client, plan),
        Ended::Skipped(why) => wrap(&format!("{client}  skipped: {why}"), 4),
        Ended::Refused(failure) | Ended::Failed(failure) => {
            let mut lines = failure.message().lines();
            let first = lines.next().unwrap_or_default();
            let mut text = wrap(&format!("{client}  {}: {first}", ended.word()), 4);
            for line in lines {
                let _ = writeln!(text, "  {line}");
            }
            if let Some(help) = failure.next_step() {
                text += &item("    ", &format!("→ {help}"), 6);
            }
            text
        }
    }
}

fn moved_text(client: &ClientKey, summary: &Summary) -> String {
    let (rows, seconds) = (count(summary.rows, "row"), summary.frozen_seconds);
    wrap(
        &format!("{client}  moved: {rows}, {seconds:.2} s (move {})", summary.id),
        4,
    )
}

fn planned_text(client: &ClientKey, plan: &Plan) -> String {
    let rows = count(plan.rows(), "row");
    if plan.problems.is_empty() {
        return wrap(&format!("{client}  {rows}, nothing stands against it"), 4);
    }
    let mut text = wrap(
        &format!("{client}  {rows}, {}", count(plan.problems.len() as u64, "problem")),
        4,
    );
    for problem in &plan.problems {
        text += &item("    ", &format!("{}: {}", problem.table, problem.message), 6);
    }
    text
}

fn total_value(totals: &Totals, seconds: f64, paused: f64, dry_run: bool) -> Value {
    let round = |seconds: f64| (seconds * 1000.0).round() / 1000.0;
    let mut value = json!({
        "moved": totals.moved, "failed": totals.failed, "refused": totals.refused, "skipped": totals.skipped,
        "interrupted": totals.interrupted, "not_begun": totals.left,
        "rows": totals.rows, "bytes": totals.bytes, "seconds": round(seconds), "paused_seconds": round(paused),
    });
    if dry_run {
        value["planned"] = json!(totals.planned);
    }
    value
}

fn total_text(totals: &Totals, (seconds, paused): (f64, f64), to: &str, dry_run: bool) -> String {
    let parts = [
        (totals.failed, "failed"),
        (totals.refused, "refused"),
        (totals.skipped, "skipped"),
        (totals.interrupted, "interrupted"),
        (totals.left, "not begun"),
    ];
    let rest: Vec<_> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", grouped(*number)))
        .collect();
    let rest = if rest.is_empty() {
        String::new()
    } else {
        format!("; {}", rest.join(", "))
    };
    let rows = count(totals.rows, "row");
    if dry_run {
        return wrap(
            &format!("{} could move to {to}, {rows}{rest}.", count(totals.planned, "client")),
            2,
        );
    }
    let clients = count(totals.moved, "client");
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = totals.moved as f64 / seconds.max(1e-3);
    let mut text = wrap(
        &format!("{clients} moved to {to}, {rows}, in {seconds:.1} s ({rate:.1} clients/s){rest}."),
        2,
    );
    if paused >= 0.1 {
        text += &wrap(&format!("Beside that, {paused:.1} s were spent waiting in pauses."), 2);
    }
    if totals.moved > 0 {
        text += &wrap(
            "The sources still have their rows: `exodus moves --status switched` lists them, `exodus purge` removes them.",
            2,
        );
    }
    text
}
