//! The purge of one move.

use exodus_engine::{Access, Checks, ConnectOptions, ErrorKind, Session};
use exodus_fleet::{Move, MoveFilter, MoveJournal, Store, Take};
use exodus_transfer::failpoints::Failpoint;
use exodus_transfer::policy::RowsOf;
use exodus_transfer::purge::{self, Purged, Request};
use exodus_transfer::verify::{self, Record, Side};
use exodus_transfer::{Error, Event, Integrity, Journal, Rows, Status};
use serde_json::json;

use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::both::Schemas;
use crate::moving::single::{Passes, kept};
use crate::moving::tombstones::{self, Tombstones};
use crate::moving::{classified, places, stoppable, told, unless_stopped};
use crate::progress::Show;

/// How it was asked for.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct How {
    /// Where both sides differ, list the keys of the rows.
    pub(crate) show_keys: bool,
    /// Keep rows that rows of others reference.
    pub(crate) keep_referenced: bool,
    /// Remove rows that did not arrive, too.
    pub(crate) drop_skipped: bool,
    /// Although another process seems to be at work on it.
    pub(crate) take_over: bool,
    /// Only look.
    pub(crate) dry_run: bool,
    /// Whether the server checks what is removed.
    pub(crate) integrity: Option<Integrity>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Rows were removed.
    Purged(Purged),
    /// A purge that was interrupted had removed them.
    Before,
    /// In a dry run: so many rows of so many tables would be, and both sides are equal.
    Would {
        /// All of the client's rows on the source.
        rows: u64,
        /// Tables that have some.
        tables: u64,
    },
}

/// Removes a moved client's rows from the source, once more compared. Whoever has to be asked was asked.
pub(crate) async fn one(context: &Context, store: &Store, it: &Move, how: How) -> Result<Ended, Failure> {
    may_be_purged(store, it).await?;
    let options = |read_only| ConnectOptions {
        read_only,
        ..ConnectOptions::default()
    };
    let mut source = context.connect(&it.source, options(how.dry_run)).await?;
    let mut target = context.connect(&it.target, options(true)).await?;
    places::is_primary(&mut *source, "let the configuration name its primary, and run it again").await?;
    let schemas = Schemas::read(context, &mut *source, &mut *target).await?;
    let (graph, graph_there) = schemas.graphs();
    let configured = &schemas.configured;
    let classified = classified(context, configured, &graph, it.options["root"].as_str())?;
    let (shape, there) = classified.shapes(&graph, &graph_there);
    let here = Rows::of(shape, source.dialect(), &it.client)?;
    let there = Rows::of(there, target.dialect(), &it.client)?;

    if it.status == Status::Purging && here.count(&mut *source, shape.tree.root()).await? == 0 {
        // An earlier purge was interrupted between its commit and this line in the journal.
        if !how.dry_run {
            journal(store, it, how).await?.record(Event::Finish, json!({})).await?;
        }
        return Ok(Ended::Before);
    }
    let cancel = stoppable(context);
    let mut policies = configured.policies.clone();
    policies.recall(&graph, &it.options["references"]);
    policies.keep_referenced |= how.keep_referenced;
    if how.dry_run {
        let looked = looked((&mut *source, &mut *target), (&here, &there)).await;
        return looked.map_err(|error| late(error, it.id, how.show_keys));
    }
    Failpoint::MoveWanted.reach().await;
    let mut journal = journal(store, it, how).await?;
    if journal.status() != it.status {
        return Err(Failure::runtime(format!(
            "move {} is {} by now: another process was at work on it",
            it.id,
            journal.status()
        ))
        .help("nothing was removed; run it again if it is still to be purged"));
    }
    let _keeping = kept(context, store, &cancel);
    // Only now: a way back may have begun and been given up in between, and what that has left would not be known.
    let known = Known::of(store, it).await?;
    let show = Show::new(context.global.quiet || context.json());
    let begins = it.status == Status::Switched;
    if begins {
        journal.record(Event::Purge, json!({})).await?;
    }
    let mut tombstones = Tombstones::of(it, &journal);
    let request = Request {
        rows: &here,
        target_rows: &there,
        source_schema: &configured.schema,
        verified: &known.verified,
        others: &known.others,
        policies: &policies,
        skipped: &known.skipped,
        drop_skipped: how.drop_skipped,
        integrity: how.integrity,
    };
    let ends = (&mut *source, &mut *target);
    let purged = removed(
        ends,
        &request,
        &show,
        &cancel,
        (&mut journal, &mut tombstones),
        (begins, how.show_keys),
    )
    .await?;
    drop(show);
    if !matches!(&purged, Ended::Purged(purged) if !purged.kept.is_empty()) {
        tombstones.forget().await?;
    }
    Ok(purged)
}

