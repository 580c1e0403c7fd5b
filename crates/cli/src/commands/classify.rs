//! `exodus classify`: every table's class with the reason, and the hazards.

use std::path::PathBuf;

use exodus_classify::report::{self, Form, Section, json};
use exodus_classify::whatif::{self, Change, Model, WhatIfError};
use exodus_classify::{Classification, Scope, candidates, classify, infer};
use exodus_engine::ConnectOptions;
use exodus_schema::ddl::Lines;
use exodus_schema::{Graph, TableId};
use serde_json::Map;

use crate::config::Config;
use crate::context::{Configured, Context};
use crate::exit::{Code, Failure};
use crate::findings::{self, FindingArgs, Found};
use crate::schema_file::EngineName;

/// Its flags.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 clean, 1 hazards at or above --fail-on, or something is accepted that is gone, 2 \
                  wrong usage, configuration or --schema file, or no root table, 3 the database or a file to be written failed."
)]
pub(crate) struct Args {
    #[command(flatten)]
    input: Input,
    /// Show what would change, and change nothing: `ignore comments(client_id)`,
    /// `declare notes(author) -> clients(login)`, `class audit_log neutral`
    #[arg(long, value_name = "CHANGE", conflicts_with = "write_baseline")]
    what_if: Vec<String>,
    /// Tell what came, went or changed since the report in that file, which
    /// `exodus classify --format json` wrote
    #[arg(long, value_name = "OLD.json", conflicts_with = "what_if")]
    diff: Option<PathBuf>,
    #[command(flatten)]
    findings: FindingArgs,
}

/// Where a schema is read from.
#[derive(Debug, clap::Args)]
pub(crate) struct Input {
    /// The database to read: a name from exodus.toml, a URL or a path
    #[arg(long, value_name = "DB", conflicts_with = "schema")]
    from: Option<String>,
    /// Read the schema from a file, without a database: what `exodus schema`
    /// wrote, or a dump in SQL
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    /// Whose SQL the file holds, if it does not tell
    #[arg(long, value_name = "ENGINE", value_enum, requires = "schema")]
    engine: Option<EngineName>,
    /// The table whose rows are the clients; without one, the likely ones are listed
    #[arg(long, value_name = "TABLE")]
    root: Option<String>,
}

impl Input {
    /// The schema, with what the configuration says about it, and guessed relations where they are asked for; and where
    /// its parts stand in the file, if it is one that tells.
    pub(crate) async fn read(&self, context: &Context, assume: Option<f64>) -> Result<(Configured, Lines), Failure> {
        if let Some(path) = &self.schema {
            return context.read_schema_file(path, self.engine, assume);
        }
        let name = source(context, self.from.as_deref()).map_err(|failure| {
            // Without any configuration, a file is as good a beginning as a database.
            if context.config.is_none() {
                failure.help(
                    "give one with `--from`: a URL (postgres://…, mysql://…) or the path of an SQLite file; or a dump with `--schema`; `exodus init` writes a configuration",
                )
            } else {
                failure
            }
        })?;
        let options = ConnectOptions {
            read_only: true,
            ..ConnectOptions::default()
        };
        let mut connection = context.connect(&name, options).await?;
        let configured = context.schema_with(connection.as_mut(), assume).await?;
        Ok((configured, Lines::default()))
    }

    /// The root table, if one is known.
    pub(crate) fn root(&self, context: &Context, graph: &Graph<'_>) -> Result<Option<TableId>, Failure> {
        context.root(graph, self.root.as_deref())
    }

    /// The file that was read, as findings name it.
    pub(crate) fn file(&self) -> Option<String> {
        self.schema.as_ref().map(|path| path.display().to_string())
    }

    /// What is read, in words and without secrets.
    pub(crate) fn shown(&self, context: &Context) -> Result<String, Failure> {
        match self.file() {
            Some(file) => Ok(file),
            None => context.name_of(&source(context, self.from.as_deref())?),
        }
    }

    /// Whether something says what to read.
    pub(crate) fn is_said(&self, context: &Context) -> bool {
        self.schema.is_some() || source(context, self.from.as_deref()).is_ok()
    }
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    let assume = args.findings.assume.assume_inferred;
    let (configured, lines) = args.input.read(context, assume).await?;
    let graph = Graph::new(&configured.schema);
    let Some(root) = args.input.root(context, &graph)? else {
        return no_root(context, &graph);
    };
    let classes = classified(&graph, root, &configured)?;
    if !args.what_if.is_empty() {
        return suppose(context, args, &configured, (&graph, &classes));
    }
    let found = Found {
        command: "classify",
        graph: &graph,
        classes: &classes,
        hazards: &classes.hazards,
        inferred: &configured.inferred,
        scope: Scope::Schema,
        file: args.input.file(),
        lines,
        tables: true,
        sections: if assume.is_none() {
            hint(&graph, &classes, args.findings.shown.asks_for("missing-foreign-key"))
        } else {
            vec![]
        },
        more: Map::new(),
    };
    findings::conclude(context, &args.findings, found, args.diff.as_deref())
}

