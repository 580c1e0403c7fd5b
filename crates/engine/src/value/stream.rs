//! Reading, copying and checking rows across products.

use std::collections::BTreeMap;

use super::fields::{EachRow, Rows};
use super::rows::{RowError, Transcoder, wire};
use super::{Codec, Misfit, Pairing, Value};
use crate::chunk::{Chunk, ChunkReceiver, ChunkSender, Load, Select, Sent, channel};
use crate::connection::{ScanRow, Session};
use crate::error::{Error, ErrorKind, Result};

/// Values of one column that don't fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundMisfit {
    /// The column.
    pub column: String,
    /// What they are.
    pub misfit: Misfit,
    /// How many there are.
    pub values: u64,
}

/// Copies the selected rows into a table of another product and returns what was read, and the rows that were stored. The
/// pairings are in the order of both lists of columns. The source is in a snapshot or a transaction, the target in a write
/// transaction; after an error nothing of it survives the rollback. `relay` hands every chunk on to the writer, in its own
/// time; it must not end before its receiver or its sender does.
///
/// `alters`: values may arrive as equal ones that are written in another way.
pub async fn copy_across<R: Future<Output = ()>>(
    source: &mut Session,
    target: &mut Session,
    select: &Select,
    load: &Load,
    pairings: &[Pairing],
    alters: bool,
    relay: impl FnOnce(ChunkReceiver, ChunkSender) -> R,
) -> Result<(Sent, u64)> {
    let (reader_end, from_reader) = channel();
    let (to_relay, from_relay) = channel();
    let (to_writer, writer_end) = channel();
    let transcoder = Transcoder::new(pairings, target.engine(), alters);
    // On a thread of its own: reading, writing and this each take about as much.
    let transcoding = tokio::spawn(transcode(from_reader, to_relay, transcoder));
    let (formats, doing) = (
        (wire(source.engine()), wire(target.engine())),
        format!("copying {}", select.table),
    );
    let (read, handed_on, (), written) = tokio::join!(
        source.read(select, formats.0, reader_end),
        transcoding,
        relay(from_relay, to_writer),
        target.write(load, formats.1, writer_end),
    );
    match handed_on {
        Ok(Err(Some(error))) => return Err(row_error(source.name(), &doing, &error)),
        Ok(_) => {}
        Err(_) => {
            return Err(
                Error::new(ErrorKind::Data, source.name(), doing).because("an internal error; please report it")
            );
        }
    }
    match (read, written) {
        (Ok(sent), Ok(stored)) => Ok((sent, stored)),
        // When one end fails the other only sees its stream break: the one that failed of itself is told.
        (Err(error), _) if error.kind() != ErrorKind::Cancelled => Err(error),
        (_, Err(error)) | (Err(error), Ok(_)) => Err(error),
    }
}

/// Hands on what the transcoder makes of a stream. An error without a reason: nobody takes the rows any more, or the
/// stream broke off; both are told elsewhere.
async fn transcode(
    mut from: ChunkReceiver,
    to: ChunkSender,
    mut transcoder: Transcoder,
) -> Result<(), Option<RowError>> {
    while let Some(chunk) = from.recv().await {
        let ended = matches!(chunk, Chunk::End { .. });
        for ready in transcoder.feed(&chunk).map_err(Some)? {
            to.send(ready).await.map_err(|_| None)?;
        }
        if ended {
            return Ok(());
        }
    }
    Err(None)
}

fn row_error(database: &str, doing: &str, error: &RowError) -> Error {
    let told = Error::new(ErrorKind::Data, database, doing).because(error.to_string());
    match error.next_step() {
        Some(help) => told.help(help),
        None => told,
    }
}

