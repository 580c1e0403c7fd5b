//! What commands that report findings have in common: their flags, what was accepted, the report, the exit code.

mod places;

use std::collections::BTreeSet;
use std::path::Path;

use clap::ValueEnum;
use exodus_classify::drift::{Drift, Old};
use exodus_classify::infer::Inferred;
use exodus_classify::report::{self, Form, Report, Section, Styles, Tool};
use exodus_classify::{Accept, Classification, Filter, Finding, Findings, Hazard, Scope, Severity};
use exodus_schema::Graph;
use exodus_schema::ddl::Lines;
use serde_json::{Map, Value};

use crate::args::Format;
use crate::config::{Config, NewEntry};
use crate::context::Context;
use crate::exit::{Code, Failure};

/// Flags of every command that reports findings.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Findings")]
pub(crate) struct FindingArgs {
    #[command(flatten)]
    pub(crate) shown: ShownArgs,
    /// The least severity that makes it end with 1
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    fail_on: FailOn,
    /// Accept all findings there are, in a file beside the configuration
    #[arg(long)]
    write_baseline: bool,
    #[command(flatten)]
    pub(crate) assume: AssumeArgs,
}

/// Flags that say what is shown.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Findings")]
pub(crate) struct ShownArgs {
    /// Report findings of these rules only
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    only: Vec<String>,
    /// Report no findings of these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    skip: Vec<String>,
    /// Report tables whose name matches only: `*` is any text, `?` one character
    #[arg(long, value_name = "GLOB")]
    table: Vec<String>,
}

impl ShownArgs {
    /// Whether findings of this rule are asked for by its name.
    pub(crate) fn asks_for(&self, rule: &str) -> bool {
        self.only.iter().any(|only| only == rule)
    }

    /// What is shown.
    pub(crate) fn filter(&self, graph: &Graph<'_>) -> Result<Filter, Failure> {
        Filter::new(graph, &self.only, &self.skip, &self.table)
            .map_err(|error| Failure::usage(error.to_string()).help(error.help()))
    }
}

impl FindingArgs {
    /// How a command ends that has found what is an error without being a hazard.
    pub(crate) fn code_of_errors(&self) -> Code {
        if self.fail_on == FailOn::Never {
            Code::Ok
        } else {
            Code::Hazards
        }
    }
}

/// The flag that takes guesses for relations.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Findings")]
pub(crate) struct AssumeArgs {
    /// Take columns that look like a missing foreign key for one, from this
    /// confidence on (0 to 1; 0.7 if not said); the report says so
    #[arg(
        long,
        value_name = "CONFIDENCE",
        num_args = 0..=1,
        default_missing_value = LIKELY,
        value_parser = confidence
    )]
    pub(crate) assume_inferred: Option<f64>,
}

/// [`LIKELY`](exodus_classify::infer::LIKELY), as a person would write it.
const LIKELY: &str = "0.7";

fn confidence(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.0..=1.0).contains(&number) => Ok(number),
        _ => Err("a confidence is a number from 0 to 1".to_owned()),
    }
}

/// What makes a command fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// A move would lose, double or cross rows, or fail
    Error,
    /// It needs somebody's decision
    Warning,
    /// Worth knowing
    Note,
    /// It is new since the report that --diff names, and no note
    New,
    /// No hazard at all
    Never,
}

impl FailOn {
    fn code(self, findings: &Findings<'_>, drift: Option<&Drift>) -> Code {
        let least = match self {
            Self::New => {
                let new = drift.is_some_and(|drift| drift.new_hazards().next().is_some());
                let fails = new || !findings.stale.is_empty();
                return if fails { Code::Hazards } else { Code::Ok };
            }
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Note => Severity::Note,
            Self::Never => return Code::Ok,
        };
        if findings.fails(least) { Code::Hazards } else { Code::Ok }
    }
}

/// What a command found.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    /// `classify` or `audit`.
    pub(crate) command: &'static str,
    /// The schema.
    pub(crate) graph: &'a Graph<'a>,
    /// Its classes.
    pub(crate) classes: &'a Classification,
    /// The hazards: those of the classification, or what the data made of them.
    pub(crate) hazards: &'a [Hazard],
    /// The guessed relations that were taken for real.
    pub(crate) inferred: &'a [Inferred],
    /// What was looked at.
    pub(crate) scope: Scope,
    /// The file that findings are shown at; else the configuration.
    pub(crate) file: Option<String>,
    /// Where in that file the parts of the schema are made.
    pub(crate) lines: Lines,
    /// Whether the tables are listed.
    pub(crate) tables: bool,
    /// More to tell, after the hazards.
    pub(crate) sections: Vec<Section>,
    /// More keys for JSON.
    pub(crate) more: Map<String, Value>,
}

impl<'a> Found<'a> {
    fn look<'l>(&self, accepts: &'l [Accept], filter: &Filter) -> Findings<'l>
    where
        'a: 'l,
    {
        let mut findings = Findings::new(self.graph, self.hazards, accepts, filter, self.scope);
        if !self.inferred.is_empty() {
            // A guess that is taken for a relation is no missing one for this once.
            findings.stale.retain(|stale| stale.entry.rule != "missing-foreign-key");
        }
        findings
    }
}

