//! `exodus explain`: why a table has its class, or what a rule is about.

use exodus_classify::explain::{self, Subject};
use exodus_classify::report::Form;
use exodus_classify::rules::{self, Rule};
use exodus_classify::{Filter, Findings, NoSuchTable, Scope, find_table, near_rules};
use exodus_schema::Graph;

use super::classify::{Input, classified, no_root};
use crate::config::Config;
use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::findings::{self, AssumeArgs};

/// Its flags.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A table, or a rule such as `horse-riddle`
    #[arg(value_name = "TABLE|RULE")]
    what: String,
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    assume: AssumeArgs,
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    if !matches!(findings::form(context), Form::Text | Form::Json | Form::Markdown) {
        return Err(
            Failure::usage("an explanation is no list of findings").help("take `--format text`, `json` or `markdown`")
        );
    }
    match rules::find(&args.what) {
        Some(rule) => page(context, rule),
        None => table(context, args).await,
    }
}

fn page(context: &Context, rule: &Rule) -> Result<Code, Failure> {
    match findings::form(context) {
        Form::Json => context.print_json(&explain::page_json(rule))?,
        Form::Markdown => {
            // The rule's name is the heading over all of it, as in docs/hazards.
            let page = format!("\n{}", rule.page()).replace("\n# ", "\n## ");
            context.print(&format!("# {}\n{page}", rule.id))?;
        }
        _ => context.print(&explain::page_text(rule, &findings::styles(context)))?,
    }
    Ok(Code::Ok)
}

async fn table(context: &Context, args: &Args) -> Result<Code, Failure> {
    let rules = near_rules(&args.what);
    if !args.input.is_said(context) {
        let failure = Failure::usage(format!(
            "`{}` is no rule, and it isn't said where to look for a table",
            args.what
        ));
        return Err(failure.help(match rules.first() {
            Some(near) => format!(
                "did you mean the rule `{near}`? For a table, name the database with `--from`, or a schema file with `--schema`"
            ),
            None => "name the database with `--from`, or a schema file with `--schema`".to_owned(),
        }));
    }
    let (configured, _) = args.input.read(context, args.assume.assume_inferred).await?;
    let graph = Graph::new(&configured.schema);
    let table = find_table(&graph, &args.what).map_err(|error| unknown(&args.what, &error, &rules))?;
    let Some(root) = args.input.root(context, &graph)? else {
        return no_root(context, &graph);
    };
    let classes = classified(&graph, root, &configured)?;
    let root_key = context.root_key(&graph, root).ok();
    let accepts = context.config.as_ref().map_or(vec![], Config::accepts);
    let found = Findings::new(&graph, &classes.hazards, &accepts, &Filter::default(), Scope::Part);
    let subject = Subject {
        graph: &graph,
        classes: &classes,
        cuts: &configured.cuts,
        overrides: &configured.overrides,
        inferred: &configured.inferred,
        root_key: root_key.as_deref(),
        findings: &found,
        table,
    };
    match findings::form(context) {
        Form::Json => context.print_json(&explain::json(&subject))?,
        Form::Markdown => context.print(&explain::markdown(&subject))?,
        _ => context.print(&explain::text(&subject, &findings::styles(context)))?,
    }
    Ok(Code::Ok)
}

/// Neither a table nor a rule: near names of both.
fn unknown(what: &str, error: &NoSuchTable, rules: &[&str]) -> Failure {
    let NoSuchTable::Unknown { near, .. } = error else {
        return Failure::usage(error.to_string()).help(error.help());
    };
    let tables = near.iter().map(|name| format!("the table `{name}`"));
    let rules = rules.iter().map(|id| format!("the rule `{id}`"));
    let all: Vec<_> = tables.chain(rules).collect();
    let failure = Failure::usage(format!("there is neither a table nor a rule `{what}`"));
    failure.help(if all.is_empty() {
        "`exodus classify` lists the tables, and its findings name the rules".to_owned()
    } else {
        format!("did you mean {}?", all.join(" or "))
    })
}
