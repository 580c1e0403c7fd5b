//! One file per command.

pub(crate) mod abort;
pub(crate) mod audit;
pub(crate) mod classify;
pub(crate) mod demo;
pub(crate) mod dispatch;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod move_client;
pub(crate) mod moves;
pub(crate) mod purge;
pub(crate) mod schema;

use crate::args::{Command, Format};
use crate::context::Context;
use crate::exit::{Code, Failure};

/// Runs the command.
pub(crate) async fn run(context: &Context, command: &Command) -> Result<Code, Failure> {
    let finds = matches!(command, Command::Classify(_) | Command::Audit(_) | Command::Explain(_));
    let of_files = context.global.format.of_files();
    if let (Some(format), false) = (of_files, matches!(command, Command::Export(_))) {
        return Err(Failure::usage(format!(
            "results are not written as {format}: files are, by `exodus export`"
        ))
        .help("take `--format text` or `json`"));
    }
    if !finds && of_files.is_none() && !matches!(context.global.format, Format::Text | Format::Json) {
        return Err(
            Failure::usage("this command has no findings to be written in that form")
                .help("take `--format text` or `json`"),
        );
    }
    match command {
        Command::Demo(args) => demo::run(context, args).await,
        Command::Init(args) => init::run(context, args).await,
        Command::Schema(args) => schema::run(context, args).await,
        Command::Audit(args) => audit::run(context, args).await,
        Command::Classify(args) => classify::run(context, args).await,
        Command::Explain(args) => explain::run(context, args).await,
        Command::Dispatch(args) => dispatch::run(context, args).await,
        Command::Move(args) => move_client::run(context, args).await,
        Command::Export(args) => export::run(context, args).await,
        Command::Import(args) => import::run(context, args).await,
        Command::Moves(args) => moves::run(context, args).await,
        Command::Purge(args) => purge::run(context, args).await,
        Command::Abort(args) => abort::run(context, args).await,
    }
}
