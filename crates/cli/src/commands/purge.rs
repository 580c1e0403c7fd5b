//! `exodus purge`

use std::time::Duration;

use exodus_fleet::{Move, MoveFilter, Store};
use exodus_transfer::purge::{Proof, Purged};
use exodus_transfer::{Event, Integrity, Status};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::confirmed;
use crate::moving::purging::{self, Ended};
use crate::text::{count, wrap};

/// Its flags.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Args {
    /// The move whose source rows are removed; `exodus moves` lists them
    #[arg(required_unless_present = "due")]
    id: Option<i64>,
    /// All moves that were to be purged some time after their switch (`exodus move --purge-after`), and whose time has come
    #[arg(long, conflicts_with = "id")]
    due: bool,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
    /// Compare both sides and print what would be removed, on read-only sessions, and do nothing
    #[arg(long)]
    dry_run: bool,
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
    /// Although another process is at work on it, as it seems
    #[arg(long)]
    take_over: bool,
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

impl Args {
    /// The flags of a purge of one move, about which nobody is asked.
    pub(crate) fn of(id: i64, yes: bool, take_over: bool) -> Self {
        Self {
            id: Some(id),
            due: false,
            yes,
            dry_run: false,
            show_keys: false,
            keep_referenced: false,
            drop_skipped: false,
            take_over,
            integrity: None,
        }
    }

    /// The same, of which nothing is done.
    pub(crate) fn looking(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    fn how(&self) -> purging::How {
        purging::How {
            show_keys: self.show_keys,
            keep_referenced: self.keep_referenced,
            drop_skipped: self.drop_skipped,
            take_over: self.take_over,
            dry_run: self.dry_run,
            integrity: self.integrity.map(|how| match how {
                How::Proven => Integrity::Proven,
                How::Enforced => Integrity::Enforced,
            }),
        }
    }
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    let store = context.store_to_write(args.dry_run).await?;
    let Some(id) = args.id else {
        return due(context, args, &store).await;
    };
    let it = store.get_move(id).await?;
    if !args.dry_run {
        let question = format!(
            "Remove the rows of client {} from {}? {} keeps them.",
            it.client, it.source, it.target
        );
        purging::may_be_purged(&store, &it).await?;
        confirmed(context, args.yes, &question)?;
    }
    let ended = Box::pin(purging::one(context, &store, &it, args.how())).await?;
    tell(context, &it, &ended)
}

/// A switched move, and when it is due.
struct Due {
    it: Move,
    at: Timestamp,
}

/// The moves whose time to be purged is known, those first whose turn is first.
async fn planned(store: &Store) -> Result<Vec<Due>, Failure> {
    let filter = MoveFilter {
        status: vec![Status::Switched, Status::Purging],
        ..MoveFilter::default()
    };
    let mut found = vec![];
    for it in store.moves(&filter).await? {
        let after = it.options["purge_after_seconds"].as_u64().map(Duration::from_secs);
        let Some(after) = after.and_then(|after| SignedDuration::try_from(after).ok()) else {
            continue;
        };
        let events = store.events(it.id).await?;
        let switched = events.iter().rev().find(|event| event.event == Event::Switch);
        let due = |event: &exodus_fleet::MoveEvent| match event.detail["purge_due_ms"].as_i64() {
            Some(due) => Timestamp::from_millisecond(due).ok(),
            // Of an exodus that went by its own clock.
            None => event.at.parse::<Timestamp>().ok()?.checked_add(after).ok(),
        };
        if let Some(at) = switched.and_then(due) {
            found.push(Due { it, at });
        }
    }
    found.sort_by_key(|due| (due.at, due.it.id));
    Ok(found)
}

/// Purges what is due. One that can't be purged is told, and the others go on.
async fn due(context: &Context, args: &Args, store: &Store) -> Result<Code, Failure> {
    let now = Timestamp::from_millisecond(store.now_ms().await?)
        .map_err(|_| Failure::runtime("the dispatch store's clock shows no time"))?;
    let (due, later): (Vec<Due>, Vec<Due>) = planned(store).await?.into_iter().partition(|due| due.at <= now);
    if !due.is_empty() && !args.dry_run {
        let question = format!(
            "Remove the rows of {} from where they were?",
            count(due.len() as u64, "moved client")
        );
        confirmed(context, args.yes, &question)?;
    }
    let (mut code, mut told) = (Code::Ok, vec![]);
    for Due { it, .. } in &due {
        match Box::pin(purging::one(context, store, it, args.how())).await {
            Ok(ended) if context.json() => told.push(value(it, &ended)),
            Ok(ended) => drop(tell(context, it, &ended)?),
            Err(failure) if failure.code() == Code::Interrupted => return Err(failure),
            Err(failure) => {
                if code == Code::Ok {
                    code = failure.code();
                }
                let message = format!("move {} was not purged: {}", it.id, failure.message());
                if context.json() {
                    told.push(json!({ "id": it.id, "client": it.client.to_string(), "error": failure.message() }));
                } else {
                    context.note(&message);
                }
            }
        }
    }
    if context.json() {
        context.print_json(&json!({ "version": 1, "purges": told, "later": later.len() }))?;
    } else {
        let next = later
            .first()
            .map_or(String::new(), |next| format!("; the next one is due at {:.0}", next.at));
        let text = format!("{} due, {} later{next}.", count(due.len() as u64, "move"), later.len());
        context.print(&wrap(&text, 2))?;
    }
    Ok(code)
}

/// For programs.
pub(crate) fn value(it: &Move, ended: &Ended) -> Value {
    let mut value = json!({ "id": it.id, "client": it.client.to_string(), "source": it.source });
    match ended {
        Ended::Purged(Purged {
            tables,
            rows,
            proof,
            kept,
            ..
        }) => {
            value["rows"] = json!(rows);
            value["proof"] = json!(proof);
            value["tables"] = json!(tables);
            value["kept"] = json!(kept);
        }
        Ended::Before => value["rows"] = json!(0),
        Ended::Would { rows, tables } => {
            value["would_remove"] = json!({ "rows": rows, "tables": tables });
        }
    }
    value
}

/// Tells what a purge did, or would do.
pub(crate) fn tell(context: &Context, it: &Move, ended: &Ended) -> Result<Code, Failure> {
    if context.json() {
        context.print_json(&json!({ "version": 1, "purge": value(it, ended) }))?;
        return Ok(Code::Ok);
    }
    let purged = match ended {
        Ended::Purged(purged) => purged,
        Ended::Before => {
            context.print(&format!("Move {}: {} had been purged already.\n", it.id, it.source))?;
            return Ok(Code::Ok);
        }
        Ended::Would { rows, tables } => {
            let text = format!(
                "Move {}: {} in {} of client {} would be removed from {}; {} has the same rows.",
                it.id,
                count(*rows, "row"),
                count(*tables, "table"),
                it.client,
                it.source,
                it.target
            );
            context.print(&wrap(&text, 2))?;
            return Ok(Code::Ok);
        }
    };
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
