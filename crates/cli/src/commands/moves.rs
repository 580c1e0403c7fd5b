//! `exodus moves`: the moves and their steps.

mod facts;

use clap::Subcommand;
use exodus_fleet::{Move, MoveEvent, MoveFilter};
use exodus_transfer::{ClientKey, Status};
use serde_json::json;

use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::key;
use crate::text::{Table, wrap};

/// Its flags.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// Only moves of this client
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    client: Option<ClientKey>,
    /// Only moves that stand there (copying, switched, …); may be repeated
    #[arg(long, value_name = "STATUS", value_parser = parse_status)]
    status: Vec<Status>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show one move with all its steps
    Show {
        /// Its number
        id: i64,
    },
}

fn parse_status(text: &str) -> Result<Status, String> {
    text.parse().map_err(|_| {
        let all: Vec<_> = Status::all().map(|status| status.to_string()).collect();
        format!("a move is one of {}", all.join(", "))
    })
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    let store = context.store().await?;
    if let Some(What::Show { id }) = args.what {
        let (found, events) = (store.get_move(id).await?, store.events(id).await?);
        return show(context, &found, &events);
    }
    let client = match &args.client {
        // Moves can be of a client that has left the store's list.
        Some(typed) => match key::find(context, &store, typed, &key::configured(context), None).await? {
            Some(known) => Some(known.client),
            None => Some(typed.clone()),
        },
        None => None,
    };
    let filter = MoveFilter {
        client,
        status: args.status.clone(),
    };
    list(context, &store.moves(&filter).await?)
}

fn list(context: &Context, moves: &[Move]) -> Result<Code, Failure> {
    if context.json() {
        context.print_json(&json!({"version": 1, "moves": moves}))?;
        return Ok(Code::Ok);
    }
    if moves.is_empty() {
        context.note("no move");
        return Ok(Code::Ok);
    }
    let mut table = Table::new(["move", "client", "from", "to", "status", "since"]);
    for one in moves {
        let Move {
            id,
            client,
            source,
            target,
            status,
            updated_at,
            ..
        } = one;
        table.row([
            id.to_string(),
            client.to_string(),
            source.clone(),
            target.clone(),
            status.to_string(),
            updated_at.clone(),
        ]);
    }
    context.print(&table.to_string())?;
    Ok(Code::Ok)
}

fn show(context: &Context, one: &Move, events: &[MoveEvent]) -> Result<Code, Failure> {
    if context.json() {
        context.print_json(&json!({"version": 1, "move": one, "events": events}))?;
        return Ok(Code::Ok);
    }
    let mut text = String::new();
    for (name, value) in [
        ("move", one.id.to_string()),
        ("client", one.client.to_string()),
        ("from", one.source.clone()),
        ("to", one.target.clone()),
        ("status", one.status.to_string()),
        ("options", facts::facts(&one.options)),
        (
            "summary",
            one.summary.as_ref().map(facts::of_summary).unwrap_or_default(),
        ),
    ] {
        if !value.is_empty() {
            text += &wrap(&format!("{name:<9}{value}"), 9);
        }
    }
    text.push('\n');
    text += &wrap(&format!("{}  planned", one.created_at), 26);
    for event in events {
        let MoveEvent {
            event: name,
            status,
            at,
            detail,
            ..
        } = event;
        let mut line = format!("{at}  {name} → {status}");
        let detail = facts::facts(detail);
        if !detail.is_empty() {
            line += ": ";
            line += &detail;
        }
        text += &wrap(&line, 26);
    }
    if let Some(next) = next_step(one) {
        text.push('\n');
        text += &wrap(&next, 2);
    }
    context.print(&text)?;
    Ok(Code::Ok)
}

/// What holds it up, and what goes on from there.
fn next_step(one: &Move) -> Option<String> {
    let id = one.id;
    let held = one.held_by().zip(one.held_for_ms).map(|(holder, left)| {
        let since = if left > 0 {
            format!(
                "its lease runs for another {} s unless that process prolongs it",
                left.unsigned_abs().div_ceil(1_000)
            )
        } else {
            "its lease has run out".to_owned()
        };
        format!("It is held by {holder}; {since}. ")
    });
    let next = match one.status {
        Status::Planned | Status::Frozen | Status::Drained | Status::Copying | Status::Copied | Status::Verified => {
            format!("`exodus resume {id}` takes it up, `exodus abort {id}` gives it up.")
        }
        Status::Leaving => format!(
            "`exodus resume {id}` looks whether the client's rows have left {}, and goes on from there.",
            one.source
        ),
        Status::Aborting => format!("`exodus abort {id}` ends that."),
        Status::Switched => format!(
            "`exodus purge {id}` removes what {} still has, `exodus rollback {id}` brings the client back to it; \
             `exodus reconcile {id}` looks there for rows that came too late.",
            one.source
        ),
        Status::Purging => format!("`exodus purge {id}` ends that."),
        Status::Returning => "A move back is under way: `exodus moves` lists it.".to_owned(),
        Status::Done | Status::Aborted | Status::Returned => return None,
    };
    Some(held.unwrap_or_default() + &next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_status_is_told_all_there_are() {
        let told = parse_status("foo").expect_err("no status");
        for status in Status::all() {
            assert!(told.contains(&status.to_string()), "{status} in: {told}");
            assert_eq!(parse_status(&status.to_string()), Ok(status));
        }
    }
}
