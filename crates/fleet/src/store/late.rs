//! What makes many moves one after the other cheaper to write down: a file that commits faster meanwhile, and summaries
//! that are written with the next move's first step, which has a transaction anyway.

use std::sync::{Mutex, PoisonError};

use super::{How, Result, Session, Store, ddl};
use crate::error::StoreError;

/// A move and its summary, as text.
pub(super) type LateSummary = (i64, String);

#[derive(Debug, Default)]
pub(super) struct LateSummaries(Mutex<Vec<LateSummary>>);

impl LateSummaries {
    /// All of them; whoever can't write them gives them [back](Self::add).
    pub(super) fn take(&self) -> Vec<LateSummary> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn add(&self, summaries: Vec<LateSummary>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(summaries);
    }
}

impl Store {
    /// Many moves begin. A file of our own commits faster until [`end_many`](Self::end_many), and as safely: what is
    /// committed survives a loss of power. Whatever keeps it from that (somebody reads it) makes it slower, no more.
    pub async fn begin_many(&self) {
        self.in_mode(|quickly| quickly.begin).await;
    }

    /// They have ended: writes down what was [kept](Self::summarize_later), and leaves one file behind. Where another
    /// process is at it, that one does.
    pub async fn end_many(&self) -> Result<()> {
        let flushed = self.flush().await;
        self.in_mode(|quickly| quickly.end).await;
        flushed
    }

    async fn in_mode(&self, which: fn(&ddl::Quickly) -> &'static str) {
        let set = self.run(How::Reading, move |session| {
            Box::pin(async move {
                let Some(quickly) = ddl::quickly(session.dialect()) else {
                    return Ok(());
                };
                if session.query(&quickly.others).await? == [[Some("0".to_owned())]] {
                    session.query(which(&quickly)).await?;
                }
                Ok::<_, StoreError>(())
            })
        });
        if let Err(error) = set.await {
            tracing::debug!(%error, "the dispatch store commits as it did");
        }
    }

    /// Keeps what a move did until another one is [started](Self::start_frozen), or until [`end_many`](Self::end_many). A
    /// process that is killed before that leaves the move without a summary, which it can do without.
    pub fn summarize_later(&self, id: i64, summary: &serde_json::Value) {
        self.late.add(vec![(id, summary.to_string())]);
    }

    async fn flush(&self) -> Result<()> {
        let late = self.late.take();
        if late.is_empty() {
            return Ok(());
        }
        let written = late.clone();
        let flushed = self.run(How::Writing, move |session| {
            Box::pin(async move { session.summarize_all(&written).await })
        });
        let flushed = flushed.await;
        if flushed.is_err() {
            self.late.add(late);
        }
        flushed
    }
}

impl Session {
    pub(super) async fn summarize_all(&mut self, summaries: &[LateSummary]) -> Result<()> {
        for (id, summary) in summaries {
            self.summarize(*id, summary).await?;
        }
        Ok(())
    }
}
