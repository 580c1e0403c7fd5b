//! `exodus purge`

use exodus_engine::{ConnectOptions, Session};
use exodus_fleet::{Move, MoveJournal};
use exodus_schema::Graph;
use exodus_transfer::purge::{self, Proof, Purged, Request};
use exodus_transfer::verify::Record;
use exodus_transfer::{Event, Integrity, Journal, Rows, Shape, Status, There};
use serde_json::json;

use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::{classified, confirmed, places, stoppable, told, unless_stopped};
use crate::progress::Show;
use crate::text::{count, wrap};

/// Its flags.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The move whose source rows are removed; `exodus moves` lists them
    id: i64,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
    /// Where both sides differ, list the keys of the rows
    #[arg(long)]
    show_keys: bool,
    /// Whether the server checks what is removed; by default not, where the source allows that
    #[arg(long, value_name = "HOW")]
    integrity: Option<How>,
}

/// A way of integrity.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum How {
    /// Checks off for this session, after a look under lock that nobody else references the rows
    Proven,
    /// The server checks every row
    Enforced,
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    let store = context.store().await?;
    let it = store.get_move(args.id).await?;
    let mut journal = store.open_move(args.id).await?;
    may_be_purged(&store, &it).await?;
    let verified = verified_record(&store, it.id).await?;
    let mut source = context.connect(&it.source, ConnectOptions::default()).await?;
    let mut target = context
        .connect(
            &it.target,
            ConnectOptions {
                read_only: true,
                ..ConnectOptions::default()
            },
        )
        .await?;
    places::is_primary(&mut *source, "let the configuration name its primary, and run it again").await?;
    let configured = context.schema_of(&mut *source).await?;
    let graph = Graph::new(&configured.schema);
    let root = it.options["root"].as_str();
    let classified = classified(context, &configured, &graph, root)?;
    let shape = Shape {
        graph: &graph,
        tree: &classified.classification.tree,
        root_key: &classified.root_key,
    };
    let target_schema = context.schema_of(&mut *target).await?.schema;
    let here = Rows::of(shape, source.dialect(), &it.client)?;
    let named_there = There::of(&configured.schema, &target_schema);
    let graph_there = Graph::new(named_there.schema());
    let there = Shape {
        graph: &graph_there,
        ..shape
    };
    let there = Rows::of(there, target.dialect(), &it.client)?;

    if it.status == Status::Purging && here.count(&mut *source, shape.tree.root()).await? == 0 {
        // An earlier purge was interrupted between its commit and this line in the journal.
        journal.record(Event::Finish, json!({})).await?;
        context.print(&format!("Move {}: {} had been purged already.\n", it.id, it.source))?;
        return Ok(Code::Ok);
    }
    let question = format!(
        "Remove the rows of client {} from {}? {} keeps them.",
        it.client, it.source, it.target
    );
    confirmed(context, args.yes, &question)?;
    let cancel = stoppable(context);
    let show = Show::new(context.global.quiet || context.json());
    if it.status == Status::Switched {
        journal.record(Event::Purge, json!({})).await?;
    }
    let request = Request {
        rows: &here,
        target_rows: &there,
        source_schema: &configured.schema,
        verified: &verified,
        integrity: args.integrity.map(|how| match how {
            How::Proven => Integrity::Proven,
            How::Enforced => Integrity::Enforced,
        }),
    };
    let ends = (&mut *source, &mut *target);
    let purged = removed(ends, &request, &show, &cancel, &mut journal, args.show_keys).await?;
    drop(show);
    tell(context, &it, &purged)
}

async fn removed(
    (source, target): (&mut Session, &mut Session),
    request: &Request<'_>,
    show: &Show,
    cancel: &tokio_util::sync::CancellationToken,
    journal: &mut MoveJournal,
    show_keys: bool,
) -> Result<Purged, Failure> {
    let purging = async {
        let purged = purge::source(source, target, request, show).await;
        purged.map_err(|error| told(error, show_keys))
    };
    match unless_stopped(cancel, purging).await {
        Ok(purged) => {
            journal
                .record(Event::Finish, json!({ "rows": purged.rows, "proof": purged.proof }))
                .await?;
            Ok(purged)
        }
        Err(failure) => {
            // If even this can't be written, the next purge of this move finds out by itself how this one ended.
            if failure.code() != Code::Interrupted {
                drop(journal.record(Event::Keep, json!({})).await);
            }
            Err(failure)
        }
    }
}

async fn may_be_purged(store: &exodus_fleet::Store, it: &Move) -> Result<(), Failure> {
    match it.status {
        Status::Switched | Status::Purging => {}
        Status::Done => return Err(Failure::usage(format!("move {} has been purged already", it.id))),
        status => {
            return Err(Failure::usage(format!(
                "move {} is {status}: only a switched move can be purged",
                it.id
            ))
            .help(format!("`exodus moves show {}` tells what happened to it", it.id)));
        }
    }
    let now = store.client(&it.client).await?;
    let back = now.as_ref().is_none_or(|client| client.shard == it.source);
    if back {
        return Err(Failure::runtime(format!(
            "the dispatch store says that client {} is on {}: its rows there are the ones in use",
            it.client, it.source
        ))
        .help("nothing was removed; `exodus dispatch show` and `exodus moves` tell how it got back"));
    }
    Ok(())
}

/// The digests that were found equal before the switch.
async fn verified_record(store: &exodus_fleet::Store, id: i64) -> Result<Record, Failure> {
    let events = store.events(id).await?;
    let verify = events.into_iter().rev().find(|event| event.event == Event::Verify);
    let tables = verify.map_or(serde_json::Value::Null, |event| event.detail["tables"].clone());
    Ok(serde_json::from_value(tables).unwrap_or_default())
}

fn tell(context: &Context, it: &Move, purged: &Purged) -> Result<Code, Failure> {
    if context.json() {
        context.print_json(&json!({ "version": 1, "purge": { "id": it.id, "client": it.client.to_string(), "source": it.source, "rows": purged.rows, "proof": purged.proof, "tables": purged.tables } }))?;
        return Ok(Code::Ok);
    }
    let why = match purged.proof {
        Proof::EqualToTarget => format!("{} has the same rows", it.target),
        Proof::UnchangedSinceVerified => {
            format!(
                "they were what was verified at the move; {} has changed its own since",
                it.target
            )
        }
    };
    let text = format!(
        "Move {}: {} of client {} removed from {}; {why}.",
        it.id,
        count(purged.rows, "row"),
        it.client,
        it.source
    );
    context.print(&wrap(&text, 2))?;
    Ok(Code::Ok)
}
