//! `exodus dispatch`: the store that knows which client is where.

use clap::Subcommand;
use exodus_engine::{Address, ConnectOptions};
use exodus_fleet::{Client, ClientFilter, State, Store};
use exodus_transfer::ClientKey;
use serde_json::json;

use crate::context::{Context, Database};
use crate::exit::{Code, Failure};
use crate::moving::key;
use crate::text::{Table, count, wrap};

/// Its flags.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make the store, and enrol the clients that are on a database
    Init(Init),
    /// Write down that a client is on a shard
    Set(Set),
    /// Show which client is where
    Show(Show),
}

#[derive(Debug, clap::Args)]
struct Init {
    /// Enrol every client found on this database, as being there
    #[arg(long, value_name = "DB")]
    enrol_from: Option<String>,
    /// The root table; by default the configured one
    #[arg(long, value_name = "TABLE", requires = "enrol_from")]
    root: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Set {
    /// The client's key; the parts of a composite one in key order: 7,42
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    client: ClientKey,
    /// The database that holds it
    #[arg(long, value_name = "DB")]
    shard: String,
}

#[derive(Debug, clap::Args)]
struct Show {
    /// Only this client
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    client: Option<ClientKey>,
    /// Only clients on this shard
    #[arg(long, value_name = "DB", conflicts_with = "client")]
    shard: Option<String>,
    /// Only clients that are frozen: by a move, or by hand
    #[arg(long, conflicts_with = "client")]
    frozen: bool,
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    match &args.what {
        What::Init(args) => init(context, args).await,
        What::Set(args) => set(context, args).await,
        What::Show(args) => show(context, args).await,
    }
}

async fn init(context: &Context, args: &Init) -> Result<Code, Failure> {
    let Database { name, address } = context.dispatch_database()?;
    // What can fail is done first, so that a mistyped name leaves no empty store behind.
    let found = match &args.enrol_from {
        Some(from) => Some(clients_on(context, from, args.root.as_deref()).await?),
        None => None,
    };
    let options = ConnectOptions {
        create: matches!(address, Address::Sqlite(_)),
        ..ConnectOptions::default()
    };
    let store = Store::init(exodus_engine::connect(&name, &address, options).await?).await?;
    let Some((shard, root, clients)) = found else {
        return if context.json() {
            context
                .print_json(&json!({"version": 1, "store": name}))
                .map(|()| Code::Ok)
        } else {
            context
                .print(&format!("The dispatch store is {name}.\n"))
                .map(|()| Code::Ok)
        };
    };
    let enrolled = store.enrol(clients, &shard).await?;
    if context.json() {
        context
            .print_json(&json!({"version": 1, "store": name, "shard": shard, "root": root, "enrolled": enrolled}))?;
        return Ok(Code::Ok);
    }
    let added = count(enrolled.added, "client");
    let mut text = wrap(&format!("The dispatch store is {name}."), 0);
    text += &wrap(&format!("{added} enrolled on {shard}, each a row of {root}."), 0);
    for (number, what) in [
        (enrolled.known, "known there already"),
        (enrolled.elsewhere, "known elsewhere, and left so"),
    ] {
        if number > 0 {
            text += &wrap(&format!("{} {what}.", count(number, "client")), 0);
        }
    }
    context.print(&text)?;
    Ok(Code::Ok)
}

async fn clients_on(
    context: &Context,
    from: &str,
    root: Option<&str>,
) -> Result<(String, String, Vec<ClientKey>), Failure> {
    let shard = context.name_of(from)?;
    let mut connection = context
        .connect(
            from,
            ConnectOptions {
                read_only: true,
                create: false,
            },
        )
        .await?;
    let (root, clients) = context.clients_of(&mut *connection, root).await?;
    Ok((shard, root, clients))
}

async fn set(context: &Context, args: &Set) -> Result<Code, Failure> {
    let shard = context.name_of(&args.shard)?;
    let store = context.store().await?;
    let client = match store.client(&args.client).await? {
        Some(known) => known.client,
        None => canonical(context, args).await,
    };
    let client = store.set(&client, &shard).await?;
    show_clients(context, &[client])
}

/// The key of a client that is new to the store. The shard may be out of reach, or not yet have the table.
async fn canonical(context: &Context, args: &Set) -> ClientKey {
    let found = key::canonical(context, &args.client, std::slice::from_ref(&args.shard), None).await;
    found.unwrap_or_else(|| args.client.clone())
}

async fn show(context: &Context, args: &Show) -> Result<Code, Failure> {
    let store = context.store().await?;
    let clients = if let Some(typed) = &args.client {
        let databases = key::configured(context);
        let client = key::find(context, &store, typed, &databases, None).await?.ok_or_else(|| {
            Failure::usage("the dispatch store doesn't know that client").help(
                "`exodus dispatch show` lists those it knows; `exodus dispatch init --enrol-from DB` enrols all that are on a database",
            )
        })?;
        vec![client]
    } else {
        // A shard may have left the configuration since.
        let shard = args
            .shard
            .as_ref()
            .map(|shard| context.name_of(shard).unwrap_or_else(|_| shard.clone()));
        let state = args.frozen.then_some(State::Frozen);
        store.clients(&ClientFilter { shard, state }).await?
    };
    show_clients(context, &clients)
}

fn show_clients(context: &Context, clients: &[Client]) -> Result<Code, Failure> {
    if context.json() {
        context.print_json(&json!({"version": 1, "clients": clients}))?;
        return Ok(Code::Ok);
    }
    if clients.is_empty() {
        context.note("no client");
        return Ok(Code::Ok);
    }
    let mut table = Table::new(["client", "shard", "state", "epoch", "since"]);
    for client in clients {
        let Client {
            client,
            shard,
            state,
            epoch,
            updated_at,
            reason,
        } = client;
        table.row([
            client.to_string(),
            shard.clone(),
            reason
                .as_ref()
                .map_or_else(|| state.to_string(), |reason| format!("{state} ({reason})")),
            epoch.to_string(),
            updated_at.clone(),
        ]);
    }
    context.print(&table.to_string())?;
    Ok(Code::Ok)
}
