//! `exodus report`: the map of all tables and the booklet, for the wall, the browser and programs.

mod files;
mod formats;
mod looks;
mod warnings;

use std::path::PathBuf;
use std::time::Instant;

use exodus_classify::Scope;
use exodus_report::{About, Content, Output, Writer, fingerprint};
use exodus_schema::Graph;
use serde_json::{Map, json};

use super::classify::{Input, classified, unrooted};
use crate::args::Format as Named;
use crate::config::Config;
use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::findings::{self, AssumeArgs, Found, ShownArgs};
use crate::text::wrap;
use files::Place;
use looks::Looks;

/// Its flags.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 written, 2 wrong usage, configuration or --schema file, or no root table, 3 the database \
                  failed, or the file to be written."
)]
pub(crate) struct Args {
    #[command(flatten)]
    input: Input,
    /// What it is written as, several with commas; without it the name of the file
    /// tells, and without both it is report.html
    // Of the same name as the flag that all commands have, it stands in its place.
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', value_parser = formats::parser())]
    format: Vec<Named>,
    /// Where to: a file whose name tells the format, a folder for several
    /// formats, or - for the standard output
    #[arg(long, value_name = "DIR|FILE|-", allow_hyphen_values = true)]
    out: Option<String>,
    /// Replace what is there
    #[arg(long)]
    force: bool,
    /// Tell, too, what came, went or changed since the report in that file, which
    /// `exodus report --format json` or `exodus classify --format json` wrote
    #[arg(long, value_name = "OLD.json")]
    diff: Option<PathBuf>,
    /// The day that the report bears, as in 2026-11-23; by default today, or what
    /// SOURCE_DATE_EPOCH says (UTC)
    #[arg(long, value_name = "DAY", value_parser = day)]
    date: Option<String>,
    #[command(flatten)]
    looks: Looks,
    #[command(flatten)]
    shown: ShownArgs,
    #[command(flatten)]
    assume: AssumeArgs,
}

fn day(text: &str) -> Result<String, String> {
    let day: Result<jiff::civil::Date, _> = text.parse();
    day.map(|day| day.to_string())
        .map_err(|_| "a day is written as in 2026-11-23".to_owned())
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    let start = Instant::now();
    // What is wrong with the command line is said before a database is asked.
    let date = date(args)?;
    let formats = formats::named(&args.format)?;
    let place = Place::new(args.out.as_deref(), &formats, args.force)?;
    let formats = place.formats(formats)?;
    args.looks.check(&formats)?;
    let (configured, lines) = args.input.read(context, args.assume.assume_inferred).await?;
    let graph = Graph::new(&configured.schema);
    let Some(root) = args.input.root(context, &graph)? else {
        // Candidates are a text of their own, and no report.
        return Err(unrooted(&graph));
    };
    let classes = classified(&graph, root, &configured)?;
    let about = About {
        source: args.input.shown(context)?,
        date,
        fingerprint: fingerprint::of(graph.schema()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let found = Found {
        command: "report",
        graph: &graph,
        classes: &classes,
        hazards: &classes.hazards,
        inferred: &configured.inferred,
        scope: Scope::Schema,
        file: args.input.file(),
        lines,
        tables: true,
        sections: vec![],
        more: Map::new(),
    };
    let filter = args.shown.filter(&graph)?;
    let accepts = context.config.as_ref().map_or(vec![], Config::accepts);
    let outputs = findings::with_report(context, found, &accepts, filter, |report| {
        let drift = args.diff.as_deref().map(|path| findings::drift(path, &report));
        let mut numbered = Content::new(&report, about);
        numbered.drift = drift.transpose()?;
        if let Ok(key) = context.root_key(&graph, root) {
            numbered.root_key = key;
        }
        let writer = Writer::new(&numbered, args.looks.options());
        let mut outputs = vec![];
        for &format in &formats {
            outputs.extend(writer.write(format)?);
        }
        warnings::tell(context, &args.looks, graph.schema(), &writer, &formats)?;
        Ok(outputs)
    })?;
    let written = place.write(context, outputs)?;
    tell(context, &written, start)?;
    Ok(Code::Ok)
}

/// The day that the report bears: the same input makes the same bytes.
fn date(args: &Args) -> Result<String, Failure> {
    if let Some(date) = &args.date {
        return Ok(date.clone());
    }
    let wrong = || {
        Failure::usage("SOURCE_DATE_EPOCH is no number of seconds since 1970")
            .help("unset it, or say the day with `--date`")
    };
    let now = match std::env::var_os("SOURCE_DATE_EPOCH").filter(|text| !text.is_empty()) {
        None => jiff::Timestamp::now(),
        Some(text) => {
            let seconds = text.to_str().and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
            jiff::Timestamp::from_second(seconds).map_err(|_| wrong())?
        }
    };
    Ok(now.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
}

/// What was written: as JSON where that is the one format and does not stand on the standard output itself.
fn tell(context: &Context, written: &[Output], start: Instant) -> Result<(), Failure> {
    let seconds = start.elapsed().as_secs_f64();
    if context.global.format == [Named::Json] && !written.is_empty() {
        let files: Vec<_> = written
            .iter()
            .map(|file| json!({"file": file.name, "bytes": file.bytes.len()}))
            .collect();
        return context.print_json(&json!({"version": 1, "report": {"files": files, "seconds": seconds}}));
    }
    for file in written {
        context.print(&wrap(&format!("Wrote {}: {}.", file.name, size(file.bytes.len())), 2))?;
    }
    if !written.is_empty() {
        context.note(&format!("It took {seconds:.1} s."));
    }
    Ok(())
}

fn size(bytes: usize) -> String {
    exodus_report::document::bytes(u64::try_from(bytes).unwrap_or(u64::MAX))
}

impl From<exodus_report::Error> for Failure {
    fn from(error: exodus_report::Error) -> Self {
        Self::runtime(error.to_string())
    }
}
