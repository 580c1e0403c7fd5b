//! What `move`, `purge` and `abort` share: finding the client tables, telling problems, and taking Ctrl-C.

pub(crate) mod afterwards;
pub(crate) mod both;
pub(crate) mod creating;
pub(crate) mod dispatched;
pub(crate) mod explained;
pub(crate) mod fencing;
pub(crate) mod freezing;
pub(crate) mod key;
pub(crate) mod late;
pub(crate) mod many;
pub(crate) mod places;
mod plan_text;
pub(crate) mod purging;
pub(crate) mod references;
pub(crate) mod references_text;
pub(crate) mod runner;
pub(crate) mod single;
pub(crate) mod standing;
pub(crate) mod streams;
pub(crate) mod throttling;
pub(crate) mod tombstones;
pub(crate) mod written;

use std::fmt::Write;

use exodus_classify::{Classification, classify};
use exodus_engine::{Access, Checks, Session};
use exodus_schema::{Graph, Schema, TableId};
use exodus_transfer::verify::Mismatch;
use exodus_transfer::{Error, JournalError, Problem};
use tokio_util::sync::CancellationToken;

use crate::config::Configured;
use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::output;
use crate::text::{count, item};

pub(crate) use plan_text::{plan_text, warnings};

/// The classified tables of the source, and how clients are told apart.
pub(crate) struct Classified {
    pub(crate) classification: Classification,
    pub(crate) root_key: Vec<String>,
}

/// Classifies the tables of `graph` for the root table that a flag or the configuration names.
pub(crate) fn classified(
    context: &Context,
    configured: &Configured,
    graph: &Graph<'_>,
    root: Option<&str>,
) -> Result<Classified, Failure> {
    let root: TableId = context.root(graph, root)?.ok_or_else(|| {
        Failure::usage("no root table is known: each of its rows is a client")
            .help("name it with `--root`, or `root = \"…\"` in exodus.toml; `exodus classify` lists candidates")
    })?;
    let root_key = context.root_key(graph, root)?;
    let classification = classify(graph, root, &configured.cuts, &configured.overrides)
        .map_err(|error| Failure::usage(error.to_string()).help(error.help()))?;
    Ok(Classified {
        classification,
        root_key,
    })
}

/// Tells what was seen of a schema and could not be used.
pub(crate) fn warn(context: &Context, name: &str, schema: &Schema) {
    for warning in &schema.warnings {
        context.note(&format!("warning: {name}: {warning}"));
    }
}

/// Starts a read-only look at one unchanging state.
pub(crate) async fn look(session: &mut Session) -> Result<(), Failure> {
    Ok(session.begin(Access::Snapshot, Checks::Enforced).await?)
}

/// A token that is cancelled by Ctrl-C or SIGTERM; from the first use on these no longer end the program at once. The second
/// one does: somebody who waits for a server that says nothing must have a way out.
pub(crate) fn stoppable(context: &Context) -> CancellationToken {
    let (cancel, quiet) = (CancellationToken::new(), context.global.quiet);
    let token = cancel.clone();
    tokio::spawn(async move {
        stop_signal().await;
        // First: who reads the words may rely on them.
        token.cancel();
        if !quiet {
            crate::output::note("interrupted: undoing what was begun");
        }
        stop_signal().await;
        if !quiet {
            crate::output::note("interrupted again: a move stays where it stands; `exodus moves` shows it");
        }
        std::process::exit(Code::Interrupted as i32);
    });
    cancel
}

#[cfg(unix)]
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn stop_signal() {
    drop(tokio::signal::ctrl_c().await);
}

/// Does some work unless it is stopped.
pub(crate) async fn unless_stopped<T>(
    cancel: &CancellationToken,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(Error::Interrupted.into()),
        done = work => done,
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Database(error) => error.into(),
            Error::Journal(error) => error.into(),
            Error::Key(_) | Error::KeyParts { .. } => Self::usage(message),
            Error::NoSuchClient { .. } => Self::runtime(message)
                .help("check the key and the root table; `exodus dispatch show` lists the clients that are known"),
            Error::AmbiguousClient { .. } => Self::runtime(message).help("set `root_key` to columns that are unique"),
            Error::Refused(problems) => Self::runtime(format!("{message}\n{}", problems_text(&problems).trim_end())),
            Error::Unproven { .. } => Self::runtime(message)
                .help("a referenced row was removed while the copy ran, or the source's own foreign key is violated"),
            Error::Mismatch { mismatches, .. } => Self::new(
                Code::Mismatch,
                format!("{message}\n{}", mismatches_text(&mismatches, false).trim_end()),
            )
            .help("--show-keys lists the keys of these rows"),
            Error::NotOurs { rows, .. } => not_ours(&message, &rows, false),
            Error::Stale { .. } => Self::runtime(message).help("look at them again, and run it once more"),
            Error::Moved { .. } => {
                Self::runtime(message).help("make sure that nobody writes to the client, and try again")
            }
            Error::Unpaired { .. } => {
                Self::runtime(message).help("the tables have changed since they were looked at: try again")
            }
            Error::NotDrained { ref ends, .. } => freezing::not_drained(&error, ends),
            Error::NotLocked { .. } => Self::runtime(message).help(
                "let whoever holds them commit or roll back, and move again; or try longer with --drain-limit",
            ),
            Error::Untold { .. } => Self::runtime(message).help(
                "nothing was done, and the client is frozen: if somebody has made the client anew there, save what is in it, \
                 remove it there, and run `exodus resume`: it goes on to the target",
            ),
            Error::Unseen(error) => freezing::unseen(error),
            Error::OverBudget { .. } => {
                Self::runtime(message).help("allow more with --freeze-budget, or move the client at a quieter time")
            }
            Error::Gone { .. } => Self::runtime(message).help("`exodus moves` shows what became of them"),
            Error::Interrupted => Self::new(Code::Interrupted, message),
        }
    }
}

