//! `exodus reconcile`

use exodus_engine::ConnectOptions;
use exodus_fleet::{Move, Store, Take as Lease};
use exodus_transfer::failpoints::Failpoint;
use exodus_transfer::reconcile::{self, Applied, Found, MOST_SHOWN, Request, Take};
use exodus_transfer::verify::Record;
use exodus_transfer::{Error, Journal, Policies, Rows, Status};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::both::Schemas;
use crate::moving::late::{self, Choice};
use crate::moving::purging::{self, Known};
use crate::moving::single::kept;
use crate::moving::{classified, confirmed, places, problems_text};
use crate::output;
use crate::text::{count, wrap};

/// Its flags.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Args {
    /// The move after which rows were written to its source; `exodus moves` lists them
    id: i64,
    /// Whose rows are to count: `source` (the target's become what the source's are) or `target` (the source's are given up),
    /// for all late rows, those of a table (`orders=source`), or one by its key (`orders:4711=source`); may be repeated
    #[arg(long, value_name = "[TABLE[:KEY]=]SIDE")]
    take: Vec<Choice>,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
    /// Show what would be done, on read-only sessions, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Show what the rows have in each column
    #[arg(long)]
    show_values: bool,
    /// Although another process is at work on it, as it seems
    #[arg(long)]
    take_over: bool,
}

/// What is said where choices were made that decide about no row.
const UNDECIDED: &str = "nothing was decided, and nothing written: a row that the target may have changed as well is taken from \
                         the source where its table is named (`--take orders=source`), one that only the target has where its \
                         key is (`--take orders:4711=source`)";

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    let store = context.store().await?;
    let it = store.get_move(args.id).await?;
    may_be_reconciled(&store, &it).await?;
    let known = Known::of(&store, &it).await?;
    let asks = args.take.is_empty() && !context.json() && output::can_ask();
    let writes = !args.dry_run && (asks || !args.take.is_empty());
    let options = |read_only| ConnectOptions {
        read_only,
        ..ConnectOptions::default()
    };
    let mut source = context.connect(&it.source, options(true)).await?;
    let mut target = context.connect(&it.target, options(!writes)).await?;
    places::is_primary(&mut *source, "let the configuration name its primary, and run it again").await?;
    let schemas = Schemas::read(context, &mut *source, &mut *target).await?;
    let (graph, graph_there) = schemas.graphs();
    let classified = classified(context, &schemas.configured, &graph, it.options["root"].as_str())?;
    if !known.skipped.is_empty() || Policies::of_told(&graph, &it.options["references"]).alter_rows() {
        return Err(altered(&it));
    }
    let (shape, there) = classified.shapes(&graph, &graph_there);
    let rows = Rows::of(shape, source.dialect(), &it.client)?;
    let target_rows = Rows::of(there, target.dialect(), &it.client)?;
    let known: Vec<Record> = known.likeliest_first();
    let request = Request {
        rows: &rows,
        target_rows: &target_rows,
        target_schema: &schemas.target,
        known: &known,
        values: args.show_values,
    };
    let mut found = reconcile::look(&mut *source, &mut *target, request).await?;
    // Who has decided, and isn't asked, has seen them.
    let seen = args.yes && !args.dry_run && !args.take.is_empty() && !found.tables.is_empty();
    if !context.json() && !seen {
        context.print(&late::text(&it, &found))?;
    }
    let choices = if asks && !args.dry_run {
        late::ask(&found)?
    } else {
        args.take.clone()
    };
    late::decide(&mut found, &choices)?;
    let decided = found.rows().any(|row| row.take.is_some());
    if args.dry_run || !decided {
        // Nothing is written, into the journal either.
        if seen && !decided {
            context.print(&late::text(&it, &found))?;
        }
        if !choices.is_empty() && !decided && !found.tables.is_empty() {
            context.note(&wrap(UNDECIDED, 2));
        }
        return told(context, &it, &found, None);
    }
    confirmed(context, args.yes, &late::question(&it, &found))?;
    let lease = if args.take_over { Lease::Anyway } else { Lease::IfFree };
    Failpoint::MoveWanted.reach().await;
    let mut journal = store.take(it.id, lease).await?;
    let _keeping = kept(context, &store, &CancellationToken::new());
    let is_other = journal.status() != it.status;
    if is_other || Known::of(&store, &it).await?.likeliest_first() != known {
        return Err(Failure::runtime(format!(
            "something has happened to move {} while you looked at its late rows: a purge, a way back, or another decision",
            it.id
        ))
        .help("nothing was applied; run it again, and look at what is late now"));
    }
    let applied = reconcile::apply(&mut *source, &mut *target, request, &found, &mut journal).await;
    let applied = applied.map_err(not_applied)?;
    told(context, &it, &found, Some(applied))
}

