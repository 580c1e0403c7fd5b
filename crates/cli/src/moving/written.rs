//! A move that was written down before: both of its ends as they are now, for whoever ends it or takes it up.

use exodus_engine::{Access, Checks, ConnectOptions, Session};
use exodus_fleet::{Move, MoveJournal, State, Store};
use exodus_schema::Graph;
use exodus_schema::create::Object;
use exodus_transfer::committed;
use exodus_transfer::create::Removed;
use exodus_transfer::verify::{self, Side};
use exodus_transfer::{
    Event, Journal, Origin, Own, Policies, Result as Transferred, Rows, Shape, Silent, Status, There, fence, purge,
};
use serde_json::json;

use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::both::Schemas;
use crate::moving::purging::Known;
use crate::moving::{classified, creating, fencing, told};
use crate::text::{count, wrap};

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// It is given up, and the client active where it was.
    GiveUp,
    /// It begins anew, the client frozen.
    Restart,
}

/// What is said about the rows that are removed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Removing {
    /// All that the target has of the client go, whoever has written them.
    pub(crate) all: bool,
    /// Where some are not the move's, list their keys.
    pub(crate) show_keys: bool,
}

/// How it went on.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// What it had written to the target was removed: rows, and tables that it had made.
    Undone(u64, Removed),
    /// Everything was done but the switch: now it is switched.
    Switched,
}

/// Removes what the move has written to its target, and writes down what becomes of it; or switches it, where that is all
/// that was left to do. Nobody else is at work on it any more.
pub(crate) async fn settle(
    context: &Context,
    it: &Move,
    journal: &mut MoveJournal,
    (then, removing): (Then, Removing),
) -> Result<Outcome, Failure> {
    let leaving = journal.status() == Status::Leaving;
    let options = ConnectOptions {
        read_only: !leaving,
        ..ConnectOptions::default()
    };
    let mut source = context.connect(&it.source, options).await?;
    let configured = context.schema_of(&mut *source).await?;
    let graph = Graph::new(&configured.schema);
    let classified = classified(context, &configured, &graph, it.options["root"].as_str())?;
    let shape = Shape {
        graph: &graph,
        tree: &classified.classification.tree,
        root_key: &classified.root_key,
    };
    let here = Rows::of(shape, source.dialect(), &it.client)?;
    if !leaving {
        // What is removed from the target must still be on the source.
        here.find_client(&mut *source).await?;
    }
    let made = creating::made(&it.options)?;
    let flags = creating::Creating {
        create_tables: !made.is_empty(),
        show_statements: false,
    };
    let connected = creating::connect(context, &it.target, &flags, false).await?;
    // It is dropped after the session: a file that stays empty goes.
    let (mut file, mut target) = (connected.file, connected.connection);
    if it.options["made_file"] == true {
        file.was_made(context, &it.target)?;
    }
    let named_there = There::of(&configured.schema, &creating::read(context, &mut *target).await?);
    let graph_there = Graph::new(named_there.schema());
    let there = Shape {
        graph: &graph_there,
        ..shape
    };
    let there = Rows::of(there, target.dialect(), &it.client)?;
    if leaving && has_left(context, it, (&mut *source, &mut *target), (&here, &there), journal).await? {
        return Ok(Outcome::Switched);
    }
    // Under locks, nothing but the transaction that has compared both sides can say that they are equal.
    let may_be_complete = then == Then::Restart && !fencing::is_by_locks(&it.options);
    if may_be_complete && is_complete(&mut *source, &mut *target, (&here, &there), (journal, &made)).await? {
        journal.record(Event::Switch, json!({ "resumed": true })).await?;
        return Ok(Outcome::Switched);
    }
    if it.returns().is_some() {
        // Its target had the client's rows before: they stay, as they are now or as they were.
        exodus_fleet::keep(journal, then == Then::Restart).await?;
        return Ok(Outcome::Undone(0, Removed::default()));
    }
    if journal.status().may_have_written() || journal.status() == Status::Aborting {
        purge::may_undo(&mut *target, &there).await?;
    }
    let own = match removing.all {
        true => Own::Any,
        false if Policies::of_told(&graph, &it.options["references"]).alter_rows() => Own::SameKey,
        // Writers that ask nobody go on changing the source's rows once the locks are gone.
        false if fencing::is_by_locks(&it.options) => Own::SameKey,
        false => Own::Equal,
    };
    let origin = Origin {
        source: &mut *source,
        rows: &here,
        own,
    };
    let undone = match then {
        Then::GiveUp => exodus_fleet::abort(journal, &mut *target, (&there, origin), &made).await,
        Then::Restart => exodus_fleet::restart(journal, &mut *target, (&there, origin), &made).await,
    };
    let undone = undone.map_err(|error| told(error, removing.show_keys))?;
    Ok(Outcome::Undone(undone.0, undone.1))
}

