//! `exodus abort`

use exodus_fleet::{Move, Take};
use exodus_transfer::Status;
use exodus_transfer::create::Removed;
use serde_json::json;

use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::confirmed;
use crate::moving::written::{self, Outcome, Removing, Then};
use crate::text::{count, wrap};

/// Its flags.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Args {
    /// The move to give up; `exodus moves` lists them
    id: i64,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
    /// Remove rows of the client that the move has not written, too, and rows that were changed on the target: they are
    /// nowhere else
    #[arg(long)]
    remove_all: bool,
    /// Where the target has such rows, list their keys
    #[arg(long)]
    show_keys: bool,
    /// Look what would be removed, and do nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    let store = context.store_to_write(args.dry_run).await?;
    let it = store.get_move(args.id).await?;
    // Whether one that is leaving can be, its source knows.
    if !it.status.may_be_aborted() && it.status != Status::Leaving {
        return Err(too_late(&it));
    }
    if args.dry_run {
        let would = format!("given up, and client {} be active on {}", it.client, it.source);
        return written::look(context, &it, &would).await;
    }
    let question = format!(
        "Give up move {} and remove what it wrote of client {} to {}?",
        it.id, it.client, it.target
    );
    confirmed(context, args.yes, &question)?;
    let removing = Removing {
        all: args.remove_all,
        show_keys: args.show_keys,
    };
    // Whoever is at work on it is shut out from here on, and undoes what it has not committed.
    let mut journal = store.take(it.id, Take::Anyway).await?;
    let settled = written::settle(context, &it, &mut journal, (Then::GiveUp, removing)).await;
    let settled = match settled {
        Ok(settled) => settled,
        Err(failure) => return Err(written::stands(&store, it.id, failure).await),
    };
    let Outcome::Undone(removed, tables) = settled else {
        return Err(too_late(&store.get_move(it.id).await?));
    };
    if context.json() {
        context.print_json(&json!({ "version": 1, "abort": { "id": it.id, "rows_removed": removed, "tables_removed": tables.tables } }))?;
    } else {
        let text = format!(
            "Move {}: given up; {} removed from {}, client {} is active on {}.",
            it.id,
            count(removed, "row"),
            it.target,
            it.client,
            it.source
        );
        context.print(&wrap(&(text + &tables_text(&tables)), 2))?;
    }
    Ok(Code::Ok)
}

/// Nothing is left to be given up.
fn too_late(it: &Move) -> Failure {
    let Move { id, target, .. } = it;
    let help = match it.status {
        Status::Aborted => "nothing is left to do".to_owned(),
        Status::Switched => format!("the client lives on {target} now: `exodus rollback {id}` brings it back"),
        Status::Returning => "it is on its way back: `exodus moves` shows the move that brings it".to_owned(),
        Status::Returned => "the client is where it was".to_owned(),
        Status::Purging => format!(
            "the client lives on {target} now: `exodus resume {id}` ends the purge, then `exodus move` moves it back"
        ),
        _ => format!("the client lives on {target} now: to bring it back, move it back with `exodus move`"),
    };
    Failure::usage(format!("move {} is {} and can't be given up", it.id, it.status)).help(help)
}

/// What became of tables that the move had made.
fn tables_text(tables: &Removed) -> String {
    let others = match tables.of_others as u64 {
        0 => String::new(),
        others => format!(
            " {} of names that it was to make there stay: somebody else has made them since.",
            count(others, "table")
        ),
    };
    let ours = match (tables.tables as u64, tables.kept as u64) {
        (0, 0) => String::new(),
        (0, kept) => format!(
            " {} that it had made stay there: rows have come into them since.",
            count(kept, "table")
        ),
        (removed, _) => format!(" {} that it had made were removed, too.", count(removed, "empty table")),
    };
    ours + &others
}
