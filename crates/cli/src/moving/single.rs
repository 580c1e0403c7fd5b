//! One client's move that was planned: made, and told.

use std::sync::Arc;

use exodus_engine::{Connection, ErrorKind, Session};
use exodus_fleet::{Keeping, MoveJournal, Store, Take};
use exodus_transfer::plan::Request;
use exodus_transfer::streams::Stream;
use exodus_transfer::{ClientKey, Error, Freezing, Journal, Left, Move, Pace, Status, Summary, Throttle};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::commands::purge;
use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::references_text::done_text;
use crate::moving::standing::{self, Frozen};
use crate::moving::throttling::Throttling;
use crate::moving::written::{self, Outcome, Removing, Then};
use crate::moving::{purging, told, unless_stopped};
use crate::output;
use crate::progress::Show;
use crate::text::{count, grouped, wrap};

/// What carrying a move out takes beside its plan.
pub(crate) struct Carrying<'a> {
    pub(crate) context: &'a Context,
    pub(crate) to: &'a str,
    pub(crate) throttling: &'a Throttling,
    pub(crate) freezing: Freezing,
    pub(crate) show_keys: bool,
    pub(crate) store: &'a Store,
    /// How it was asked for, as the journal keeps it.
    pub(crate) asked: &'a serde_json::Value,
    /// Of a move that was written down before.
    pub(crate) journal: Option<MoveJournal>,
    /// Of a move back: what is known about the rows where it goes.
    pub(crate) returning: Option<&'a exodus_transfer::purge::Request<'a>>,
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
            freezing: self.freezing,
            returning: self.returning,
        };
        let _keeping = kept(context, self.store, &mover.cancel);
        let ends = (source, &mut *target, streams);
        let moving = self.begun(&mover, &throttled.throttle, ends);
        let (mut journal, result) = Box::pin(standing::beside(telling, moving)).await?;
        drop(show);
        match result {
            Ok(mut summary) => {
                self.count_from_the_first_freeze(&mut summary).await;
                self.finished(&mut journal, &summary).await
            }
            Err(failure) => {
                drop(target);
                let how = (self.to, self.show_keys);
                failed(context, how, request.client, journal.id(), failure).await
            }
        }
    }

    /// A move that was taken up again has frozen the client before this process began.
    async fn count_from_the_first_freeze(&self, summary: &mut Summary) {
        if self.journal.is_none() {
            return;
        }
        match self.store.events(summary.id).await {
            Ok(events) => {
                summary.frozen_seconds = exodus_fleet::frozen_seconds(&events).unwrap_or(summary.frozen_seconds);
            }
            Err(error) => tracing::warn!(%error, "how long the client was frozen before is not known"),
        }
    }

    async fn finished(&self, journal: &mut MoveJournal, summary: &Summary) -> Result<Code, Failure> {
        let (context, mut value) = (self.context, json!({ "version": 1, "move": summary }));
        // The move is done, whether or not its figures can be kept.
        if let Err(error) = journal.summarize(&value["move"]).await {
            tracing::warn!(error = %error, "the summary was not written to the dispatch store");
        }
        if self.asked["purge"] != true {
            if context.json() {
                context.print_json(&value)?;
            } else {
                let rest = if self.freezing.locks {
                    gone(summary)
                } else {
                    still_there(summary)
                };
                context.print(&(summary_text(summary) + &rest))?;
            }
            return Ok(Code::Ok);
        }
        if !context.json() {
            context.print(&summary_text(summary))?;
        }
        let it = self.store.get_move(journal.id()).await?;
        let ended = Box::pin(purging::one(context, self.store, &it, purging::How::default())).await;
        let ended = ended.map_err(|failure| {
            let id = it.id;
            failure.help(format!(
                "the client is on {} now; `exodus purge {id}` tries again",
                it.target
            ))
        })?;
        if context.json() {
            value["purge"] = purge::value(&it, &ended);
            context.print_json(&value)?;
            return Ok(Code::Ok);
        }
        purge::tell(context, &it, &ended)
    }

    /// Writes the move down and makes it. A pause comes before: then it stops nobody from writing.
    async fn begun(
        &self,
        mover: &Move<'_>,
        throttle: &Arc<Throttle>,
        (source, target, streams): (&mut Session, &mut Session, Vec<Stream>),
    ) -> Result<(MoveJournal, Result<Summary, exodus_transfer::Failure>), Failure> {
        let ready = async {
            Pace::new(throttle).ready().await;
            Ok(())
        };
        unless_stopped(&mover.cancel, ready).await?;
        let mut journal = if let Some(journal) = &self.journal {
            journal.clone()
        } else {
            let names = (source.name(), target.name());
            let started = self
                .store
                .start_move(mover.request.client, names.0, names.1, self.asked);
            started.await?
        };
        let result = Box::pin(mover.run_in_streams((source, target), streams, &mut journal)).await;
        Ok((journal, result))
    }
}

