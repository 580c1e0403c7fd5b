//! Global flags, and the list of commands.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::{
    abort, audit, classify, demo, dispatch, explain, export, freeze, import, init, move_client, moves, purge,
    reconcile, report, resume, rollback, schema, unfreeze,
};

/// Audit a SQL monolith and move one client at a time between databases.
#[derive(Debug, Parser)]
#[command(name = "exodus", version, max_term_width = 80, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags that every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// The configuration; by default the nearest exodus.toml, here or in a folder above
    #[arg(long, global = true, value_name = "FILE", env = "EXODUS_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// How results (and failures) are printed [default: text]
    #[arg(long, global = true, value_name = "FORMAT", value_delimiter = ',')]
    pub(crate) format: Vec<Format>,
    /// Print results and errors, nothing on the way
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Log more; repeat for even more (EXODUS_LOG has the last word)
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// How log lines are written to the standard error
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,
    /// Use no colour (as with NO_COLOR set)
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
}

impl Global {
    /// How results (and failures) are printed. Where `report` writes several formats, what it says is text.
    pub(crate) fn format(&self) -> Format {
        match self.format[..] {
            [one] => one,
            _ => Format::Text,
        }
    }
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people; 80 columns
    Text,
    /// For programs
    Json,
    /// For wikis and pull requests (classify, audit, explain, report)
    Markdown,
    /// SARIF 2.1.0, for code scanning (classify, audit)
    Sarif,
    /// Annotations of GitHub Actions (classify, audit)
    Github,
    /// GitLab's code quality report (classify, audit)
    Gitlab,
    /// A JSON object per row (export)
    #[value(hide = true)]
    Jsonl,
    /// A folder with a CSV file per table (export), or three (report)
    #[value(hide = true)]
    Csv,
    /// A folder with a Parquet file per table (export)
    #[value(hide = true)]
    Parquet,
    /// Statements for psql, mysql or sqlite3 (export)
    #[value(hide = true)]
    Sql,
    /// An SQLite database (export)
    #[value(hide = true)]
    Sqlite,
    /// A page for a browser, in one file (report)
    #[value(hide = true)]
    Html,
    /// Sheets of paper (report)
    #[value(hide = true)]
    Pdf,
    /// The map as a drawing that can be scaled (report)
    #[value(hide = true)]
    Svg,
    /// The map as an image (report)
    #[value(hide = true)]
    Png,
    /// The map for Graphviz (report)
    #[value(hide = true)]
    Dot,
    /// The map for Mermaid (report)
    #[value(hide = true)]
    Mermaid,
    /// The map for D2 (report)
    #[value(hide = true)]
    D2,
}

impl Format {
    /// What a file is written as, if it says that.
    pub(crate) fn of_files(self) -> Option<exodus_files::Format> {
        match self {
            Self::Jsonl => Some(exodus_files::Format::Jsonl),
            Self::Csv => Some(exodus_files::Format::Csv),
            Self::Parquet => Some(exodus_files::Format::Parquet),
            Self::Sql => Some(exodus_files::Format::Sql),
            Self::Sqlite => Some(exodus_files::Format::Sqlite),
            _ => None,
        }
    }

    /// Whether it is how results are printed, by whatever command.
    pub(crate) fn of_results(self) -> bool {
        matches!(self, Self::Text | Self::Json)
    }

    /// Whether it is how findings are written.
    pub(crate) fn of_findings(self) -> bool {
        self.of_results() || matches!(self, Self::Markdown | Self::Sarif | Self::Github | Self::Gitlab)
    }

    /// Its name, as it is written.
    pub(crate) fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// One line of text
    Text,
    /// One JSON object per line
    Json,
}

/// Every command, in the order of a first visit.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Move a client of a small monolith, here and now, without a server
    Demo(demo::Args),
    /// Write a commented exodus.toml
    Init(init::Args),
    /// Print a database's schema as JSON
    Schema(schema::Args),
    /// Tell client, context and neutral tables apart, and find hazards
    Classify(classify::Args),
    /// Prove or refute the hazards on the data, and count whose every row is
    Audit(audit::Args),
    /// Tell why a table has its class, or what a rule is about
    Explain(explain::Args),
    /// Draw the map of all tables and write the report, for the wall and the browser
    Report(Box<report::Args>),
    /// Make, fill, change and show the dispatch store: which client is where
    Dispatch(dispatch::Args),
    /// Stop the writes to a client, by hand and without a move
    Freeze(freeze::Args),
    /// Let a client that was frozen by hand be written to again
    Unfreeze(unfreeze::Args),
    /// Move one client to another database
    Move(Box<move_client::Args>),
    /// Write one client's rows into a file, or through a pipe
    Export(export::Args),
    /// Read a client from a file that `exodus export` wrote into a database
    Import(import::Args),
    /// List moves and their steps
    Moves(moves::Args),
    /// Take up a move that was interrupted, wherever it stands
    Resume(resume::Args),
    /// Bring a client back to where it came from, before the rows there are purged
    Rollback(rollback::Args),
    /// Remove a moved client's rows from the source, proved equal once more
    Purge(purge::Args),
    /// Show rows that were written to the source after a move, and apply them to the target or give them up
    Reconcile(reconcile::Args),
    /// Give up a move that has not switched, and clean up after it
    Abort(abort::Args),
}