/// Whether the client is on the target, and its rows still on the source.
async fn may_be_reconciled(store: &Store, it: &Move) -> Result<(), Failure> {
    match it.status {
        Status::Switched => purging::may_be_purged(store, it).await,
        Status::Purging => Err(Failure::usage(format!("move {} is being purged", it.id)).help(format!(
            "`exodus purge {}` ends that; where it finds rows that came too late, it keeps all, and they can be reconciled",
            it.id
        ))),
        status => Err(Failure::usage(format!(
            "move {} is {status}: late rows are those that come to the source between the switch and the purge",
            it.id
        ))
        .help(format!("`exodus moves show {}` tells what happened to it", it.id))),
    }
}

fn not_applied(error: Error) -> Failure {
    match error {
        Error::Refused(problems) => Failure::runtime(format!(
            "nothing was applied, for what was to be taken can't be on the target\n{}",
            problems_text(&problems).trim_end()
        )),
        error => error.into(),
    }
}

/// What the target has differs from the source by design.
fn altered(it: &Move) -> Failure {
    Failure::runtime(format!(
        "move {} has left rows behind or set references to NULL, as it was asked to: late rows can't be told from these",
        it.id
    ))
    .help(format!(
        "`exodus purge {} --show-keys` lists the rows that differ; write those that came late to {} by hand",
        it.id, it.target
    ))
}

/// Tells how it ended.
fn told(context: &Context, it: &Move, found: &Found, applied: Option<Applied>) -> Result<Code, Failure> {
    let code = if found.is_settled() { Code::Ok } else { Code::Mismatch };
    if context.json() {
        context.print_json(&json!({ "version": 1, "reconcile": value(it, found, applied) }))?;
        return Ok(code);
    }
    let Some(applied) = applied else {
        if found.rows().any(|row| row.take.is_some()) {
            context.print(&wrap(&late::would(it, found), 2))?;
        }
        return Ok(code);
    };
    let mut text = format!(
        "Move {}: {} written to {}, {} changed and {} removed there; {} of {} given up.",
        it.id,
        count(applied.inserted, "late row"),
        it.target,
        applied.changed,
        applied.removed,
        count(applied.given_up, "row"),
        it.source
    );
    let rest = if code == Code::Ok {
        format!(" `exodus purge {}` removes what {} has.", it.id, it.source)
    } else {
        format!(" {} left undecided.", count(applied.undecided, "row"))
    };
    text.push_str(&rest);
    context.print(&wrap(&text, 2))?;
    Ok(code)
}

/// For programs.
fn value(it: &Move, found: &Found, applied: Option<Applied>) -> Value {
    let table = |table: &reconcile::LateTable| {
        let mut value = json!(table);
        let unlisted = table.rows.len().saturating_sub(MOST_SHOWN);
        value["unlisted"] = json!(unlisted);
        if let Some(rows) = value["rows"].as_array_mut() {
            rows.truncate(MOST_SHOWN);
        }
        value
    };
    json!({
        "id": it.id,
        "client": it.client.to_string(),
        "source": it.source,
        "target": it.target,
        "tables": found.tables.iter().map(table).collect::<Vec<_>>(),
        "taken": {
            "source": found.rows().filter(|row| row.take == Some(Take::Source)).count(),
            "target": found.rows().filter(|row| row.take == Some(Take::Target)).count(),
        },
        "applied": applied,
        "settled": found.is_settled(),
    })
}