/// Prolongs the leases of this process. Whoever has lost one stops: another process is at work on its move.
pub(crate) fn kept(context: &Context, store: &Store, cancel: &CancellationToken) -> Keeping {
    let (cancel, quiet) = (cancel.clone(), context.global.quiet);
    store.keep_leases(move |id| {
        cancel.cancel();
        if !quiet {
            output::note(&format!("move {id} was taken up by another process: stopping"));
        }
    })
}

/// Tells why it failed, and looks up how it ended where that is not known.
async fn failed(
    context: &Context,
    (to, show_keys): (&str, bool),
    client: &ClientKey,
    id: i64,
    failure: exodus_transfer::Failure,
) -> Result<Code, Failure> {
    let passes = Passes::of(&failure.error);
    let told = told(failure.error, show_keys);
    match failure.left {
        Left::Nothing => Err(undone(told, client, passes)),
        Left::Frozen(error) => Err(told.help(format!(
            "nothing was left on the target, but the dispatch store could not be told ({error}): run `exodus abort {id}`"
        ))),
        Left::Unsettled => settle(context, to, client, id, told).await,
    }
}

/// After a lost connection at the commit or the switch: looks up how it ended, and undoes the move unless it switched.
pub(crate) async fn settle(
    context: &Context,
    to: &str,
    client: &ClientKey,
    id: i64,
    told: Failure,
) -> Result<Code, Failure> {
    let hint =
        format!("it is not known how move {id} ended: run `exodus abort {id}`, which undoes it unless it has switched");
    let outcome: Result<bool, Failure> = async {
        let store = context.store().await?;
        let mut journal = store.take(id, Take::IfFree).await?;
        if matches!(journal.status(), Status::Switched | Status::Purging | Status::Done) {
            return Ok(true);
        }
        let it = store.get_move(id).await?;
        let then = (Then::GiveUp, Removing::default());
        let settled = Box::pin(written::settle(context, &it, &mut journal, then)).await?;
        if matches!(settled, Outcome::Switched) {
            return Ok(true);
        }
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
        Ok(false) => Err(undone(told, client, Passes::Perhaps)),
        Err(_) => Err(told.help(hint)),
    }
}

/// Whether what a database did may go well the next time, without anything being changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passes {
    /// Servers end sessions, and networks break.
    Perhaps,
    /// It is refused again.
    No,
    /// It was no database.
    Another,
}

impl Passes {
    pub(crate) fn of(error: &Error) -> Self {
        use ErrorKind::{Cancelled, Connect, Lost, Statement};
        match error {
            Error::Database(error) if matches!(error.kind(), Lost | Connect | Cancelled | Statement) => Self::Perhaps,
            Error::Database(_) => Self::No,
            Error::Journal(_) => Self::Perhaps,
            _ => Self::Another,
        }
    }
}

/// Adds how the client stands, and whether it may be moved again.
pub(crate) fn undone(told: Failure, client: &ClientKey, passes: Passes) -> Failure {
    let stands = format!("the move was undone, and client {client} is active where it was");
    match passes {
        Passes::Perhaps => told.and_help(&format!("{stands}: move it again")),
        Passes::No => told.and_help(&stands),
        Passes::Another => told,
    }
}

fn summary_text(summary: &Summary) -> String {
    if summary.compared > 0 {
        return nothing_copied(summary);
    }
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
    text
}

/// A move back to rows that have not changed.
fn nothing_copied(summary: &Summary) -> String {
    let Summary {
        id,
        client,
        target,
        compared,
        frozen_seconds,
        ..
    } = summary;
    let text = format!(
        "Move {id}: client {client} is on {target} now; nothing had to be copied: its {} there were compared, and are equal on both sides.",
        count(*compared, "row")
    );
    wrap(&text, 2) + &wrap(&format!("It was frozen for {frozen_seconds:.2} s."), 2)
}

fn gone(summary: &Summary) -> String {
    let text = format!("Its rows are gone from {}: there is nothing to purge.", summary.source);
    wrap(&text, 2)
}

fn still_there(summary: &Summary) -> String {
    let text = format!(
        "{} still has its rows: `exodus purge {}` removes them.",
        summary.source, summary.id
    );
    wrap(&text, 2)
}
