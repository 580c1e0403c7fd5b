//! `exodus init`

use crate::context::Context;
use crate::exit::{Code, Failure};

/// Its flags.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Runs it.
#[expect(clippy::unused_async, reason = "not built yet")]
pub(crate) async fn run(_context: &Context, _args: &Args) -> Result<Code, Failure> {
    Err(Failure::usage("`exodus init` is not built yet"))
}
