//! One client's move that was planned: made, and told.

use std::sync::Arc;

use exodus_engine::{ConnectOptions, Connection, Session};
use exodus_fleet::{MoveJournal, Store};
use exodus_transfer::plan::Request;
use exodus_transfer::streams::Stream;
use exodus_transfer::{ClientKey, Journal, Left, Move, Pace, Rows, Shape, Status, Summary, Throttle};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::references_text::done_text;
use crate::moving::standing::{self, Frozen};
use crate::moving::throttling::Throttling;
use crate::moving::{creating, told, unless_stopped};
use crate::progress::Show;
use crate::text::{count, grouped, wrap};

/// What carrying a move out takes beside its plan.
pub(crate) struct Carrying<'a> {
    pub(crate) context: &'a Context,
    pub(crate) to: &'a str,
    pub(crate) throttling: &'a Throttling,
    pub(crate) show_keys: bool,
    pub(crate) store: &'a Store,
    /// How it was asked for, as the journal keeps it.
    pub(crate) asked: &'a serde_json::Value,
}

impl Carrying<'_> {
    /// Makes the move, and tells how it went.
    pub(crate) async fn out(
        &self,
        request: Request<'_>,
        (source, mut target, streams): (&mut Session, Box<dyn Connection>, Vec<Stream>),
        cancel: CancellationToken,
    ) -> Result<Code, Failure> {
        let context = self.context;
        let throttled = self.throttling.start(context, self.to).await?;
        let frozen = Frozen::default();
        let show = Show::new(context.global.quiet || context.json()).throttled(&throttled.throttle, &frozen);
        let telling = standing::tell(&throttled.throttle, &frozen, |line| show.line(line));
        let mover = Move {
            request,
            progress: &show,
            cancel,
        };
        let ends = (source, &mut *target, streams);
        let moving = begun(self.store, self.asked, &mover, &throttled.throttle, ends);
        let (mut journal, result) = Box::pin(standing::beside(telling, moving)).await?;
        drop(show);
        match result {
            Ok(summary) => finished(context, &mut journal, &summary).await,
            Err(failure) => {
                drop(target);
                let whose = (request.client, request.there);
                failed(context, (self.to, self.show_keys), whose, journal.id(), failure).await
            }
        }
    }
}

/// Writes the move down and makes it. A pause comes before: then it stops nobody from writing.
async fn begun(
    store: &Store,
    asked: &serde_json::Value,
    mover: &Move<'_>,
    throttle: &Arc<Throttle>,
    (source, target, streams): (&mut Session, &mut Session, Vec<Stream>),
) -> Result<(MoveJournal, Result<Summary, exodus_transfer::Failure>), Failure> {
    let ready = async {
        Pace::new(throttle).ready().await;
        Ok(())
    };
    unless_stopped(&mover.cancel, ready).await?;
    let mut journal = store
        .start_move(mover.request.client, source.name(), target.name(), asked)
        .await?;
    let result = mover.run_in_streams((source, target), streams, &mut journal).await;
    Ok((journal, result))
}

/// Tells why it failed, and looks up how it ended where that is not known.
async fn failed(
    context: &Context,
    (to, show_keys): (&str, bool),
    (client, there): (&ClientKey, Shape<'_>),
    id: i64,
    failure: exodus_transfer::Failure,
) -> Result<Code, Failure> {
    let told = told(failure.error, show_keys);
    match failure.left {
        Left::Nothing => Err(told),
        Left::Frozen(error) => Err(told.help(format!(
            "nothing was left on the target, but the dispatch store could not be told ({error}): run `exodus abort {id}`"
        ))),
        Left::Unsettled => settle(context, to, client, there, id, told).await,
    }
}

/// After a lost connection at the commit or the switch: looks up how it ended, and undoes the move unless it switched.
pub(crate) async fn settle(
    context: &Context,
    to: &str,
    client: &ClientKey,
    there: Shape<'_>,
    id: i64,
    told: Failure,
) -> Result<Code, Failure> {
    let hint =
        format!("it is not known how move {id} ended: run `exodus abort {id}`, which undoes it unless it has switched");
    let outcome: Result<bool, Failure> = async {
        let store = context.store().await?;
        let mut journal = store.open_move(id).await?;
        if journal.status() == Status::Switched {
            return Ok(true);
        }
        let mut target = context.connect(to, ConnectOptions::default()).await?;
        let session: &mut Session = &mut *target;
        let rows = Rows::of(there, session.dialect(), client)?;
        let made = creating::made(&store.get_move(id).await?.options)?;
        exodus_fleet::abort(&mut journal, session, &rows, &made).await?;
        Ok(false)
    }
    .await;
    match outcome {
        Ok(true) => {
            context.note(&format!(
                "Move {id}: client {client} is on {to} now, although an answer was lost.",
            ));
            Ok(Code::Ok)
        }
        Ok(false) => Err(told),
        Err(_) => Err(told.help(hint)),
    }
}

async fn finished(context: &Context, journal: &mut MoveJournal, summary: &Summary) -> Result<Code, Failure> {
    let value = json!({ "version": 1, "move": summary });
    // The move is done, whether or not its figures can be kept.
    if let Err(error) = journal.summarize(&value["move"]).await {
        tracing::warn!(error = %error, "the summary was not written to the dispatch store");
    }
    if context.json() {
        context.print_json(&value)?;
    } else {
        context.print(&summary_text(summary))?;
    }
    Ok(Code::Ok)
}

fn summary_text(summary: &Summary) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate for people"
    )]
    let rate = summary.rows_per_second.round() as u64;
    let mut text = wrap(
        &format!(
            "Move {}: client {} is on {} now; {}, {} bytes, equal on both sides.",
            summary.id,
            summary.client,
            summary.target,
            count(summary.rows, "row"),
            grouped(summary.bytes),
        ),
        2,
    );
    text.push_str(&wrap(
        &format!(
            "It was frozen for {:.2} s; {} rows/s copied, proved and read again.",
            summary.frozen_seconds,
            grouped(rate)
        ),
        2,
    ));
    text.push_str(&done_text(&summary.references));
    text.push_str(&wrap(
        &format!(
            "{} still has its rows: `exodus purge {}` removes them.",
            summary.source, summary.id
        ),
        2,
    ));
    text
}
