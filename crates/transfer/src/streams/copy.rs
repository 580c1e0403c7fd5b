//! The copy, stage by stage.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use exodus_engine::{Access, Checks, Session};
use exodus_schema::Schema;
use futures_util::future::try_join_all;

use super::layout::{Division, Stage};
use super::parts::Cuts;
use super::{Claimed, Stages, Stream, look, look_away};
use crate::across::Across;
use crate::copy::{self, Ends};
use crate::error::Result;
use crate::failpoints::Failpoint;
use crate::plan::{Plan, PlannedTable};
use crate::progress::{MovedTable, Progress};
use crate::shape::Rows;

/// What is copied, and how.
pub(crate) struct Copying<'c> {
    /// The client's rows on the source.
    pub(crate) rows: &'c Rows<'c>,
    /// The same on the target.
    pub(crate) there: &'c Rows<'c>,
    pub(crate) plan: &'c Plan,
    pub(crate) target_schema: &'c Schema,
    pub(crate) checks: Checks,
    pub(crate) progress: &'c dyn Progress,
    /// Set before the first row may be committed.
    pub(crate) committed: &'c AtomicBool,
}

/// Copies and commits all tables of the plan. Of the move's own sessions, the one with the source is in the snapshot that
/// the plan was made in, and the one with the target is in its transaction.
pub(crate) async fn copy(
    (source, first): (&mut Session, &mut Session),
    streams: &mut [Stream],
    stages: &Stages,
    copying: &Copying<'_>,
) -> Result<Vec<MovedTable>> {
    look(source, streams).await?;
    let mut moved = vec![];
    for stage in &stages.0 {
        match stage {
            Stage::Together(tables) => {
                let planned = tables.iter().filter_map(|&id| copying.plan.table(id));
                let streams = &mut streams[..1];
                moved.extend(copying.together(first, streams, planned).await?);
            }
            Stage::Divided(division) => {
                let cuts = Cuts::find(source, copying.rows, division, copying.plan, streams.len()).await?;
                moved.push(copying.divided(first, streams, division, &cuts).await?);
            }
        }
    }
    look_away(streams).await?;
    Ok(moved)
}

impl Copying<'_> {
    fn both(&self) -> (&Rows<'_>, &Rows<'_>) {
        (self.rows, self.there)
    }

    fn ends<'s>(&'s self, stream: &'s mut Stream) -> Ends<'s> {
        Ends {
            source: &mut *stream.source,
            target: &mut *stream.target,
            across: Across::of(self.rows.shape, self.there.shape),
        }
    }

    /// Begins to write. The move's first session is asked whether it is still there: what it holds keeps others from
    /// undoing the move before the stream has a name that does.
    async fn begin(&self, first: &mut Session, streams: &mut [Stream]) -> Result<()> {
        for (at, stream) in streams.iter_mut().enumerate() {
            stream.target.begin(Access::Write, self.checks).await?;
            stream.claimed = Claimed::by_stream(&mut *stream.target, self.there, at).await?;
        }
        first.query("SELECT 1").await?;
        Ok(())
    }

    async fn commit(&self, stream: &mut Stream, then: Failpoint) -> Result<()> {
        self.committed.store(true, Ordering::Relaxed);
        stream.target.commit().await?;
        stream.release().await;
        then.reach().await;
        Ok(())
    }

    /// Tables one after the other, in one transaction.
    async fn together(
        &self,
        first: &mut Session,
        streams: &mut [Stream],
        tables: impl Iterator<Item = &PlannedTable>,
    ) -> Result<Vec<MovedTable>> {
        let mut moved = vec![];
        self.begin(first, streams).await?;
        for planned in tables {
            let mut ends = self.ends(&mut streams[0]);
            moved.push(copy::whole(&mut ends, self.both(), planned, self.target_schema, self.progress).await?);
        }
        self.commit(&mut streams[0], Failpoint::StageCommitted).await?;
        Ok(moved)
    }

    /// One table, each stream in a transaction of its own. A stream that is done with a part takes the next one, and
    /// commits when there is none: what it holds of an index (InnoDB locks gaps where rows were removed) others wait for.
    async fn divided(
        &self,
        first: &mut Session,
        streams: &mut [Stream],
        division: &Division,
        cuts: &Cuts,
    ) -> Result<MovedTable> {
        let planned = &division.planned;
        self.progress.table(&planned.table, planned.rows);
        self.begin(first, streams).await?;
        let way = copy::way(self.rows, self.there, planned, self.target_schema);
        let column = (&division.here, self.rows.dialect);
        let next = AtomicUsize::new(0);
        let parts = streams.iter_mut().map(async |stream| {
            let mut moved = copy::nothing_of(planned);
            let mut ends = self.ends(stream);
            while let Some(select) = cuts.taken(&next, &way.select, column)? {
                copy::stored(&mut ends, &select, &way, &mut moved, self.progress).await?;
            }
            self.commit(stream, Failpoint::StreamCommitted).await?;
            Ok::<_, crate::Error>(moved)
        });
        let parts = try_join_all(parts).await?;
        let moved = MovedTable {
            rows: parts.iter().map(|part| part.rows).sum(),
            bytes: parts.iter().map(|part| part.bytes).sum(),
            ..copy::nothing_of(planned)
        };
        copy::expect(first.name(), planned, "copying", moved.rows)?;
        self.progress.table_done(&planned.table, moved.rows);
        Ok(moved)
    }
}