/// Shows each of the selected rows in canonical form ([`Value::canonical`]), in no particular order; returns their number.
/// The codecs are in the order of the selected columns, and those of two ends of pairings show equal rows alike. A value
/// that can't be read shows as bytes that no value has.
pub async fn scan_neutral(
    session: &mut Session,
    select: &Select,
    codecs: &[Codec],
    each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send),
) -> Result<u64> {
    let (mut arena, mut ends) = (Vec::new(), Vec::with_capacity(codecs.len()));
    let mut show = |row: &ScanRow<'_>| {
        arena.clear();
        ends.clear();
        for (codec, field) in codecs.iter().zip(row) {
            let start = arena.len();
            match (codec.decode(*field), field) {
                (Ok(value), _) => value.canonical(&mut arena),
                (Err(_), field) => {
                    arena.push(0xff);
                    arena.extend_from_slice(field.unwrap_or_default());
                }
            }
            ends.push(field.is_some().then_some((start, arena.len())));
        }
        let fields: Vec<_> = ends
            .iter()
            .map(|range| range.map(|(start, end)| &arena[start..end]))
            .collect();
        each(&fields);
        Ok(())
    };
    each_row(session, select, &mut show).await
}

/// Shows each of the selected rows as values, in no particular order; returns their number.
pub async fn read_values(
    session: &mut Session,
    select: &Select,
    codecs: &[Codec],
    each: &mut (dyn for<'r, 'a> FnMut(&'r [Value<'a>]) + Send),
) -> Result<u64> {
    let mut show = |row: &ScanRow<'_>| {
        let values = codecs.iter().zip(row).map(|(codec, field)| {
            codec.decode(*field).map_err(|misfit| RowError::Misfit {
                column: codec.column.clone(),
                misfit,
            })
        });
        let values: Vec<_> = values.collect::<Result<_, _>>()?;
        each(&values);
        Ok(())
    };
    each_row(session, select, &mut show).await
}

/// Reads the values of those columns of which some may not fit, and finds those that don't, by column. Nothing is read
/// where there are none to look at.
pub async fn misfits(session: &mut Session, select: &Select, pairings: &[Pairing]) -> Result<Vec<FoundMisfit>> {
    let doubtful = select
        .columns
        .iter()
        .zip(pairings)
        .filter(|(_, pairing)| pairing.needs_check());
    let (columns, pairings): (Vec<_>, Vec<_>) = doubtful.map(|(column, pairing)| (column.clone(), pairing)).unzip();
    if columns.is_empty() {
        return Ok(vec![]);
    }
    let select = Select {
        columns,
        ..select.clone()
    };
    let mut found: BTreeMap<(usize, Misfit), u64> = BTreeMap::new();
    let mut scratch = vec![];
    let mut look = |row: &ScanRow<'_>| {
        for (at, (pairing, field)) in pairings.iter().zip(row).enumerate() {
            if let Err(misfit) = fits(pairing, *field, &mut scratch) {
                *found.entry((at, misfit)).or_default() += 1;
            }
        }
        Ok(())
    };
    each_row(session, &select, &mut look).await?;
    let told = found.into_iter().map(|((at, misfit), values)| FoundMisfit {
        column: pairings[at].source().column().to_owned(),
        misfit,
        values,
    });
    Ok(told.collect())
}

fn fits(pairing: &Pairing, field: Option<&[u8]>, scratch: &mut Vec<u8>) -> Result<(), Misfit> {
    let value = pairing.source().decode(field)?;
    pairing.check(&value)?;
    match field {
        Some(field) => pairing.source().check_written(field, &value, scratch),
        None => Ok(()),
    }
}

async fn each_row(session: &mut Session, select: &Select, each: EachRow<'_>) -> Result<u64> {
    let (sink, mut source) = channel();
    let mut rows = Rows::new(select.columns.len());
    // Whoever stops early lets go of the receiver with this future, which ends the reading.
    let showing = async move {
        while let Some(chunk) = source.recv().await {
            if rows.feed(&chunk, each)? {
                return Ok(());
            }
        }
        Err(RowError::Stream("the rows broke off before their end"))
    };
    let (read, shown) = tokio::join!(session.read(select, wire(session.engine()), sink), showing);
    match (read, shown) {
        (Ok(sent), Ok(())) => Ok(sent.rows),
        (Err(error), _) if error.kind() != ErrorKind::Cancelled => Err(error),
        (_, Err(error)) => Err(row_error(session.name(), &format!("reading {}", select.table), &error)),
        (Err(error), Ok(())) => Err(error),
    }
}
