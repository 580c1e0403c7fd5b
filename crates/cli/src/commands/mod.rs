//! One file per command.

pub(crate) mod abort;
pub(crate) mod audit;
pub(crate) mod classify;
pub(crate) mod demo;
pub(crate) mod dispatch;
pub(crate) mod explain;
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
    if !finds && !matches!(context.global.format, Format::Text | Format::Json) {
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
        Command::Moves(args) => moves::run(context, args).await,
        Command::Purge(args) => purge::run(context, args).await,
        Command::Abort(args) => abort::run(context, args).await,
    }
}