/// The report, made of what was found; `then` is what becomes of it.
pub(crate) fn with_report<T>(
    context: &Context,
    found: Found<'_>,
    accepts: &[Accept],
    filter: Filter,
    then: impl FnOnce(Report<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let config = context.config.as_ref();
    let findings = found.look(accepts, &filter);
    let places = places::places(found.graph, &found.lines, found.file.as_deref(), config);
    let file = found.file.or_else(|| config.map(|config| config.shown().to_owned()));
    then(Report {
        graph: found.graph,
        classes: found.classes,
        findings,
        filter,
        inferred: found.inferred,
        tables: found.tables,
        sections: found.sections,
        more: found.more,
        tool: Tool {
            command: found.command,
            version: env!("CARGO_PKG_VERSION"),
            file: file.as_deref(),
        },
        places,
    })
}

/// Reports it in the form that was asked for, and says how the command ends. With an earlier report (`diff`) it tells
/// what changed since.
pub(crate) fn conclude(
    context: &Context,
    args: &FindingArgs,
    found: Found<'_>,
    diff: Option<&Path>,
) -> Result<Code, Failure> {
    if args.fail_on == FailOn::New && diff.is_none() {
        return Err(
            Failure::usage("`--fail-on new` fails on what is new, and it isn't said since when").help(
                "name the report to compare with: `--diff OLD.json`, as `exodus classify --format json` writes it",
            ),
        );
    }
    let filter = args.shown.filter(found.graph)?;
    let mut accepts = context.config.as_ref().map_or(vec![], Config::accepts);
    if args.write_baseline {
        let config = context.config.as_ref().ok_or_else(|| {
            Failure::usage("there is no configuration for a baseline to stand beside")
                .help("write one with `exodus init`; what is in the baseline counts wherever the configuration does")
        })?;
        accepts = baseline(context, config, &found, &found.look(&accepts, &filter))?;
    }
    with_report(context, found, &accepts, filter, |mut report| {
        let drift = diff.map(|path| drift(path, &report)).transpose()?;
        let code = args.fail_on.code(&report.findings, drift.as_ref());
        print(context, &mut report, drift.as_ref())?;
        Ok(code)
    })
}

/// Text and Markdown tell what changed, instead of all that there is; JSON tells both, so that it can be compared with
/// later; annotations are of new hazards only. What code scanning and code quality keep has to stay whole.
fn print(context: &Context, report: &mut Report<'_>, drift: Option<&Drift>) -> Result<(), Failure> {
    let styles = styles(context);
    match (form(context), drift) {
        (Form::Text, Some(drift)) => return context.print(&drift.text(&report::summary(report), &styles)),
        (Form::Markdown, Some(drift)) => return context.print(&drift.markdown(1)),
        (Form::Json, Some(drift)) => {
            report.more.insert("drift".to_owned(), drift.json());
        }
        (Form::Github, Some(drift)) => {
            let new: BTreeSet<_> = drift.new_hazards().map(|one| one.fingerprint.as_str()).collect();
            report.findings.all.retain(|one| new.contains(one.fingerprint.as_str()));
        }
        _ => {}
    }
    context.print(&report::write(report, form(context), &styles))?;
    if context.global.format() == Format::Gitlab {
        // The array has no room for it.
        context.note(&report::summary(report));
    }
    Ok(())
}

/// What changed since the report in that file.
pub(crate) fn drift(path: &Path, report: &Report<'_>) -> Result<Drift, Failure> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("--diff: {shown} can't be read: {error}"))
            .help("name what `exodus classify --format json` or `exodus report --format json` wrote")
    })?;
    Old::read(&text)
        .and_then(|old| Drift::between(&old, &shown, report))
        .map_err(|error| Failure::usage(format!("--diff: {shown}: {error}")).help(error.help()))
}

/// Writes all that stands into the baseline and takes out what it accepts in vain; gives what is accepted then.
fn baseline(
    context: &Context,
    config: &Config,
    found: &Found<'_>,
    findings: &Findings<'_>,
) -> Result<Vec<Accept>, Failure> {
    let hazards = found.classes.hazards.iter();
    let known: BTreeSet<_> = hazards
        .map(|hazard| (hazard.rule, hazard.object(found.graph)))
        .collect();
    let on_schema = |finding: &Finding<'_>| known.contains(&(finding.hazard.rule, finding.object.clone()));
    let entries = findings.standing().map(|finding| NewEntry {
        rule: finding.hazard.rule,
        object: finding.object.clone(),
        audit_only: !on_schema(finding),
    });
    let stale: Vec<_> = findings.stale.iter().map(|stale| stale.entry).collect();
    let changed = config.write_baseline(&entries.collect::<BTreeSet<_>>(), &stale)?;
    context.note(&format!(
        "Wrote {}: {} more, {} taken out.",
        changed.file, changed.added, changed.removed
    ));
    Ok(changed.accepts)
}

/// The form that was asked for.
pub(crate) fn form(context: &Context) -> Form {
    match context.global.format() {
        Format::Json => Form::Json,
        Format::Markdown => Form::Markdown,
        Format::Sarif => Form::Sarif,
        Format::Github => Form::Github,
        Format::Gitlab => Form::Gitlab,
        // Those of files and reports were refused before.
        _ => Form::Text,
    }
}

/// The colours that are wanted; they reach a terminal only.
pub(crate) fn styles(context: &Context) -> Styles {
    if context.global.no_color {
        Styles::default()
    } else {
        Styles::coloured()
    }
}

#[cfg(test)]
mod tests {
    use exodus_classify::infer;

    use super::*;

    #[test]
    fn the_default_confidence_is_the_one_that_is_documented() {
        assert_eq!(LIKELY.parse(), Ok(infer::LIKELY));
        for text in ["x", "-0.1", "1.1", "NaN", ""] {
            assert!(confidence(text).is_err(), "{text}");
        }
    }
}