async fn journal(store: &Store, it: &Move, how: How) -> Result<MoveJournal, Failure> {
    let how = if how.take_over { Take::Anyway } else { Take::IfFree };
    Ok(store.take(it.id, how).await?)
}

/// Compares both sides as they are, without a lock.
async fn looked(
    (source, target): (&mut Session, &mut Session),
    (here, there): (&Rows<'_>, &Rows<'_>),
) -> Result<Ended, Error> {
    source.begin(Access::Snapshot, Checks::Enforced).await?;
    target.begin(Access::Snapshot, Checks::Enforced).await?;
    let names = (source.name().to_owned(), target.name().to_owned());
    let one = Side {
        connection: &mut *source,
        rows: here,
    };
    let other = Side {
        connection: &mut *target,
        rows: there,
    };
    let compared = verify::compare(one, other, &exodus_transfer::Silent).await?;
    let record = compared.map_err(|mismatches| Error::Mismatch {
        source_name: names.0,
        target_name: names.1,
        mismatches,
    })?;
    let rows = record.values().map(|table| table.rows);
    Ok(Ended::Would {
        rows: rows.clone().sum(),
        tables: rows.filter(|&rows| rows > 0).count() as u64,
    })
}

/// Removes the rows, and writes down how that ended. `begins`: no earlier purge can be about to commit.
async fn removed(
    (source, target): (&mut Session, &mut Session),
    request: &Request<'_>,
    show: &Show,
    cancel: &tokio_util::sync::CancellationToken,
    (journal, kept): (&mut MoveJournal, &mut Tombstones),
    (begins, show_keys): (bool, bool),
) -> Result<Ended, Failure> {
    let purging = async { Ok(purge::source(source, target, request, show, kept).await) };
    let id = journal.id();
    let purged = unless_stopped(cancel, purging).await.map_err(|_| {
        Failure::new(Code::Interrupted, format!("the purge of move {id} was interrupted")).help(finds_out(id))
    })?;
    // What is purged again, because rows were kept, has come to its end before.
    let is_open = !journal.status().is_final();
    let (ended, detail) = match purged {
        Ok(purged) => {
            let mut detail = json!({ "rows": purged.rows, "proof": purged.proof });
            if !purged.kept.is_empty() {
                detail["kept"] = json!(purged.kept);
            }
            (Ended::Purged(purged), detail)
        }
        // An earlier purge has committed, while this one waited for its locks or before.
        Err(Error::Gone { .. }) => (Ended::Before, json!({ "rows": 0 })),
        Err(error) => {
            // If even this can't be written, the next purge of this move finds out by itself how this one ended.
            let lost = matches!(&error, Error::Database(error) if error.kind() == ErrorKind::Lost);
            let passes = Passes::of(&error) == Passes::Perhaps;
            if is_open && has_kept(&error, begins) {
                drop(journal.record(Event::Keep, json!({})).await);
            }
            let told = late(error, id, show_keys);
            return Err(match (lost, passes) {
                (true, _) => told.and_help(&finds_out(id)),
                (false, true) => told.and_help(&format!("nothing was removed; `exodus purge {id}` tries again")),
                (false, false) => told,
            });
        }
    };
    if is_open {
        let written = journal.record(Event::Finish, detail).await;
        written.map_err(|error| Failure::from(error).and_help(&finds_out(id)))?;
    }
    Ok(ended)
}

