//! `exodus classify`: every table's class with the reason, and the hazards.

use std::path::PathBuf;

use clap::ValueEnum;
use exodus_classify::report::{self, Styles, json};
use exodus_classify::{Classification, Severity, candidates, classify};
use exodus_engine::ConnectOptions;
use exodus_schema::Graph;

use crate::config::Config;
use crate::context::{Configured, Context};
use crate::exit::{Code, Failure};

/// Its flags.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 clean, 1 hazards at or above --fail-on, 2 wrong usage or configuration, 3 the \
                        database or a file failed."
)]
pub(crate) struct Args {
    /// The database to read: a name from exodus.toml, a URL or a path
    #[arg(long, value_name = "DB", conflicts_with = "schema")]
    from: Option<String>,
    /// Read the schema from a file that `exodus schema` wrote, without a database
    #[arg(long, value_name = "FILE.json")]
    schema: Option<PathBuf>,
    /// The table whose rows are the clients; without one, the likely ones are listed
    #[arg(long, value_name = "TABLE")]
    root: Option<String>,
    /// The least severity that makes it end with 1
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    fail_on: FailOn,
}

/// What makes the command fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// A move would lose, double or cross rows, or fail
    Error,
    /// It needs somebody's decision
    Warning,
    /// Worth knowing
    Note,
    /// No hazard at all
    Never,
}

impl FailOn {
    fn code(self, classification: &Classification) -> Code {
        let least = match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Note => Severity::Note,
            Self::Never => return Code::Ok,
        };
        let fails = classification
            .hazards
            .iter()
            .any(|hazard| hazard.severity.at_least(least));
        if fails { Code::Hazards } else { Code::Ok }
    }
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    let configured = match &args.schema {
        Some(path) => context.read_schema_file(path)?,
        None => read(context, args.from.as_deref()).await?,
    };
    let graph = Graph::new(&configured.schema);
    let styles = if context.global.no_color {
        Styles::default()
    } else {
        Styles::coloured()
    };
    let Some(root) = context.root(&graph, args.root.as_deref())? else {
        let found = candidates::candidates(&graph);
        if context.json() {
            context.print_json(&json::candidates(&graph, &found))?;
        } else {
            context.print(&report::candidates(&graph, &found, &styles))?;
        }
        return Ok(Code::Ok);
    };
    let found = classify(&graph, root, &configured.cuts, &configured.overrides)
        .map_err(|error| Failure::usage(error.to_string()).help(error.help()))?;
    if context.json() {
        context.print_json(&json::classification(&graph, &found))?;
    } else {
        context.print(&report::classification(&graph, &found, &styles))?;
    }
    Ok(args.fail_on.code(&found))
}

async fn read(context: &Context, from: Option<&str>) -> Result<Configured, Failure> {
    let name = source(context, from)?;
    let mut connection = context
        .connect(
            &name,
            ConnectOptions {
                read_only: true,
                ..ConnectOptions::default()
            },
        )
        .await?;
    context.schema_of(connection.as_mut()).await
}

/// The database to read: the one that was named, else the only one that is configured.
pub(super) fn source(context: &Context, from: Option<&str>) -> Result<String, Failure> {
    if let Some(from) = from {
        return Ok(from.to_owned());
    }
    let names: Vec<&str> = context.config.iter().flat_map(Config::names).collect();
    match names[..] {
        [only] => Ok(only.to_owned()),
        [] => Err(Failure::usage("no database is named").help(
            "give one with `--from`: a URL (postgres://…, mysql://…) or the path of an SQLite file; `exodus init` writes a configuration",
        )),
        _ => Err(Failure::usage("it isn't said which database to read")
            .help(format!("give one with `--from`; configured are {}", names.join(", ")))),
    }
}
