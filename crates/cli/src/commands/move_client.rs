//! `exodus move`

mod again;

use std::path::PathBuf;

use exodus_fleet::Store;
use exodus_schema::Graph;
use exodus_transfer::create::Tables;
use exodus_transfer::explain::ExplainedTable;
use exodus_transfer::plan::Request;
use exodus_transfer::{ClientKey, Error, Integrity, Plan, Policies, Rows, Rules, Shape, There, canonical_key, plan};
use serde_json::json;

use crate::config::{Config, Configured};
use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::afterwards::Afterwards;
use crate::moving::explained::{Explaining, explained_text};
use crate::moving::fencing::Fencing;
use crate::moving::many::{self, Whom};
use crate::moving::references::References;
use crate::moving::single::Carrying;
use crate::moving::streams::{Divided, Streams};
use crate::moving::throttling::Throttling;
use crate::moving::tombstones;
use crate::moving::{
    classified, creating, dispatched, freezing, key, look, places, plan_text, stoppable, unless_stopped, warn, warnings,
};

pub(crate) use again::{Again, again};

/// Its flags.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("whom").required(true).args(["client", "clients_file", "condition"])))]
pub(crate) struct Args {
    /// Whom to move: the key of its root row; parts of a composite key in key order, as in 7,42
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    client: Option<ClientKey>,
    /// Move all clients whose keys this file has, one per line (# begins a comment); - is the standard input
    #[arg(long, value_name = "FILE")]
    clients_file: Option<PathBuf>,
    /// Move all clients whose rows of the root table, under the alias t, satisfy this condition: "t.country = 'LV'"
    #[arg(long = "where", value_name = "SQL")]
    condition: Option<String>,
    /// Where to: a database of the configuration, a URL, or an SQLite file
    #[arg(long, value_name = "DB")]
    to: String,
    /// Where from, if the dispatch store is not to be asked
    #[arg(long, value_name = "DB")]
    from: Option<String>,
    /// The root table, instead of the configured one
    #[arg(long, value_name = "TABLE")]
    root: Option<String>,
    /// Print what would be done, on read-only sessions, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// How foreign keys are made to hold; by default the best way the target allows
    #[arg(long, value_name = "HOW")]
    integrity: Option<How>,
    /// To another product: copy values that lose something by it, too, as the plan says
    #[arg(long)]
    allow_lossy: bool,
    /// Where both sides differ, list the keys of the rows
    #[arg(long)]
    show_keys: bool,
    #[command(flatten)]
    creating: creating::Creating,
    #[command(flatten)]
    references: References,
    #[command(flatten)]
    explaining: Explaining,
    #[command(flatten)]
    several: many::Flags,
    #[command(flatten)]
    streams: Streams,
    #[command(flatten)]
    throttling: Throttling,
    #[command(flatten)]
    afterwards: Afterwards,
    #[command(flatten)]
    fencing: Fencing,
    #[command(flatten)]
    freezing: freezing::FreezeFlags,
}

/// A way of integrity.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum How {
    /// Checks off for this session, every relation proved before the commit
    Proven,
    /// The server checks every row
    Enforced,
}

impl From<How> for Integrity {
    fn from(how: How) -> Self {
        match how {
            How::Proven => Self::Proven,
            How::Enforced => Self::Enforced,
        }
    }
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    match (&args.client, &args.clients_file, &args.condition) {
        (Some(client), ..) => Box::pin(one(context, args, client, None)).await,
        (None, Some(file), _) => several(context, args, Whom::File(file)).await,
        (None, None, Some(condition)) => several(context, args, Whom::Where(condition)).await,
        (None, None, None) => Err(Failure::usage("nobody is to be moved").help("--client KEY says who")),
    }
}

async fn several(context: &Context, args: &Args, whom: Whom<'_>) -> Result<Code, Failure> {
    args.afterwards.of_several()?;
    let request = many::Request {
        whom,
        to: &args.to,
        from: args.from.as_deref(),
        root: args.root.as_deref(),
        flags: &args.several,
        dry_run: args.dry_run,
        show_keys: args.show_keys,
        integrity: args.integrity.map(Integrity::from),
        allow_lossy: args.allow_lossy,
        references: &args.references,
        creating: &args.creating,
        throttling: &args.throttling,
        afterwards: args.afterwards,
        freezing: args.freezing.settings(context)?,
    };
    many::run(context, &request).await
}