/// Classifies as the configuration says.
pub(crate) fn classified(graph: &Graph<'_>, root: TableId, configured: &Configured) -> Result<Classification, Failure> {
    classify(graph, root, &configured.cuts, &configured.overrides)
        .map_err(|error| Failure::usage(error.to_string()).help(error.help()))
}

/// Without a root nothing is classified, and so nothing is clean: the candidates are the answer, and the code says that
/// it is not the one that was asked for.
pub(crate) fn no_root(context: &Context, graph: &Graph<'_>) -> Result<Code, Failure> {
    let found = candidates::candidates(graph);
    match findings::form(context) {
        Form::Text => context.print(&report::candidates(graph, &found, &findings::styles(context)))?,
        Form::Json => context.print_json(&json::candidates(graph, &found))?,
        _ => return Err(unrooted(graph)),
    }
    Ok(Code::Usage)
}

/// The same as a failure, where there is no room for a list.
pub(crate) fn unrooted(graph: &Graph<'_>) -> Failure {
    let found = candidates::candidates(graph);
    let names: Vec<_> = found
        .iter()
        .take(3)
        .map(|candidate| format!("`{}`", graph.table(candidate.table).name))
        .collect();
    let could = if names.is_empty() {
        String::new()
    } else {
        format!("; it could be {}", names.join(" or "))
    };
    Failure::usage("no root table is known: each of its rows is a client").help(format!(
        "name it with `--root`, or `root = \"…\"` in exodus.toml{could}"
    ))
}

/// Columns that look like foreign keys that nobody made: never used silently, but nobody should miss them.
fn hint(graph: &Graph<'_>, classes: &Classification, shown: bool) -> Vec<Section> {
    let likely = infer::infer_unrefused(graph, &classes.cuts);
    let likely = likely.iter().filter(|guess| guess.confidence >= infer::LIKELY).count();
    let (line, them) = match likely {
        0 => return vec![],
        1 => ("1 column looks like a foreign key that is missing".to_owned(), "it"),
        n => (format!("{n} columns look like foreign keys that are missing"), "them"),
    };
    let next = if shown {
        format!(
            "`[[declare]]` and `[[ignore_relations]]` in exodus.toml settle {them}, `--assume-inferred` takes {them} for real for once"
        )
    } else {
        format!("`--only missing-foreign-key` shows {them}, `--assume-inferred` takes {them} for real")
    };
    vec![Section {
        title: String::new(),
        lines: vec![format!("{line}: {next}.")],
    }]
}

/// What would be if the changes were made.
fn suppose(
    context: &Context,
    args: &Args,
    configured: &Configured,
    before: (&Graph<'_>, &Classification),
) -> Result<Code, Failure> {
    let wrong = |error: WhatIfError| Failure::usage(format!("--what-if: {error}")).help(error.help());
    let mut model = Model {
        schema: configured.schema.clone(),
        cuts: configured.cuts.clone(),
        overrides: configured.overrides.clone(),
    };
    for text in &args.what_if {
        let change: Change = text.parse().map_err(wrong)?;
        model.suppose(&change).map_err(wrong)?;
    }
    let graph = Graph::new(&model.schema);
    let classes = classify(&graph, before.1.root, &model.cuts, &model.overrides)
        .map_err(|error| Failure::usage(format!("--what-if: {error}")).help(error.help()))?;
    let filter = args.findings.shown.filter(&graph)?;
    let difference = whatif::difference(before, (&graph, &classes)).filtered(&filter);
    let changes = &args.what_if;
    match findings::form(context) {
        Form::Text => context.print(&difference.text(&graph, changes, &findings::styles(context)))?,
        Form::Json => context.print_json(&difference.json(&graph, changes))?,
        Form::Markdown => context.print(&difference.markdown(&graph, changes))?,
        _ => {
            return Err(
                Failure::usage("`--what-if` asks a question, it finds no hazards to annotate")
                    .help("take `--format text`, `json` or `markdown`"),
            );
        }
    }
    Ok(Code::Ok)
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
