//! Log lines on the standard error.

use std::io;

use tracing_subscriber::EnvFilter;

use crate::args::{Global, LogFormat};

/// Starts logging. `EXODUS_LOG` (a filter such as `debug` or `exodus_transfer=trace`) wins over `--verbose` and `--quiet`.
pub(crate) fn start(global: &Global) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (_, 0) => "warn",
        (_, 1) => "info",
        (_, 2) => "debug",
        _ => "trace",
    };
    let filter = match EnvFilter::try_from_env("EXODUS_LOG") {
        Ok(filter) => filter,
        Err(_) => EnvFilter::new(format!("warn,{}", own_crates(level))),
    };
    // Whatever was asked for: at debug level these print statements, and with them the values in them. The last, which draws
    // the PNG, warns of each character that the font has no sign for: `report` says that once.
    let filter = ["tokio_postgres=warn", "mysql_async=warn", "usvg=error"]
        .iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(filter, EnvFilter::add_directive);
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    match global.log_format {
        LogFormat::Json => builder.json().init(),
        LogFormat::Text => builder
            .with_target(false)
            .with_ansi(!global.no_color && anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never)
            .init(),
    }
}

/// The level for exodus itself: drivers at their debug level print statements, which hold values.
fn own_crates(level: &str) -> String {
    [
        "exodus",
        "exodus_classify",
        "exodus_engine",
        "exodus_fleet",
        "exodus_schema",
        "exodus_transfer",
    ]
    .map(|name| format!("{name}={level}"))
    .join(",")
}