async fn one(context: &Context, args: &Args, typed: &ClientKey, resumed: Option<&Again<'_>>) -> Result<Code, Failure> {
    let freezing = resumed.map_or(&args.freezing, |again| again.freezing);
    let freezing = args.fencing.settle(freezing.settings(context)?);
    args.fencing.refuse(args.streams.number(), args.afterwards.is_said())?;
    let store = open_store(context, args).await?;
    let from = source_name(context, args, typed, store.as_ref()).await?;
    // The source is only read, unless its rows go with the move: its session need not be able to write.
    let mut source = context.connect(&from, args.fencing.source(args.dry_run)).await?;
    let connected = creating::connect(context, &args.to, &args.creating, args.dry_run).await?;
    // It is dropped after the session: a file that stays empty goes.
    let (file, mut target) = (connected.file, connected.connection);
    is_elsewhere(typed, source.name(), target.name())?;
    let configured = context.schema_of(&mut *source).await?;
    let graph = Graph::new(&configured.schema);
    let classified = classified(context, &configured, &graph, args.root.as_deref())?;
    let shape = Shape {
        graph: &graph,
        tree: &classified.classification.tree,
        root_key: &classified.root_key,
    };
    let (target_schema, tables) = if args.creating.create_tables {
        creating::target_schema(context, (&mut *source, &mut *target), &configured, &shape).await?
    } else {
        (context.schema_of(&mut *target).await?.schema, Tables::default())
    };
    let tables_to_make = Some(&tables).filter(|tables| !tables.is_empty());
    warn(context, source.name(), &configured.schema);
    warn(context, target.name(), &target_schema);
    let named_there = There::of(&configured.schema, &target_schema);
    let graph = &Graph::new(named_there.schema());
    let there = Shape { graph, ..shape };
    let policies = policies(args, resumed, (&configured, shape))?;

    look(&mut *source).await?;
    look(&mut *target).await?;
    places::take_writes(&mut *source, &mut *target).await?;
    let written = (args.fencing.locks(), true);
    places::are_apart(context, (&from, &args.to), written, (&mut *source, &mut *target)).await?;
    let rows = Rows::of(shape, source.dialect(), typed)?;
    let client = canonical_key(&mut *source, &rows).await?;
    let accepts = context.config.as_ref().map_or(vec![], Config::accepts);
    let rules = Rules {
        classes: &classified.classification,
        accepts: &accepts,
        thorough: true,
    };
    let request = Request {
        shape,
        there,
        client: &client,
        target_schema: &target_schema,
        integrity: args.integrity.map(Integrity::from),
        allow_lossy: args.allow_lossy,
        policies: &policies,
        rules,
        creating: tables_to_make,
    };
    let cancel = stoppable(context);
    let planning = async { Ok(plan::plan(&mut *source, &mut *target, request).await?) };
    let mut plan = unless_stopped(&cancel, planning).await?;
    source.rollback().await?;
    target.rollback().await?;
    args.fencing
        .look(&mut *source, &freezing, (&request, &mut plan))
        .await?;
    if let Some(store) = &store {
        judged(store, &client, args.dry_run, shape, &mut plan).await?;
    }

    if args.dry_run {
        plan.is_only_looked_at();
    }
    let divided = args.streams.divide(&plan, &request, &*target);
    if args.dry_run {
        let explained = args.explaining.ask(&mut *source, shape, &client, &plan).await?;
        return told(
            context,
            args,
            &plan,
            (&tables, target.name()),
            (explained.as_deref(), divided.as_ref()),
        );
    }
    accepted(context, &mut plan)?;
    let Some(store) = store else { return Err(no_store()) };
    let streams = Divided::connect(divided.as_ref(), context, (&from, &args.to)).await?;
    let asked = asked(args, &plan, shape, (&tables, file.is_new()), &policies);
    let carrying = Carrying {
        context,
        to: &args.to,
        throttling: resumed.map_or(&args.throttling, |again| again.throttling),
        freezing,
        show_keys: args.show_keys || resumed.is_some_and(|again| again.show_keys),
        store: &store,
        asked: &asked,
        journal: resumed.map(|again| again.journal.clone()),
        returning: None,
    };
    Box::pin(carrying.out(request, (&mut *source, target, streams), cancel)).await
}

/// Tells the warnings of a plan that nothing stands against.
fn accepted(context: &Context, plan: &mut Plan) -> Result<(), Failure> {
    if !plan.problems.is_empty() {
        return Err(Error::Refused(std::mem::take(&mut plan.problems)).into());
    }
    for warning in warnings(plan) {
        context.note(&warning);
    }
    Ok(())
}

