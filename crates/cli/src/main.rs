//! The `exodus` binary: one file per command; wiring, no logic of its own.

mod args;
mod commands;
mod config;
mod context;
mod exit;
mod findings;
mod logging;
mod moving;
mod output;
mod password;
mod progress;
mod schema_file;
mod text;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;
use crate::context::Context;

fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::start(&cli.global);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return exit::report(
                &exit::Failure::runtime(format!("no threads to run on: {error}")),
                &cli.global,
            );
        }
    };
    let result = runtime.block_on(async {
        let context = Context::new(&cli)?;
        commands::run(&context, &cli.command).await
    });
    match result {
        Ok(code) => code.into(),
        Err(failure) => exit::report(&failure, &cli.global),
    }
}
