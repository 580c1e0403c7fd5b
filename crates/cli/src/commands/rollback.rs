//! `exodus rollback`

use exodus_engine::{Access, Checks, ConnectOptions};
use exodus_fleet::{Move, MoveJournal, Store};
use exodus_transfer::plan::Request;
use exodus_transfer::purge;
use exodus_transfer::verify::{self, Side};
use exodus_transfer::{Policies, Rows, Rules, Silent, Status};
use serde_json::json;

use crate::config::Config;
use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::both::Schemas;
use crate::moving::freezing::FreezeFlags;
use crate::moving::purging::Known;
use crate::moving::single::Carrying;
use crate::moving::throttling::Throttling;
use crate::moving::{classified, confirmed, places, stoppable};
use crate::text::wrap;

/// Its flags.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Args {
    /// The move whose client goes back to where it came from; `exodus moves` lists them
    id: i64,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
    /// Compare both sides on read-only sessions, print what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// To another product: copy values that lose something by it, too
    #[arg(long)]
    allow_lossy: bool,
    /// Where both sides differ, list the keys of the rows
    #[arg(long)]
    show_keys: bool,
    #[command(flatten)]
    throttling: Throttling,
    #[command(flatten)]
    freezing: FreezeFlags,
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    let store = context.store_to_write(args.dry_run).await?;
    let it = store.get_move(args.id).await?;
    if it.status != Status::Switched {
        let refused = exodus_fleet::StoreError::NotReturnable {
            id: it.id,
            status: it.status,
        };
        return Err(refused.into());
    }
    if !args.dry_run {
        let question = format!(
            "Bring client {} back from {} to {}? Its rows there are replaced where {} has changed them since; those on {} stay until they are purged.",
            it.client, it.target, it.source, it.target, it.target
        );
        confirmed(context, args.yes, &question)?;
    }
    Box::pin(back(context, args, (&store, &it), None)).await
}

/// Takes up a move back that was interrupted. `it` is the move that it brings the client back of.
pub(crate) async fn again(
    context: &Context,
    (store, it): (&Store, &Move),
    journal: MoveJournal,
    (throttling, freezing): (&Throttling, &FreezeFlags),
) -> Result<Code, Failure> {
    let args = Args {
        id: it.id,
        yes: true,
        dry_run: false,
        allow_lossy: false,
        show_keys: false,
        throttling: throttling.clone(),
        freezing: freezing.clone(),
    };
    Box::pin(back(context, &args, (store, it), Some(journal))).await
}

/// The client goes from the target of `it` to its source.
async fn back(
    context: &Context,
    args: &Args,
    (store, it): (&Store, &Move),
    journal: Option<MoveJournal>,
) -> Result<Code, Failure> {
    let options = |read_only| ConnectOptions {
        read_only,
        ..ConnectOptions::default()
    };
    let mut home = context.connect(&it.source, options(args.dry_run)).await?;
    let mut away = context.connect(&it.target, options(true)).await?;
    let schemas = Schemas::read(context, &mut *home, &mut *away).await?;
    let (graph, graph_away) = schemas.graphs();
    let configured = &schemas.configured;
    let classified = classified(context, configured, &graph, it.options["root"].as_str())?;
    let (shape, shape_away) = classified.shapes(&graph, &graph_away);
    let rows = Rows::of(shape, home.dialect(), &it.client)?;
    let rows_away = Rows::of(shape_away, away.dialect(), &it.client)?;
    if args.dry_run {
        home.begin(Access::Snapshot, Checks::Enforced).await?;
        away.begin(Access::Snapshot, Checks::Enforced).await?;
        let one = Side {
            connection: &mut *home,
            rows: &rows,
        };
        let other = Side {
            connection: &mut *away,
            rows: &rows_away,
        };
        let equal = verify::compare(one, other, &Silent).await?.is_ok();
        return would(context, it, equal);
    }
    places::take_writes(&mut *away, &mut *home).await?;
    let freezing = args.freezing.settings(context)?;
    if !freezing.blind {
        freezing.try_looking(&mut *away, &[]).await?;
    }
    // As the side calls it that is the source of the way back.
    let asked = json!({ "root": shape_away.root().name });
    let journal = match journal {
        Some(journal) => journal,
        None => store.start_return(it.id, &asked).await?,
    };
    // Only now: another way back may have begun and been given up in between, and what that has left would not be known.
    let written = Known::of(store, it).await?;
    let policies = Policies::default();
    let accepts = context.config.as_ref().map_or(vec![], Config::accepts);
    let known = purge::Request {
        rows: &rows,
        target_rows: &rows_away,
        source_schema: &configured.schema,
        verified: &written.verified,
        others: &written.others,
        policies: &policies,
        skipped: &written.skipped,
        drop_skipped: false,
        integrity: None,
    };
    let request = Request {
        shape: shape_away,
        there: shape,
        client: &it.client,
        target_schema: &configured.schema,
        integrity: None,
        allow_lossy: args.allow_lossy,
        policies: &policies,
        rules: Rules {
            classes: &classified.classification,
            accepts: &accepts,
            thorough: false,
        },
        creating: None,
    };
    let carrying = Carrying {
        context,
        to: &it.source,
        throttling: &args.throttling,
        freezing,
        show_keys: args.show_keys,
        store,
        asked: &asked,
        journal: Some(journal),
        returning: Some(&known),
    };
    let ends = (&mut *away, home, vec![]);
    let moved = Box::pin(carrying.out(request, ends, stoppable(context))).await;
    moved.map_err(|failure| match failure.code() {
        Code::Mismatch => failure.help(format!(
            "where rows were written to {} after the move, `exodus reconcile {}` shows them and applies them by choice",
            it.source, it.id
        )),
        _ => failure,
    })
}

fn would(context: &Context, it: &Move, equal: bool) -> Result<Code, Failure> {
    if context.json() {
        let told = json!({ "id": it.id, "client": it.client.to_string(), "to": it.source, "equal": equal });
        context.print_json(&json!({ "version": 1, "rollback": told }))?;
        return Ok(Code::Ok);
    }
    let rows = if equal {
        format!("{} still has the same rows: none would be copied", it.source)
    } else {
        format!(
            "{} has changed them since: those on {} would be replaced, if they are what was verified at the move",
            it.target, it.source
        )
    };
    let text = format!(
        "Move {}: client {} would go back to {}; {rows}.",
        it.id, it.client, it.source
    );
    context.print(&wrap(&text, 2))?;
    Ok(Code::Ok)
}