/// What the dispatch store knows about the plan; a move itself finds out when it begins whether the store lets the client go.
async fn judged(
    store: &Store,
    client: &ClientKey,
    dry_run: bool,
    shape: Shape<'_>,
    plan: &mut Plan,
) -> Result<(), Failure> {
    tombstones::explain(store, client, plan).await?;
    if dry_run {
        dispatched::judge(store, client, plan, shape).await?;
    }
    Ok(())
}

/// Prints what would be done.
fn told(
    context: &Context,
    args: &Args,
    plan: &Plan,
    (tables, target): (&Tables, &str),
    with: (Option<&[ExplainedTable]>, Option<&Divided>),
) -> Result<Code, Failure> {
    let made = creating::text(tables, target, args.creating.show_statements);
    let text = dry_text(plan, args.creating.create_tables.then_some(&*made), with);
    print_plan(context, plan, with, &text)
}

/// What was asked for about references, now or when the move was written down.
fn policies(
    args: &Args,
    resumed: Option<&Again<'_>>,
    (configured, shape): (&Configured, Shape<'_>),
) -> Result<Policies, Failure> {
    match resumed {
        Some(again) => Ok(Policies::of_told(shape.graph, &again.options["references"])),
        None => args.references.policies(configured, shape.graph),
    }
}

fn is_elsewhere(client: &ClientKey, source: &str, target: &str) -> Result<(), Failure> {
    if source == target {
        return Err(Failure::usage(format!("client {client} is on {target} already")));
    }
    Ok(())
}

async fn open_store(context: &Context, args: &Args) -> Result<Option<Store>, Failure> {
    match context.store_to_write(args.dry_run).await {
        Ok(store) => Ok(Some(store)),
        // A look at what would be done doesn't need it.
        Err(_) if args.dry_run && args.from.is_some() => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn no_store() -> Failure {
    Failure::runtime("there is no dispatch store").help("make it with `exodus dispatch init`")
}

async fn source_name(
    context: &Context,
    args: &Args,
    typed: &ClientKey,
    store: Option<&Store>,
) -> Result<String, Failure> {
    if let Some(from) = &args.from {
        return Ok(from.clone());
    }
    let store = store.ok_or_else(no_store)?;
    let databases = std::slice::from_ref(&args.to);
    if let Some(client) = key::find(context, store, typed, databases, args.root.as_deref()).await? {
        return Ok(client.shard);
    }
    let name = context.dispatch_database()?.name;
    Err(
        Failure::runtime(format!("{name}: the dispatch store knows no client {typed}"))
            .help("name its database with --from, or enrol all clients: `exodus dispatch init --enrol-from DB`"),
    )
}

/// How a move was asked for, with the tables and the file that are made for it.
fn asked(
    args: &Args,
    plan: &Plan,
    shape: Shape<'_>,
    (tables, file): (&Tables, bool),
    policies: &Policies,
) -> serde_json::Value {
    let mut asked = json!({
        "integrity": plan.integrity,
        "root": shape.root().name,
        "made": tables.objects(),
        "made_file": file,
        "allow_lossy": args.allow_lossy,
        "streams": args.streams.number(),
    });
    args.afterwards.ask(&mut asked);
    args.fencing.ask(&mut asked);
    if let Some(told) = policies.told(shape.graph) {
        asked["references"] = told;
    }
    asked
}

/// The plan with the tables that will be made, how the rows are found, and by how many streams they go, as far as that was
/// asked for.
fn dry_text(
    plan: &Plan,
    made: Option<&str>,
    (explained, divided): (Option<&[ExplainedTable]>, Option<&Divided>),
) -> String {
    let mut text = plan_text(plan);
    if let Some(divided) = divided {
        text.push('\n');
        text.push_str(&divided.text());
    }
    if let Some(made) = made {
        text.push('\n');
        text.push_str(made);
    }
    if let Some(tables) = explained {
        text.push_str(&explained_text(tables));
    }
    text
}

fn print_plan(
    context: &Context,
    plan: &Plan,
    (explained, divided): (Option<&[ExplainedTable]>, Option<&Divided>),
    text: &str,
) -> Result<Code, Failure> {
    if context.json() {
        let mut value = json!({ "version": 1, "plan": plan });
        if let Some(tables) = explained {
            value["explain"] = json!(tables);
        }
        if let Some(divided) = divided {
            value["streams"] = divided.json();
        }
        context.print_json(&value)?;
    } else {
        context.print(text)?;
    }
    Ok(if plan.problems.is_empty() {
        Code::Ok
    } else {
        Code::Runtime
    })
}
