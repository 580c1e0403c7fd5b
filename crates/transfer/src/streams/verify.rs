//! The second reading, by all streams.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use exodus_engine::{Access, Checks, Dialect, Session};
use exodus_schema::Column;
use futures_util::future::try_join_all;

use super::layout::Division;
use super::parts::Cuts;
use super::{Stages, Stream, look, look_away};
use crate::across::Reading;
use crate::digest::{Digest, digest};
use crate::error::Result;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::shape::Rows;
use crate::verify::Compared;

/// What one stream reads at a time: a table's place, and the same rows on both sides.
struct Piece {
    table: usize,
    key: usize,
    here: Reading,
    there: Reading,
}

/// Digests both sides of every table. `source` is in a snapshot; what the streams have committed is all there.
pub(crate) async fn digests(
    source: &mut Session,
    streams: &mut [Stream],
    stages: &Stages,
    (rows, there): (&Rows<'_>, &Rows<'_>),
    plan: &Plan,
    (tables, progress): (&[Compared], &dyn Progress),
) -> Result<Vec<(Digest, Digest)>> {
    look(source, streams).await?;
    try_join_all(
        streams
            .iter_mut()
            .map(|stream| stream.target.begin(Access::Snapshot, Checks::Enforced)),
    )
    .await?;
    let mut pieces = vec![];
    for (table, compared) in tables.iter().enumerate() {
        let whole = Piece {
            table,
            key: compared.key,
            here: compared.here.clone(),
            there: compared.there.clone(),
        };
        match stages.division(compared.table) {
            Some(division) => {
                let cuts = Cuts::find(source, rows, division, plan, streams.len()).await?;
                pieces.extend(divided(&whole, &cuts, division, (rows, there))?);
            }
            None => pieces.push(whole),
        }
    }
    let sums = Mutex::new(vec![(Digest::default(), Digest::default()); tables.len()]);
    let next = AtomicUsize::new(0);
    let reading = streams.iter_mut().map(async |stream| {
        while let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
            progress.table(&piece.here.select.table, 0);
            let (one, two) = tokio::join!(
                digest(&mut *stream.source, &piece.here, piece.key),
                digest(&mut *stream.target, &piece.there, piece.key)
            );
            let (one, two) = (one?, two?);
            let mut sums = sums.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            sums[piece.table].0.merge(&one);
            sums[piece.table].1.merge(&two);
        }
        Ok::<_, crate::Error>(())
    });
    try_join_all(reading).await?;
    look_away(streams).await?;
    try_join_all(streams.iter_mut().map(|stream| stream.target.commit())).await?;
    Ok(sums.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// The pieces of a divided table.
fn divided(
    whole: &Piece,
    cuts: &Cuts,
    division: &Division,
    (rows, there): (&Rows<'_>, &Rows<'_>),
) -> Result<Vec<Piece>> {
    let part = |at: usize, reading: &Reading, side: (&Column, Dialect)| -> Result<Reading> {
        let mut reading = reading.clone();
        reading.select = cuts.part(at, &reading.select, side)?;
        Ok(reading)
    };
    let pieces = (0..cuts.parts()).map(|at| {
        Ok(Piece {
            table: whole.table,
            key: whole.key,
            here: part(at, &whole.here, (&division.here, rows.dialect))?,
            there: part(at, &whole.there, (&division.there, there.dialect))?,
        })
    });
    pieces.collect()
}