/// The failure for people; with `show_keys` a mismatch lists the keys of the rows that differ.
pub(crate) fn told(error: Error, show_keys: bool) -> Failure {
    match error {
        Error::Mismatch { ref mismatches, .. } if show_keys => Failure::new(
            Code::Mismatch,
            format!("{error}\n{}", mismatches_text(mismatches, true).trim_end()),
        ),
        Error::NotOurs { ref rows, .. } if show_keys => not_ours(&error.to_string(), rows, true),
        error => error.into(),
    }
}

/// Rows on the target that the move has not written.
fn not_ours(message: &str, rows: &[Mismatch], show_keys: bool) -> Failure {
    let mut text = message.to_owned();
    for found in rows {
        let line = format!(
            "{}: {} there that the source does not have, {} with another content",
            found.table,
            count(found.unexpected, "row"),
            found.different
        );
        text.push('\n');
        text.push_str(item("  * ", &line, 4).trim_end());
        if show_keys && !found.keys.is_empty() {
            text.push('\n');
            text.push_str(item("    ", &format!("keys: {}", found.keys.join(" ")), 6).trim_end());
        }
    }
    let help = "bring these rows where they belong or give them another owner, and run it again; `exodus abort \
                --remove-all` removes them, too; --show-keys lists their keys";
    Failure::new(Code::Mismatch, text).help(help)
}

/// How the sides differ, table by table.
fn mismatches_text(mismatches: &[Mismatch], show_keys: bool) -> String {
    let mut text = String::new();
    for found in mismatches {
        let line = format!(
            "{}: {} on the source, {} on the target; {} missing, {} unexpected, {} different",
            found.table,
            count(found.source_rows, "row"),
            count(found.target_rows, "row"),
            found.missing,
            found.unexpected,
            found.different
        );
        text.push_str(&item("  * ", &line, 4));
        if show_keys && !found.keys.is_empty() {
            text.push_str(&item("    ", &format!("keys: {}", found.keys.join(" ")), 6));
            text.push_str(&unlisted(found));
        }
    }
    text
}

/// How many rows were not listed, and why.
fn unlisted(found: &Mismatch) -> String {
    let all = found.missing + found.unexpected + found.different;
    let listed = found.keys.len() as u64;
    if all <= listed {
        return String::new();
    }
    let text = format!("and {} more: at most {listed} of a table are listed", all - listed);
    item("    ", &text, 6)
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Database(error) => error.into(),
            other => Self::runtime(other.to_string()),
        }
    }
}

/// Asks a person before data is removed; without one at the terminal, `--yes` must have been given.
pub(crate) fn confirmed(context: &Context, yes: bool, question: &str) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if context.json() || !output::can_ask() {
        return Err(Failure::usage("this removes rows, and nobody can be asked").help("say --yes"));
    }
    output::note(&format!("{question} [y/N]"));
    let mut answer = String::new();
    match std::io::stdin().read_line(&mut answer) {
        Ok(_) if matches!(answer.trim(), "y" | "Y" | "yes") => Ok(()),
        _ => Err(Failure::usage("nothing was done")),
    }
}

/// The problems that a preflight found, each with what to do.
pub(crate) fn problems_text(problems: &[Problem]) -> String {
    let mut text = String::new();
    for problem in problems {
        let rule = problem.rule.map_or(String::new(), |rule| format!("{rule}: "));
        text.push_str(&item(
            "  * ",
            &format!("{rule}{}: {}", problem.table, problem.message),
            4,
        ));
        // A rule's words name the relation themselves.
        if let Some(relation) = problem.relation.as_ref().filter(|_| problem.rule.is_none()) {
            text.push_str(&item("    ", &format!("by {relation}"), 6));
        }
        text.push_str(&item("    ", &format!("→ {}", problem.help), 6));
        // To be copied: its lines stay as they are.
        for line in problem.statement.iter().flat_map(|statement| statement.lines()) {
            let _ = writeln!(text, "        {line}");
        }
    }
    text
}
