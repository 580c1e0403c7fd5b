//! `exodus resume`

use exodus_fleet::{Move, MoveJournal, Store, Take};
use exodus_transfer::{Event, Journal, Status};
use serde_json::json;

use super::move_client::{self, Again};
use super::{purge, rollback};
use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::confirmed;
use crate::moving::written::{self, Outcome, Removing, Then};
use crate::text::{count, wrap};

/// Its flags.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Args {
    /// The move to take up; `exodus moves` lists them
    id: i64,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
    /// Look what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Although another process is at work on it, as it seems: that one is shut out
    #[arg(long)]
    take_over: bool,
    /// Where both sides differ, list the keys of the rows
    #[arg(long)]
    show_keys: bool,
    #[command(flatten)]
    throttling: crate::moving::throttling::Throttling,
    #[command(flatten)]
    freezing: crate::moving::freezing::FreezeFlags,
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    let store = context.store_to_write(args.dry_run).await?;
    let it = store.get_move(args.id).await?;
    match it.status {
        Status::Done | Status::Aborted | Status::Returned | Status::Switched => nothing_left(context, &it),
        Status::Purging => {
            let purge = purge::Args::of(it.id, args.yes, args.take_over).looking(args.dry_run);
            Box::pin(purge::run(context, &purge)).await
        }
        Status::Returning => Err(Failure::usage(format!(
            "move {} is returning: another move brings its client back",
            it.id
        ))
        .help("`exodus moves` lists that one; resume or abort it")),
        Status::Aborting if args.dry_run => {
            let would = format!("given up, and client {} be active on {}", it.client, it.source);
            written::look(context, &it, &would).await
        }
        Status::Aborting => given_up(context, args, (&store, &it)).await,
        Status::Planned
        | Status::Frozen
        | Status::Drained
        | Status::Copying
        | Status::Copied
        | Status::Verified
        | Status::Leaving => {
            if args.dry_run {
                let would = "taken up: made anew, or switched where that alone is left to do";
                return written::look(context, &it, would).await;
            }
            Box::pin(taken_up(context, args, (&store, &it))).await
        }
    }
}

fn nothing_left(context: &Context, it: &Move) -> Result<Code, Failure> {
    if context.json() {
        let told = json!({ "version": 1, "resume": { "id": it.id, "status": it.status } });
        context.print_json(&told)?;
        return Ok(Code::Ok);
    }
    let next = match it.status {
        Status::Switched => format!(
            "{} still has its rows: `exodus purge {}` removes them.",
            it.source, it.id
        ),
        _ => "nothing is left to do.".to_owned(),
    };
    context.print(&wrap(&format!("Move {} is {}; {next}", it.id, it.status), 2))?;
    Ok(Code::Ok)
}

fn take(args: &Args) -> Take {
    if args.take_over { Take::Anyway } else { Take::IfFree }
}

fn removing(args: &Args) -> Removing {
    Removing {
        all: false,
        show_keys: args.show_keys,
    }
}

/// Ends an abort that was interrupted.
async fn given_up(context: &Context, args: &Args, (store, it): (&Store, &Move)) -> Result<Code, Failure> {
    let question = format!(
        "Move {} was being given up. Remove what it wrote of client {} to {}?",
        it.id, it.client, it.target
    );
    confirmed(context, args.yes, &question)?;
    let mut journal = store.take(it.id, take(args)).await?;
    let settled = written::settle(context, it, &mut journal, (Then::GiveUp, removing(args))).await;
    if let Err(failure) = settled {
        return Err(written::stands(store, it.id, failure).await);
    }
    nothing_left(context, &store.get_move(it.id).await?)
}

/// Ends a move that was interrupted before its switch.
async fn taken_up(context: &Context, args: &Args, (store, it): (&Store, &Move)) -> Result<Code, Failure> {
    let question = format!(
        "Move {} of client {} stands at {}. Remove what it may have written to {} so far, and begin anew?",
        it.id, it.client, it.status, it.target
    );
    if !args.yes && written::removes(context, it).await? {
        confirmed(context, args.yes, &question)?;
    }
    let mut journal = store.take(it.id, take(args)).await?;
    let settled = match written::settle(context, it, &mut journal, (Then::Restart, removing(args))).await {
        Ok(settled) => settled,
        Err(failure) => return Err(written::stands(store, it.id, failure).await),
    };
    match settled {
        Outcome::Switched => {
            context.note("everything was done but the switch");
            return nothing_left(context, &store.get_move(it.id).await?);
        }
        Outcome::Undone(0, _) => {}
        Outcome::Undone(rows, _) => context.note(&format!("{} removed from {}", count(rows, "row"), it.target)),
    }
    if let Some(of) = it.returns() {
        let of = store.get_move(of).await?;
        let flags = (&args.throttling, &args.freezing);
        return Box::pin(rollback::again(context, (store, &of), journal, flags)).await;
    }
    let again = Again {
        journal: journal.clone(),
        options: &it.options,
        throttling: &args.throttling,
        freezing: &args.freezing,
        show_keys: args.show_keys,
    };
    let moved = Box::pin(move_client::again(context, it, &again)).await;
    if let Err(failure) = &moved {
        release(context, store, &mut journal, failure).await;
    }
    moved
}

/// What was refused before it began would stay frozen.
async fn release(context: &Context, store: &Store, journal: &mut MoveJournal, failure: &Failure) {
    let id = journal.id();
    let stands = store.get_move(id).await.map(|it| it.status);
    if !matches!(stands, Ok(Status::Planned | Status::Frozen)) {
        return;
    }
    let told = json!({ "reason": failure.message() });
    match journal.record(Event::Abort, told).await {
        Ok(_) => context.note(&format!(
            "move {id} was given up: nothing is on the target, and the client is active"
        )),
        Err(error) => tracing::warn!(%error, id, "the client is still frozen: `exodus abort` ends that"),
    }
}