/// What to do when an answer was lost.
fn finds_out(id: i64) -> String {
    format!(
        "the client lives on, on its new database; `exodus purge {id}` finds out whether its old rows are gone, and goes on"
    )
}

/// Why it failed; where rows differ, what can be done about those that came too late.
fn late(error: Error, id: i64, show_keys: bool) -> Failure {
    let differ = matches!(error, Error::Mismatch { .. });
    let failure = told(error, show_keys);
    if !differ {
        return failure;
    }
    failure.help(format!(
        "`exodus reconcile {id}` shows rows that were written to the source after the move, and applies them by choice; \
         --show-keys lists the keys of all rows that differ"
    ))
}

/// Whether a purge that failed has certainly kept all rows: it has not asked for a commit, and no earlier one can still be
/// about to.
fn has_kept(error: &Error, begins: bool) -> bool {
    match error {
        // Found under lock.
        Error::Mismatch { .. } => true,
        Error::Database(error) if error.kind() == ErrorKind::Lost => false,
        _ => begins,
    }
}

/// Whether the move has come so far that its source rows may go, and their client is not there.
pub(crate) async fn may_be_purged(store: &Store, it: &Move) -> Result<(), Failure> {
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
async fn verified_event(store: &Store, id: i64) -> Result<serde_json::Value, Failure> {
    let events = store.events(id).await?;
    let verify = events.into_iter().rev().find(|event| event.event == Event::Verify);
    Ok(verify.map_or(serde_json::Value::Null, |event| event.detail))
}

/// What was verified each time that the move was made; any of that may have been committed.
async fn all_verified(store: &Store, id: i64) -> Result<Vec<Record>, Failure> {
    let events = store.events(id).await?;
    let verified = events.iter().rev().filter(|event| event.event == Event::Verify);
    Ok(verified.map(|event| part(&event.detail, "tables")).collect())
}

/// What is written down about the rows that the source of a move has.
pub(crate) struct Known {
    /// What was verified before the switch.
    pub(crate) verified: Record,
    /// Rows that did not arrive.
    pub(crate) skipped: Vec<RowsOf>,
    /// What the source may have instead.
    pub(crate) others: Vec<Record>,
}

impl Known {
    /// All that the source may have had: what was accounted for last comes before what was verified.
    pub(crate) fn likeliest_first(self) -> Vec<Record> {
        let mut all = self.others;
        all.push(self.verified);
        all
    }

    pub(crate) async fn of(store: &Store, it: &Move) -> Result<Self, Failure> {
        let event = verified_event(store, it.id).await?;
        let reconciled = reconciled(store, it.id).await?;
        let others = others(store, it).await?;
        Ok(Self {
            verified: part(&event, "tables"),
            skipped: part(&event, "skipped"),
            others: reconciled.into_iter().chain(others).collect(),
        })
    }
}

/// What somebody has accounted for since, who has looked at late rows.
async fn reconciled(store: &Store, id: i64) -> Result<Option<Record>, Failure> {
    let events = store.events(id).await?;
    let last = events.into_iter().rev().find(|event| event.event == Event::Reconcile);
    Ok(last.map(|event| part(&event.detail, "record")))
}

/// What else the source may have than what was verified.
async fn others(store: &Store, it: &Move) -> Result<Vec<Record>, Failure> {
    let mut others: Vec<Record> = tombstones::left(it).into_iter().collect();
    let of_client = MoveFilter {
        client: Some(it.client.clone()),
        // One that is under way, and taken up again, may have committed what it has verified before.
        status: vec![],
    };
    for back in store.moves(&of_client).await? {
        if back.returns() == Some(it.id) {
            others.extend(all_verified(store, back.id).await?);
        }
    }
    Ok(others)
}

/// A part of what was written down; nothing where nothing was.
fn part<T: serde::de::DeserializeOwned + Default>(detail: &serde_json::Value, name: &str) -> T {
    serde_json::from_value(detail[name].clone()).unwrap_or_default()
}
