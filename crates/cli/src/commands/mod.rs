//! One file per command.

pub(crate) mod abort;
pub(crate) mod audit;
pub(crate) mod classify;
pub(crate) mod demo;
pub(crate) mod dispatch;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod freeze;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod move_client;
pub(crate) mod moves;
pub(crate) mod purge;
pub(crate) mod reconcile;
pub(crate) mod report;
pub(crate) mod resume;
pub(crate) mod rollback;
pub(crate) mod schema;
pub(crate) mod unfreeze;

use crate::args::{Command, Format};
use crate::context::Context;
use crate::exit::{Code, Failure};

/// Runs the command.
pub(crate) async fn run(context: &Context, command: &Command) -> Result<Code, Failure> {
    may_be_written(&context.global.format, command)?;
    match command {
        Command::Demo(args) => demo::run(context, args).await,
        Command::Init(args) => init::run(context, args).await,
        Command::Schema(args) => schema::run(context, args).await,
        Command::Audit(args) => audit::run(context, args).await,
        Command::Classify(args) => classify::run(context, args).await,
        Command::Explain(args) => explain::run(context, args).await,
        Command::Report(args) => report::run(context, args).await,
        Command::Dispatch(args) => dispatch::run(context, args).await,
        Command::Freeze(args) => freeze::run(context, args).await,
        Command::Unfreeze(args) => unfreeze::run(context, args).await,
        Command::Move(args) => move_client::run(context, args).await,
        Command::Export(args) => export::run(context, args).await,
        Command::Import(args) => import::run(context, args).await,
        Command::Moves(args) => moves::run(context, args).await,
        Command::Purge(args) => purge::run(context, args).await,
        Command::Reconcile(args) => Box::pin(reconcile::run(context, args)).await,
        Command::Abort(args) => abort::run(context, args).await,
        Command::Rollback(args) => Box::pin(rollback::run(context, args)).await,
        Command::Resume(args) => Box::pin(resume::run(context, args)).await,
    }
}

/// Refuses the formats that the command does not write.
fn may_be_written(formats: &[Format], command: &Command) -> Result<(), Failure> {
    let one = "take `--format text` or `json`";
    if matches!(command, Command::Report(_)) {
        return Ok(()); // It says itself which it takes.
    }
    let format = match formats {
        [] => return Ok(()),
        [format] => *format,
        _ => return Err(Failure::usage("only `exodus report` writes several formats at once").help(one)),
    };
    if matches!(command, Command::Export(_)) && (format.of_files().is_some() || format.of_results()) {
        return Ok(());
    }
    let finds = matches!(command, Command::Classify(_) | Command::Audit(_) | Command::Explain(_));
    if let Some(format) = format.of_files() {
        return Err(Failure::usage(format!(
            "results are not written as {format}: files are, by `exodus export`"
        ))
        .help(one));
    }
    if !format.of_findings() {
        return Err(Failure::usage(format!(
            "results are not written as {}: reports are, by `exodus report`",
            format.name()
        ))
        .help(one));
    }
    if !finds && !format.of_results() {
        return Err(Failure::usage("this command has no findings to be written in that form").help(one));
    }
    Ok(())
}