/// Adds to a failure how the move stands after it, and what to do next: its client may be frozen, and nobody looks after it.
pub(crate) async fn stands(store: &Store, id: i64, failure: Failure) -> Failure {
    // Without the store nothing can be told of it.
    let Ok(it) = store.get_move(id).await else {
        return failure;
    };
    let frozen = match store.client(&it.client).await {
        Ok(Some(client)) if client.state == State::Frozen => "stays frozen",
        Ok(Some(_)) => "is not frozen",
        _ => return failure,
    };
    let (status, client, source) = (it.status, &it.client, &it.source);
    let next = match status {
        Status::Aborting => format!("`exodus abort {id}`, once that is settled, ends it"),
        status if status.may_be_aborted() => {
            format!("once that is settled, `exodus resume {id}` goes on, and `exodus abort {id}` gives it up")
        }
        Status::Leaving => format!("`exodus resume {id}` goes on, once that is settled"),
        _ => return failure,
    };
    failure.and_help(&format!(
        "move {id} is {status}, and client {client} {frozen} on {source}: {next}; `exodus moves show {id}` tells what happened"
    ))
}

/// Finds out on the source whether the client's rows have left it: if so, the move ends; if not, it can be given up or made
/// anew.
async fn has_left(
    context: &Context,
    it: &Move,
    (source, target): (&mut Session, &mut Session),
    (here, there): (&Rows<'_>, &Rows<'_>),
    journal: &mut MoveJournal,
) -> Result<bool, Failure> {
    let known = Known::of(&context.store().await?, it).await?;
    let left = fence::has_left((&mut *source, here), (target, there), &known.verified).await?;
    if left {
        journal.record(Event::Switch, json!({ "resumed": true })).await?;
    } else {
        journal.record(Event::Keep, json!({})).await?;
        here.find_client(source).await?;
    }
    Ok(left)
}

/// Whether all of the client's rows are on the target, verified before the process ended, and both sides still equal.
async fn is_complete(
    source: &mut Session,
    target: &mut Session,
    (here, there): (&Rows<'_>, &Rows<'_>),
    (journal, made): (&MoveJournal, &[Object]),
) -> Transferred<bool> {
    if journal.status() != Status::Verified || !exodus_transfer::create::all_there(target, made).await? {
        return Ok(false);
    }
    if !committed::is_there(target, there).await? {
        return Ok(false);
    }
    source.begin(Access::Snapshot, Checks::Enforced).await?;
    target.begin(Access::Snapshot, Checks::Enforced).await?;
    let ends = (
        Side {
            connection: &mut *source,
            rows: here,
        },
        Side {
            connection: &mut *target,
            rows: there,
        },
    );
    let compared = verify::compare(ends.0, ends.1, &Silent).await;
    source.rollback().await?;
    target.rollback().await?;
    Ok(compared?.is_ok())
}

/// Tells what would become of the move, and how many of the client's rows are on its target. Both sessions only read.
pub(crate) async fn look(context: &Context, it: &Move, would: &str) -> Result<Code, Failure> {
    let rows = rows_now(context, it).await?;
    if context.json() {
        let told = json!({ "id": it.id, "status": it.status, "rows_on_target": rows });
        context.print_json(&json!({ "version": 1, "would": told }))?;
        return Ok(Code::Ok);
    }
    let text = format!(
        "Move {} is {}. It would be {would}. {} has {} of client {} now.",
        it.id,
        it.status,
        it.target,
        count(rows, "row"),
        it.client
    );
    context.print(&wrap(&text, 2))?;
    Ok(Code::Ok)
}

/// Whether taking the move up anew may remove anything: rows of the client, or tables and a file that it has made.
pub(crate) async fn removes(context: &Context, it: &Move) -> Result<bool, Failure> {
    let made = it.options["made_file"] == true || !creating::made(&it.options)?.is_empty();
    Ok(made || it.status == Status::Leaving || rows_now(context, it).await? > 0)
}

/// How many rows of the client the target has.
async fn rows_now(context: &Context, it: &Move) -> Result<u64, Failure> {
    let reading = ConnectOptions {
        read_only: true,
        ..ConnectOptions::default()
    };
    let mut source = context.connect(&it.source, reading).await?;
    // A file that the move has not made yet has no rows.
    match context.connect(&it.target, reading).await {
        Ok(mut target) => rows_there(context, it, (&mut *source, &mut *target)).await,
        Err(_) if it.options["made_file"] == true => Ok(0),
        Err(failure) => Err(failure),
    }
}

async fn rows_there(
    context: &Context,
    it: &Move,
    (source, target): (&mut Session, &mut Session),
) -> Result<u64, Failure> {
    let made = creating::made(&it.options)?;
    if !exodus_transfer::create::all_there(target, &made).await? {
        return Ok(0);
    }
    let schemas = Schemas::read(context, source, target).await?;
    let (graph, graph_there) = schemas.graphs();
    let classified = classified(context, &schemas.configured, &graph, it.options["root"].as_str())?;
    let (_, there) = classified.shapes(&graph, &graph_there);
    let there = Rows::of(there, target.dialect(), &it.client)?;
    let counted = there.count_all(target).await?;
    Ok(counted.iter().map(|(_, rows)| rows).sum())
}
