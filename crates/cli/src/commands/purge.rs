//! `exodus purge`

use exodus_engine::{ConnectOptions, Session};
use exodus_fleet::{Move, MoveJournal};
use exodus_schema::Graph;
use exodus_transfer::policy::RowsOf;
use exodus_transfer::purge::{self, Proof, Purged, Request};
use exodus_transfer::verify::Record;
use exodus_transfer::{Event, Integrity, Journal, Rows, Shape, Status, There};
use serde_json::json;

use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::tombstones::{self, Tombstones};
use crate::moving::{classified, confirmed, places, stoppable, told, unless_stopped};
use crate::progress::Show;
use crate::text::{count, wrap};

/// Its flags.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Args {
    /// The move whose source rows are removed; `exodus moves` lists them
    id: i64,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
    /// Where both sides differ, list the keys of the rows
    #[arg(long)]
    show_keys: bool,
    /// Keep rows that rows of others reference, with what they reference themselves; run again, it removes those that
    /// nobody references any more
    #[arg(long)]
    keep_referenced: bool,
    /// Remove rows that the move did not copy, too: they are nowhere else
    #[arg(long)]
    drop_skipped: bool,
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
    let verified = verified_event(&store, it.id).await?;
    let skipped: Vec<RowsOf> = part(&verified, "skipped");
    let verified: Record = part(&verified, "tables");
    let left = tombstones::left(&it);
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
    let mut policies = configured.policies.clone();
    policies.recall(&graph, &it.options["references"]);
    policies.keep_referenced |= args.keep_referenced;
    let mut kept = Tombstones::of(&it, &journal);
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
        left: left.as_ref(),
        policies: &policies,
        skipped: &skipped,
        drop_skipped: args.drop_skipped,
        integrity: args.integrity.map(|how| match how {
            How::Proven => Integrity::Proven,
            How::Enforced => Integrity::Enforced,
        }),
    };
    let ends = (&mut *source, &mut *target);
    let purged = removed(
        ends,
        &request,
        &show,
        &cancel,
        (&mut journal, &mut kept),
        args.show_keys,
    )
    .await?;
    drop(show);
    if purged.kept.is_empty() {
        kept.forget().await?;
    }
    tell(context, &it, &purged)
}

async fn removed(
    (source, target): (&mut Session, &mut Session),
    request: &Request<'_>,
    show: &Show,
    cancel: &tokio_util::sync::CancellationToken,
    (journal, kept): (&mut MoveJournal, &mut Tombstones),
    show_keys: bool,
) -> Result<Purged, Failure> {
    let purging = async {
        let purged = purge::source(source, target, request, show, kept).await;
        purged.map_err(|error| told(error, show_keys))
    };
    match unless_stopped(cancel, purging).await {
        Ok(purged) => {
            // What is purged again, because rows were kept, has come to its end before.
            if !journal.status().is_final() {
                let mut detail = json!({ "rows": purged.rows, "proof": purged.proof });
                if !purged.kept.is_empty() {
                    detail["kept"] = json!(purged.kept);
                }
                journal.record(Event::Finish, detail).await?;
            }
            Ok(purged)
        }
        Err(failure) => {
            // If even this can't be written, the next purge of this move finds out by itself how this one ended.
            if failure.code() != Code::Interrupted && !journal.status().is_final() {
                drop(journal.record(Event::Keep, json!({})).await);
            }
            Err(failure)
        }
    }
}

async fn may_be_purged(store: &exodus_fleet::Store, it: &Move) -> Result<(), Failure> {
    match it.status {
        Status::Switched | Status::Purging => {}
        Status::Done if tombstones::left(it).is_some() => {}
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

/// What was verified before the switch.
async fn verified_event(store: &exodus_fleet::Store, id: i64) -> Result<serde_json::Value, Failure> {
    let events = store.events(id).await?;
    let verify = events.into_iter().rev().find(|event| event.event == Event::Verify);
    Ok(verify.map_or(serde_json::Value::Null, |event| event.detail))
}

/// A part of what was written down; nothing where nothing was.
fn part<T: serde::de::DeserializeOwned + Default>(detail: &serde_json::Value, name: &str) -> T {
    serde_json::from_value(detail[name].clone()).unwrap_or_default()
}

fn tell(context: &Context, it: &Move, purged: &Purged) -> Result<Code, Failure> {
    if context.json() {
        context.print_json(&json!({ "version": 1, "purge": { "id": it.id, "client": it.client.to_string(), "source": it.source, "rows": purged.rows, "proof": purged.proof, "tables": purged.tables, "kept": purged.kept } }))?;
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
    let kept: u64 = purged.kept.iter().map(|of| of.rows).sum();
    if kept > 0 {
        let text = format!(
            "{} stay there, because rows of others reference them; once they don't, `exodus purge {}` removes these, too.",
            count(kept, "row"),
            it.id
        );
        context.print(&wrap(&text, 2))?;
    }
    Ok(Code::Ok)
}
